//! Secrets of a project that its workflows name: written, replaced and removed, never shown.

use super::settings::as_failure;
use crate::Services;
use crate::access::{administrate, internal, storage};
use portico_domain::view::SecretView;
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Actor, Failure, ProjectId, ProjectSecretId, Refusal, RefusalCode};
use portico_engine::{Problem, is_slug, named_secrets, secret_problems};
use portico_storage::ProjectSecret;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The longest value, in bytes: a private key with its certificates.
const LONGEST_SECRET: usize = 64 * 1024;
/// How many a project has at most.
const MOST_SECRETS: usize = 500;

impl Services {
    /// The secrets of a project: names and dates, never values.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn secret_list(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<Vec<SecretView>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let uses = self.secret_uses(project).await?;
        let secrets = self.store().project_secrets(project).await.map_err(storage)?;
        let view = |secret: ProjectSecret| SecretView {
            workflows: uses
                .iter()
                .filter(|(name, _)| *name == secret.name)
                .map(|(_, workflow)| workflow.clone())
                .collect(),
            name: secret.name,
            created_at: secret.created_at,
            updated_at: secret.updated_at,
        };
        Ok(secrets.into_iter().map(view).collect())
    }

    /// Sets a secret: a new one, or a new value of the one of that name. Executions that wait use the new one.
    ///
    /// # Errors
    /// The name is no slug; the value is empty or too long; there are too many.
    pub async fn set_secret(
        &self,
        actor: &Actor,
        project: ProjectId,
        (name, value): (&str, String),
    ) -> Result<(), Refusal> {
        let value = Zeroizing::new(value);
        administrate(actor)?;
        self.known_project(project).await?;
        let name = name.trim();
        if !is_slug(name) {
            let words = "Write a name of lower-case letters, digits and _, beginning with a letter: crm_key.";
            return Err(Refusal::field("name", words));
        }
        if value.is_empty() || value.len() > LONGEST_SECRET {
            return Err(Refusal::field("value", "Write a value of 1 byte to 64 kB."));
        }
        let known = self.secret_names(project).await?;
        if known.len() >= MOST_SECRETS && !known.iter().any(|own| own == name) {
            let words = format!("A project has {MOST_SECRETS} secrets at most; remove one first.");
            return Err(Refusal::field("name", words));
        }
        let id = self.ports().id(ProjectSecretId::from_parts);
        let now = self.ports().now();
        let place = place(id.uuid(), project);
        let vault = &self.inner.vault;
        let sealed = vault.seal(self.store(), self.ports(), place, value.as_bytes()).await?;
        let secret = ProjectSecret {
            id,
            project,
            name: name.to_owned(),
            sealed,
            created_at: now,
            updated_at: now,
        };
        self.store().set_project_secret(&secret).await.map_err(storage)
    }

    /// Removes a secret. Steps that name it fail from now on, and workflows that do cannot be deployed.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn remove_secret(
        &self,
        actor: &Actor,
        project: ProjectId,
        name: &str,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        if self.store().delete_project_secret(project, name).await.map_err(storage)? {
            return Ok(());
        }
        let words = format!("There is no secret {name:?} in this project.");
        Err(Refusal::new(RefusalCode::NotFound, words))
    }

    /// A secret as a call needs it, if there is one.
    ///
    /// # Errors
    /// As a failure of the call: our own database failed, or what is sealed cannot be opened.
    pub async fn project_secret(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        let found = self.store().project_secret(project, name).await;
        let Some(own) = found.map_err(|error| as_failure(storage(error)))? else { return Ok(None) };
        let place = place(own.id.uuid(), project);
        let opened = self.inner.vault.open(self.store(), place, &own.sealed).await;
        let opened = opened.map_err(|error| as_failure(error.into()))?;
        let text = String::from_utf8(opened.to_vec()).map_err(|_| as_failure(internal()))?;
        Ok(Some(Zeroizing::new(text)))
    }

    pub(crate) async fn secret_names(&self, project: ProjectId) -> Result<Vec<String>, Refusal> {
        let secrets = self.store().project_secrets(project).await.map_err(storage)?;
        Ok(secrets.into_iter().map(|secret| secret.name).collect())
    }

    /// What keeps a definition from being deployed: secrets that nobody has.
    pub(crate) async fn secret_problems(
        &self,
        project: ProjectId,
        definition: &WorkflowDefinition,
    ) -> Result<Vec<Problem>, Refusal> {
        if named_secrets(definition).is_empty() {
            return Ok(Vec::new());
        }
        Ok(secret_problems(definition, &self.secret_names(project).await?))
    }

    /// Which secret is named by which workflow, drafts and what is deployed alike.
    async fn secret_uses(&self, project: ProjectId) -> Result<BTreeSet<(String, String)>, Refusal> {
        let drafts = self.store().workflows(project).await.map_err(storage)?;
        let deployed = self.store().deployed(project).await.map_err(storage)?;
        let drafts = drafts.into_iter().map(|own| (own.name, own.draft));
        let deployed = deployed.into_iter().map(|own| (own.name, own.definition));
        let uses = drafts.chain(deployed).flat_map(|(workflow, document)| {
            let names = named_in(document);
            names.into_iter().map(move |name| (name, workflow.clone()))
        });
        Ok(uses.collect())
    }
}

/// The secrets that a stored definition names. One that cannot be read names none: it cannot run either.
fn named_in(document: Value) -> Vec<String> {
    let definition = serde_json::from_value::<WorkflowDefinition>(document).ok();
    let named = definition.map(|own| named_secrets(&own)).unwrap_or_default();
    named.into_iter().map(|own| own.name).collect()
}

fn place(row: Uuid, project: ProjectId) -> (&'static str, &'static str, Uuid, ProjectId) {
    ("project_secrets", "sealed", row, project)
}
