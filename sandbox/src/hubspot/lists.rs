//! Lists: finding them ("Lists"). Who is on them is in `members`.

use super::envelope::{Asked, Scope, call};
use super::failure::Error;
use super::seed::{self, FOUNDED, List};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const READ: Scope = Scope::Any(&["crm.lists.read"]);
/// "The most that can be asked for at once."
const MOST: usize = 500;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Question {
    query: Option<String>,
    offset: usize,
    count: Option<usize>,
    processing_types: Vec<String>,
    list_ids: Vec<Value>,
    object_type_id: Option<String>,
}

impl Question {
    fn fits(&self, list: &List) -> bool {
        let query = self.query.as_deref().unwrap_or_default().to_lowercase();
        let ids = self.list_ids.iter().map(plain);
        (self.processing_types.is_empty()
            || self.processing_types.iter().any(|own| own == list.processing))
            && self.object_type_id.as_ref().is_none_or(|own| own == list.type_id)
            && (self.list_ids.is_empty() || ids.into_iter().any(|own| own == list.id.to_string()))
            && list.name.to_lowercase().contains(&query)
    }
}

/// An id, whether it came as text or as a number.
pub(super) fn plain(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

fn shown(list: &List, size: usize) -> Value {
    json!({
        "listId": list.id.to_string(), "listVersion": 1, "name": list.name,
        "objectTypeId": list.type_id, "processingType": list.processing,
        "processingStatus": "COMPLETE", "createdAt": FOUNDED, "updatedAt": FOUNDED,
        "filtersUpdatedAt": FOUNDED, "createdById": "1", "updatedById": "1",
        "additionalProperties": { "hs_list_size": size.to_string() },
    })
}

/// Lists by a part of their name. Pages go by offset: the next one starts where this one ends.
pub(super) async fn search(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(READ)?;
        let question: Question = asked.body()?;
        let count = question.count.unwrap_or(20);
        if count > MOST {
            return Err(Error::invalid(format!("count must be at most {MOST}.")));
        }
        let fitting = seed::lists(api.world.size).filter(|list| question.fits(list));
        let found: Vec<_> = fitting.collect();
        let page = found.iter().skip(question.offset).take(count);
        let page: Vec<_> = page
            .map(|list| {
                let members = api.world.members.get(&(api.portal.id, list.id));
                shown(list, members.map_or(0, |members| members.len()))
            })
            .collect();
        let offset = question.offset.saturating_add(page.len());
        let more = offset < found.len();
        let body =
            json!({ "lists": page, "hasMore": more, "offset": offset, "total": found.len() });
        Ok((StatusCode::OK, body))
    })
}

/// One list.
pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    Path((_, id)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(READ)?;
        let list = find(api.world.size, &id)?;
        let members = api.world.members.get(&(api.portal.id, list.id));
        let mut list = shown(&list, members.map_or(0, |members| members.len()));
        if let Some(list) = list.as_object_mut() {
            list.shift_remove("additionalProperties");
            list.insert("size".to_owned(), json!(members.map_or(0, |members| members.len())));
        }
        Ok((StatusCode::OK, json!({ "list": list })))
    })
}

/// A list, or the answer that there is none.
pub(super) fn find(size: seed::Size, id: &str) -> Result<List, Error> {
    seed::list(size, id).ok_or_else(|| Error::gone(format!("List does not exist with ID {id}.")))
}
