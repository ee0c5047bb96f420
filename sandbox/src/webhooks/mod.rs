//! What providers send by themselves: signed, tried again, and, when a knob says so, mixed up.
//!
//! Events are kept where they happen and leave behind the answer to the request that caused them. What
//! was not taken is due again by the sandbox's clock. Nothing is ever sent to another machine.

mod knobs;
mod post;

pub(crate) use knobs::{hubspot, log, router_of_slack};

use crate::signature;
use crate::state::{Sandbox, World as Everything};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use post::{Outgoing, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// "Up to 100 events" in one request.
const MOST_EVENTS: usize = 100;
/// HubSpot tries again up to ten times, spread over a day.
const HUBSPOT_TRIES: u32 = 10;
const HUBSPOT_WAIT_MS: i64 = 60_000;
/// Slack tries again three times: at once, after a minute, after five.
const SLACK_WAITS_MS: [i64; 3] = [0, 60_000, 300_000];

/// Who sends.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    Hubspot,
    Slack,
}

/// How HubSpot signs.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Version {
    V1,
    V2,
    #[default]
    V3,
}

/// Where an app wants to hear of events.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hook {
    /// On this machine.
    url: String,
    secret: String,
    /// The address that the app is known under, which is signed. The same as `url` if it is left out.
    #[serde(default)]
    signed_url: Option<String>,
    #[serde(default)]
    version: Version,
    /// `contact.creation` in place of `object.creation`.
    #[serde(default)]
    legacy_names: bool,
    /// Each request comes twice.
    #[serde(default)]
    duplicated: bool,
    /// What happened last comes first.
    #[serde(default)]
    mixed_up: bool,
    /// Requests leave so many seconds after what they tell of.
    #[serde(default)]
    late_s: i64,
}

/// A request that waits or was made.
#[derive(Clone, Serialize)]
pub(crate) struct Delivery {
    id: u64,
    provider: Provider,
    attempt: u32,
    due: i64,
    body: Value,
    /// Why it comes again, in Slack's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What came back: a status, or why nothing did.
    outcome: Option<Result<u16, &'static str>>,
}

/// What is sent, and what was.
#[derive(Default)]
pub(crate) struct World {
    hubspot: Option<Hook>,
    slack: Option<Hook>,
    waiting: Vec<Delivery>,
    log: Vec<Delivery>,
    made: u64,
}

impl World {
    fn hook(&self, provider: Provider) -> Option<&Hook> {
        match provider {
            Provider::Hubspot => self.hubspot.as_ref(),
            Provider::Slack => self.slack.as_ref(),
        }
    }

    fn queue(&mut self, provider: Provider, body: Value, now: i64) {
        let Some(hook) = self.hook(provider) else { return };
        let (late, copies) = (hook.late_s * 1000, if hook.duplicated { 2 } else { 1 });
        for _ in 0..copies {
            self.made += 1;
            let due = now + late;
            self.waiting.push(Delivery {
                id: self.made,
                provider,
                attempt: 0,
                due,
                body: body.clone(),
                reason: None,
                outcome: None,
            });
        }
    }

    /// A request that was made; one that was not taken is due again.
    fn done(&mut self, mut delivery: Delivery, outcome: Result<u16, &'static str>, now: i64) {
        delivery.outcome = Some(outcome);
        self.log.push(delivery.clone());
        if outcome.is_ok_and(|status| (200..300).contains(&status)) {
            return;
        }
        let wait = match delivery.provider {
            Provider::Hubspot => (delivery.attempt < HUBSPOT_TRIES)
                .then(|| HUBSPOT_WAIT_MS << delivery.attempt.min(10)),
            Provider::Slack => SLACK_WAITS_MS.get(delivery.attempt as usize).copied(),
        };
        let Some(wait) = wait else { return };
        delivery.attempt += 1;
        delivery.due = now + wait;
        delivery.reason = Some(outcome.err().unwrap_or("http_error"));
        delivery.outcome = None;
        if delivery.provider == Provider::Hubspot {
            for event in delivery.body.as_array_mut().into_iter().flatten() {
                event["attemptNumber"] = json!(delivery.attempt);
            }
        }
        self.waiting.push(delivery);
    }
}

