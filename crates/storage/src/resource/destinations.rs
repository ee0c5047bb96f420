//! Event destinations.

use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::view::{DestinationView, HappeningKind};
use portico_domain::{DestinationId, ProjectId, Timestamp};

/// A destination as stored.
#[derive(Clone, PartialEq)]
pub struct Destination {
    /// What may be shown of it.
    pub view: DestinationView,
    /// Whose.
    pub project: ProjectId,
    /// What signs, sealed.
    pub secret: Vec<u8>,
    /// Its own headers, sealed.
    pub headers: Option<Vec<u8>>,
}

fn destination(row: &Columns<'_>) -> Result<Destination, StorageError> {
    let kinds = row.text("kinds")?;
    let kinds = kinds.split(',').filter(|name| !name.is_empty());
    let kinds = kinds.map(|name| name.parse().map_err(|why| StorageError::corrupt("kinds", why)));
    Ok(Destination {
        view: DestinationView {
            id: row.parsed("id")?,
            name: row.text("name")?,
            url: row.text("url")?,
            kinds: kinds.collect::<Result<_, _>>()?,
            headers: row.json("header_names")?,
            active: row.flag("active")?,
            reason: row.maybe_text("reason")?,
            created_at: row.at("created_at")?,
        },
        project: row.parsed("project_id")?,
        secret: row.bytes("secret")?,
        headers: row.maybe_bytes("headers")?,
    })
}

fn kinds_text(kinds: &[HappeningKind]) -> String {
    kinds.iter().fold(",".to_owned(), |text, kind| format!("{text}{},", kind.name()))
}

impl Store {
    /// Keeps a new destination.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_destination(&self, new: Destination) -> Result<(), StorageError> {
        let names = json_text(&new.view.headers)?;
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO destinations (id, project_id, name, url, kinds, secret, headers, \
                     header_names, active, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $9)",
                )
                .bind(new.view.id.to_string())
                .bind(new.project.to_string())
                .bind(new.view.name)
                .bind(new.view.url)
                .bind(kinds_text(&new.view.kinds))
                .bind(new.secret)
                .bind(new.headers)
                .bind(names)
                .bind(new.view.created_at.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The destinations of a project, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn destinations(&self, project: ProjectId) -> Result<Vec<Destination>, StorageError> {
        let rows = sqlx::query("SELECT * FROM destinations WHERE project_id = $1 ORDER BY id")
            .bind(project.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, destination)
    }

    /// A destination.
    ///
    /// # Errors
    /// The database failed.
    pub async fn destination(
        &self,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<Option<Destination>, StorageError> {
        let row = sqlx::query("SELECT * FROM destinations WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, destination)
    }

    /// Gives a destination another secret. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_destination_secret(
        &self,
        (project, id): (ProjectId, DestinationId),
        secret: Vec<u8>,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE destinations SET secret = $3, updated_at = $4 \
                     WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(secret)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Switches a destination on or off. What waits is sent once it is on. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn switch_destination(
        &self,
        (project, id): (ProjectId, DestinationId),
        active: i64,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE destinations SET active = $3, failures = 0, reason = NULL, \
                     updated_at = $4 WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(active)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Removes a destination with what waits for it. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_destination(
        &self,
        project: ProjectId,
        id: DestinationId,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done =
                    sqlx::query("DELETE FROM destinations WHERE project_id = $1 AND id = $2")
                        .bind(project.to_string())
                        .bind(id.to_string())
                        .execute(tx)
                        .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// How many tries in a row came to nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn destination_failures(&self, id: DestinationId) -> Result<u64, StorageError> {
        let row = sqlx::query("SELECT failures FROM destinations WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        Ok(one(row, |row| row.count("failures"))?.unwrap_or(0))
    }
}
