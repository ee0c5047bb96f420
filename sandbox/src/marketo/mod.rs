//! Marketo Engage: tokens for client credentials, leads, lists, custom objects, pages. Nearly every error
//! comes with status 200.

mod envelope;
mod identity;
mod leads;
mod lists;
mod objects;
mod pages;
mod seed;

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How these pages look.
const BRAND: Brand = Brand { name: "Marketo", color: "#5c4c9f" };

/// What Marketo remembers.
#[derive(Default)]
pub(crate) struct World {
    tokens: Vec<identity::Token>,
    /// By Munchkin id.
    instances: BTreeMap<&'static str, Instance>,
    /// How many lists an instance has; the usual ones without.
    lists: Option<usize>,
    /// When calls of the last 20 seconds came in, by instance.
    calls: BTreeMap<&'static str, Vec<i64>>,
    requests: u64,
}

/// An instance: its leads, who is on which list, its custom objects.
#[derive(Default)]
struct Instance {
    leads: BTreeMap<u64, Map<String, Value>>,
    members: BTreeMap<u64, BTreeSet<u64>>,
    objects: Vec<Map<String, Value>>,
    made: u64,
}

impl World {
    /// Every access token ends now.
    pub(crate) fn expire_tokens(&mut self, now: i64) {
        for token in &mut self.tokens {
            token.until = token.until.min(now);
        }
    }

    /// The keys no longer work: entering new ones is the only way.
    pub(crate) fn revoke_tokens(&mut self) {
        for token in &mut self.tokens {
            token.revoked = true;
        }
    }

    fn instance(&mut self, id: &'static str) -> &mut Instance {
        self.instances.entry(id).or_default()
    }
}

/// Its part of the sandbox's first page, as HTML.
pub(crate) fn home() -> String {
    let list: String = seed::INSTANCES
        .iter()
        .map(|id| {
            format!(
                "<li><a href=\"/marketo/{id}/leads\">{id}: leads</a>, \
                 <a href=\"/marketo/{id}/lists\">lists</a></li>"
            )
        })
        .collect();
    format!("<h2>Marketo</h2><ul>{list}</ul>")
}

/// Below `/marketo/{instance}`.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    let lists = get(lists::members).post(lists::add).delete(lists::remove);
    Router::new()
        .route("/identity/oauth/token", get(identity::token).post(identity::token))
        .route("/rest/v1/leads.json", get(leads::find).post(leads::sync))
        .route("/rest/v1/leads/delete.json", post(leads::delete))
        .route("/rest/v1/leads/describe.json", get(leads::describe))
        .route("/rest/v1/leads/describe2.json", get(leads::describe2))
        .route("/rest/v1/lead/{id}", get(leads::read))
        .route("/rest/v1/lists.json", get(lists::list))
        .route("/rest/v1/lists/{id}/leads.json", lists)
        .route("/rest/v1/lists/{id}/leads/ismember.json", get(lists::is_member))
        .route("/rest/asset/v1/programs.json", get(objects::programs))
        .route("/rest/v1/campaigns.json", get(objects::campaigns))
        .route("/rest/v1/customobjects.json", get(objects::list))
        .route("/rest/v1/customobjects/{name}", post(objects::sync))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/leads", get(pages::leads))
        .route("/lists", get(pages::lists))
        .route("/lists/{id}", get(pages::members))
        .route("/_sandbox/seed", post(seed::seed))
}
