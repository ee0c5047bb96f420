//! Connected users and their accounts, as admins see them.

use super::sdk::checked_meta;
use crate::Services;
use crate::access::{administrate, storage};
use portico_domain::view::{AccountView, Page, UserDetail, UserSummary, WebhookAddress};
use portico_domain::workflow::Trigger;
use portico_domain::{
    Actor, ConnectedUserId, LastCheck, ProjectId, Refusal, RefusalCode, Timestamp,
};
use portico_storage::{Configuration, Credential, DeployedWorkflow, UserFilter};
use serde_json::{Map, Value};

/// Rows of a page.
pub(crate) const PAGE: usize = 50;

impl Services {
    /// A page of users, newest first.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn user_list(
        &self,
        actor: &Actor,
        project: ProjectId,
        search: Option<String>,
        after: Option<String>,
    ) -> Result<Page<UserSummary>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let filter = UserFilter { search: search.filter(|text| !text.trim().is_empty()) };
        let after = after.and_then(|text| text.parse().ok());
        let rows =
            self.store().user_list(project, filter, after, PAGE + 1).await.map_err(storage)?;
        Ok(page(rows, |row| row.id.to_string()))
    }

    /// Replaces a user's metadata, as an admin: what is for the user is decided anew.
    ///
    /// # Errors
    /// The user is unknown; the metadata is too large.
    pub async fn replace_user_meta(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ConnectedUserId,
        meta: Map<String, Value>,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        checked_meta(&meta)?;
        if !self.store().set_user_meta(project, id, &meta).await.map_err(storage)? {
            return Err(unknown_user());
        }
        self.inner.routes.forget(id);
        Ok(())
    }

    /// A user's page.
    ///
    /// # Errors
    /// The user is unknown.
    pub async fn user_detail(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ConnectedUserId,
    ) -> Result<UserDetail, Refusal> {
        administrate(actor)?;
        let user =
            self.store().user(project, id).await.map_err(storage)?.ok_or_else(unknown_user)?;
        let credentials = self.store().credentials_of(id).await.map_err(storage)?;
        let configurations = self.store().configurations_of(id).await.map_err(storage)?;
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let deployed = self.store().deployed(project).await.map_err(storage)?;
        let catalogue = self.catalogue(project).await?;
        let now = self.ports().now();
        let mut addresses = Vec::new();
        for workflow in &deployed {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            if !matches!(definition.trigger, Trigger::Webhook { .. }) {
                continue;
            }
            for own in configurations.iter().filter(|own| is_on(workflow, own)) {
                let url = self.webhook_url(own, workflow.id);
                let address = WebhookAddress {
                    workflow: workflow.name.clone(),
                    workflow_id: workflow.id,
                    configuration_id: own.id,
                    url,
                };
                addresses.push((own.credential, address));
            }
        }
        let accounts: Vec<_> = credentials
            .iter()
            .map(|credential| {
                let kind = integrations
                    .iter()
                    .find(|known| known.id == credential.integration)
                    .map(|known| known.kind.clone())
                    .unwrap_or_default();
                let name = catalogue.definition(&kind).map_or(kind.as_str(), |d| d.name());
                let settings = (&configurations[..], &deployed[..]);
                let own = addresses.iter().filter(|(account, _)| *account == credential.id);
                let webhooks = own.map(|(_, address)| address.clone()).collect();
                AccountView { webhooks, ..account(credential, (&kind, name), settings, now) }
            })
            .collect();
        let text = |key: &str| user.meta.get(key)?.as_str().map(str::to_owned);
        Ok(UserDetail {
            summary: UserSummary {
                id,
                external_id: user.external_id.clone(),
                name: text("Name"),
                email: text("Email"),
                active: user.active,
                accounts: accounts.len() as u64,
                invalid_accounts: accounts
                    .iter()
                    .filter(|account| account.status == portico_domain::CredentialStatus::Invalid)
                    .count() as u64,
                seen_at: user.seen_at,
            },
            meta: user.meta,
            accounts,
        })
    }

    /// Refuses, or accepts again, every call of a user.
    ///
    /// # Errors
    /// The user is unknown.
    pub async fn set_user_active(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ConnectedUserId,
        active: bool,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let known = self.store().set_user_active(project, id, active).await.map_err(storage)?;
        self.inner.tokens.forget_project(project);
        self.inner.routes.forget(id);
        if known { Ok(()) } else { Err(unknown_user()) }
    }
}

fn account(
    credential: &Credential,
    (kind, name): (&str, &str),
    (configurations, deployed): (&[Configuration], &[DeployedWorkflow]),
    now: Timestamp,
) -> AccountView {
    let own = configurations.iter().filter(|own| own.credential == credential.id);
    let is_on = |workflow: &&DeployedWorkflow| own.clone().any(|own| is_on(workflow, own));
    AccountView {
        credential_id: credential.id,
        integration: kind.to_owned(),
        integration_name: name.to_owned(),
        label: credential.provider_label.clone(),
        provider_id: credential.provider_id.clone(),
        status: credential.status,
        failure: credential.failure.as_ref().map(|failure| failure.message.clone()),
        connected_at: credential.created_at,
        refreshed_at: credential.refreshed_at,
        checked: credential.checked_at.map(|at| LastCheck::seen(at, now)),
        enabled_workflows: deployed
            .iter()
            .filter(|workflow| workflow.integration == credential.integration)
            .filter(is_on)
            .map(|workflow| workflow.name.clone())
            .collect(),
        webhooks: Vec::new(),
    }
}

fn is_on(workflow: &DeployedWorkflow, configuration: &Configuration) -> bool {
    let entry = configuration.workflow_settings.get(&workflow.id.to_string());
    entry.is_some_and(|entry| entry["enabled"] == true)
}

/// A page from one row more than fits.
pub(crate) fn page<T>(mut rows: Vec<T>, id: impl Fn(&T) -> String) -> Page<T> {
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = if more { rows.last().map(id) } else { None };
    Page { rows, next }
}

fn unknown_user() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is no such user.")
}
