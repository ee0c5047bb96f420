//! Custom objects: their types, and their records ("Custom objects").

use super::Instance;
use super::ask::{Ask, MOST, sealed};
use super::envelope::{
    Desk, Error, Outcome, call, error, invalid, missing, no_method, skipped, unknown_field,
};
use super::seed::MADE_MS;
use super::time::iso;
use crate::state::Sandbox;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

type Fields = Map<String, Value>;

/// A type of objects.
struct Kind {
    name: &'static str,
    title: &'static str,
    dedupe: &'static [&'static str],
    fields: &'static [(&'static str, &'static str)],
}

/// A car is known by one field; a seat of a webinar by two.
const KINDS: [Kind; 2] = [
    Kind {
        name: "car_c",
        title: "Car",
        dedupe: &["vin"],
        fields: &[
            ("vin", "string"),
            ("make", "string"),
            ("model", "string"),
            ("year", "integer"),
            ("leadId", "integer"),
        ],
    },
    Kind {
        name: "seat_c",
        title: "Seat",
        dedupe: &["webinar", "number"],
        fields: &[
            ("webinar", "string"),
            ("number", "integer"),
            ("note", "string"),
            ("leadId", "integer"),
        ],
    },
];

/// The records of an instance.
#[derive(Default)]
pub(super) struct Records {
    all: Vec<Record>,
    made: u64,
}

struct Record {
    kind: &'static str,
    guid: String,
    fields: Fields,
    created: i64,
    changed: i64,
}

