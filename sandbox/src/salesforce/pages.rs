//! An org for people: a tab for each object, its records as they come, and each record.

use super::field::Field;
use super::objects::{OBJECTS, Object, object};
use super::seed::Org;
use super::store::Record;
use crate::pages::{Brand, LIVE, escaped, page, tab_bar};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::Value;

/// How these pages look.
pub(super) const BRAND: Brand = Brand { name: "Salesforce", color: "#0b5cab" };
/// No more rows than a person reads.
const MOST: usize = 500;

/// The records that have a tab.
pub(super) fn tabs() -> impl Iterator<Item = &'static Object> {
    OBJECTS.iter().filter(|own| own.writable || own.name == "User")
}

fn bar(domain: &str, chosen: &Object) -> String {
    tab_bar(tabs().map(|own| {
        let to = format!("/salesforce/{domain}/lightning/o/{}/list", own.name);
        (to, own.plural.to_owned(), own.name == chosen.name)
    }))
}

/// What a list shows of an object, its name first.
fn columns(object: &'static Object) -> Vec<&'static Field> {
    let wanted: &[&str] = match object.name {
        "Lead" => &["FirstName", "LastName", "Company", "Email", "Status"],
        "Contact" => &["FirstName", "LastName", "Email", "Phone"],
        "Account" => &["Name", "Industry", "Phone"],
        "Opportunity" => &["Name", "StageName", "Amount", "CloseDate"],
        "Task" => &["Subject", "Status", "ActivityDate"],
        "Campaign" => &["Name", "Type", "Status", "StartDate"],
        "Invoice__c" => &["Name", "External_Id__c", "Amount__c", "Status__c"],
        _ => &["Name", "Username"],
    };
    wanted.iter().filter_map(|own| object.field(own)).collect()
}

fn text(record: &Record, field: &Field) -> String {
    match record.value(field) {
        Value::Null => String::new(),
        Value::String(text) => escaped(&text),
        other => other.to_string(),
    }
}

fn link(domain: &str, object: &Object, id: &str, words: &str) -> String {
    let words = if words.is_empty() { "(none)" } else { words };
    format!("<a href=\"/salesforce/{domain}/lightning/r/{}/{id}/view\">{words}</a>", object.name)
}

fn found(
    sandbox: &Sandbox,
    domain: &str,
    name: &str,
) -> Result<(&'static Org, &'static Object), StatusCode> {
    let org = sandbox.world().salesforce.org(domain).ok_or(StatusCode::NOT_FOUND)?;
    Ok((org, object(name).ok_or(StatusCode::NOT_FOUND)?))
}

/// The records of an object, the newest first, brought up to date by the page itself.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path((domain, name)): Path<(String, String)>,
) -> Result<Html<String>, StatusCode> {
    let (org, object) = found(&sandbox, &domain, &name)?;
    let columns = columns(object);
    let mut world = sandbox.world();
    let table = world.salesforce.table(org, object);
    let row = |record: &Record| {
        let cells: String = columns
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let shown = text(record, field);
                let shown =
                    if index == 0 { link(&domain, object, &record.id, &shown) } else { shown };
                format!("<td data-label=\"{}\">{shown}</td>", field.label())
            })
            .collect();
        format!("<tr id=\"{}\">{cells}</tr>", record.id)
    };
    let live = table.values().filter(|own| !own.deleted).count();
    let rows: String =
        table.values().rev().filter(|own| !own.deleted).take(MOST).map(row).collect();
    let span = columns.len();
    let rows = if rows.is_empty() {
        format!(
            "<tr><td class=\"empty\" colspan=\"{span}\">No {} yet. They appear here as they are made.</td></tr>",
            object.plural.to_lowercase()
        )
    } else {
        rows
    };
    let head: String = columns.iter().map(|own| format!("<th>{}</th>", own.label())).collect();
    let more = if live > MOST {
        format!("<p class=\"quiet\">The newest {MOST} of {live}.</p>")
    } else {
        String::new()
    };
    let title = format!("{} of {}", object.plural, org.name);
    let body = format!(
        "{}<h1>{title}</h1>{more}<table><thead><tr>{head}</tr></thead><tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        bar(&domain, object)
    );
    Ok(page(&BRAND, &title, &body))
}

/// One record, with all its fields.
pub(super) async fn record(
    State(sandbox): State<Sandbox>,
    Path((domain, name, id)): Path<(String, String, String)>,
) -> Result<Html<String>, StatusCode> {
    let (org, object) = found(&sandbox, &domain, &name)?;
    let mut world = sandbox.world();
    let record = world.salesforce.table(org, object).get(&id).cloned();
    let record = record.ok_or(StatusCode::NOT_FOUND)?;
    let row = |field: &'static Field| {
        let shown = text(&record, field);
        let target = OBJECTS.iter().find(|own| {
            !shown.is_empty() && own.prefix.len() < shown.len() && shown.starts_with(own.prefix)
                && matches!(field.type_, super::field::Type::Reference(targets) if targets.contains(&own.name))
        });
        let shown = match target {
            Some(target) => link(&domain, target, &shown, &shown),
            None => shown,
        };
        format!(
            "<tr><td data-label=\"Field\">{}</td><td data-label=\"Value\">{shown}</td></tr>",
            field.label()
        )
    };
    let rows: String = object.fields.iter().chain(object.fields().take(7)).map(row).collect();
    let gone = if record.deleted { "<p>In the recycle bin.</p>" } else { "" };
    let name = object.field(object.name_field()).map(|own| text(&record, own)).unwrap_or_default();
    let title = format!("{} {}", object.label, if name.is_empty() { &record.id } else { &name });
    let body = format!(
        "{}<h1>{title}</h1>{gone}<table><thead><tr><th>Field</th><th>Value</th></tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        bar(&domain, object)
    );
    Ok(page(&BRAND, &title, &body))
}
