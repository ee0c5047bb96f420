//! Associations between records, and what they are called ("Associations", "Association type ID
//! values").

use super::World;
use super::envelope::Api;
use super::failure::Error;
use super::store::{Named, Record};
use super::types::{Kind, kind, named};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// An association type: from, to, its number, the number of its other direction, what it is called.
type Known = (&'static str, &'static str, u64, u64, Option<&'static str>);

/// The first of a pair is its default. Numbers of the account's own labels and objects are its own.
const KNOWN: [Known; 38] = [
    ("contacts", "companies", 279, 280, None),
    ("contacts", "companies", 1, 2, Some("Primary")),
    ("contacts", "companies", 37, 38, Some("Billing contact")),
    ("contacts", "deals", 4, 3, None),
    ("contacts", "tickets", 15, 16, None),
    ("contacts", "contacts", 449, 449, None),
    ("companies", "deals", 342, 341, None),
    ("companies", "deals", 6, 5, Some("Primary")),
    ("companies", "tickets", 340, 339, None),
    ("companies", "tickets", 25, 26, Some("Primary")),
    ("companies", "companies", 450, 450, None),
    ("deals", "tickets", 27, 28, None),
    ("deals", "line_items", 19, 20, None),
    ("deals", "deals", 451, 451, None),
    ("tickets", "tickets", 452, 452, None),
    ("contacts", "notes", 201, 202, None),
    ("companies", "notes", 189, 190, None),
    ("deals", "notes", 213, 214, None),
    ("tickets", "notes", 227, 228, None),
    ("contacts", "tasks", 203, 204, None),
    ("companies", "tasks", 191, 192, None),
    ("deals", "tasks", 215, 216, None),
    ("tickets", "tasks", 229, 230, None),
    ("contacts", "calls", 193, 194, None),
    ("companies", "calls", 181, 182, None),
    ("deals", "calls", 205, 206, None),
    ("tickets", "calls", 219, 220, None),
    ("contacts", "emails", 197, 198, None),
    ("companies", "emails", 185, 186, None),
    ("deals", "emails", 209, 210, None),
    ("tickets", "emails", 223, 224, None),
    ("contacts", "meetings", 199, 200, None),
    ("companies", "meetings", 187, 188, None),
    ("deals", "meetings", 211, 212, None),
    ("tickets", "meetings", 225, 226, None),
    ("leads", "contacts", 578, 579, None),
    ("cars", "contacts", 31, 32, None),
    ("cars", "companies", 33, 34, None),
];

/// An association type in one direction.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) id: u64,
    pub(super) back: u64,
    pub(super) label: Option<&'static str>,
}

impl Way {
    pub(super) fn category(&self) -> &'static str {
        let own = self.from == "cars" || self.to == "cars" || self.label == Some("Billing contact");
        if own { "USER_DEFINED" } else { "HUBSPOT_DEFINED" }
    }

    pub(super) fn shown(&self) -> Value {
        json!({ "category": self.category(), "typeId": self.id, "label": self.label })
    }

    /// As the reading of a record calls it: `contact_to_company` is the primary one, where there is one.
    fn called(&self) -> String {
        let singular = |plural| named(plural).map_or(plural, |own| own.singular);
        let (from, to) = (singular(self.from), singular(self.to));
        let unlabeled = self.label.is_none()
            && ways().any(|own| own.between(self.from, self.to) && own.label == Some("Primary"));
        match self.label {
            Some(label) if label != "Primary" => label.to_lowercase().replace(' ', "_"),
            _ if unlabeled => format!("{from}_to_{to}_unlabeled"),
            _ => format!("{from}_to_{to}"),
        }
    }

    fn between(&self, from: &str, to: &str) -> bool {
        self.from == from && self.to == to
    }
}

fn ways() -> impl Iterator<Item = Way> {
    KNOWN.iter().flat_map(|&(from, to, id, back, label)| {
        let there = Way { from, to, id, back, label };
        let again = Way { from: to, to: from, id: back, back: id, label };
        std::iter::once(there).chain((id != back).then_some(again))
    })
}

/// The default between two types.
pub(super) fn default(from: &Kind, to: &Kind) -> Result<Way, Error> {
    ways().find(|own| own.between(from.plural, to.plural)).ok_or_else(|| {
        Error::invalid(format!("No association type exists between {} and {}", from.id, to.id))
    })
}

