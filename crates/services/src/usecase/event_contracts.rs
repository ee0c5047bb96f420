//! What payloads of App Events are held to: schemas, and differences that are told once.
//!
//! Contracts are cached with the revision of the project that they were read at; whatever changes one raises
//! it, so that an event that is planned with an old one is planned again.

use crate::Services;
use crate::access::{administrate, storage};
use crate::security::ticket;
use portico_domain::schema::{Difference, Schema, SchemaCheck, fingerprint, inferred};
use portico_domain::{Actor, EventId, ProjectId, Refusal, RefusalCode, Timestamp};
use portico_storage::{AppEvent, EventDrift, EventRefusals};
use serde_json::Value;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// More shapes of one event than this are not remembered, but compared each time.
const MOST_SHAPES: usize = 1_000;
/// More differences of one event than this are not remembered, and not told.
const MOST_TOLD: usize = 1_000;
/// More cached contracts than this are forgotten all at once.
const MOST_CONTRACTS: usize = 5_000;

/// Contracts by project and event.
#[derive(Default)]
pub(crate) struct Contracts(Mutex<HashMap<ProjectId, HashMap<String, Arc<Contract>>>>);

/// What an event's payloads are held to.
pub(crate) struct Contract {
    revision: i64,
    event: Uuid,
    schema: Schema,
    check: SchemaCheck,
    seen: Mutex<Seen>,
}

/// What a contract has come across.
#[derive(Default)]
struct Seen {
    /// The fingerprints of shapes that have been compared.
    shapes: HashSet<u64>,
    /// The differences that have been told, each by itself.
    told: HashSet<String>,
}

/// Differences that have not been seen since this process knows the contract.
pub(crate) struct Drift {
    app_event: Uuid,
    differences: Vec<Difference>,
}

/// What schemas have refused since it was last written down: now and then, so that nobody can make us write.
#[derive(Default)]
pub(crate) struct RefusedCounts(Mutex<HashMap<Uuid, EventRefusals>>);

impl RefusedCounts {
    fn note(&self, refused: EventRefusals) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.entry(refused.app_event) {
            Entry::Vacant(own) => {
                own.insert(refused);
            }
            Entry::Occupied(mut own) => {
                let own = own.get_mut();
                own.count += refused.count;
                own.last_at = refused.last_at;
                own.differences = refused.differences;
            }
        }
    }

    fn take(&self) -> Vec<EventRefusals> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.drain().map(|(_, own)| own).collect()
    }
}

impl Contract {
    fn new(event: &AppEvent, revision: i64) -> Self {
        let written = event.schema.as_ref().and_then(|own| Schema::read(own).ok());
        // Without a schema, or with one that an older Portico took, the example says what is expected.
        let schema = written.unwrap_or_else(|| expected(&event.example));
        Self {
            revision,
            event: event.id,
            schema,
            check: event.schema.as_ref().map_or(SchemaCheck::Off, |_| event.check),
            seen: Mutex::default(),
        }
    }

