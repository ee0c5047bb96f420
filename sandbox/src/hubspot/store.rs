//! The records of a portal: found, made, changed, shown.

use super::World;
use super::envelope::Api;
use super::failure::Error;
use super::property::Type;
use super::times;
use super::types::Kind;
use super::values::{Fields, Rules};
use serde_json::{Map, Value, json};

/// A record. What HubSpot itself says of it (id and dates) is not among the fields.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) id: u64,
    pub(super) created: i64,
    pub(super) changed: i64,
    pub(super) archived: Option<i64>,
    pub(super) fields: Fields,
}

impl Record {
    /// The value of a property; none where it is not set.
    pub(super) fn value(&self, kind: &Kind, name: &str) -> Option<String> {
        match name {
            "hs_object_id" => Some(self.id.to_string()),
            _ if name == kind.created() => Some(times::shown(self.created)),
            _ if name == kind.modified() => Some(times::shown(self.changed)),
            "hs_object_source" => Some("INTEGRATION".to_owned()),
            "hs_email_domain" => {
                let email = self.text("email")?;
                email.split_once('@').map(|(_, host)| host.to_owned())
            }
            "hs_full_name_or_email" => {
                let names: Vec<_> =
                    ["firstname", "lastname"].iter().filter_map(|own| self.text(own)).collect();
                if names.is_empty() {
                    self.text("email").map(str::to_owned)
                } else {
                    Some(names.join(" "))
                }
            }
            "hs_is_closed_won" => {
                Some(matches!(self.text("dealstage"), Some("closedwon" | "7013")).to_string())
            }
            _ => self.text(name).map(str::to_owned),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// Writes values; an empty one clears.
    pub(super) fn write(&mut self, fields: Fields, now: i64) {
        for (name, value) in fields {
            if value == json!("") {
                self.fields.shift_remove(&name);
            } else {
                self.fields.insert(name, value);
            }
        }
        self.changed = now;
    }
}

/// Which properties an answer shows.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// The named ones, set or not; the usual ones where none is named.
    Named(&'a [String]),
    /// All that have a value: after a creation.
    Set,
}

/// As the API shows it.
pub(super) fn shown(
    portal: u64,
    kind: &Kind,
    record: &Record,
    wanted: Wanted<'_>,
) -> Map<String, Value> {
    let always = [kind.created(), kind.modified(), "hs_object_id"];
    let mut names: Vec<&str> = match wanted {
        Wanted::Named([]) => kind.usual.to_vec(),
        // Names that do not exist are left out without a word.
        Wanted::Named(names) => {
            names.iter().map(String::as_str).filter(|name| kind.property(name).is_some()).collect()
        }
        Wanted::Set => kind
            .properties
            .iter()
            .map(|own| own.name)
            .filter(|name| record.value(kind, name).is_some())
            .collect(),
    };
    names.extend(always);
    names.sort_unstable();
    names.dedup();
    let properties: Map<_, _> =
        names.into_iter().map(|name| (name.to_owned(), json!(record.value(kind, name)))).collect();
    let url = format!("https://app.hubspot.com/contacts/{portal}/record/{}/{}", kind.id, record.id);
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(record.id.to_string()));
    shown.insert("properties".to_owned(), json!(properties));
    shown.insert("createdAt".to_owned(), json!(times::shown(record.created)));
    shown.insert("updatedAt".to_owned(), json!(times::shown(record.changed)));
    shown.insert("archived".to_owned(), json!(record.archived.is_some()));
    if let Some(at) = record.archived {
        shown.insert("archivedAt".to_owned(), json!(times::shown(at)));
    }
    shown.insert("url".to_owned(), json!(url));
    shown
}

impl World {
    /// The records of a type, by their ids.
    pub(super) fn all(&mut self, portal: u64, kind: &Kind) -> &mut Vec<Record> {
        self.records.entry((portal, kind.plural)).or_default()
    }

    /// A new record.
    pub(super) fn insert(&mut self, portal: u64, kind: &Kind, fields: Fields, now: i64) -> Record {
        self.made += 1;
        let id = 500 + self.made;
        let mut record =
            Record { id, created: now, changed: now, archived: None, fields: Fields::new() };
        record.write(fields, now);
        self.all(portal, kind).push(record.clone());
        record
    }
}

/// How a record is named.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) value: &'a str,
    /// The property that has the value; the record's id without.
    pub(super) by: Option<&'a str>,
    pub(super) archived: bool,
}

