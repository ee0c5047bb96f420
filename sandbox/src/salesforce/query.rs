//! A little SOQL: `SELECT a, b FROM Lead [WHERE x = 'y' [AND …]] [LIMIT n]`, paged.

use super::objects::{error, object};
use super::rest::{Answer, admit, as_json};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many records a page has: small, so that paging is met early.
const PAGE: usize = 200;

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

struct Soql {
    fields: Vec<String>,
    object: String,
    conditions: Vec<(String, String)>,
    limit: Option<usize>,
}

fn malformed(message: impl Into<String>) -> Response {
    let body = error("MALFORMED_QUERY", message, &[]);
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

fn parse(text: &str) -> Option<Soql> {
    let (fields, rest) = split(text.trim().strip_prefix_ignoring_case("select ")?, " from ")?;
    let (rest, limit) = match split(rest, " limit ") {
        Some((rest, limit)) => (rest, Some(limit.trim().parse().ok()?)),
        None => (rest, None),
    };
    let (object, conditions) = match split(rest, " where ") {
        Some((object, conditions)) => (object, conditions),
        None => (rest, ""),
    };
    let mut parsed = Vec::new();
    let mut rest = conditions;
    while !rest.trim().is_empty() {
        let (condition, after) = split(rest, " and ").unwrap_or((rest, ""));
        let (field, value) = condition.split_once('=')?;
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let value = value.replace("\\'", "'").replace("\\\\", "\\");
        parsed.push((field.trim().to_owned(), value));
        rest = after;
    }
    Some(Soql {
        fields: fields.split(',').map(|field| field.trim().to_owned()).collect(),
        object: object.trim().to_owned(),
        conditions: parsed,
        limit,
    })
}

trait IgnoringCase {
    fn strip_prefix_ignoring_case(&self, prefix: &str) -> Option<&str>;
}

impl IgnoringCase for str {
    fn strip_prefix_ignoring_case(&self, prefix: &str) -> Option<&str> {
        let start = self.get(..prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then(|| &self[prefix.len()..])
    }
}

fn split<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    let at = text.to_ascii_lowercase().find(word)?;
    Some((&text[..at], &text[at + word.len()..]))
}

pub(crate) async fn run(
    State(sandbox): State<Sandbox>,
    Path((org, version)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    page(&sandbox, &org, &version, &asked.q, 0)
}

/// The locator is the query itself and where the page begins, in hex.
pub(crate) async fn more(
    State(sandbox): State<Sandbox>,
    Path((org, version, locator)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    admit(&sandbox, &org, &version, &headers)?;
    let expired = || {
        let body = error("INVALID_QUERY_LOCATOR", "invalid query locator", &[]);
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let (query, start) = locator.split_once('-').ok_or_else(expired)?;
    let bytes: Option<Vec<u8>> = (0..query.len() / 2)
        .map(|index| u8::from_str_radix(query.get(index * 2..index * 2 + 2)?, 16).ok())
        .collect();
    let query = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(expired)?;
    page(&sandbox, &org, &version, &query, start.parse().map_err(|_| expired())?)
}

fn page(sandbox: &Sandbox, org: &str, version: &str, query: &str, start: usize) -> Answer {
    let soql = parse(query).ok_or_else(|| malformed(format!("unexpected token: {query}")))?;
    let own = object(&soql.object).ok_or_else(|| {
        let message = format!("sObject type '{}' is not supported.", soql.object);
        (StatusCode::BAD_REQUEST, Json(error("INVALID_TYPE", message, &[]))).into_response()
    })?;
    let built_in = ["Id", "CreatedDate", "SystemModstamp"];
    for field in soql.fields.iter().chain(soql.conditions.iter().map(|(field, _)| field)) {
        if !built_in.contains(&field.as_str()) && own.field(field).is_none() {
            let message = format!("No such column '{field}' on entity '{}'", own.name);
            let body = error("INVALID_FIELD", message, &[]);
            return Err((StatusCode::BAD_REQUEST, Json(body)).into_response());
        }
    }
    let world = sandbox.world();
    let records = world.records.get(&(org.to_owned(), own.name.to_owned()));
    let found: Vec<Value> = records
        .into_iter()
        .flatten()
        .filter(|record| !record.deleted)
        .map(|record| as_json(own, record))
        .filter(|record| {
            soql.conditions.iter().all(|(field, value)| record[field.as_str()] == value.as_str())
        })
        .take(soql.limit.unwrap_or(usize::MAX))
        .collect();
    let shown: Vec<Value> = found
        .iter()
        .skip(start)
        .take(PAGE)
        .map(|record| {
            let chosen =
                soql.fields.iter().map(|field| (field.clone(), record[field.as_str()].clone()));
            let mut row: serde_json::Map<String, Value> = chosen.collect();
            row.insert("attributes".to_owned(), record["attributes"].clone());
            Value::Object(row)
        })
        .collect();
    let end = start + shown.len();
    let done = end >= found.len();
    let mut body = json!({ "totalSize": found.len(), "done": done, "records": shown });
    if !done {
        let hex: String = query.bytes().map(|byte| format!("{byte:02x}")).collect();
        body["nextRecordsUrl"] = json!(format!("/services/data/{version}/query/{hex}-{end}"));
    }
    Ok(Json(body).into_response())
}
