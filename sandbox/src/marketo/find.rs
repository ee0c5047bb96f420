//! Leads are read: by id, by the values of a field ("Get lead by id", "Get leads by filter type").

use super::ask::{Ask, MOST, sealed};
use super::envelope::{Desk, Outcome, call, error};
use super::fields::{self, Field};
use super::leads::Lead;
use super::time::iso;
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// More matches than these are an error instead of pages.
const TOO_MANY: usize = 1000;

/// A value of a lead.
fn value(id: u64, lead: &Lead, field: &Field) -> Value {
    match field.name {
        "id" => json!(id),
        "createdAt" => json!(iso(lead.created)),
        "updatedAt" => json!(iso(lead.changed)),
        name => lead.fields.get(name).cloned().unwrap_or_default(),
    }
}

/// Whether a lead has a value; texts are compared without their case.
pub(super) fn has(id: u64, lead: &Lead, field: &Field, wanted: &str) -> bool {
    match value(id, lead, field) {
        Value::Null => false,
        Value::String(own) => own.eq_ignore_ascii_case(wanted),
        own => own.as_i64().is_some_and(|own| wanted.parse() == Ok(own)),
    }
}

/// A lead as it is answered; its id is always there.
pub(super) fn shown(id: u64, lead: &Lead, fields: &[&Field]) -> Value {
    let mut shown = Map::from_iter([("id".to_owned(), json!(id))]);
    shown.extend(fields.iter().map(|field| (field.name.to_owned(), value(id, lead, field))));
    Value::Object(shown)
}

/// One lead.
pub(super) async fn read(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let (id, fields) = (ask.id()?, fields::wanted(&ask)?);
        let lead = desk.own.leads.get(id);
        let lead = lead.ok_or_else(|| error("1004", format!("Lead '{id}' not found")))?;
        Ok(json!({ "result": [shown(id, lead, &fields)] }))
    })
}

/// Leads by the values of a field, page by page.
pub(super) async fn find(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| found(desk, &ask))
}

fn found(desk: &Desk<'_>, ask: &Ask) -> Outcome {
    let by = ask.required("filterType")?;
    ask.required("filterValues")?;
    let by = Field::named(by).ok_or_else(|| error("1003", format!("Invalid filterType '{by}'")))?;
    if !by.searchable() {
        return Err(error("1011", format!("Field '{}' not supported", by.name)));
    }
    let values = ask.many("filterValues");
    if values.len() > MOST {
        return Err(error("1003", format!("Too many filterValues: the maximum is {MOST}")));
    }
    let fits = |(id, lead): &(u64, &Lead)| values.iter().any(|value| has(*id, lead, by, value));
    let all: Vec<_> = desk.own.leads.iter().filter(fits).collect();
    if all.len() > TOO_MANY {
        return Err(error("1003", "Too many results match the filter"));
    }
    paged(all.into_iter(), ask)
}

/// A page of leads, after the lead with which the page before ended.
pub(super) fn paged<'l>(leads: impl Iterator<Item = (u64, &'l Lead)>, ask: &Ask) -> Outcome {
    let (fields, size) = (fields::wanted(ask)?, ask.batch()?);
    let after = ask.cursor("lead")?.and_then(|at| at.first().copied());
    let after = after.and_then(|id| u64::try_from(id).ok()).unwrap_or(0);
    let mut left = leads.filter(|(id, _)| *id > after);
    let page: Vec<_> = left.by_ref().take(size).collect();
    let result: Vec<_> = page.iter().map(|(id, lead)| shown(*id, lead, &fields)).collect();
    let last = page.last().and_then(|(id, _)| i64::try_from(*id).ok());
    Ok(match (left.next(), last) {
        (Some(_), Some(last)) => {
            json!({ "result": result, "nextPageToken": sealed("lead", &[last]) })
        }
        _ => json!({ "result": result }),
    })
}
