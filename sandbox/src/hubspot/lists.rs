//! Lists, and who is on those that are filled by hand ("Lists").

use super::envelope::{Error, call};
use super::seed;
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Question {
    query: String,
    offset: usize,
    count: Option<usize>,
    processing_types: Vec<String>,
}

/// Lists by a part of their name.
pub(super) async fn search(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    call(&sandbox, &headers, "crm.lists.read", |hubspot, _, _| {
        let asked: Question = serde_json::from_str(&body)
            .map_err(|why| Error::invalid(format!("Invalid input JSON: {why}")))?;
        let query = asked.query.to_lowercase();
        let fits = |list: &seed::List| {
            let kind = asked.processing_types.is_empty()
                || asked.processing_types.iter().any(|own| own == list.processing);
            kind && list.name.to_lowercase().contains(&query)
        };
        let found: Vec<_> = seed::lists(hubspot.lists).filter(fits).collect();
        let count = asked.count.unwrap_or(20).min(500);
        let page: Vec<_> = found
            .iter()
            .skip(asked.offset)
            .take(count)
            .map(|list| json!({ "listId": list.id, "name": list.name, "objectTypeId": "0-1", "processingType": list.processing }))
            .collect();
        let offset = asked.offset + page.len();
        let more = offset < found.len();
        Ok((
            StatusCode::OK,
            json!({ "lists": page, "hasMore": more, "offset": offset, "total": found.len() }),
        ))
    })
}

/// Adds records to a list. (`recordsIdsAdded`: so it is spelled.)
pub(super) async fn add(
    State(sandbox): State<Sandbox>,
    Path((_, list)): Path<(String, String)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    call(&sandbox, &headers, "crm.lists.write", |hubspot, portal, _| {
        let ids: Vec<Value> = serde_json::from_str(&body)
            .map_err(|why| Error::invalid(format!("Invalid input JSON: {why}")))?;
        let known = seed::lists(hubspot.lists).find(|own| own.id == list);
        let known = known.ok_or_else(|| Error::gone(format!("List {list} does not exist.")))?;
        if known.processing == "DYNAMIC" {
            return Err(Error::invalid("A dynamic list is filled by its rules."));
        }
        let contacts = hubspot.records.get(&(portal.id, "contacts".to_owned()));
        let exists = |id: &String| {
            contacts.is_some_and(|all| all.iter().any(|own| own.id == *id && !own.archived))
        };
        let ids = ids.iter().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let (there, missing): (Vec<_>, Vec<_>) = ids.partition(exists);
        let members = hubspot.members.entry((portal.id, list)).or_default();
        let added: Vec<_> = there.into_iter().filter(|id| members.insert(id.clone())).collect();
        let body = json!({ "recordsIdsAdded": added, "recordsIdsRemoved": [], "recordIdsMissing": missing });
        Ok((StatusCode::OK, body))
    })
}
