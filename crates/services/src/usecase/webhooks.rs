//! What providers send us: believed over its raw bytes, told to the accounts it is about, acknowledged only
//! after it is on disk. Nobody acts here but the provider, whose signature is all the right there is.

use super::answers::{Answers, Questions};
use super::events::{Narrowed, scope};
use super::happenings::Happening;
use super::routing::Routing;
use crate::Services;
use crate::access::storage;
use portico_connector::{
    Definition, Disbelief, InboundRequest, Incoming, Lifecycle, Received, SecretSource,
};
use portico_domain::event::EventSource;
use portico_domain::workflow::Trigger;
use portico_domain::{
    CredentialStatus, Failure, FailureClass, IntegrationId, ProjectId, Refusal, RefusalCode,
    Timestamp, WorkflowId,
};
use portico_storage::{
    Configuration, Credential, IdempotencyKey, Integration, Recipients, WebhookCounts,
    WebhookRecord,
};
use serde_json::Map;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use zeroize::Zeroizing;

/// Keys of providers' events begin with what no caller's key can have.
pub(super) const OURS: char = '\u{1}';

/// A request that somebody sent to an address for providers.
#[derive(Clone, Copy)]
pub struct Inbound<'a> {
    /// The project whose address it is; `None`: the address of all projects.
    pub project: Option<ProjectId>,
    /// The integration's type: `slack`.
    pub kind: &'a str,
    /// As on the wire.
    pub request: InboundRequest<'a>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is on disk, or concerns nobody here.
    Taken,
    /// The provider asks whether the address is ours: this is what it wants to hear.
    Challenge(String),
    /// It is not the provider's, or not of now.
    Refused,
    /// It is the provider's and cannot be read.
    Unreadable,
}

/// What became of a request for one project.
enum Heard {
    /// There is no such integration any more.
    Nobody,
    /// It was believed, and told.
    Told,
    Challenge(String),
    Refused(Disbelief),
}

/// What is to be noted of deliveries: written now and then, so that nobody can make us write.
#[derive(Default)]
pub(crate) struct ToldCounts(Mutex<HashMap<IntegrationId, WebhookRecord>>);

impl ToldCounts {
    fn note(&self, integration: IntegrationId, change: impl FnOnce(&mut WebhookRecord)) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(all.entry(integration).or_default());
    }

    fn take(&self) -> Vec<WebhookCounts> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.drain().map(|(integration, added)| WebhookCounts { integration, added }).collect()
    }
}

