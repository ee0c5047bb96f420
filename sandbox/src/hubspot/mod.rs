//! HubSpot: OAuth, CRM objects on the date-versioned paths and on /v3, properties, owners, pipelines,
//! lists, pages.

mod catalogue;
mod envelope;
mod lists;
mod oauth;
mod objects;
mod pages;
mod search;
mod seed;

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use std::collections::{BTreeMap, BTreeSet};

/// How these pages look.
const BRAND: Brand = Brand { name: "HubSpot", color: "#b8431f" };

/// What HubSpot remembers.
#[derive(Default)]
pub(crate) struct World {
    codes: BTreeMap<String, oauth::Code>,
    grants: Vec<oauth::Grant>,
    /// By portal, then by type of object.
    records: BTreeMap<(u64, String), Vec<objects::Record>>,
    members: BTreeMap<(u64, String), BTreeSet<String>>,
    /// How many lists a portal has; the usual ones without.
    lists: Option<usize>,
    /// When calls of the last ten seconds came in, by portal.
    calls: BTreeMap<u64, Vec<i64>>,
    made: u64,
}

impl World {
    /// Every access token ends now; refresh tokens live on.
    pub(crate) fn expire_tokens(&mut self, now: i64) {
        for grant in &mut self.grants {
            grant.until = grant.until.min(now);
        }
    }

    /// Every approval ends now: reconnecting is the only way.
    pub(crate) fn revoke_tokens(&mut self) {
        for grant in &mut self.grants {
            grant.revoked = true;
        }
    }
}

/// Its part of the sandbox's first page, as HTML.
pub(crate) fn home() -> String {
    let list: String = seed::PORTALS
        .iter()
        .map(|portal| {
            let (id, name) = (portal.id, portal.name);
            format!(
                "<li><a href=\"/hubspot/contacts/{id}/objects/contacts\">{name}: contacts</a></li>"
            )
        })
        .collect();
    format!("<h2>HubSpot</h2><ul>{list}</ul>")
}

/// Below `/hubspot`. `{version}` is a date such as `2026-03`; the published client still calls
/// `/crm/v3`.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    let one = get(objects::read).patch(objects::update).delete(objects::archive);
    let all = get(objects::list).post(objects::create);
    Router::new()
        .route("/oauth/authorize", get(oauth::consent).post(oauth::decide))
        .route("/oauth/{version}/token", post(oauth::token))
        .route("/oauth/{version}/token/introspect", post(oauth::introspect))
        .route("/oauth/{version}/token/revoke", post(oauth::revoke))
        .route("/crm/objects/{version}/{object}", all.clone())
        .route("/crm/objects/{version}/{object}/search", post(search::search))
        .route("/crm/objects/{version}/{object}/batch/upsert", post(objects::upsert))
        .route("/crm/objects/{version}/{object}/{id}", one.clone())
        .route("/crm/{version}/objects/{object}", all)
        .route("/crm/{version}/objects/{object}/search", post(search::search))
        .route("/crm/{version}/objects/{object}/batch/upsert", post(objects::upsert))
        .route("/crm/{version}/objects/{object}/{id}", one)
        .route("/crm/properties/{version}/{object}", get(catalogue::properties))
        .route("/crm/owners/{version}", get(catalogue::owners))
        .route("/crm/pipelines/{version}/{object}", get(catalogue::pipelines))
        .route("/crm-object-schemas/{version}/schemas", get(catalogue::schemas))
        .route("/crm/lists/{version}/search", post(lists::search))
        .route("/crm/lists/{version}/{list}/memberships/add", put(lists::add))
        .route("/account-info/{version}/details", get(catalogue::account))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/contacts/{portal}/objects/{object}", get(pages::records))
        .route("/_sandbox/seed", post(seed::seed))
}
