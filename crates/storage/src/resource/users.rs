//! Connected users: end users of the host app.

use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::view::UserSummary;
use portico_domain::{ConnectedUserId, ProjectId, Timestamp};
use serde_json::{Map, Value};
use sqlx::AnyConnection;
use std::time::Duration;

/// An end user of the host app.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectedUser {
    /// Its id.
    pub id: ConnectedUserId,
    /// Whose user it is.
    pub project: ProjectId,
    /// The host app's own id.
    pub external_id: String,
    /// What the host app said of it.
    pub meta: Map<String, Value>,
    /// Whether its calls are accepted.
    pub active: bool,
    /// Raised by whatever changes what its events start.
    pub routing_revision: i64,
    /// When it was first heard of.
    pub created_at: Timestamp,
    /// When it was last heard of, to the minute.
    pub seen_at: Timestamp,
}

/// Which users.
#[derive(Clone, Debug, Default)]
pub struct UserFilter {
    /// Part of the external id or of the metadata, any case.
    pub search: Option<String>,
}

/// "Last seen" is written at most this often.
const SEEN_EVERY: Duration = Duration::from_secs(60);

pub(super) fn user(row: &Columns<'_>) -> Result<ConnectedUser, StorageError> {
    Ok(ConnectedUser {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        external_id: row.text("external_id")?,
        meta: row.json("meta")?,
        active: row.flag("active")?,
        routing_revision: row.number("routing_revision")?,
        created_at: row.at("created_at")?,
        seen_at: row.at("seen_at")?,
    })
}

/// Whatever was planned for events of this user is planned again.
pub(super) async fn raise_user_revision(
    tx: &mut AnyConnection,
    user: ConnectedUserId,
) -> Result<(), StorageError> {
    sqlx::query("UPDATE connected_users SET routing_revision = routing_revision + 1 WHERE id = $1")
        .bind(user.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

impl Store {
    /// The user of an external id; made with the id `fresh` if it is new.
    ///
    /// # Errors
    /// The database failed.
    pub async fn upsert_user(
        &self,
        fresh: ConnectedUserId,
        project: ProjectId,
        external_id: &str,
        now: Timestamp,
    ) -> Result<ConnectedUser, StorageError> {
        if let Some(known) = self.user_by_external(project, external_id).await?
            && now.since(known.seen_at) < SEEN_EVERY
        {
            return Ok(known);
        }
        let external_id = external_id.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "INSERT INTO connected_users (id, project_id, external_id, created_at, seen_at) \
                     VALUES ($1, $2, $3, $4, $4) ON CONFLICT (project_id, external_id) \
                     DO UPDATE SET seen_at = excluded.seen_at RETURNING *",
                )
                .bind(fresh.to_string())
                .bind(project.to_string())
                .bind(external_id)
                .bind(now.millis())
                .fetch_one(tx)
                .await?;
                user(&Columns(&row))
            })
        })
        .await
    }

    /// A user by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user(
        &self,
        project: ProjectId,
        id: ConnectedUserId,
    ) -> Result<Option<ConnectedUser>, StorageError> {
        let row = sqlx::query("SELECT * FROM connected_users WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, user)
    }

    /// A user by the host app's own id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user_by_external(
        &self,
        project: ProjectId,
        external_id: &str,
    ) -> Result<Option<ConnectedUser>, StorageError> {
        let row =
            sqlx::query("SELECT * FROM connected_users WHERE project_id = $1 AND external_id = $2")
                .bind(project.to_string())
                .bind(external_id.to_owned())
                .fetch_optional(self.reads())
                .await?;
        one(row, user)
    }

    /// Replaces a user's metadata. `false`: there is no such user.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_user_meta(
        &self,
        project: ProjectId,
        id: ConnectedUserId,
        meta: &Map<String, Value>,
    ) -> Result<bool, StorageError> {
        let meta = json_text(meta)?;
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE connected_users SET meta = $3, routing_revision = routing_revision + 1 \
                     WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(meta)
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Accepts or refuses a user's calls; refusing ends its portal sessions. `false`: no such user.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_user_active(
        &self,
        project: ProjectId,
        id: ConnectedUserId,
        active: bool,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE connected_users SET active = $3, \
                     routing_revision = routing_revision + 1 WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(i64::from(active))
                .execute(&mut *tx)
                .await?;
                if !active && done.rows_affected() == 1 {
                    sqlx::query("DELETE FROM portal_sessions WHERE user_id = $1")
                        .bind(id.to_string())
                        .execute(&mut *tx)
                        .await?;
                }
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// A page of users, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn user_list(
        &self,
        project: ProjectId,
        filter: UserFilter,
        after: Option<ConnectedUserId>,
        limit: usize,
    ) -> Result<Vec<UserSummary>, StorageError> {
        let search = filter.search.map(|text| {
            let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%");
            format!("%{}%", escaped.replace('_', "\\_"))
        });
        let rows = sqlx::query(
            "SELECT connected_users.*, \
             (SELECT COUNT(*) FROM credentials WHERE credentials.user_id = connected_users.id \
              AND disconnected_at IS NULL) AS accounts, \
             (SELECT COUNT(*) FROM credentials WHERE credentials.user_id = connected_users.id \
              AND disconnected_at IS NULL AND status = 'INVALID') AS invalid_accounts \
             FROM connected_users WHERE project_id = $1 AND id < $2 AND \
             (lower(external_id) LIKE $3 ESCAPE '\\' OR lower(meta) LIKE $3 ESCAPE '\\') \
             ORDER BY id DESC LIMIT $4",
        )
        .bind(project.to_string())
        .bind(after.map_or_else(|| "~".to_owned(), |id| id.to_string()))
        .bind(search.unwrap_or_else(|| "%".to_owned()))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            let known = user(row)?;
            let text = |key: &str| known.meta.get(key)?.as_str().map(str::to_owned);
            Ok(UserSummary {
                id: known.id,
                name: text("Name"),
                email: text("Email"),
                external_id: known.external_id.clone(),
                active: known.active,
                accounts: row.count("accounts")?,
                invalid_accounts: row.count("invalid_accounts")?,
                seen_at: known.seen_at,
            })
        })
    }
}
