//! Who is let in, and the envelope around every answer ("Error codes", "Rate limits"). Nearly every error
//! comes with status 200.

use super::Instance;
use super::ask::Ask;
use super::seed::INSTANCES;
use super::time::quota_day;
use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// "100 calls per 20 seconds", per subscription.
const WINDOW_MS: i64 = 20_000;

/// A code and its words.
pub(super) type Error = (&'static str, String);

/// A call's outcome: `result` and what stands beside it, or an error.
pub(super) type Outcome = Result<Value, Error>;

/// What a call works on, once it is let in.
pub(super) struct Desk<'w> {
    pub(super) own: &'w mut Instance,
    pub(super) now: i64,
    /// What was made later is not seen by what looks for it.
    pub(super) arrived: u64,
}

/// Does the work of a call for an instance that exists, with a token that is its own.
pub(super) fn call(
    sandbox: &Sandbox,
    ask: &Ask,
    work: impl FnOnce(&mut Desk<'_>) -> Outcome,
) -> Response {
    let Some(id) = ask.instance else { return StatusCode::NOT_FOUND.into_response() };
    let mut world = sandbox.world();
    let now = world.now();
    let request = world.marketo.request_id();
    let own = world.marketo.instance(id);
    let done = admitted(own, ask, now)
        .and_then(|()| work(&mut Desk { own, now, arrived: ask.place.arrived }));
    wrapped(&request, done)
}

/// Answers an error to a call that is not even counted.
fn refuse(sandbox: &Sandbox, ask: &Ask, why: Error) -> Response {
    if ask.instance.is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let request = sandbox.world().marketo.request_id();
    wrapped(&request, Err(why))
}

fn wrapped(request: &str, done: Outcome) -> Response {
    let mut whole = json!({ "requestId": request });
    let body = match done {
        Ok(body) => body,
        Err((code, message)) => json!({ "errors": [{ "code": code, "message": message }] }),
    };
    let success = body.get("errors").is_none();
    if let (Value::Object(whole), Value::Object(body)) = (&mut whole, body) {
        whole.extend(body);
        whole.insert("success".to_owned(), json!(success));
    }
    Json(whole).into_response()
}

/// The instance of a host.
pub(super) fn known(instance: &str) -> Option<&'static str> {
    INSTANCES.into_iter().find(|id| id.eq_ignore_ascii_case(instance))
}

fn admitted(own: &mut Instance, ask: &Ask, now: i64) -> Result<(), Error> {
    let token = ask.token.as_deref().ok_or_else(|| error("600", "Access token not specified"))?;
    match own.tokens.iter().find(|own| own.access == token) {
        Some(own) if own.revoked => return Err(error("601", "Access token invalid")),
        Some(own) if own.until <= now => return Err(error("602", "Access token expired")),
        Some(_) => {}
        None => return Err(error("601", "Access token invalid")),
    }
    if ask.place.under_way > own.knobs.concurrent_calls {
        return Err(error("615", "Concurrent access limit reached"));
    }
    let (day, calls) = own.today;
    let calls = if day == quota_day(now) { calls } else { 0 };
    let daily = own.knobs.daily_calls;
    if calls >= daily {
        return Err(error("607", format!("Daily quota '{daily}' reached")));
    }
    own.recent.retain(|at| *at > now - WINDOW_MS);
    let rate = own.knobs.rate_calls;
    if own.recent.len() >= rate {
        return Err(error("606", format!("Max rate limit '{rate}' exceeded with in '20' secs")));
    }
    own.recent.push(now);
    own.today = (quota_day(now), calls + 1);
    Ok(())
}

/// No route: "the URI did not match a REST API resource type".
pub(super) async fn no_resource(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| Err(error("610", "Requested resource not found")))
}

/// A route, but not for this method.
pub(super) async fn no_method(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    refuse(&sandbox, &ask, error("605", "HTTP Method not supported"))
}

/// An error in words of its own.
pub(super) fn error(code: &'static str, message: impl Into<String>) -> Error {
    (code, message.into())
}

/// A value of the wrong type.
pub(super) fn invalid(value: &str, kind: &str) -> Error {
    error("1001", format!("Invalid value '{value}'. Required of type '{kind}'"))
}

/// A parameter that is not there.
pub(super) fn missing(name: &str) -> Error {
    error("1002", format!("Missing value for the required parameter '{name}'"))
}

/// A field that nobody knows.
pub(super) fn unknown_field(name: &str) -> Error {
    error("1006", format!("Field '{name}' not found"))
}

/// A record that was not done, in its place among the others.
pub(super) fn skipped((code, message): Error) -> Value {
    json!({ "status": "skipped", "reasons": [{ "code": code, "message": message }] })
}
