//! One job: the call that a step asks for, and what comes of it.

use portico_connector::{Action, Definition, Delivery, HttpRequest};
use portico_domain::execution::{Call, Rendered};
use portico_domain::workflow::{StepKind, WorkflowDefinition};
use portico_domain::{Failure, FailureClass, StepPath};
use portico_engine::{Run, Signal, State, fill};
use portico_services::{Access, Catalogue, Services};
use portico_storage::{ClaimedJob, Settled, Settlement};
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;
use zeroize::Zeroizing;

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
    let (project, credential) = (job.run.project, job.run.credential);
    let access = match services.access(project, credential).await {
        Ok(access) => access,
        Err(failure) => return Ended::before_the_call(failure),
    };
    let answers = match sealed_answers(services, job, input).await {
        Ok(answers) => answers,
        Err(failure) => return Ended::before_the_call(failure),
    };
    // A person's token beside the app's: without it the account is still good.
    let spares = access.spares_user_token() && action.acts_as_user(&input.json);
    let call = Prepared { definition, action, input, answers: &answers };
    let ended = send(services, &call, &access).await;
    let ended = match ended.result {
        // Some providers tell no lifetime: a refused token is refreshed once, then it counts.
        Err(Failure { class: FailureClass::Unauthorized, .. })
            if !spares || access.renews_user_token() =>
        {
            match services.renew_access(project, credential, access.version).await {
                Ok(renewed) => send(services, &call, &renewed).await,
                Err(failure) => Ended { call: ended.call, result: Err(failure) },
            }
        }
        _ => ended,
    };
    match ended.result {
        Err(Failure { class: FailureClass::Unauthorized | FailureClass::Revoked, .. })
            if spares =>
        {
            let refused = Failure::new(
                FailureClass::Forbidden,
                "user_token_refused",
                "The provider no longer lets this app act as the user of the account. Reconnect \
                 the account to allow it again.",
            );
            Ended { call: ended.call, result: Err(refused) }
        }
        Err(failure) if failure.class == FailureClass::Revoked => {
            let version = access.version;
            let noted = services.credential_refused(project, credential, version, &failure).await;
            if let Err(refusal) = noted {
                tracing::error!(%refusal, "a refused credential could not be noted");
            }
            Ended { call: ended.call, result: Err(failure) }
        }
        result => Ended { call: ended.call, result },
    }
}

/// The secrets among the answers of the end user that the inputs name.
async fn sealed_answers(
    services: &Services,
    job: &ClaimedJob,
    input: &Rendered,
) -> Result<HashMap<String, Zeroizing<String>>, Failure> {
    let run = &job.run;
    let mut answers = HashMap::new();
    for hole in &input.holes {
        let Some(key) = hole.secret.strip_prefix("settings.") else { continue };
        let asked = (run.workflow, key);
        let found = services.secret_setting(run.project, run.configuration, asked).await?;
        answers.extend(found.map(|secret| (hole.secret.clone(), secret)));
    }
    Ok(answers)
}

/// A call that only lacks a token.
struct Prepared<'a> {
    definition: &'a Definition,
    action: &'a Action,
    input: &'a Rendered,
    answers: &'a HashMap<String, Zeroizing<String>>,
}

async fn send(services: &Services, prepared: &Prepared<'_>, access: &Access) -> Ended {
    let Prepared { definition, action, input, answers } = *prepared;
    let secret = |name: &str| match name {
        "account.access_token" => access.token().map(str::to_owned),
        name => answers.get(name).map(|secret| secret.to_string()),
    };
    let filled = match fill(input, secret) {
        Ok(filled) => filled,
        Err(missing) => {
            let words = format!("The step asks for a secret that is not there: {missing}.");
            let failure = Failure::new(FailureClass::Invalid, "secret_missing", words);
            return Ended::before_the_call(failure);
        }
    };
    let connection = access.connection();
    let mut reading = match action.begin(&filled) {
        Ok(reading) => reading,
        Err(failure) => return Ended::before_the_call(failure),
    };
    let mut call = None;
    loop {
        let request = match reading.request(&connection) {
            Ok(request) if definition.allows_host(&request.url) => request,
            Ok(_) => return Ended { call, result: Err(foreign_host()) },
            Err(failure) => return Ended { call, result: Err(failure) },
        };
        let (delivery, made) = deliver(services, request).await;
        let made = Call { request: access.hide(&made.request), ..made };
        let taken = reading
            .take(&delivery)
            .map_err(|failure| Failure { message: access.hide(&failure.message), ..failure });
        let pages = reading.pages();
        call = Some(match call.take() {
            None => Call { pages, ..made },
            // The log shows the first request, and how the whole went.
            Some(first) => {
                Call { took_ms: first.took_ms + made.took_ms, status: made.status, pages, ..first }
            }
        });
        match taken {
            Ok(None) => {}
            Ok(Some(output)) => return Ended { call, result: Ok(output) },
            Err(failure) => return Ended { call, result: Err(failure) },
        }
    }
}

/// Sends one request.
async fn deliver(services: &Services, request: HttpRequest) -> (Delivery, Call) {
    let line = request.line();
    let sent_at = services.ports().now();
    let delivery = services.ports().http.send(request).await;
    let took = services.ports().now().since(sent_at);
    let status = match &delivery {
        Delivery::Answered(response) => Some(response.status),
        _ => None,
    };
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    (delivery, Call { sent_at, took_ms, request: line, status, pages: None, waited: None })
}

fn foreign_host() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "host_not_allowed",
        "The address is not one of the provider's; nothing was sent.",
    )
}

fn action_of<'c>(
    catalogue: &'c Catalogue,
    workflow: &WorkflowDefinition,
    path: &StepPath,
) -> Option<(&'c Definition, &'c Action)> {
    let step = workflow.steps.iter().find(|step| step.id == path.0)?;
    let StepKind::Action { integration, action, .. } = &step.kind;
    catalogue.find(integration, action)
}
