//! A portal for people: its records as they come.

use super::BRAND;
use super::property::Property;
use super::seed::{PORTALS, Portal};
use super::store::Record;
use super::types::{Kind, named};
use crate::pages::{LIVE, escaped, page, tab_bar};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;

/// What has a page of its own, in the order of the tabs.
pub(super) const TABS: [&str; 3] = ["contacts", "companies", "deals"];
/// No more rows than a person reads.
const MOST: usize = 500;
const NONE: &str =
    "<tr><td class=\"empty\" colspan=\"4\">None yet. They appear here as they are made.</td></tr>";

fn found(portal: u64, name: &str) -> Result<(&'static Portal, &'static Kind), StatusCode> {
    let portal = PORTALS.iter().find(|own| own.id == portal).ok_or(StatusCode::NOT_FOUND)?;
    Ok((portal, named(name).ok_or(StatusCode::NOT_FOUND)?))
}

fn tabs(portal: &Portal, chosen: &Kind) -> String {
    tab_bar(TABS.iter().map(|tab| {
        let to = format!("/hubspot/contacts/{}/objects/{tab}", portal.id);
        (to, (*tab).to_owned(), *tab == chosen.plural)
    }))
}

/// The records of an object, the newest first.
pub(super) async fn records(
    State(sandbox): State<Sandbox>,
    Path((portal, name)): Path<(u64, String)>,
) -> Result<Html<String>, StatusCode> {
    let (portal, kind) = found(portal, &name)?;
    let writable = |own: &&Property| !own.read_only;
    let columns: Vec<_> = kind.properties.iter().filter(writable).take(4).collect();
    let mut world = sandbox.world();
    let row = |record: &Record| {
        let cells: String = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let text = escaped(&record.value(kind, column.name).unwrap_or_default());
                let label = column.label();
                if index == 0 {
                    let to =
                        format!("/hubspot/contacts/{}/record/{}/{}", portal.id, kind.id, record.id);
                    let text = if text.is_empty() { "(none)" } else { &text };
                    format!("<td data-label=\"{label}\"><a href=\"{to}\">{text}</a></td>")
                } else {
                    format!("<td data-label=\"{label}\">{text}</td>")
                }
            })
            .collect();
        format!("<tr id=\"record-{}\">{cells}</tr>", record.id)
    };
    let all = world.hubspot.all(portal.id, kind).iter().rev();
    let rows: String = all.filter(|own| own.archived.is_none()).take(MOST).map(row).collect();
    let rows = if rows.is_empty() { NONE } else { &rows };
    let head: String = columns.iter().map(|own| format!("<th>{}</th>", own.label())).collect();
    let title = format!("{} of {}", kind.plural, portal.name);
    let body = format!(
        "{}<h1>{title}</h1><p class=\"quiet\">{}</p><table><thead><tr>{head}</tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        tabs(portal, kind),
        kind.id
    );
    Ok(page(&BRAND, &title, &body))
}

/// One record, with what it is associated with.
pub(super) async fn record(
    State(sandbox): State<Sandbox>,
    Path((portal, name, id)): Path<(u64, String, u64)>,
) -> Result<Html<String>, StatusCode> {
    let (portal, kind) = found(portal, &name)?;
    let mut world = sandbox.world();
    let record = world.hubspot.all(portal.id, kind).iter().find(|own| own.id == id).cloned();
    let record = record.ok_or(StatusCode::NOT_FOUND)?;
    let row = |label: &str, text: &str| {
        format!(
            "<tr><td data-label=\"Property\">{label}</td><td data-label=\"Value\">{text}</td></tr>"
        )
    };
    let values: String = kind
        .properties
        .iter()
        .filter_map(|own| Some(row(own.label(), &escaped(&record.value(kind, own.name)?))))
        .collect();
    let linked: String = super::types::KINDS
        .iter()
        .flat_map(|other| {
            let ids = world.hubspot.linked(portal.id, (kind, other), id).into_keys();
            ids.map(|to| {
                let path = format!("/hubspot/contacts/{}/record/{}/{to}", portal.id, other.id);
                format!("<li><a href=\"{path}\">{} {to}</a></li>", other.singular)
            })
            .collect::<Vec<_>>()
        })
        .collect();
    let gone = if record.archived.is_some() { "<p>In the recycling bin.</p>" } else { "" };
    let title = format!("{} {id} of {}", kind.singular, portal.name);
    let body = format!(
        "{}<h1>{title}</h1>{gone}<table><thead><tr><th>Property</th><th>Value</th></tr></thead>\
         <tbody id=\"rows\">{values}</tbody></table><h2>Associated with</h2><ul>{linked}</ul>{LIVE}",
        tabs(portal, kind)
    );
    Ok(page(&BRAND, &title, &body))
}
