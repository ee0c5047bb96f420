//! Credentials: connected accounts, as they stand.

use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::{
    ConnectedUserId, CredentialId, CredentialStatus, Failure, IntegrationId, ProjectId, Timestamp,
};
use serde_json::{Map, Value};

/// A provider account that a user connected.
#[derive(Clone, PartialEq)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// Whose it is.
    pub project: ProjectId,
    /// Of which integration.
    pub integration: IntegrationId,
    /// Of which user.
    pub user: ConnectedUserId,
    /// Whether it can be used.
    pub status: CredentialStatus,
    /// Its kind.
    pub account_type: String,
    /// Public facts of the connection: `login_host`, `instance_url`.
    pub connection: Map<String, Value>,
    /// Its id at the provider.
    pub provider_id: Option<String>,
    /// What a person reads.
    pub provider_label: Option<String>,
    /// Public facts of the account.
    pub provider_data: Map<String, Value>,
    /// The tokens, sealed; `None` once disconnected.
    pub secret: Option<Vec<u8>>,
    /// Raised by each refresh.
    pub token_version: i64,
    /// When the access token ends, if the provider tells.
    pub token_expires_at: Option<Timestamp>,
    /// The host app's own name for it.
    pub external_id: Option<String>,
    /// Why it cannot be used.
    pub failure: Option<Failure>,
    /// When it was connected first.
    pub created_at: Timestamp,
    /// When it was connected last.
    pub connected_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When its token was last renewed.
    pub refreshed_at: Option<Timestamp>,
    /// When its provider last said whether it can be used.
    pub checked_at: Option<Timestamp>,
    /// When to look again.
    pub probe_at: Timestamp,
    /// When it was disconnected.
    pub disconnected_at: Option<Timestamp>,
}

pub(super) fn credential(row: &Columns<'_>) -> Result<Credential, StorageError> {
    Ok(Credential {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        integration: row.parsed("integration_id")?,
        user: row.parsed("user_id")?,
        status: row.parsed("status")?,
        account_type: row.text("account_type")?,
        connection: row.json("connection")?,
        provider_id: row.maybe_text("provider_id")?,
        provider_label: row.maybe_text("provider_label")?,
        provider_data: row.json("provider_data")?,
        secret: row.maybe_bytes("secret")?,
        token_version: row.number("token_version")?,
        token_expires_at: row.maybe_at("token_expires_at")?,
        external_id: row.maybe_text("external_id")?,
        failure: row.maybe_json("failure")?,
        created_at: row.at("created_at")?,
        connected_at: row.at("connected_at")?,
        updated_at: row.at("updated_at")?,
        refreshed_at: row.maybe_at("refreshed_at")?,
        checked_at: row.maybe_at("checked_at")?,
        probe_at: row.at("probe_at")?,
        disconnected_at: row.maybe_at("disconnected_at")?,
    })
}

impl Store {
    /// An account by id, disconnected or not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn credential(
        &self,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<Option<Credential>, StorageError> {
        let row = sqlx::query("SELECT * FROM credentials WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, credential)
    }

    /// The connected accounts of a user, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn credentials_of(
        &self,
        user: ConnectedUserId,
    ) -> Result<Vec<Credential>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM credentials WHERE user_id = $1 AND disconnected_at IS NULL ORDER BY id",
        )
        .bind(user.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, credential)
    }

    /// The connected accounts of an integration, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn connected_credentials(
        &self,
        project: ProjectId,
        integration: IntegrationId,
    ) -> Result<Vec<CredentialId>, StorageError> {
        let rows = sqlx::query(
            "SELECT id FROM credentials WHERE project_id = $1 AND integration_id = $2 \
             AND disconnected_at IS NULL ORDER BY id",
        )
        .bind(project.to_string())
        .bind(integration.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| row.parsed("id"))
    }

    /// Whether the same account of a provider is connected through the same OAuth client once more, by
    /// whomever: what is revoked there is revoked for both.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_sibling(&self, own: &Credential) -> Result<bool, StorageError> {
        let row = sqlx::query(
            "SELECT 1 FROM credentials AS others \
             JOIN integrations AS theirs ON theirs.id = others.integration_id \
             JOIN integrations AS ours ON ours.id = $1 \
             WHERE others.provider_id = $2 AND others.id <> $3 AND others.disconnected_at IS NULL \
             AND theirs.type = ours.type AND (theirs.id = ours.id OR theirs.client_id = ours.client_id) \
             LIMIT 1",
        )
        .bind(own.integration.to_string())
        .bind(own.provider_id.clone())
        .bind(own.id.to_string())
        .fetch_optional(self.reads())
        .await?;
        Ok(row.is_some())
    }

    /// The account that a user connected before, if it is the same one at the provider.
    ///
    /// # Errors
    /// The database failed.
    pub async fn former_credential(
        &self,
        user: ConnectedUserId,
        integration: IntegrationId,
        provider_id: &str,
    ) -> Result<Option<Credential>, StorageError> {
        let row = sqlx::query(
            "SELECT * FROM credentials WHERE user_id = $1 AND integration_id = $2 \
             AND provider_id = $3 ORDER BY (CASE WHEN disconnected_at IS NULL THEN 0 ELSE 1 END), \
             id DESC LIMIT 1",
        )
        .bind(user.to_string())
        .bind(integration.to_string())
        .bind(provider_id.to_owned())
        .fetch_optional(self.reads())
        .await?;
        one(row, credential)
    }
}
