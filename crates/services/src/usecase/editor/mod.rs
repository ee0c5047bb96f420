//! What the workflow editor does, one file per use. Everything is of one project: a workflow, an account or a
//! configuration of another one is as if it were not there.

mod accounts;
mod choosing;
mod deleting;
mod deploying;
mod files;
mod opening;
mod saving;
mod schedule;
mod testing;
mod versions;

pub use saving::EditedDraft;

use crate::access::storage;
use crate::{Catalogue, Services};
use portico_domain::setting::Setting;
use portico_domain::{ProjectId, Refusal, WorkflowId};
use portico_storage::{Integration, Workflow};

/// A workflow that is edited, and what it is edited with.
struct Edited {
    workflow: Workflow,
    integration: Integration,
    shared: Vec<Setting>,
    catalogue: Catalogue,
}

impl Services {
    async fn edited(&self, project: ProjectId, id: WorkflowId) -> Result<Edited, Refusal> {
        let workflow = self.known_workflow(project, id).await?;
        let integration = self.store().integration(project, workflow.integration).await;
        let integration = integration.map_err(storage)?.ok_or_else(super::workflows::unknown)?;
        let shared = integration.settings().map_err(storage)?;
        let catalogue = self.catalogue(project).await?;
        Ok(Edited { workflow, integration, shared, catalogue })
    }
}
