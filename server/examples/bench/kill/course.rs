//! What an execution of the project should have done, and what its history says it did.

use super::callers::{ITEMS, is_gift};
use portico_domain::{Entry, Fact};
use serde_json::Value;
use std::collections::BTreeMap;

/// A call that an execution should make once.
pub(super) struct Effect {
    /// By which step.
    pub(super) path: String,
    /// What the record is called.
    pub(super) name: String,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Well.
    Done,
    /// Interrupted by a kill: a person is told that it may have been done.
    Told,
}

/// The calls of an execution of `workflow`, in the order in which it ends.
pub(super) fn effects(workflow: &str, user: &str, payload: &Value) -> Result<Vec<Effect>, String> {
    let effect = |path: String, name: String| Effect { path, name };
    let name = payload["name"].as_str().unwrap_or_default();
    Ok(match workflow {
        "One step" => vec![effect("one".to_owned(), name.to_owned())],
        "After a delay" => vec![effect("later".to_owned(), format!("{name}/later"))],
        "Each item" => {
            let round = |place: usize| {
                let way = way(place);
                effect(format!("each.{place}/{way}"), format!("{name}/{place}/{way}"))
            };
            let total = effect("total".to_owned(), format!("{name}/total"));
            (0..ITEMS).map(round).chain([total]).collect()
        }
        "Every second" => {
            let due = payload["scheduled_at"].as_str().unwrap_or_default();
            vec![effect("tick".to_owned(), format!("{user}/{due}"))]
        }
        other => return Err(format!("an execution is of {other:?}, which nobody deployed")),
    })
}

/// Which way an item goes.
pub(super) fn way(place: usize) -> &'static str {
    if is_gift(place) { "gift" } else { "goods" }
}

/// The end of each step that is a call or a wait, each step once.
pub(super) fn ends(history: &[Entry]) -> Result<BTreeMap<String, End>, String> {
    let mut ends = BTreeMap::new();
    let mut finished = 0;
    for entry in history {
        let (path, end) = match &entry.fact {
            Fact::StepSucceeded { path, .. } => (path, End::Done),
            Fact::StepFailed { path, failure, .. } if failure.code == "interrupted" => {
                (path, End::Told)
            }
            Fact::StepFailed { path, failure, .. } | Fact::AttemptFailed { path, failure, .. } => {
                return Err(format!("{path} failed: {} ({})", failure.message, failure.code));
            }
            Fact::Finished { .. } => {
                finished += 1;
                continue;
            }
            _ => continue,
        };
        if ends.insert(path.0.clone(), end).is_some() {
            return Err(format!("{path} ended twice"));
        }
    }
    if finished != 1 {
        return Err(format!("it finished {finished} times"));
    }
    Ok(ends)
}
