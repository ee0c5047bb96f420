//! Integrations: definitions of the catalogue, activated in a project with its own OAuth client.

use crate::Services;
use crate::access::{administrate, storage};
use portico_connector::{Definition, SecretSource};
use portico_domain::view::{
    IntegrationDetail, IntegrationSummary, ScopeWords, TriggerWords, WebhookView,
};
use portico_domain::{Actor, IntegrationId, ProjectId, Refusal, RefusalCode};
use portico_storage::{Integration, WebhookRecord};
use serde_json::json;

/// What an admin enters to activate an integration.
#[derive(Clone)]
pub struct Activation {
    /// The OAuth client's id.
    pub client_id: String,
    /// The OAuth client's secret; absent keeps the one that is stored.
    pub client_secret: Option<String>,
    /// What deliveries are signed with, where the provider has a secret of its own for it; absent keeps
    /// the one that is stored.
    pub signing_secret: Option<String>,
}

impl Services {
    /// Every integration there is, activated or not.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn integration_list(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<Vec<IntegrationSummary>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let known = self.store().integrations(project).await.map_err(storage)?;
        let counts = self.store().integration_counts(project).await.map_err(storage)?;
        let catalogue = self.catalogue(project).await?;
        let summaries = catalogue.definitions().map(|definition| {
            let own = known.iter().find(|own| own.kind == definition.kind());
            let count = own.and_then(|own| counts.iter().find(|count| count.0 == own.id));
            let (accounts, deployed_workflows) = count.map_or((0, 0), |count| (count.1, count.2));
            IntegrationSummary {
                id: own.map(|own| own.id),
                kind: definition.kind().to_owned(),
                custom: catalogue.is_own(definition.kind()),
                name: definition.name().to_owned(),
                description: definition.description().to_owned(),
                active: own.is_some_and(|own| own.active),
                accounts,
                deployed_workflows,
            }
        });
        Ok(summaries.collect())
    }

    /// An integration's page.
    ///
    /// # Errors
    /// The project or the integration is unknown.
    pub async fn integration_detail(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
    ) -> Result<IntegrationDetail, Refusal> {
        let list = self.integration_list(actor, project).await?;
        let summary =
            list.into_iter().find(|known| known.kind == kind).ok_or_else(|| unknown(kind))?;
        let catalogue = self.catalogue_for(project, [kind]).await?;
        let definition = catalogue.definition(kind).ok_or_else(|| unknown(kind))?;
        let own = self.store().integration_of(project, kind).await.map_err(storage)?;
        let redirect_url = self.redirect_url(project, kind);
        let workflows = match &own {
            Some(own) => self.workflows_of(project, own.id).await?,
            None => Vec::new(),
        };
        let settings = own.as_ref().map(Integration::settings).transpose().map_err(storage)?;
        Ok(IntegrationDetail {
            summary,
            settings: settings.unwrap_or_default(),
            client_id: own.as_ref().and_then(|own| own.client_id.clone()),
            has_client_secret: own.as_ref().is_some_and(|own| own.client_secret.is_some()),
            guide_html: html(
                &definition
                    .guide()
                    .replace("{redirect_url}", &redirect_url)
                    .replace("{webhook_url}", &self.delivery_url(project, kind)),
            ),
            needs_client: definition.auth().needs_client(),
            redirect_url,
            scopes: definition
                .scopes()
                .iter()
                .map(|scope| ScopeWords {
                    name: scope.name.clone(),
                    description: scope.description.clone(),
                })
                .collect(),
            workflows,
            actions: definition.actions().map(|action| action.shape().clone()).collect(),
            webhook: self.webhook_view(project, definition, own.as_ref()).await?,
        })
    }

    /// Where the provider delivers for a project's accounts.
    fn delivery_url(&self, project: ProjectId, kind: &str) -> String {
        format!("{}/hooks/{project}/{kind}", self.settings().base())
    }

    /// Where the provider delivers, and what came of it.
    async fn webhook_view(
        &self,
        project: ProjectId,
        definition: &Definition,
        own: Option<&Integration>,
    ) -> Result<Option<WebhookView>, Refusal> {
        let secret = definition.webhook().map(portico_connector::Webhook::secret);
        let Some(secret) = secret else { return Ok(None) };
        self.note_deliveries().await?;
        let record = match own {
            Some(own) => self.store().webhook_record(own.id).await.map_err(storage)?,
            None => WebhookRecord::default(),
        };
        let told = definition.triggers().filter(|own| own.is_told() && own.lifecycle().is_none());
        Ok(Some(WebhookView {
            url: self.delivery_url(project, definition.kind()),
            needs_signing_secret: secret == SecretSource::SigningSecret,
            has_signing_secret: own.is_some_and(|own| own.signing_secret.is_some()),
            triggers: told
                .map(|own| TriggerWords {
                    title: own.shape().title.clone(),
                    description: own.shape().description.clone(),
                })
                .collect(),
            deliveries: record.deliveries,
            delivered_at: record.delivered_at,
            strangers: record.strangers,
            refused: record.refused,
            last_refusal: record.refused_at.zip(record.refused_why),
        }))
    }

    /// Activates an integration, or changes its OAuth client.
    ///
    /// # Errors
    /// The integration is unknown; the client's id or secret is missing.
    pub async fn activate_integration(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
        activation: Activation,
    ) -> Result<IntegrationId, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let catalogue = self.catalogue_for(project, [kind]).await?;
        let definition = catalogue.definition(kind).ok_or_else(|| unknown(kind))?;
        let needs_client = definition.auth().needs_client();
        let own = self.store().integration_of(project, kind).await.map_err(storage)?;
        let client_id = activation.client_id.trim().to_owned();
        if needs_client && client_id.is_empty() {
            return Err(Refusal::field("clientId", "Enter the client id of your OAuth app."));
        }
        let now = self.ports().now();
        let id = match &own {
            Some(own) => own.id,
            None => self.ports().id(IntegrationId::from_parts),
        };
        let given = activation.client_secret.map(|secret| secret.trim().to_owned());
        let client_secret = match given.filter(|secret| !secret.is_empty()) {
            Some(secret) => Some(self.seal_client_secret(project, id, &secret).await?),
            None => own.as_ref().and_then(|own| own.client_secret.clone()),
        };
        if needs_client && client_secret.is_none() {
            return Err(Refusal::field(
                "clientSecret",
                "Enter the client secret of your OAuth app.",
            ));
        }
        let given = activation.signing_secret.map(|secret| secret.trim().to_owned());
        let signing_secret = match given.filter(|secret| !secret.is_empty()) {
            Some(secret) => {
                let place = ("integrations", "signing_secret", id.uuid(), project);
                let vault = &self.inner.vault;
                Some(vault.seal(self.store(), self.ports(), place, secret.as_bytes()).await?)
            }
            None => own.as_ref().and_then(|own| own.signing_secret.clone()),
        };
        let integration = Integration {
            id,
            project,
            kind: kind.to_owned(),
            active: true,
            client_id: needs_client.then_some(client_id),
            client_secret,
            signing_secret,
            scopes: own.as_ref().and_then(|own| own.scopes.clone()),
            portal: own.as_ref().map_or_else(|| json!({}), |own| own.portal.clone()),
            created_at: own.as_ref().map_or(now, |own| own.created_at),
            updated_at: now,
        };
        self.store().upsert_integration(&integration).await.map_err(storage)?;
        Ok(id)
    }

    /// Switches an integration off: users can no longer connect. Accounts and deployed workflows
    /// stay as they are.
    ///
    /// # Errors
    /// The integration is not part of the project.
    pub async fn deactivate_integration(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let own = self.store().integration_of(project, kind).await.map_err(storage)?;
        let own = own.ok_or_else(|| unknown(kind))?;
        let now = self.ports().now();
        self.store().set_integration_active(project, own.id, false, now).await.map_err(storage)?;
        Ok(())
    }

    async fn seal_client_secret(
        &self,
        project: ProjectId,
        id: IntegrationId,
        secret: &str,
    ) -> Result<Vec<u8>, Refusal> {
        let place = ("integrations", "client_secret", id.uuid(), project);
        Ok(self.inner.vault.seal(self.store(), self.ports(), place, secret.as_bytes()).await?)
    }
}

fn unknown(kind: &str) -> Refusal {
    Refusal::new(RefusalCode::IntegrationUnknown, format!("There is no integration {kind:?}."))
}

/// A definition's Markdown as HTML. Raw HTML in it is shown as text: a mounted folder must not be
/// able to bring scripts into the portal.
pub(crate) fn html(markdown: &str) -> String {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let events = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            let safe = ["https://", "http://localhost", "#", "mailto:"];
            let kept = safe.iter().any(|scheme| dest_url.starts_with(scheme));
            let dest_url = if kept { dest_url } else { "#".into() };
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        other => other,
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    out
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn markdown_brings_no_scripts() {
        let out = html(
            "Hello *you*\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) <b onclick=x>",
        );
        assert!(out.contains("<em>you</em>"), "{out}");
        for bad in ["<script", "javascript:", "<b "] {
            assert!(!out.contains(bad), "{out}");
        }
    }
}
