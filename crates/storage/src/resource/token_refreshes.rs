//! Renewing an account's tokens: by one at a time, who holds a lease.

use super::row::{json_text, one};
use crate::{StorageError, Store};
use portico_domain::{CredentialId, ProjectId, Timestamp};
use serde_json::{Map, Value};

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

impl Store {
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
}