impl Services {
    /// Takes what a provider sent.
    ///
    /// # Errors
    /// There is no such address; the database failed: then the provider sends it again.
    pub async fn receive(&self, inbound: Inbound<'_>) -> Result<Told, Refusal> {
        let now = self.ports().now();
        let mut told = Told::Refused;
        let mut refused = Vec::new();
        let mut believed = false;
        let mut broken = None;
        for integration in self.addressed(inbound).await? {
            match self.receive_for(&integration, &inbound.request).await {
                Ok(Heard::Nobody) => {}
                Ok(Heard::Refused(why)) => refused.push((integration.id, why)),
                Ok(Heard::Challenge(answer)) => return Ok(Told::Challenge(answer)),
                Ok(Heard::Told) => (told, believed) = (Told::Taken, true),
                // What is broken in one project is not in the way of another's; only without the database
                // nobody is told anything.
                Err(refusal) if refusal.code == RefusalCode::Internal => {
                    tracing::error!(integration = %integration.id, %refusal, "a delivery was not taken");
                    broken = Some(refusal);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        if let Some(refusal) = broken.filter(|_| !believed) {
            return Err(refusal);
        }
        // At the address of all projects, what one project's app signed is not another's.
        if !believed {
            for (integration, why) in refused {
                tracing::info!(%integration, ?why, "a delivery was not believed");
                if why == Disbelief::Unreadable {
                    told = Told::Unreadable;
                }
                self.inner.told.note(integration, |record| {
                    record.refused += 1;
                    record.refused_at = Some(now);
                    record.refused_why = Some(reason(why).to_owned());
                });
            }
        }
        Ok(told)
    }

    /// Takes what a provider sent for one project.
    async fn receive_for(
        &self,
        integration: &Integration,
        request: &InboundRequest<'_>,
    ) -> Result<Heard, Refusal> {
        let now = self.ports().now();
        let catalogue = self.catalogue_of(integration).await?;
        let Some(definition) = catalogue.definition(&integration.kind) else {
            return Ok(Heard::Nobody);
        };
        let secret = self.webhook_secret(definition, integration).await?;
        let secrets: Vec<&str> = secret.iter().map(|secret| secret.as_str()).collect();
        let (incoming, unroutable) = match definition.receive(request, &secrets, now) {
            None => return Err(nowhere()),
            Some(Received::Refused(why)) => return Ok(Heard::Refused(why)),
            Some(Received::Challenge(answer)) => return Ok(Heard::Challenge(answer)),
            Some(Received::Deliveries { incoming, unroutable }) => (incoming, unroutable),
        };
        let mut strangers = unroutable as u64;
        for one in &incoming {
            strangers += self.tell(integration, definition, one).await?;
        }
        self.inner.told.note(integration.id, |record| {
            record.deliveries += 1;
            record.delivered_at = Some(now);
            record.strangers += strangers;
        });
        Ok(Heard::Told)
    }

    /// Writes down what was noted of deliveries since the last time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_deliveries(&self) -> Result<(), Refusal> {
        let counts = self.inner.told.take();
        if counts.is_empty() {
            return Ok(());
        }
        self.store().note_webhooks(counts).await.map_err(storage)
    }

    /// The integrations that an address is of.
    async fn addressed(&self, inbound: Inbound<'_>) -> Result<Vec<Integration>, Refusal> {
        let found = match inbound.project {
            Some(project) => {
                let own = self.store().integration_of(project, inbound.kind).await;
                own.map_err(storage)?.into_iter().collect()
            }
            None => self.store().integrations_of_type(inbound.kind).await.map_err(storage)?,
        };
        if found.is_empty() { Err(nowhere()) } else { Ok(found) }
    }

    /// What the provider signs with; nothing if it was not entered: then nobody is believed.
    async fn webhook_secret(
        &self,
        definition: &Definition,
        integration: &Integration,
    ) -> Result<Option<Zeroizing<String>>, Refusal> {
        let source = definition.webhook().map(portico_connector::Webhook::secret);
        let (column, sealed) = match source {
            Some(SecretSource::ClientSecret) => ("client_secret", &integration.client_secret),
            Some(SecretSource::SigningSecret) => ("signing_secret", &integration.signing_secret),
            None => return Ok(None),
        };
        let Some(sealed) = sealed else { return Ok(None) };
        let place = ("integrations", column, integration.id.uuid(), integration.project);
        let plain = self.inner.vault.open(self.store(), place, sealed).await?;
        let text = String::from_utf8(plain.to_vec()).map_err(|_| crate::access::internal())?;
        Ok(Some(Zeroizing::new(text)))
    }

    /// Tells one thing to the accounts of one integration of one project. Answers 1 if it is nobody's.
    async fn tell(
        &self,
        integration: &Integration,
        definition: &Definition,
        one: &Incoming,
    ) -> Result<u64, Refusal> {
        let value = one.recipient.value.clone();
        let whose = Recipients { integration: integration.id, value };
        let mut accounts = self.store().recipients(&whose).await.map_err(storage)?;
        accounts.retain(|account| one.recipient.is(&facts(account)));
        let trigger = definition.trigger(&one.trigger);
        let revoked = trigger.and_then(portico_connector::Trigger::lifecycle);
        for account in &accounts {
            let told = match revoked {
                // What was delivered late, or once more, is not about an account that was connected since.
                Some(Lifecycle::Revoked)
                    if one.occurred_at.is_some_and(|at| is_before(at, account.connected_at)) =>
                {
                    Ok(())
                }
                Some(Lifecycle::Revoked) => self.note_revoked(account).await,
                None => self.tell_account(&integration.kind, account, one).await,
            };
            match told {
                // What cannot be read of one account is not in the way of the others.
                Err(refusal) if refusal.code == RefusalCode::Internal => {
                    tracing::error!(credential = %account.id, %refusal, "an account was not told");
                }
                told => told?,
            }
        }
        Ok(u64::from(accounts.is_empty()))
    }

    async fn note_revoked(&self, account: &Credential) -> Result<(), Refusal> {
        if account.status != CredentialStatus::Valid {
            return Ok(());
        }
        let failure = Failure::new(
            FailureClass::Revoked,
            "revoked_at_provider",
            "The connection was ended at the provider. Reconnect the account.",
        );
        let version = account.token_version;
        self.credential_refused(account.project, account.id, version, &failure).await?;
        self.inner.routes.forget(account.user);
        Ok(())
    }

    async fn tell_account(
        &self,
        kind: &str,
        account: &Credential,
        one: &Incoming,
    ) -> Result<(), Refusal> {
        let who = (account.project, account.user);
        let routing = match self.routing(who.0, who.1).await {
            Ok(routing) => routing,
            // A user who is refused starts nothing.
            Err(refusal) if refusal.code == RefusalCode::UserTokenInvalid => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        let snapshot = &routing.snapshot;
        for own in snapshot.configurations.iter().filter(|own| own.credential == account.id) {
            if self.listeners(&routing, (kind, one), own)?.is_empty() {
                continue;
            }
            // The same however often it is delivered.
            let key = format!("{OURS}{}/{}/{}", own.id, one.trigger, one.key);
            let key = IdempotencyKey { key, body_hash: String::new() };
            let configuration = own.id;
            self.happen(who, Some(key), |routing| {
                let own = routing.snapshot.configurations.iter();
                let own = own.clone().find(|own| own.id == configuration);
                let workflows = match own {
                    Some(own) => self.listeners(routing, (kind, one), own)?,
                    None => Vec::new(),
                };
                Ok(Happening {
                    source: EventSource::Integration,
                    name: &one.trigger,
                    payload: &one.item,
                    workflows: Some(workflows),
                    narrowed: Narrowed {
                        credential: Some(account.id),
                        configuration: Some(configuration),
                    },
                })
            })
            .await?;
        }
        Ok(())
    }

    /// The workflows that are on under a configuration and that wait for it.
    fn listeners(
        &self,
        routing: &Routing,
        (kind, one): (&str, &Incoming),
        configuration: &Configuration,
    ) -> Result<Vec<WorkflowId>, Refusal> {
        let Routing { snapshot, catalogue } = routing;
        let Some(known) = catalogue.definition(kind).and_then(|own| own.trigger(&one.trigger))
        else {
            return Ok(Vec::new());
        };
        let account = snapshot.credentials.iter().find(|own| own.id == configuration.credential);
        let Some(account) = account else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for workflow in snapshot.workflows.iter().filter(|own| own.kind == kind) {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            let Trigger::Integration { integration, trigger, inputs } = &definition.trigger else {
                continue;
            };
            if integration != kind || *trigger != one.trigger {
                continue;
            }
            let questions = Questions { own: &definition.settings, shared: &workflow.shared };
            let answers = Answers::new(questions, configuration, workflow.id);
            if !answers.enabled {
                continue;
            }
            let scope = scope(snapshot, account, answers);
            match self.engine().narrowing(known.shape(), inputs, &scope) {
                Ok(inputs) if known.concerns(&inputs, &one.item) => found.push(workflow.id),
                Ok(_) => {}
                Err(why) => {
                    tracing::info!(workflow = %workflow.id, why, "a trigger's inputs have no value");
                }
            }
        }
        Ok(found)
    }
}

/// Whether something happened before an account was connected. Some providers tell whole seconds only.
fn is_before(at: Timestamp, connected: Timestamp) -> bool {
    at.millis().div_euclid(1000) < connected.millis().div_euclid(1000)
}

/// All that is known of an account by name.
fn facts(account: &Credential) -> Map<String, serde_json::Value> {
    let mut facts = account.connection.clone();
    facts.extend(account.provider_data.clone());
    facts
}

fn reason(why: Disbelief) -> &'static str {
    match why {
        Disbelief::Missing => "missing",
        Disbelief::Wrong => "wrong",
        Disbelief::Old => "old",
        Disbelief::Unreadable => "unreadable",
    }
}

fn nowhere() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is nothing at this address.")
}
