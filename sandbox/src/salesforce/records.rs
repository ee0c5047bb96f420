//! Records one by one ("sObject Rows", "sObject Rows by External ID").

use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::field::{Field, Key};
use super::objects::Object;
use axum::http::StatusCode;
use serde_json::{Value, json};

pub(super) fn create(api: &mut Api<'_>, call: &Call, object: &'static Object) -> Done {
    let id = api.create(object, &call.fields()?)?;
    Ok((StatusCode::CREATED, json!({ "id": id, "success": true, "errors": [] })))
}

/// The fields that are asked for; all of them without.
fn wished(call: &Call, object: &'static Object) -> Result<Vec<&'static Field>, Error> {
    let Some(names) = call.query("fields").filter(|own| !own.trim().is_empty()) else {
        return Ok(object.fields().collect());
    };
    let mut fields: Vec<&'static Field> = Vec::new();
    for name in names.split(',').map(str::trim) {
        let field = object.field(name).ok_or_else(|| {
            let words = format!("No such column '{name}' on sobject of type {}", object.name);
            Error::bad("INVALID_FIELD", words)
        })?;
        if !fields.iter().any(|own| own.name == field.name) {
            fields.push(field);
        }
    }
    Ok(fields)
}

pub(super) fn read(api: &mut Api<'_>, call: &Call, object: &'static Object, id: &str) -> Done {
    let fields = wished(call, object)?;
    let version = api.version.clone();
    let record = api.find(object, id)?;
    let mut shown = record.shown(object, &version, fields.into_iter());
    // The id comes along, asked for or not.
    shown["Id"] = json!(record.id);
    Ok((StatusCode::OK, shown))
}

pub(super) fn update(api: &mut Api<'_>, call: &Call, object: &'static Object, id: &str) -> Done {
    let fields = call.fields()?;
    if fields.keys().any(|own| own.eq_ignore_ascii_case("id")) {
        let words = "The Id field should not be specified in the sobject data.";
        return Err(Error::bad("INVALID_FIELD", words).on("Id"));
    }
    api.update(object, id, &fields)?;
    Ok((StatusCode::NO_CONTENT, Value::Null))
}

pub(super) fn delete(api: &mut Api<'_>, object: &'static Object, id: &str) -> Done {
    api.delete(object, id)?;
    Ok((StatusCode::NO_CONTENT, Value::Null))
}

/// A field that records are found by, or the words that it is none.
pub(super) fn external_field(object: &'static Object, name: &str) -> Result<&'static Field, Error> {
    let external =
        |own: &&Field| own.name == "Id" || matches!(own.key, Key::External | Key::Unique);
    object.field(name).filter(external).ok_or_else(|| {
        let words =
            format!("Provided external ID field does not exist or is not accessible: {name}");
        Error::new(StatusCode::NOT_FOUND, "NOT_FOUND", words)
    })
}

/// Records by a value of an external id.
pub(super) fn external(
    api: &mut Api<'_>,
    call: &Call,
    object: &'static Object,
    (field, value): (&str, &str),
) -> Done {
    let field = external_field(object, field)?;
    if field.name == "Id" {
        return match call.method.as_str() {
            "GET" => read(api, call, object, value),
            "PATCH" => update(api, call, object, value),
            "DELETE" => delete(api, object, value),
            _ => Err(Error::missing()),
        };
    }
    let holders = api.holders(object, field, value);
    if holders.len() > 1 {
        let base = format!("/services/data/{}/sobjects/{}", api.version, object.name);
        let urls: Vec<String> = holders.iter().map(|id| format!("{base}/{id}")).collect();
        return Ok((StatusCode::MULTIPLE_CHOICES, json!(urls)));
    }
    match (call.method.as_str(), holders.first()) {
        ("GET", Some(id)) => read(api, call, object, id),
        ("DELETE", Some(id)) => delete(api, object, id),
        ("PATCH", found) => {
            let (id, created) = if found.is_none() && call.query("updateOnly") == Some("true") {
                return Err(Error::missing());
            } else {
                upsert(api, object, (field, value), &call.fields()?)?
            };
            let status = if created { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, json!({ "id": id, "success": true, "errors": [], "created": created })))
        }
        _ => Err(Error::missing()),
    }
}

/// Changes the one record with the value, or makes it. Whether it is new comes with its id.
pub(super) fn upsert(
    api: &mut Api<'_>,
    object: &'static Object,
    (field, value): (&'static Field, &str),
    given: &super::store::Fields,
) -> Result<(String, bool), Error> {
    if given.keys().any(|own| own.eq_ignore_ascii_case(field.name)) {
        let words =
            format!("The {} field should not be specified in the sobject data.", field.name);
        return Err(Error::bad("INVALID_FIELD", words).on(field.name));
    }
    let holders = api.holders(object, field, value);
    match holders.as_slice() {
        [] => {
            let mut given = given.clone();
            given.insert(field.name.to_owned(), json!(value));
            Ok((api.create(object, &given)?, true))
        }
        [id] => Ok((api.update(object, id, given)?, false)),
        many => {
            let words = format!(
                "{}: more than one record found for external id field: {many:?}",
                field.name
            );
            Err(Error::bad("DUPLICATE_EXTERNAL_ID", words))
        }
    }
}
