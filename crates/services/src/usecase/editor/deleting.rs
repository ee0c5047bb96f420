//! Deleting a workflow: what that would stop, and doing it.

use crate::Services;
use crate::access::{administrate, storage};
use crate::usecase::workflows::{read_draft, unknown};
use portico_domain::view::WorkflowDeletion;
use portico_domain::{Actor, Entry, Fact, ProjectId, Refusal, WorkflowId};

impl Services {
    /// What deleting a workflow would stop.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn workflow_deletion(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<WorkflowDeletion, Refusal> {
        administrate(actor)?;
        let edited = self.edited(project, id).await?;
        let draft = read_draft(&edited.workflow)?;
        let (enabled, _) = self.affected(&edited, &draft, None).await?;
        let running = self.store().running_of(id).await.map_err(storage)?;
        Ok(WorkflowDeletion { enabled, running })
    }

    /// Deletes a workflow: nothing starts it any more, what runs ends as cancelled, its name is free. What it did
    /// can be looked at until retention removes it.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn delete_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let now = self.ports().now();
        // First nothing more begins, then what began is ended.
        if !self.store().delete_workflow(project, id, now).await.map_err(storage)? {
            return Err(unknown());
        }
        let reason = "its workflow was deleted".to_owned();
        let entry = Entry { at: now, fact: Fact::Cancelled { reason } };
        self.store().cancel_running_of(id, entry).await.map_err(storage)?;
        Ok(())
    }
}
