//! People who sign in to the dashboard, their one-time links and sessions.

use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::{AdminId, ProjectId, Timestamp};

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admin {
    /// Their id.
    pub id: AdminId,
    /// Their name.
    pub name: String,
    /// Their address, lower case, unique.
    pub email: String,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A one-time link that can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdminLink {
    /// Whom it signs in; `None`: it makes the first admin.
    pub admin: Option<AdminId>,
}

/// Everything that comes into being with the first admin.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// The link that is used up.
    pub link_hash: String,
    /// The admin.
    pub admin: Admin,
    /// The first project's id, if there is no project yet.
    pub project_id: ProjectId,
    /// Its name.
    pub project_name: String,
    /// The first session.
    pub session_hash: String,
    /// Now.
    pub now: Timestamp,
    /// When the session ends.
    pub session_expires: Timestamp,
}

const COLUMNS: &str = "id, name, email, password_hash, created_at";

fn admin(row: &Columns<'_>) -> Result<Admin, StorageError> {
    Ok(Admin {
        id: row.parsed("id")?,
        name: row.text("name")?,
        email: row.text("email")?,
        password_hash: row.text("password_hash")?,
        created_at: row.at("created_at")?,
    })
}

impl Store {
    /// How many admins there are.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admin_count(&self) -> Result<i64, StorageError> {
        Ok(sqlx::query_scalar("SELECT COUNT(*) FROM admins").fetch_one(self.reads()).await?)
    }

    /// Every admin, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admins(&self) -> Result<Vec<Admin>, StorageError> {
        let rows = sqlx::query("SELECT * FROM admins ORDER BY id").fetch_all(self.reads()).await?;
        each(&rows, admin)
    }

    /// An admin by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admin(&self, id: AdminId) -> Result<Option<Admin>, StorageError> {
        let row = sqlx::query("SELECT * FROM admins WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, admin)
    }

    /// An admin by address, in lower case.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admin_by_email(&self, email: &str) -> Result<Option<Admin>, StorageError> {
        let row = sqlx::query("SELECT * FROM admins WHERE email = $1")
            .bind(email.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, admin)
    }

    /// Keeps a one-time link.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_admin_link(
        &self,
        hash: &str,
        admin: Option<AdminId>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO admin_links (token_hash, admin_id, created_at, expires_at) \
                     VALUES ($1, $2, $3, $4)",
                )
                .bind(hash)
                .bind(admin.map(|id| id.to_string()))
                .bind(now.millis())
                .bind(expires_at.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// A link that can still be used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admin_link(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<AdminLink>, StorageError> {
        let row = sqlx::query(
            "SELECT admin_id FROM admin_links \
             WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
        )
        .bind(hash.to_owned())
        .bind(now.millis())
        .fetch_optional(self.reads())
        .await?;
        one(row, |row| Ok(AdminLink { admin: row.maybe_parsed("admin_id")? }))
    }

    /// Uses up a link of an admin and begins a session for them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn use_admin_link(
        &self,
        link_hash: &str,
        session_hash: &str,
        now: Timestamp,
        session_expires: Timestamp,
    ) -> Result<Option<AdminId>, StorageError> {
        let (link, session) = (link_hash.to_owned(), session_hash.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let used = sqlx::query(
                    "UPDATE admin_links SET used_at = $2 WHERE token_hash = $1 \
                     AND used_at IS NULL AND expires_at > $2 AND admin_id IS NOT NULL \
                     RETURNING admin_id",
                )
                .bind(link)
                .bind(now.millis())
                .fetch_optional(&mut *tx)
                .await?;
                let Some(id) = one(used, |row| row.parsed::<AdminId>("admin_id"))? else {
                    return Ok(None);
                };
                insert_session(tx, session, id, (now, session_expires)).await?;
                Ok(Some(id))
            })
        })
        .await
    }

    /// Makes the first admin, a project if there is none, and a session. `false`: the link cannot
    /// be used any more, or there is an admin already.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_first_admin(&self, first: FirstAdmin) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let used = sqlx::query(
                    "UPDATE admin_links SET used_at = $2 WHERE token_hash = $1 \
                     AND used_at IS NULL AND expires_at > $2 AND admin_id IS NULL \
                     AND NOT EXISTS (SELECT 1 FROM admins)",
                )
                .bind(first.link_hash)
                .bind(first.now.millis())
                .execute(&mut *tx)
                .await?;
                if used.rows_affected() == 0 {
                    return Ok(false);
                }
                let sql = format!("INSERT INTO admins ({COLUMNS}) VALUES ($1, $2, $3, $4, $5)");
                sqlx::query(sqlx::AssertSqlSafe(sql))
                    .bind(first.admin.id.to_string())
                    .bind(first.admin.name)
                    .bind(first.admin.email)
                    .bind(first.admin.password_hash)
                    .bind(first.admin.created_at.millis())
                    .execute(&mut *tx)
                    .await?;
                sqlx::query(
                    "INSERT INTO projects (id, name, created_at) SELECT $1, $2, CAST($3 AS BIGINT) \
                     WHERE NOT EXISTS (SELECT 1 FROM projects)",
                )
                .bind(first.project_id.to_string())
                .bind(first.project_name)
                .bind(first.now.millis())
                .execute(&mut *tx)
                .await?;
                let span = (first.now, first.session_expires);
                insert_session(tx, first.session_hash, first.admin.id, span).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Begins a session.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_admin_session(
        &self,
        hash: &str,
        admin: AdminId,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move { insert_session(tx, hash, admin, (now, expires_at)).await })
        })
        .await
    }

    /// Whose session it is, if it has not ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admin_session(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<Admin>, StorageError> {
        let row = sqlx::query(
            "SELECT admins.* FROM admin_sessions JOIN admins ON admins.id = admin_sessions.admin_id \
             WHERE admin_sessions.token_hash = $1 AND admin_sessions.expires_at > $2",
        )
        .bind(hash.to_owned())
        .bind(now.millis())
        .fetch_optional(self.reads())
        .await?;
        one(row, admin)
    }

    /// Moves a session's end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn touch_admin_session(
        &self,
        hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE admin_sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1",
                )
                .bind(hash)
                .bind(now.millis())
                .bind(expires_at.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_admin_session(&self, hash: &str) -> Result<(), StorageError> {
        let hash = hash.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query("DELETE FROM admin_sessions WHERE token_hash = $1")
                    .bind(hash)
                    .execute(tx)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

async fn insert_session(
    tx: &mut sqlx::AnyConnection,
    hash: String,
    admin: AdminId,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO admin_sessions (token_hash, admin_id, created_at, seen_at, expires_at) \
         VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(hash)
    .bind(admin.to_string())
    .bind(now.millis())
    .bind(expires_at.millis())
    .execute(tx)
    .await?;
    Ok(())
}
