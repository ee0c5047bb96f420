//! Recorded polls: what was asked and answered, one after the other, and what of it was new.

use super::{Expected, Request, Response};
use crate::action::Connection;
use crate::definition::Definition;
use crate::place::Authorization;
use crate::poll::PollState;
use portico_domain::time::date_time;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A story of requests. The state between two of them goes through JSON, as it does when it is kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PollCase {
    pub(super) name: String,
    /// A trigger's id.
    pub(super) of: String,
    #[serde(default)]
    inputs: Map<String, Value>,
    #[serde(default)]
    facts: Map<String, Value>,
    /// When the trigger was switched on.
    begins: String,
    steps: Vec<StepCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepCase {
    request: Request,
    response: Response,
    /// What workflows with these inputs see.
    #[serde(default)]
    items: Vec<Value>,
    /// When each of them happened, if the provider says so.
    at: Option<Vec<String>>,
    /// Whether it is asked again at once.
    #[serde(default)]
    more: bool,
    failure: Option<Expected>,
}

impl PollCase {
    /// How many things it told of.
    pub(super) fn check(&self, definition: &Definition) -> Result<usize, String> {
        let none = || format!("there is no trigger {:?} that is polled", self.of);
        let trigger = definition.trigger(&self.of).ok_or_else(none)?;
        let poll = trigger.poll().ok_or_else(none)?;
        let begins = date_time(&self.begins).ok_or("`begins` is no date and time")?;
        let authorization = Authorization::Tokens { app: Some("token"), user: None };
        let connection = Connection { facts: &self.facts, authorization };
        let mut state = poll.begin(begins);
        let mut told_of = 0;
        for (step, case) in self.steps.iter().enumerate() {
            let step = step + 1;
            let sent = poll.request(&state, &self.inputs, &connection);
            let sent = sent.map_err(|failure| format!("step {step}: {failure}"))?;
            if !definition.allows_host(&sent.url) {
                return Err(format!("step {step}: the host of {} is not allowed", sent.url));
            }
            case.request.compare(&sent).map_err(|why| format!("step {step}: {why}"))?;
            let delivery = case.response.read();
            let polled = match (poll.judge(&state, &delivery), &case.failure) {
                (Ok(polled), None) => polled,
                (Err(failure), Some(expected)) => {
                    expected.compare(&failure).map_err(|why| format!("step {step}: {why}"))?;
                    continue;
                }
                (Ok(_), Some(_)) => return Err(format!("step {step}: it did not fail")),
                (Err(failure), None) => return Err(format!("step {step}: it failed: {failure}")),
            };
            let concerned = polled.items.iter();
            let concerned = concerned.filter(|one| trigger.concerns(&self.inputs, &one.item));
            let (items, at): (Vec<_>, Vec<_>) =
                concerned.map(|one| (one.item.clone(), one.occurred_at)).unzip();
            if items != case.items {
                return Err(format!("step {step}: new are {}", Value::Array(items)));
            }
            let told = at.into_iter().map(|at| at.map_or_else(String::new, |at| at.rfc3339()));
            let told: Vec<String> = told.collect();
            if case.at.as_ref().is_some_and(|expected| *expected != told) {
                return Err(format!("step {step}: they happened at {told:?}"));
            }
            if polled.more != case.more {
                return Err(format!("step {step}: more is {}", polled.more));
            }
            told_of += case.items.len();
            state = kept(&polled.state)?;
        }
        Ok(told_of)
    }
}

fn kept(state: &PollState) -> Result<PollState, String> {
    let text = serde_json::to_string(state).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| format!("{text} cannot be read again: {error}"))
}
