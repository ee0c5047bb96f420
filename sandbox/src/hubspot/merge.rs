//! Records that turn out to be one, and people who want to be forgotten ("Merge", "GDPR delete").

use super::envelope::{Asked, call};
use super::failure::Error;
use super::store::{Named, Wanted, shown};
use super::types::kind;
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merge {
    primary_object_id: String,
    object_id_to_merge: String,
}

/// Merges a record into another, whose values win; the merged one is archived.
pub(super) async fn merge(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.write())?;
        let Merge { primary_object_id, object_id_to_merge } = asked.body()?;
        if primary_object_id == object_id_to_merge {
            return Err(Error::invalid("A record cannot be merged with itself."));
        }
        let now = api.now;
        api.find(kind, Named::id(&primary_object_id))?;
        let merged = api.find(kind, Named::id(&object_id_to_merge))?;
        merged.archived = Some(now);
        let fields = merged.fields.clone();
        let primary = api.find(kind, Named::id(&primary_object_id))?;
        let own = std::mem::take(&mut primary.fields);
        primary.fields = fields;
        primary.write(own, now);
        let record = primary.clone();
        let more = json!({
            "changeFlag": "UPDATED", "primaryObjectId": record.id,
            "mergedObjectIds": [object_id_to_merge.parse::<u64>().unwrap_or_default()],
            "newObjectId": record.id,
        });
        api.happened(kind, record.id, ("merge", more));
        let body = shown(api.portal.id, kind, &record, Wanted::Set);
        Ok((StatusCode::OK, Value::Object(body)))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Forget {
    object_id: String,
    id_property: Option<String>,
}

/// Forgets a contact for good.
pub(super) async fn forget(
    State(sandbox): State<Sandbox>,
    Path((_, object)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let kind = kind(&object)?;
        api.needs(kind.write())?;
        if kind.plural != "contacts" {
            return Err(Error::invalid("Only contacts can be deleted for good."));
        }
        let Forget { object_id, id_property } = asked.body()?;
        let named = Named { by: id_property.as_deref(), ..Named::id(&object_id) };
        if let Ok(index) = api.position(kind, named) {
            api.world.all(api.portal.id, kind).remove(index);
        }
        Ok((StatusCode::NO_CONTENT, Value::Null))
    })
}
