//! Replays: which steps of an ended execution stand, and which are done again.

use portico_domain::execution::{Entry, Fact, Recalled, Recollection, StepPath};
use portico_domain::workflow::{OnFailure, Step, StepKind, WorkflowDefinition};
use portico_domain::{Failure, FailureClass, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a replay recalls, and what it does again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplayPlan {
    /// The steps that stand, in the order in which they are come to.
    pub recalled: Vec<Recalled>,
    /// What may have changed something outside and is done once more.
    pub again: Vec<Again>,
}

/// Something that is done once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// Which step.
    pub path: StepPath,
    /// When it was done, or may have been.
    pub at: Timestamp,
    /// Whether it is known to have been done; otherwise nobody knows.
    pub certain: bool,
}

/// Why an execution cannot be replayed from a step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotReplay {
    /// The version to be run has no such step.
    #[error(
        "the workflow has no step {0:?} in this version; replay from the start or choose the original version"
    )]
    UnknownStep(String),
    /// There is nothing before it that could be recalled.
    #[error("the execution did not come to the step {0:?}; replay from a step that it came to")]
    NotReached(StepPath),
}

/// What was done in executions that belong together: an execution, what it repeats, and what repeats them. What one of
/// them did at a provider is done again by another, whichever of them is replayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DoneElsewhere(BTreeMap<StepPath, Doing>);

/// When something was done, and whether that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Doing {
    certain: bool,
    at: Timestamp,
}

impl DoneElsewhere {
    /// Notes what one more history tells.
    pub fn note(&mut self, history: &[Entry]) {
        for (path, known) in Record::of(history).0 {
            self.add(path, known.doing());
        }
    }

    /// What is certain counts before what may be, and of both the last time.
    fn add(&mut self, path: StepPath, doing: Option<Doing>) {
        if let Some(doing) = doing {
            let known = self.0.entry(path).or_insert(doing);
            *known = doing.max(*known);
        }
    }
}

/// Plans a replay of what a history tells, on `workflow`, from a step or from the start. A replay from a round
/// of a fan-out leaves what the other rounds brought as it is; what failed in them is tried again. What was done
/// `elsewhere` is done again like what this history tells.
///
/// # Errors
/// [`CannotReplay`] says why.
pub fn plan_replay(
    workflow: &WorkflowDefinition,
    history: &[Entry],
    elsewhere: &DoneElsewhere,
    from: Option<&StepPath>,
) -> Result<ReplayPlan, CannotReplay> {
    let record = Record::of(history);
    let mut plan = ReplayPlan::default();
    if let Some(from) = from {
        if workflow.step(from.step()).is_none() {
            return Err(CannotReplay::UnknownStep(from.step().to_owned()));
        }
        let mut recall = Recall { record: &record, from, recalled: Vec::new() };
        if !record.0.contains_key(from) || recall.list(&workflow.steps, "") == Walk::Past {
            return Err(CannotReplay::NotReached(from.clone()));
        }
        plan.recalled = recall.recalled;
    }
    let mut done = elsewhere.clone();
    for (path, known) in record.0 {
        done.add(path, known.doing());
    }
    plan.again = done
        .0
        .into_iter()
        .filter(|(path, _)| !stands(&plan.recalled, path))
        .filter(|(path, _)| workflow.step(path.step()).is_some_and(acts))
        .map(|(path, Doing { certain, at })| Again { path, at, certain })
        .collect();
    plan.again.sort_by(|a, b| (a.at, &a.path).cmp(&(b.at, &b.path)));
    Ok(plan)
}

/// Where an execution stopped: the step that failed, of a fan-out the first one in it that did, or the one that was
/// under way when it was cancelled.
pub fn stopped_at(history: &[Entry]) -> Option<StepPath> {
    let failed: Vec<_> = history
        .iter()
        .filter_map(|entry| match &entry.fact {
            Fact::StepFailed { path, .. } => Some(path),
            _ => None,
        })
        .collect();
    let Some(mut path) = failed.last().copied() else {
        let record = Record::of(history);
        let open = record.0.iter().find(|(_, known)| {
            known.ended.is_none() && known.holds.is_none() && known.items.is_none()
        });
        return open.map(|(path, _)| path.clone());
    };
    while let Some(inner) =
        failed.iter().find(|own| own.0.starts_with(&format!("{path}."))).copied()
    {
        path = inner;
    }
    Some(path.clone())
}

/// Whether a step changes something outside, as far as can be told.
fn acts(step: &Step) -> bool {
    matches!(step.kind, StepKind::Action { .. } | StepKind::Request { .. })
}

/// Whether a step is recalled, by itself or as part of a fan-out that is.
fn stands(recalled: &[Recalled], path: &StepPath) -> bool {
    recalled.iter().any(|one| match one.outcome {
        Recollection::FannedOut { .. } => false,
        _ if one.path == *path => true,
        _ => path.0.strip_prefix(&one.path.0).is_some_and(|rest| rest.starts_with('.')),
    })
}

/// What a history tells of each step.
#[derive(Default)]
struct Record(BTreeMap<StepPath, Known>);

