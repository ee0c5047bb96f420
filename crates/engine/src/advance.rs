//! One step of the machine: a signal in, entries and commands out.

use crate::retry::{Attempt, retry_at};
use crate::state::{State, StepState};
use crate::template::{Known, Renderer};
use crate::{Actions, Problem, settings, validate};
use portico_domain::execution::{Call, Entry, Fact, Scope, StepPath};
use portico_domain::workflow::{OnFailure, Setting, Step, StepKind, WorkflowDefinition};
use portico_domain::{ExecutionId, ExecutionStatus, Failure, FailureClass, Timestamp};
use serde_json::Value;

/// What an execution is about.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Its id: jitter derives from it.
    pub execution: ExecutionId,
    /// The version it finishes on.
    pub workflow: &'a WorkflowDefinition,
    /// The shapes of the actions it calls.
    pub actions: &'a dyn Actions,
    /// The payload that started it.
    pub trigger: &'a Value,
}

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Signal {
    /// It begins, with what templates can see beside the payload.
    Start {
        /// Settings, user, account.
        scope: Scope,
    },
    /// A commanded attempt came to an end.
    AttemptEnded {
        /// Of which step.
        path: StepPath,
        /// Which attempt.
        attempt: u32,
        /// How the call went, if there was one.
        call: Option<Call>,
        /// The action's answer, or the verdict.
        result: Result<Value, Failure>,
    },
    /// It is stopped from outside.
    Cancel {
        /// Why.
        reason: String,
    },
}

/// A call to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCommand {
    /// Of which step.
    pub path: StepPath,
    /// Which attempt, counted from 1.
    pub attempt: u32,
    /// When.
    pub due: Timestamp,
}

/// What follows from a signal.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advance {
    /// What is appended to the history.
    pub entries: Vec<Entry>,
    /// What is to be done.
    pub commands: Vec<CallCommand>,
}

/// The engine.
pub struct Engine {
    renderer: Renderer,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// An engine; one serves every execution.
    pub fn new() -> Self {
        Self { renderer: Renderer::new() }
    }

    /// What follows from a signal. A late, repeated or unknown signal changes nothing.
    pub fn advance(&self, run: &Run<'_>, state: &State, signal: Signal, now: Timestamp) -> Advance {
        let mut story =
            Story { engine: self, run, state: state.clone(), now, advance: Advance::default() };
        if !state.status().is_final() {
            match signal {
                Signal::Start { scope } if !state.is_begun() => {
                    story.tell(Fact::Started { scope });
                    story.go_on();
                }
                Signal::AttemptEnded { path, attempt, call, result }
                    if state.outstanding().any(|waiting| waiting == (&path, attempt)) =>
                {
                    story.attempt_ended(path, attempt, call, result);
                }
                Signal::Cancel { reason } if state.is_begun() => {
                    story.tell(Fact::Cancelled { reason });
                }
                _ => {}
            }
        }
        story.advance
    }

    /// What keeps a workflow from being deployed, beside the settings that its integration shares.
    pub fn validate(
        &self,
        workflow: &WorkflowDefinition,
        shared: &[Setting],
        actions: &dyn Actions,
    ) -> Vec<Problem> {
        validate::validate(&self.renderer, workflow, shared, actions)
    }

    /// What is wrong with settings that an integration shares with its workflows.
    pub fn validate_settings(&self, settings: &[Setting]) -> Vec<Problem> {
        settings::problems(&self.renderer, settings, &[], "")
    }

    /// A text for the end user over `user` and `account`; nothing if it cannot be made.
    pub fn shown(&self, template: &str, scope: &Scope) -> Option<String> {
        self.renderer.shown(template, scope)
    }
}

struct Story<'a, 'r> {
    engine: &'a Engine,
    run: &'a Run<'r>,
    state: State,
    now: Timestamp,
    advance: Advance,
}

impl Story<'_, '_> {
    fn tell(&mut self, fact: Fact) {
        let entry = Entry { at: self.now, fact };
        self.state.apply(&entry);
        self.advance.entries.push(entry);
    }

    /// Reaches the next step, or the end. Loops over steps whose inputs cannot be rendered and that
    /// are allowed to fail.
    fn go_on(&mut self) {
        let workflow = self.run.workflow;
        for step in &workflow.steps {
            let path = StepPath(step.id.clone());
            match self.state.step(&path) {
                Some(StepState::Outstanding { .. }) => return,
                Some(_) => continue,
                None => {}
            }
            match self.render(step) {
                Ok(input) => {
                    self.tell(Fact::StepStarted { path: path.clone(), input });
                    let due = self.now;
                    self.advance.commands.push(CallCommand { path, attempt: 1, due });
                    return;
                }
                Err(failure) => {
                    self.tell(Fact::StepFailed { path, attempt: 0, call: None, failure });
                    if step.on_failure == OnFailure::Stop {
                        self.tell(Fact::Finished { status: ExecutionStatus::Failed });
                        return;
                    }
                }
            }
        }
        self.tell(Fact::Finished { status: ExecutionStatus::Succeeded });
    }

    fn render(&self, step: &Step) -> Result<portico_domain::execution::Rendered, Failure> {
        let StepKind::Action { integration, action, inputs } = &step.kind else {
            let words = format!("A step of kind {:?} cannot be run.", step.kind.name());
            return Err(Failure::new(FailureClass::Invalid, "step_kind", words));
        };
        let shape = self.run.actions.action(integration, action).ok_or_else(|| {
            Failure::new(
                FailureClass::Invalid,
                "action_removed",
                format!("The action {action:?} of {integration:?} is no longer available."),
            )
        })?;
        let scope = self.state.scope();
        let known = Known {
            trigger: self.run.trigger,
            steps: self.state.step_values(),
            settings: &scope.settings,
            sealed: &scope.sealed,
            user: &scope.user,
            account: &scope.account,
        };
        self.engine
            .renderer
            .inputs(inputs, shape, &known)
            .map_err(|problem| Failure::new(FailureClass::Invalid, "input", problem.0))
    }

    fn attempt_ended(
        &mut self,
        path: StepPath,
        attempt: u32,
        call: Option<Call>,
        result: Result<Value, Failure>,
    ) {
        let failure = match result {
            Ok(output) => {
                let call = call.unwrap_or_default();
                self.tell(Fact::StepSucceeded { path, attempt, call, output });
                return self.go_on();
            }
            Err(failure) => failure,
        };
        let step = self.run.workflow.steps.iter().find(|step| step.id == path.0);
        let ladder = step.and_then(|step| step.retry.as_deref());
        let about = Attempt { execution: self.run.execution, path: &path, number: attempt };
        if let Some(due) = retry_at(&about, &failure, ladder, self.now) {
            let next = CallCommand { path: path.clone(), attempt: attempt + 1, due };
            let call = call.unwrap_or_default();
            self.tell(Fact::AttemptFailed { path, attempt, call, failure, retry_at: due });
            self.advance.commands.push(next);
            return;
        }
        self.tell(Fact::StepFailed { path, attempt, call, failure });
        match step.map(|step| step.on_failure) {
            Some(OnFailure::Continue) => self.go_on(),
            Some(OnFailure::Stop) | None => {
                self.tell(Fact::Finished { status: ExecutionStatus::Failed });
            }
        }
    }
}
