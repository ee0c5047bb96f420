//! Projects, their data keys and allowed origins.

use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::{DataKeyId, ProjectId, Timestamp};
use serde_json::Value;

/// A project.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name, unique.
    pub name: String,
    /// Token life, event rates.
    pub settings: Value,
    /// Raised by whatever changes what an event starts.
    pub routing_revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A data key, sealed by the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKey {
    /// Its id.
    pub id: DataKeyId,
    /// The key, sealed.
    pub wrapped: Vec<u8>,
}

fn project(row: &Columns<'_>) -> Result<Project, StorageError> {
    Ok(Project {
        id: row.parsed("id")?,
        name: row.text("name")?,
        settings: row.json("settings")?,
        routing_revision: row.number("routing_revision")?,
        created_at: row.at("created_at")?,
    })
}

impl Store {
    /// Makes a project. `false`: the name is taken.
    ///
    /// # Errors
    /// The database failed.
    pub async fn create_project(
        &self,
        id: ProjectId,
        name: &str,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let name = name.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "INSERT INTO projects (id, name, created_at) VALUES ($1, $2, $3) \
                     ON CONFLICT (name) DO NOTHING",
                )
                .bind(id.to_string())
                .bind(name)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Every project, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn projects(&self) -> Result<Vec<Project>, StorageError> {
        each(
            &sqlx::query("SELECT * FROM projects ORDER BY id").fetch_all(self.reads()).await?,
            project,
        )
    }

    /// A project by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn project(&self, id: ProjectId) -> Result<Option<Project>, StorageError> {
        let row = sqlx::query("SELECT * FROM projects WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, project)
    }

    /// A project by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn project_named(&self, name: &str) -> Result<Option<Project>, StorageError> {
        let row = sqlx::query("SELECT * FROM projects WHERE name = $1")
            .bind(name.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, project)
    }

    /// Gives a project another name. `false`: the name is taken, or there is no such project.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rename_project(&self, id: ProjectId, name: &str) -> Result<bool, StorageError> {
        let name = name.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE projects SET name = $2 WHERE id = $1 \
                     AND NOT EXISTS (SELECT 1 FROM projects AS other WHERE other.name = $2)",
                )
                .bind(id.to_string())
                .bind(name)
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Adds a data key.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_data_key(
        &self,
        id: DataKeyId,
        project: ProjectId,
        wrapped: Vec<u8>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO data_keys (id, project_id, wrapped, created_at) \
                     VALUES ($1, $2, $3, $4)",
                )
                .bind(id.to_string())
                .bind(project.to_string())
                .bind(wrapped)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The data keys of a project, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn data_keys(&self, project: ProjectId) -> Result<Vec<DataKey>, StorageError> {
        let rows =
            sqlx::query("SELECT id, wrapped FROM data_keys WHERE project_id = $1 ORDER BY id")
                .bind(project.to_string())
                .fetch_all(self.reads())
                .await?;
        each(&rows, |row| Ok(DataKey { id: row.parsed("id")?, wrapped: row.bytes("wrapped")? }))
    }

    /// The allowed origins of a project, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn origins(&self, project: ProjectId) -> Result<Vec<String>, StorageError> {
        let rows = sqlx::query(
            "SELECT origin FROM allowed_origins WHERE project_id = $1 ORDER BY created_at, origin",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| row.text("origin"))
    }

    /// Allows an origin. `false`: it was allowed already.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_origin(
        &self,
        project: ProjectId,
        origin: &str,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let origin = origin.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "INSERT INTO allowed_origins (project_id, origin, created_at) \
                     VALUES ($1, $2, $3) ON CONFLICT (project_id, origin) DO NOTHING",
                )
                .bind(project.to_string())
                .bind(origin)
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// No longer allows an origin. `false`: it was not allowed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_origin(
        &self,
        project: ProjectId,
        origin: &str,
    ) -> Result<bool, StorageError> {
        let origin = origin.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "DELETE FROM allowed_origins WHERE project_id = $1 AND origin = $2",
                )
                .bind(project.to_string())
                .bind(origin)
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }
}