#[derive(Default)]
struct Known {
    at: Timestamp,
    holds: Option<bool>,
    items: Option<Vec<Value>>,
    ended: Option<Result<Value, Failure>>,
}

impl Known {
    /// When the step was done, or may have been; nothing if it is known to have failed.
    fn doing(&self) -> Option<Doing> {
        let certain = match &self.ended {
            Some(Ok(_)) => true,
            // Nobody knows, or it was stopped while it was under way.
            Some(Err(Failure { class: FailureClass::Unknown, .. })) | None => false,
            Some(Err(_)) => return None,
        };
        Some(Doing { certain, at: self.at })
    }
}

impl Record {
    fn of(history: &[Entry]) -> Self {
        let mut record = Self::default();
        for entry in history {
            record.note(entry);
        }
        record
    }

    fn note(&mut self, entry: &Entry) {
        let mut at = entry.at;
        let (path, outcome) = match &entry.fact {
            Fact::Decided { path, holds } => (path, Recollection::Decided { holds: *holds }),
            Fact::FannedOut { path, items } => {
                (path, Recollection::FannedOut { items: items.clone() })
            }
            Fact::StepSucceeded { path, output, .. } | Fact::Concluded { path, output } => {
                (path, Recollection::Succeeded { output: output.clone() })
            }
            Fact::StepFailed { path, failure, .. } => {
                (path, Recollection::Failed { failure: failure.clone() })
            }
            Fact::Recalled(recalled) => {
                at = recalled.happened_at;
                (&recalled.path, recalled.outcome.clone())
            }
            Fact::StepStarted { path, .. } => {
                self.0.entry(path.clone()).or_default().at = at;
                return;
            }
            Fact::Started { .. }
            | Fact::AttemptFailed { .. }
            | Fact::Finished { .. }
            | Fact::Cancelled { .. } => return,
        };
        let known = self.0.entry(path.clone()).or_default();
        known.at = at;
        match outcome {
            Recollection::Decided { holds } => known.holds = Some(holds),
            Recollection::FannedOut { items } => known.items = Some(items),
            Recollection::Succeeded { output } => known.ended = Some(Ok(output)),
            Recollection::Failed { failure } => known.ended = Some(Err(failure)),
        }
    }
}

/// Where a walk down a list of steps has come to.
#[derive(PartialEq, Eq)]
enum Walk {
    /// Through it, or to where the execution stopped.
    Past,
    /// To the step from which everything is done again.
    There,
}

/// The walk down the tree, as the execution went.
struct Recall<'a> {
    record: &'a Record,
    from: &'a StepPath,
    recalled: Vec<Recalled>,
}

impl Recall<'_> {
    fn list(&mut self, steps: &[Step], within: &str) -> Walk {
        for step in steps {
            let path = StepPath(format!("{within}{}", step.id));
            if path == *self.from {
                return Walk::There;
            }
            let Some(known) = self.record.0.get(&path) else {
                // New in this version, or not come to: it is done now, and so is what follows.
                continue;
            };
            match &step.kind {
                StepKind::Condition { then, otherwise, .. } => {
                    let Some(holds) = known.holds else { continue };
                    self.keep(&path, known.at, Recollection::Decided { holds });
                    let branch = if holds { then } else { otherwise };
                    if self.list(branch, within) == Walk::There {
                        return Walk::There;
                    }
                }
                StepKind::FanOut { body, .. } => {
                    if self.fan_out((step, body), &path, known) == Walk::There {
                        return Walk::There;
                    }
                }
                _ => self.ended(step, &path, known),
            }
        }
        Walk::Past
    }

    fn fan_out(&mut self, (step, body): (&Step, &[Step]), path: &StepPath, known: &Known) -> Walk {
        let inside = self.from.0.starts_with(&format!("{path}."));
        let goes_through = inside || matches!(known.ended, None | Some(Err(_)));
        let Some(items) = known.items.as_ref().filter(|_| goes_through) else {
            self.ended(step, path, known);
            return Walk::Past;
        };
        if !inside && step.on_failure == OnFailure::Continue {
            self.ended(step, path, known);
            return Walk::Past;
        }
        self.keep(path, known.at, Recollection::FannedOut { items: items.clone() });
        let mut walk = Walk::Past;
        for index in 0..items.len() {
            if self.list(body, &format!("{path}.{index}/")) == Walk::There {
                walk = Walk::There;
            }
        }
        walk
    }

    /// A step that is one thing: what it brought, or the failure that it was allowed to have.
    fn ended(&mut self, step: &Step, path: &StepPath, known: &Known) {
        let outcome = match &known.ended {
            Some(Ok(output)) => Recollection::Succeeded { output: output.clone() },
            Some(Err(failure)) if step.on_failure == OnFailure::Continue => {
                Recollection::Failed { failure: failure.clone() }
            }
            _ => return,
        };
        self.keep(path, known.at, outcome);
    }

    fn keep(&mut self, path: &StepPath, happened_at: Timestamp, outcome: Recollection) {
        self.recalled.push(Recalled { path: path.clone(), happened_at, outcome });
    }
}
