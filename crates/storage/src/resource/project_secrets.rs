//! Secrets of a project that its workflows name.

use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::{ProjectId, ProjectSecretId, Timestamp};

/// A secret of a project. Its value is sealed for its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectSecret {
    /// Its id: another one with every value.
    pub id: ProjectSecretId,
    /// Whose it is.
    pub project: ProjectId,
    /// Its name, unique in the project.
    pub name: String,
    /// Its value, sealed.
    pub sealed: Vec<u8>,
    /// When there was first one of this name.
    pub created_at: Timestamp,
    /// When its value was last set.
    pub updated_at: Timestamp,
}

fn project_secret(row: &Columns<'_>) -> Result<ProjectSecret, StorageError> {
    Ok(ProjectSecret {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        name: row.text("name")?,
        sealed: row.bytes("sealed")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

impl Store {
    /// Sets a secret: a new one, or a new value of the one of that name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_project_secret(&self, secret: &ProjectSecret) -> Result<(), StorageError> {
        let secret = secret.clone();
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO project_secrets (id, project_id, name, sealed, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project_id, name) DO UPDATE SET \
                     id = excluded.id, sealed = excluded.sealed, updated_at = excluded.updated_at",
                )
                .bind(secret.id.to_string())
                .bind(secret.project.to_string())
                .bind(secret.name)
                .bind(secret.sealed)
                .bind(secret.created_at.millis())
                .bind(secret.updated_at.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// The secrets of a project, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn project_secrets(
        &self,
        project: ProjectId,
    ) -> Result<Vec<ProjectSecret>, StorageError> {
        let rows = sqlx::query("SELECT * FROM project_secrets WHERE project_id = $1 ORDER BY name")
            .bind(project.to_string())
            .fetch_all(self.reads())
            .await?;
        each(&rows, project_secret)
    }

    /// A secret by its name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn project_secret(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<ProjectSecret>, StorageError> {
        let row = sqlx::query("SELECT * FROM project_secrets WHERE project_id = $1 AND name = $2")
            .bind(project.to_string())
            .bind(name.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, project_secret)
    }

    /// Removes a secret. `false`: there was none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_project_secret(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<bool, StorageError> {
        let name = name.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done =
                    sqlx::query("DELETE FROM project_secrets WHERE project_id = $1 AND name = $2")
                        .bind(project.to_string())
                        .bind(name)
                        .execute(tx)
                        .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }
}
