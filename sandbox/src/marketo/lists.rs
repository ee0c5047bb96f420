//! Static lists and who is on them ("Static lists").

use super::envelope::{Error, call, error, skipped};
use super::leads::Ids;
use super::{World, seed};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// "The maximum and default batch size is 300."
const MOST: usize = 300;

/// The lists, page by page, by id or by their whole name.
pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(instance): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, _| {
        let size = query.get("batchSize").and_then(|size| size.parse().ok()).unwrap_or(MOST);
        let start = match query.get("nextPageToken") {
            None => 0,
            Some(token) => page_of(token)?,
        };
        let name = query.get("name");
        let fits = |list: &seed::List| name.is_none_or(|name| list.name == *name);
        let mut all = seed::lists(marketo.lists).filter(fits).skip(start);
        let page: Vec<_> = all
            .by_ref()
            .take(size.clamp(1, MOST))
            .map(|list| {
                json!({
                    "id": list.id, "name": list.name, "programName": list.program,
                    "workspaceName": "Default",
                    "createdAt": "2026-01-05T10:00:00Z", "updatedAt": "2026-01-05T10:00:00Z",
                })
            })
            .collect();
        let mut body = json!({ "result": page });
        if all.next().is_some() {
            body["nextPageToken"] = json!(STANDARD.encode(format!("{}", start + page.len())));
        }
        Ok(body)
    })
}

fn page_of(token: &str) -> Result<usize, Error> {
    let plain = STANDARD.decode(token).ok().and_then(|own| String::from_utf8(own).ok());
    plain.and_then(|own| own.parse().ok()).ok_or_else(|| error("1003", "Invalid nextPageToken"))
}

/// Adds leads to a list.
pub(super) async fn add(
    State(sandbox): State<Sandbox>,
    Path((instance, list)): Path<(String, u64)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let leads = leads(query.as_deref(), &body)?;
        let instance = list_of(marketo, id, list)?;
        let added = |lead: u64| {
            if !instance.leads.contains_key(&lead) {
                return with_id(lead, skipped("1004", "Lead not found"));
            }
            let new = instance.members.entry(list).or_default().insert(lead);
            json!({ "id": lead, "status": if new { "added" } else { "memberof" } })
        };
        Ok(json!({ "result": leads.into_iter().map(added).collect::<Vec<_>>() }))
    })
}

/// Takes leads out of a list.
pub(super) async fn remove(
    State(sandbox): State<Sandbox>,
    Path((instance, list)): Path<(String, u64)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let leads = leads(query.as_deref(), &body)?;
        let instance = list_of(marketo, id, list)?;
        let removed = |lead: u64| {
            if instance.members.entry(list).or_default().remove(&lead) {
                json!({ "id": lead, "status": "removed" })
            } else {
                with_id(lead, skipped("1015", "Lead not in list"))
            }
        };
        Ok(json!({ "result": leads.into_iter().map(removed).collect::<Vec<_>>() }))
    })
}

/// Who is on a list.
pub(super) async fn members(
    State(sandbox): State<Sandbox>,
    Path((instance, list)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let instance = list_of(marketo, id, list)?;
        let members = instance.members.get(&list).into_iter().flatten();
        let shown: Vec<_> = members
            .filter_map(|lead| {
                let own = instance.leads.get(lead)?;
                Some(json!({ "id": lead, "email": own.get("email"), "firstName": own.get("firstName"), "lastName": own.get("lastName") }))
            })
            .take(MOST)
            .collect();
        Ok(json!({ "result": shown }))
    })
}

/// Whether leads are on a list.
pub(super) async fn is_member(
    State(sandbox): State<Sandbox>,
    Path((instance, list)): Path<(String, u64)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Json<Value> {
    call(&sandbox, &instance, &headers, |marketo, id| {
        let leads = leads(query.as_deref(), "")?;
        let instance = list_of(marketo, id, list)?;
        let on = |lead: u64| instance.members.get(&list).is_some_and(|own| own.contains(&lead));
        let told = |lead| json!({ "id": lead, "status": if on(lead) { "memberof" } else { "notmemberof" } });
        Ok(json!({ "result": leads.into_iter().map(told).collect::<Vec<_>>() }))
    })
}

fn list_of<'w>(
    marketo: &'w mut World,
    id: &'static str,
    list: u64,
) -> Result<&'w mut super::Instance, Error> {
    if seed::list(list, marketo.lists).is_none() {
        return Err(error("1013", format!("List '{list}' not found")));
    }
    Ok(marketo.instance(id))
}

/// The leads that are named: `id` again and again, or a body.
fn leads(query: Option<&str>, body: &str) -> Result<Vec<u64>, Error> {
    let named = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let named = named.filter(|(key, _)| key == "id").map(|(_, id)| id.parse::<u64>());
    let mut ids: Vec<u64> =
        named.collect::<Result<_, _>>().map_err(|_| error("1001", "An id is a number"))?;
    if !body.is_empty() {
        let sent: Ids = serde_json::from_str(body)
            .map_err(|why| error("609", format!("Invalid JSON: {why}")))?;
        ids.extend(sent.input.iter().map(|own| own.id));
    }
    match ids.len() {
        0 => Err(error("1002", "No leads are named")),
        1..=MOST => Ok(ids),
        _ => Err(error("1003", "More than 300 leads")),
    }
}

fn with_id(lead: u64, mut record: Value) -> Value {
    record["id"] = json!(lead);
    record
}
