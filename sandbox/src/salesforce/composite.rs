//! Several calls in one ("Composite", "Batch").

use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::rest::dispatch;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MOST: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Composite {
    #[serde(default)]
    all_or_none: bool,
    composite_request: Vec<Part>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    method: String,
    url: String,
    reference_id: String,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    #[serde(default)]
    halt_on_error: bool,
    batch_requests: Vec<Single>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Single {
    method: String,
    url: String,
    #[serde(default)]
    rich_input: Value,
}

fn few(count: usize) -> Result<(), Error> {
    if count <= MOST {
        return Ok(());
    }
    let words = "The maximum number of subrequests allowed is 25";
    Err(Error::bad("LIMIT_EXCEEDED", words))
}

/// One of the calls. Where it goes begins with a version, as the whole one did.
fn one(api: &mut Api<'_>, method: &str, url: &str, body: &Value) -> (StatusCode, Value) {
    let url = url.strip_prefix("/services/data/").unwrap_or(url).trim_start_matches('/');
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let done = match path.split_once('/') {
        Some((version, path)) if version == api.version => {
            let call = Call::new(method, path, query).with(body);
            // Not one within another.
            let nested = matches!(call.path.first().map(String::as_str), Some("composite"))
                && call.path.get(1).map(String::as_str) != Some("sobjects");
            if nested { Err(Error::missing()) } else { dispatch(api, &call) }
        }
        _ => Err(Error::missing()),
    };
    done.unwrap_or_else(|error| (error.status, error.body()))
}

/// Calls one after the other, which may refer to what came before: `@{account.id}`.
pub(super) fn run(api: &mut Api<'_>, call: &Call) -> Done {
    let Composite { all_or_none, composite_request } = call.json()?;
    few(composite_request.len())?;
    let before = all_or_none.then(|| api.world.records.clone());
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    let mut answers: Vec<(String, StatusCode, Value)> = Vec::new();
    for part in composite_request {
        let url = referred(&part.url, &known);
        let body = referred_in(part.body, &known);
        let (status, body) = match (url, body) {
            (Ok(url), Ok(body)) => one(api, &part.method, &url, &body),
            (Err(error), _) | (_, Err(error)) => (error.status, error.body()),
        };
        if status.is_success() {
            known.insert(part.reference_id.clone(), body.clone());
        }
        answers.push((part.reference_id, status, body));
    }
    let failed = answers.iter().any(|(_, status, _)| !status.is_success());
    let undone = failed && before.is_some();
    if let (true, Some(before)) = (failed, before) {
        api.world.records = before;
    }
    let halted = Error::bad(
        "PROCESSING_HALTED",
        "The transaction was rolled back since another operation in the same transaction failed.",
    );
    let shown: Vec<Value> = answers
        .into_iter()
        .map(|(reference, status, body)| {
            let (status, body) = if undone && status.is_success() {
                (halted.status, halted.body())
            } else {
                (status, body)
            };
            json!({ "body": body, "httpHeaders": {}, "httpStatusCode": status.as_u16(), "referenceId": reference })
        })
        .collect();
    Ok((StatusCode::OK, json!({ "compositeResponse": shown })))
}

/// Calls that know nothing of each other.
pub(super) fn batch(api: &mut Api<'_>, call: &Call) -> Done {
    let Batch { halt_on_error, batch_requests } = call.json()?;
    few(batch_requests.len())?;
    let mut results: Vec<Value> = Vec::new();
    let mut failed = false;
    for part in batch_requests {
        let (status, body) = if failed && halt_on_error {
            let halted = Error::new(
                StatusCode::PRECONDITION_FAILED,
                "BATCH_PROCESSING_HALTED",
                "Batch processing halted per request",
            );
            (halted.status, halted.body())
        } else {
            one(api, &part.method, &part.url, &part.rich_input)
        };
        failed |= !status.is_success();
        results.push(json!({ "statusCode": status.as_u16(), "result": body }));
    }
    Ok((StatusCode::OK, json!({ "hasErrors": failed, "results": results })))
}

/// Puts what is known in the place of references.
fn referred(text: &str, known: &BTreeMap<String, Value>) -> Result<String, Error> {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("@{") {
        let (name, after) = behind.split_once('}').ok_or_else(|| unknown(behind))?;
        let (reference, path) = name.split_once('.').unwrap_or((name, ""));
        // `records[0].Id` is `/records/0/Id`.
        let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
        let value = known.get(reference).and_then(|own| own.pointer(&pointer));
        whole.push_str(before);
        match value.ok_or_else(|| unknown(name))? {
            Value::String(own) => whole.push_str(own),
            other => whole.push_str(&other.to_string()),
        }
        rest = after;
    }
    whole.push_str(rest);
    Ok(whole)
}

fn unknown(name: &str) -> Error {
    let words = format!(
        "Invalid reference specified. No value for {name} found in the results of earlier subrequests"
    );
    Error::bad("PROCESSING_HALTED", words)
}

fn referred_in(body: Value, known: &BTreeMap<String, Value>) -> Result<Value, Error> {
    Ok(match body {
        Value::String(text) => json!(referred(&text, known)?),
        Value::Array(items) => {
            let items: Result<Vec<_>, _> =
                items.into_iter().map(|own| referred_in(own, known)).collect();
            Value::Array(items?)
        }
        Value::Object(map) => {
            let mut whole = serde_json::Map::new();
            for (key, value) in map {
                whole.insert(key, referred_in(value, known)?);
            }
            Value::Object(whole)
        }
        other => other,
    })
}
