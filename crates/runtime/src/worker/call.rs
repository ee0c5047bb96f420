//! One job: what its step asks for, and what comes of it.

use super::Leased;
use super::live::{Course, EndedJob};
use portico_connector::{Action, Definition, web};
use portico_domain::execution::Rendered;
use portico_domain::workflow::StepKind;
use portico_domain::{Failure, FailureClass, Waited};
use portico_services::{ActionCall, Ended, OwnStep, Services, given_up};
use portico_storage::{ClaimedJob, LostJob};
use serde_json::json;
use std::time::Duration;

/// When a job that failed on our side is tried again.
const OURS_AGAIN: Duration = Duration::from_secs(5);
/// How long an action may wait between its requests, of which an answer in many pages needs many; its lease is
/// extended meanwhile.
const LONGEST: Duration = Duration::from_secs(600);
/// Shorter waits for a limit are not told in the log.
const NOTICEABLE_MS: u64 = 1000;

/// Carries a job out and settles it; gives it up where that went wrong on our side for longer than `patience`.
pub(super) async fn perform(services: &Services, leased: &Leased, patience: Duration) {
    let Leased { job, run: live } = leased;
    let give_back = async |why: &str| give_back(services, job, patience, why).await;
    let run = &job.run;
    let definition = match services.workflow_version(run.workflow, run.workflow_version).await {
        Ok(definition) => definition,
        Err(refusal) => return give_back(&refusal.message).await,
    };
    let kinds = definition.integrations();
    let catalogue = match services.catalogue_for(run.project, kinds).await {
        Ok(catalogue) => catalogue,
        Err(refusal) => return give_back(&refusal.message).await,
    };
    let input = match live.input(services, job).await {
        Ok(input) => input,
        Err(error) => return give_back(&error.to_string()).await,
    };
    let course = Course { services, definition: &definition, catalogue: &catalogue };
    let mut ended = match &input {
        Some(_) if job.is_given_up => Ended::before_the_call(given_up()),
        Some(input) => carry_out(&course, job, input).await,
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
        return give_back(&failure.message).await;
    }
    if let Err(failure) = &ended.result {
        services.heed(&job.lanes, failure).await;
    }
    if let Some(call) = &mut ended.call {
        call.waited = waited(job.waited.clone(), call.waited.take());
    }
    live.settle(&course, EndedJob::of(job, ended)).await;
}

/// The wait before the first request and those between the others, if they are worth telling.
fn waited(before: Option<Waited>, between: Option<Waited>) -> Option<Waited> {
    let waited = match (before, between) {
        (Some(before), Some(between)) => Waited { ms: before.ms + between.ms, ..before },
        (before, between) => before.or(between)?,
    };
    (waited.ms >= NOTICEABLE_MS).then_some(waited)
}

async fn give_back(services: &Services, job: &ClaimedJob, patience: Duration, why: &str) {
    let now = services.ports().now();
    if job.is_given_up || job.lost_at.is_some_and(|at| now.since(at) > patience) {
        tracing::error!(job = %job.id, why, "a job is given up");
        if let Err(error) = services.store().give_up(LostJob::of(job), given_up(), now).await {
            tracing::error!(job = %job.id, %error, "a job could not be given up; its lease runs out");
        }
        return;
    }
    tracing::warn!(job = %job.id, why, "a job is given back");
    let again = now + OURS_AGAIN;
    if let Err(error) = services.store().release(job.id, &job.lease, again).await {
        tracing::error!(job = %job.id, %error, "a job could not be given back; its lease runs out");
    }
}

/// What a step's kind asks for.
async fn carry_out(course: &Course<'_>, job: &ClaimedJob, input: &Rendered) -> Ended {
    let services = course.services;
    let kind = course.definition.step(job.path.step()).map(|step| &step.kind);
    match kind {
        Some(StepKind::Action { integration, action, .. }) => {
            let found = course.catalogue.find(integration, action);
            call(services, job, found, input).await
        }
        Some(StepKind::Request { .. }) if job.losses > 0 && !web::is_repeatable(&input.json) => {
            interrupted("look there before doing it again")
        }
        Some(StepKind::Request { .. }) => services.carry_out_request(&own_step(job, input)).await,
        Some(StepKind::Function { code, .. }) => {
            services.carry_out_function(&own_step(job, input), code).await
        }
        // Its job was due when the time had passed.
        Some(StepKind::Delay { .. }) => Ended { call: None, result: Ok(json!({})) },
        Some(StepKind::Response { .. } | StepKind::Condition { .. } | StepKind::FanOut { .. })
        | None => Ended::before_the_call(Failure::new(
            FailureClass::Invalid,
            "no_step",
            "There is nothing to carry out here; the execution's history was changed by something \
             else.",
        )),
    }
}

fn own_step<'a>(job: &ClaimedJob, input: &'a Rendered) -> OwnStep<'a> {
    let run = &job.run;
    OwnStep {
        project: run.project,
        workflow: run.workflow,
        configuration: run.configuration,
        input,
    }
}

fn interrupted(advice: &str) -> Ended {
    Ended::before_the_call(Failure::new(
        FailureClass::Unknown,
        "interrupted",
        format!(
            "Portico was interrupted while it carried this out, so it may have been carried out; \
             {advice}."
        ),
    ))
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
        return interrupted("look at the provider before doing it again");
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
        lanes: &job.lanes,
        until: services.ports().now() + LONGEST,
    };
    services.carry_out(&call).await
}
