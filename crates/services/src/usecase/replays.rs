//! Replays: an execution that has ended is done once more, from its start or from one of its steps.
//!
//! A replay uses the settings, the user and the account as they are now: what was wrong with them may be why it
//! failed. What the steps before the chosen one brought is recalled, never done again.

use crate::Services;
use crate::access::{administrate, storage};
use crate::usecase::answers::{Answers, Questions};
use crate::usecase::events::about;
use crate::usecase::executions::unknown_execution;
use portico_domain::event::{Decision, Outcome};
use portico_domain::execution::Scope;
use portico_domain::setting::Setting;
use portico_domain::view::{DoneAgain, ReplayChoice, ReplayPreview, ReplayVersion};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{
    Actor, CredentialStatus, EventId, ExecutionId, ProjectId, Refusal, RefusalCode,
};
use portico_engine::{DoneElsewhere, ReplayPlan, Run, Signal, State, plan_replay};
use portico_storage::{
    Credential, NewEvent, NewExecution, NewReplay, ReplayInput, ReplayStart, StoredEvent,
    StoredExecution, Workflow,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A replay that can be begun.
struct Prepared {
    original: StoredExecution,
    event: StoredEvent,
    integration: String,
    version: i64,
    definition: Arc<WorkflowDefinition>,
    scope: Scope,
    plan: ReplayPlan,
}

/// Whether a replay begins where the execution has been repeated already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Whoever asks for it was told what is done again.
    Anyway,
    /// It was chosen because nobody had repeated it.
    OnlyFirst,
}

impl Services {
    /// What a replay would do, and the key with which it is begun once.
    ///
    /// # Errors
    /// It cannot be replayed so; the message says why and what to do.
    pub async fn replay_preview(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ExecutionId,
        choice: ReplayChoice,
    ) -> Result<ReplayPreview, Refusal> {
        administrate(actor)?;
        let prepared = self.prepare_replay(project, id, &choice).await?;
        let title = |step: &str| {
            prepared.definition.step(step).map_or_else(|| step.to_owned(), |own| own.title.clone())
        };
        let again = prepared.plan.again.iter().map(|own| DoneAgain {
            title: title(own.path.step()),
            path: own.path.clone(),
            at: own.at,
            certain: own.certain,
        });
        Ok(ReplayPreview {
            key: self.ports().id(ExecutionId::from_parts),
            version: prepared.version,
            recalled: prepared.plan.recalled.len() as u64,
            again: again.collect(),
        })
    }

    /// Begins a replay; `key` is the id that it gets, so that asking twice begins one. Answers that id.
    ///
    /// # Errors
    /// As [`Services::replay_preview`]; the key belongs to something else.
    pub async fn replay(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ExecutionId,
        choice: ReplayChoice,
        key: ExecutionId,
    ) -> Result<ExecutionId, Refusal> {
        administrate(actor)?;
        self.begin_replay((project, id), choice, key, Beginning::Anyway).await
    }

    pub(super) async fn begin_replay(
        &self,
        (project, id): (ProjectId, ExecutionId),
        choice: ReplayChoice,
        key: ExecutionId,
        beginning: Beginning,
    ) -> Result<ExecutionId, Refusal> {
        if self.is_replayed(project, id, key).await? {
            return Ok(key);
        }
        let prepared = self.prepare_replay(project, id, &choice).await?;
        let mut new = self.new_replay(prepared, choice, key).await?;
        new.only_first = beginning == Beginning::OnlyFirst;
        match self.store().start_replay(new).await.map_err(storage)? {
            ReplayStart::Started => Ok(key),
            ReplayStart::Known if self.is_replayed(project, id, key).await? => Ok(key),
            ReplayStart::Known => Err(key_taken()),
            ReplayStart::Repeated => Err(refused("It was replayed otherwise meanwhile.")),
        }
    }

    /// Whether this replay has begun already.
    async fn is_replayed(
        &self,
        project: ProjectId,
        id: ExecutionId,
        key: ExecutionId,
    ) -> Result<bool, Refusal> {
        match self.store().execution(project, key).await.map_err(storage)? {
            None => Ok(false),
            Some(own) if own.replay_of == Some(id) => Ok(true),
            Some(_) => Err(key_taken()),
        }
    }

    async fn new_replay(
        &self,
        prepared: Prepared,
        choice: ReplayChoice,
        key: ExecutionId,
    ) -> Result<NewReplay, Refusal> {
        let Prepared { original, event, integration, version, definition, scope, plan } = prepared;
        let now = self.ports().now();
        let payload = choice.input.map(Value::Object);
        let catalogue = self.catalogue_for(original.project, definition.integrations()).await?;
        let run = Run {
            execution: key,
            workflow: &definition,
            actions: &catalogue,
            trigger: payload.as_ref().unwrap_or(&event.payload),
        };
        let signal = Signal::Replay { scope, recalled: plan.recalled };
        let advance = self.engine().advance(&run, &State::new(), signal, now);
        let state = State::fold(&advance.entries);
        let execution = NewExecution {
            id: key,
            workflow: original.workflow,
            workflow_version: version,
            credential: original.credential,
            configuration: original.configuration,
            status: state.status(),
            failure: state.failure().cloned(),
            entries: advance.entries,
            jobs: self.jobs(advance.commands, &catalogue, &definition, &state),
        };
        let input = match payload {
            None => ReplayInput::Same(event.id),
            // What it begins with is kept where all such things are, with what came of it.
            Some(payload) => ReplayInput::Edited(Box::new(NewEvent {
                id: self.ports().id(EventId::from_parts),
                project: original.project,
                user: original.user,
                name: event.name,
                source: event.source,
                payload,
                decisions: vec![Decision {
                    workflow_id: original.workflow,
                    integration,
                    credential_id: Some(original.credential),
                    configuration_id: Some(original.configuration),
                    outcome: Outcome::Started { execution_id: key },
                }],
                received_at: now,
            })),
        };
        Ok(NewReplay {
            project: original.project,
            user: original.user,
            replay_of: original.id,
            input,
            execution,
            only_first: false,
            at: now,
        })
    }