    /// Whether a payload can be taken, and whether something about it is new. A shape that is known costs a
    /// hash where values are not looked at.
    fn judge(&self, payload: &Value) -> Result<Option<Drift>, Vec<Difference>> {
        let shape = fingerprint(payload);
        if self.check == SchemaCheck::Off && self.seen().shapes.contains(&shape) {
            return Ok(None);
        }
        let mut differences = self.schema.differences(payload);
        match self.check {
            SchemaCheck::Off => differences.retain(|own| !is_about_values(own)),
            SchemaCheck::Warn => {}
            SchemaCheck::Enforce if differences.iter().any(Difference::is_wrong) => {
                differences.retain(Difference::is_wrong);
                return Err(differences);
            }
            SchemaCheck::Enforce => {}
        }
        let mut seen = self.seen();
        if seen.shapes.len() < MOST_SHAPES {
            seen.shapes.insert(shape);
        }
        // Each by itself: of many keys that may be left out there are far more combinations than keys.
        differences.retain(|own| seen.told.len() < MOST_TOLD && seen.told.insert(key(own)));
        if differences.is_empty() {
            return Ok(None);
        }
        Ok(Some(Drift { app_event: self.event, differences }))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What tells a difference from others: where it is, and how it differs.
fn key(own: &Difference) -> String {
    ticket::hash(serde_json::to_string(own).unwrap_or_default())
}

fn is_about_values(own: &Difference) -> bool {
    matches!(own.change, portico_domain::schema::Change::Value { .. })
}

fn expected(example: &Value) -> Schema {
    Schema::read(&inferred(example)).unwrap_or_default()
}

impl Services {
    /// Holds a payload to its event's contract. An event that is not defined has none.
    pub(crate) async fn held_to_contract(
        &self,
        (project, name): (ProjectId, &str),
        payload: &Value,
        revision: i64,
    ) -> Result<Option<Drift>, Refusal> {
        let Some(contract) = self.contract((project, name), revision).await? else {
            return Ok(None);
        };
        match contract.judge(payload) {
            Ok(drift) => Ok(drift),
            // What refuses must be as new as it can be: nothing is checked again behind it.
            Err(_) => match self.fresh_contract((project, name), revision).await? {
                Some(fresh) => fresh.judge(payload).map_err(|wrong| {
                    self.count_refused(fresh.event, &wrong);
                    refused(wrong)
                }),
                None => Ok(None),
            },
        }
    }

    fn count_refused(&self, app_event: Uuid, wrong: &[Difference]) {
        let now = self.ports().now();
        self.inner.refused.note(EventRefusals {
            app_event,
            count: 1,
            first_at: now,
            last_at: now,
            differences: wrong.to_vec(),
        });
    }

    /// Writes down what schemas have refused since the last time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_refused_events(&self) -> Result<(), Refusal> {
        let refused = self.inner.refused.take();
        if refused.is_empty() {
            return Ok(());
        }
        self.store().note_event_refusals(refused).await.map_err(storage)
    }

    async fn contract(
        &self,
        (project, name): (ProjectId, &str),
        revision: i64,
    ) -> Result<Option<Arc<Contract>>, Refusal> {
        let cached = {
            let all = self.inner.contracts.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(&project).and_then(|own| own.get(name)).cloned()
        };
        match cached.filter(|own| own.revision == revision) {
            Some(contract) => Ok(Some(contract)),
            None => self.fresh_contract((project, name), revision).await,
        }
    }

    async fn fresh_contract(
        &self,
        (project, name): (ProjectId, &str),
        revision: i64,
    ) -> Result<Option<Arc<Contract>>, Refusal> {
        let Some(event) = self.store().app_event(project, name).await.map_err(storage)? else {
            return Ok(None);
        };
        let contract = Arc::new(Contract::new(&event, revision));
        let mut all = self.inner.contracts.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.values().map(HashMap::len).sum::<usize>() >= MOST_CONTRACTS {
            all.clear();
        }
        all.entry(project).or_default().insert(name.to_owned(), contract.clone());
        Ok(Some(contract))
    }

    /// Notes that payloads differ. The event is on disk already: trouble is logged, not told.
    pub(crate) async fn note_drift(&self, drift: Drift, (event, now): (EventId, Timestamp)) {
        let noted = drift.differences.into_iter().map(|difference| EventDrift {
            app_event: drift.app_event,
            key: key(&difference),
            difference,
            event,
            first_at: now,
        });
        if let Err(error) = self.store().note_drifts(noted.collect()).await {
            tracing::error!(%error, "a payload's differences could not be noted");
        }
    }

    /// Says what an event's payloads are held to.
    ///
    /// # Errors
    /// The event is not defined; the schema cannot be read, or the event's own example does not fit it; there is
    /// a check and no schema.
    pub async fn set_event_schema(
        &self,
        actor: &Actor,
        project: ProjectId,
        name: &str,
        (schema, check): (Option<Value>, SchemaCheck),
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let event = self.store().app_event(project, name).await.map_err(storage)?;
        let event = event.ok_or_else(|| not_defined(name))?;
        match &schema {
            None if check != SchemaCheck::Off => {
                let words = "Write a schema first, or have one made from the example.";
                return Err(Refusal::field("schema", words));
            }
            None => {}
            Some(document) => fits(document, &event.example)?,
        }
        let now = self.ports().now();
        let set = self.store().set_event_schema(project, name, (schema, check), now).await;
        if set.map_err(storage)? { Ok(()) } else { Err(not_defined(name)) }
    }

    /// Says that a difference is fine: it is not told again.
    ///
    /// # Errors
    /// It is not known.
    pub async fn dismiss_drift(
        &self,
        actor: &Actor,
        project: ProjectId,
        (name, key): (&str, &str),
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let now = self.ports().now();
        if self.store().dismiss_drift(project, (name, key), now).await.map_err(storage)? {
            return Ok(());
        }
        Err(Refusal::new(RefusalCode::NotFound, "This difference is no longer noted."))
    }
}

/// An example that is refused as a payload would teach people the wrong thing.
pub(crate) fn fits(schema: &Value, example: &Value) -> Result<(), Refusal> {
    let problem = |mut own: portico_domain::FieldProblem| {
        own.message = format!("schema{}: {}", own.field, own.message);
        own.field = format!("schema{}", own.field);
        own
    };
    let schema = Schema::read(schema)
        .map_err(|all| Refusal::fields(all.into_iter().map(problem).collect()))?;
    let wrong = schema.differences(example).into_iter().filter(Difference::is_wrong);
    let wrong: Vec<_> = wrong
        .map(|own| portico_domain::FieldProblem {
            message: format!("The example does not fit the schema: {} {}.", own.at, own.words()),
            field: format!("example{}", own.at),
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::fields(wrong)) }
}

fn refused(wrong: Vec<Difference>) -> Refusal {
    Refusal::fields(wrong.iter().map(Difference::as_problem).collect())
}

pub(crate) fn not_defined(name: &str) -> Refusal {
    Refusal::new(RefusalCode::EventUnknown, format!("The event {name:?} is not defined."))
}

#[cfg(test)]
mod tests {
    use super::Contract;
    use portico_domain::schema::SchemaCheck;
    use portico_domain::{ProjectId, Timestamp};
    use portico_storage::AppEvent;
    use serde_json::{Value, json};
    use uuid::Uuid;

