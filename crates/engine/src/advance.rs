//! One step of the machine: a signal in, entries and commands out.

use crate::context::Known;
use crate::retry::{Attempt, retry_at};
use crate::state::State;
use crate::template::Renderer;
use crate::{Actions, Problem, rules, settings, validate};
use minijinja::Value as Jinja;
use portico_domain::execution::{Call, Entry, Fact, Recalled, Scope, StepPath};
use portico_domain::workflow::{Rules, Setting, WorkflowDefinition};
use portico_domain::{ExecutionId, Failure, Timestamp};
use serde_json::Value;
use std::cell::OnceCell;

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
    /// It begins, and what was recalled of an earlier execution is done already.
    Replay {
        /// Settings, user, account.
        scope: Scope,
        /// What [`crate::plan_replay`] found.
        recalled: Vec<Recalled>,
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

/// An attempt to be made: a call, a function to be run, or nothing but the time to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
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
    pub commands: Vec<Command>,
}

/// The engine.
pub struct Engine {
    pub(crate) renderer: Renderer,
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
        let mut story = Story {
            engine: self,
            run,
            state: state.clone(),
            now,
            advance: Advance::default(),
            trigger: OnceCell::new(),
        };
        if !state.status().is_final() {
            match signal {
                Signal::Start { scope } if !state.is_begun() => {
                    story.tell(Fact::Started { scope });
                    story.go_on();
                }
                Signal::Replay { scope, recalled } if !state.is_begun() => {
                    story.tell(Fact::Started { scope });
                    for one in recalled {
                        story.tell(Fact::Recalled(one));
                    }
                    story.go_on();
                }
                Signal::AttemptEnded { path, attempt, call, result }
                    if state.waits_for(&path, attempt) =>
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

    /// Whether rules hold over what is known before the first step.
    ///
    /// # Errors
    /// In words: a template that cannot be read, or a value that cannot be compared.
    pub fn holds(&self, rules: &Rules, trigger: &Value, scope: &Scope) -> Result<bool, String> {
        let known = Known {
            trigger: trigger.into(),
            steps: serde_json::Map::new(),
            settings: &scope.settings,
            sealed: &scope.sealed,
            user: &scope.user,
            account: &scope.account,
            item: None,
        };
        rules::holds(&self.renderer, rules, &known)
    }

    /// A text for the end user over `user` and `account`; nothing if it cannot be made.
    pub fn shown(&self, template: &str, scope: &Scope) -> Option<String> {
        self.renderer.shown(template, scope)
    }
}

/// One advance in the making.
pub(crate) struct Story<'a, 'r> {
    pub(crate) engine: &'a Engine,
    pub(crate) run: &'a Run<'r>,
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    pub(crate) advance: Advance,
    /// The trigger's payload as templates see it, once one has asked.
    pub(crate) trigger: OnceCell<Jinja>,
}

impl Story<'_, '_> {
    pub(crate) fn tell(&mut self, fact: Fact) {
        let entry = Entry { at: self.now, fact };
        self.state.apply(&entry);
        self.advance.entries.push(entry);
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
        let step = self.run.workflow.step(path.step());
        let ladder = step.and_then(|step| step.retry.as_deref());
        let parked = self.state.parked(&path);
        let about = Attempt { execution: self.run.execution, path: &path, number: attempt, parked };
        if let Some(due) = retry_at(&about, &failure, ladder, self.now) {
            let next = Command { path: path.clone(), attempt: attempt + 1, due };
            let call = call.unwrap_or_default();
            self.tell(Fact::AttemptFailed { path, attempt, call, failure, retry_at: due });
            self.advance.commands.push(next);
            return;
        }
        self.tell(Fact::StepFailed { path, attempt, call, failure });
        self.go_on();
    }
}
