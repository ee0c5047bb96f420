//! App Events: decide what each starts, and acknowledge only what is on disk.

use crate::Services;
use crate::access::{Rate, as_user, storage};
use crate::security::ticket;
use crate::usecase::answers::{Answers, Questions};
use crate::usecase::happenings::Happening;
use crate::usecase::routing::Routing;
use portico_domain::event::{Decision, EventSource, Outcome};
use portico_domain::execution::Scope;
use portico_domain::{
    Actor, ConfigurationId, ConnectedUserId, CredentialId, CredentialStatus, EventId, ExecutionId,
    ProjectId, Refusal, RefusalCode, Timestamp,
};
use portico_engine::{Run, Signal, State};
use portico_storage::{
    Configuration, ConnectedUser, Credential, DeployedWorkflow, IdempotencyKey, NewExecution,
    RoutingSnapshot,
};
use serde_json::{Map, Value, json};

/// How fast a user's events are taken, unless the project says otherwise.
const USUAL_RATE: Rate = Rate { per_second: 50.0, burst: 200.0 };
const LONGEST_NAME: usize = 255;

/// An event as sent.
#[derive(Clone, Debug)]
pub struct EventInput {
    /// Its name.
    pub name: String,
    /// Its payload, an object.
    pub payload: Map<String, Value>,
    /// The caller's `Idempotency-Key`.
    pub key: Option<String>,
    /// Only this account: its id, or its external id.
    pub credential: Option<String>,
    /// Only this configuration: its id, or its external id.
    pub configuration: Option<String>,
}

/// An event that is on disk with everything it started.
#[derive(Clone, Debug)]
pub struct AcceptedEvent {
    /// Its id.
    pub id: EventId,
    /// When it was received.
    pub received_at: Timestamp,
    /// What was decided, one per workflow and configuration.
    pub decisions: Vec<Decision>,
    /// Whether the same event had been accepted before, under the same key.
    pub replayed: bool,
}

impl Services {
    /// Accepts an event: it, its key, every execution it starts and their first jobs are on disk
    /// when this returns.
    ///
    /// # Errors
    /// The name is missing or unknown, the key is unusable or was used with another body, the
    /// account is unknown, too many events, or the database failed: then nothing was stored.
    pub async fn trigger_event(
        &self,
        actor: &Actor,
        input: EventInput,
    ) -> Result<AcceptedEvent, Refusal> {
        let (project, user) = as_user(actor)?;
        let name = input.name.trim();
        if name.is_empty() {
            return Err(Refusal::new(RefusalCode::NameMissing, "The event has no name."));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(Refusal::field("name", "An event's name has 255 characters at most."));
        }
        let payload = Value::Object(input.payload);
        let body = json!({
            "name": name,
            "payload": payload,
            "credential": input.credential,
            "configuration": input.configuration,
        });
        let key = checked_key(input.key.as_deref(), &body)?;
        self.take_event(user)?;
        self.happen((project, user), key, |routing| {
            Ok(Happening {
                source: EventSource::AppEvent,
                name,
                payload: &payload,
                workflows: None,
                narrowed: Narrowed::new(
                    &routing.snapshot,
                    input.credential.as_deref(),
                    input.configuration.as_deref(),
                )?,
            })
        })
        .await
    }

    /// One more event of a user's, unless there are too many.
    pub(crate) fn take_event(&self, user: ConnectedUserId) -> Result<(), Refusal> {
        self.inner.rates.event(user, USUAL_RATE, self.ports().now())
    }

    pub(crate) async fn replayed(
        &self,
        project: ProjectId,
        id: EventId,
    ) -> Result<AcceptedEvent, Refusal> {
        let event = self.store().event(project, id).await.map_err(storage)?;
        let event = event.ok_or_else(|| {
            Refusal::new(
                RefusalCode::IdempotencyKeyReused,
                "This Idempotency-Key belongs to an event that is no longer kept; use a new key.",
            )
        })?;
        Ok(AcceptedEvent {
            id,
            received_at: event.received_at,
            decisions: event.decisions,
            replayed: true,
        })
    }

