//! A portal for people: its records as they come.

use super::seed::{PORTALS, object, type_id};
use super::{BRAND, objects::Record};
use crate::pages::{LIVE, escaped, page};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::Value;

/// The records of an object, the newest first.
pub(super) async fn records(
    State(sandbox): State<Sandbox>,
    Path((portal, name)): Path<(u64, String)>,
) -> Result<Html<String>, StatusCode> {
    let portal = PORTALS.iter().find(|own| own.id == portal).ok_or(StatusCode::NOT_FOUND)?;
    let (plural, known) = object(&name).ok_or(StatusCode::NOT_FOUND)?;
    let columns: Vec<_> = known.iter().filter(|own| own.3).take(4).collect();
    let mut world = sandbox.world();
    let all = world.hubspot.all(portal.id, (plural, known));
    let row = |record: &Record| {
        let cells: String = columns
            .iter()
            .map(|(name, label, ..)| {
                let text = record.properties.get(*name).and_then(Value::as_str).unwrap_or_default();
                format!("<td data-label=\"{label}\">{}</td>", escaped(text))
            })
            .collect();
        format!("<tr id=\"record-{}\">{cells}</tr>", record.id)
    };
    let rows: String = all.iter().rev().filter(|own| !own.archived).map(row).collect();
    let rows = if rows.is_empty() {
        "<tr><td class=\"empty\" colspan=\"4\">None yet. They appear here as they are made.</td></tr>".to_owned()
    } else {
        rows
    };
    let head: String = columns.iter().map(|(_, label, ..)| format!("<th>{label}</th>")).collect();
    let tabs: String = ["contacts", "companies", "deals"]
        .iter()
        .map(|tab| format!("<a href=\"/hubspot/contacts/{}/objects/{tab}\">{tab}</a> ", portal.id))
        .collect();
    let body = format!(
        "<p>{tabs}</p><h1>{plural} of {}</h1><p>{}</p><table><thead><tr>{head}</tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        portal.name,
        type_id(plural)
    );
    Ok(page(&BRAND, &format!("{plural} of {}", portal.name), &body))
}
