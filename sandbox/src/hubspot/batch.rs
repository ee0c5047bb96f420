//! Up to a hundred records at once ("Batch" of each object, "Multi-status errors").

use super::envelope::{Api, Asked, call};
use super::failure::Error;
use super::links::Wished;
use super::store::{Named, Record, Wanted, shown};
use super::times;
use super::types::{Kind, kind};
use super::values::Fields;
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// "Limited to 100 records at a time."
const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    inputs: Vec<Input>,
    /// For a reading: what to show, and what the ids are values of.
    #[serde(default)]
    properties: Vec<String>,
    id_property: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    #[serde(default)]
    id: String,
    id_property: Option<String>,
    #[serde(default)]
    properties: Fields,
    #[serde(default)]
    associations: Vec<Wished>,
    object_write_trace_id: Option<String>,
}

impl Batch {
    fn read(asked: &Asked) -> Result<Self, Error> {
        let batch: Self = asked.body()?;
        match batch.inputs.len() {
            0 => Err(Error::invalid("Invalid input: inputs must not be empty")),
            1..=MOST => Ok(batch),
            count => Err(Error::invalid(format!(
                "The maximum number of inputs supported in a batch request is {MOST}; there are {count}."
            ))),
        }
    }

    /// Whether inputs can fail one by one: only when each has a trace id of its own, by which its error
    /// is known.
    fn is_traced(&self) -> bool {
        let traces: BTreeSet<_> =
            self.inputs.iter().filter_map(|own| own.object_write_trace_id.as_ref()).collect();
        traces.len() == self.inputs.len()
    }
}

/// What a batch is for.
#[derive(Clone, Copy)]
enum Action {
    Create,
    Update,
    Upsert,
}

pub(super) async fn create(
    state: State<Sandbox>,
    path: Path<(String, String)>,
    asked: Asked,
) -> Response {
    write(&state.0, &path.0.1, &asked, Action::Create)
}

pub(super) async fn update(
    state: State<Sandbox>,
    path: Path<(String, String)>,
    asked: Asked,
) -> Response {
    write(&state.0, &path.0.1, &asked, Action::Update)
}

/// Changes or creates records by a property with a value of its own.
pub(super) async fn upsert(
    state: State<Sandbox>,
    path: Path<(String, String)>,
    asked: Asked,
) -> Response {
    write(&state.0, &path.0.1, &asked, Action::Upsert)
}

fn write(sandbox: &Sandbox, object: &str, asked: &Asked, action: Action) -> Response {
    call(sandbox, asked, |api| {
        let kind = kind(object)?;
        api.needs(kind.write())?;
        let batch = Batch::read(asked)?;
        if matches!(action, Action::Upsert) {
            distinct(&batch.inputs)?;
        }
        let (before, links) = (api.world.all(api.portal.id, kind).clone(), api.world.links.clone());
        let told = api.world.events.len();
        let (mut results, mut errors) = (Vec::new(), Vec::new());
        for input in &batch.inputs {
            match one(api, kind, input, action) {
                Ok(result) => results.push(result),
                Err(error) if batch.is_traced() => {
                    errors.push(error.in_batch(input.object_write_trace_id.as_deref()));
                }
                Err(error) => {
                    // All or nothing.
                    *api.world.all(api.portal.id, kind) = before;
                    api.world.links = links;
                    api.world.events.truncate(told);
                    return Err(error);
                }
            }
        }
        let done =
            if matches!(action, Action::Create) { StatusCode::CREATED } else { StatusCode::OK };
        Ok(answer(api.now, done, results, errors))
    })
}

