//! One job: the call that a step asks for, and what comes of it.

use portico_connector::{Action, Connection, Definition, Delivery};
use portico_domain::execution::{Call, Rendered};
use portico_domain::workflow::{StepKind, WorkflowDefinition};
use portico_domain::{Failure, FailureClass, StepPath};
use portico_engine::{Run, Signal, State, fill};
use portico_services::{AccessToken, Services};
use portico_storage::{ClaimedJob, Settled, Settlement};
use serde_json::Value;
use std::time::Duration;

/// When a job that failed on our side is tried again.
const OURS_AGAIN: Duration = Duration::from_secs(5);
/// How often settling is tried before the lease is left to run out.
const MOST_SETTLES: u32 = 8;
/// The wait between two tries.
const SETTLE_AGAIN: Duration = Duration::from_millis(500);

/// Shorter waits for a limit are not told in the log.
const NOTICEABLE_MS: u64 = 1000;

/// How a call ended.
struct Ended {
    call: Option<Call>,
    result: Result<Value, Failure>,
}

impl Ended {
    fn before_the_call(failure: Failure) -> Self {
        Self { call: None, result: Err(failure) }
    }
}

/// Makes the call of a job and settles it.
pub(super) async fn perform(services: &Services, job: ClaimedJob) {
    let run = &job.run;
    let definition = match services.workflow_version(run.workflow, run.workflow_version).await {
        Ok(definition) => definition,
        Err(refusal) => return give_back(services, &job, &refusal.message).await,
    };
    let state = State::fold(&run.entries);
    let mut ended = match state.input(&job.path) {
        Some(input) => call(services, &job, &definition, input).await,
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
    let about = Run {
        execution: job.execution,
        workflow: &definition,
        actions: services.catalogue(),
        trigger,
    };
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
        jobs: services.jobs(advance.commands, &definition, &after),
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
    workflow: &WorkflowDefinition,
    input: &Rendered,
) -> Ended {
    let Some((definition, action)) = action_of(services, workflow, &job.path) else {
        return Ended::before_the_call(Failure::new(
            FailureClass::Invalid,
            "action_removed",
            "The step's action is no longer part of its integration's definition.",
        ));
    };
    if job.losses > 0 && !action.is_idempotent() {
        return Ended::before_the_call(Failure::new(
            FailureClass::Unknown,
            "interrupted",
            "Portico was interrupted while it carried this out, so it may have been carried out; \
             look at the provider before doing it again.",
        ));
    }
    let (project, credential) = (job.run.project, job.run.credential);
    let token = match services.access_token(project, credential).await {
        Ok(token) => token,
        Err(failure) => return Ended::before_the_call(failure),
    };
    let ended = send(services, definition, action, input, &token).await;
    let ended = match ended.result {
        // Some providers tell no lifetime: a refused token is refreshed once, then it counts.
        Err(Failure { class: FailureClass::Unauthorized, .. }) => {
            match services.refresh_token(project, credential, token.version).await {
                Ok(renewed) => send(services, definition, action, input, &renewed).await,
                Err(failure) => Ended { call: ended.call, result: Err(failure) },
            }
        }
        _ => ended,
    };
    if let Err(failure) = &ended.result
        && failure.class == FailureClass::Revoked
    {
        let noted = services.credential_refused(project, credential, token.version, failure).await;
        if let Err(refusal) = noted {
            tracing::error!(%refusal, "a refused credential could not be noted");
        }
    }
    ended
}

async fn send(
    services: &Services,
    definition: &Definition,
    action: &Action,
    input: &Rendered,
    token: &AccessToken,
) -> Ended {
    let secret = |name: &str| (name == "account.access_token").then(|| token.secret.to_string());
    let filled = match fill(input, secret) {
        Ok(filled) => filled,
        Err(missing) => {
            let words = format!("The step asks for a secret that is not there: {missing}.");
            let failure = Failure::new(FailureClass::Invalid, "secret_missing", words);
            return Ended::before_the_call(failure);
        }
    };
    let connection = Connection { facts: &token.facts, access_token: &token.secret };
    let request = match action.request(&filled, &connection) {
        Ok(request) => request,
        Err(failure) => return Ended::before_the_call(failure),
    };
    if !definition.allows_host(&request.url) {
        return Ended::before_the_call(Failure::new(
            FailureClass::Forbidden,
            "host_not_allowed",
            "The account's address is not one of the provider's; nothing was sent.",
        ));
    }
    let line = request.line();
    let sent_at = services.ports().now();
    let delivery = services.ports().http.send(request).await;
    let took = services.ports().now().since(sent_at);
    let status = match &delivery {
        Delivery::Answered(response) => Some(response.status),
        _ => None,
    };
    let call = Call {
        sent_at,
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request: line,
        status,
        waited: None,
    };
    Ended { call: Some(call), result: action.judge(&delivery) }
}

fn action_of<'s>(
    services: &'s Services,
    workflow: &WorkflowDefinition,
    path: &StepPath,
) -> Option<(&'s Definition, &'s Action)> {
    let step = workflow.steps.iter().find(|step| step.id == path.0)?;
    let StepKind::Action { integration, action, .. } = &step.kind;
    services.catalogue().find(integration, action)
}
