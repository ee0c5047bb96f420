//! Credentials: connected accounts, their sealed tokens, the lease under which they are refreshed.

use super::destinations::{Happened, tell_destinations};
use super::row::{Columns, each, json_text, one};
use super::users::raise_user_revision;
use crate::{StorageError, Store};
use portico_domain::view::HappeningKind;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, CredentialStatus, Failure, IntegrationId,
    ProjectId, Timestamp,
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
    /// When it was connected.
    pub created_at: Timestamp,
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

/// Renewed tokens.
#[derive(Clone)]
pub struct TokenUpdate {
    /// The tokens, sealed.
    pub secret: Vec<u8>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// Public facts of the connection, if they changed.
    pub connection: Option<Map<String, Value>>,
    /// When to look again whether it can be used.
    pub probe_at: Timestamp,
    /// The lease under which they were got.
    pub lease: String,
    /// Until when it is kept, if there is another token to be renewed; released without.
    pub lease_until: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// Whether a refresh may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshLease {
    /// It is ours.
    Granted,
    /// Somebody else refreshes, until then at most.
    Held(Timestamp),
    /// The token was renewed meanwhile.
    Newer,
    /// The account is gone.
    Gone,
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
        updated_at: row.at("updated_at")?,
        refreshed_at: row.maybe_at("refreshed_at")?,
        checked_at: row.maybe_at("checked_at")?,
        probe_at: row.at("probe_at")?,
        disconnected_at: row.maybe_at("disconnected_at")?,
    })
}

impl Store {
    /// Stores a new account with its default configuration.
    ///
    /// # Errors
    /// The database failed.
    pub async fn connect(&self, new: NewConnection) -> Result<(), StorageError> {
        let own = new.credential;
        let connection = json_text(&own.connection)?;
        let provider_data = json_text(&own.provider_data)?;
        let workflow_settings = json_text(&new.workflow_settings)?;
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO credentials (id, project_id, integration_id, user_id, status, \
                     account_type, connection, provider_id, provider_label, provider_data, secret, \
                     token_version, token_expires_at, external_id, created_at, updated_at, checked_at, \
                     probe_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, \
                     $15, $15, $15, $16)",
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
                raise_user_revision(tx, own.user).await
            })
        })
        .await
    }

    /// Stores new tokens of a known account; its configurations stay. `false`: there is none.
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
                     updated_at = $10, checked_at = $10, probe_at = $11 WHERE project_id = $1 AND id = $2 RETURNING user_id",
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

    /// Stores renewed tokens, if they renew `version` and the lease still holds; releases the lease
    /// unless it is kept.
    /// `None`: somebody else was first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn store_token(
        &self,
        project: ProjectId,
        id: CredentialId,
        version: i64,
        update: TokenUpdate,
    ) -> Result<Option<i64>, StorageError> {
        let connection = update.connection.as_ref().map(json_text).transpose()?;
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE credentials SET secret = $4, token_expires_at = $5, \
                     connection = COALESCE($6, connection), token_version = token_version + 1, \
                     refreshed_at = $7, updated_at = $7, \
                     refresh_lease = CASE WHEN CAST($9 AS BIGINT) IS NULL THEN NULL ELSE refresh_lease END, \
                     refresh_lease_until = $9, status = 'VALID', failure = NULL, \
                     checked_at = $7, probe_at = $10 \
                     WHERE project_id = $1 AND id = $2 AND token_version = $3 \
                     AND refresh_lease = $8 AND disconnected_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(version)
                .bind(update.secret)
                .bind(update.expires_at.map(Timestamp::millis))
                .bind(connection)
                .bind(update.now.millis())
                .bind(update.lease)
                .bind(update.lease_until.map(Timestamp::millis))
                .bind(update.probe_at.millis())
                .execute(tx)
                .await?;
                Ok((done.rows_affected() == 1).then_some(version + 1))
            })
        })
        .await
    }

    /// Takes the refresh of `version` upon us, unless somebody has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lease_refresh(
        &self,
        (project, id): (ProjectId, CredentialId),
        version: i64,
        lease: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<RefreshLease, StorageError> {
        let lease = lease.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE credentials SET refresh_lease = $4, refresh_lease_until = $6 \
                     WHERE project_id = $1 AND id = $2 AND token_version = $3 \
                     AND disconnected_at IS NULL \
                     AND (refresh_lease IS NULL OR refresh_lease_until <= $5)",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(version)
                .bind(lease)
                .bind(now.millis())
                .bind(until.millis())
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() == 1 {
                    return Ok(RefreshLease::Granted);
                }
                let row = sqlx::query(
                    "SELECT token_version, refresh_lease_until FROM credentials \
                     WHERE project_id = $1 AND id = $2 AND disconnected_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
                let found = one(row, |row| {
                    Ok((row.number("token_version")?, row.maybe_at("refresh_lease_until")?))
                })?;
                Ok(match found {
                    None => RefreshLease::Gone,
                    Some((found, _)) if found != version => RefreshLease::Newer,
                    Some((_, until)) => RefreshLease::Held(until.unwrap_or(now)),
                })
            })
        })
        .await
    }

    /// Gives a lease back unused.
    ///
    /// # Errors
    /// The database failed.
    pub async fn release_refresh(&self, id: CredentialId, lease: &str) -> Result<(), StorageError> {
        let lease = lease.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE credentials SET refresh_lease = NULL, refresh_lease_until = NULL \
                     WHERE id = $1 AND refresh_lease = $2",
                )
                .bind(id.to_string())
                .bind(lease)
                .execute(tx)
                .await?;
                Ok(())
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
