//! Who calls, how often, with which scope; and errors in HubSpot's shape ("Error handling", "Usage
//! guidelines").

use super::World;
use super::seed::Portal;
use crate::state::Sandbox;
use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// "110 requests every 10 seconds" for an app with OAuth, per account.
const CALLS: usize = 110;
const WINDOW_MS: i64 = 10_000;

/// An error: its status, category and words.
pub(super) struct Error {
    pub(super) status: u16,
    pub(super) category: &'static str,
    pub(super) message: String,
    /// What stands beside them.
    pub(super) more: Value,
}

impl Error {
    pub(super) fn new(status: u16, category: &'static str, message: impl Into<String>) -> Self {
        Self { status, category, message: message.into(), more: json!({}) }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "VALIDATION_ERROR", message)
    }

    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self::new(404, "OBJECT_NOT_FOUND", message)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut body = json!({
            "status": "error", "message": self.message, "category": self.category,
            "correlationId": "b8a5a1f0-0000-4000-8000-000000000000",
        });
        if let (Some(body), Some(more)) = (body.as_object_mut(), self.more.as_object()) {
            body.extend(more.clone());
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, Json(body)).into_response()
    }
}

/// Does the work of a call for a portal whose app was granted the scope.
pub(super) fn call(
    sandbox: &Sandbox,
    headers: &HeaderMap,
    scope: &str,
    work: impl FnOnce(&mut World, &'static Portal, i64) -> Result<(StatusCode, Value), Error>,
) -> Response {
    let mut world = sandbox.world();
    let now = world.now();
    let hubspot = &mut world.hubspot;
    let portal = match admitted(hubspot, headers, scope, now) {
        Ok(portal) => portal,
        Err(error) => return error.into_response(),
    };
    let left = CALLS.saturating_sub(hubspot.calls.get(&portal.id).map_or(0, Vec::len));
    let mut response = match work(hubspot, portal, now) {
        Ok((StatusCode::NO_CONTENT, _)) => StatusCode::NO_CONTENT.into_response(),
        Ok((status, body)) => (status, Json(body)).into_response(),
        Err(error) => error.into_response(),
    };
    for (name, value) in [
        ("x-hubspot-ratelimit-max", CALLS),
        ("x-hubspot-ratelimit-remaining", left),
        ("x-hubspot-ratelimit-interval-milliseconds", 10_000),
    ] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    response
}

fn admitted(
    hubspot: &mut World,
    headers: &HeaderMap,
    scope: &str,
    now: i64,
) -> Result<&'static Portal, Error> {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let grant = hubspot.grants.iter().find(|grant| grant.access == token && !grant.revoked);
    let Some(grant) = grant else {
        let words = "Authentication credentials not found or invalid.";
        return Err(Error::new(401, "INVALID_AUTHENTICATION", words));
    };
    if grant.until <= now {
        return Err(Error::new(401, "EXPIRED_AUTHENTICATION", "The access token is expired."));
    }
    if !scope.is_empty() && !grant.scopes.iter().any(|own| own == scope) {
        let words = "This app hasn't been granted all required scopes to make this call.";
        let more = json!({ "context": { "requiredGranularScopes": [scope] } });
        return Err(Error { more, ..Error::new(403, "MISSING_SCOPES", words) });
    }
    let portal = grant.portal;
    let calls = hubspot.calls.entry(portal.id).or_default();
    calls.retain(|at| *at > now - WINDOW_MS);
    if calls.len() >= CALLS {
        let words = "You have reached your ten_secondly_rolling limit.";
        let more = json!({ "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING" });
        return Err(Error { more, ..Error::new(429, "RATE_LIMITS", words) });
    }
    calls.push(now);
    Ok(portal)
}
