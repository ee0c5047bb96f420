//! Queries and their pages ("Query", "QueryAll").

use super::World;
use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::field::Field;
use super::ids;
use super::objects::Object;
use super::soql::{Select, read};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A cursor lives for two days.
const LIFE_MS: i64 = 2 * 86_400_000;
/// How many records a page has unless another number is asked for.
const USUAL: usize = 2000;
/// "Up to 10 query cursors open at a time per user."
const MOST_OPEN: usize = 10;

/// A query whose pages are still being read.
pub(super) struct Cursor {
    locator: String,
    org: &'static str,
    user: &'static str,
    object: &'static Object,
    fields: Vec<&'static Field>,
    ids: Vec<String>,
    /// How many records its pages have, unless another number is asked for.
    size: usize,
    until: i64,
}

/// How many records a page has: what the header asks for, within limits.
fn batch(call: &Call, usual: usize) -> usize {
    let asked = call.option("batchSize").and_then(|own| own.parse::<usize>().ok());
    asked.map_or(usual, |own| own.clamp(200, 2000))
}

/// `/query` and `/queryAll`.
pub(super) fn run(api: &mut Api<'_>, call: &Call, deleted: bool) -> Done {
    let text = call.query("q").unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Error::bad("MALFORMED_QUERY", "SOQL statements cannot be empty or null"));
    }
    let query = read(text, api.now)?;
    let ids = query.ids(api.table(query.object), deleted);
    let total = ids.len();
    let Select::Fields(fields) = query.select else {
        let body = json!({ "totalSize": total, "done": true, "records": [] });
        return Ok((StatusCode::OK, body));
    };
    api.world.made += 1;
    let cursor = Cursor {
        locator: ids::numbered("01g", api.world.made),
        org: api.org.domain,
        user: api.user.id,
        object: query.object,
        fields,
        ids,
        size: batch(call, USUAL),
        until: api.now + LIFE_MS,
    };
    let page = page(api, &cursor, 0, cursor.size);
    if total > cursor.size {
        keep(api.world, cursor);
    }
    Ok((StatusCode::OK, page))
}

fn keep(world: &mut World, cursor: Cursor) {
    let mine = |own: &Cursor| own.user == cursor.user;
    if world.cursors.iter().filter(|own| mine(own)).count() >= MOST_OPEN
        && let Some(oldest) = world.cursors.iter().position(mine)
    {
        world.cursors.remove(oldest);
    }
    world.cursors.push(cursor);
}

/// The next page.
pub(super) fn more(api: &mut Api<'_>, call: &Call, locator: &str) -> Done {
    let invalid = || Error::bad("INVALID_QUERY_LOCATOR", "invalid query locator");
    let (name, start) = locator.split_once('-').ok_or_else(invalid)?;
    let start: usize = start.parse().map_err(|_| invalid())?;
    let (now, org) = (api.now, api.org.domain);
    let found = |own: &Cursor| own.locator == name && own.org == org && own.until > now;
    let index = api.world.cursors.iter().position(found).ok_or_else(invalid)?;
    // Taken out while its records are read; a cursor can be read again.
    let cursor = api.world.cursors.remove(index);
    let body = page(api, &cursor, start, batch(call, cursor.size));
    api.world.cursors.insert(index, cursor);
    Ok((StatusCode::OK, body))
}

fn page(api: &mut Api<'_>, cursor: &Cursor, start: usize, size: usize) -> Value {
    let version = api.version.clone();
    let table = api.table(cursor.object);
    let records: Vec<Value> = cursor
        .ids
        .iter()
        .skip(start)
        .take(size)
        .filter_map(|id| table.get(id))
        .map(|own| own.shown(cursor.object, &version, cursor.fields.iter().copied()))
        .collect();
    let end = start + size;
    let done = end >= cursor.ids.len();
    let mut body = json!({ "totalSize": cursor.ids.len(), "done": done });
    if !done {
        let next = format!("/services/data/{version}/query/{}-{end}", cursor.locator);
        body["nextRecordsUrl"] = json!(next);
    }
    body["records"] = json!(records);
    body
}
