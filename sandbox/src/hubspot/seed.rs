//! Portals, their people, properties, owners and lists.

use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

const LISTS: usize = 260;

/// An account, with the person who connects it.
pub(super) struct Portal {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) domain: &'static str,
    pub(super) user: &'static str,
    pub(super) user_id: u64,
}

/// Two portals to choose from.
pub(super) const PORTALS: [Portal; 2] = [
    Portal {
        id: 62515,
        name: "Acme",
        domain: "acme.example",
        user: "ada@acme.example",
        user_id: 1,
    },
    Portal {
        id: 62777,
        name: "Globex",
        domain: "globex.example",
        user: "linus@globex.example",
        user_id: 2,
    },
];

/// A property: name, label, type, whether it can be written.
pub(super) type Property = (&'static str, &'static str, &'static str, bool);

const CONTACT: [Property; 12] = [
    ("email", "Email", "string", true),
    ("firstname", "First name", "string", true),
    ("lastname", "Last name", "string", true),
    ("company", "Company name", "string", true),
    ("phone", "Phone number", "phone_number", true),
    ("jobtitle", "Job title", "string", true),
    ("lifecyclestage", "Lifecycle stage", "enumeration", true),
    ("hubspot_owner_id", "Contact owner", "enumeration", true),
    ("vip", "VIP", "bool", true),
    ("score", "Score", "number", true),
    ("createdate", "Create date", "datetime", false),
    ("lastmodifieddate", "Last modified date", "datetime", false),
];
const COMPANY: [Property; 4] = [
    ("name", "Company name", "string", true),
    ("domain", "Company domain name", "string", true),
    ("industry", "Industry", "string", true),
    ("createdate", "Create date", "datetime", false),
];
const DEAL: [Property; 6] = [
    ("dealname", "Deal name", "string", true),
    ("amount", "Amount", "number", true),
    ("pipeline", "Pipeline", "enumeration", true),
    ("dealstage", "Deal stage", "enumeration", true),
    ("closedate", "Close date", "datetime", true),
    ("createdate", "Create date", "datetime", false),
];
const CAR: [Property; 2] =
    [("name", "Name", "string", true), ("createdate", "Create date", "datetime", false)];

/// The choices of a lifecycle stage.
pub(super) const STAGES: [&str; 4] = ["subscriber", "lead", "opportunity", "customer"];

/// The plural that an object goes by, and its properties. `None`: there is no such object.
pub(super) fn object(name: &str) -> Option<(&'static str, &'static [Property])> {
    Some(match name {
        "contacts" | "contact" | "0-1" => ("contacts", &CONTACT),
        "companies" | "company" | "0-2" => ("companies", &COMPANY),
        "deals" | "deal" | "0-3" => ("deals", &DEAL),
        "2-123" | "p_cars" | "cars" => ("2-123", &CAR),
        _ => return None,
    })
}

/// The type's id.
pub(super) fn type_id(plural: &str) -> &'static str {
    match plural {
        "contacts" => "0-1",
        "companies" => "0-2",
        "deals" => "0-3",
        _ => "2-123",
    }
}

/// A list of contacts; every fifth is filled by rules.
pub(super) struct List {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) processing: &'static str,
}

pub(super) fn lists(count: Option<usize>) -> impl Iterator<Item = List> {
    (0..count.unwrap_or(LISTS)).map(|index| List {
        id: (index + 1).to_string(),
        name: match index {
            0 => "Spring webinar".to_owned(),
            1 => "Customers".to_owned(),
            _ => format!("Segment {index:05}"),
        },
        processing: if index % 5 == 4 { "DYNAMIC" } else { "MANUAL" },
    })
}

/// How much there is to choose from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    lists: usize,
}

pub(super) async fn seed(State(sandbox): State<Sandbox>, Json(seed): Json<Seed>) -> StatusCode {
    sandbox.world().hubspot.lists = Some(seed.lists.min(100_000));
    StatusCode::NO_CONTENT
}
