//! What a clock starts: schedules, and accounts that have just been set up. Each occurrence is an event
//! that is stored together with the watch's next step, so that it happens once on however many nodes.

use super::events::Narrowed;
use super::happenings::{FoundOutcome, Happening};
use super::routing::Routing;
use super::watching::ROUND;
use crate::Services;
use crate::access::storage;
use portico_domain::event::{EventSource, Outcome};
use portico_domain::workflow::Trigger;
use portico_domain::{Refusal, RefusalCode, Timestamp};
use portico_engine::schedule::Schedule;
use portico_storage::{Watch, WatchStep};
use serde_json::{Value, json};
use std::time::Duration;

/// When to try again what could not be stored.
pub(super) const AFTER_TROUBLE: Duration = Duration::from_secs(60);

impl Services {
    /// Fires what is due now, until it is done: at most `most` of a kind at a time. Answers how many. What
    /// cannot be fired is put off, and nothing waits for it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn fire_due(&self, most: i64) -> Result<usize, Refusal> {
        // What becomes due meanwhile is for the next time: this comes to an end.
        let now = self.ports().now();
        let mut all = 0;
        for kind in ["scheduler", "integration_enabled"] {
            let begun = self.ports().now();
            loop {
                let mut fired = 0;
                let due = self.store().due_watches(kind, now, most).await;
                for watch in due.map_err(storage)? {
                    match self.fire(&watch).await {
                        Ok(done) => fired += usize::from(done),
                        Err(refusal) => {
                            tracing::error!(watch = %watch.id, %refusal, "a watch cannot be fired");
                            self.put_off(&watch, self.ports().now() + AFTER_TROUBLE).await?;
                        }
                    }
                }
                all += fired;
                // What another node fires, and what could not be stored, is looked at the next time.
                if fired == 0 || self.ports().now() >= begun + ROUND {
                    break;
                }
            }
        }
        Ok(all)
    }

    async fn fire(&self, watch: &Watch) -> Result<bool, Refusal> {
        let now = self.ports().now();
        let (happening, step) = match &watch.trigger {
            Trigger::Scheduler { cron, time_zone } => {
                let due = watch.due_at.unwrap_or(now);
                let next = Schedule::read(cron, time_zone).ok();
                let next = next.and_then(|schedule| schedule.next_after_firing(due, now));
                let payload = json!({ "scheduled_at": due.rfc3339() });
                let step = WatchStep { due_at: next, ..step(watch) };
                ((EventSource::Schedule, "schedule", payload), step)
            }
            _ => {
                let step = WatchStep { done_at: Some(now), ..step(watch) };
                ((EventSource::IntegrationEnabled, "integration_enabled", json!({})), step)
            }
        };
        let (source, name, payload) = &happening;
        let make = |_: &Routing| Ok(vec![happening_of(watch, (*source, name), payload)]);
        if *source == EventSource::IntegrationEnabled && !self.is_ready(watch).await? {
            // It waits as soon as it follows the routing, which has just changed.
            self.put_off(watch, now + AFTER_TROUBLE).await?;
            return Ok(false);
        }
        match self.happen_found((watch.project, watch.user), &step, make).await {
            Ok(FoundOutcome::Stored) => Ok(true),
            Ok(FoundOutcome::Lost | FoundOutcome::Unsettled) => Ok(false),
            // The user is refused: its watches are about to end.
            Err(refusal) if refusal.code == RefusalCode::UserTokenInvalid => {
                self.put_off(watch, now + AFTER_TROUBLE).await?;
                Ok(false)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// Whether what happens only once would start something, or never will.
    async fn is_ready(&self, watch: &Watch) -> Result<bool, Refusal> {
        self.inner.routes.forget(watch.user);
        let routing = match self.routing(watch.project, watch.user).await {
            Ok(routing) => routing,
            Err(refusal) if refusal.code == RefusalCode::UserTokenInvalid => return Ok(false),
            Err(refusal) => return Err(refusal),
        };
        let payload = json!({});
        let named = (EventSource::IntegrationEnabled, "integration_enabled");
        let happening = happening_of(watch, named, &payload);
        let plan = self.plan(&routing, &happening, self.ports().now())?;
        Ok(plan.decisions.iter().any(|decision| {
            matches!(
                decision.outcome,
                Outcome::Started { .. }
                    | Outcome::FilterFalse
                    | Outcome::FilterFailed { .. }
                    | Outcome::PermissionUnmet
                    | Outcome::PermissionFailed { .. }
            )
        }))
    }

    async fn put_off(&self, watch: &Watch, until: Timestamp) -> Result<(), Refusal> {
        let step = WatchStep { due_at: Some(until), ..step(watch) };
        self.store().step_watch(step).await.map_err(storage)?;
        Ok(())
    }
}

/// What a watch found, for the one workflow and the one account that it looks after.
pub(super) fn happening_of<'h>(
    watch: &Watch,
    (source, name): (EventSource, &'h str),
    payload: &'h Value,
) -> Happening<'h> {
    Happening {
        source,
        name,
        payload,
        workflows: Some(vec![watch.workflow]),
        narrowed: Narrowed {
            credential: Some(watch.credential),
            configuration: Some(watch.configuration),
        },
    }
}

/// A step that keeps all that a watch knows and is not due again.
pub(super) fn step(watch: &Watch) -> WatchStep {
    WatchStep {
        watch: watch.id,
        revision: watch.revision,
        state: None,
        due_at: None,
        failures: 0,
        failure: None,
        done_at: watch.done_at,
    }
}
