//! Calls that associate records ("Associations").

use super::envelope::{Api, Asked, call};
use super::failure::Error;
use super::links::{self, Spec};
use super::store::Named;
use super::times;
use super::types::{Kind, kind};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

type Types = (&'static Kind, &'static Kind);

/// Version, type and id of a record, type and id of another.
type Pair = (String, String, String, String, String);

/// Both types and both records are there, and may be seen or changed.
fn both(api: &mut Api<'_>, pair: &Pair, write: bool) -> Result<(Types, u64, u64), Error> {
    let (_, from, from_id, to, to_id) = pair;
    let (from, to) = (kind(from)?, kind(to)?);
    for own in [from, to] {
        api.needs(if write { own.write() } else { own.read() })?;
    }
    let from_id = api.find(from, Named::id(from_id))?.id;
    let to_id = api.find(to, Named::id(to_id))?.id;
    Ok(((from, to), from_id, to_id))
}

/// Associates two records by the default of their types; doing it again is fine.
pub(super) async fn put_default(
    State(sandbox): State<Sandbox>,
    Path(pair): Path<Pair>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let ((from, to), from_id, to_id) = both(api, &pair, true)?;
        let way = links::default(from, to)?;
        api.world.link(api.portal.id, way, from_id, to_id);
        let one = |from: u64, to: u64, id: u64| {
            json!({
                "from": { "id": from.to_string() }, "to": { "id": to.to_string() },
                "associationSpec": { "associationCategory": way.category(), "associationTypeId": id },
            })
        };
        let results = [one(from_id, to_id, way.id), one(to_id, from_id, way.back)];
        let at = times::shown(api.now);
        let body =
            json!({ "status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at });
        Ok((StatusCode::OK, body))
    })
}

/// Associates two records with labels.
pub(super) async fn put(
    State(sandbox): State<Sandbox>,
    Path(pair): Path<Pair>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let ((from, to), from_id, to_id) = both(api, &pair, true)?;
        let specs: Vec<Spec> = asked.body()?;
        let ways =
            specs.iter().map(|own| own.way(from, Some(to))).collect::<Result<Vec<_>, _>>()?;
        if ways.is_empty() {
            return Err(Error::invalid("At least one association type is needed."));
        }
        for way in &ways {
            api.world.link(api.portal.id, *way, from_id, to_id);
        }
        let labels: Vec<_> = ways.iter().filter_map(|way| way.label).collect();
        let body = json!({
            "fromObjectTypeId": from.id, "fromObjectId": from_id.to_string(),
            "toObjectTypeId": to.id, "toObjectId": to_id.to_string(), "labels": labels,
        });
        Ok((StatusCode::CREATED, body))
    })
}

/// Ends the associations of two records.
pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    Path(pair): Path<Pair>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let (types, from_id, to_id) = both(api, &pair, true)?;
        api.world.unlink(api.portal.id, types, from_id, to_id);
        Ok((StatusCode::NO_CONTENT, Value::Null))
    })
}

/// What a record is associated with. `/v3` told ids and names, later versions tell labels.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path((version, from, id, to)): Path<(String, String, String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let (from, to) = (kind(&from)?, kind(&to)?);
        api.needs(from.read())?;
        api.needs(to.read())?;
        let page = asked.page(500, 500)?;
        let id = api.find(from, Named::id(&id))?.id;
        let all = api.world.linked(api.portal.id, (from, to), id);
        let shown = all.iter().map(|(other, ways)| {
            let types: Vec<_> = ways.iter().map(links::Way::shown).collect();
            if version == "v3" {
                let name = format!("{}_to_{}", from.singular, to.singular);
                json!({ "id": other.to_string(), "type": name })
            } else {
                json!({ "toObjectId": other.to_string(), "associationTypes": types })
            }
        });
        let path =
            format!("/crm/objects/{version}/{}/{id}/associations/{}", from.plural, to.plural);
        Ok((StatusCode::OK, page.of(shown.collect(), &path)))
    })
}
