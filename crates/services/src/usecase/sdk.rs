//! What the SDK API answers about a user: the shapes of Paragon's SDK (`GET /sdk/me`,
//! `/sdk/integrations`), which its unmodified client reads.

use super::portal_editor::look_of;
use crate::Services;
use crate::access::{as_user, storage, too_deep};
use crate::usecase::answers::sealed;
use crate::usecase::custom::files::icon_path;
use crate::usecase::events::find_credential;
use portico_connector::{Auth, Definition};
use portico_domain::{Actor, IntegrationId, Refusal, RefusalCode};
use portico_storage::{Configuration, Credential, DeployedWorkflow, Integration};
use serde_json::{Map, Value, json};

/// The most metadata a user can have, in bytes of JSON.
const MOST_META: usize = 16 * 1024;

impl Services {
    /// `GET /sdk/me`: who the user is and what it has connected.
    ///
    /// # Errors
    /// The actor is no connected user.
    pub async fn me(&self, actor: &Actor) -> Result<Value, Refusal> {
        let (project, id) = as_user(actor)?;
        let user = self
            .store()
            .user(project, id)
            .await
            .map_err(storage)?
            .ok_or_else(Refusal::user_token)?;
        let credentials = self.store().credentials_of(id).await.map_err(storage)?;
        let configurations = self.store().configurations_of(id).await.map_err(storage)?;
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let connected: Map<String, Value> = integrations
            .iter()
            .filter(|integration| integration.active)
            .map(|integration| {
                let own: Vec<_> =
                    credentials.iter().filter(|own| own.integration == integration.id).collect();
                (integration.kind.clone(), sdk_integration(&own, &configurations))
            })
            .collect();
        Ok(json!({
            "authenticated": true,
            "userId": user.external_id,
            "meta": user.meta,
            "resources": [],
            "project": { "id": project, "accessibleFeatures": ["headless-cp", "user-metadata"] },
            "integrations": connected,
        }))
    }

    /// `GET /sdk/integrations`: what can be connected, with its workflows and their questions.
    ///
    /// # Errors
    /// The actor is no connected user.
    pub async fn sdk_integrations(&self, actor: &Actor) -> Result<Value, Refusal> {
        let (project, id) = as_user(actor)?;
        let user = self.store().user(project, id).await.map_err(storage)?;
        let user = user.ok_or_else(Refusal::user_token)?;
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let mut deployed = Vec::new();
        for workflow in self.store().deployed(project).await.map_err(storage)? {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            if self.is_for(&definition, &user) {
                deployed.push(workflow);
            }
        }
        let catalogue = self.catalogue(project).await?;
        let described = integrations.iter().filter_map(|integration| {
            let definition = catalogue.definition(&integration.kind)?;
            Some(described(integration, definition, &deployed))
        });
        Ok(described.collect())
    }

    /// `GET /sdk/metadata`: names and icons.
    ///
    /// # Errors
    /// The actor is no connected user.
    pub async fn sdk_metadata(&self, actor: &Actor) -> Result<Value, Refusal> {
        let (project, _) = as_user(actor)?;
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let catalogue = self.catalogue(project).await?;
        let base = self.settings().base();
        let described = integrations.iter().filter(|own| own.active).filter_map(|own| {
            let definition = catalogue.definition(&own.kind)?;
            Some(json!({
                "type": own.kind,
                "name": definition.name(),
                "brandColor": definition.brand_color(),
                "icon": format!("{base}{}", icon_path(&catalogue, project, &own.kind)),
            }))
        });
        Ok(described.collect())
    }

    /// `PATCH /sdk/me`: the user's metadata; given keys replace, others stay.
    ///
    /// # Errors
    /// It is too large.
    pub async fn set_user_meta(
        &self,
        actor: &Actor,
        given: Map<String, Value>,
    ) -> Result<(), Refusal> {
        let (project, id) = as_user(actor)?;
        let user = self
            .store()
            .user(project, id)
            .await
            .map_err(storage)?
            .ok_or_else(Refusal::user_token)?;
        let mut meta = user.meta;
        for (key, value) in given {
            // Paragon's spelling of the two keys that pages show.
            let key = match key.to_ascii_lowercase().as_str() {
                "name" => "Name".to_owned(),
                "email" => "Email".to_owned(),
                _ => key,
            };
            meta.insert(key, value);
        }
        checked_meta(&meta)?;
        self.store().set_user_meta(project, id, &meta).await.map_err(storage)?;
        self.inner.routes.forget(id);
        Ok(())
    }

