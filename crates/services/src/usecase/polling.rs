//! Asking providers what is new. The cursor moves on in the transaction that stores what was found: what
//! a crash interrupts is asked for again, and nothing is told twice.

use super::answers::{Answers, Questions};
use super::credentials::{broken, ours};
use super::events::scope;
use super::firing::{AFTER_TROUBLE, happening_of, step};
use super::happenings::FoundOutcome;
use super::places::{Places, Share};
use super::redaction::Redaction;
use super::refusals::{Author, RefusedRequest, TokenAge};
use super::routing::Routing;
use super::secret::Access;
use crate::Services;
use crate::access::storage;
use portico_connector::{Definition, Poll, PollState, Polled};
use portico_domain::event::EventSource;
use portico_domain::workflow::Trigger;
use portico_domain::{Failure, FailureClass, Lanes, Refusal, Timestamp};
use portico_storage::{Watch, WatchStep};
use serde_json::{Map, Value};
use std::time::Duration;

/// How often an account is asked: every minute, or a little later.
const EVERY: Duration = Duration::from_secs(60);
const SPREAD: Duration = Duration::from_secs(12);
/// The longest wait after failures in a row.
const LONGEST: Duration = Duration::from_secs(3600);
/// How long one poll may take before another node tries.
const LEASE: Duration = Duration::from_secs(180);
/// How many polls are under way at once: of an account, of a project, of a type of integration. A provider that
/// never answers keeps so many places and no more.
const OF_AN_ACCOUNT: usize = 2;
const OF_A_PROJECT: usize = 8;
const OF_A_TYPE: usize = 16;
/// How many answers are read in one go; what is left is read in the next.
const MOST_PAGES: usize = 20;

/// One poll under way.
struct Polling<'a> {
    watch: Watch,
    definition: &'a Definition,
    trigger: &'a portico_connector::Trigger,
    poll: &'a Poll,
    inputs: Map<String, Value>,
    lanes: Lanes,
    access: Access,
    token: TokenAge,
}

