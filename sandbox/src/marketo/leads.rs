//! Leads are created, changed and removed ("Sync leads", "Delete leads").

use super::activities::{self, Activity, Change};
use super::ask::{Ask, MOST};
use super::envelope::{
    Desk, Error, Outcome, call, error, invalid, missing, skipped, unknown_field,
};
use super::fields::{self, Field};
use super::find;
use super::seed::PARTITIONS;
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The leads of an instance, by id.
#[derive(Default)]
pub(super) struct Leads {
    all: BTreeMap<u64, Lead>,
    made: u64,
}

/// A lead.
pub(super) struct Lead {
    pub(super) fields: Map<String, Value>,
    pub(super) created: i64,
    pub(super) changed: i64,
    partition: &'static str,
    /// Calls that arrived before do not see it.
    born: u64,
}

impl Leads {
    /// A lead.
    pub(super) fn get(&self, id: u64) -> Option<&Lead> {
        self.all.get(&id)
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (u64, &Lead)> {
        self.all.iter().map(|(id, lead)| (*id, lead))
    }

    /// How many were ever made.
    pub(super) fn made(&self) -> u64 {
        self.made
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sync {
    action: Option<String>,
    lookup_field: Option<String>,
    partition_name: Option<String>,
    #[serde(default)]
    async_processing: bool,
    #[serde(default)]
    input: Vec<Map<String, Value>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Action {
    CreateOrUpdate,
    CreateOnly,
    UpdateOnly,
    CreateDuplicate,
}

/// What is done with each record.
struct Order {
    action: Action,
    by: &'static Field,
    partition: Option<&'static str>,
}

impl Order {
    fn of(sync: &Sync) -> Result<Self, Error> {
        let action = match sync.action.as_deref().unwrap_or("createOrUpdate") {
            "createOrUpdate" => Action::CreateOrUpdate,
            "createOnly" => Action::CreateOnly,
            "updateOnly" => Action::UpdateOnly,
            "createDuplicate" => Action::CreateDuplicate,
            other => return Err(invalid(other, "SyncAction")),
        };
        let by = sync.lookup_field.as_deref().unwrap_or("email");
        let by = Field::named(by).ok_or_else(|| unknown_field(by))?;
        if !by.searchable() {
            return Err(error("1011", format!("Field '{}' not supported", by.name)));
        }
        let partition = sync.partition_name.as_deref().map(partition).transpose()?;
        Ok(Self { action, by, partition })
    }
}

fn partition(name: &str) -> Result<&'static str, Error> {
    let known = PARTITIONS.iter().find(|(_, own, open)| *own == name && *open);
    let known = known.map(|(_, own, _)| *own);
    known.ok_or_else(|| error("1008", format!("Access denied to partition '{name}'")))
}

/// Create or update leads; with `_method=GET`, read them.
pub(super) async fn sync(state: State<Sandbox>, ask: Ask) -> Response {
    if ask.reads {
        return find::find(state, ask).await;
    }
    call(&state, &ask, |desk| synced(desk, &ask.input()?))
}

fn synced(desk: &mut Desk<'_>, sync: &Sync) -> Outcome {
    if sync.input.is_empty() {
        return Err(missing("input"));
    }
    if sync.input.len() > MOST {
        return Err(error("1003", format!("Too many records: the maximum is {MOST}")));
    }
    let order = Order::of(sync)?;
    let mut mine = BTreeSet::new();
    let mut result = Vec::new();
    for sent in &sync.input {
        result.push(written(desk, &order, sent, &mut mine).unwrap_or_else(skipped));
    }
    // "If set to true, the call will return immediately": without results.
    Ok(if sync.async_processing { json!({}) } else { json!({ "result": result }) })
}

/// Writes a record. `mine` are the leads that this request made.
fn written(
    desk: &mut Desk<'_>,
    order: &Order,
    sent: &Map<String, Value>,
    mine: &mut BTreeSet<u64>,
) -> Result<Value, Error> {
    let fields = fields::accepted(sent)?;
    if sent.contains_key("id") && !(order.action == Action::UpdateOnly && order.by.name == "id") {
        return Err(error("1003", "An id is sent with updateOnly and the lookup field id only"));
    }
    let found = match order.action {
        Action::CreateDuplicate => Vec::new(),
        _ => matching(desk, order.by, sent, mine)?,
    };
    match (order.action, found.as_slice()) {
        (Action::UpdateOnly, []) => Err(error("1004", "Lead not found")),
        (_, []) => {
            let id = create(desk, fields, order.partition.unwrap_or("Default"));
            mine.insert(id);
            Ok(json!({ "id": id, "status": "created" }))
        }
        (Action::CreateOnly, _) => Err(error("1005", "Lead already exists")),
        (_, [id]) => change(desk, *id, fields, order.partition),
        _ => Err(error("1007", "Multiple lead match lookup criteria")),
    }
}

/// The leads with the value. "Concurrent upserts with the same key create duplicates": what another call
/// made since this one arrived is not seen.
fn matching(
    desk: &Desk<'_>,
    by: &Field,
    sent: &Map<String, Value>,
    mine: &BTreeSet<u64>,
) -> Result<Vec<u64>, Error> {
    let value = sent.get(by.name).filter(|value| !value.is_null() && value.as_str() != Some(""));
    let value = value
        .ok_or_else(|| error("1003", format!("Value for lookup field '{}' not found", by.name)))?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let seen = |(id, lead): &(u64, &Lead)| lead.born <= desk.arrived || mine.contains(id);
    let all = desk.own.leads.iter().filter(seen);
    Ok(all.filter(|(id, lead)| find::has(*id, lead, by, &text)).map(|(id, _)| id).collect())
}

/// Makes a lead.
pub(super) fn create(
    desk: &mut Desk<'_>,
    fields: Map<String, Value>,
    partition: &'static str,
) -> u64 {
    let now = desk.now;
    let born = desk.own.tick();
    let leads = &mut desk.own.leads;
    leads.made += 1;
    let id = leads.made;
    leads.all.insert(id, Lead { fields, created: now, changed: now, partition, born });
    desk.own.activities.note(Activity {
        attributes: vec![("Source Type", json!("Web service API"))],
        ..Activity::new(id, activities::NEW_LEAD, now)
    });
    id
}

fn change(
    desk: &mut Desk<'_>,
    id: u64,
    fields: Map<String, Value>,
    partition: Option<&'static str>,
) -> Result<Value, Error> {
    let now = desk.now;
    let lead = desk.own.leads.all.get_mut(&id).ok_or_else(|| error("1004", "Lead not found"))?;
    // "The specified record already exists in a separate lead partition."
    if partition.is_some_and(|own| own != lead.partition) {
        return Err(error("1010", "Partition update not allowed"));
    }
    let new =
        |(key, value): &(String, Value)| lead.fields.get(key).unwrap_or(&Value::Null) != value;
    let changes: Vec<_> = fields.into_iter().filter(new).collect();
    let linked = lead.fields.get("externalCompanyId").is_some_and(|own| !own.is_null());
    let company = |key: &str| Field::named(key).is_some_and(Field::of_company);
    if linked && changes.iter().any(|(key, _)| company(key)) {
        return Err(error("1021", "Company update not allowed"));
    }
    lead.changed = now;
    for (key, new) in changes {
        let Some(field) = Field::named(&key) else { continue };
        let old = lead.fields.insert(key, new.clone()).unwrap_or_default();
        desk.own.activities.note(Activity {
            about: Some((field.id() as u64, field.title.to_owned())),
            change: Some(Change { field, old, new }),
            ..Activity::new(id, activities::CHANGE, now)
        });
    }
    Ok(json!({ "id": id, "status": "updated" }))
}

/// Leads that are named.
#[derive(Deserialize)]
pub(super) struct Ids {
    input: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

/// The leads that a call names: `id` again and again, or a body.
pub(super) fn named(ask: &Ask) -> Result<Vec<u64>, Error> {
    let read = |id: &str| id.parse().map_err(|_| invalid(id, "Integer"));
    let mut ids: Vec<u64> = ask.every("id").map(read).collect::<Result<_, _>>()?;
    if ask.has_body() {
        let sent: Ids = ask.input()?;
        ids.extend(sent.input.iter().map(|own| own.id));
    }
    match ids.len() {
        0 => Err(missing("id")),
        1..=MOST => Ok(ids),
        _ => Err(error("1003", format!("Too many records: the maximum is {MOST}"))),
    }
}

/// Removes leads, also from their lists.
pub(super) async fn delete(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let ids = named(&ask)?;
        let mut result = Vec::new();
        for id in ids {
            if desk.own.leads.all.remove(&id).is_none() {
                result.push(of(id, skipped(error("1004", "Lead not found"))));
                continue;
            }
            for list in desk.own.members.values_mut() {
                list.remove(&id);
            }
            desk.own.activities.note(Activity::new(id, activities::DELETED, desk.now));
            result.push(json!({ "id": id, "status": "deleted" }));
        }
        Ok(json!({ "result": result }))
    })
}

/// A record's outcome with the id that it was sent with.
pub(super) fn of(id: u64, mut record: Value) -> Value {
    if let Value::Object(record) = &mut record {
        record.insert("id".to_owned(), json!(id));
    }
    record
}
