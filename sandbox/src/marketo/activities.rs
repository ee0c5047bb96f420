//! What happened to leads, for those who poll ("Activities", "Paging tokens").

use super::ask::{Ask, MOST, sealed};
use super::envelope::{Desk, Error, Outcome, call, error, invalid, unknown_field};
use super::fields::Field;
use super::time::{iso, parsed};
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// Somebody looked at a page.
pub(super) const VISIT: u64 = 1;
/// A lead was created.
pub(super) const NEW_LEAD: u64 = 12;
/// A field got another value.
pub(super) const CHANGE: u64 = 13;
/// A lead came onto a list.
pub(super) const ADDED: u64 = 24;
/// A lead left a list.
pub(super) const REMOVED: u64 = 25;
/// A lead was removed.
pub(super) const DELETED: u64 = 37;
/// A lead was sent through a campaign.
pub(super) const REQUESTED: u64 = 47;

/// A type: its id, its name, and the name and type of what it is about.
type Type = (u64, &'static str, Option<(&'static str, &'static str)>);

const TYPES: [Type; 7] = [
    (VISIT, "Visit Webpage", Some(("Webpage ID", "integer"))),
    (NEW_LEAD, "New Lead", None),
    (CHANGE, "Change Data Value", Some(("Attribute Name", "string"))),
    (ADDED, "Add to List", Some(("List ID", "integer"))),
    (REMOVED, "Remove from List", Some(("List ID", "integer"))),
    (DELETED, "Delete Lead", None),
    (REQUESTED, "Request Campaign", Some(("Campaign", "string"))),
];

/// From this day on `listId` may not name a list with this many leads: 30 December 2026.
const BIG_LIST: (usize, i64) = (10_000, 1_798_588_800_000);

/// Everything that happened, in its order.
#[derive(Default)]
pub(super) struct Log {
    all: Vec<Activity>,
}

impl Log {
    /// Something happened.
    pub(super) fn note(&mut self, activity: Activity) {
        self.all.push(activity);
    }
}

/// Something that happened to a lead.
pub(super) struct Activity {
    pub(super) lead: u64,
    pub(super) kind: u64,
    pub(super) at: i64,
    /// The primary attribute: its id and its value.
    pub(super) about: Option<(u64, String)>,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) change: Option<Change>,
}

/// A field that got another value.
pub(super) struct Change {
    pub(super) field: &'static Field,
    pub(super) old: Value,
    pub(super) new: Value,
}

impl Activity {
    /// Without anything that only some types have.
    pub(super) fn new(lead: u64, kind: u64, at: i64) -> Self {
        Self { lead, kind, at, about: None, attributes: Vec::new(), change: None }
    }

    /// The `id` of an activity is being retired; `marketoGUID` is what identifies it.
    fn head(&self, index: usize) -> Map<String, Value> {
        Map::from_iter([
            ("id".to_owned(), json!(index + 1)),
            ("marketoGUID".to_owned(), json!((index + 1).to_string())),
            ("leadId".to_owned(), json!(self.lead)),
            ("activityDate".to_owned(), json!(iso(self.at))),
            ("activityTypeId".to_owned(), json!(self.kind)),
        ])
    }

    fn attributes(&self) -> Value {
        let told = |(name, value): &(&str, Value)| json!({ "name": name, "value": value });
        Value::Array(self.attributes.iter().map(told).collect())
    }

    fn told(&self, index: usize) -> Value {
        let mut told = self.head(index);
        if let Some((id, value)) = &self.about {
            told.insert("primaryAttributeValueId".to_owned(), json!(id));
            told.insert("primaryAttributeValue".to_owned(), json!(value));
        }
        let attributes = match &self.change {
            Some(change) => json!([
                { "name": "New Value", "value": change.new },
                { "name": "Old Value", "value": change.old },
                { "name": "Source", "value": "Web service API" },
            ]),
            None => self.attributes(),
        };
        told.insert("attributes".to_owned(), attributes);
        Value::Object(told)
    }

    fn told_as_change(&self, index: usize) -> Value {
        let mut told = self.head(index);
        if let Some(Change { field, old, new }) = &self.change {
            let field = json!({
                "id": field.id(), "name": field.name, "newValue": new, "oldValue": old,
            });
            told.insert("fields".to_owned(), json!([field]));
        }
        told.insert("attributes".to_owned(), self.attributes());
        Value::Object(told)
    }
}

