//! One job: the call that a step asks for, and what comes of it.

use portico_connector::{Action, Definition};
use portico_domain::execution::Rendered;
use portico_domain::workflow::{StepKind, WorkflowDefinition};
use portico_domain::{Failure, FailureClass, StepPath};
use portico_engine::{Run, Signal, State};
use portico_services::{ActionCall, Catalogue, Ended, Services};
use portico_storage::{ClaimedJob, Settled, Settlement};
use std::time::Duration;

/// When a job that failed on our side is tried again.
const OURS_AGAIN: Duration = Duration::from_secs(5);
/// How often settling is tried before the lease is left to run out.
const MOST_SETTLES: u32 = 8;
/// The wait between two tries.
const SETTLE_AGAIN: Duration = Duration::from_millis(500);

/// Shorter waits for a limit are not told in the log.
const NOTICEABLE_MS: u64 = 1000;

/// Makes the call of a job and settles it.
pub(super) async fn perform(services: &Services, job: ClaimedJob) {
    let run = &job.run;
    let definition = match services.workflow_version(run.workflow, run.workflow_version).await {
        Ok(definition) => definition,
        Err(refusal) => return give_back(services, &job, &refusal.message).await,
    };
    let kinds = definition.integrations();
    let catalogue = match services.catalogue_for(run.project, kinds).await {
        Ok(catalogue) => catalogue,
        Err(refusal) => return give_back(services, &job, &refusal.message).await,
    };
    let state = State::fold(&run.entries);
    let mut ended = match state.input(&job.path) {
        Some(input) => {
            let found = action_of(&catalogue, &definition, &job.path);
            call(services, &job, found, input).await
        }
        None => Ended::before_the_call(Failure::new(
            FailureClass::Invalid,
            "no_input",
            "The step has no inputs; the execution's history was changed by something else.",
        )),
    };
    if let Err(failure) = &ended.result
        && failure.code == "storage_unavailable"
    {
        // Ours to try again: it must not cost the step an attempt.
        return give_back(services, &job, &failure.message).await;
    }
    if let Err(failure) = &ended.result {
        services.heed(&job.lanes, failure).await;
    }
    if let Some(call) = &mut ended.call {
        call.waited = job.waited.clone().filter(|waited| waited.ms >= NOTICEABLE_MS);
    }
    let now = services.ports().now();
    let signal = Signal::AttemptEnded {
        path: job.path.clone(),
        attempt: job.attempt,
        call: ended.call,
        result: ended.result,
    };
    let trigger = &run.payload;
    let about =
        Run { execution: job.execution, workflow: &definition, actions: &catalogue, trigger };
    let advance = services.engine().advance(&about, &state, signal, now);
    let expected = i64::try_from(state.entries()).unwrap_or(i64::MAX);
    let mut after = state;
    for entry in &advance.entries {
        after.apply(entry);
    }
    let settlement = Settlement {
        job: job.id,
        lease: job.lease.clone(),
        project: run.project,
        execution: job.execution,
        expected_entries: expected,
        entries: advance.entries,
        status: after.status(),
        failure: after.failure().cloned(),
        jobs: services.jobs(advance.commands, &catalogue, &definition, &after),
        now,
    };
    settle(services, settlement).await;
}

/// The effect has happened: settling is worth several tries.
async fn settle(services: &Services, settlement: Settlement) {
    for _ in 0..MOST_SETTLES {
        match services.store().settle(settlement.clone()).await {
            Ok(Settled::Stored) => return,
            Ok(Settled::LeaseLost) => {
                tracing::warn!(job = %settlement.job, "a lease was lost before its job was settled");
                return;
            }
            Err(error) => {
                tracing::error!(job = %settlement.job, %error, "a job could not be settled");
                let again = services.ports().now() + SETTLE_AGAIN;
                services.ports().clock.sleep_until(again).await;
            }
        }
    }
}

async fn give_back(services: &Services, job: &ClaimedJob, why: &str) {
    tracing::warn!(job = %job.id, why, "a job is given back");
    let again = services.ports().now() + OURS_AGAIN;
    if let Err(error) = services.store().release(job.id, &job.lease, again).await {
        tracing::error!(job = %job.id, %error, "a job could not be given back; its lease runs out");
    }
}

async fn call(
    services: &Services,
    job: &ClaimedJob,
    found: Option<(&Definition, &Action)>,
    input: &Rendered,
) -> Ended {
    let Some((definition, action)) = found else {
        return Ended::before_the_call(Failure::new(
            FailureClass::Invalid,
            "action_removed",
            "The step's action is no longer part of its integration's definition.",
        ));
    };
    if job.losses > 0 && !action.is_idempotent(&input.json) {
        return Ended::before_the_call(Failure::new(
            FailureClass::Unknown,
            "interrupted",
            "Portico was interrupted while it carried this out, so it may have been carried out; \
             look at the provider before doing it again.",
        ));
    }
    let run = &job.run;
    let call = ActionCall {
        project: run.project,
        workflow: run.workflow,
        credential: run.credential,
        configuration: run.configuration,
        definition,
        action,
        input,
    };
    services.carry_out(&call).await
}

fn action_of<'c>(
    catalogue: &'c Catalogue,
    workflow: &WorkflowDefinition,
    path: &StepPath,
) -> Option<(&'c Definition, &'c Action)> {
    let step = workflow.step(path.step())?;
    let StepKind::Action { integration, action, .. } = &step.kind else { return None };
    catalogue.find(integration, action)
}
