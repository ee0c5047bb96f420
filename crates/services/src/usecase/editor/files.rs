//! A workflow as a file, out of the editor and into it.

use crate::Services;
use crate::access::administrate;
use crate::usecase::workflow_file;
use portico_domain::view::{FileRead, WorkflowImported};
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

    /// Makes a workflow of an integration out of a file. A file that cannot be read makes none; one with problems
    /// does, as a draft may be unfinished.
    ///
    /// # Errors
    /// The name is empty or taken; the integration is not activated.
    pub async fn import_as_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        (kind, name): (&str, &str),
        file: &str,
    ) -> Result<WorkflowImported, Refusal> {
        administrate(actor)?;
        let definition = match workflow_file::read(file) {
            Ok(definition) => definition,
            Err(problems) => return Ok(WorkflowImported::Unreadable { problems }),
        };
        let integration = self.active_integration(project, kind).await?;
        let id = self.insert_workflow(project, integration.id, name, &definition).await?;
        Ok(WorkflowImported::Created { id })
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
