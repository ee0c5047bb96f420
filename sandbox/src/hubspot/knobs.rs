//! The knobs of this provider: `/hubspot/_sandbox/…`.

use super::seed::{PORTALS, Size};
use super::types;
use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

/// The most that is seeded.
const MOST: usize = 100_000;

/// How the app is set up, and how patient HubSpot is. What is left out of a `PUT` is as usual.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    /// "110 requests every 10 seconds" for an app with OAuth, per account.
    pub(super) calls_per_ten_seconds: usize,
    /// "Five requests per second" for the CRM search, per account.
    pub(super) searches_per_second: usize,
    /// Apps with OAuth have no daily limit; private ones do, and its headers.
    pub(super) daily_calls: Option<u64>,
    /// Whether a 429 says when to come again: it does not always.
    pub(super) retry_after: bool,
    /// How long new and changed records are not found yet.
    pub(super) search_delay_s: i64,
    /// The scopes that the app requires. `None`: whatever is asked for, with `oauth`.
    pub(super) required_scopes: Option<Vec<String>>,
    /// Whether revoking one connection of an account ends its others: they share an installation.
    pub(super) revoking_ends_all: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            calls_per_ten_seconds: 110,
            searches_per_second: 5,
            daily_calls: None,
            retry_after: false,
            search_delay_s: 0,
            required_scopes: None,
            revoking_ends_all: false,
        }
    }
}

pub(super) async fn settings(State(sandbox): State<Sandbox>) -> Json<Settings> {
    Json(sandbox.world().hubspot.settings.clone())
}

pub(super) async fn set_settings(
    State(sandbox): State<Sandbox>,
    Json(new): Json<Settings>,
) -> StatusCode {
    sandbox.world().hubspot.settings = new;
    StatusCode::NO_CONTENT
}

/// How much there is in each portal: `{"lists": 50000}` for a picker that cannot be read at once. What
/// is left out stays as it is. Contacts are added to those that are there.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub(super) struct Seed {
    lists: Option<usize>,
    owners: Option<usize>,
    contacts: usize,
}

/// A record that a person makes in HubSpot's own pages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Made {
    portal: u64,
    object: String,
    properties: Map<String, serde_json::Value>,
}

pub(super) async fn make(State(sandbox): State<Sandbox>, Json(made): Json<Made>) -> StatusCode {
    let mut world = sandbox.world();
    let now = world.now();
    let known = PORTALS.iter().any(|portal| portal.id == made.portal);
    let (Some(kind), true) = (types::named(&made.object), known) else {
        return StatusCode::NOT_FOUND;
    };
    let id = world.hubspot.insert(made.portal, kind, made.properties, now).id;
    world.hubspot.made_by_a_person(made.portal, kind, (id, now));
    StatusCode::NO_CONTENT
}

pub(super) async fn seed(State(sandbox): State<Sandbox>, Json(seed): Json<Seed>) -> StatusCode {
    let mut world = sandbox.world();
    let now = world.now();
    let hubspot = &mut world.hubspot;
    let Size { lists, owners } = hubspot.size;
    hubspot.size = Size {
        lists: seed.lists.unwrap_or(lists).min(MOST),
        owners: seed.owners.unwrap_or(owners).min(MOST),
    };
    let Some(contacts) = types::named("contacts") else { return StatusCode::NO_CONTENT };
    for portal in &PORTALS {
        for index in 0..seed.contacts.min(MOST) {
            let mut fields = Map::new();
            fields
                .insert("email".to_owned(), json!(format!("contact{index:05}@{}", portal.domain)));
            fields.insert("firstname".to_owned(), json!("Contact"));
            fields.insert("lastname".to_owned(), json!(format!("{index:05}")));
            hubspot.insert(portal.id, contacts, fields, now);
        }
    }
    StatusCode::NO_CONTENT
}
