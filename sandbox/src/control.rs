//! The knobs, over HTTP: `/_sandbox/…`.

use crate::faults::Fault;
use crate::state::{Sandbox, World};
use crate::webhooks;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn router() -> Router<Sandbox> {
    Router::new()
        .route("/faults", post(add_fault).delete(clear_faults).get(faults))
        .route("/expire-tokens", post(expire_tokens))
        .route("/revoke-tokens", post(revoke_tokens))
        .route("/clock", post(move_clock))
        .route("/reset", post(reset))
        .route("/requests", get(requests))
        .nest("/webhooks", webhooks::log())
        .route("/records/{org}/{object}", get(records))
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<Vec<Fault>> {
    Json(sandbox.world().faults.clone())
}

async fn add_fault(State(sandbox): State<Sandbox>, Json(fault): Json<Fault>) -> StatusCode {
    sandbox.world().faults.push(fault);
    StatusCode::CREATED
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.world().faults.clear();
    StatusCode::NO_CONTENT
}

/// Every access token ends now; refresh tokens live on.
async fn expire_tokens(State(sandbox): State<Sandbox>) -> StatusCode {
    let mut world = sandbox.world();
    let now = world.now();
    world.salesforce.expire_tokens(now);
    world.hubspot.expire_tokens(now);
    world.marketo.expire_tokens(now);
    world.slack.expire_tokens(now);
    StatusCode::NO_CONTENT
}

/// Every approval ends now: reconnecting is the only way.
async fn revoke_tokens(State(sandbox): State<Sandbox>) -> StatusCode {
    let mut world = sandbox.world();
    world.salesforce.revoke_tokens();
    world.hubspot.revoke_tokens();
    world.marketo.revoke_tokens();
    world.slack.revoke_tokens();
    StatusCode::NO_CONTENT
}

/// How the clock is set.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Move {
    /// On by so many seconds.
    By { advance_s: i64 },
    /// To an instant, at which it stands from then on.
    To { stand_at_ms: i64 },
}

async fn move_clock(State(sandbox): State<Sandbox>, Json(how): Json<Move>) -> StatusCode {
    let mut world = sandbox.world();
    match how {
        Move::By { advance_s } => {
            let by = advance_s.saturating_mul(1000);
            world.moved_ms += by;
            world.stands_at_ms = world.stands_at_ms.map(|at| at.saturating_add(by));
        }
        Move::To { stand_at_ms } => world.stands_at_ms = Some(stand_at_ms),
    }
    StatusCode::NO_CONTENT
}

async fn reset(State(sandbox): State<Sandbox>) -> StatusCode {
    *sandbox.world() = World::default();
    StatusCode::NO_CONTENT
}

async fn requests(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(json!(sandbox.world().requests))
}

async fn records(
    State(sandbox): State<Sandbox>,
    Path((org, object)): Path<(String, String)>,
) -> Json<Value> {
    Json(json!(sandbox.world().salesforce.live(&org, &object)))
}
