//! Workflows that were deleted. The row stays, with its versions, as long as executions are kept that ran on it:
//! their pages show what they did. Its name is free at once.

use super::integrations::raise_project_revision;
use super::row::{Columns, each, one};
use crate::{StorageError, Store};
use portico_domain::{ProjectId, Timestamp, WorkflowId};
use sqlx::AnyConnection;

impl Store {
    /// Deletes a workflow: nothing starts it any more, and nobody finds it. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_workflow(
        &self,
        project: ProjectId,
        id: WorkflowId,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let found = sqlx::query(
                    "SELECT name FROM workflows WHERE project_id = $1 AND id = $2 \
                     AND deleted_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
                let Some(name) = one(found, |row| row.text("name"))? else { return Ok(false) };
                let name = kept_name(tx, project, &name).await?;
                sqlx::query(
                    "UPDATE workflows SET name = $3, deployed_version = NULL, deleted_at = $4 \
                     WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .bind(name)
                .bind(now.millis())
                .execute(&mut *tx)
                .await?;
                for gone in [
                    "DELETE FROM watches WHERE workflow_id = $1",
                    "DELETE FROM failure_marks WHERE workflow_id = $1",
                ] {
                    sqlx::query(gone).bind(id.to_string()).execute(&mut *tx).await?;
                }
                raise_project_revision(tx, project).await?;
                Ok(true)
            })
        })
        .await
    }

    /// What a workflow is called, or was, for as long as its executions are kept.
    ///
    /// # Errors
    /// The database failed.
    pub async fn workflow_name(
        &self,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<Option<String>, StorageError> {
        let row = sqlx::query("SELECT name FROM workflows WHERE project_id = $1 AND id = $2")
            .bind(project.to_string())
            .bind(id.to_string())
            .fetch_optional(self.reads())
            .await?;
        one(row, |row| row.text("name"))
    }

    /// How many executions of a workflow run now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn running_of(&self, workflow: WorkflowId) -> Result<u64, StorageError> {
        let row = sqlx::query(
            // The empty text keeps the index of all that ever ran out of it: what runs is little.
            "SELECT COUNT(*) AS running FROM executions WHERE status = 'running' \
             AND workflow_id || '' = $1",
        )
        .bind(workflow.to_string())
        .fetch_one(self.reads())
        .await?;
        Columns(&row).count("running")
    }
}

/// Under what name a deleted workflow is kept.
async fn kept_name(
    tx: &mut AnyConnection,
    project: ProjectId,
    name: &str,
) -> Result<String, StorageError> {
    let rows = sqlx::query("SELECT name FROM workflows WHERE project_id = $1")
        .bind(project.to_string())
        .fetch_all(&mut *tx)
        .await?;
    let taken = each(&rows, |row| row.text("name"))?;
    let mut names = (2..).map(|number: u32| format!("{name} (deleted, {number})"));
    let first = Some(format!("{name} (deleted)"));
    let free = |own: &String| !taken.contains(own);
    Ok(first.filter(free).or_else(|| names.find(free)).unwrap_or_default())
}

/// Removes deleted workflows of which no execution is kept any more.
pub(super) async fn forget_deleted(
    tx: &mut AnyConnection,
    before: Timestamp,
) -> Result<u64, StorageError> {
    let done = sqlx::query(
        "DELETE FROM workflows WHERE deleted_at < $1 AND NOT EXISTS \
         (SELECT 1 FROM executions WHERE executions.workflow_id = workflows.id)",
    )
    .bind(before.millis())
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
