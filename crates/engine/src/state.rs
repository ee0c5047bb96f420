//! The state of an execution: the fold of its history.

use crate::mentions::Mentions;
use crate::retry::Parked;
use crate::size;
use portico_domain::execution::{
    Entry, ExecutionStatus, Fact, Recalled, Recollection, Rendered, Scope, StepPath,
};
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where an execution stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    entries: usize,
    /// The rounds of all its fan-outs.
    rounds: usize,
    /// About how many bytes its steps were given and brought.
    size: usize,
    scope: Scope,
    steps: BTreeMap<StepPath, StepState>,
    end: Option<ExecutionStatus>,
    failure: Option<Failure>,
    last_failure: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum StepState {
    /// An attempt is commanded and not answered.
    Outstanding { input: Arc<Rendered>, attempt: u32, parked: Parked },
    /// A condition: its branch is gone along.
    Decided { holds: bool },
    /// A fan-out whose rounds are under way.
    Rounds { items: Arc<Vec<Value>> },
    /// It ended well.
    Succeeded { output: Arc<Value> },
    /// It failed for good.
    Failed { failure: Failure },
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
        self.weigh(&entry.fact);
        let (path, step) = match &entry.fact {
            Fact::Started { scope } => {
                self.scope = scope.clone();
                return;
            }
            Fact::AttemptFailed { path, attempt, failure, .. } => {
                if let Some(StepState::Outstanding { attempt: next, parked, .. }) =
                    self.steps.get_mut(path)
                {
                    *next = attempt + 1;
                    if failure.class == FailureClass::Quota {
                        parked.times += 1;
                        parked.since = parked.since.or(Some(entry.at));
                    }
                }
                return;
            }
            Fact::Finished { status } => {
                self.end = Some(*status);
                if *status == ExecutionStatus::Failed {
                    self.failure = self.last_failure.clone();
                }
                return;
            }
            Fact::Cancelled { .. } => {
                self.end = Some(ExecutionStatus::Cancelled);
                return;
            }
            Fact::StepStarted { path, input } => {
                let (input, parked) = (Arc::new(input.clone()), Parked::default());
                (path, StepState::Outstanding { input, attempt: 1, parked })
            }
            Fact::Decided { path, holds } => (path, StepState::Decided { holds: *holds }),
            Fact::FannedOut { path, items } => {
                (path, StepState::Rounds { items: Arc::new(items.clone()) })
            }
            Fact::StepSucceeded { path, output, .. } | Fact::Concluded { path, output } => {
                (path, StepState::Succeeded { output: Arc::new(output.clone()) })
            }
            Fact::Recalled(Recalled { path, outcome, .. }) => (
                path,
                match outcome.clone() {
                    Recollection::Decided { holds } => StepState::Decided { holds },
                    Recollection::FannedOut { items } => StepState::Rounds { items: items.into() },
                    Recollection::Succeeded { output } => {
                        StepState::Succeeded { output: output.into() }
                    }
                    Recollection::Failed { failure } => StepState::Failed { failure },
                },
            ),
            Fact::StepFailed { path, failure, .. } => {
                self.last_failure = Some(failure.clone());
                (path, StepState::Failed { failure: failure.clone() })
            }
        };
        self.steps.insert(path.clone(), step);
    }

    /// Counts what a fact adds to what has to be held.
    fn weigh(&mut self, fact: &Fact) {
        self.size += match fact {
            Fact::StepStarted { input, .. } => size::of_map(&input.json),
            Fact::StepSucceeded { output, .. }
            | Fact::Concluded { output, .. }
            | Fact::Recalled(Recalled { outcome: Recollection::Succeeded { output }, .. }) => {
                size::of(output)
            }
            Fact::FannedOut { items, .. }
            | Fact::Recalled(Recalled { outcome: Recollection::FannedOut { items }, .. }) => {
                self.rounds += items.len();
                size::of_list(items)
            }
            _ => 0,
        };
    }

    /// How many rounds its fan-outs have in all.
    pub(crate) fn rounds(&self) -> usize {
        self.rounds
    }

    /// About how many bytes its steps were given and brought.
    pub(crate) fn size(&self) -> usize {
        self.size
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

    /// Whether an attempt is commanded and not answered.
    pub(crate) fn waits_for(&self, path: &StepPath, number: u32) -> bool {
        self.end.is_none()
            && matches!(
                self.steps.get(path),
                Some(StepState::Outstanding { attempt, .. }) if *attempt == number
            )
    }

    /// How often and since when a step that is under way has waited for an allowance.
    pub(crate) fn parked(&self, path: &StepPath) -> Parked {
        match self.steps.get(path) {
            Some(StepState::Outstanding { parked, .. }) => *parked,
            _ => Parked::default(),
        }
    }

    /// The inputs of a step that is under way.
    pub fn input(&self, path: &StepPath) -> Option<&Rendered> {
        match self.steps.get(path)? {
            StepState::Outstanding { input, .. } => Some(input),
            _ => None,
        }
    }

    /// What a step brought.
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

    /// What templates see as `steps` at a place: what stands outside of every fan-out, and the steps of
    /// the rounds that hold the place. `within` is what comes before a step's id in its path: nothing,
    /// or `each.3/`.
    /// Only what is mentioned is needed.
    pub(crate) fn step_values(&self, within: &str, mentions: &Mentions) -> Map<String, Value> {
        let mut values = self.mentioned("", mentions);
        for (end, _) in within.match_indices('/') {
            values.extend(self.mentioned(&within[..=end], mentions));
        }
        values
    }

    fn mentioned(&self, within: &str, mentions: &Mentions) -> Map<String, Value> {
        let Some(ids) = &mentions.steps else { return self.values_in(within) };
        let found = ids.iter().filter_map(|id| {
            let step = self.steps.get(&StepPath(format!("{within}{id}")))?;
            Some((id.clone(), value(step)?))
        });
        found.collect()
    }

    /// The failures of the steps in a round, however deep.
    pub(crate) fn failures_in(&self, within: &str) -> impl Iterator<Item = &Failure> {
        let from = StepPath(within.to_owned());
        let steps =
            self.steps.range(from..).take_while(move |(path, _)| path.0.starts_with(within));
        steps.filter_map(|(_, step)| match step {
            StepState::Failed { failure } => Some(failure),
            _ => None,
        })
    }

    /// The values of the steps whose path is `within` and an id.
    pub(crate) fn values_in(&self, within: &str) -> Map<String, Value> {
        let from = StepPath(within.to_owned());
        self.steps
            .range(from..)
            .take_while(|(path, _)| path.0.starts_with(within))
            .filter_map(|(path, step)| {
                let id = &path.0[within.len()..];
                (!id.contains('/')).then(|| Some((id.to_owned(), value(step)?)))?
            })
            .collect()
    }
}

/// What templates see of a step: its output, or the failure of one that was allowed to fail.
fn value(step: &StepState) -> Option<Value> {
    match step {
        StepState::Outstanding { .. } | StepState::Rounds { .. } => None,
        StepState::Decided { holds } => Some(json!({ "holds": holds })),
        StepState::Succeeded { output } => Some(Value::clone(output)),
        StepState::Failed { failure } => Some(json!({
            "error": {
                "class": failure.class,
                "code": failure.code,
                "message": failure.message,
            }
        })),
    }
}
