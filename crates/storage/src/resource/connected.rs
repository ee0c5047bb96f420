//! Accounts with their users and configurations, a page at a time: for what concerns everybody who connected.

use super::configurations::{Configuration, shared};
use super::credentials::{Credential, credential};
use super::row::{Columns, each};
use super::users::ConnectedUser;
use crate::{StorageError, Store};
use portico_domain::{ConfigurationId, IntegrationId, ProjectId};

/// A configuration, its account and its user.
#[derive(Clone, PartialEq)]
pub struct ConnectedAccount {
    /// The user.
    pub user: ConnectedUser,
    /// The account.
    pub credential: Credential,
    /// The configuration.
    pub configuration: Configuration,
}

fn connected_account(row: &Columns<'_>) -> Result<ConnectedAccount, StorageError> {
    let credential = credential(row)?;
    let shared = shared(row)?;
    Ok(ConnectedAccount {
        user: ConnectedUser {
            id: credential.user,
            project: credential.project,
            external_id: row.text("user_external_id")?,
            meta: row.json("meta")?,
            active: row.flag("active")?,
            routing_revision: row.number("routing_revision")?,
            created_at: row.at("user_created_at")?,
            seen_at: row.at("seen_at")?,
        },
        configuration: Configuration {
            id: row.parsed("configuration_id")?,
            project: credential.project,
            credential: credential.id,
            is_default: row.flag("is_default")?,
            external_id: row.maybe_text("configuration_external_id")?,
            shared_settings: shared.settings,
            shared_labels: shared.labels,
            workflow_settings: row.json("workflow_settings")?,
            webhook_serials: row.json("webhook_serials")?,
            created_at: row.at("configuration_created_at")?,
            updated_at: row.at("configuration_updated_at")?,
        },
        credential,
    })
}

impl Store {
    /// The configurations under the connected accounts of an integration, newest first, from before one of
    /// them on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn connected_accounts(
        &self,
        (project, integration): (ProjectId, IntegrationId),
        before: Option<ConfigurationId>,
        limit: usize,
    ) -> Result<Vec<ConnectedAccount>, StorageError> {
        let rows = sqlx::query(
            "SELECT credentials.*, configurations.id AS configuration_id, \
             configurations.is_default, configurations.external_id AS configuration_external_id, \
             configurations.shared_settings, configurations.workflow_settings, \
             configurations.webhook_serials, \
             configurations.created_at AS configuration_created_at, \
             configurations.updated_at AS configuration_updated_at, \
             connected_users.external_id AS user_external_id, connected_users.meta, \
             connected_users.active, connected_users.routing_revision, \
             connected_users.created_at AS user_created_at, connected_users.seen_at \
             FROM configurations JOIN credentials ON credentials.id = configurations.credential_id \
             JOIN connected_users ON connected_users.id = credentials.user_id \
             WHERE credentials.project_id = $1 AND credentials.integration_id = $2 \
             AND credentials.disconnected_at IS NULL AND configurations.id < $3 \
             ORDER BY configurations.id DESC LIMIT $4",
        )
        .bind(project.to_string())
        .bind(integration.to_string())
        .bind(before.map_or_else(|| "~".to_owned(), |id| id.to_string()))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, connected_account)
    }
}
