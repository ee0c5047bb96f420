//! Portal sessions: a one-time ticket, then a token that the page holds in memory.

use super::row::{Columns, one};
use crate::{StorageError, Store};
use portico_domain::{
    ConnectedUserId, IntegrationId, PortalSessionId, ProjectId, SigningKeyId, Timestamp,
};
use serde_json::Value;

/// One opening of the Connect Portal.
#[derive(Clone, Debug, PartialEq)]
pub struct PortalSession {
    /// Its id.
    pub id: PortalSessionId,
    /// Whose it is.
    pub project: ProjectId,
    /// Who looks at it.
    pub user: ConnectedUserId,
    /// What it is about.
    pub integration: IntegrationId,
    /// The key whose token made it: it dies with the key.
    pub signing_key: Option<SigningKeyId>,
    /// The one page that may frame it.
    pub origin: String,
    /// How it was opened.
    pub options: Value,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
}

fn session(row: &Columns<'_>) -> Result<PortalSession, StorageError> {
    Ok(PortalSession {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        user: row.parsed("user_id")?,
        integration: row.parsed("integration_id")?,
        signing_key: row.maybe_parsed("signing_key_id")?,
        origin: row.text("origin")?,
        options: row.json("options")?,
        created_at: row.at("created_at")?,
        seen_at: row.at("seen_at")?,
        expires_at: row.at("expires_at")?,
    })
}

impl Store {
    /// Adds a session with its ticket.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_portal_session(
        &self,
        new: &PortalSession,
        ticket_hash: &str,
        ticket_expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let (new, ticket_hash) = (new.clone(), ticket_hash.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO portal_sessions (id, project_id, user_id, integration_id, \
                     signing_key_id, origin, options, ticket_hash, ticket_expires_at, created_at, \
                     seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
                )
                .bind(new.id.to_string())
                .bind(new.project.to_string())
                .bind(new.user.to_string())
                .bind(new.integration.to_string())
                .bind(new.signing_key.map(|id| id.to_string()))
                .bind(new.origin)
                .bind(new.options.to_string())
                .bind(ticket_hash)
                .bind(ticket_expires_at.millis())
                .bind(new.created_at.millis())
                .bind(new.expires_at.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Burns a ticket; the session answers to the token from now on. `None`: it was burned before,
    /// or has ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn burn_portal_ticket(
        &self,
        ticket_hash: &str,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<PortalSession>, StorageError> {
        let (ticket_hash, token_hash) = (ticket_hash.to_owned(), token_hash.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "UPDATE portal_sessions SET ticket_used_at = $3, seen_at = $3, \
                     token_hash = $2 WHERE ticket_hash = $1 AND ticket_used_at IS NULL \
                     AND ticket_expires_at > $3 RETURNING *",
                )
                .bind(ticket_hash)
                .bind(token_hash)
                .bind(now.millis())
                .fetch_optional(tx)
                .await?;
                one(row, session)
            })
        })
        .await
    }

    /// The session of a token, if its user is accepted, it has not ended and was used lately.
    ///
    /// # Errors
    /// The database failed.
    pub async fn portal_session(
        &self,
        token_hash: &str,
        now: Timestamp,
        idle_ms: i64,
    ) -> Result<Option<PortalSession>, StorageError> {
        let row = sqlx::query(
            "SELECT portal_sessions.* FROM portal_sessions JOIN connected_users \
             ON connected_users.id = portal_sessions.user_id AND connected_users.active = 1 \
             WHERE portal_sessions.token_hash = $1 AND portal_sessions.expires_at > $2 \
             AND portal_sessions.seen_at > $3",
        )
        .bind(token_hash.to_owned())
        .bind(now.millis())
        .bind(now.millis().saturating_sub(idle_ms))
        .fetch_optional(self.reads())
        .await?;
        one(row, session)
    }

    /// A session by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn portal_session_by_id(
        &self,
        id: PortalSessionId,
    ) -> Result<Option<PortalSession>, StorageError> {
        let row = sqlx::query("SELECT * FROM portal_sessions WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, session)
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn touch_portal_session(
        &self,
        id: PortalSessionId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("UPDATE portal_sessions SET seen_at = $2 WHERE id = $1")
                    .bind(id.to_string())
                    .bind(now.millis())
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}
