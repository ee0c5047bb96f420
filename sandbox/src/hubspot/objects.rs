//! CRM objects: one set of calls for contacts, companies, deals and custom objects ("CRM objects").

use super::World;
use super::envelope::{Error, call};
use super::seed::{self, Property, STAGES};
use crate::state::Sandbox;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A record.
pub(super) struct Record {
    pub(super) id: String,
    pub(super) properties: Map<String, Value>,
    pub(super) changed: i64,
    pub(super) archived: bool,
}

/// The type of object: its plural and its properties.
pub(super) type Kind = (&'static str, &'static [Property]);

pub(super) fn kind(name: &str) -> Result<Kind, Error> {
    seed::object(name)
        .ok_or_else(|| Error::invalid(format!("Unable to infer object type from: {name}")))
}

/// The scope that a call of an object needs.
pub(super) fn scope(name: &str, verb: &str) -> String {
    match seed::object(name) {
        Some(("2-123", _)) | None => String::new(),
        Some((plural, _)) => format!("crm.objects.{plural}.{verb}"),
    }
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    properties: Map<String, Value>,
}

fn written(body: &str) -> Result<Written, Error> {
    serde_json::from_str(body).map_err(|why| Error::invalid(format!("Invalid input JSON: {why}")))
}

/// A new record. Contacts are unique by their address.
pub(super) async fn create(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "write"), |hubspot, portal, now| {
        let kind = kind(&object)?;
        let Written { properties } = written(&body)?;
        check(kind, &properties)?;
        if let Some(id) = hubspot.holder(portal.id, kind, &properties) {
            let words = format!("Contact already exists. Existing ID: {id}");
            return Err(Error::new(409, "CONFLICT", words));
        }
        let record = hubspot.insert(portal.id, kind, properties, now);
        Ok((StatusCode::CREATED, record))
    })
}

/// One record, by its id or by a property.
pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "read"), |hubspot, portal, _| {
        let kind = kind(&object)?;
        let record = hubspot.find(portal.id, kind, &id, query.get("idProperty"))?;
        Ok((StatusCode::OK, shown(record)))
    })
}

/// Changes a record.
pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "write"), |hubspot, portal, now| {
        let kind = kind(&object)?;
        let Written { properties } = written(&body)?;
        check(kind, &properties)?;
        let record = hubspot.find(portal.id, kind, &id, query.get("idProperty"))?;
        record.properties.extend(properties);
        record.changed = now;
        Ok((StatusCode::OK, shown(record)))
    })
}

/// Moves a record to the recycling bin; doing it again is fine.
pub(super) async fn archive(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "write"), |hubspot, portal, _| {
        let kind = kind(&object)?;
        if let Ok(record) = hubspot.find(portal.id, kind, &id, None) {
            record.archived = true;
        }
        Ok((StatusCode::NO_CONTENT, Value::Null))
    })
}

/// The records, page by page.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "read"), |hubspot, portal, _| {
        let kind = kind(&object)?;
        let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
        let (start, limit) = (number("after").unwrap_or(0), number("limit").unwrap_or(10).min(100));
        let live: Vec<_> =
            hubspot.all(portal.id, kind).iter().filter(|own| !own.archived).collect();
        let page: Vec<_> = live.iter().skip(start).take(limit).map(|own| shown(own)).collect();
        let mut body = json!({ "results": page });
        if start + limit < live.len() {
            body["paging"] = json!({ "next": { "after": (start + limit).to_string() } });
        }
        Ok((StatusCode::OK, body))
    })
}

