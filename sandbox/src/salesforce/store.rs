//! The records of an org: made, changed, shown.

use super::World;
use super::envelope::Api;
use super::failure::Error;
use super::field::{Field, Key, Presence, Type};
use super::ids;
use super::objects::Object;
use super::seed::{ORGS, Org};
use super::values::Check;
use crate::clock::salesforce_time;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What was written to a record.
pub(super) type Fields = Map<String, Value>;
/// Records by their ids, which sort in the order in which they were made.
pub(super) type Table = BTreeMap<String, Record>;

/// A record. What Salesforce itself says of it (id and dates) is not among the fields.
#[derive(Clone, Serialize)]
pub(crate) struct Record {
    pub(super) id: String,
    pub(super) created_ms: i64,
    pub(super) changed_ms: i64,
    pub(super) created_by: &'static str,
    pub(super) changed_by: &'static str,
    pub(super) deleted: bool,
    pub(super) fields: Fields,
}

impl Record {
    /// The value of a field; null where it is not set.
    pub(super) fn value(&self, field: &Field) -> Value {
        let text = |name: &str| self.fields.get(name).and_then(Value::as_str);
        match (field.name, self.fields.get(field.name)) {
            ("Id", _) => json!(self.id),
            ("IsDeleted", _) => json!(self.deleted),
            ("CreatedDate", _) => json!(salesforce_time(self.created_ms)),
            ("CreatedById", _) => json!(self.created_by),
            ("LastModifiedDate" | "SystemModstamp", _) => json!(salesforce_time(self.changed_ms)),
            ("LastModifiedById", _) => json!(self.changed_by),
            (_, Some(written)) => written.clone(),
            // What follows from other fields.
            ("Name", None) => {
                let names: Vec<_> =
                    ["FirstName", "LastName"].iter().filter_map(|own| text(own)).collect();
                json!(names.join(" "))
            }
            ("IsClosed", None) => {
                let closed = text("StageName").is_some_and(|own| own.starts_with("Closed"));
                json!(closed || text("Status") == Some("Completed"))
            }
            ("IsWon", None) => json!(text("StageName") == Some("Closed Won")),
            (_, None) => match field.presence {
                Presence::Usually(usual) => match field.type_ {
                    Type::Boolean => json!(usual == "true"),
                    _ if field.is_number() => {
                        usual.parse::<f64>().map_or(Value::Null, |own| json!(own))
                    }
                    _ => json!(usual),
                },
                Presence::OfUser => json!(self.created_by),
                _ if field.type_ == Type::Boolean => json!(false),
                _ => Value::Null,
            },
        }
    }

    /// As the API shows it, with these fields.
    pub(super) fn shown<'f>(
        &self,
        object: &Object,
        version: &str,
        fields: impl Iterator<Item = &'f Field>,
    ) -> Value {
        let url = self.url(object, version);
        let mut body = Map::new();
        body.insert("attributes".to_owned(), json!({ "type": object.name, "url": url }));
        for field in fields {
            body.insert(field.name.to_owned(), self.value(field));
        }
        Value::Object(body)
    }

    pub(super) fn url(&self, object: &Object, version: &str) -> String {
        format!("/services/data/{version}/sobjects/{}/{}", object.name, self.id)
    }
}

impl World {
    /// The live records of an object, the newest first.
    pub(crate) fn live(&self, org: &str, object: &str) -> Vec<Record> {
        let org = ORGS.iter().find(|own| own.domain == org);
        let table = org.and_then(|org| {
            let object = super::objects::object(object)?;
            self.records.get(&(org.domain, object.name))
        });
        let all = table.into_iter().flat_map(BTreeMap::values).rev();
        all.filter(|record| !record.deleted).cloned().collect()
    }

    pub(super) fn table(&mut self, org: &'static Org, object: &'static Object) -> &mut Table {
        self.records.entry((org.domain, object.name)).or_default()
    }

    /// A new record, by somebody at a time.
    pub(super) fn insert(
        &mut self,
        org: &'static Org,
        object: &'static Object,
        mut fields: Fields,
        (by, now): (&'static str, i64),
    ) -> String {
        self.made += 1;
        let id = ids::numbered(object.prefix, self.made);
        if object.name == "Invoice__c" && !fields.contains_key("Name") {
            let count = self.table(org, object).len() + 1;
            fields.insert("Name".to_owned(), json!(format!("INV-{count:05}")));
        }
        let record = Record {
            id: id.clone(),
            created_ms: now,
            changed_ms: now,
            created_by: by,
            changed_by: by,
            deleted: false,
            fields,
        };
        self.table(org, object).insert(id.clone(), record);
        id
    }
}

impl Api<'_> {
    pub(super) fn table(&mut self, object: &'static Object) -> &mut Table {
        self.world.table(self.org, object)
    }