impl Kind {
    fn of(ask: &Ask) -> Result<&'static Self, Error> {
        let name = ask.name("name");
        let kind = KINDS.iter().find(|kind| kind.name == name);
        kind.ok_or_else(|| error("1013", format!("Object '{name}' not found")))
    }

    /// What a caller sends, in the types of the fields.
    fn accepted(&self, sent: &Fields) -> Result<Fields, Error> {
        let sent = sent.iter().filter(|(key, _)| *key != "marketoGUID");
        sent.map(|(key, value)| {
            let known = self.fields.iter().find(|(name, _)| name == key);
            let (_, kind) = known.ok_or_else(|| unknown_field(key))?;
            let fits = match *kind {
                "integer" => value.is_i64() || value.is_null(),
                _ => !value.is_array() && !value.is_object(),
            };
            if !fits {
                return Err(invalid(&value.to_string(), kind));
            }
            Ok((key.clone(), value.clone()))
        })
        .collect()
    }

    /// The values by which a record is known, all of which must be there.
    fn key(&self, fields: &Fields) -> Result<Vec<String>, Error> {
        let value = |name: &&str| {
            let own = fields.get(*name).filter(|own| !own.is_null());
            own.map(text).ok_or_else(|| missing(name))
        };
        self.dedupe.iter().map(value).collect()
    }

    fn told(&self) -> Value {
        json!({
            "name": self.name, "displayName": self.title, "idField": "marketoGUID",
            "dedupeFields": self.dedupe,
            "searchableFields": [self.dedupe, ["marketoGUID"], ["leadId"]],
            "createdAt": iso(MADE_MS), "updatedAt": iso(MADE_MS), "apiName": self.name,
            "description": "", "pluralName": format!("{}s", self.title), "state": "approved",
            "version": "approved",
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The types.
pub(super) async fn list(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let names = ask.many("names");
        let wanted = KINDS.iter().filter(|kind| names.is_empty() || names.contains(&kind.name));
        Ok(json!({ "result": wanted.map(Kind::told).collect::<Vec<_>>() }))
    })
}

/// A type with its fields and what it belongs to.
pub(super) async fn describe(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |_| {
        let kind = Kind::of(&ask)?;
        let told = |(name, kind): &(&str, &str)| json!({ "name": name, "displayName": name, "dataType": kind, "updateable": true });
        let mut whole = kind.told();
        if let Value::Object(whole) = &mut whole {
            let link = json!({
                "field": "leadId", "type": "child", "relatedTo": { "name": "Lead", "field": "Id" },
            });
            whole.insert("relationships".to_owned(), json!([link]));
            let fields: Vec<_> = kind.fields.iter().map(told).collect();
            whole.insert("fields".to_owned(), json!(fields));
        }
        Ok(json!({ "result": [whole] }))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sync {
    action: Option<String>,
    dedupe_by: Option<String>,
    #[serde(default)]
    input: Vec<Fields>,
}

/// Creates or changes records; with `_method=GET`, reads them: by several fields, which are JSON, or by
/// the values of one, which are a form.
pub(super) async fn sync(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let kind = Kind::of(&ask)?;
        if ask.reads {
            return if ask.is_json() { by_keys(desk, &ask, kind) } else { found(desk, &ask, kind) };
        }
        let sync: Sync = ask.input()?;
        counted(&sync.input)?;
        let action = sync.action.as_deref().unwrap_or("createOrUpdate");
        if !["createOrUpdate", "createOnly", "updateOnly"].contains(&action) {
            return Err(invalid(action, "SyncAction"));
        }
        let by_id = by_id(sync.dedupe_by.as_deref())?;
        if by_id && action != "updateOnly" {
            return Err(error("1003", "idField is for updateOnly"));
        }
        each(&sync.input, |sent| written(desk, kind, (action, by_id), sent))
    })
}

fn counted(input: &[Fields]) -> Result<(), Error> {
    match input.len() {
        0 => Err(missing("input")),
        1..=MOST => Ok(()),
        _ => Err(error("1003", format!("Too many records: the maximum is {MOST}"))),
    }
}

/// `dedupeBy` and `deleteBy`: whether records are named by their id.
fn by_id(by: Option<&str>) -> Result<bool, Error> {
    match by.unwrap_or("dedupeFields") {
        "dedupeFields" => Ok(false),
        "idField" => Ok(true),
        other => Err(invalid(other, "DedupeBy")),
    }
}

/// The outcomes in the order of what was sent. A record that comes twice is done once.
fn each(input: &[Fields], mut work: impl FnMut(&Fields) -> Result<Value, Error>) -> Outcome {
    let mut before = BTreeSet::new();
    let mut result = Vec::new();
    for (seq, sent) in input.iter().enumerate() {
        let done = if before.insert(json!(sent).to_string()) {
            work(sent)
        } else {
            Err(error("1036", "Duplicate object found in input"))
        };
        let mut told = done.unwrap_or_else(skipped);
        if let Value::Object(told) = &mut told {
            told.insert("seq".to_owned(), json!(seq));
        }
        result.push(told);
    }
    Ok(json!({ "result": result }))
}

impl Instance {
    /// The place of the record that is meant.
    fn object(&self, kind: &Kind, by_id: bool, sent: &Fields) -> Result<Option<usize>, Error> {
        let all = &self.objects.all;
        if by_id {
            let guid = sent.get("marketoGUID").and_then(Value::as_str);
            let guid = guid.ok_or_else(|| missing("marketoGUID"))?;
            return Ok(all.iter().position(|own| own.kind == kind.name && own.guid == guid));
        }
        let key = kind.key(sent)?;
        let fits = |own: &Record| {
            own.kind == kind.name && kind.key(&own.fields).is_ok_and(|known| known == key)
        };
        Ok(all.iter().position(fits))
    }
}

fn written(
    desk: &mut Desk<'_>,
    kind: &'static Kind,
    (action, by_id): (&str, bool),
    sent: &Fields,
) -> Result<Value, Error> {
    let fields = kind.accepted(sent)?;
    let lead = fields.get("leadId").and_then(Value::as_u64);
    if lead.is_some_and(|lead| desk.own.leads.get(lead).is_none()) {
        return Err(error("1004", "Lead not found"));
    }
    let found = desk.own.object(kind, by_id, sent)?;
    let records = &mut desk.own.objects;
    match (action, found.and_then(|index| records.all.get_mut(index))) {
        ("createOnly", Some(_)) => Err(error("1017", "Object already exists")),
        ("updateOnly", None) => Err(error("1013", "Object not found")),
        (_, Some(own)) => {
            own.fields.extend(fields);
            own.changed = desk.now;
            Ok(json!({ "status": "updated", "marketoGUID": own.guid }))
        }
        (_, None) => {
            records.made += 1;
            let guid = format!("cff23271-f996-47d7-984f-{:012x}", records.made);
            let told = json!({ "status": "created", "marketoGUID": guid });
            let (created, changed) = (desk.now, desk.now);
            records.all.push(Record { kind: kind.name, guid, fields, created, changed });
            Ok(told)
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delete {
    delete_by: Option<String>,
    #[serde(default)]
    input: Vec<Fields>,
}

/// Removes records.
pub(super) async fn delete(State(sandbox): State<Sandbox>, ask: Ask) -> Response {
    call(&sandbox, &ask, |desk| {
        let kind = Kind::of(&ask)?;
        let sent: Delete = ask.input()?;
        counted(&sent.input)?;
        let by_id = by_id(sent.delete_by.as_deref())?;
        each(&sent.input, |sent| {
            let found = desk.own.object(kind, by_id, sent)?;
            let index = found.ok_or_else(|| error("1013", "Object not found"))?;
            let gone = desk.own.objects.all.remove(index);
            Ok(json!({ "status": "deleted", "marketoGUID": gone.guid }))
        })
    })
}

/// Records by the values of one field.
pub(super) async fn find(state: State<Sandbox>, ask: Ask) -> Response {
    if ask.reads {
        return no_method(state, ask).await;
    }
    call(&state, &ask, |desk| found(desk, &ask, Kind::of(&ask)?))
}

fn found(desk: &Desk<'_>, ask: &Ask, kind: &'static Kind) -> Outcome {
    let by = match (ask.required("filterType")?, kind.dedupe) {
        ("dedupeFields", [one]) => one,
        ("dedupeFields", _) => return Err(error("1003", "Several dedupe fields need a POST")),
        ("idField" | "marketoGUID", _) => "marketoGUID",
        ("leadId", _) => "leadId",
        (own, [one]) if own == *one => one,
        (own, _) => return Err(error("1003", format!("Invalid filterType '{own}'"))),
    };
    ask.required("filterValues")?;
    let values = ask.many("filterValues");
    let fits = |own: &Record| match by {
        "marketoGUID" => values.contains(&own.guid.as_str()),
        by => own.fields.get(by).is_some_and(|own| values.contains(&text(own).as_str())),
    };
    page(desk, ask, kind, fits)
}

#[derive(Deserialize)]
struct Keys {
    #[serde(default)]
    input: Vec<Fields>,
}

fn by_keys(desk: &Desk<'_>, ask: &Ask, kind: &'static Kind) -> Outcome {
    let keys: Keys = ask.input()?;
    counted(&keys.input)?;
    let keys: Vec<_> = keys.input.iter().map(|own| kind.key(own)).collect::<Result<_, _>>()?;
    page(desk, ask, kind, |own| kind.key(&own.fields).is_ok_and(|key| keys.contains(&key)))
}

fn page(
    desk: &Desk<'_>,
    ask: &Ask,
    kind: &'static Kind,
    fits: impl Fn(&Record) -> bool,
) -> Outcome {
    let mut fields = ask.many("fields");
    if fields.is_empty() {
        fields = kind.dedupe.to_vec();
    }
    let start = ask.cursor("object")?.and_then(|at| at.first().copied()).unwrap_or(0);
    let start = usize::try_from(start).unwrap_or(0);
    let all = desk.own.objects.all.iter().enumerate().skip(start);
    let mut left = all.filter(|(_, own)| own.kind == kind.name && fits(own));
    let page: Vec<_> = left.by_ref().take(ask.batch()?).collect();
    let shown = |(seq, (_, own)): (usize, &(usize, &Record))| {
        let mut shown = Map::from_iter([
            ("seq".to_owned(), json!(seq)),
            ("marketoGUID".to_owned(), json!(own.guid)),
            ("createdAt".to_owned(), json!(iso(own.created))),
            ("updatedAt".to_owned(), json!(iso(own.changed))),
        ]);
        let value = |name: &&str| own.fields.get(*name).cloned().unwrap_or_default();
        shown.extend(fields.iter().map(|name| ((*name).to_owned(), value(name))));
        Value::Object(shown)
    };
    let result: Vec<_> = page.iter().enumerate().map(shown).collect();
    Ok(match left.next().and_then(|(index, _)| i64::try_from(index).ok()) {
        Some(next) => json!({ "result": result, "nextPageToken": sealed("object", &[next]) }),
        None => json!({ "result": result }),
    })
}
