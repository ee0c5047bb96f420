//! Marketo Engage: tokens for client credentials, leads, lists, activities, assets, custom objects, pages.
//! Nearly every error comes with status 200.

mod activities;
mod ask;
mod assets;
mod crowd;
mod envelope;
mod fields;
mod find;
mod identity;
mod knobs;
mod leads;
mod lists;
mod objects;
mod pages;
mod seed;
mod stats;
mod time;

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use std::collections::{BTreeMap, BTreeSet};

/// How these pages look.
const BRAND: Brand = Brand { name: "Marketo", color: "#5c4c9f" };

/// "413 if the Request Payload exceeds 1MB" ("Error codes").
const LONGEST_BODY: usize = 1024 * 1024;

/// What Marketo remembers.
#[derive(Default)]
pub(crate) struct World {
    /// By Munchkin id.
    instances: BTreeMap<&'static str, Instance>,
    requests: u64,
}

/// A subscription: its keys and limits, its leads and what happened to them.
#[derive(Default)]
struct Instance {
    knobs: knobs::Knobs,
    tokens: Vec<identity::Token>,
    /// When the calls of the last 20 seconds came in.
    recent: Vec<i64>,
    /// The day on which calls are counted, and their number.
    today: (i64, u64),
    under_way: usize,
    /// Arrivals of calls and births of leads, in their order.
    ticks: u64,
    /// How many lists there are; the usual ones without.
    lists: Option<usize>,
    leads: leads::Leads,
    members: BTreeMap<u64, BTreeSet<u64>>,
    activities: activities::Log,
    objects: objects::Records,
}

impl World {
    /// Every access token ends now.
    pub(crate) fn expire_tokens(&mut self, now: i64) {
        for token in self.instances.values_mut().flat_map(|own| &mut own.tokens) {
            token.until = token.until.min(now);
        }
    }

    /// The keys no longer work: entering new ones is the only way.
    pub(crate) fn revoke_tokens(&mut self) {
        for token in self.instances.values_mut().flat_map(|own| &mut own.tokens) {
            token.revoked = true;
        }
    }

    fn instance(&mut self, id: &'static str) -> &mut Instance {
        self.instances.entry(id).or_default()
    }

    fn request_id(&mut self) -> String {
        self.requests += 1;
        format!("{:04x}#14272d07d78", self.requests)
    }
}

impl Instance {
    fn tick(&mut self) -> u64 {
        self.ticks += 1;
        self.ticks
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
    Router::new()
        .route("/identity/oauth/token", get(identity::token).post(identity::token))
        .merge(people())
        .merge(others())
        .fallback(envelope::no_resource)
        .method_not_allowed_fallback(envelope::no_method)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .layer(from_fn_with_state(sandbox.clone(), crowd::count))
        .route("/leads", get(pages::leads))
        .route("/lists", get(pages::lists))
        .route("/lists/{id}", get(pages::members))
        .route("/_sandbox/seed", post(seed::seed))
        .route("/_sandbox/settings", get(knobs::settings).put(knobs::set_settings))
}

/// Leads and static lists.
fn people() -> Router<Sandbox> {
    let members = get(lists::members).post(lists::add).delete(lists::remove);
    Router::new()
        .route("/rest/v1/leads.json", get(find::find).post(leads::sync))
        .route("/rest/v1/leads/delete.json", post(leads::delete))
        .route("/rest/v1/leads/describe.json", get(fields::describe))
        .route("/rest/v1/leads/describe2.json", get(fields::describe2))
        .route("/rest/v1/leads/partitions.json", get(fields::partitions))
        .route("/rest/v1/lead/{id}", get(find::read))
        .route("/rest/v1/lists.json", get(lists::list).post(lists::list_by_post))
        .route("/rest/v1/lists/{id}", get(lists::read))
        .route("/rest/v1/lists/{id}/leads.json", members)
        .route("/rest/v1/lists/{id}/leads/ismember.json", get(lists::is_member))
        .route("/rest/v1/list/{id}/leads.json", get(lists::members).post(lists::members_by_post))
}

/// Activities, assets, custom objects, statistics.
fn others() -> Router<Sandbox> {
    Router::new()
        .route("/rest/v1/activities.json", get(activities::list))
        .route("/rest/v1/activities/types.json", get(activities::types))
        .route("/rest/v1/activities/pagingtoken.json", get(activities::paging_token))
        .route("/rest/v1/activities/leadchanges.json", get(activities::lead_changes))
        .route("/rest/v1/activities/deletedleads.json", get(activities::deleted_leads))
        .route("/rest/v1/campaigns.json", get(assets::campaigns))
        .route("/rest/v1/campaigns/{id}/trigger.json", post(assets::trigger))
        .route("/rest/asset/v1/programs.json", get(assets::programs))
        .route("/rest/asset/v1/smartCampaigns.json", get(assets::smart_campaigns))
        .route("/rest/asset/v1/staticLists.json", get(assets::static_lists))
        .route("/rest/asset/v1/folders.json", get(assets::folders))
        .route("/rest/v1/customobjects.json", get(objects::list))
        .route("/rest/v1/customobjects/{name}", get(objects::find).post(objects::sync))
        .route("/rest/v1/customobjects/{name}/describe.json", get(objects::describe))
        .route("/rest/v1/customobjects/{name}/delete.json", post(objects::delete))
        .route("/rest/v1/stats/usage.json", get(stats::usage))
}
