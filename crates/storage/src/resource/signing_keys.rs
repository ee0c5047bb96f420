//! Public keys of host apps, and tokens that were refused.

use super::row::{Columns, each};
use crate::{StorageError, Store};
use portico_domain::{ProjectId, SigningKeyId, Timestamp};
use uuid::Uuid;

/// A public key by which user tokens are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Its id.
    pub id: SigningKeyId,
    /// Whose it is.
    pub project: ProjectId,
    /// Its name.
    pub name: String,
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// SPKI PEM.
    pub public_pem: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a token of it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A user token that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedToken {
    /// Its id here.
    pub id: Uuid,
    /// Where it was sent.
    pub project: ProjectId,
    /// When.
    pub at: Timestamp,
    /// A stable code.
    pub reason: String,
    /// In words, without the token.
    pub detail: String,
}

/// How many refused tokens are kept per project.
const REFUSALS_KEPT: i64 = 200;

fn key(row: &Columns<'_>) -> Result<SigningKey, StorageError> {
    Ok(SigningKey {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        name: row.text("name")?,
        kid: row.text("kid")?,
        public_pem: row.text("public_pem")?,
        created_at: row.at("created_at")?,
        last_used_at: row.maybe_at("last_used_at")?,
        revoked_at: row.maybe_at("revoked_at")?,
    })
}

impl Store {
    /// Adds a key. `false`: it is known already, active or revoked.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_signing_key(&self, key: &SigningKey) -> Result<bool, StorageError> {
        let key = key.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "INSERT INTO signing_keys (id, project_id, name, kid, public_pem, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project_id, kid) DO NOTHING",
                )
                .bind(key.id.to_string())
                .bind(key.project.to_string())
                .bind(key.name)
                .bind(key.kid)
                .bind(key.public_pem)
                .bind(key.created_at.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// The keys of a project, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn signing_keys(&self, project: ProjectId) -> Result<Vec<SigningKey>, StorageError> {
        let rows = sqlx::query("SELECT * FROM signing_keys WHERE project_id = $1 ORDER BY id DESC")
            .bind(project.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, key)
    }

    /// The ten newest keys that are not revoked.
    ///
    /// # Errors
    /// The database failed.
    pub async fn active_signing_keys(
        &self,
        project: ProjectId,
    ) -> Result<Vec<SigningKey>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM signing_keys WHERE project_id = $1 AND revoked_at IS NULL \
             ORDER BY id DESC LIMIT 10",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, key)
    }

    /// Revokes a key, and ends the portal sessions made with it. `false`: no such active key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke_signing_key(
        &self,
        project: ProjectId,
        id: SigningKeyId,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE signing_keys SET revoked_at = $3 \
                     WHERE project_id = $1 AND id = $2 AND revoked_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                sqlx::query("DELETE FROM portal_sessions WHERE signing_key_id = $1")
                    .bind(id.to_string())
                    .execute(&mut *tx)
                    .await?;
                Ok(true)
            })
        })
        .await
    }

    /// Notes that a token of this key was accepted.
    ///
    /// # Errors
    /// The database failed.
    pub async fn touch_signing_key(
        &self,
        id: SigningKeyId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE signing_keys SET last_used_at = $2 WHERE id = $1")
                    .bind(id.to_string())
                    .bind(now.millis())
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes a refused token; the newest 200 of a project are kept.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_refusal(&self, refused: &RefusedToken) -> Result<(), StorageError> {
        let refused = refused.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let project = refused.project.to_string();
                sqlx::query(
                    "INSERT INTO refusals (id, project_id, at, reason, detail) \
                     VALUES ($1, $2, $3, $4, $5)",
                )
                .bind(refused.id.to_string())
                .bind(project.clone())
                .bind(refused.at.millis())
                .bind(refused.reason)
                .bind(refused.detail)
                .execute(&mut *tx)
                .await?;
                sqlx::query(
                    "DELETE FROM refusals WHERE project_id = $1 AND id NOT IN \
                     (SELECT id FROM refusals WHERE project_id = $1 ORDER BY at DESC, id DESC LIMIT $2)",
                )
                .bind(project)
                .bind(REFUSALS_KEPT)
                .execute(&mut *tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Tokens refused lately, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refusals(
        &self,
        project: ProjectId,
        limit: i64,
    ) -> Result<Vec<RefusedToken>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM refusals WHERE project_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
        )
        .bind(project.to_string())
        .bind(limit)
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            Ok(RefusedToken {
                id: row.parsed("id")?,
                project: row.parsed("project_id")?,
                at: row.at("at")?,
                reason: row.text("reason")?,
                detail: row.text("detail")?,
            })
        })
    }
}
