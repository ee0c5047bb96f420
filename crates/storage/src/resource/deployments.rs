//! Versions of workflows, which do not change, and which of them run.

use super::deliveries::{Happened, tell_destinations};
use super::integrations::{Portal, raise_project_revision};
use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::setting::Setting;
use portico_domain::view::HappeningKind;
use portico_domain::{IntegrationId, ProjectId, Timestamp, WorkflowId};
use serde_json::Value;

/// A version: immutable.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowVersion {
    /// Its workflow.
    pub workflow: WorkflowId,
    /// Counted from 1.
    pub number: i64,
    /// The definition.
    pub definition: Value,
    /// The digests of the integration definitions it was deployed with.
    pub digests: Value,
    /// When it was deployed first.
    pub created_at: Timestamp,
}

/// A workflow that events start now.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployedWorkflow {
    /// Its id.
    pub id: WorkflowId,
    /// Its integration.
    pub integration: IntegrationId,
    /// That integration's type: `salesforce`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The version that runs.
    pub version: i64,
    /// That version's definition.
    pub definition: Value,
    /// The settings that it shares with the other workflows of its integration.
    pub shared: Vec<Setting>,
}

/// What deploying came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    /// This version runs now.
    Version(i64),
    /// The draft was changed meanwhile.
    Stale,
    /// There is no such workflow.
    Missing,
}

pub(super) const DEPLOYED: &str = "SELECT workflows.id, workflows.integration_id, integrations.type AS kind, \
     integrations.portal, workflows.name, \
     workflow_versions.number, workflow_versions.definition FROM workflows \
     JOIN integrations ON integrations.id = workflows.integration_id \
     JOIN workflow_versions \
     ON workflow_versions.workflow_id = workflows.id \
     AND workflow_versions.number = workflows.deployed_version \
     WHERE workflows.project_id = $1 ORDER BY workflows.id";

pub(super) fn deployed_workflow(row: &Columns<'_>) -> Result<DeployedWorkflow, StorageError> {
    Ok(DeployedWorkflow {
        id: row.parsed("id")?,
        integration: row.parsed("integration_id")?,
        kind: row.text("kind")?,
        name: row.text("name")?,
        version: row.number("number")?,
        definition: row.json("definition")?,
        shared: row.json::<Portal>("portal")?.settings,
    })
}

impl Store {
    /// Deploys a definition, if the draft still has this revision. The same definition as the newest
    /// version is that version again.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deploy(
        &self,
        (project, id): (ProjectId, WorkflowId),
        revision: i64,
        definition: &Value,
        digests: &Value,
        now: Timestamp,
    ) -> Result<Deployed, StorageError> {
        let (definition, digests) = (json_text(definition)?, json_text(digests)?);
        self.write(move |tx| {
            Box::pin(async move {
                let found = sqlx::query(
                    "SELECT revision FROM workflows WHERE project_id = $1 AND id = $2 \
                         AND deleted_at IS NULL",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
                match one(found, |row| row.number("revision"))? {
                    None => return Ok(Deployed::Missing),
                    Some(found) if found != revision => return Ok(Deployed::Stale),
                    Some(_) => {}
                }
                let newest = sqlx::query(
                    "SELECT number, definition FROM workflow_versions WHERE workflow_id = $1 \
                     ORDER BY number DESC LIMIT 1",
                )
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
                let newest =
                    one(newest, |row| Ok((row.number("number")?, row.text("definition")?)))?;
                let number = match newest {
                    Some((number, same)) if same == definition => number,
                    newest => {
                        let number = newest.map_or(0, |(number, _)| number) + 1;
                        sqlx::query(
                            "INSERT INTO workflow_versions (workflow_id, number, definition, \
                             digests, created_at) VALUES ($1, $2, $3, $4, $5)",
                        )
                        .bind(id.to_string())
                        .bind(number)
                        .bind(definition)
                        .bind(digests)
                        .bind(now.millis())
                        .execute(&mut *tx)
                        .await?;
                        number
                    }
                };
                sqlx::query("UPDATE workflows SET deployed_version = $2 WHERE id = $1")
                    .bind(id.to_string())
                    .bind(number)
                    .execute(&mut *tx)
                    .await?;
                let happened = Happened {
                    project,
                    kind: HappeningKind::WorkflowDeployed,
                    subject: id.to_string(),
                    at: now,
                };
                tell_destinations(tx, happened).await?;
                raise_project_revision(tx, project).await?;
                Ok(Deployed::Version(number))
            })
        })
        .await
    }

    /// Undeploys a workflow. `false`: there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn undeploy(&self, project: ProjectId, id: WorkflowId) -> Result<bool, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query(
                    "UPDATE workflows SET deployed_version = NULL WHERE project_id = $1 AND id = $2",
                )
                .bind(project.to_string())
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
                raise_project_revision(tx, project).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }

    /// A version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn version(
        &self,
        workflow: WorkflowId,
        number: i64,
    ) -> Result<Option<WorkflowVersion>, StorageError> {
        let row =
            sqlx::query("SELECT * FROM workflow_versions WHERE workflow_id = $1 AND number = $2")
                .bind(workflow.to_string())
                .bind(number)
                .fetch_optional(self.reads())
                .await?;
        one(row, |row| {
            Ok(WorkflowVersion {
                workflow: row.parsed("workflow_id")?,
                number: row.number("number")?,
                definition: row.json("definition")?,
                digests: row.json("digests")?,
                created_at: row.at("created_at")?,
            })
        })
    }

    /// The versions of a workflow, newest first, without what they say: number and when it was deployed first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn versions(
        &self,
        workflow: WorkflowId,
    ) -> Result<Vec<(i64, Timestamp)>, StorageError> {
        let rows = sqlx::query(
            "SELECT number, created_at FROM workflow_versions WHERE workflow_id = $1 \
             ORDER BY number DESC",
        )
        .bind(workflow.to_string())
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| Ok((row.number("number")?, row.at("created_at")?)))
    }

    /// The workflows that events of a project start now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn deployed(
        &self,
        project: ProjectId,
    ) -> Result<Vec<DeployedWorkflow>, StorageError> {
        let rows = sqlx::query(DEPLOYED).bind(project.to_string()).fetch_all(self.reads()).await?;
        each(&rows, deployed_workflow)
    }
}
