//! The knobs: where to send, what was sent, and sending it again.

use super::post::{Outgoing, here, post};
use super::{Delivery, Hook, Provider};
use crate::signature;
use crate::state::{Sandbox, secret};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post as posted, put};
use axum::{Json, Router};
use serde_json::{Value, json};
use url::Url;

type Refused = (StatusCode, Json<Value>);

fn refused(words: &str) -> Refused {
    (StatusCode::BAD_REQUEST, Json(json!({ "message": words })))
}

fn local(hook: &Hook) -> Result<(), Refused> {
    let url = Url::parse(&hook.url).ok();
    let words =
        "url must be an http address of this machine, such as http://localhost:3000/webhooks";
    url.as_ref().and_then(here).map(|_| ()).ok_or_else(|| refused(words))
}

/// `/hubspot/_sandbox/webhook`
pub(crate) fn hubspot() -> MethodRouter<Sandbox> {
    put(set_hubspot).delete(end_hubspot)
}

async fn set_hubspot(
    State(sandbox): State<Sandbox>,
    Json(hook): Json<Hook>,
) -> Result<StatusCode, Refused> {
    local(&hook)?;
    let mut world = sandbox.world();
    // What happened before nobody is told of.
    world.hubspot.take_events();
    world.webhooks.hubspot = Some(hook);
    Ok(StatusCode::NO_CONTENT)
}

async fn end_hubspot(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.world().webhooks.hubspot = None;
    StatusCode::NO_CONTENT
}

/// `/slack/_sandbox/webhook`
pub(crate) fn router_of_slack() -> MethodRouter<Sandbox> {
    put(set_slack).delete(end_slack)
}

/// An address is asked first whether it is the app's: it sends the challenge back.
async fn set_slack(
    State(sandbox): State<Sandbox>,
    Json(hook): Json<Hook>,
) -> Result<StatusCode, Refused> {
    local(&hook)?;
    let challenge = secret();
    let body = json!({ "token": "sandbox", "challenge": challenge, "type": "url_verification" });
    let (body, now) = (body.to_string(), sandbox.world().now() / 1000);
    let headers = vec![
        ("x-slack-request-timestamp", now.to_string()),
        ("x-slack-signature", signature::slack_v0(&hook.secret, now, &body)),
    ];
    let asked = post(&Outgoing { url: hook.url.clone(), headers, body }).await;
    let told = match &asked {
        Ok((200, text)) => match serde_json::from_str::<Value>(text) {
            Ok(own) if own.is_object() => own["challenge"].as_str().unwrap_or_default().to_owned(),
            _ => text.trim().to_owned(),
        },
        _ => String::new(),
    };
    if told != challenge {
        let words = "Your URL didn't respond with the value of the challenge parameter.";
        return Err(refused(words));
    }
    let mut world = sandbox.world();
    world.slack.take_events();
    world.webhooks.slack = Some(hook);
    Ok(StatusCode::NO_CONTENT)
}

async fn end_slack(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.world().webhooks.slack = None;
    StatusCode::NO_CONTENT
}

/// Below `/_sandbox/webhooks`: what was sent and what waits, and `/{id}/send`, which sends it again.
pub(crate) fn log() -> Router<Sandbox> {
    Router::new().route("/", get(shown)).route("/{id}/send", posted(again))
}

async fn shown(State(sandbox): State<Sandbox>) -> Json<Value> {
    let world = sandbox.world();
    Json(json!({ "sent": world.webhooks.log, "waiting": world.webhooks.waiting }))
}

/// Sends a request once more, as if its answer had been lost.
async fn again(State(sandbox): State<Sandbox>, Path(id): Path<u64>) -> StatusCode {
    let mut world = sandbox.world();
    let now = world.now();
    let own = &mut world.webhooks;
    let Some(known) = own.log.iter().find(|own| own.id == id).cloned() else {
        return StatusCode::NOT_FOUND;
    };
    let reason = (known.provider == Provider::Slack).then_some("http_timeout");
    let attempt = known.attempt + 1;
    own.waiting.push(Delivery { due: now, attempt, reason, outcome: None, ..known });
    StatusCode::NO_CONTENT
}