    /// `DELETE /sdk/integrations/{id}`: disconnects the named account, or all of the integration.
    ///
    /// # Errors
    /// The integration or the account is unknown to the user; nothing is connected.
    pub async fn uninstall(
        &self,
        actor: &Actor,
        integration: &str,
        named: Option<&str>,
    ) -> Result<(), Refusal> {
        let (project, user) = as_user(actor)?;
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let id = integration.parse::<IntegrationId>().ok();
        let integration = integrations
            .iter()
            .find(|known| Some(known.id) == id || known.kind == integration)
            .ok_or_else(|| {
                Refusal::new(RefusalCode::IntegrationUnknown, "There is no such integration.")
            })?;
        let mut own = self.store().credentials_of(user).await.map_err(storage)?;
        own.retain(|credential| credential.integration == integration.id);
        if own.is_empty() {
            return Err(Refusal::new(RefusalCode::NotConnected, "Nothing is connected."));
        }
        if let Some(named) = named {
            let id = find_credential(&own, named)?.id;
            own.retain(|credential| credential.id == id);
        }
        for credential in own {
            self.disconnect(actor, credential.id).await?;
        }
        Ok(())
    }
}

fn sdk_integration(credentials: &[&Credential], configurations: &[Configuration]) -> Value {
    let Some(first) = credentials.first() else {
        return json!({
            "enabled": false,
            "configuredWorkflows": {},
            "allCredentials": [],
            "allConfigurations": [],
        });
    };
    let own = |credential: &Credential| -> Vec<Value> {
        configurations
            .iter()
            .filter(|configuration| configuration.credential == credential.id)
            .map(sdk_configuration)
            .collect()
    };
    let chosen = configurations.iter().find(|own| own.credential == first.id && own.is_default);
    let all: Vec<Value> = credentials
        .iter()
        .map(|credential| {
            let mut described = sdk_credential(credential);
            described["configurations"] = Value::Array(own(credential));
            described
        })
        .collect();
    json!({
        "enabled": true,
        "credentialId": first.id,
        "credentialConfigId": chosen.map(|own| own.id),
        "credentialStatus": first.status,
        "providerId": first.provider_id,
        "providerData": provider_data(first),
        "sharedSettings": chosen.map(|own| opened(&own.shared_settings)),
        "workflowSettings": chosen.map(workflow_settings),
        "configuredWorkflows": chosen.map(workflow_settings),
        "configMeta": {},
        "allCredentials": all,
        "allConfigurations": credentials.iter().flat_map(|credential| own(credential)).collect::<Value>(),
    })
}

/// Public facts of an account, with the label that a person reads.
fn provider_data(credential: &Credential) -> Value {
    let mut facts = credential.provider_data.clone();
    facts.insert("label".to_owned(), json!(credential.provider_label));
    Value::Object(facts)
}

fn sdk_credential(credential: &Credential) -> Value {
    json!({
        "id": credential.id,
        "projectId": credential.project,
        "integrationId": credential.integration,
        "personaId": credential.user,
        "providerId": credential.provider_id,
        "providerData": provider_data(credential),
        "status": credential.status,
        "isPreviewCredential": false,
        "refreshFailureCount": 0,
        "externalId": credential.external_id,
        "dateCreated": credential.created_at.rfc3339(),
        "dateUpdated": credential.updated_at.rfc3339(),
        "dateChecked": credential.checked_at.map(portico_domain::Timestamp::rfc3339),
        "dateRefreshed": credential.refreshed_at.unwrap_or(credential.created_at).rfc3339(),
    })
}

