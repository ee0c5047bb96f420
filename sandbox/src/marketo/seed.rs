//! Instances and what there is to choose from in them.

use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

/// The instances, by Munchkin id. Hosts are lower case.
pub(super) const INSTANCES: [&str; 2] = ["123-abc-456", "789-xyz-012"];
/// The fields of a lead that can be written, and their types.
pub(super) const FIELDS: [(&str, &str, &str); 9] = [
    ("email", "Email Address", "email"),
    ("firstName", "First Name", "string"),
    ("lastName", "Last Name", "string"),
    ("company", "Company Name", "string"),
    ("title", "Job Title", "string"),
    ("phone", "Phone Number", "phone"),
    ("country", "Country", "string"),
    ("leadScore", "Person Score", "score"),
    ("unsubscribed", "Unsubscribed", "boolean"),
];

const LISTS: usize = 320;
const FIRST_LIST: u64 = 1001;

/// A static list.
pub(super) struct List {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) program: &'static str,
}

/// The lists of an instance; the first has a name to look for.
pub(super) fn lists(count: Option<usize>) -> impl Iterator<Item = List> {
    const PROGRAMS: [&str; 3] = ["Webinars", "Trade fairs", "Newsletter"];
    (0..count.unwrap_or(LISTS)).map(|index| List {
        id: FIRST_LIST + index as u64,
        name: match index {
            0 => "Spring webinar".to_owned(),
            1 => "Customers".to_owned(),
            2 => "Partners".to_owned(),
            _ => format!("Campaign {index:05}"),
        },
        program: PROGRAMS[index % PROGRAMS.len()],
    })
}

pub(super) fn list(id: u64, count: Option<usize>) -> Option<List> {
    lists(count).find(|list| list.id == id)
}

/// How much there is to choose from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    lists: usize,
}

pub(super) async fn seed(State(sandbox): State<Sandbox>, Json(seed): Json<Seed>) -> StatusCode {
    sandbox.world().marketo.lists = Some(seed.lists.min(100_000));
    StatusCode::NO_CONTENT
}