impl Services {
    /// Begins polls that are due, as many as there are places for, each by one node. Answers how many. For the
    /// worker.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin_polls(&self, places: &mut Places) -> Result<usize, Refusal> {
        let mut all = 0;
        while places.free() > 0 {
            let most = i64::try_from(places.free()).unwrap_or(i64::MAX);
            let now = self.ports().now();
            let due = self.store().due_polls(&places.full(), now, most).await.map_err(storage)?;
            let mut begun = 0;
            for mut watch in due {
                let shares = shares(&watch);
                if !places.has_room(&shares) {
                    continue;
                }
                let lease = WatchStep {
                    due_at: Some(now + LEASE),
                    failures: watch.failures,
                    failure: watch.failure.clone(),
                    ..step(&watch)
                };
                if !self.store().step_watch(lease).await.map_err(storage)? {
                    continue;
                }
                watch.revision += 1;
                begun += 1;
                let services = self.clone();
                places.begin(shares, async move { services.poll_claimed(watch).await });
            }
            all += begun;
            if begun == 0 {
                break;
            }
        }
        Ok(all)
    }

    async fn poll_claimed(&self, watch: Watch) {
        let (id, failures) = (watch.id, watch.failures);
        let mut revision = watch.revision;
        let Err(failure) = self.poll_watch(watch, &mut revision).await else { return };
        let now = self.ports().now();
        tracing::info!(watch = %id, code = failure.code, "a poll came to nothing");
        let own = WatchStep {
            watch: id,
            revision,
            state: None,
            due_at: Some(after(&failure, failures, now)),
            failures: failures.saturating_add(1),
            failure: Some(failure),
            done_at: None,
        };
        if let Err(error) = self.store().step_watch(own).await {
            // Its lease runs out and it is polled again.
            tracing::error!(%error, "a failed poll could not be noted");
        }
    }

    /// `revision` is the watch's, as far as it was moved on.
    async fn poll_watch(&self, watch: Watch, revision: &mut i64) -> Result<(), Failure> {
        self.inner.routes.forget(watch.user);
        let routing = self.routing(watch.project, watch.user).await.map_err(broken)?;
        let Trigger::Integration { integration, trigger, inputs } = &watch.trigger else {
            return Ok(());
        };
        let definition = routing.catalogue.definition(integration).ok_or_else(gone)?;
        let trigger = definition.trigger(trigger).ok_or_else(gone)?;
        let poll = trigger.poll().ok_or_else(gone)?;
        let inputs = self.narrowed_inputs(&routing, &watch, trigger, inputs)?;
        let access = self.access(watch.project, watch.credential).await?;
        let credentials = routing.snapshot.credentials.iter();
        let own = credentials.clone().find(|own| own.id == watch.credential);
        let account = own.and_then(|own| own.provider_id.clone());
        let account = account.unwrap_or_else(|| watch.credential.to_string());
        let lanes = poll.lanes(&account, &inputs);
        let mut state = match &watch.state {
            None => poll.begin(self.ports().now()),
            Some(kept) => serde_json::from_value(kept.clone()).map_err(|_| gone())?,
        };
        let token = TokenAge::Unknown;
        let mut polling =
            Polling { watch, definition, trigger, poll, inputs, lanes, access, token };
        for page in 1..=MOST_PAGES {
            let polled = self.ask(&mut polling, &state).await?;
            let (more, last) = (polled.more, page == MOST_PAGES);
            state = polled.state.clone();
            if more && !last && polled.items.is_empty() {
                continue;
            }
            let now = self.ports().now();
            // While there is more, the lease goes on.
            let due_at = match (more, last) {
                (false, _) => now + EVERY + self.share_of(SPREAD),
                (true, true) => now,
                (true, false) => now + LEASE,
            };
            if !self.store_polled(&polling, polled, due_at).await? {
                return Ok(());
            }
            polling.watch.revision += 1;
            *revision = polling.watch.revision;
            if !more {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What narrows the trigger, with the answers of the account's user.
    fn narrowed_inputs(
        &self,
        routing: &Routing,
        watch: &Watch,
        trigger: &portico_connector::Trigger,
        inputs: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Failure> {
        let snapshot = &routing.snapshot;
        let workflow = snapshot.workflows.iter().find(|own| own.id == watch.workflow);
        let configuration =
            snapshot.configurations.iter().find(|own| own.id == watch.configuration);
        let credential = snapshot.credentials.iter().find(|own| own.id == watch.credential);
        let (Some(workflow), Some(configuration), Some(credential)) =
            (workflow, configuration, credential)
        else {
            return Err(gone());
        };
        let definition = self.parsed_version(workflow.id, workflow.version, &workflow.definition);
        let definition = definition.map_err(broken)?;
        let questions = Questions { own: &definition.settings, shared: &workflow.shared };
        let scope =
            scope(snapshot, credential, Answers::new(questions, configuration, workflow.id));
        let inputs = self.engine().narrowing(trigger.shape(), inputs, &scope);
        inputs.map_err(|why| Failure::new(FailureClass::Invalid, "input", why))
    }

    /// Asks once; a token that is refused is renewed once.
    async fn ask(&self, own: &mut Polling<'_>, state: &PollState) -> Result<Polled, Failure> {
        let (project, credential) = (own.watch.project, own.watch.credential);
        loop {
            self.wait_for_slot(&own.lanes).await?;
            let request = own.poll.request(state, &own.inputs, &own.access.connection())?;
            if !own.definition.allows_host(&request.url) {
                return Err(super::accounts::foreign_host());
            }
            let failure = match own.poll.judge(state, &self.ports().http.send(request).await) {
                Ok(polled) => return Ok(polled),
                Err(failure) => self.timed(failure),
            };
            self.heed(&own.lanes, &failure).await;
            match failure.class {
                FailureClass::Unauthorized
                    if own.token == TokenAge::Unknown && own.access.renews() =>
                {
                    own.access = self.renew_access(project, credential, own.access.version).await?;
                    own.token = TokenAge::New;
                }
                FailureClass::Unauthorized | FailureClass::Revoked => {
                    let (version, token) = (own.access.version, own.token);
                    let author = Author::File;
                    let refused = RefusedRequest { project, credential, version, token, author };
                    let failure = self.refused(refused, hidden(&own.access, failure)).await;
                    self.inner.routes.forget(own.watch.user);
                    return Err(failure);
                }
                _ => return Err(hidden(&own.access, failure)),
            }
        }
    }

    /// Stores what is new and where to go on from. `false`: another node was first.
    async fn store_polled(
        &self,
        own: &Polling<'_>,
        polled: Polled,
        due_at: Timestamp,
    ) -> Result<bool, Failure> {
        let state = serde_json::to_value(&polled.state).map_err(|_| gone())?;
        let step = WatchStep { state: Some(state), due_at: Some(due_at), ..step(&own.watch) };
        let items = polled.items.iter().map(|item| &item.item);
        let items: Vec<&Value> =
            items.filter(|item| own.trigger.concerns(&own.inputs, item)).collect();
        if items.is_empty() {
            return self.store().step_watch(step).await.map_err(ours);
        }
        let name = own.trigger.shape().id.as_str();
        let who = (own.watch.project, own.watch.user);
        let make = |_: &Routing| {
            let each = items.iter();
            let named = (EventSource::Integration, name);
            Ok(each.map(|item| happening_of(&own.watch, named, item)).collect())
        };
        match self.happen_found(who, &step, make).await.map_err(broken)? {
            FoundOutcome::Stored => Ok(true),
            FoundOutcome::Lost => Ok(false),
            FoundOutcome::Unsettled => Err(Failure::new(
                FailureClass::Transient,
                "stale",
                "The user's connections keep changing.",
            )),
        }
    }

    /// A random part of a time.
    fn share_of(&self, all: Duration) -> Duration {
        let [a, b, c, d] = self.ports().random();
        all.mul_f64(f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX))
    }
}

/// Whom a poll is for.
fn shares(watch: &Watch) -> Vec<Share> {
    let share = |of: String, most| Share { of, most };
    let mut shares = vec![
        share(watch.credential.to_string(), OF_AN_ACCOUNT),
        share(watch.project.to_string(), OF_A_PROJECT),
    ];
    if let Trigger::Integration { integration, .. } = &watch.trigger {
        shares.push(share(integration.clone(), OF_A_TYPE));
    }
    shares
}

/// When to ask again after a failure.
fn after(failure: &Failure, failures: u32, now: Timestamp) -> Timestamp {
    let asked = failure.retry_after_ms.map(Duration::from_millis);
    match failure.class {
        // The watch waits for a reconnect as soon as it follows the routing.
        FailureClass::Revoked => now + LONGEST,
        FailureClass::RateLimited | FailureClass::Quota if asked.is_some() => {
            now + asked.unwrap_or_default().max(Duration::from_secs(1))
        }
        _ => {
            let wait = AFTER_TROUBLE.saturating_mul(1 << failures.min(6));
            now + wait.min(LONGEST).max(asked.unwrap_or_default())
        }
    }
}

/// A failure as it is kept: some providers repeat what they were sent.
fn hidden(access: &Access, failure: Failure) -> Failure {
    Failure { message: Redaction::of(access.unsaid()).hide(&failure.message), ..failure }
}

fn gone() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "trigger_gone",
        "The trigger, the workflow or the account that is polled for is no longer there.",
    )
}