    /// An event that no workflow waits for is still known if the project defines it.
    pub(crate) async fn require_known_event(
        &self,
        project: ProjectId,
        name: &str,
    ) -> Result<(), Refusal> {
        if self.store().app_event(project, name).await.map_err(storage)?.is_some() {
            return Ok(());
        }
        let now = self.ports().now();
        self.store().count_unknown_event(project, name, now).await.map_err(storage)?;
        let names = self.store().app_event_names(project).await.map_err(storage)?;
        let advice = match portico_domain::nearest(name, names.iter().map(String::as_str)) {
            Some(nearest) => format!("Did you mean {nearest:?}?"),
            None => "Define it under Events in the dashboard first.".to_owned(),
        };
        Err(Refusal::new(
            RefusalCode::EventUnknown,
            format!("The event {name:?} is not defined in this project. {advice}"),
        ))
    }

    /// What a happening starts, and why it starts nothing else.
    pub(crate) fn plan(
        &self,
        routing: &Routing,
        happening: &Happening<'_>,
        now: Timestamp,
    ) -> Result<Plan, Refusal> {
        let Routing { snapshot, catalogue } = routing;
        let mut plan = Plan::default();
        for workflow in snapshot.workflows.iter().filter(|own| happening.is_awaited_by(own)) {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            let accounts = happening.narrowed.accounts(snapshot, workflow);
            let unpermitted = match self.permitted(&definition, &snapshot.user) {
                Ok(true) => None,
                Ok(false) => Some(Outcome::PermissionUnmet),
                Err(reason) => Some(Outcome::PermissionFailed { reason }),
            };
            if accounts.is_empty() {
                plan.decide(workflow, None, Outcome::NotConnected);
            }
            for (credential, configuration) in accounts {
                let questions = Questions { own: &definition.settings, shared: &workflow.shared };
                let answers = Answers::new(questions, configuration, workflow.id);
                let outcome = if let Some(outcome) = &unpermitted {
                    outcome.clone()
                } else if credential.status != CredentialStatus::Valid {
                    Outcome::CredentialInvalid
                } else if !answers.enabled {
                    Outcome::Disabled
                } else if let Some(setting) = answers.missing.clone() {
                    Outcome::SettingMissing { setting }
                } else {
                    let steps = &workflow.definition["steps"];
                    let answers = answers.without_unused_files(questions, steps);
                    let scope = scope(snapshot, credential, answers);
                    match self.starts_on(&definition, happening.payload, &scope) {
                        Ok(true) => {
                            let id = self.ports().id(ExecutionId::from_parts);
                            let run = Run {
                                execution: id,
                                workflow: &definition,
                                actions: catalogue,
                                trigger: happening.payload,
                            };
                            let start = Signal::Start { scope };
                            let advance = self.engine().advance(&run, &State::new(), start, now);
                            let state = State::fold(&advance.entries);
                            plan.executions.push(NewExecution {
                                id,
                                workflow: workflow.id,
                                workflow_version: workflow.version,
                                credential: credential.id,
                                configuration: configuration.id,
                                status: state.status(),
                                failure: state.failure().cloned(),
                                entries: advance.entries,
                                jobs: self.jobs(advance.commands, catalogue, &definition, &state),
                            });
                            Outcome::Started { execution_id: id }
                        }
                        Ok(false) => Outcome::FilterFalse,
                        Err(reason) => Outcome::FilterFailed { reason },
                    }
                };
                plan.decide(workflow, Some((credential.id, configuration.id)), outcome);
            }
        }
        Ok(plan)
    }
}

#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) executions: Vec<NewExecution>,
}

impl Plan {
    fn decide(
        &mut self,
        workflow: &DeployedWorkflow,
        account: Option<(CredentialId, ConfigurationId)>,
        outcome: Outcome,
    ) {
        self.decisions.push(Decision {
            workflow_id: workflow.id,
            integration: workflow.kind.clone(),
            credential_id: account.map(|(credential, _)| credential),
            configuration_id: account.map(|(_, configuration)| configuration),
            outcome,
        });
    }
}

/// The accounts a happening is for: all, or the ones that are named.
#[derive(Clone, Copy, Default)]
pub(crate) struct Narrowed {
    pub(crate) credential: Option<CredentialId>,
    pub(crate) configuration: Option<ConfigurationId>,
}

impl Narrowed {
    /// By what headers name.
    pub(crate) fn new(
        snapshot: &RoutingSnapshot,
        credential: Option<&str>,
        configuration: Option<&str>,
    ) -> Result<Self, Refusal> {
        let credential = match credential {
            None => None,
            Some(named) => Some(find_credential(&snapshot.credentials, named)?.id),
        };
        let configuration = match configuration {
            None => None,
            Some(named) => Some(find_configuration(&snapshot.configurations, named)?.id),
        };
        Ok(Self { credential, configuration })
    }

