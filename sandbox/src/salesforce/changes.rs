//! What has changed since ("sObject Get Updated", "sObject Get Deleted").

use super::envelope::{Api, Call, Done};
use super::failure::Error;
use super::objects::Object;
use crate::clock::{parsed, salesforce_time};
use axum::http::StatusCode;
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// From when to when, in whole minutes.
fn window(api: &Api<'_>, call: &Call, object: &Object, days: i64) -> Result<(i64, i64), Error> {
    if !object.writable {
        let words = format!("object {} is not replicable", object.name);
        return Err(Error::bad("INVALID_TYPE", words));
    }
    let read = |key: &str| {
        let text = call.query(key).unwrap_or_default();
        let at = parsed(text).ok_or_else(|| {
            Error::bad(
                "INVALID_REPLICATION_DATE",
                format!("{key}: '{text}' is not a valid date and time"),
            )
        })?;
        Ok(at.div_euclid(MINUTE_MS) * MINUTE_MS)
    };
    let (start, end) = (read("start")?, read("end")?);
    if end - start < MINUTE_MS {
        let words = "The endDate must be at least one minute greater than the startDate";
        return Err(Error::bad("INVALID_REPLICATION_DATE", words));
    }
    if start < api.now - days * DAY_MS {
        let words = format!("startDate cannot be more than {days} days ago");
        return Err(Error::bad("INVALID_REPLICATION_DATE", words));
    }
    Ok((start, end))
}

/// What is certain: not more than has happened.
fn covered(api: &Api<'_>, end: i64) -> String {
    salesforce_time(end.min(api.now.div_euclid(MINUTE_MS) * MINUTE_MS))
}

/// Records that were made or changed.
pub(super) fn updated(api: &mut Api<'_>, call: &Call, object: &'static Object) -> Done {
    let (start, end) = window(api, call, object, 30)?;
    let covered = covered(api, end);
    let fits = |own: &&super::store::Record| !own.deleted && (start..end).contains(&own.changed_ms);
    let ids: Vec<&String> = api.table(object).values().filter(fits).map(|own| &own.id).collect();
    let body = json!({ "ids": ids, "latestDateCovered": covered });
    Ok((StatusCode::OK, body))
}

/// Records that were moved to the recycle bin.
pub(super) fn deleted(api: &mut Api<'_>, call: &Call, object: &'static Object) -> Done {
    let (start, end) = window(api, call, object, 15)?;
    let covered = covered(api, end);
    let earliest = salesforce_time(api.now - 15 * DAY_MS);
    let fits = |own: &&super::store::Record| own.deleted && (start..end).contains(&own.changed_ms);
    let gone: Vec<Value> = api
        .table(object)
        .values()
        .filter(fits)
        .map(|own| json!({ "id": own.id, "deletedDate": salesforce_time(own.changed_ms) }))
        .collect();
    let body = json!({
        "deletedRecords": gone, "earliestDateAvailable": earliest, "latestDateCovered": covered,
    });
    Ok((StatusCode::OK, body))
}