#[derive(Deserialize)]
struct Upsert {
    inputs: Vec<UpsertInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpsertInput {
    id: String,
    #[serde(default)]
    id_property: Option<String>,
    #[serde(default)]
    properties: Map<String, Value>,
}

/// Changes or creates records by a property with a value of its own.
pub(super) async fn upsert(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    call(&sandbox, &headers, &scope(&object, "write"), |hubspot, portal, now| {
        let kind = kind(&object)?;
        let upsert: Upsert = serde_json::from_str(&body)
            .map_err(|why| Error::invalid(format!("Invalid input JSON: {why}")))?;
        let mut results = Vec::new();
        for mut input in upsert.inputs {
            check(kind, &input.properties)?;
            let by = input.id_property.clone();
            let mut result = match hubspot.find(portal.id, kind, &input.id, by.as_ref()) {
                Ok(record) => {
                    record.properties.extend(input.properties);
                    record.changed = now;
                    let mut shown = shown(record);
                    shown["new"] = json!(false);
                    shown
                }
                Err(_) => {
                    if let Some(by) = by {
                        input.properties.insert(by, json!(input.id));
                    }
                    let mut made = hubspot.insert(portal.id, kind, input.properties, now);
                    made["new"] = json!(true);
                    made
                }
            };
            result["archived"] = json!(false);
            results.push(result);
        }
        Ok((StatusCode::OK, json!({ "status": "COMPLETE", "results": results })))
    })
}

/// Properties exist, can be written, and have values that fit: text, all of them.
fn check((plural, known): Kind, properties: &Map<String, Value>) -> Result<(), Error> {
    let mut errors = Vec::new();
    let mut wrong = |code: &str, name: &str, message: String| {
        errors.push(
            json!({ "message": message, "code": code, "context": { "propertyName": [name] } }),
        );
    };
    for (name, value) in properties {
        let Some((_, _, type_name, writable)) = known.iter().find(|own| own.0 == name) else {
            wrong("PROPERTY_DOESNT_EXIST", name, format!("Property \"{name}\" does not exist"));
            continue;
        };
        if !writable {
            wrong("READ_ONLY_VALUE", name, format!("\"{name}\" is a read only property"));
        }
        let Some(text) = value.as_str() else {
            wrong("INVALID_TYPE", name, format!("{value} is not text; property values are"));
            continue;
        };
        let fits = match (*type_name, name.as_str()) {
            _ if text.is_empty() => true,
            ("number", _) => text.parse::<f64>().is_ok(),
            ("bool", _) => matches!(text, "true" | "false"),
            (_, "email") => text.contains('@') && text.contains('.'),
            (_, "lifecyclestage") => STAGES.contains(&text),
            _ => true,
        };
        if !fits {
            let code = if name == "email" { "INVALID_EMAIL" } else { "INVALID_OPTION" };
            wrong(code, name, format!("{text} is not valid for {plural}.{name}"));
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = errors.iter().filter_map(|own| own["message"].as_str()).collect();
    let words = format!("Property values were not valid: {}", words.join("; "));
    Err(Error { more: json!({ "errors": errors }), ..Error::invalid(words) })
}

/// As the API shows it.
pub(super) fn shown(record: &Record) -> Value {
    let at = "2026-01-05T10:00:00Z";
    json!({
        "id": record.id, "properties": record.properties, "createdAt": at, "updatedAt": at,
        "archived": record.archived,
    })
}

impl World {
    pub(super) fn all(&mut self, portal: u64, (plural, _): Kind) -> &mut Vec<Record> {
        self.records.entry((portal, plural.to_owned())).or_default()
    }

    fn insert(
        &mut self,
        portal: u64,
        kind: Kind,
        properties: Map<String, Value>,
        now: i64,
    ) -> Value {
        self.made += 1;
        let id = (500 + self.made).to_string();
        let record = Record { id, properties, changed: now, archived: false };
        let made = shown(&record);
        self.all(portal, kind).push(record);
        made
    }

    fn find(
        &mut self,
        portal: u64,
        kind: Kind,
        id: &str,
        by: Option<&String>,
    ) -> Result<&mut Record, Error> {
        let fits = |own: &&mut Record| {
            !own.archived
                && match by {
                    None => own.id == id,
                    Some(by) => own.properties.get(by).and_then(Value::as_str) == Some(id),
                }
        };
        let found = self.all(portal, kind).iter_mut().find(fits);
        found.ok_or_else(|| Error::gone(format!("Object not found. objectId: {id}")))
    }

    /// Who has the address of a new contact already.
    fn holder(
        &mut self,
        portal: u64,
        kind: Kind,
        properties: &Map<String, Value>,
    ) -> Option<String> {
        if kind.0 != "contacts" {
            return None;
        }
        let email = properties.get("email")?.as_str()?.to_lowercase();
        let same = |own: &&Record| {
            let known = own.properties.get("email").and_then(Value::as_str);
            !own.archived && known.is_some_and(|known| known.to_lowercase() == email)
        };
        self.all(portal, kind).iter().find(same).map(|own| own.id.clone())
    }
}
