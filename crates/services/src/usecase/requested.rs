//! Requests to a workflow's own address, or to an account's for a workflow: checked, accepted, and answered by the workflow if it has a
//! *Response* step.

use super::answers::{Answers, Questions};
use super::events::{AcceptedEvent, Narrowed, checked_key};
use super::happenings::Happening;
use super::routing::Routing;
use crate::Services;
use crate::access::{as_user, storage};
use portico_domain::event::{EventSource, Outcome};
use portico_domain::execution::Fact;
use portico_domain::workflow::{StepKind, Trigger, WorkflowDefinition};
use portico_domain::{
    Actor, ConnectedUserId, CredentialStatus, EventId, ExecutionId, ExecutionStatus, Failure,
    ProjectId, Refusal, RefusalCode, Timestamp, WorkflowId,
};
use portico_engine::check_request;
use portico_storage::{DeployedWorkflow, ExecutionChange, IdempotencyKey, StoredExecution};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// How long a request waits for its workflow's answer.
const PATIENCE: Duration = Duration::from_secs(55);

/// How often it looks without being told: news of other nodes can be left out.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A request to a workflow's own address.
#[derive(Clone, Debug)]
pub struct WorkflowRequest {
    /// The workflow.
    pub workflow: WorkflowId,
    /// What was sent.
    pub body: Value,
    /// The parameters of the address.
    pub query: Map<String, Value>,
    /// The headers that workflows may see, by lower-case name.
    pub headers: Map<String, Value>,
    /// The caller's `Idempotency-Key`.
    pub key: Option<String>,
    /// Only this account: its id, or its external id.
    pub credential: Option<String>,
    /// Only this configuration: its id, or its external id.
    pub configuration: Option<String>,
}

/// Whose request it is, and how it came.
pub(crate) struct Asked {
    pub(crate) who: (ProjectId, ConnectedUserId),
    pub(crate) source: EventSource,
    pub(crate) key: Option<IdempotencyKey>,
}

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq)]
pub enum Requested {
    /// It runs; the workflow answers nothing.
    Running {
        /// The execution.
        execution: ExecutionId,
    },
    /// The workflow's own answer.
    Answer {
        /// The execution.
        execution: ExecutionId,
        /// As the *Response* step gave it: `{status, headers, body}`.
        output: Value,
    },
    /// It ended without answering.
    Ended {
        /// The execution.
        execution: ExecutionId,
        /// How.
        status: ExecutionStatus,
        /// Why, if it failed.
        failure: Option<Failure>,
    },
    /// It still runs, and nobody waits any longer.
    Late {
        /// The execution.
        execution: ExecutionId,
        /// When the request came in.
        received_at: Timestamp,
    },
}

impl Services {
    /// Starts a workflow by a request, for one account of the acting user: the one that is named, else the
    /// oldest that has it on.
    ///
    /// # Errors
    /// The workflow is unknown or not started by requests; fields are wrong; it did not start, and
    /// why; as of [`Self::trigger_event`].
    pub async fn request_workflow(
        &self,
        actor: &Actor,
        request: WorkflowRequest,
    ) -> Result<Requested, Refusal> {
        let who = as_user(actor)?;
        let body = json!({
            "workflow": request.workflow,
            "body": request.body,
            "query": request.query,
            "credential": request.credential,
            "configuration": request.configuration,
        });
        let key = checked_key(request.key.as_deref(), &body)?;
        self.ask_workflow(Asked { who, source: EventSource::Request, key }, request).await
    }

    /// Starts a workflow for one account of a user, and waits for its answer if it gives one.
    pub(crate) async fn ask_workflow(
        &self,
        Asked { who, source, key }: Asked,
        request: WorkflowRequest,
    ) -> Result<Requested, Refusal> {
        let (project, user) = who;
        let (credential, configuration) =
            (request.credential.as_deref(), request.configuration.as_deref());
        let routing = self.routing(project, user).await?;
        let (_, definition) = self.requested_workflow(&routing, request.workflow, source)?;
        let payload = json!({
            "body": request.body, "query": request.query, "headers": request.headers,
        });
        if let Some(fields) = definition.trigger.called_with() {
            let problems = check_request(fields, &payload);
            if !problems.is_empty() {
                return Err(Refusal::fields(problems));
            }
        }
        self.take_event(user)?;
        // Before it can change: no news is missed.
        let changes = self.store().changes();
        let accepted = self
            .happen(who, key, |routing| {
                let (workflow, definition) =
                    self.requested_workflow(routing, request.workflow, source)?;
                let named = Narrowed::new(&routing.snapshot, credential, configuration)?;
                Ok(Happening {
                    source,
                    name: source.name(),
                    payload: &payload,
                    workflows: Some(vec![workflow.id]),
                    narrowed: one_account(routing, workflow, &definition, named),
                })
            })
            .await?;
        let execution = started(&accepted)?;
        if !answers(&definition) {
            return Ok(Requested::Running { execution });
        }
        let waiting = Waiting { project, execution, definition, changes };
        self.wait_for_answer(waiting, accepted.received_at).await
    }

