//! Tokens for client credentials ("Authentication").

use super::envelope::known;
use super::seed;
use crate::state::{Sandbox, secret};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

const CLIENT_ID: &str = "portico-demo";
const CLIENT_SECRET: &str = "portico-demo-secret";

/// A token of an instance.
pub(super) struct Token {
    pub(super) access: String,
    pub(super) until: i64,
    pub(super) revoked: bool,
}

/// What is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

/// The same token while it lives, with what is left of its life; all parameters stand in the query, also
/// of a POST. Not counted against any limit.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Query(asked): Query<Asked>,
) -> (StatusCode, Json<Value>) {
    let refused = |error: &str, words: &str| {
        let body = json!({ "error": error, "error_description": words });
        (StatusCode::UNAUTHORIZED, Json(body))
    };
    let Some(id) = known(&instance) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "not_found" })));
    };
    if asked.grant_type != "client_credentials" {
        return refused("unsupported_grant_type", "Unsupported grant type");
    }
    if asked.client_id != CLIENT_ID {
        let words = format!("No client with requested id: {}", asked.client_id);
        return refused("invalid_client", &words);
    }
    let mut world = sandbox.world();
    let now = world.now();
    let own = world.marketo.instance(id);
    if asked.client_secret != CLIENT_SECRET || own.tokens.iter().any(|token| token.revoked) {
        return refused("invalid_client", "Bad client credentials");
    }
    let live = own.tokens.iter().find(|token| token.until > now);
    let (access, until) = match live {
        Some(token) => (token.access.clone(), token.until),
        None => {
            let until = now + own.knobs.token_life_s.saturating_mul(1000);
            let access = format!("{}:int", secret());
            own.tokens.push(Token { access: access.clone(), until, revoked: false });
            (access, until)
        }
    };
    let body = json!({
        "access_token": access, "token_type": "bearer",
        "expires_in": (until - now) / 1000, "scope": seed::api_user(id),
    });
    (StatusCode::OK, Json(body))
}
