//! Instances and what there is to choose from in them.

use super::envelope::{Desk, known};
use super::{Instance, activities, leads};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, json};

/// The instances, by Munchkin id. Hosts are lower case.
pub(super) const INSTANCES: [&str; 2] = ["123-abc-456", "789-xyz-012"];

/// The partitions: id, name, and whether the API user may use it.
pub(super) const PARTITIONS: [(u64, &str, bool); 3] =
    [(1, "Default", true), (2, "Europe", true), (3, "Executives", false)];

/// When everything that is seeded was made: 5 January 2026, 10:00 UTC.
pub(super) const MADE_MS: i64 = 1_767_607_200_000;

const LISTS: usize = 320;
const FIRST_LIST: u64 = 1001;
/// How much can be seeded of anything.
const MOST: u64 = 100_000;

/// The user whose role the keys have.
pub(super) fn api_user(instance: &str) -> &'static str {
    match instance {
        "789-xyz-012" => "api@globex.example",
        _ => "api@acme.example",
    }
}

/// A static list.
pub(super) struct List {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) program: &'static str,
}

impl Instance {
    /// How many lists there are.
    pub(super) fn list_count(&self) -> usize {
        self.lists.unwrap_or(LISTS)
    }

    /// The lists from an index on.
    pub(super) fn lists_from(&self, start: usize) -> impl Iterator<Item = List> + use<> {
        (start..self.list_count()).map(list_at)
    }

    /// The list with an id.
    pub(super) fn list(&self, id: u64) -> Option<List> {
        let index = usize::try_from(id.checked_sub(FIRST_LIST)?).ok()?;
        (index < self.list_count()).then(|| list_at(index))
    }
}

/// A list by its place; the first has a name to look for.
fn list_at(index: usize) -> List {
    const FIRST: [&str; 5] =
        ["Spring webinar", "Customers", "Partners", "Newsletter subscribers", "Trial users"];
    const KINDS: [&str; 8] = [
        "roadshow",
        "trade fair",
        "workshop",
        "user group",
        "product launch",
        "demo requests",
        "survey",
        "webcast",
    ];
    const PLACES: [&str; 10] = [
        "Berlin", "Paris", "London", "Madrid", "Vienna", "Zurich", "Oslo", "Dublin", "Boston",
        "Austin",
    ];
    const PROGRAMS: [&str; 3] = ["Webinars", "Trade fairs", "Newsletter"];
    let pick = |from: &[&'static str], at: usize| from.get(at % from.len()).copied().unwrap_or("");
    let name = FIRST.get(index).map(|name| (*name).to_owned()).unwrap_or_else(|| {
        let place = index / KINDS.len();
        let year = 2022 + index / (KINDS.len() * PLACES.len());
        format!("{} {} {year}", pick(&PLACES, place), pick(&KINDS, index))
    });
    List { id: FIRST_LIST + index as u64, name, program: pick(&PROGRAMS, index) }
}

/// How much there is: `POST /marketo/{instance}/_sandbox/seed`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    /// How many lists there are from now on.
    lists: Option<usize>,
    /// So many leads more: `lead-00001@seed.example` and on.
    #[serde(default)]
    leads: u64,
    /// The list on which these leads are.
    list: Option<u64>,
    /// So many visits of web pages more, which somebody who asks for other activities pages through.
    #[serde(default)]
    visits: u64,
}

/// Makes it so.
pub(super) async fn seed(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Json(seed): Json<Seed>,
) -> Result<StatusCode, StatusCode> {
    let id = known(&instance).ok_or(StatusCode::NOT_FOUND)?;
    let mut world = sandbox.world();
    let now = world.now();
    let own = world.marketo.instance(id);
    if let Some(lists) = seed.lists {
        own.lists = Some(lists.min(100_000));
    }
    let arrived = own.tick();
    let mut desk = Desk { own, now, arrived };
    for _ in 0..seed.leads.min(MOST) {
        let next = desk.own.leads.made() + 1;
        let fields = Map::from_iter([
            ("email".to_owned(), json!(format!("lead-{next:05}@seed.example"))),
            ("firstName".to_owned(), json!("Lead")),
            ("lastName".to_owned(), json!(format!("Number {next}"))),
        ]);
        let lead = leads::create(&mut desk, fields, "Default");
        if let Some(list) = seed.list {
            desk.own.members.entry(list).or_default().insert(lead);
        }
    }
    for visit in 0..seed.visits.min(MOST) {
        let page = Some((visit % 20 + 1, format!("/page/{}", visit % 20 + 1)));
        desk.own.activities.note(activities::Activity {
            about: page,
            ..activities::Activity::new(1, activities::VISIT, now)
        });
    }
    Ok(StatusCode::NO_CONTENT)
}