impl<'a> Named<'a> {
    pub(super) fn id(value: &'a str) -> Self {
        Self { value, by: None, archived: false }
    }
}

impl Api<'_> {
    pub(super) fn rules(&self, kind: &'static Kind) -> Rules {
        Rules { kind, portal: self.portal, size: self.world.size }
    }

    /// Where a record stands among those of its type.
    pub(super) fn position(
        &mut self,
        kind: &'static Kind,
        named: Named<'_>,
    ) -> Result<usize, Error> {
        let by = named.by.filter(|by| *by != "hs_object_id");
        let all = self.world.all(self.portal.id, kind);
        let found = match by {
            None => {
                let id: u64 = named
                    .value
                    .parse()
                    .map_err(|_| Error::gone("Object not found. objectId are usually numeric."))?;
                all.binary_search_by_key(&id, |own| own.id).ok()
            }
            Some(by) => {
                if !kind.property(by).is_some_and(|own| own.unique) {
                    let words = format!("{by} is not a unique property of {}", kind.plural);
                    return Err(Error::invalid(words));
                }
                let same = |own: &Record| {
                    own.value(kind, by).is_some_and(|text| text.eq_ignore_ascii_case(named.value))
                };
                all.iter().position(|own| own.archived.is_some() == named.archived && same(own))
            }
        };
        found
            .filter(|index| {
                all.get(*index).is_some_and(|own| own.archived.is_some() == named.archived)
            })
            .ok_or_else(Error::missing)
    }

    /// A record.
    pub(super) fn find(
        &mut self,
        kind: &'static Kind,
        named: Named<'_>,
    ) -> Result<&mut Record, Error> {
        let index = self.position(kind, named)?;
        self.world.all(self.portal.id, kind).get_mut(index).ok_or_else(Error::missing)
    }

    /// Makes a record of what was written.
    pub(super) fn create(
        &mut self,
        kind: &'static Kind,
        written: &Fields,
    ) -> Result<Record, Error> {
        let rules = self.rules(kind);
        let fields = rules.read(written, &Fields::new())?;
        rules.whole(&fields)?;
        self.alone(kind, &fields, None)?;
        let record = self.world.insert(self.portal.id, kind, fields, self.now);
        self.created_event(kind, record.id);
        Ok(record)
    }

    /// Writes to a record.
    pub(super) fn update(
        &mut self,
        kind: &'static Kind,
        named: Named<'_>,
        written: &Fields,
    ) -> Result<Record, Error> {
        let rules = self.rules(kind);
        let now = self.now;
        let before = self.find(kind, named)?.clone();
        let fields = rules.read(written, &before.fields)?;
        self.alone(kind, &fields, Some(before.id))?;
        let record = self.find(kind, named)?;
        record.write(fields, now);
        let record = record.clone();
        self.changed_events(kind, record.id, (&before.fields, &record.fields));
        Ok(record)
    }

    /// No other record has the values that only one may have. A contact's address has an answer of its
    /// own, with the id of who has it.
    fn alone(
        &mut self,
        kind: &'static Kind,
        fields: &Fields,
        but: Option<u64>,
    ) -> Result<(), Error> {
        for property in kind.properties.iter().filter(|own| own.unique) {
            let value = fields.get(property.name).and_then(Value::as_str).unwrap_or_default();
            if value.is_empty() {
                continue;
            }
            let same = |own: &&Record| {
                let held =
                    own.text(property.name).is_some_and(|held| held.eq_ignore_ascii_case(value));
                held && own.archived.is_none() && Some(own.id) != but
            };
            let Some(holder) = self.world.all(self.portal.id, kind).iter().find(same) else {
                continue;
            };
            let id = holder.id;
            if matches!(property.type_, Type::Email) {
                let words = format!("Contact already exists. Existing ID: {id}");
                return Err(Error::new(409, "CONFLICT", words));
            }
            let words =
                format!("Cannot set {} to {value}. {id} already has that value.", property.name);
            let one = json!({
                "message": words, "code": "CONFLICTING_UNIQUE_VALUE",
                "context": { "propertyName": [property.name], "existingObjectId": [id.to_string()] },
            });
            return Err(Error::invalid(words).with("errors", json!([one])));
        }
        Ok(())
    }
}
