//! Leads: found by a field, created or changed by it ("Leads").

use super::envelope::{Outcome, call, error, skipped};
use super::seed::FIELDS;
use super::{Instance, World};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// "300 records per request".
const MOST: usize = 300;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sync {
    #[serde(default)]
    action: Option<String>,
    #[serde(default)]
    lookup_field: Option<String>,
    #[serde(default)]
    partition_name: Option<String>,
    #[serde(default)]
    input: Vec<Map<String, Value>>,
}

/// Create or update leads.
pub(super) async fn sync(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let sync: Sync = serde_json::from_str(&body)
            .map_err(|why| error("609", format!("Invalid JSON: {why}")))?;
        if sync.input.is_empty() || sync.input.len() > MOST {
            return Err(error("1003", "The input has 1 to 300 records"));
        }
        if sync.partition_name.as_deref().is_some_and(|name| name != "Default") {
            return Err(error("1003", "Partition name not found"));
        }
        let action = sync.action.as_deref().unwrap_or("createOrUpdate");
        if !["createOrUpdate", "createOnly", "updateOnly", "createDuplicate"].contains(&action) {
            return Err(error("1001", format!("Invalid value '{action}' for action")));
        }
        let by = sync.lookup_field.as_deref().unwrap_or("email");
        let own = marketo.instance(id);
        let result: Vec<_> = sync.input.iter().map(|lead| own.sync(action, by, lead)).collect();
        Ok(json!({ "result": result }))
    })
}

impl Instance {
    fn sync(&mut self, action: &str, by: &str, lead: &Map<String, Value>) -> Value {
        let unknown =
            lead.keys().find(|key| *key != "id" && !FIELDS.iter().any(|field| field.0 == *key));
        if let Some(unknown) = unknown {
            return skipped("1006", &format!("Field '{unknown}' not found"));
        }
        if lead.contains_key("id") && !(action == "updateOnly" && by == "id") {
            return skipped("1003", "The id is for updateOnly by id");
        }
        let email = lead.get("email").and_then(Value::as_str);
        if email.is_some_and(|email| !email.is_ascii() || !email.contains('@')) {
            return skipped("1003", "Value for field 'email' is not an e-mail address");
        }
        let Some(value) = lead.get(by).filter(|value| !value.is_null()) else {
            return skipped("1003", &format!("Value for lookup field '{by}' is missing"));
        };
        let fits = |(id, own): &(&u64, &Map<String, Value>)| match by {
            "id" => value.as_u64() == Some(**id),
            _ => own.get(by).is_some_and(|known| same(known, value)),
        };
        let found: Vec<u64> = self.leads.iter().filter(fits).map(|(id, _)| *id).collect();
        match (action, found.as_slice()) {
            ("createDuplicate", _) | ("createOrUpdate" | "createOnly", []) => {
                self.made += 1;
                let id = self.made;
                self.leads.insert(id, lead.clone());
                json!({ "id": id, "status": "created" })
            }
            ("createOnly", _) => skipped("1005", "Lead already exists"),
            ("updateOnly", []) => skipped("1004", "Lead not found"),
            (_, [id]) => {
                let fields = lead.iter().filter(|(key, _)| *key != "id");
                let fields = fields.map(|(key, value)| (key.clone(), value.clone()));
                self.leads.entry(*id).or_default().extend(fields);
                json!({ "id": id, "status": "updated" })
            }
            _ => skipped("1007", "Multiple leads match lookup criteria"),
        }
    }

    fn shown(&self, id: u64, fields: Option<&str>) -> Option<Value> {
        let own = self.leads.get(&id)?;
        let usual = "email,firstName,lastName";
        let wanted = fields.unwrap_or(usual).split(',').map(str::trim);
        let mut shown: Map<String, Value> = wanted
            .map(|key| (key.to_owned(), own.get(key).cloned().unwrap_or(Value::Null)))
            .collect();
        shown.insert("id".to_owned(), json!(id));
        Some(Value::Object(shown))
    }
}

