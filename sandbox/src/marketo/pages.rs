//! An instance for people: its leads, its lists, and who is on them.

use super::BRAND;
use super::envelope::known;
use super::leads::Lead;
use crate::pages::{LIVE, escaped, page};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::Value;

/// How many rows are shown.
const SHOWN: usize = 100;

/// The leads, the newest first.
pub(super) async fn leads(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
) -> Result<Html<String>, StatusCode> {
    let id = known(&instance).ok_or(StatusCode::NOT_FOUND)?;
    let mut world = sandbox.world();
    let own = world.marketo.instance(id);
    let rows: String = own.leads.iter().rev().take(SHOWN).map(|(_, lead)| row(lead)).collect();
    let body = format!(
        "<p><a href=\"/marketo/{id}/lists\">Lists</a></p><h1>Leads of {id}</h1>{}",
        table(&rows, "No leads yet. They appear here as they are made.")
    );
    Ok(page(&BRAND, &format!("Leads of {id}"), &body))
}

/// The lists, with how many are on each. Those that have leads come first: among 50,000 nobody would find
/// them.
pub(super) async fn lists(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
) -> Result<Html<String>, StatusCode> {
    let id = known(&instance).ok_or(StatusCode::NOT_FOUND)?;
    let mut world = sandbox.world();
    let own = world.marketo.instance(id);
    let count = |list: u64| own.members.get(&list).map_or(0, std::collections::BTreeSet::len);
    let used = own.members.keys().filter(|list| count(**list) > 0);
    let used = used.filter_map(|list| own.list(*list));
    let unused = own.lists_from(0).filter(|list| count(list.id) == 0);
    let rows: String = used
        .chain(unused)
        .take(SHOWN)
        .map(|list| {
            format!(
                "<tr><td data-label=\"List\"><a href=\"/marketo/{id}/lists/{}\">{}</a></td>\
                 <td data-label=\"Program\">{}</td><td data-label=\"Leads\">{}</td></tr>",
                list.id,
                escaped(&list.name),
                escaped(list.program),
                count(list.id)
            )
        })
        .collect();
    let all = own.list_count();
    let body = format!(
        "<p><a href=\"/marketo/{id}/leads\">All leads</a></p><h1>Lists of {id}</h1>\
         <p>{} of {all} lists</p><table><thead><tr><th>List</th><th>Program</th><th>Leads</th></tr>\
         </thead><tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        all.min(SHOWN)
    );
    Ok(page(&BRAND, &format!("Lists of {id}"), &body))
}

/// Who is on a list.
pub(super) async fn members(
    State(sandbox): State<Sandbox>,
    Path((instance, list)): Path<(String, u64)>,
) -> Result<Html<String>, StatusCode> {
    let id = known(&instance).ok_or(StatusCode::NOT_FOUND)?;
    let mut world = sandbox.world();
    let own = world.marketo.instance(id);
    let list = own.list(list).ok_or(StatusCode::NOT_FOUND)?;
    let members = own.members.get(&list.id).into_iter().flatten().rev();
    let members = members.filter_map(|lead| own.leads.get(*lead)).take(SHOWN);
    let rows: String = members.map(row).collect();
    let body = format!(
        "<p><a href=\"/marketo/{id}/lists\">Lists</a></p><h1>{}</h1>{}",
        escaped(&list.name),
        table(&rows, "Nobody is on this list yet.")
    );
    Ok(page(&BRAND, &list.name, &body))
}

const COLUMNS: [(&str, &str); 4] = [
    ("firstName", "First name"),
    ("lastName", "Last name"),
    ("company", "Company"),
    ("email", "Email"),
];

fn row(lead: &Lead) -> String {
    let cells: String = COLUMNS
        .iter()
        .map(|(key, title)| {
            let text = lead.fields.get(*key).and_then(Value::as_str).unwrap_or_default();
            format!("<td data-label=\"{title}\">{}</td>", escaped(text))
        })
        .collect();
    format!("<tr>{cells}</tr>")
}

fn table(rows: &str, empty: &str) -> String {
    let head: String = COLUMNS.iter().map(|(_, title)| format!("<th>{title}</th>")).collect();
    let rows = match rows {
        "" => format!("<tr><td class=\"empty\" colspan=\"4\">{empty}</td></tr>"),
        rows => rows.to_owned(),
    };
    format!("<table><thead><tr>{head}</tr></thead><tbody id=\"rows\">{rows}</tbody></table>{LIVE}")
}
