//! The state of an execution: the fold of its history.

use portico_domain::Failure;
use portico_domain::execution::{Entry, ExecutionStatus, Fact, Rendered, Scope, StepPath};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Where an execution stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    entries: usize,
    scope: Scope,
    steps: BTreeMap<StepPath, StepState>,
    end: Option<ExecutionStatus>,
    failure: Option<Failure>,
    last_failure: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StepState {
    /// An attempt is commanded and not answered.
    Outstanding {
        input: Rendered,
        attempt: u32,
    },
    Succeeded {
        output: Value,
    },
    Failed {
        failure: Failure,
    },
}

impl State {
    /// Before the first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a history amounts to.
    pub fn fold(entries: &[Entry]) -> Self {
        let mut state = Self::new();
        for entry in entries {
            state.apply(entry);
        }
        state
    }

    /// One more entry.
    pub fn apply(&mut self, entry: &Entry) {
        self.entries += 1;
        match &entry.fact {
            Fact::Started { scope } => self.scope = scope.clone(),
            Fact::StepStarted { path, input } => {
                let outstanding = StepState::Outstanding { input: input.clone(), attempt: 1 };
                self.steps.insert(path.clone(), outstanding);
            }
            Fact::StepSucceeded { path, output, .. } => {
                let succeeded = StepState::Succeeded { output: output.clone() };
                self.steps.insert(path.clone(), succeeded);
            }
            Fact::AttemptFailed { path, attempt, .. } => {
                if let Some(StepState::Outstanding { attempt: next, .. }) = self.steps.get_mut(path)
                {
                    *next = attempt + 1;
                }
            }
            Fact::StepFailed { path, failure, .. } => {
                let failed = StepState::Failed { failure: failure.clone() };
                self.steps.insert(path.clone(), failed);
                self.last_failure = Some(failure.clone());
            }
            Fact::Finished { status } => {
                self.end = Some(*status);
                if *status == ExecutionStatus::Failed {
                    self.failure = self.last_failure.clone();
                }
            }
            Fact::Cancelled { .. } => self.end = Some(ExecutionStatus::Cancelled),
        }
    }

    /// How many entries were applied.
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// Where it stands.
    pub fn status(&self) -> ExecutionStatus {
        self.end.unwrap_or(ExecutionStatus::Running)
    }

    /// Why it failed, if it did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The attempts that are commanded and not answered.
    pub fn outstanding(&self) -> impl Iterator<Item = (&StepPath, u32)> {
        let live = self.end.is_none();
        self.steps.iter().filter_map(move |(path, step)| match step {
            StepState::Outstanding { attempt, .. } if live => Some((path, *attempt)),
            _ => None,
        })
    }

    /// The inputs of a step that is under way.
    pub fn input(&self, path: &StepPath) -> Option<&Rendered> {
        match self.steps.get(path)? {
            StepState::Outstanding { input, .. } => Some(input),
            _ => None,
        }
    }

    /// What a step answered.
    pub fn output(&self, path: &StepPath) -> Option<&Value> {
        match self.steps.get(path)? {
            StepState::Succeeded { output } => Some(output),
            _ => None,
        }
    }

    pub(crate) fn is_begun(&self) -> bool {
        self.entries > 0
    }

    pub(crate) fn step(&self, path: &StepPath) -> Option<&StepState> {
        self.steps.get(path)
    }

    /// What templates see beside the trigger's payload and earlier steps.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// What templates see as `steps`: outputs, and the failures of steps that were allowed to fail.
    pub(crate) fn step_values(&self) -> Map<String, Value> {
        let value = |step: &StepState| match step {
            StepState::Outstanding { .. } => None,
            StepState::Succeeded { output } => Some(output.clone()),
            StepState::Failed { failure } => Some(json!({
                "error": {
                    "class": failure.class,
                    "code": failure.code,
                    "message": failure.message,
                }
            })),
        };
        self.steps.iter().filter_map(|(path, step)| Some((path.0.clone(), value(step)?))).collect()
    }
}
