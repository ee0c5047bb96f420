//! The REST API: records and what is known of them.

use super::VERSIONS;
use super::oauth::bearer;
use super::objects::{Check, OBJECTS, Object, error, object};
use crate::clock::salesforce_time;
use crate::state::{Record, Sandbox};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

pub(crate) type Answer = Result<Response, Response>;

fn refused(status: StatusCode, body: Value) -> Response {
    (status, Json(body)).into_response()
}

fn bad(body: Value) -> Response {
    refused(StatusCode::BAD_REQUEST, body)
}

fn not_found() -> Response {
    let body = error("NOT_FOUND", "The requested resource does not exist", &[]);
    refused(StatusCode::NOT_FOUND, body)
}

/// Every call: a live token of this org, a known version, a call left today.
pub(crate) fn admit(
    sandbox: &Sandbox,
    org: &str,
    version: &str,
    headers: &HeaderMap,
) -> Result<(), Response> {
    let user = bearer(sandbox, headers).filter(|user| user.org == org);
    if user.is_none() {
        let body = error("INVALID_SESSION_ID", "Session expired or invalid", &[]);
        return Err(refused(StatusCode::UNAUTHORIZED, body));
    }
    let number = version.strip_prefix('v').and_then(|v| v.strip_suffix(".0")?.parse().ok());
    if !number.is_some_and(|number| VERSIONS.contains(&number)) {
        return Err(not_found());
    }
    let mut world = sandbox.world();
    world.calls += 1;
    if world.calls > world.settings.daily_calls {
        let body = error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", &[]);
        return Err(refused(StatusCode::FORBIDDEN, body));
    }
    Ok(())
}

fn known(name: &str) -> Result<&'static Object, Response> {
    object(name).ok_or_else(not_found)
}

fn with_limits(sandbox: &Sandbox, mut response: Response) -> Response {
    let world = sandbox.world();
    let usage = format!("api-usage={}/{}", world.calls, world.settings.daily_calls);
    if let Ok(usage) = HeaderValue::from_str(&usage) {
        response.headers_mut().insert("Sforce-Limit-Info", usage);
    }
    response
}

fn fields(body: &Bytes) -> Result<Map<String, Value>, Response> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(bad(error("JSON_PARSER_ERROR", "The HTTP entity body is not a JSON object", &[]))),
    }
}

pub(crate) async fn versions() -> Json<Value> {
    let list = VERSIONS.map(|number| {
        json!({ "label": format!("v{number}"), "url": format!("/services/data/v{number}.0"), "version": format!("{number}.0") })
    });
    Json(list.collect())
}

pub(crate) async fn objects(
    State(sandbox): State<Sandbox>,
    Path((org, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let list: Vec<Value> = OBJECTS
        .iter()
        .map(|own| json!({ "name": own.name, "label": own.name, "keyPrefix": own.prefix, "custom": false, "createable": true, "queryable": true }))
        .collect();
    let body = json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": list });
    Ok(with_limits(&sandbox, Json(body).into_response()))
}

pub(crate) async fn describe(
    State(sandbox): State<Sandbox>,
    Path((org, version, name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    Ok(with_limits(&sandbox, Json(known(&name)?.describe()).into_response()))
}

pub(crate) async fn create(
    State(sandbox): State<Sandbox>,
    Path((org, version, name)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let own = known(&name)?;
    let checked = own.checked(&fields(&body)?, Check::Whole).map_err(bad)?;
    let id = {
        let mut world = sandbox.world();
        let (id, now) = (world.new_id(own.prefix), world.now());
        let record = Record {
            id: id.clone(),
            created_ms: now,
            changed_ms: now,
            deleted: false,
            fields: checked,
        };
        world.records.entry((org, own.name.to_owned())).or_default().push(record);
        id
    };
    let body = json!({ "id": id, "success": true, "errors": [] });
    Ok(with_limits(&sandbox, (StatusCode::CREATED, Json(body)).into_response()))
}

pub(crate) fn as_json(object: &Object, record: &Record) -> Value {
    let mut body = record.fields.clone();
    let url = format!("/services/data/v66.0/sobjects/{}/{}", object.name, record.id);
    body.insert("attributes".to_owned(), json!({ "type": object.name, "url": url }));
    body.insert("Id".to_owned(), json!(record.id));
    body.insert("CreatedDate".to_owned(), json!(salesforce_time(record.created_ms)));
    body.insert("SystemModstamp".to_owned(), json!(salesforce_time(record.changed_ms)));
    Value::Object(body)
}

/// Finds a record by the first 15 characters of its id and works on it.
fn on_record(
    sandbox: &Sandbox,
    org: &str,
    own: &Object,
    id: &str,
    work: impl FnOnce(&mut Record, i64) -> Response,
) -> Answer {
    if !(id.len() == 15 || id.len() == 18) {
        let message = format!("{} ID: id value of incorrect type: {id}", own.name);
        return Err(bad(error("MALFORMED_ID", message, &["Id"])));
    }
    let mut world = sandbox.world();
    let now = world.now();
    let records = world.records.get_mut(&(org.to_owned(), own.name.to_owned()));
    let record = records.into_iter().flatten().find(|record| record.id[..15] == id[..15]);
    match record {
        None => Err(not_found()),
        Some(record) if record.deleted => {
            let body = error("ENTITY_IS_DELETED", "entity is deleted", &[]);
            Err(refused(StatusCode::NOT_FOUND, body))
        }
        Some(record) => Ok(work(record, now)),
    }
}

pub(crate) async fn read(
    State(sandbox): State<Sandbox>,
    Path((org, version, name, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let own = known(&name)?;
    let found = on_record(&sandbox, &org, own, &id, |record, _| {
        Json(as_json(own, record)).into_response()
    })?;
    Ok(with_limits(&sandbox, found))
}

pub(crate) async fn update(
    State(sandbox): State<Sandbox>,
    Path((org, version, name, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let own = known(&name)?;
    let checked = own.checked(&fields(&body)?, Check::Part).map_err(bad)?;
    let done = on_record(&sandbox, &org, own, &id, |record, now| {
        record.fields.extend(checked);
        record.changed_ms = now;
        StatusCode::NO_CONTENT.into_response()
    })?;
    Ok(with_limits(&sandbox, done))
}

pub(crate) async fn delete(
    State(sandbox): State<Sandbox>,
    Path((org, version, name, id)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let own = known(&name)?;
    let done = on_record(&sandbox, &org, own, &id, |record, now| {
        record.deleted = true;
        record.changed_ms = now;
        StatusCode::NO_CONTENT.into_response()
    })?;
    Ok(with_limits(&sandbox, done))
}

pub(crate) async fn limits(
    State(sandbox): State<Sandbox>,
    Path((org, version)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let (calls, most) = {
        let world = sandbox.world();
        (world.calls, world.settings.daily_calls)
    };
    let body =
        json!({ "DailyApiRequests": { "Max": most, "Remaining": most.saturating_sub(calls) } });
    Ok(with_limits(&sandbox, Json(body).into_response()))
}
