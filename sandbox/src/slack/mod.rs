//! Slack: OAuth v2 with and without token rotation, the Web API that answers 200 to failures, pages.

mod api;
mod args;
mod conversations;
mod oauth;
mod pages;
mod people;
mod seed;

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::collections::BTreeMap;

/// How these pages look.
const BRAND: Brand = Brand { name: "Slack", color: "#4a154b" };

/// What Slack remembers.
pub(crate) struct World {
    /// Refresh tokens are used once and access tokens end after twelve hours.
    rotation: bool,
    codes: BTreeMap<String, oauth::Code>,
    installs: Vec<oauth::Install>,
    channels: Vec<seed::Channel>,
    messages: Vec<conversations::Message>,
    /// When each channel was last posted to.
    posted: BTreeMap<String, i64>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            rotation: false,
            codes: BTreeMap::new(),
            installs: Vec::new(),
            channels: seed::channels(seed::CHANNELS),
            messages: Vec::new(),
            posted: BTreeMap::new(),
        }
    }
}

impl World {
    /// Every access token ends now; refresh tokens live on.
    pub(crate) fn expire_tokens(&mut self, now: i64) {
        for install in &mut self.installs {
            install.expire(now);
        }
    }

    /// Every approval ends now: reconnecting is the only way.
    pub(crate) fn revoke_tokens(&mut self) {
        for install in &mut self.installs {
            install.revoked = true;
        }
    }
}

/// Its part of the sandbox's first page, as HTML.
pub(crate) fn home() -> String {
    let list: String = seed::TEAMS
        .iter()
        .map(|team| {
            let (id, name) = (team.id, team.name);
            format!("<li><a href=\"/slack/client/{id}\">{name}: channels</a></li>")
        })
        .collect();
    format!("<h2>Slack</h2><ul>{list}</ul>")
}

/// Below `/slack`.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/oauth/v2/authorize", get(oauth::consent).post(oauth::decide))
        .route("/api/oauth.v2.access", post(oauth::access))
        .route("/api/{method}", get(api::call).post(api::call))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/client/{team}", get(pages::channels))
        .route("/client/{team}/{channel}", get(pages::messages))
        .route("/_sandbox/settings", get(seed::settings).put(seed::set_settings))
        .route("/_sandbox/seed", post(seed::seed))
}
