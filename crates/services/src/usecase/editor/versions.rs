//! Versions: what was deployed, to be looked at and restored.

use crate::Services;
use crate::access::{administrate, internal, storage};
use portico_domain::view::VersionSummary;
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Actor, ProjectId, Refusal, RefusalCode, WorkflowId};

impl Services {
    /// The versions of a workflow, newest first.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn workflow_versions(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<Vec<VersionSummary>, Refusal> {
        administrate(actor)?;
        let workflow = self.known_workflow(project, id).await?;
        let versions = self.store().versions(id).await.map_err(storage)?;
        let summary = |(number, created_at)| VersionSummary {
            number,
            created_at,
            current: workflow.deployed_version == Some(number),
        };
        Ok(versions.into_iter().map(summary).collect())
    }

    /// What a version says.
    ///
    /// # Errors
    /// The workflow or its version is unknown.
    pub async fn version_of(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        number: i64,
    ) -> Result<WorkflowDefinition, Refusal> {
        administrate(actor)?;
        self.known_workflow(project, id).await?;
        let version = self.store().version(id, number).await.map_err(storage)?;
        let version = version.ok_or_else(|| {
            let words = format!("This workflow has no version {number}.");
            Refusal::new(RefusalCode::NotFound, words)
        })?;
        serde_json::from_value(version.definition).map_err(|error| {
            tracing::error!(workflow = %id, number, %error, "a workflow version cannot be read");
            internal()
        })
    }
}
