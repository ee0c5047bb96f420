//! Which path does what ("REST API Developer Guide: Reference").

use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::objects::{Object, object};
use super::{
    VERSIONS, changes, collections, composite, describe, layout, limits, listviews, query, records,
};
use axum::Json;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// An object that is there.
pub(super) fn known(name: &str) -> Result<&'static Object, Error> {
    object(name).ok_or_else(Error::missing)
}

/// The versions, for everybody. Three come in a year.
pub(super) async fn versions() -> Json<Value> {
    let list = VERSIONS.map(|number| {
        let (season, year) = match number % 3 {
            0 => ("Spring '", 24 + (number - 60) / 3),
            1 => ("Summer '", 24 + (number - 61) / 3),
            _ => ("Winter '", 25 + (number - 62) / 3),
        };
        json!({
            "label": format!("{season}{year}"), "url": format!("/services/data/v{number}.0"),
            "version": format!("{number}.0"),
        })
    });
    Json(list.collect())
}

fn resources(api: &Api<'_>) -> Done {
    let at = |path: &str| format!("/services/data/{}/{path}", api.version);
    let body = json!({
        "composite": at("composite"), "limits": at("limits"), "query": at("query"),
        "queryAll": at("queryAll"), "sobjects": at("sobjects"), "ui-api": at("ui-api"),
    });
    Ok((StatusCode::OK, body))
}

/// Does what a call asks for.
pub(super) fn dispatch(api: &mut Api<'_>, call: &Call) -> Done {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("GET", []) => resources(api),
        ("GET", ["limits"]) => limits::shown(api),
        ("GET", ["query"]) => query::run(api, call, false),
        ("GET", ["queryAll"]) => query::run(api, call, true),
        ("GET", ["query" | "queryAll", locator]) => query::more(api, call, locator),
        ("GET", ["sobjects"]) => describe::global(api),
        ("GET", ["sobjects", name]) => describe::basic(api, known(name)?),
        ("POST", ["sobjects", name]) => records::create(api, call, known(name)?),
        ("GET", ["sobjects", name, "describe"]) => describe::whole(api, known(name)?),
        ("GET", ["sobjects", name, "updated"]) => changes::updated(api, call, known(name)?),
        ("GET", ["sobjects", name, "deleted"]) => changes::deleted(api, call, known(name)?),
        ("GET", ["sobjects", name, "listviews"]) => listviews::all(api, known(name)?),
        ("GET", ["sobjects", name, "listviews", id]) => listviews::one(api, known(name)?, id),
        ("GET", ["sobjects", name, "listviews", id, "describe"]) => {
            listviews::described(api, known(name)?, id)
        }
        ("GET", ["sobjects", name, "listviews", id, "results"]) => {
            listviews::results(api, call, known(name)?, id)
        }
        ("GET", ["sobjects", name, id]) => records::read(api, call, known(name)?, id),
        ("PATCH", ["sobjects", name, id]) => records::update(api, call, known(name)?, id),
        ("DELETE", ["sobjects", name, id]) => records::delete(api, known(name)?, id),
        (_, ["sobjects", name, field, value]) => {
            records::external(api, call, known(name)?, (field, value))
        }
        ("GET", ["ui-api", "object-info", name]) => layout::object_info(api, known(name)?),
        ("GET", ["ui-api", "object-info", name, "picklist-values", id]) => {
            layout::picklists(api, known(name)?, id)
        }
        ("GET", ["ui-api", "object-info", name, "picklist-values", id, field]) => {
            layout::picklist(api, known(name)?, id, field)
        }
        ("POST", ["composite"]) => composite::run(api, call),
        ("POST", ["composite", "batch"]) => composite::batch(api, call),
        ("GET" | "POST", ["composite", "sobjects", name]) => {
            collections::read(api, call, known(name)?)
        }
        (_, ["composite", "sobjects"]) => collections::write(api, call),
        ("PATCH", ["composite", "sobjects", name, field]) => {
            collections::upsert(api, call, known(name)?, field)
        }
        (method, ["sobjects", ..] | ["query"] | ["limits"]) if method != "GET" => {
            let words = format!(
                "HTTP Method '{method}' not allowed. Allowed are GET,HEAD,PATCH,DELETE,POST"
            );
            Err(Error::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", words))
        }
        _ => Err(Error::missing()),
    }
}
