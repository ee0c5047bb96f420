//! Slack: OAuth v2 with and without token rotation, the Web API that answers 200 to failures, pages.

mod api;
mod args;
mod blocks;
mod conversations;
mod events;
mod failure;
mod history;
mod knobs;
mod limits;
mod messages;
mod oauth;
mod pages;
mod people;
mod rendered;
mod scopes;
mod search;
mod seed;
mod tokens;
mod workspace;

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use crate::webhooks;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::collections::BTreeMap;

/// How these pages look.
const BRAND: Brand = Brand { name: "Slack", color: "#4a154b" };

/// What Slack remembers.
pub(crate) struct World {
    settings: knobs::Settings,
    codes: BTreeMap<String, oauth::Code>,
    grants: Vec<tokens::Grant>,
    /// By the workspace's id.
    workspaces: BTreeMap<&'static str, workspace::Workspace>,
    limits: limits::Limits,
    /// What has happened and nobody was told of yet.
    events: Vec<serde_json::Value>,
    events_made: u64,
}

impl Default for World {
    fn default() -> Self {
        let workspaces = seed::TEAMS.iter().map(|team| (team.id, workspace::Workspace::new(team)));
        Self {
            settings: knobs::Settings::default(),
            codes: BTreeMap::new(),
            grants: Vec::new(),
            workspaces: workspaces.collect(),
            limits: limits::Limits::default(),
            events: Vec::new(),
            events_made: 0,
        }
    }
}

impl World {
    /// Every access token ends now; refresh tokens live on.
    pub(crate) fn expire_tokens(&mut self, now: i64) {
        self.grants.iter_mut().for_each(|grant| grant.expire(now));
    }

    /// Every approval ends now: reconnecting is the only way.
    pub(crate) fn revoke_tokens(&mut self) {
        self.grants.iter_mut().for_each(tokens::Grant::revoke);
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
        .route("/api/oauth.v2.access", get(tokens::access).post(tokens::access))
        .route("/api/{method}", get(api::call).post(api::call))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/client/{team}", get(pages::channels))
        .route("/client/{team}/{channel}", get(pages::messages))
        .route("/_sandbox/settings", get(knobs::settings).put(knobs::set_settings))
        .route("/_sandbox/seed", post(knobs::seed))
        .route("/_sandbox/deactivate", post(knobs::deactivate))
        .route("/_sandbox/events", post(events::happen))
        .route("/_sandbox/webhook", webhooks::router_of_slack())
}
