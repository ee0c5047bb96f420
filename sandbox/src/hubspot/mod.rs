//! HubSpot: OAuth, CRM objects on the date-versioned paths and on /v3, associations, properties,
//! owners, pipelines, lists, pages.

mod associations;
mod batch;
mod catalogue;
mod contact;
mod envelope;
mod events;
mod failure;
mod filter;
mod install;
mod knobs;
mod limits;
mod links;
mod lists;
mod members;
mod merge;
mod oauth;
mod objects;
mod others;
mod owners;
mod pages;
mod pipelines;
mod property;
mod search;
mod seed;
mod store;
mod times;
mod tokens;
mod types;
mod values;

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use crate::webhooks;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use std::collections::{BTreeMap, BTreeSet};

/// How these pages look.
const BRAND: Brand = Brand { name: "HubSpot", color: "#b8431f" };

/// What HubSpot remembers.
#[derive(Default)]
pub(crate) struct World {
    settings: knobs::Settings,
    size: seed::Size,
    codes: BTreeMap<String, tokens::Code>,
    grants: Vec<tokens::Grant>,
    /// By portal, then by type of object; each in the order of their ids.
    records: BTreeMap<(u64, &'static str), Vec<store::Record>>,
    links: BTreeSet<links::Link>,
    /// By portal, then by list: ids, and since when they are on it.
    members: BTreeMap<(u64, u64), BTreeMap<u64, i64>>,
    limits: limits::Limits,
    made: u64,
    failures: u64,
    /// What has happened and nobody was told of yet.
    events: Vec<serde_json::Value>,
    events_made: u64,
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

    /// Counts an error.
    fn failed(&mut self) -> u64 {
        self.failures += 1;
        self.failures
    }
}

/// Its part of the sandbox's first page, as HTML.
pub(crate) fn home() -> String {
    let link = |portal: &seed::Portal, tab: &str| {
        let (id, name) = (portal.id, portal.name);
        format!("<li><a href=\"/hubspot/contacts/{id}/objects/{tab}\">{name}: {tab}</a></li>")
    };
    let list: String = seed::PORTALS
        .iter()
        .flat_map(|portal| pages::TABS.iter().map(move |tab| link(portal, tab)))
        .collect();
    format!("<h2>HubSpot</h2><ul>{list}</ul>")
}

/// Records of every type, below a path that names the version.
fn objects() -> Router<Sandbox> {
    let pair = "/{object}/{id}/associations/{to}/{to_id}";
    Router::new()
        .route("/{object}", get(objects::list).post(objects::create))
        .route("/{object}/search", post(search::search))
        .route("/{object}/merge", post(merge::merge))
        .route("/{object}/gdpr-delete", post(merge::forget))
        .route("/{object}/batch/create", post(batch::create))
        .route("/{object}/batch/read", post(batch::read))
        .route("/{object}/batch/update", post(batch::update))
        .route("/{object}/batch/upsert", post(batch::upsert))
        .route("/{object}/batch/archive", post(batch::archive))
        .route("/{object}/{id}", get(objects::read).patch(objects::update).delete(objects::archive))
        .route("/{object}/{id}/associations/{to}", get(associations::list))
        .route(pair, put(associations::put).delete(associations::delete))
        .route("/{object}/{id}/associations/default/{to}/{to_id}", put(associations::put_default))
}

fn lists() -> Router<Sandbox> {
    Router::new()
        .route("/search", post(lists::search))
        .route("/{list}", get(lists::one))
        .route("/{list}/memberships", get(members::all))
        .route("/{list}/memberships/add", put(members::add))
        .route("/{list}/memberships/remove", put(members::remove))
        .route("/{list}/memberships/add-and-remove", put(members::add_and_remove))
}

fn properties() -> Router<Sandbox> {
    Router::new()
        .route("/{object}", get(catalogue::properties))
        .route("/{object}/{name}", get(catalogue::property))
}

fn pipelines() -> Router<Sandbox> {
    Router::new()
        .route("/{object}", get(pipelines::all))
        .route("/{object}/{pipeline}", get(pipelines::one))
}

fn oauth() -> Router<Sandbox> {
    Router::new()
        .route("/authorize", get(oauth::consent).post(oauth::decide))
        .route("/{version}/token", post(tokens::token))
        .route("/{version}/token/introspect", post(tokens::introspect))
        .route("/{version}/token/revoke", post(tokens::revoke))
        .route("/v1/token", post(tokens::token_v1))
        .route("/v1/access-tokens/{token}", get(tokens::about_v1))
        .route("/v1/refresh-tokens/{token}", get(tokens::about_v1).delete(tokens::revoke_v1))
}

/// Below `/hubspot`. `{version}` is a date such as `2026-03`; the published client still calls
/// `/crm/v3`, where the version comes first.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    Router::new()
        .nest("/oauth", oauth())
        .nest("/crm/objects/{version}", objects())
        .nest("/crm/{version}/objects", objects())
        .nest("/crm/lists/{version}", lists())
        .nest("/crm/{version}/lists", lists())
        .nest("/crm/properties/{version}", properties())
        .nest("/crm/{version}/properties", properties())
        .nest("/crm/pipelines/{version}", pipelines())
        .nest("/crm/{version}/pipelines", pipelines())
        .route("/crm/owners/{version}", get(owners::all))
        .route("/crm/{version}/owners", get(owners::all))
        .route("/crm/owners/{version}/{owner}", get(owners::one))
        .route("/crm/{version}/owners/{owner}", get(owners::one))
        .route("/crm-object-schemas/{version}/schemas", get(catalogue::schemas))
        .route("/crm/{version}/schemas", get(catalogue::schemas))
        .route("/account-info/{version}/details", get(catalogue::account))
        .route("/appinstalls/{version}/external-install", delete(install::uninstall))
        .fallback(envelope::nowhere)
        .method_not_allowed_fallback(envelope::not_so)
        .layer(from_fn_with_state(sandbox.clone(), envelope::versions))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/contacts/{portal}/objects/{object}", get(pages::records))
        .route("/contacts/{portal}/record/{object}/{id}", get(pages::record))
        .route("/_sandbox/settings", get(knobs::settings).put(knobs::set_settings))
        .route("/_sandbox/seed", post(knobs::seed))
        .route("/_sandbox/records", post(knobs::make))
        .route("/_sandbox/webhook", webhooks::hubspot())
}