    fn contract(schema: Option<Value>, check: SchemaCheck) -> Contract {
        let event = AppEvent {
            id: Uuid::nil(),
            project: ProjectId::from_parts(1, [1; 10]),
            name: "Lead Created".to_owned(),
            example: json!({ "name": "Ada", "plan": "free" }),
            schema,
            check,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        };
        Contract::new(&event, 1)
    }

    fn told(contract: &Contract, payload: &Value) -> Vec<String> {
        let drift = contract.judge(payload).expect("taken");
        let differences = drift.map(|own| own.differences).unwrap_or_default();
        differences.iter().map(|own| format!("{} {}", own.at, own.words())).collect()
    }

    #[test]
    fn what_differs_from_the_example_is_told_once() {
        let contract = contract(None, SchemaCheck::Enforce);
        assert!(told(&contract, &json!({ "name": "Bob", "plan": "pro" })).is_empty());
        let other = json!({ "name": 7, "plan": "pro", "new": [1] });
        assert_eq!(
            told(&contract, &other),
            ["/name is number instead of string", "/new is new (array)"]
        );
        assert!(told(&contract, &other).is_empty(), "once");
        assert!(told(&contract, &json!({ "name": 8.5, "plan": "", "new": [2, 3] })).is_empty());
    }

    #[test]
    fn each_difference_is_told_once_however_they_come_together() {
        let contract = contract(None, SchemaCheck::Off);
        let mut lines = Vec::new();
        for bits in 0..256_u32 {
            let mut payload = json!({ "name": "Ada", "plan": "free" });
            for own in (0..8).filter(|own| bits & (1 << own) != 0) {
                payload[format!("extra_{own}")] = json!("x");
            }
            lines.extend(told(&contract, &payload));
        }
        assert_eq!(lines.len(), 8, "{lines:?}");
    }

    #[test]
    fn values_count_where_a_schema_is_checked() {
        let schema = json!({ "properties": { "plan": { "enum": ["free", "pro"] }, "name": {} } });
        let (good, bad) = (json!({ "plan": "free" }), json!({ "plan": "gold" }));
        let off = contract(Some(schema.clone()), SchemaCheck::Off);
        assert!(told(&off, &bad).is_empty());
        let warn = contract(Some(schema.clone()), SchemaCheck::Warn);
        assert!(told(&warn, &good).is_empty());
        assert_eq!(told(&warn, &bad), ["/plan is none of \"free\", \"pro\""]);
        assert!(told(&warn, &bad).is_empty(), "once");
        let enforce = contract(Some(schema), SchemaCheck::Enforce);
        assert!(told(&enforce, &good).is_empty());
        assert!(enforce.judge(&bad).is_err() && enforce.judge(&bad).is_err(), "each time");
        assert_eq!(told(&enforce, &json!({ "plan": "pro", "x": 1 })), ["/x is new (number)"]);
    }
}
