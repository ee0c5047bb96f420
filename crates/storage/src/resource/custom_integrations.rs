//! Integrations that a project defines itself.

use super::integrations::raise_project_revision;
use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::custom::CustomFiles;
use portico_domain::{CustomIntegrationId, ProjectId, Timestamp};

/// A definition of a project's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomIntegration {
    /// Its id.
    pub id: CustomIntegrationId,
    /// Whose it is.
    pub project: ProjectId,
    /// Its type: `custom.acme`.
    pub kind: String,
    /// What it says.
    pub files: CustomFiles,
    /// Raised by each change.
    pub revision: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which state of which definition: what a cache is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomStamp {
    /// Its type.
    pub kind: String,
    /// Its id: one that was deleted and added again is another.
    pub id: CustomIntegrationId,
    /// Its revision.
    pub revision: i64,
}

/// What saving a definition came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomSaved {
    /// It is stored, at this revision.
    Stored(i64),
    /// Somebody else saved another one meanwhile.
    Stale,
    /// There is none of this type.
    Missing,
}

fn custom_integration(row: &Columns<'_>) -> Result<CustomIntegration, StorageError> {
    Ok(CustomIntegration {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        kind: row.text("type")?,
        files: CustomFiles {
            definition: row.text("definition")?,
            overview: row.text("overview")?,
            guide: row.text("guide")?,
            icon: row.text("icon")?,
        },
        revision: row.number("revision")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

impl Store {
    /// The states of a project's own definitions, by type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn custom_stamps(
        &self,
        project: ProjectId,
    ) -> Result<Vec<CustomStamp>, StorageError> {
        let rows = sqlx::query(
            "SELECT type, id, revision FROM custom_integrations WHERE project_id = $1 ORDER BY type",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| {
            Ok(CustomStamp {
                kind: row.text("type")?,
                id: row.parsed("id")?,
                revision: row.number("revision")?,
            })
        })
    }

    /// A project's own definitions, by type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn custom_integrations(
        &self,
        project: ProjectId,
    ) -> Result<Vec<CustomIntegration>, StorageError> {
        let rows =
            sqlx::query("SELECT * FROM custom_integrations WHERE project_id = $1 ORDER BY type")
                .bind(project.to_string())
                .fetch_all(self.reads())
                .await?;
        each(&rows, custom_integration)
    }

    /// A project's own definition of a type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn custom_integration(
        &self,
        project: ProjectId,
        kind: &str,
    ) -> Result<Option<CustomIntegration>, StorageError> {
        let row =
            sqlx::query("SELECT * FROM custom_integrations WHERE project_id = $1 AND type = $2")
                .bind(project.to_string())
                .bind(kind.to_owned())
                .fetch_optional(self.reads())
                .await?;
        one(row, custom_integration)
    }

    /// Adds a definition. `false`: the project has one of this type.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_custom_integration(
        &self,
        new: &CustomIntegration,
    ) -> Result<bool, StorageError> {
        let new = new.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "INSERT INTO custom_integrations (id, project_id, type, definition, overview, \
                     guide, icon, revision, created_at, updated_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                     ON CONFLICT (project_id, type) DO NOTHING",
                )
                .bind(new.id.to_string())
                .bind(new.project.to_string())
                .bind(new.kind)
                .bind(new.files.definition)
                .bind(new.files.overview)
                .bind(new.files.guide)
                .bind(new.files.icon)
                .bind(new.revision)
                .bind(new.created_at.millis())
                .bind(new.updated_at.millis())
                .execute(&mut *tx)
                .await?;
                raise_project_revision(tx, new.project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// Changes a definition, if it is still at `revision`. Whatever was planned for events of the
    /// project is planned again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save_custom_integration(
        &self,
        (project, kind): (ProjectId, &str),
        revision: i64,
        files: CustomFiles,
        now: Timestamp,
    ) -> Result<CustomSaved, StorageError> {
        let kind = kind.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let row = sqlx::query(
                    "UPDATE custom_integrations SET definition = $4, overview = $5, guide = $6, \
                     icon = $7, revision = revision + 1, updated_at = $8 \
                     WHERE project_id = $1 AND type = $2 AND revision = $3 RETURNING revision",
                )
                .bind(project.to_string())
                .bind(kind.clone())
                .bind(revision)
                .bind(files.definition)
                .bind(files.overview)
                .bind(files.guide)
                .bind(files.icon)
                .bind(now.millis())
                .fetch_optional(&mut *tx)
                .await?;
                if let Some(stored) = one(row, |row| row.number("revision"))? {
                    raise_project_revision(tx, project).await?;
                    return Ok(CustomSaved::Stored(stored));
                }
                let row = sqlx::query(
                    "SELECT revision FROM custom_integrations WHERE project_id = $1 AND type = $2",
                )
                .bind(project.to_string())
                .bind(kind)
                .fetch_optional(&mut *tx)
                .await?;
                Ok(if row.is_some() { CustomSaved::Stale } else { CustomSaved::Missing })
            })
        })
        .await
    }

    /// Deletes a definition, takes its integration out of use (the OAuth client is forgotten) and
    /// undeploys its workflows; their drafts and what they did stay. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_custom_integration(
        &self,
        project: ProjectId,
        kind: &str,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let kind = kind.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "DELETE FROM custom_integrations WHERE project_id = $1 AND type = $2",
                )
                .bind(project.to_string())
                .bind(kind.clone())
                .execute(&mut *tx)
                .await?;
                sqlx::query(
                    "UPDATE workflows SET deployed_version = NULL WHERE project_id = $1 \
                     AND integration_id IN \
                     (SELECT id FROM integrations WHERE project_id = $1 AND type = $2)",
                )
                .bind(project.to_string())
                .bind(kind.clone())
                .execute(&mut *tx)
                .await?;
                sqlx::query(
                    "UPDATE integrations SET active = 0, client_id = NULL, client_secret = NULL, \
                     scopes = NULL, updated_at = $3 WHERE project_id = $1 AND type = $2",
                )
                .bind(project.to_string())
                .bind(kind)
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                raise_project_revision(tx, project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }
}
