//! Up to 200 records at once ("sObject Collections").

use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::objects::{Object, object};
use super::records::{external_field, upsert as upsert_one};
use super::store::Fields;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

const MOST: usize = 200;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Records {
    #[serde(default)]
    all_or_none: bool,
    records: Vec<Fields>,
}

fn few(count: usize) -> Result<(), Error> {
    if count <= MOST {
        return Ok(());
    }
    let words = "record limit reached. cannot submit more than 200 records into this call";
    Err(Error::bad("EXCEEDED_ID_LIMIT", words))
}

/// What became of a record: its id and, of an upsert, whether it is new.
type Outcome = Result<(String, Option<bool>), Error>;

/// Does the work, and undoes it when all must go well.
fn each<T>(
    api: &mut Api<'_>,
    all_or_none: bool,
    items: &[T],
    mut work: impl FnMut(&mut Api<'_>, &T) -> Outcome,
) -> Value {
    let before = all_or_none.then(|| api.world.records.clone());
    let outcomes: Vec<Outcome> = items.iter().map(|item| work(api, item)).collect();
    let failed = outcomes.iter().any(Result::is_err);
    let undone = match before {
        Some(before) if failed => {
            api.world.records = before;
            true
        }
        _ => false,
    };
    let words = "Record rolled back because not all records were valid and the request was using AllOrNone header";
    let halted = Error::bad("ALL_OR_NONE_OPERATION_ROLLED_BACK", words);
    let shown = |outcome: Outcome| match outcome {
        Err(error) => json!({ "success": false, "errors": [error.of_record()] }),
        Ok(_) if undone => json!({ "success": false, "errors": [halted.of_record()] }),
        Ok((id, None)) => json!({ "id": id, "success": true, "errors": [] }),
        Ok((id, Some(created))) => {
            json!({ "id": id, "success": true, "errors": [], "created": created })
        }
    };
    outcomes.into_iter().map(shown).collect()
}

/// The object that a record says it is of.
fn object_of(record: &Fields) -> Result<&'static Object, Error> {
    let name = record.get("attributes").and_then(|own| own["type"].as_str());
    name.and_then(object).ok_or_else(|| {
        let words = "sObject type is missing in attributes, or is not supported";
        Error::bad("INVALID_TYPE", words)
    })
}

/// The id among a record's fields, taken out.
fn id_of(record: &mut Fields) -> Result<String, Error> {
    let key = record.keys().find(|own| own.eq_ignore_ascii_case("id")).cloned();
    let id = key.and_then(|key| record.shift_remove(&key));
    id.as_ref()
        .and_then(Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| Error::bad("MISSING_ARGUMENT", "Id not specified in an update call"))
}

/// Creates, changes or deletes several records.
pub(super) fn write(api: &mut Api<'_>, call: &Call) -> Done {
    let results = match call.method.as_str() {
        "DELETE" => {
            let ids: Vec<&str> = call.query("ids").unwrap_or_default().split(',').collect();
            few(ids.len())?;
            each(api, call.query("allOrNone") == Some("true"), &ids, |api, id| {
                let own = super::objects::OBJECTS.iter().find(|own| id.starts_with(own.prefix));
                let own =
                    own.ok_or_else(|| Error::bad("MALFORMED_ID", format!("malformed id {id}")))?;
                Ok((api.delete(own, id)?, None))
            })
        }
        "POST" | "PATCH" => {
            let Records { all_or_none, records } = call.json()?;
            few(records.len())?;
            let creates = call.method == "POST";
            each(api, all_or_none, &records, |api, record| {
                let (own, mut record) = (object_of(record)?, record.clone());
                if creates {
                    return Ok((api.create(own, &record)?, None));
                }
                let id = id_of(&mut record)?;
                Ok((api.update(own, &id, &record)?, None))
            })
        }
        _ => return Err(Error::missing()),
    };
    Ok((StatusCode::OK, results))
}

/// Changes or creates several records, by an external id.
pub(super) fn upsert(api: &mut Api<'_>, call: &Call, object: &'static Object, field: &str) -> Done {
    let field = external_field(object, field)?;
    let Records { all_or_none, records } = call.json()?;
    few(records.len())?;
    let results = each(api, all_or_none, &records, |api, record| {
        let mut record = record.clone();
        let key = record.keys().find(|own| own.eq_ignore_ascii_case(field.name)).cloned();
        let value = key.and_then(|key| record.shift_remove(&key));
        let value = value.as_ref().and_then(Value::as_str).ok_or_else(|| {
            Error::bad("MISSING_ARGUMENT", format!("{} not specified", field.name))
        })?;
        let (id, created) = upsert_one(api, object, (field, value), &record)?;
        Ok((id, Some(created)))
    });
    Ok((StatusCode::OK, results))
}

/// Which records are read; asked for in the query, or in a body where there are many.
#[derive(Deserialize)]
struct Wanted {
    ids: Vec<String>,
    fields: Vec<String>,
}

impl Wanted {
    fn of(call: &Call) -> Result<Self, Error> {
        if call.method == "POST" {
            return call.json();
        }
        let list = |key: &str, usual: &str| -> Vec<String> {
            let text = call.query(key).unwrap_or(usual);
            text.split(',').map(|own| own.trim().to_owned()).collect()
        };
        Ok(Self { ids: list("ids", ""), fields: list("fields", "Id") })
    }
}

/// Several records by their ids; null for those that are not there.
pub(super) fn read(api: &mut Api<'_>, call: &Call, object: &'static Object) -> Done {
    let wanted = Wanted::of(call)?;
    let mut fields = Vec::new();
    for name in &wanted.fields {
        fields.push(object.field(name).ok_or_else(|| {
            let words = format!("No such column '{name}' on sobject of type {}", object.name);
            Error::bad("INVALID_FIELD", words)
        })?);
    }
    let version = api.version.clone();
    let mut rows = Vec::new();
    for id in &wanted.ids {
        let own = api.find(object, id);
        let shown =
            |own: &mut super::store::Record| own.shown(object, &version, fields.iter().copied());
        rows.push(own.map_or(Value::Null, shown));
    }
    Ok((StatusCode::OK, json!(rows)))
}
