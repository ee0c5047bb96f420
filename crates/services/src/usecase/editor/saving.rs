//! Saving a draft as it is edited, without writing over what somebody else saved.

use crate::Services;
use crate::access::{administrate, storage, too_deep};
use crate::usecase::workflows::{checked_name, name_taken, read_draft, unknown};
use portico_domain::view::DraftStored;
use portico_domain::workflow::{FORMAT, WorkflowDefinition};
use portico_domain::{Actor, ProjectId, Refusal, WorkflowId};
use portico_storage::DraftSaved;
use serde_json::json;

/// A draft as it stands in the editor.
#[derive(Clone, Debug)]
pub struct EditedDraft {
    /// The workflow's name.
    pub name: String,
    /// The draft; it may be unfinished.
    pub definition: WorkflowDefinition,
    /// The revision that was edited.
    pub revision: i64,
}

impl Services {
    /// Saves a draft. If somebody else saved another one meanwhile, nothing is changed and theirs is
    /// answered. A name that cannot be taken keeps nothing else from being saved.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn save_draft(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        draft: EditedDraft,
    ) -> Result<DraftStored, Refusal> {
        administrate(actor)?;
        let EditedDraft { name, definition, revision } = draft;
        if definition.format != FORMAT {
            let words = format!("This is format {}; write {FORMAT}.", definition.format);
            return Err(Refusal::field("format", words));
        }
        let now = self.ports().now();
        let place = (project, id);
        let document = json!(definition);
        if portico_domain::json::is_too_deep(&document) {
            return Err(too_deep("steps"));
        }
        let (mut saved, mut name_problem) = (DraftSaved::NameTaken, None);
        match checked_name(&name) {
            Ok(name) => {
                let named = self.store().save_draft(place, &name, &document, Some(revision), now);
                saved = named.await.map_err(storage)?;
                if saved == DraftSaved::NameTaken {
                    name_problem = Some(name_taken(&name));
                }
            }
            Err(refused) => name_problem = Some(refused),
        }
        let mut name = name.trim().to_owned();
        let name_problem = name_problem.map(|refused| refused.message);
        if name_problem.is_some() {
            name = self.known_workflow(project, id).await?.name;
            let rest = self.store().save_draft(place, &name, &document, Some(revision), now);
            saved = rest.await.map_err(storage)?;
        }
        match saved {
            DraftSaved::Stored(revision) => Ok(DraftStored::Stored { revision, name_problem }),
            DraftSaved::NameTaken => Err(name_taken(&name)),
            DraftSaved::Missing => Err(unknown()),
            DraftSaved::Stale => {
                let theirs = self.known_workflow(project, id).await?;
                let revision = theirs.revision;
                // An answer that was lost on its way: what was sent is what is stored.
                if theirs.draft == document {
                    let other = self.store().workflow_named(project, &name).await;
                    let taken = other.map_err(storage)?.is_some_and(|other| other.id != id);
                    let name_problem = name_problem.or(taken.then(|| name_taken(&name).message));
                    if theirs.name == name || name_problem.is_some() {
                        return Ok(DraftStored::Stored { revision, name_problem });
                    }
                }
                let definition = Box::new(read_draft(&theirs)?);
                Ok(DraftStored::Conflict { theirs: definition, revision, name: theirs.name })
            }
        }
    }
}
