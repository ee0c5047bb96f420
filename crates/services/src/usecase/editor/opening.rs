//! Opening the editor: everything it needs at once.

use super::Edited;
use crate::access::{administrate, storage};
use crate::usecase::answers::{Answers, Questions};
use crate::usecase::events::about;
use crate::usecase::setting_sources::source_shapes;
use crate::usecase::workflows::read_draft;
use crate::{Catalogue, Services};
use portico_connector::Definition;
use portico_domain::execution::Scope;
use portico_domain::view::{EditorIntegration, EditorView, PreviewAccount};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Actor, ProjectId, Refusal, WorkflowId};
use portico_storage::{ConnectedAccount, Integration};

/// How many accounts are offered to test as.
const MOST_PREVIEWS: usize = 50;

impl Services {
    /// Everything that the editor of a workflow needs.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn editor_view(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<EditorView, Refusal> {
        administrate(actor)?;
        let edited = self.edited(project, id).await?;
        let draft = read_draft(&edited.workflow)?;
        let deployed = match edited.workflow.deployed_version {
            Some(number) => Some(self.workflow_version(id, number).await?.as_ref().clone()),
            None => None,
        };
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let (events, _) = self.app_event_list(actor, project).await?;
        Ok(EditorView {
            summary: self.summary(&edited.workflow, &integrations, &edited.catalogue).await?,
            deployed,
            revision: edited.workflow.revision,
            integrations: usable(&edited, &integrations),
            events,
            previews: self.previews(&edited, &draft).await?,
            shared: edited.shared,
            secrets: self.secret_names(project).await?,
            draft,
        })
    }

    /// The newest accounts of the workflow's integration.
    async fn previews(
        &self,
        edited: &Edited,
        draft: &WorkflowDefinition,
    ) -> Result<Vec<PreviewAccount>, Refusal> {
        let place = (edited.workflow.project, edited.integration.id);
        let accounts = self.store().connected_accounts(place, None, MOST_PREVIEWS).await;
        let previews = accounts.map_err(storage)?.into_iter().map(|own| PreviewAccount {
            user: own.user.id,
            external_id: own.user.external_id.clone(),
            credential: own.credential.id,
            configuration: own.configuration.id,
            integration: edited.integration.kind.clone(),
            label: own.credential.provider_label.clone(),
            status: own.credential.status,
            scope: seen(edited, draft, &own),
        });
        Ok(previews.collect())
    }
}

/// What templates would see of an account. Files stay on the server.
fn seen(edited: &Edited, draft: &WorkflowDefinition, account: &ConnectedAccount) -> Scope {
    let questions = Questions { own: &draft.settings, shared: &edited.shared };
    let answers = Answers::new(questions, &account.configuration, edited.workflow.id);
    let mut settings = answers.settings;
    for own in draft.settings.iter().chain(&edited.shared).filter(|own| own.kind.is_kept()) {
        settings.shift_remove(&own.key);
    }
    let known = about(&account.user, &account.credential);
    Scope { settings, sealed: answers.sealed, ..known }
}

/// The integrations that are active in the project, the workflow's own first.
fn usable(edited: &Edited, integrations: &[Integration]) -> Vec<EditorIntegration> {
    let own = &edited.integration;
    let others = integrations.iter().filter(|other| other.id != own.id && other.active);
    std::iter::once(own)
        .chain(others)
        .filter_map(|integration| shapes(&edited.catalogue, &integration.kind))
        .collect()
}

fn shapes(catalogue: &Catalogue, kind: &str) -> Option<EditorIntegration> {
    let definition: &Definition = catalogue.definition(kind)?;
    let starting = definition.triggers().filter(|own| own.lifecycle().is_none());
    Some(EditorIntegration {
        kind: kind.to_owned(),
        name: definition.name().to_owned(),
        actions: definition.actions().map(|action| action.shape().clone()).collect(),
        triggers: starting.map(|trigger| trigger.shape().clone()).collect(),
        sources: source_shapes(definition),
    })
}
