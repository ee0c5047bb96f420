//! Programs, campaigns and custom objects ("Custom objects", "Programs", "Campaigns").

use super::envelope::{call, error, skipped};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The one custom object, and the fields by which it is found.
const OBJECT: &str = "car_c";
const FIELDS: [&str; 4] = ["vin", "make", "model", "leadId"];

/// The programs, by offset.
pub(super) async fn programs(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |_, _| {
        let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
        let (start, size) = (number("offset").unwrap_or(0), number("maxReturn").unwrap_or(20));
        let page: Vec<_> = (start..250)
            .take(size.min(200))
            .map(|index| json!({ "id": 5000 + index, "name": format!("Program {index:03}"), "channel": "Webinar", "type": "Event" }))
            .collect();
        // An empty asset answer has no result at all.
        if page.is_empty() {
            return Ok(json!({ "warnings": ["No assets found for the given search criteria."] }));
        }
        Ok(json!({ "result": page }))
    })
}

/// The campaigns that can be requested.
pub(super) async fn campaigns(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |_, _| {
        let campaign = |index| json!({ "id": 7000 + index, "name": format!("Campaign {index}"), "programName": "Webinars", "active": true });
        Ok(json!({ "result": (1..=3).map(campaign).collect::<Vec<_>>() }))
    })
}

/// The custom objects.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |_, _| {
        let car = json!({ "name": OBJECT, "displayName": "Car", "idField": "marketoGUID", "dedupeFields": ["vin"] });
        Ok(json!({ "result": [car] }))
    })
}

#[derive(Deserialize)]
struct Sync {
    #[serde(default)]
    input: Vec<Map<String, Value>>,
}

/// Creates or changes custom objects.
pub(super) async fn sync(
    State(sandbox): State<Sandbox>,
    Path((instance, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        if name.strip_suffix(".json") != Some(OBJECT) {
            return Err(error("1013", "Object not found"));
        }
        let sync: Sync = serde_json::from_str(&body)
            .map_err(|why| error("609", format!("Invalid JSON: {why}")))?;
        let objects = &mut marketo.instance(id).objects;
        let done = |car: &Map<String, Value>| {
            if let Some(unknown) = car.keys().find(|key| !FIELDS.contains(&key.as_str())) {
                return skipped("1006", &format!("Field '{unknown}' not found"));
            }
            let Some(vin) = car.get("vin") else { return skipped("1003", "vin is missing") };
            match objects.iter_mut().position(|own| own.get("vin") == Some(vin)) {
                Some(index) => {
                    if let Some(own) = objects.get_mut(index) {
                        own.extend(car.clone());
                    }
                    json!({ "marketoGUID": format!("car-{index}"), "status": "updated" })
                }
                None => {
                    objects.push(car.clone());
                    json!({ "marketoGUID": format!("car-{}", objects.len() - 1), "status": "created" })
                }
            }
        };
        Ok(json!({ "result": sync.input.iter().map(done).collect::<Vec<_>>() }))
    })
}
