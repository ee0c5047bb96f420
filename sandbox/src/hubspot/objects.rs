//! One set of calls for the records of every type ("CRM objects").

use super::envelope::{Asked, call};
use super::links::Wished;
use super::store::{Named, Wanted, shown};
use super::types::kind;
use super::values::Fields;
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is written of one record.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    pub(super) properties: Fields,
    /// The specification asks for them; the API does not.
    #[serde(default)]
    pub(super) associations: Vec<Wished>,
}

/// A new record. Contacts are unique by their address.
pub(super) async fn create(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.write())?;
        let Written { properties, associations } = asked.body()?;
        let links = api.wished(kind, &associations)?;
        let record = api.create(kind, &properties)?;
        for (way, to) in links {
            api.world.link(api.portal.id, way, record.id, to);
        }
        let body = shown(api.portal.id, kind, &record, Wanted::Set);
        Ok((StatusCode::CREATED, Value::Object(body)))
    })
}

/// One record, by its id or by a property, with the ids of those it is associated with.
pub(super) async fn read(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.read())?;
        let named = Named { value: &id, by: asked.query("idProperty"), archived: asked.archived() };
        let record = api.find(kind, named)?.clone();
        let names = asked.list("properties");
        let mut body = shown(api.portal.id, kind, &record, Wanted::Named(&names));
        let others = asked.list("associations");
        if let Some(own) = api.world.associations(api.portal.id, kind, &record, &others)? {
            body.insert("associations".to_owned(), own);
        }
        Ok((StatusCode::OK, Value::Object(body)))
    })
}

/// Changes a record. Answers what was written, and the usual dates.
pub(super) async fn update(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.write())?;
        let Written { properties, .. } = asked.body()?;
        let named = Named { by: asked.query("idProperty"), ..Named::id(&id) };
        let record = api.update(kind, named, &properties)?;
        let names: Vec<_> = properties.keys().cloned().collect();
        let body = shown(api.portal.id, kind, &record, Wanted::Named(&names));
        Ok((StatusCode::OK, Value::Object(body)))
    })
}

/// Moves a record to the recycling bin; doing it again is fine.
pub(super) async fn archive(
    State(sandbox): State<Sandbox>,
    Path((_, object, id)): Path<(String, String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.write())?;
        let now = api.now;
        if let Ok(record) = api.find(kind, Named::id(&id)) {
            record.archived = Some(now);
            let id = record.id;
            api.deleted_event(kind, id);
        }
        Ok((StatusCode::NO_CONTENT, Value::Null))
    })
}

/// The records, page by page.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path((version, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.read())?;
        let page = asked.page(10, 100)?;
        let (names, others) = (asked.list("properties"), asked.list("associations"));
        let live = api.world.all(api.portal.id, kind).iter();
        let fitting = live.filter(|own| own.archived.is_some() == asked.archived());
        // One more than the page shows whether there is another.
        let seen: Vec<_> =
            fitting.take(page.start.saturating_add(page.limit + 1)).cloned().collect();
        let mut results = vec![Value::Null; page.start.min(seen.len())];
        for record in seen.iter().skip(page.start) {
            let mut body = shown(api.portal.id, kind, record, Wanted::Named(&names));
            if let Some(own) = api.world.associations(api.portal.id, kind, record, &others)? {
                body.insert("associations".to_owned(), own);
            }
            results.push(json!(body));
        }
        let path = format!("/crm/objects/{version}/{}", kind.plural);
        Ok((StatusCode::OK, page.of(results, &path)))
    })
}
