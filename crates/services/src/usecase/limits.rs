//! The provider's limits: which a call must obey, and what follows when one was exceeded after all.

use crate::{Catalogue, Services};
use portico_domain::workflow::{StepKind, WorkflowDefinition};
use portico_domain::{Failure, FailureClass, JobId, Lanes, StepPath, Timestamp};
use portico_engine::schedule::Schedule;
use portico_engine::{Command, State};
use portico_storage::{NewJob, Slot};
use serde_json::Value;
use std::time::Duration;

/// How long somebody who looks at a page is kept waiting for a slot.
const PATIENCE: Duration = Duration::from_secs(5);

impl Services {
    /// Commands of the engine as jobs of the queue, with the limits that their calls must obey.
    /// `state` is the execution's after these commands.
    pub fn jobs(
        &self,
        commands: Vec<Command>,
        catalogue: &Catalogue,
        workflow: &WorkflowDefinition,
        state: &State,
    ) -> Vec<NewJob> {
        commands
            .into_iter()
            .map(|command| NewJob {
                id: self.ports().id(JobId::from_parts),
                lanes: lanes(catalogue, workflow, state, &command.path).unwrap_or_default(),
                path: command.path,
                attempt: command.attempt,
                run_at: command.due,
            })
            .collect()
    }

    /// Keeps a provider's lanes closed after it has refused a call as one too many: all nodes obey.
    pub async fn heed(&self, lanes: &Lanes, failure: &Failure) {
        let asked = failure.retry_after_ms.map(Duration::from_millis);
        let exceeded = match failure.class {
            FailureClass::RateLimited => true,
            // A day's allowance does not come back within a lane's window.
            FailureClass::Quota => asked.is_some(),
            _ => false,
        };
        if !exceeded {
            return;
        }
        let now = self.ports().now();
        if let Err(error) = self.store().pause_lanes(lanes.rates.clone(), asked, now).await {
            tracing::error!(%error, "a provider's limit could not be noted");
        }
    }

    /// A verdict whose wait is told: an allowance that comes back at a time of the day does so in so long.
    pub(crate) fn timed(&self, failure: Failure) -> Failure {
        let Some(reset) = &failure.resets else { return failure };
        let now = self.ports().now();
        let daily = Schedule::read(&format!("{} {} * * *", reset.minute, reset.hour), &reset.zone);
        let wait = daily.ok().and_then(|daily| daily.next_after(now)).map(|at| at.since(now));
        let wait = wait.and_then(|wait| u64::try_from(wait.as_millis()).ok());
        Failure { retry_after_ms: wait.max(failure.retry_after_ms), ..failure }
    }

    /// Waits for a slot, for a call outside the queue.
    ///
    /// # Errors
    /// `rate_limited` with a time: none comes soon. `storage_unavailable`: the database failed.
    pub(crate) async fn wait_for_slot(&self, lanes: &Lanes) -> Result<(), Failure> {
        self.wait_for_slot_until(lanes, self.ports().now() + PATIENCE).await
    }

    /// The same, for a call that is under way: its next request goes before whoever has not begun.
    ///
    /// # Errors
    /// `rate_limited` with a time: none comes before `until`. `storage_unavailable`: the database failed.
    pub(crate) async fn wait_for_slot_until(
        &self,
        lanes: &Lanes,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let now = self.ports().now();
        let slot = self.store().take_slot(lanes.rates.clone(), now, until.since(now)).await;
        match slot.map_err(super::credentials::ours)? {
            Slot::At(at) if at <= now => {}
            Slot::At(at) => self.ports().clock.sleep_until(at).await,
            Slot::NotBefore(at) => {
                let wait = u64::try_from(at.since(now).as_millis()).unwrap_or(u64::MAX);
                let mut failure = Failure::new(
                    FailureClass::RateLimited,
                    "limit_reached",
                    format!(
                        "The provider allows no more calls for now; try again in {} s.",
                        wait.div_ceil(1000)
                    ),
                );
                failure.retry_after_ms = Some(wait);
                return Err(failure);
            }
        }
        Ok(())
    }
}

fn lanes(
    catalogue: &Catalogue,
    workflow: &WorkflowDefinition,
    state: &State,
    path: &StepPath,
) -> Option<Lanes> {
    let step = workflow.step(path.step())?;
    let StepKind::Action { integration, action, .. } = &step.kind else { return None };
    let (_, action) = catalogue.find(integration, action)?;
    // Accounts that are one at the provider share its limits, whoever connected them.
    let account = &state.scope().account;
    let text = |name: &str| account.get(name).and_then(Value::as_str);
    let account = text("provider_id").or_else(|| text("id")).unwrap_or_default();
    Some(action.lanes(account, &state.input(path)?.json))
}
