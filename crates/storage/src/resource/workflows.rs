//! Workflows: drafts that change, versions that do not.

use super::destinations::{Happened, tell_destinations};
use super::integrations::{Portal, raise_project_revision};
use super::row::{Columns, each, json_text, one};
use crate::{StorageError, Store};
use portico_domain::setting::Setting;
use portico_domain::view::HappeningKind;
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
        let rows = sqlx::query("SELECT * FROM workflows WHERE project_id = $1 ORDER BY name")
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
        let row = sqlx::query("SELECT * FROM workflows WHERE project_id = $1 AND id = $2")
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
        let row = sqlx::query("SELECT * FROM workflows WHERE project_id = $1 AND name = $2")
            .bind(project.to_string())
            .bind(name.to_owned())
            .fetch_optional(self.reads())
            .await?;
        one(row, workflow)
    }

    /// Saves a draft, if it still has the expected revision (`None`: whatever it has).
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
                let found =
                    sqlx::query("SELECT revision FROM workflows WHERE project_id = $1 AND id = $2")
                        .bind(project.to_string())
                        .bind(id.to_string())
                        .fetch_optional(&mut *tx)
                        .await?;
                let Some(revision) = one(found, |row| row.number("revision"))? else {
                    return Ok(DraftSaved::Missing);
                };
                if expected.is_some_and(|expected| expected != revision) {
                    return Ok(DraftSaved::Stale);
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
                let found =
                    sqlx::query("SELECT revision FROM workflows WHERE project_id = $1 AND id = $2")
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
