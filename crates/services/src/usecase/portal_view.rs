//! What a portal shows: the integration, the user's accounts, what they can switch and answer.

use crate::Services;
use crate::access::storage;
use crate::usecase::choices::labels;
use crate::usecase::custom::files::icon_path;
use crate::usecase::events::about;
use crate::usecase::portal::session_ended;
use crate::usecase::portal_editor::look_of;
use crate::usecase::settings::visible;
use portico_domain::execution::Scope;
use portico_domain::setting::{Setting, SettingKind};
use portico_domain::view::{
    AccountTypeView, PortalAccount, PortalIntegration, PortalView, PortalWorkflow,
};
use portico_domain::workflow::Trigger;
use portico_domain::{LastCheck, Refusal, RefusalCode};
use portico_storage::{Configuration, ConnectedUser, DeployedWorkflow, Integration, PortalSession};
use serde_json::{Map, Value};

/// An account's configuration, and what texts for its user can name.
struct Shown<'a> {
    user: &'a ConnectedUser,
    configuration: &'a Configuration,
    scope: Scope,
}

impl Services {
    pub(crate) async fn view_of(&self, session: &PortalSession) -> Result<PortalView, Refusal> {
        let integration = self.integration_shown(session).await?;
        let credentials = self.store().credentials_of(session.user).await.map_err(storage)?;
        let configurations = self.store().configurations_of(session.user).await.map_err(storage)?;
        let deployed: Vec<_> = self
            .store()
            .deployed(session.project)
            .await
            .map_err(storage)?
            .into_iter()
            .filter(|workflow| workflow.integration == session.integration)
            .collect();
        let user = self.store().user(session.project, session.user).await.map_err(storage)?;
        let user = user.ok_or_else(session_ended)?;
        let shared = integration.settings().map_err(storage)?;
        let now = self.ports().now();
        let mut accounts = Vec::new();
        for credential in credentials.iter().filter(|c| c.integration == session.integration) {
            let configuration =
                configurations.iter().find(|own| own.credential == credential.id && own.is_default);
            if let Some(configuration) = configuration {
                let shown = Shown { user: &user, configuration, scope: about(&user, credential) };
                accounts.push(PortalAccount {
                    credential_id: credential.id,
                    configuration_id: configuration.id,
                    label: credential.provider_label.clone(),
                    account_type: credential.account_type.clone(),
                    status: credential.status,
                    failure: credential.failure.as_ref().map(|failure| failure.message.clone()),
                    checked: credential.checked_at.map(|at| LastCheck::seen(at, now)),
                    values: self.values(&shared, &configuration.shared_settings, &shown),
                    labels: configuration.shared_labels.clone(),
                    workflows: self.portal_workflows(&deployed, &shown)?,
                });
            }
        }
        let look = look_of(&integration);
        for account in &mut accounts {
            // What the project puts in order stands first; the sort is stable.
            account.workflows.sort_by_key(|own| {
                look.order.iter().position(|id| *id == own.id).unwrap_or(usize::MAX)
            });
        }
        Ok(PortalView {
            integration: self.portal_integration(&integration, shared).await?,
            accounts,
            origin: session.origin.clone(),
            options: serde_json::from_value(session.options.clone()).unwrap_or_default(),
        })
    }

    fn portal_workflows(
        &self,
        deployed: &[DeployedWorkflow],
        shown: &Shown<'_>,
    ) -> Result<Vec<PortalWorkflow>, Refusal> {
        let nothing = Map::new();
        let mut workflows = Vec::new();
        for workflow in deployed {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            if definition.options.hidden || !self.is_for(&definition, shown.user) {
                continue;
            }
            let entry = shown.configuration.workflow_settings.get(&workflow.id.to_string());
            let given = entry.and_then(|entry| entry["settings"].as_object());
            let enabled = entry.is_some_and(|entry| entry["enabled"] == true);
            let webhook = matches!(definition.trigger, Trigger::Webhook { .. })
                .then(|| self.webhook_url(shown.configuration, workflow.id));
            workflows.push((
                definition.options.order,
                PortalWorkflow {
                    id: workflow.id,
                    name: workflow.name.clone(),
                    description: definition.options.description.clone(),
                    enabled,
                    webhook,
                    settings: definition.settings.clone(),
                    labels: labels(shown.configuration, Some(workflow.id)),
                    values: self.values(&definition.settings, given.unwrap_or(&nothing), shown),
                },
            ));
        }
        workflows.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        Ok(workflows.into_iter().map(|(_, workflow)| workflow).collect())
    }

    async fn portal_integration(
        &self,
        integration: &Integration,
        settings: Vec<Setting>,
    ) -> Result<PortalIntegration, Refusal> {
        let catalogue = self.catalogue_of(integration).await?;
        let definition = catalogue.definition(&integration.kind).ok_or_else(|| {
            Refusal::new(
                RefusalCode::IntegrationUnknown,
                format!("The definition of {:?} is not loaded.", integration.kind),
            )
        })?;
        let look = look_of(integration);
        let said = |own: String, usual: &str| {
            if own.trim().is_empty() { usual.to_owned() } else { own }
        };
        Ok(PortalIntegration {
            id: integration.id,
            kind: integration.kind.clone(),
            icon: icon_path(&catalogue, integration.project, &integration.kind),
            name: definition.name().to_owned(),
            description: said(look.description, definition.description()),
            overview_html: super::integrations::html(&said(look.overview, definition.overview())),
            abilities: definition.abilities().to_vec(),
            account_types: definition
                .account_types()
                .iter()
                .map(|kind| AccountTypeView {
                    id: kind.id.clone(),
                    title: kind.title.clone(),
                    input: kind.input.clone(),
                })
                .collect(),
            fields: definition
                .auth()
                .form()
                .map_or(Vec::new(), |form| form.fields().cloned().collect()),
            settings,
        })
    }

    /// Answers as the page may see them, and what it shows to be copied.
    fn values(
        &self,
        settings: &[Setting],
        given: &Map<String, Value>,
        shown: &Shown<'_>,
    ) -> Map<String, Value> {
        let mut values = visible(settings, given);
        for setting in settings {
            if let SettingKind::Copyable { value } = &setting.kind {
                let text = self.engine().shown(value, &shown.scope).unwrap_or_default();
                values.insert(setting.key.clone(), Value::String(text));
            }
        }
        values
    }
}
