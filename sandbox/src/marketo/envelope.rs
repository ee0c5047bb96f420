//! Who calls, how often, and the envelope around every answer ("Error codes", "Rate limits").

use super::World;
use super::seed::INSTANCES;
use crate::state::Sandbox;
use axum::Json;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};
use std::sync::MutexGuard;

/// "100 calls per 20 seconds", per instance.
const CALLS: usize = 100;
const WINDOW_MS: i64 = 20_000;

/// A code and its words.
pub(super) type Error = (&'static str, String);

/// A call's outcome: what stands in `result` and beside it, or an error.
pub(super) type Outcome = Result<Value, Error>;

/// Does the work of a call for an instance that exists, with a token that is its own.
pub(super) fn call(
    sandbox: &Sandbox,
    instance: &str,
    headers: &HeaderMap,
    work: impl FnOnce(&mut World, &'static str) -> Outcome,
) -> Json<Value> {
    let mut world = sandbox.world();
    let now = world.now();
    let marketo = &mut world.marketo;
    marketo.requests += 1;
    let request = format!("{:04x}#14272d07d78", marketo.requests);
    let done = match admitted(marketo, instance, headers, now) {
        Ok(id) => work(marketo, id),
        Err(error) => Err(error),
    };
    Json(match done {
        Ok(mut body) => {
            body["requestId"] = json!(request);
            body["success"] = json!(true);
            body
        }
        Err((code, message)) => json!({
            "requestId": request, "success": false,
            "errors": [{ "code": code, "message": message }],
        }),
    })
}

/// The world, for pages.
pub(super) fn world(sandbox: &Sandbox) -> MutexGuard<'_, crate::state::World> {
    sandbox.world()
}

/// The instance of a host.
pub(super) fn known(instance: &str) -> Option<&'static str> {
    INSTANCES.into_iter().find(|id| id.eq_ignore_ascii_case(instance))
}

fn admitted(
    marketo: &mut World,
    instance: &str,
    headers: &HeaderMap,
    now: i64,
) -> Result<&'static str, Error> {
    let id = known(instance).ok_or_else(|| error("610", "Requested resource not found"))?;
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|text| text.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| error("600", "Access token not specified"))?;
    let known = marketo.tokens.iter().find(|own| own.access == token && own.instance == id);
    match known {
        Some(own) if own.revoked => return Err(error("601", "Access token invalid")),
        Some(own) if own.until <= now => return Err(error("602", "Access token expired")),
        Some(_) => {}
        None => return Err(error("601", "Access token invalid")),
    }
    let calls = marketo.calls.entry(id).or_default();
    calls.retain(|at| *at > now - WINDOW_MS);
    if calls.len() >= CALLS {
        return Err(error("606", "Max rate limit '100' exceeded with in '20' secs"));
    }
    calls.push(now);
    Ok(id)
}

pub(super) fn error(code: &'static str, message: impl Into<String>) -> Error {
    (code, message.into())
}

/// A record that was not done, in its place among the others.
pub(super) fn skipped(code: &str, message: &str) -> Value {
    json!({ "status": "skipped", "reasons": [{ "code": code, "message": message }] })
}
