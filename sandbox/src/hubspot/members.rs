//! Who is on a list ("List memberships").

use super::envelope::{Api, Asked, Scope, call};
use super::failure::Error;
use super::lists::{READ, find, plain};
use super::seed::List;
use super::store::Named;
use super::times;
use super::types::kind;
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

/// Changing members takes both.
const WRITE: Scope = Scope::All(&["crm.lists.read", "crm.lists.write"]);
/// "Up to 100,000 records at a time."
const MOST: usize = 100_000;

/// A list that takes members: one that is filled by rules takes none.
fn open(api: &Api<'_>, id: &str) -> Result<List, Error> {
    let list = find(api.world.size, id)?;
    if list.processing == "DYNAMIC" {
        let words = format!("List {id} is DYNAMIC: its members cannot be changed by hand.");
        return Err(Error::invalid(words));
    }
    Ok(list)
}

/// The records that are there, and the ids of those that are not.
fn sorted(api: &mut Api<'_>, list: &List, ids: &[Value]) -> Result<(Vec<u64>, Vec<String>), Error> {
    if ids.len() > MOST {
        return Err(Error::invalid(format!("At most {MOST} records can be changed at a time.")));
    }
    let kind = kind(list.type_id)?;
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for id in ids.iter().map(plain) {
        match api.find(kind, Named::id(&id)) {
            Ok(record) => there.push(record.id),
            Err(_) => missing.push(id),
        }
    }
    Ok((there, missing))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Change {
    record_ids_to_add: Vec<Value>,
    record_ids_to_remove: Vec<Value>,
}

/// Adds and removes. Only what changed is told; `recordsIdsAdded`: so it is spelled.
fn changed(api: &mut Api<'_>, id: &str, change: &Change) -> Result<(StatusCode, Value), Error> {
    api.needs(WRITE)?;
    let list = open(api, id)?;
    let (add, mut missing) = sorted(api, &list, &change.record_ids_to_add)?;
    let (remove, none) = sorted(api, &list, &change.record_ids_to_remove)?;
    missing.extend(none);
    let now = api.now;
    let members = api.world.members.entry((api.portal.id, list.id)).or_default();
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for id in add {
        members.entry(id).or_insert_with(|| {
            added.push(id.to_string());
            now
        });
    }
    for id in remove {
        if members.remove(&id).is_some() {
            removed.push(id.to_string());
        }
    }
    let body = json!({ "recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing });
    Ok((StatusCode::OK, body))
}

/// Adds records.
pub(super) async fn add(
    State(sandbox): State<Sandbox>,
    Path((_, list)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let change = Change { record_ids_to_add: asked.body()?, ..Change::default() };
        changed(api, &list, &change)
    })
}

/// Removes records.
pub(super) async fn remove(
    State(sandbox): State<Sandbox>,
    Path((_, list)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        let change = Change { record_ids_to_remove: asked.body()?, ..Change::default() };
        changed(api, &list, &change)
    })
}

/// Adds some and removes others.
pub(super) async fn add_and_remove(
    State(sandbox): State<Sandbox>,
    Path((_, list)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| changed(api, &list, &asked.body()?))
}

/// Who is on it, page by page.
pub(super) async fn all(
    State(sandbox): State<Sandbox>,
    Path((version, list)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(READ)?;
        let page = asked.page(100, 250)?;
        let list = find(api.world.size, &list)?;
        let members = api.world.members.get(&(api.portal.id, list.id));
        let shown = |(id, at): (&u64, &i64)| json!({ "recordId": id.to_string(), "membershipTimestamp": times::shown(*at) });
        let all = members.into_iter().flatten().map(shown).collect();
        let path = format!("/crm/lists/{version}/{}/memberships", list.id);
        Ok((StatusCode::OK, page.of(all, &path)))
    })
}