    /// A record by its id, of 15 or of 18 characters.
    pub(super) fn find(&mut self, object: &'static Object, id: &str) -> Result<&mut Record, Error> {
        let id = ids::normal(id).filter(|own| own.starts_with(object.prefix)).ok_or_else(|| {
            // What cannot be an id of the object is told of as a missing record.
            Error::new(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                format!("Provided external ID field does not exist or is not accessible: {id}"),
            )
        })?;
        let record = self.table(object).get_mut(&id).ok_or_else(Error::missing)?;
        if record.deleted {
            return Err(Error::new(
                StatusCode::NOT_FOUND,
                "ENTITY_IS_DELETED",
                "entity is deleted",
            ));
        }
        Ok(record)
    }

    /// The ids of the live records with a value of an external id.
    pub(super) fn holders(
        &mut self,
        object: &'static Object,
        field: &Field,
        value: &str,
    ) -> Vec<String> {
        let has = |own: &&Record| {
            let held = own.fields.get(field.name).and_then(Value::as_str);
            !own.deleted && held.is_some_and(|held| held.eq_ignore_ascii_case(value))
        };
        self.table(object).values().filter(has).map(|own| own.id.clone()).collect()
    }

    /// Makes a record of what was written.
    pub(super) fn create(
        &mut self,
        object: &'static Object,
        given: &Fields,
    ) -> Result<String, Error> {
        if !object.writable {
            let words = format!("entity type {} does not support create", object.name);
            return Err(Error::bad("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", words));
        }
        let fields = self.checked(object, given, Check::Whole)?;
        self.alone(object, &fields, None)?;
        self.no_duplicate(object, &fields)?;
        let by = (self.user.id, self.now);
        Ok(self.world.insert(self.org, object, fields, by))
    }

    /// Writes to a record.
    pub(super) fn update(
        &mut self,
        object: &'static Object,
        id: &str,
        given: &Fields,
    ) -> Result<String, Error> {
        let id = self.find(object, id)?.id.clone();
        if !object.writable {
            let words = format!("entity type {} does not support update", object.name);
            return Err(Error::bad("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", words));
        }
        let fields = self.checked(object, given, Check::Part)?;
        self.alone(object, &fields, Some(&id))?;
        let (by, now) = (self.user.id, self.now);
        let record = self.find(object, &id)?;
        record.fields.extend(fields);
        (record.changed_by, record.changed_ms) = (by, now);
        Ok(id)
    }

    /// Moves a record to the recycle bin.
    pub(super) fn delete(&mut self, object: &'static Object, id: &str) -> Result<String, Error> {
        let (by, now) = (self.user.id, self.now);
        if !object.writable {
            let words = format!("entity type {} does not support delete", object.name);
            return Err(Error::bad("INSUFFICIENT_ACCESS_OR_READONLY", words));
        }
        let record = self.find(object, id)?;
        record.deleted = true;
        (record.changed_by, record.changed_ms) = (by, now);
        Ok(record.id.clone())
    }

    /// No other record has the values that only one may have.
    fn alone(
        &mut self,
        object: &'static Object,
        fields: &Fields,
        but: Option<&str>,
    ) -> Result<(), Error> {
        for field in object.fields().filter(|own| own.key == Key::Unique) {
            let Some(value) = fields.get(field.name).and_then(Value::as_str) else { continue };
            let holders = self.holders(object, field, value);
            if let Some(id) = holders.iter().find(|own| Some(own.as_str()) != but) {
                let words = format!(
                    "duplicate value found: {} duplicates value on record with id: {id}",
                    field.name
                );
                return Err(Error::bad("DUPLICATE_VALUE", words));
            }
        }
        Ok(())
    }

    /// The standard rule for people: the same address and the same last name.
    fn no_duplicate(&mut self, object: &'static Object, fields: &Fields) -> Result<(), Error> {
        let ruled =
            self.world.settings.duplicate_rules && matches!(object.name, "Lead" | "Contact");
        if !ruled || self.allow_duplicates {
            return Ok(());
        }
        let text = |fields: &Fields, name: &str| {
            fields.get(name).and_then(Value::as_str).map(str::to_lowercase)
        };
        let person = |fields: &Fields| Some((text(fields, "Email")?, text(fields, "LastName")?));
        let Some(wanted) = person(fields) else { return Ok(()) };
        let version = self.version.clone();
        let same: Vec<Value> = self
            .table(object)
            .values()
            .filter(|own| !own.deleted && person(&own.fields).as_ref() == Some(&wanted))
            .map(|own| {
                json!({
                    "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0,
                    "record": own.shown(object, &version, object.fields().take(1)),
                })
            })
            .collect();
        if same.is_empty() {
            return Ok(());
        }
        let rule = format!("Standard_{}_Duplicate_Rule", object.name);
        let found = json!({
            "allowSave": true, "duplicateRule": rule, "duplicateRuleEntityType": object.name,
            "errorMessage": "Use one of these records?",
            "matchResults": [{
                "entityType": object.name, "errors": [], "matchEngine": "FuzzyMatchEngine",
                "matchRecords": same, "rule": format!("Standard_{}_Match_Rule_v1_0", object.name),
                "size": same.len(), "success": true,
            }],
        });
        Err(Error::bad("DUPLICATES_DETECTED", "Use one of these records?").found(found))
    }
}