    fn requested_workflow<'r>(
        &self,
        routing: &'r Routing,
        id: WorkflowId,
        source: EventSource,
    ) -> Result<(&'r DeployedWorkflow, Arc<WorkflowDefinition>), Refusal> {
        let workflow = routing.snapshot.workflows.iter().find(|known| known.id == id);
        let workflow = workflow.ok_or_else(|| {
            Refusal::new(RefusalCode::WorkflowUnknown, "There is no such deployed workflow.")
        })?;
        let definition =
            self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
        let starts = match definition.trigger {
            Trigger::Request { .. } => source == EventSource::Request,
            Trigger::Webhook { .. } => source == EventSource::Webhook,
            _ => false,
        };
        if !starts {
            return Err(Refusal::new(
                RefusalCode::WorkflowUnknown,
                format!("{:?} is not started by requests.", workflow.name),
            ));
        }
        Ok((workflow, definition))
    }

    async fn wait_for_answer(
        &self,
        mut waiting: Waiting,
        received_at: Timestamp,
    ) -> Result<Requested, Refusal> {
        let execution = waiting.execution;
        let too_late = self.ports().clock.sleep_until(received_at + PATIENCE);
        tokio::pin!(too_late);
        loop {
            let found = self.store().execution(waiting.project, execution).await;
            if let Some(requested) = found.map_err(storage)?.and_then(|own| waiting.answer(own)) {
                return Ok(requested);
            }
            let look = self.ports().clock.sleep_until(self.ports().now() + LOOK_AGAIN);
            tokio::select! {
                biased;
                () = waiting.news() => {}
                () = look => {}
                () = &mut too_late => return Ok(Requested::Late { execution, received_at }),
            }
        }
    }
}

/// A request that waits for its workflow's answer.
struct Waiting {
    project: ProjectId,
    execution: ExecutionId,
    definition: Arc<WorkflowDefinition>,
    changes: Receiver<ExecutionChange>,
}

impl Waiting {
    /// Ends when there may be something new.
    async fn news(&mut self) {
        loop {
            match self.changes.recv().await {
                Ok(change) if change.execution != self.execution => {}
                // Some were missed: it may have been among them.
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                // The storage has ended; the time is what is left to wait for.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    fn answer(&self, own: StoredExecution) -> Option<Requested> {
        let execution = self.execution;
        let output = own.entries.into_iter().find_map(|entry| match entry.fact {
            Fact::Concluded { path, output } => {
                let step = self.definition.step(path.step())?;
                matches!(step.kind, StepKind::Response { .. }).then_some(output)
            }
            _ => None,
        });
        match output {
            Some(output) => Some(Requested::Answer { execution, output }),
            None if own.status.is_final() => {
                Some(Requested::Ended { execution, status: own.status, failure: own.failure })
            }
            None => None,
        }
    }
}

fn answers(definition: &WorkflowDefinition) -> bool {
    let steps = definition.walk();
    steps.iter().any(|placed| matches!(placed.step.kind, StepKind::Response { .. }))
}

/// A request is one execution: of the accounts that it may be for, the oldest that has the workflow on.
fn one_account(
    routing: &Routing,
    workflow: &DeployedWorkflow,
    definition: &WorkflowDefinition,
    named: Narrowed,
) -> Narrowed {
    let accounts = named.accounts(&routing.snapshot, workflow);
    let questions = Questions { own: &definition.settings, shared: &workflow.shared };
    let best = accounts.iter().min_by_key(|(credential, configuration)| {
        let on = Answers::new(questions, configuration, workflow.id).enabled;
        (!on, credential.status != CredentialStatus::Valid)
    });
    best.map_or(named, |(credential, configuration)| Narrowed {
        credential: Some(credential.id),
        configuration: Some(configuration.id),
    })
}

/// The execution that a request started, or why it started none.
fn started(accepted: &AcceptedEvent) -> Result<ExecutionId, Refusal> {
    let outcome = accepted.decisions.first().map(|decision| &decision.outcome);
    let (code, words) = match outcome {
        Some(Outcome::Started { execution_id }) => return Ok(*execution_id),
        Some(Outcome::Disabled) => {
            (RefusalCode::WorkflowDisabled, "The user has this workflow switched off.".to_owned())
        }
        Some(Outcome::NotConnected) | None => (
            RefusalCode::NotConnected,
            "The user has connected no account of this workflow's integration.".to_owned(),
        ),
        Some(Outcome::CredentialInvalid) => (
            RefusalCode::CredentialInvalid,
            "The account is no longer accepted by its provider; it must be reconnected.".to_owned(),
        ),
        Some(Outcome::SettingMissing { setting }) => {
            (RefusalCode::SettingMissing, format!("The setting {setting:?} has no value."))
        }
        Some(Outcome::PermissionUnmet) => {
            (RefusalCode::NotStarted, "The workflow is not for this user.".to_owned())
        }
        Some(Outcome::PermissionFailed { reason }) => {
            (RefusalCode::NotStarted, format!("For whom the workflow is cannot be told: {reason}"))
        }
        Some(Outcome::FilterFailed { reason }) => {
            (RefusalCode::NotStarted, format!("The workflow's filter failed: {reason}"))
        }
        Some(Outcome::FilterFalse) => (
            RefusalCode::NotStarted,
            "The workflow starts only on some requests, and this is none of them.".to_owned(),
        ),
    };
    Err(told(code, words, accepted.id))
}

/// The event is there to be looked at.
fn told(code: RefusalCode, words: String, event: EventId) -> Refusal {
    let mut refusal = Refusal::new(code, words);
    refusal.meta = Some(json!({ "eventId": event }));
    refusal
}