    async fn prepare_replay(
        &self,
        project: ProjectId,
        id: ExecutionId,
        choice: &ReplayChoice,
    ) -> Result<Prepared, Refusal> {
        let original = self.store().execution(project, id).await.map_err(storage)?;
        let original = original.ok_or_else(unknown_execution)?;
        if !original.status.is_final() {
            return Err(refused("It is still running. Wait for its end, or cancel it first."));
        }
        let workflow = self.store().workflow(project, original.workflow).await.map_err(storage)?;
        let workflow = workflow.ok_or_else(|| refused("Its workflow was deleted."))?;
        let version = match choice.version {
            ReplayVersion::Original => original.workflow_version,
            ReplayVersion::Deployed => workflow.deployed_version.ok_or_else(|| {
                refused("The workflow is not deployed. Deploy it, or choose the original version.")
            })?,
        };
        let definition = self.workflow_version(workflow.id, version).await?;
        let event = self.store().event(project, original.event).await.map_err(storage)?;
        let event = event.ok_or_else(|| {
            refused("What started it is no longer kept, so there is nothing to begin with.")
        })?;
        let credential = self.usable_account(&original).await?;
        let (integration, shared) = self.shared_of(&workflow).await?;
        let scope = self.scope_now(&original, &credential, (&definition, &shared)).await?;
        let elsewhere = self.done_elsewhere(project, id).await?;
        let plan = plan_replay(&definition, &original.entries, &elsewhere, choice.from.as_ref())
            .map_err(|why| Refusal::field("from", sentence(&why.to_string())))?;
        Ok(Prepared { original, event, integration, version, definition, scope, plan })
    }

    /// What was done by the execution that it repeats and by those that repeat one of them.
    async fn done_elsewhere(
        &self,
        project: ProjectId,
        id: ExecutionId,
    ) -> Result<DoneElsewhere, Refusal> {
        let mut done = DoneElsewhere::default();
        for other in self.store().replay_family(project, id).await.map_err(storage)? {
            done.note(&self.store().history(other, 0).await.map_err(storage)?);
        }
        Ok(done)
    }

    /// The account that it ran for, if it still works.
    async fn usable_account(&self, original: &StoredExecution) -> Result<Credential, Refusal> {
        let found = self.store().credential(original.project, original.credential).await;
        let words = match found.map_err(storage)? {
            None => "Its account is gone.",
            Some(own) if own.disconnected_at.is_some() => {
                "Its account was disconnected. It can be replayed once the user has connected it again."
            }
            Some(own) if own.status != CredentialStatus::Valid => {
                "Its account is not accepted by the provider. It can be replayed once the user has \
                 reconnected it."
            }
            Some(own) => return Ok(own),
        };
        Err(Refusal::new(RefusalCode::NotConnected, words))
    }

    /// The type of a workflow's integration, and the questions that its workflows share.
    async fn shared_of(&self, workflow: &Workflow) -> Result<(String, Vec<Setting>), Refusal> {
        let found = self.store().integration(workflow.project, workflow.integration).await;
        let found = found.map_err(storage)?;
        let integration = found.filter(|own| own.active).ok_or_else(|| {
            let words = "The integration is not activated. Activate it, then replay.";
            Refusal::new(RefusalCode::IntegrationNotActivated, words)
        })?;
        let shared = integration.settings().map_err(storage)?;
        Ok((integration.kind, shared))
    }

    /// Settings, user and account as they are now.
    async fn scope_now(
        &self,
        original: &StoredExecution,
        credential: &Credential,
        (definition, shared): (&WorkflowDefinition, &[Setting]),
    ) -> Result<Scope, Refusal> {
        let project = original.project;
        let user = self.store().user(project, original.user).await.map_err(storage)?;
        let user = user.filter(|user| user.active).ok_or_else(|| {
            refused("Its user is disabled. Enable the user under Connected users, then replay.")
        })?;
        let found = self.store().configuration(project, original.configuration).await;
        let configuration = found.map_err(storage)?.ok_or_else(|| {
            refused("The settings that it ran with were removed with their account.")
        })?;
        let questions = Questions { own: &definition.settings, shared };
        let answers = Answers::new(questions, &configuration, original.workflow);
        if let Some(setting) = answers.missing {
            let words =
                format!("The setting {setting:?} has no value. The user has to fill it first.");
            return Err(Refusal::new(RefusalCode::SettingMissing, words));
        }
        let answers = answers.without_unused_files(questions, &json!(definition.steps));
        let known = about(&user, credential);
        Ok(Scope { settings: answers.settings, sealed: answers.sealed, ..known })
    }
}

fn refused(words: &str) -> Refusal {
    Refusal::new(RefusalCode::Stale, words)
}

fn key_taken() -> Refusal {
    refused("This replay was prepared for another execution. Open the page again and repeat it.")
}

/// A message as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
