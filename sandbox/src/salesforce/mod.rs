//! Salesforce: OAuth web server flow, REST API, pages.

mod changes;
mod collections;
mod composite;
mod describe;
mod envelope;
mod failure;
mod field;
mod identity;
mod ids;
mod knobs;
mod layout;
mod limits;
mod listviews;
mod oauth;
mod objects;
mod pages;
mod query;
mod records;
mod rest;
mod seed;
mod soql;
mod store;
mod tokens;
mod values;

use crate::faults;
use crate::state::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use std::collections::BTreeMap;

/// The versions that are served.
const VERSIONS: std::ops::RangeInclusive<u32> = 60..=68;

/// What Salesforce remembers.
pub(crate) struct World {
    settings: knobs::Settings,
    codes: BTreeMap<String, oauth::Code>,
    tokens: Vec<tokens::Token>,
    /// By org, then by object.
    records: BTreeMap<(&'static str, &'static str), store::Table>,
    cursors: Vec<query::Cursor>,
    limits: limits::Limits,
    made: u64,
}

impl Default for World {
    fn default() -> Self {
        let mut world = Self {
            settings: knobs::Settings::default(),
            codes: BTreeMap::new(),
            tokens: Vec::new(),
            records: BTreeMap::new(),
            cursors: Vec::new(),
            limits: limits::Limits::default(),
            made: 0,
        };
        world.settle();
        world
    }
}

/// Its part of the sandbox's first page, as HTML.
pub(crate) fn home() -> String {
    let list: String = seed::ORGS
        .iter()
        .map(|org| {
            let links: Vec<String> = pages::tabs()
                .map(|own| {
                    let (domain, tab) = (org.domain, own.name);
                    let words = own.plural.to_lowercase();
                    format!("<a href=\"/salesforce/{domain}/lightning/o/{tab}/list\">{words}</a>")
                })
                .collect();
            format!("<li>{}: {}</li>", org.name, links.join(", "))
        })
        .collect();
    format!("<h2>Salesforce</h2><ul>{list}</ul>")
}

/// Below `/salesforce/_sandbox`.
pub(crate) fn knobs() -> Router<Sandbox> {
    Router::new()
        .route("/settings", get(knobs::settings).put(knobs::set_settings))
        .route("/seed", post(knobs::seed))
}

/// Below `/salesforce/{org}`, where `org` is `login`, `test` or an org's own domain.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    Router::new()
        .route("/services/oauth2/authorize", get(oauth::consent).post(oauth::decide))
        .route("/services/oauth2/token", post(tokens::token))
        .route("/services/oauth2/introspect", post(tokens::introspect))
        .route("/services/oauth2/revoke", post(tokens::revoke))
        .route("/services/oauth2/userinfo", get(identity::userinfo).post(identity::userinfo))
        .route("/id/{organization}/{user}", get(identity::identity))
        .route("/services/data", get(rest::versions))
        .route("/services/data/", get(rest::versions))
        .route("/services/data/{version}", any(envelope::call))
        .route("/services/data/{version}/{*path}", any(envelope::call))
        .layer(from_fn_with_state(sandbox.clone(), faults::apply))
        .route("/lightning/o/{object}/list", get(pages::list))
        .route("/lightning/r/{object}/{id}/view", get(pages::record))
}