/// Marketo compares texts without their case.
fn same(known: &Value, value: &Value) -> bool {
    match (known.as_str(), value.as_str()) {
        (Some(known), Some(value)) => known.eq_ignore_ascii_case(value),
        _ => known == value,
    }
}

/// One lead by its id.
pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((instance, file)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let lead = file.strip_suffix(".json").and_then(|id| id.parse().ok());
        let lead = lead.ok_or_else(|| error("610", "Requested resource not found"))?;
        let fields = query.get("fields").map(String::as_str);
        let shown = marketo.instance(id).shown(lead, fields);
        let shown = shown.ok_or_else(|| error("1004", format!("Lead '{lead}' not found")))?;
        Ok(json!({ "result": [shown] }))
    })
}

/// Leads by the values of a field.
pub(super) async fn find(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| found(marketo, id, &query))
}

fn found(marketo: &mut World, id: &'static str, query: &BTreeMap<String, String>) -> Outcome {
    let by = query.get("filterType").ok_or_else(|| error("1002", "filterType is missing"))?;
    let values =
        query.get("filterValues").ok_or_else(|| error("1002", "filterValues is missing"))?;
    if by != "id" && !FIELDS.iter().any(|field| field.0 == by) {
        return Err(error("1003", format!("Invalid filterType '{by}'")));
    }
    let values: Vec<&str> = values.split(',').map(str::trim).collect();
    if values.len() > MOST {
        return Err(error("1003", "More than 300 filter values"));
    }
    let own = marketo.instance(id);
    let fits = |(id, lead): &(&u64, &Map<String, Value>)| {
        values.iter().any(|value| match by.as_str() {
            "id" => **value == id.to_string(),
            _ => lead
                .get(by)
                .and_then(Value::as_str)
                .is_some_and(|own| own.eq_ignore_ascii_case(value)),
        })
    };
    let ids: Vec<u64> = own.leads.iter().filter(fits).map(|(id, _)| *id).take(MOST).collect();
    let fields = query.get("fields").map(String::as_str);
    let result: Vec<_> = ids.into_iter().filter_map(|id| own.shown(id, fields)).collect();
    Ok(json!({ "result": result }))
}

#[derive(Deserialize)]
pub(super) struct Ids {
    pub(super) input: Vec<Id>,
}

#[derive(Deserialize)]
pub(super) struct Id {
    pub(super) id: u64,
}

/// Removes leads.
pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let ids: Ids = serde_json::from_str(&body)
            .map_err(|why| error("609", format!("Invalid JSON: {why}")))?;
        let own = marketo.instance(id);
        let gone = |id: u64| match own.leads.remove(&id) {
            Some(_) => json!({ "id": id, "status": "deleted" }),
            None => skipped("1004", "Lead not found"),
        };
        Ok(json!({ "result": ids.input.iter().map(|own| own.id).map(gone).collect::<Vec<_>>() }))
    })
}

/// The fields of a lead.
pub(super) async fn describe(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |_, _| {
        let field = |(index, (name, title, kind)): (usize, &(&str, &str, &str))| json!({ "id": index + 1, "displayName": title, "dataType": kind, "rest": { "name": name, "readOnly": false } });
        Ok(json!({ "result": FIELDS.iter().enumerate().map(field).collect::<Vec<_>>() }))
    })
}

/// The same, and what can be searched.
pub(super) async fn describe2(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |_, _| {
        let field = |(name, title, kind): &(&str, &str, &str)| json!({ "name": name, "displayName": title, "dataType": kind, "updateable": true, "crmManaged": false });
        let fields: Vec<_> = FIELDS.iter().map(field).collect();
        let searchable = json!([{ "name": "email" }, { "name": "id" }]);
        Ok(
            json!({ "result": [{ "name": "API Lead", "searchableFields": searchable, "fields": fields }] }),
        )
    })
}
