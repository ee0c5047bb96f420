//! A workflow as a file, out of the editor and into it.

use crate::Services;
use crate::access::administrate;
use crate::usecase::workflow_file;
use portico_domain::view::FileRead;
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Actor, ProjectId, Refusal, WorkflowId};

impl Services {
    /// A workflow as it stands in the editor, as a file.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn write_workflow_file(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        definition: &WorkflowDefinition,
    ) -> Result<String, Refusal> {
        administrate(actor)?;
        self.known_workflow(project, id).await?;
        Ok(workflow_file::write(definition))
    }

    /// What a file says; nothing is stored.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn read_workflow_file(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        file: &str,
    ) -> Result<FileRead, Refusal> {
        administrate(actor)?;
        self.known_workflow(project, id).await?;
        Ok(match workflow_file::read(file) {
            Ok(definition) => FileRead::Workflow { definition: Box::new(definition) },
            Err(problems) => FileRead::Unreadable { problems },
        })
    }
}