/// The one with a number.
pub(super) fn numbered(from: &Kind, to: Option<&Kind>, id: u64) -> Result<Way, Error> {
    let fits = |own: &Way| {
        own.from == from.plural && own.id == id && to.is_none_or(|to| own.to == to.plural)
    };
    ways().find(fits).ok_or_else(|| {
        Error::invalid(format!(
            "associationTypeId {id} is not a type of {} ({})",
            from.plural, from.id
        ))
    })
}

/// An association type as a request names it.
#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    association_category: String,
    association_type_id: u64,
}

impl Spec {
    pub(super) fn way(&self, from: &Kind, to: Option<&Kind>) -> Result<Way, Error> {
        let way = numbered(from, to, self.association_type_id)?;
        if way.category() == self.association_category {
            return Ok(way);
        }
        Err(Error::invalid(format!(
            "associationTypeId {} is not {}",
            way.id, self.association_category
        )))
    }
}

/// An association that comes with a new record.
#[derive(Deserialize, Clone)]
pub(super) struct Wished {
    to: WishedId,
    types: Vec<Spec>,
}

#[derive(Deserialize, Clone)]
struct WishedId {
    id: Value,
}

/// Portal, association type, from, to.
pub(super) type Link = (u64, u64, u64, u64);

impl World {
    /// Links two records, both ways. A label comes with the association that has none.
    pub(super) fn link(&mut self, portal: u64, way: Way, from: u64, to: u64) {
        let plain = ways().find(|own| own.between(way.from, way.to));
        for way in [Some(way), plain].into_iter().flatten() {
            self.links.insert((portal, way.id, from, to));
            self.links.insert((portal, way.back, to, from));
        }
    }

    /// Ends all associations of two records of these types.
    pub(super) fn unlink(&mut self, portal: u64, between: (&Kind, &Kind), from: u64, to: u64) {
        let (one, other) = between;
        for way in ways().filter(|own| own.between(one.plural, other.plural)) {
            self.links.remove(&(portal, way.id, from, to));
            self.links.remove(&(portal, way.back, to, from));
        }
    }

    /// What a record is associated with, and how, by the other's id.
    pub(super) fn linked(
        &self,
        portal: u64,
        between: (&Kind, &Kind),
        from: u64,
    ) -> BTreeMap<u64, Vec<Way>> {
        let (one, other) = between;
        let mut linked: BTreeMap<u64, Vec<Way>> = BTreeMap::new();
        for way in ways().filter(|own| own.between(one.plural, other.plural)) {
            let start = (portal, way.id, from, 0);
            for (_, _, _, to) in self.links.range(start..=(portal, way.id, from, u64::MAX)) {
                linked.entry(*to).or_default().push(way);
            }
        }
        linked
    }

    /// The associations of a record with records of some types, for its reading.
    pub(super) fn associations(
        &self,
        portal: u64,
        kind: &Kind,
        record: &Record,
        names: &[String],
    ) -> Result<Option<Value>, Error> {
        let mut shown = Map::new();
        for name in names {
            let other = super::types::kind(name)?;
            let linked = self.linked(portal, (kind, other), record.id);
            let results: Vec<_> = linked
                .iter()
                .flat_map(|(id, ways)| {
                    ways.iter()
                        .map(move |way| json!({ "id": id.to_string(), "type": way.called() }))
                })
                .collect();
            if !results.is_empty() {
                shown.insert(other.plural.replace('_', " "), json!({ "results": results }));
            }
        }
        Ok((!shown.is_empty()).then_some(Value::Object(shown)))
    }
}

impl Api<'_> {
    /// Checks the associations of a record that is to be made: the other records are there.
    pub(super) fn wished(
        &mut self,
        from: &'static Kind,
        wished: &[Wished],
    ) -> Result<Vec<(Way, u64)>, Error> {
        let mut found = Vec::new();
        for own in wished {
            let id = own.to.id.as_str().map_or_else(|| own.to.id.to_string(), str::to_owned);
            for spec in &own.types {
                let way = spec.way(from, None)?;
                let to = self.find(kind(way.to)?, Named::id(&id));
                let to = to.map_err(|_| {
                    Error::invalid(format!("No {} with id {id} to associate with", way.to))
                })?;
                found.push((way, to.id));
            }
        }
        Ok(found)
    }
}
