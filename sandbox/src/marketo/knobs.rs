//! The knobs of one instance: `GET|PUT /marketo/{instance}/_sandbox/settings`.

use super::envelope::known;
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// What can be turned. The defaults are what Marketo documents ("Rate limits", "Authentication").
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Knobs {
    /// How long an access token lives.
    pub(super) token_life_s: i64,
    /// Calls per 20 seconds.
    pub(super) rate_calls: usize,
    /// Calls per day of the subscription.
    pub(super) daily_calls: u64,
    /// Calls at the same time.
    pub(super) concurrent_calls: usize,
    /// How long it takes until an activity can be read; some minutes in reality.
    pub(super) activity_lag_s: i64,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            token_life_s: 3600,
            rate_calls: 100,
            daily_calls: 50_000,
            concurrent_calls: 10,
            activity_lag_s: 0,
        }
    }
}

/// How they stand.
pub(super) async fn settings(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
) -> Result<Json<Knobs>, StatusCode> {
    let id = known(&instance).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(sandbox.world().marketo.instance(id).knobs.clone()))
}

/// Turns them; what is not named goes back to its default.
pub(super) async fn set_settings(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Json(new): Json<Knobs>,
) -> Result<StatusCode, StatusCode> {
    let id = known(&instance).ok_or(StatusCode::NOT_FOUND)?;
    sandbox.world().marketo.instance(id).knobs = new;
    Ok(StatusCode::NO_CONTENT)
}