impl Everything {
    /// What is due now, with what happened since this was last asked.
    fn due(&mut self) -> Vec<(Delivery, Hook)> {
        let now = self.now();
        let events = self.hubspot.take_events();
        let mut events = self.webhooks.named(events);
        if self.webhooks.hubspot.as_ref().is_some_and(|hook| hook.mixed_up) {
            events.reverse();
        }
        for batch in events.chunks(MOST_EVENTS) {
            self.webhooks.queue(Provider::Hubspot, json!(batch), now);
        }
        let mut events = self.slack.take_events();
        if self.webhooks.slack.as_ref().is_some_and(|hook| hook.mixed_up) {
            events.reverse();
        }
        for event in events {
            self.webhooks.queue(Provider::Slack, event, now);
        }
        let own = &mut self.webhooks;
        let (due, later) =
            std::mem::take(&mut own.waiting).into_iter().partition(|own| own.due <= now);
        own.waiting = later;
        let due: Vec<Delivery> = due;
        due.into_iter()
            .filter_map(|delivery| {
                let hook = own.hook(delivery.provider)?.clone();
                Some((delivery, hook))
            })
            .collect()
    }
}

impl World {
    /// Under the names that the app has subscribed to.
    fn named(&self, mut events: Vec<Value>) -> Vec<Value> {
        let legacy = self.hubspot.as_ref().is_some_and(|hook| hook.legacy_names);
        for event in &mut events {
            let kind = event["kind"].take();
            if let Some(event) = event.as_object_mut() {
                event.shift_remove("kind");
            }
            if let (true, Some(kind)) = (legacy, kind.as_str()) {
                let words = event["subscriptionType"].as_str().unwrap_or_default();
                event["subscriptionType"] = json!(words.replacen("object", kind, 1));
                if let Some(event) = event.as_object_mut() {
                    event.shift_remove("objectTypeId");
                }
            }
        }
        events
    }
}

/// Sends what is due, behind the answer to whatever came in.
pub(crate) async fn flush(
    State(sandbox): State<Sandbox>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    // What has happened is dated before anybody moves the clock.
    let due = sandbox.world().due();
    if !due.is_empty() {
        tokio::spawn(send(sandbox, due));
    }
    response
}

/// Sends until nothing is due: what is tried again at once is.
async fn send(sandbox: Sandbox, mut due: Vec<(Delivery, Hook)>) {
    while !due.is_empty() {
        for (delivery, hook) in std::mem::take(&mut due) {
            let now = sandbox.world().now();
            let outcome = post(&delivery.signed(&hook, now)).await.map(|(status, _)| status);
            let mut world = sandbox.world();
            let now = world.now();
            world.webhooks.done(delivery, outcome, now);
        }
        due = sandbox.world().due();
    }
}

impl Delivery {
    /// The request, signed with the time at which it leaves.
    fn signed(&self, hook: &Hook, now: i64) -> Outgoing {
        let body = self.body.to_string();
        let url = hook.signed_url.as_deref().unwrap_or(&hook.url);
        let secret = hook.secret.as_str();
        let mut headers: Vec<(&'static str, String)> = Vec::new();
        match (self.provider, hook.version) {
            (Provider::Slack, _) => {
                headers.push(("x-slack-request-timestamp", (now / 1000).to_string()));
                headers.push(("x-slack-signature", signature::slack_v0(secret, now / 1000, &body)));
                if let Some(reason) = self.reason {
                    headers.push(("x-slack-retry-num", self.attempt.to_string()));
                    headers.push(("x-slack-retry-reason", reason.to_owned()));
                }
            }
            (Provider::Hubspot, Version::V1) => {
                headers.push(("x-hubspot-signature", signature::hubspot_v1(secret, &body)));
                headers.push(("x-hubspot-signature-version", "v1".to_owned()));
            }
            (Provider::Hubspot, Version::V2) => {
                let own = signature::hubspot_v2(secret, "POST", url, &body);
                headers.push(("x-hubspot-signature", own));
                headers.push(("x-hubspot-signature-version", "v2".to_owned()));
            }
            (Provider::Hubspot, Version::V3) => {
                let own = signature::hubspot_v3(secret, ("POST", url, &body), now);
                headers.push(("x-hubspot-request-timestamp", now.to_string()));
                headers.push(("x-hubspot-signature-v3", own));
                // Both are sent to apps that have asked for the newest.
                headers.push(("x-hubspot-signature", signature::hubspot_v1(secret, &body)));
                headers.push(("x-hubspot-signature-version", "v1".to_owned()));
            }
        }
        Outgoing { url: hook.url.clone(), headers, body }
    }
}
