//! The knobs of this provider: `/salesforce/_sandbox/…`.

use super::objects::OBJECTS;
use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most that is seeded at once.
const MOST: usize = 100_000;

/// How the app and the orgs are set up. What is left out of a `PUT` is as usual.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    /// Each refresh gives a new refresh token and ends the old one.
    pub(super) rotate_refresh_tokens: bool,
    /// How long a session lives.
    pub(super) access_token_life_s: i64,
    /// Calls of an org in 24 hours.
    pub(super) daily_calls: usize,
    /// Calls of others that have been running for more than twenty seconds.
    pub(super) long_running_calls: usize,
    /// How many approvals a user can have given the app; the oldest ends with one more.
    pub(super) approvals_per_user: usize,
    /// Admins have blocked the app.
    pub(super) app_blocked: bool,
    /// Admins have installed the app.
    pub(super) app_installed: bool,
    /// The standard duplicate rules for leads and contacts.
    pub(super) duplicate_rules: bool,
    /// Orgs that have a new My Domain: `{"acme": "acme-emea"}`. Tokens tell of it when refreshed.
    pub(super) moved: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rotate_refresh_tokens: true,
            access_token_life_s: 7200,
            daily_calls: 15_000,
            long_running_calls: 0,
            approvals_per_user: 5,
            app_blocked: false,
            app_installed: true,
            duplicate_rules: false,
            moved: BTreeMap::new(),
        }
    }
}

pub(super) async fn settings(State(sandbox): State<Sandbox>) -> Json<Settings> {
    Json(sandbox.world().salesforce.settings.clone())
}

pub(super) async fn set_settings(
    State(sandbox): State<Sandbox>,
    Json(new): Json<Settings>,
) -> StatusCode {
    sandbox.world().salesforce.settings = new;
    StatusCode::NO_CONTENT
}

/// So many more records in every org: `{"Opportunity": 4500, "Campaign": 50000}`.
pub(super) async fn seed(
    State(sandbox): State<Sandbox>,
    Json(wanted): Json<BTreeMap<String, usize>>,
) -> Result<StatusCode, (StatusCode, Json<Value>)> {
    let mut world = sandbox.world();
    let now = world.now();
    for (name, count) in wanted {
        let Some(own) = OBJECTS.iter().find(|own| own.name == name && own.writable) else {
            let names: Vec<&str> =
                OBJECTS.iter().filter(|own| own.writable).map(|own| own.name).collect();
            let words = format!("There is no object {name}; there are {}.", names.join(", "));
            return Err((StatusCode::BAD_REQUEST, Json(json!({ "message": words }))));
        };
        world.salesforce.seed(own.name, count.min(MOST), now);
    }
    Ok(StatusCode::NO_CONTENT)
}
