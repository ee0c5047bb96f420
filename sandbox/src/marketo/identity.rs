//! Tokens for client credentials ("Authentication").

use super::envelope::known;
use crate::state::{Sandbox, secret};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

const CLIENT_ID: &str = "portico-demo";
const CLIENT_SECRET: &str = "portico-demo-secret";
const LIFE_MS: i64 = 3600 * 1000;

/// A token of an instance.
pub(super) struct Token {
    pub(super) instance: &'static str,
    pub(super) access: String,
    pub(super) until: i64,
    pub(super) revoked: bool,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Asked {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

/// The same token while it lives; all parameters stand in the query.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Query(asked): Query<Asked>,
) -> (StatusCode, Json<Value>) {
    let refused = |error: &str, words: &str| {
        let body = json!({ "error": error, "error_description": words });
        (StatusCode::UNAUTHORIZED, Json(body))
    };
    let Some(instance) = known(&instance) else {
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
    let tokens = &mut world.marketo.tokens;
    let revoked = tokens.iter().any(|token| token.instance == instance && token.revoked);
    if asked.client_secret != CLIENT_SECRET || revoked {
        return refused("invalid_client", "Bad client credentials");
    }
    let live = tokens.iter().position(|own| own.instance == instance && own.until > now);
    let index = live.unwrap_or_else(|| {
        let access = format!("{}:int", secret());
        tokens.push(Token { instance, access, until: now + LIFE_MS, revoked: false });
        tokens.len() - 1
    });
    let Some(token) = tokens.get(index) else {
        return refused("server_error", "No token");
    };
    let body = json!({
        "access_token": token.access, "token_type": "bearer",
        "expires_in": (token.until - now) / 1000, "scope": "api@acme.example",
    });
    (StatusCode::OK, Json(body))
}