fn one(
    api: &mut Api<'_>,
    kind: &'static Kind,
    input: &Input,
    action: Action,
) -> Result<Value, Error> {
    let by = input.id_property.as_deref();
    let named = Named { by, ..Named::id(&input.id) };
    let (record, new) = match action {
        Action::Create => {
            let links = api.wished(kind, &input.associations)?;
            let record = api.create(kind, &input.properties)?;
            for (way, to) in links {
                api.world.link(api.portal.id, way, record.id, to);
            }
            (record, None)
        }
        Action::Update => (api.update(kind, named, &input.properties)?, None),
        Action::Upsert => upserted(api, kind, named, &input.properties)?,
    };
    let mut shown = shown(api.portal.id, kind, &record, Wanted::Set);
    if let Some(new) = new {
        shown.insert("new".to_owned(), json!(new));
    }
    if let Some(trace) = &input.object_write_trace_id {
        shown.insert("objectWriteTraceId".to_owned(), json!(trace));
    }
    Ok(Value::Object(shown))
}

fn upserted(
    api: &mut Api<'_>,
    kind: &'static Kind,
    named: Named<'_>,
    properties: &Fields,
) -> Result<(Record, Option<bool>), Error> {
    match (api.position(kind, named), named.by) {
        (Ok(_), _) => Ok((api.update(kind, named, properties)?, Some(false))),
        (Err(error), Some(by)) if by != "hs_object_id" && error.is_missing() => {
            let mut properties = properties.clone();
            properties.insert(by.to_owned(), json!(named.value));
            Ok((api.create(kind, &properties)?, Some(true)))
        }
        (Err(error), _) => Err(error),
    }
}

/// "All idProperty values must be the same", and no record comes twice.
fn distinct(inputs: &[Input]) -> Result<(), Error> {
    let properties: BTreeSet<_> = inputs.iter().map(|own| own.id_property.as_deref()).collect();
    if properties.len() > 1 {
        return Err(Error::invalid("All idProperty values of a batch must be the same."));
    }
    let ids: BTreeSet<_> = inputs.iter().map(|own| own.id.to_lowercase()).collect();
    if ids.len() < inputs.len() {
        return Err(Error::invalid("Duplicate ids found in batch input."));
    }
    Ok(())
}

/// Several records, by id or by a property; those that are missing are told of.
pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.read())?;
        let batch = Batch::read(&asked)?;
        let (mut results, mut missing) = (Vec::new(), Vec::new());
        for input in &batch.inputs {
            let by = batch.id_property.as_deref();
            match api.find(kind, Named { by, value: &input.id, archived: asked.archived() }) {
                Ok(record) => {
                    let record = record.clone();
                    let wanted = Wanted::Named(&batch.properties);
                    results.push(json!(shown(api.portal.id, kind, &record, wanted)));
                }
                Err(error) if error.is_missing() => missing.push(input.id.clone()),
                Err(error) => return Err(error),
            }
        }
        let mut errors = Vec::new();
        if !missing.is_empty() {
            let words = format!(
                "Could not get some {} objects, they may be deleted or not exist. Check that ids are valid.",
                kind.plural
            );
            errors
                .push(Error::gone(words).with("context", json!({ "ids": missing })).in_batch(None));
        }
        Ok(answer(api.now, StatusCode::OK, results, errors))
    })
}

/// Moves several records to the recycling bin.
pub(super) async fn archive(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.write())?;
        let now = api.now;
        for input in Batch::read(&asked)?.inputs {
            if let Ok(record) = api.find(kind, Named::id(&input.id)) {
                record.archived = Some(now);
                let id = record.id;
                api.deleted_event(kind, id);
            }
        }
        Ok((StatusCode::NO_CONTENT, Value::Null))
    })
}

/// 207 when some failed.
fn answer(
    now: i64,
    done: StatusCode,
    results: Vec<Value>,
    errors: Vec<Value>,
) -> (StatusCode, Value) {
    let at = times::shown(now);
    if errors.is_empty() {
        let body =
            json!({ "status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at });
        return (done, body);
    }
    let body = json!({
        "status": "COMPLETE", "results": results, "numErrors": errors.len(), "errors": errors,
        "startedAt": at, "completedAt": at,
    });
    (StatusCode::MULTI_STATUS, body)
}
