//! How an account comes, is refused and goes: each is told to destinations, and changes what its user's happenings start.

use super::configurations::end_webhook_addresses;
use super::credentials::{Credential, credential};
use super::deliveries::{Happened, tell_destinations};
use super::row::{json_text, one};
use super::users::raise_user_revision;
use crate::{StorageError, Store};
use portico_domain::view::HappeningKind;
use portico_domain::{ConfigurationId, CredentialId, Failure, ProjectId, Timestamp};
use serde_json::{Map, Value};

/// A new account with its default configuration.
#[derive(Clone)]
pub struct NewConnection {
    /// The account.
    pub credential: Credential,
    /// The configuration's id.
    pub configuration: ConfigurationId,
    /// Its workflows: id to `{enabled, settings}`.
    pub workflow_settings: Map<String, Value>,
    /// Now.
    pub now: Timestamp,
}

/// A known account that was connected again.
#[derive(Clone)]
pub struct Reconnection {
    /// Its kind.
    pub account_type: String,
    /// Public facts of the connection.
    pub connection: Map<String, Value>,
    /// Its id at the provider.
    pub provider_id: Option<String>,
    /// What a person reads.
    pub provider_label: Option<String>,
    /// Public facts of the account.
    pub provider_data: Map<String, Value>,
    /// The tokens, sealed.
    pub secret: Vec<u8>,
    /// When the access token ends.
    pub token_expires_at: Option<Timestamp>,
    /// When to look again whether it can be used.
    pub probe_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

impl Store {
    /// Stores a new account with its default configuration. `false`: its user has connected it meanwhile,
    /// and nothing was stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn connect(&self, new: NewConnection) -> Result<bool, StorageError> {
        let own = new.credential;
        let connection = json_text(&own.connection)?;
        let provider_data = json_text(&own.provider_data)?;
        let workflow_settings = json_text(&new.workflow_settings)?;
        self.write(move |tx| {
            Box::pin(async move {
                let stored = sqlx::query(
                    "INSERT INTO credentials (id, project_id, integration_id, user_id, status, \
                     account_type, connection, provider_id, provider_label, provider_data, secret, \
                     token_version, token_expires_at, external_id, created_at, updated_at, checked_at, \
                     connected_at, probe_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, \
                     $12, $13, $14, $15, $15, $15, $15, $16) ON CONFLICT DO NOTHING",
                )
                .bind(own.id.to_string())
                .bind(own.project.to_string())
                .bind(own.integration.to_string())
                .bind(own.user.to_string())
                .bind(own.status.name())
                .bind(own.account_type)
                .bind(connection)
                .bind(own.provider_id)
                .bind(own.provider_label)
                .bind(provider_data)
                .bind(own.secret)
                .bind(own.token_version)
                .bind(own.token_expires_at.map(Timestamp::millis))
                .bind(own.external_id)
                .bind(new.now.millis())
                .bind(own.probe_at.millis())
                .execute(&mut *tx)
                .await?;
                if stored.rows_affected() == 0 {
                    return Ok(false);
                }
                sqlx::query(
                    "INSERT INTO configurations (id, project_id, credential_id, is_default, \
                     workflow_settings, created_at, updated_at) VALUES ($1, $2, $3, 1, $4, $5, $5)",
                )
                .bind(new.configuration.to_string())
                .bind(own.project.to_string())
                .bind(own.id.to_string())
                .bind(workflow_settings)
                .bind(new.now.millis())
                .execute(&mut *tx)
                .await?;
                let happened = Happened {
                    project: own.project,
                    kind: HappeningKind::CredentialConnected,
                    subject: own.id.to_string(),
                    at: new.now,
                };
                tell_destinations(tx, happened).await?;
                raise_user_revision(tx, own.user).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Stores new tokens of a known account; its configurations stay. `false`: there is none, or its user
    /// has connected the same one as another.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reconnect(
        &self,
        project: ProjectId,
        id: CredentialId,
        again: Reconnection,
    ) -> Result<bool, StorageError> {
        let connection = json_text(&again.connection)?;
        let provider_data = json_text(&again.provider_data)?;
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "UPDATE credentials SET status = 'VALID', account_type = $3, connection = $4, \
                     provider_id = $5, provider_label = $6, provider_data = $7, secret = $8, \
                     token_version = token_version + 1, token_expires_at = $9, failure = NULL, \
                     refresh_lease = NULL, refresh_lease_until = NULL, disconnected_at = NULL, \
                     updated_at = $10, checked_at = $10, connected_at = $10, probe_at = $11 \
                     WHERE project_id = $1 AND id = $2 AND NOT EXISTS (SELECT 1 FROM credentials AS others \
                     WHERE others.user_id = credentials.user_id \
                     AND others.integration_id = credentials.integration_id \
                     AND others.provider_id = $5 AND others.disconnected_at IS NULL \
                     AND others.id <> $2) RETURNING user_id",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(again.account_type)
                .bind(connection)
                .bind(again.provider_id)
                .bind(again.provider_label)
                .bind(provider_data)
                .bind(again.secret)
                .bind(again.token_expires_at.map(Timestamp::millis))
                .bind(again.now.millis())
                .bind(again.probe_at.millis())
                .fetch_optional(&mut *tx)
                .await?;
                let Some(user) = one(row, |row| row.parsed("user_id"))? else { return Ok(false) };
                let happened = Happened {
                    project,
                    kind: HappeningKind::CredentialConnected,
                    subject: id.to_string(),
                    at: again.now,
                };
                tell_destinations(tx, happened).await?;
                raise_user_revision(tx, user).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Marks an account as no longer accepted, unless its token was renewed meanwhile (`false`).
    ///
    /// # Errors
    /// The database failed.
    pub async fn mark_invalid(
        &self,
        (project, id): (ProjectId, CredentialId),
        version: i64,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let failure = json_text(failure)?;
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "UPDATE credentials SET status = 'INVALID', failure = $4, updated_at = $5, checked_at = $5 \
                     WHERE project_id = $1 AND id = $2 AND token_version = $3 RETURNING user_id",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(version)
                .bind(failure)
                .bind(now.millis())
                .fetch_optional(&mut *tx)
                .await?;
                let Some(user) = one(row, |row| row.parsed("user_id"))? else { return Ok(false) };
                let happened = Happened {
                    project,
                    kind: HappeningKind::CredentialFailed,
                    subject: id.to_string(),
                    at: now,
                };
                tell_destinations(tx, happened).await?;
                raise_user_revision(tx, user).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Disconnects an account: its tokens are destroyed, its configurations kept. Answers the account
    /// as it was.
    ///
    /// # Errors
    /// The database failed.
    pub async fn disconnect(
        &self,
        project: ProjectId,
        id: CredentialId,
        now: Timestamp,
    ) -> Result<Option<Credential>, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "SELECT * FROM credentials \
                     WHERE project_id = $1 AND id = $2 AND disconnected_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
                let Some(was) = one(row, credential)? else { return Ok(None) };
                sqlx::query(
                    "UPDATE credentials SET status = 'INVALID', secret = NULL, failure = NULL, \
                     disconnected_at = $2, updated_at = $2, token_version = token_version + 1, \
                     refresh_lease = NULL, refresh_lease_until = NULL WHERE id = $1",
                )
                .bind(id.to_string())
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                end_webhook_addresses(tx, id).await?;
                let happened = Happened {
                    project,
                    kind: HappeningKind::CredentialDisconnected,
                    subject: id.to_string(),
                    at: now,
                };
                tell_destinations(tx, happened).await?;
                raise_user_revision(tx, was.user).await?;
                Ok(Some(was))
            })
        })
        .await
    }
}