    pub(crate) fn accounts<'s>(
        &self,
        snapshot: &'s RoutingSnapshot,
        workflow: &DeployedWorkflow,
    ) -> Vec<(&'s Credential, &'s Configuration)> {
        snapshot
            .credentials
            .iter()
            .filter(|credential| credential.integration == workflow.integration)
            .filter(|credential| self.credential.is_none_or(|only| only == credential.id))
            .flat_map(|credential| {
                snapshot
                    .configurations
                    .iter()
                    .filter(move |configuration| configuration.credential == credential.id)
                    .map(move |configuration| (credential, configuration))
            })
            .filter(|(_, configuration)| {
                self.configuration.is_none_or(|only| only == configuration.id)
            })
            .collect()
    }
}

/// A credential by its id or its external id (Paragon's SDK writes the latter with `ext:`).
pub(crate) fn find_credential<'c>(
    credentials: &'c [Credential],
    named: &str,
) -> Result<&'c Credential, Refusal> {
    let external = named.strip_prefix("ext:").unwrap_or(named);
    credentials
        .iter()
        .find(|credential| {
            credential.id.to_string() == named
                || credential.external_id.as_deref() == Some(external)
        })
        .ok_or_else(|| {
            Refusal::new(
                RefusalCode::CredentialUnknown,
                format!("This user has no connected account {named:?}."),
            )
        })
}

pub(crate) fn find_configuration<'c>(
    configurations: &'c [Configuration],
    named: &str,
) -> Result<&'c Configuration, Refusal> {
    let external = named.strip_prefix("ext:").unwrap_or(named);
    configurations
        .iter()
        .find(|configuration| {
            configuration.id.to_string() == named
                || configuration.external_id.as_deref() == Some(external)
        })
        .ok_or_else(|| {
            Refusal::new(
                RefusalCode::CredentialUnknown,
                format!("This user has no configuration {named:?}."),
            )
        })
}

pub(crate) fn scope(
    snapshot: &RoutingSnapshot,
    credential: &Credential,
    answers: Answers,
) -> Scope {
    let Answers { settings, sealed, .. } = answers;
    Scope { settings, sealed, ..about(&snapshot.user, credential) }
}

/// What is known of a user and its account, without any answers.
pub(crate) fn about(user: &ConnectedUser, credential: &Credential) -> Scope {
    let mut account = credential.provider_data.clone();
    account.insert("id".to_owned(), json!(credential.id));
    account.insert("provider_id".to_owned(), json!(credential.provider_id));
    account.insert("label".to_owned(), json!(credential.provider_label));
    Scope { user: about_user(user), account, ..Scope::default() }
}

/// What is known of a user.
pub(crate) fn about_user(user: &ConnectedUser) -> Map<String, Value> {
    let mut about = Map::new();
    about.insert("id".to_owned(), json!(user.external_id));
    about.insert("meta".to_owned(), Value::Object(user.meta.clone()));
    about
}

pub(crate) fn app_event_of(workflow: &DeployedWorkflow) -> Option<&str> {
    let trigger = workflow.definition.get("trigger")?;
    (trigger.get("kind")?.as_str()? == "app_event").then(|| trigger.get("event")?.as_str())?
}

/// An `Idempotency-Key` and a hash of what was sent with it.
pub(crate) fn checked_key(
    key: Option<&str>,
    body: &Value,
) -> Result<Option<IdempotencyKey>, Refusal> {
    let Some(key) = key else { return Ok(None) };
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(Refusal::new(
            RefusalCode::InvalidHeader,
            "Idempotency-Key has 1 to 255 printable ASCII characters.",
        ));
    }
    let body_hash = ticket::hash(canonical(body));
    Ok(Some(IdempotencyKey { key: key.to_owned(), body_hash }))
}

/// JSON with sorted keys: two spellings of one body have one hash.
fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let mut pairs: Vec<_> = map.iter().collect();
                pairs.sort_by(|a, b| a.0.cmp(b.0));
                pairs.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
            }
            Value::Array(items) => items.iter().map(sorted).collect(),
            other => other.clone(),
        }
    }
    sorted(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::canonical;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter_but_that_of_items_does() {
        let one: serde_json::Value =
            serde_json::from_str(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).expect("json");
        let two: serde_json::Value =
            serde_json::from_str(r#"{"b":{"d":null,"c":[1,2]},"a":1}"#).expect("json");
        assert_eq!(canonical(&one), canonical(&two));
        assert_ne!(canonical(&json!([1, 2])), canonical(&json!([2, 1])));
    }
}
