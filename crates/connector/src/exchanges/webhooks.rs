//! Recorded deliveries: what was sent to us, and what it is.

use crate::definition::Definition;
use crate::verify::{Disbelief, InboundRequest};
use crate::webhook::{Incoming, Received};
use portico_domain::time::date_time;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// One request that was sent to us.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookCase {
    pub(super) name: String,
    /// Several after a rotation.
    secrets: Vec<String>,
    /// When it came.
    now: String,
    #[serde(default = "post")]
    method: String,
    uri: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: String,
    /// The facts of the account that is connected here.
    #[serde(default)]
    facts: Map<String, Value>,
    /// What the workflow asks for.
    #[serde(default)]
    inputs: Map<String, Value>,
    refused: Option<Disbelief>,
    challenge: Option<String>,
    /// What is the connected account's and the workflow's.
    incoming: Option<Vec<IncomingCase>>,
    /// How many are of accounts that are not connected here.
    #[serde(default)]
    foreign: usize,
    #[serde(default)]
    unroutable: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncomingCase {
    trigger: String,
    at: Option<String>,
    item: Value,
}

/// What a delivery exercised.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) triggers: Vec<String>,
    pub(super) refused: Option<Disbelief>,
    pub(super) challenged: bool,
    pub(super) foreign: bool,
}

impl WebhookCase {
    pub(super) fn check(&self, definition: &Definition) -> Result<Shown, String> {
        let now = date_time(&self.now).ok_or("`now` is no date and time")?;
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_lowercase(),
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        let request = InboundRequest {
            method: &self.method,
            uri: &self.uri,
            headers: &headers,
            body: self.body.as_bytes(),
        };
        let secrets: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        let received = definition.receive(&request, &secrets, now);
        match (received.ok_or("there is no [webhook]")?, self.refused, &self.challenge) {
            (Received::Refused(why), Some(expected), None) if why == expected => {
                Ok(Shown { refused: Some(why), ..Shown::default() })
            }
            (Received::Challenge(answer), None, Some(expected)) if answer == *expected => {
                Ok(Shown { challenged: true, ..Shown::default() })
            }
            (Received::Deliveries { incoming, unroutable }, None, None) => {
                self.compare(definition, &incoming, unroutable)
            }
            (received, ..) => Err(format!("it is {received:?}")),
        }
    }

    fn compare(
        &self,
        definition: &Definition,
        incoming: &[Incoming],
        unroutable: usize,
    ) -> Result<Shown, String> {
        let (ours, foreign): (Vec<_>, Vec<_>) =
            incoming.iter().partition(|one| one.recipient.is(&self.facts));
        if foreign.len() != self.foreign || unroutable != self.unroutable {
            let count = foreign.len();
            return Err(format!("{count} are of other accounts, {unroutable} of none"));
        }
        let concerned = ours.into_iter().filter(|one| {
            let trigger = definition.trigger(&one.trigger);
            trigger.is_some_and(|trigger| trigger.concerns(&self.inputs, &one.item))
        });
        let told: Vec<Value> = concerned
            .map(|one| {
                let at = one.occurred_at.map(|at| at.rfc3339());
                json!({ "trigger": one.trigger, "at": at, "item": one.item })
            })
            .collect();
        let expected = self
            .incoming
            .iter()
            .flatten()
            .map(|one| json!({ "trigger": one.trigger, "at": one.at, "item": one.item }));
        if told != expected.collect::<Vec<_>>() {
            return Err(format!("it tells of {}", Value::Array(told)));
        }
        Ok(Shown {
            triggers: self.incoming.iter().flatten().map(|one| one.trigger.clone()).collect(),
            foreign: self.foreign > 0,
            ..Shown::default()
        })
    }
}

fn post() -> String {
    "POST".to_owned()
}
