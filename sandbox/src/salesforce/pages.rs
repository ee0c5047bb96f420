//! The org's records, appearing as they are made.

use crate::pages::{Brand, LIVE, escaped, page};
use crate::state::{ORGS, Sandbox};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::Value;

/// How these pages look.
pub(super) const BRAND: Brand = Brand { name: "Salesforce", color: "#0b5cab" };

/// The records of an object, refreshed by the page itself.
pub(crate) async fn list(
    State(sandbox): State<Sandbox>,
    Path((org, object)): Path<(String, String)>,
) -> Result<Html<String>, StatusCode> {
    let known = ORGS.iter().find(|(own, _)| *own == org).ok_or(StatusCode::NOT_FOUND)?;
    let columns: &[&str] = match object.as_str() {
        "Lead" => &["FirstName", "LastName", "Company", "Email", "Status"],
        "Contact" => &["FirstName", "LastName", "Email"],
        "Account" => &["Name", "Industry"],
        _ => return Err(StatusCode::NOT_FOUND),
    };
    let head: String = columns.iter().map(|column| format!("<th>{column}</th>")).collect();
    let rows = rows(&sandbox, &org, &object, columns);
    let tabs: String = ["Lead", "Contact", "Account"]
        .iter()
        .map(|tab| format!("<a href=\"/salesforce/{org}/lightning/o/{tab}/list\">{tab}s</a> "))
        .collect();
    Ok(page(
        &BRAND,
        &format!("{object}s of {}", known.1),
        &format!(
            "<p>{tabs}</p><h1>{object}s of {}</h1><table><thead><tr>{head}</tr></thead>\
             <tbody id=\"rows\">{rows}</tbody></table>\
             {LIVE}",
            known.1
        ),
    ))
}

fn rows(sandbox: &Sandbox, org: &str, object: &str, columns: &[&str]) -> String {
    let world = sandbox.world();
    let records = world.records.get(&(org.to_owned(), object.to_owned()));
    let rows: String = records
        .into_iter()
        .flatten()
        .rev()
        .filter(|record| !record.deleted)
        .map(|record| {
            let cells: String = columns
                .iter()
                .map(|column| {
                    let text = match record.fields.get(*column) {
                        Some(Value::String(text)) => text.clone(),
                        None | Some(Value::Null) => String::new(),
                        Some(other) => other.to_string(),
                    };
                    format!("<td data-label=\"{column}\">{}</td>", escaped(&text))
                })
                .collect();
            format!("<tr id=\"{}\">{cells}</tr>", record.id)
        })
        .collect();
    if rows.is_empty() {
        let span = columns.len();
        format!(
            "<tr><td class=\"empty\" colspan=\"{span}\">No {object}s yet. They appear here as they are made.</td></tr>"
        )
    } else {
        rows
    }
}