/// Metadata as it is kept.
pub(crate) fn checked_meta(meta: &Map<String, Value>) -> Result<(), Refusal> {
    let meta = Value::Object(meta.clone());
    if portico_domain::json::is_too_deep(&meta) {
        return Err(too_deep("meta"));
    }
    if meta.to_string().len() > MOST_META {
        return Err(Refusal::field("meta", "Metadata has 16 kB of JSON at most."));
    }
    Ok(())
}

fn sdk_configuration(configuration: &Configuration) -> Value {
    json!({
        "id": configuration.id,
        "connectCredentialId": configuration.credential,
        "isDefault": configuration.is_default,
        "externalId": configuration.external_id,
        "sharedSettings": opened(&configuration.shared_settings),
        "workflowSettings": workflow_settings(configuration),
        "configMeta": {},
        "dateCreated": configuration.created_at.rfc3339(),
        "dateUpdated": configuration.updated_at.rfc3339(),
    })
}

/// Answers without those that are sealed.
fn opened(answers: &Map<String, Value>) -> Value {
    let open = answers.iter().filter(|(_, kept)| sealed(kept).is_none());
    open.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn workflow_settings(configuration: &Configuration) -> Value {
    let each = configuration.workflow_settings.iter().map(|(workflow, entry)| {
        let mut entry = entry.clone();
        if let Some(answers) = entry["settings"].as_object() {
            entry["settings"] = opened(answers);
        }
        (workflow.clone(), entry)
    });
    each.collect()
}

fn described(
    integration: &Integration,
    definition: &Definition,
    deployed: &[DeployedWorkflow],
) -> Value {
    let own: Vec<_> =
        deployed.iter().filter(|workflow| workflow.integration == integration.id).collect();
    let look = look_of(integration);
    let said = |own: &str, usual: &str| {
        if own.trim().is_empty() { usual.to_owned() } else { own.to_owned() }
    };
    let about: Map<String, Value> = own
        .iter()
        .map(|workflow| {
            let options = &workflow.definition["options"];
            let inputs = workflow.definition.get("settings").cloned().unwrap_or(json!([]));
            let about = json!({
                "id": workflow.id,
                "description": workflow.name,
                "infoText": options["description"],
                "defaultEnabled": options["default_enabled"],
                "hidden": options["hidden"],
                "order": options["order"],
                "inputs": inputs,
            });
            (workflow.id.to_string(), about)
        })
        .collect();
    let workflows: Vec<Value> = own
        .iter()
        .map(|workflow| {
            json!({
                "id": workflow.id,
                "description": workflow.name,
                "integrationId": integration.id,
                "dateCreated": integration.created_at.rfc3339(),
                "dateUpdated": integration.updated_at.rfc3339(),
            })
        })
        .collect();
    let account_types: Vec<Value> = definition
        .account_types()
        .iter()
        .map(|kind| json!({ "id": kind.id, "accountDescription": kind.title }))
        .collect();
    json!({
        "id": integration.id,
        "dateCreated": integration.created_at.rfc3339(),
        "dateUpdated": integration.updated_at.rfc3339(),
        "projectId": integration.project,
        "type": integration.kind,
        "isActive": integration.active,
        "authenticationType": match definition.auth() {
            Auth::OAuthCode(_) => "oauth",
            Auth::ClientCredentials(_) => "oauth_client_credential",
            Auth::Key(_) => "basic",
        },
        "name": definition.name(),
        "brandColor": definition.brand_color(),
        "hasCredential": integration.client_id.is_some(),
        "needPreOauthInputs": false,
        "connectedUserLimitOnDevCred": 0,
        "connectedUserLimitReached": false,
        "configs": [{
            "id": integration.id,
            "integrationId": integration.id,
            "values": {
                "accentColor": said(&look.accent, definition.brand_color()),
                "description": said(&look.description, definition.description()),
                "overview": said(&look.overview, definition.overview()),
                "sharedMeta": { "inputs": integration.portal.get("settings").unwrap_or(&json!([])) },
                "workflowMeta": about,
            },
        }],
        "workflows": workflows,
        "noPermissionWorkflows": [],
        "sdkIntegrationConfig": {
            "oauthInputs": [],
            "accountTypes": account_types,
            "authConfigInputs": [],
            "postOauthInputs": [],
            "dataSources": {},
        },
    })
}