/// The types of activities.
pub(super) async fn types(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let told = TYPES.iter().map(|(id, name, about)| {
            let mut told = json!({ "id": id, "name": name, "attributes": [] });
            if let (Some((name, kind)), Value::Object(told)) = (about, &mut told) {
                let about = json!({ "name": name, "dataType": kind });
                told.insert("primaryAttribute".to_owned(), about);
            }
            told
        });
        Ok(json!({ "result": told.collect::<Vec<_>>() }))
    })
}

/// Where to begin: a time becomes a token.
pub(super) async fn paging_token(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let since = ask.required("sinceDatetime")?;
        let since = parsed(since).ok_or_else(|| invalid(since, "Datetime"))?;
        Ok(json!({ "nextPageToken": sealed("activity", &[since, 0]) }))
    })
}

/// Activities of up to ten types.
pub(super) async fn list(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        ask.required("activityTypeIds")?;
        let kinds = numbers(&ask, "activityTypeIds", 10)?;
        let among = among(desk, &ask)?;
        let fits = |own: &Activity| kinds.contains(&own.kind) && among(own.lead);
        page(desk, &ask, fits, Activity::told)
    })
}

/// New leads, and changes of the fields that are named.
pub(super) async fn lead_changes(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        ask.required("fields")?;
        let field = |name| Field::named(name).ok_or_else(|| unknown_field(name));
        let fields: Vec<_> = ask.many("fields").into_iter().map(field).collect::<Result<_, _>>()?;
        let among = among(desk, &ask)?;
        let named = |change: &Change| fields.iter().any(|own| own.name == change.field.name);
        let fits = |own: &Activity| {
            (own.kind == NEW_LEAD || own.change.as_ref().is_some_and(named)) && among(own.lead)
        };
        page(desk, &ask, fits, Activity::told_as_change)
    })
}

/// Leads that were removed.
pub(super) async fn deleted_leads(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| page(desk, &ask, |own| own.kind == DELETED, Activity::told))
}

fn numbers(ask: &Ask, name: &str, most: usize) -> Result<Vec<u64>, Error> {
    let read = |text: &str| text.parse().map_err(|_| invalid(text, "Integer"));
    let all: Vec<u64> = ask.many(name).into_iter().map(read).collect::<Result<_, _>>()?;
    if all.len() > most {
        return Err(error("1003", format!("Too many {name}: the maximum is {most}")));
    }
    Ok(all)
}

/// Whether a lead is one of those that are asked for, by their ids and by a list.
fn among<'d>(desk: &'d Desk<'_>, ask: &Ask) -> Result<impl Fn(u64) -> bool + use<'d>, Error> {
    let leads = numbers(ask, "leadIds", 30)?;
    let list: Option<u64> = ask.number("listId")?;
    let members = list.and_then(|list| desk.own.members.get(&list));
    if let Some(list) = list {
        desk.own.list(list).ok_or_else(|| error("1013", format!("List '{list}' not found")))?;
        let (size, from) = BIG_LIST;
        if desk.now >= from && members.is_some_and(|own| own.len() >= size) {
            return Err(error("1003", format!("List '{list}' has {size} leads or more")));
        }
    }
    Ok(move |lead| {
        (leads.is_empty() || leads.contains(&lead))
            && (list.is_none() || members.is_some_and(|own| own.contains(&lead)))
    })
}

/// Looks through as many activities as a page has room for: what does not fit is left out of the page, so
/// it can be empty though there is more. There always is a new token.
fn page(
    desk: &Desk<'_>,
    ask: &Ask,
    fits: impl Fn(&Activity) -> bool,
    told: impl Fn(&Activity, usize) -> Value,
) -> Outcome {
    ask.required("nextPageToken")?;
    let at = ask.cursor("activity")?.unwrap_or_default();
    let [since, start] = at.as_slice() else {
        return Err(error("1003", "Invalid nextPageToken"));
    };
    let size = ask.batch()?.min(MOST);
    let all = &desk.own.activities.all;
    let visible = desk.now - desk.own.knobs.activity_lag_s.saturating_mul(1000);
    let end = all.partition_point(|own| own.at <= visible);
    let start = usize::try_from(*start).unwrap_or(0);
    let start = start.max(all.partition_point(|own| own.at < *since)).min(all.len());
    let stop = end.min(start + size).max(start);
    let seen = all.iter().enumerate().take(stop).skip(start);
    let result: Vec<_> =
        seen.filter(|(_, own)| fits(own)).map(|(index, own)| told(own, index)).collect();
    let next = i64::try_from(stop).unwrap_or(0);
    Ok(json!({
        "result": result, "nextPageToken": sealed("activity", &[*since, next]),
        "moreResult": stop < end,
    }))
}
