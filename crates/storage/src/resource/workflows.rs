//! Workflows and their drafts.

use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::{IntegrationId, ProjectId, Timestamp, WorkflowId};
use serde_json::Value;

/// A workflow with its draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// Whose it is.
    pub project: ProjectId,
    /// The integration it belongs to.
    pub integration: IntegrationId,
    /// Its name, unique in the project.
    pub name: String,
    /// The draft.
    pub draft: Value,
    /// The draft's revision.
    pub revision: i64,
    /// The version that events start.
    pub deployed_version: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its draft was last changed.
    pub updated_at: Timestamp,
}

/// What saving a draft came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftSaved {
    /// Stored, with this revision.
    Stored(i64),
    /// It was changed meanwhile.
    Stale,
    /// Another workflow has the name.
    NameTaken,
    /// There is no such workflow.
    Missing,
}

fn workflow(row: &Columns<'_>) -> Result<Workflow, StorageError> {
    Ok(Workflow {
        id: row.parsed("id")?,
        project: row.parsed("project_id")?,
        integration: row.parsed("integration_id")?,
        name: row.text("name")?,
        draft: row.json("draft")?,
        revision: row.number("revision")?,
        deployed_version: row.maybe_number("deployed_version")?,
        created_at: row.at("created_at")?,
        updated_at: row.at("updated_at")?,
    })
}

impl Store {
    /// Adds a workflow. `false`: the name is taken.
    ///
    /// # Errors
    /// The database failed.
    pub async fn insert_workflow(&self, new: &Workflow) -> Result<bool, StorageError> {
        let new = new.clone();
        let draft = json_text(&new.draft)?;
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "INSERT INTO workflows (id, project_id, integration_id, name, draft, revision, \
                     created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                     ON CONFLICT (project_id, name) DO NOTHING",
                )
                .bind(new.id.to_string())
                .bind(new.project.to_string())
                .bind(new.integration.to_string())
                .bind(new.name)
                .bind(draft)
                .bind(new.revision)
                .bind(new.created_at.millis())
                .bind(new.updated_at.millis())
                .execute(tx)
                .await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// The workflows of a project, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn workflows(&self, project: ProjectId) -> Result<Vec<Workflow>, StorageError> {
        let rows = sqlx::query(
            "SELECT * FROM workflows WHERE project_id = $1 AND deleted_at IS NULL ORDER BY name",
        )
        .bind(project.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, workflow)
    }

    /// A workflow by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn workflow(
        &self,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<Option<Workflow>, StorageError> {
        let row = sqlx::query(
            "SELECT * FROM workflows WHERE project_id = $1 AND id = $2 AND deleted_at IS NULL",
        )
        .bind(project.to_string())
        .bind(id.to_string())
        .fetch_optional(self.reads())
        .await?;
        one(row, workflow)
    }

    /// A workflow by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn workflow_named(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<Option<Workflow>, StorageError> {
        let row = sqlx::query(
            "SELECT * FROM workflows WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL",
        )
        .bind(project.to_string())
        .bind(name.to_owned())
        .fetch_optional(self.reads())
        .await?;
        one(row, workflow)
    }

    /// Saves a draft, if it still has the expected revision (`None`: whatever it has). What is stored already
    /// keeps its revision.
    ///
    /// # Errors
    /// The database failed.
    pub async fn save_draft(
        &self,
        (project, id): (ProjectId, WorkflowId),
        name: &str,
        draft: &Value,
        expected: Option<i64>,
        now: Timestamp,
    ) -> Result<DraftSaved, StorageError> {
        let (name, draft) = (name.to_owned(), json_text(draft)?);
        self.write(move |tx| {
            Box::pin(async move {
                let found = sqlx::query(
                    "SELECT name, draft, revision FROM workflows WHERE project_id = $1 AND id = $2 \
                         AND deleted_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
                let found = one(found, |row| {
                    Ok((row.text("name")?, row.text("draft")?, row.number("revision")?))
                })?;
                let Some((name_now, draft_now, revision)) = found else {
                    return Ok(DraftSaved::Missing);
                };
                if expected.is_some_and(|expected| expected != revision) {
                    return Ok(DraftSaved::Stale);
                }
                if name_now == name && draft_now == draft {
                    return Ok(DraftSaved::Stored(revision));
                }
                let done = sqlx::query(
                    "UPDATE workflows SET name = $3, draft = $4, revision = revision + 1, \
                     updated_at = $5 WHERE project_id = $1 AND id = $2 AND revision = $6 \
                     AND NOT EXISTS (SELECT 1 FROM workflows AS other \
                     WHERE other.project_id = $1 AND other.name = $3 AND other.id <> $2)",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(name)
                .bind(draft)
                .bind(now.millis())
                .bind(revision)
                .execute(tx)
                .await?;
                Ok(match done.rows_affected() {
                    0 => DraftSaved::NameTaken,
                    _ => DraftSaved::Stored(revision + 1),
                })
            })
        })
        .await
    }
}
