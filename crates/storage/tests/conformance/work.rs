//! Things to store: small, numbered, and different from each other.

use crate::fixture::Fixture;
use portico_domain::execution::Scope;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Entry, EventId, EventSource, ExecutionId,
    ExecutionStatus, Fact, JobId, Lanes, ProjectId, StepPath, Timestamp, WorkflowId,
};
use portico_storage::{
    AcceptEvent, Accepted, Claim, ClaimedJob, IdempotencyKey, NewEvent, NewExecution, NewJob,
    Revisions, Settlement, Store,
};
use serde_json::json;
use std::time::Duration;

/// The moment at which the cases happen.
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
/// How long leases last.
pub const LEASE: Duration = Duration::from_secs(30);

/// `seconds` after [`NOW`].
pub fn later(seconds: u64) -> Timestamp {
    NOW + Duration::from_secs(seconds)
}

/// The project of every case.
pub fn project() -> ProjectId {
    ProjectId::from_parts(1, [0; 10])
}

/// A user by number.
pub fn user(n: u64) -> ConnectedUserId {
    ConnectedUserId::from_parts(n, [1; 10])
}

/// A user's account.
pub fn credential(user: u64) -> CredentialId {
    CredentialId::from_parts(user, [2; 10])
}

/// An event by number.
pub fn event_id(n: u64) -> EventId {
    EventId::from_parts(n, [3; 10])
}

/// An execution by number.
pub fn execution_id(n: u64) -> ExecutionId {
    ExecutionId::from_parts(n, [4; 10])
}

/// A job by number.
pub fn job_id(n: u64) -> JobId {
    JobId::from_parts(n, [5; 10])
}

/// Makes the project and its users 1 to `users`, all at revision 1.
pub async fn people(fixture: &Fixture, users: u64) {
    let mut sql =
        format!("INSERT INTO projects (id, name, created_at) VALUES ('{}', 'Acme', 0);", project());
    for n in 1..=users {
        sql += &format!(
            "INSERT INTO connected_users (id, project_id, external_id, created_at, seen_at) \
             VALUES ('{}', '{}', 'user-{n}', 0, 0);",
            user(n),
            project()
        );
    }
    fixture.run(&sql).await;
}

/// A job that is due now.
pub fn job(n: u64) -> NewJob {
    NewJob {
        id: job_id(n),
        path: StepPath(format!("step-{n}")),
        attempt: 1,
        run_at: NOW,
        lanes: Lanes::default(),
    }
}

/// What every history begins with.
pub fn started() -> Entry {
    Entry { at: NOW, fact: Fact::Started { scope: Scope::default() } }
}

/// What a history ends with.
pub fn finished(status: ExecutionStatus) -> Entry {
    Entry { at: NOW, fact: Fact::Finished { status } }
}

/// A fan-out: event 1 of user 1 starts an execution with `rounds` jobs.
pub fn fan_out(rounds: u64) -> AcceptEvent {
    let mut sent = event(1, 1);
    sent.executions[0].jobs.extend((2..=rounds).map(job));
    sent
}

/// The end of one of several jobs of an execution, made knowing `expected_entries` of its history.
pub fn round(job: &ClaimedJob, expected_entries: i64) -> Settlement {
    Settlement {
        expected_entries,
        entries: vec![started(), started()],
        status: ExecutionStatus::Running,
        ..success(job)
    }
}

/// Event `n` of a user, starting execution `n` with job `n`.
pub fn event(n: u64, of: u64) -> AcceptEvent {
    AcceptEvent {
        event: NewEvent {
            id: event_id(n),
            project: project(),
            user: user(of),
            source: EventSource::AppEvent,
            name: "lead.created".to_owned(),
            payload: json!({ "number": n }),
            decisions: Vec::new(),
            received_at: NOW,
        },
        key: None,
        revisions: Revisions { project: 1, user: 1 },
        executions: vec![NewExecution {
            id: execution_id(n),
            workflow: WorkflowId::from_parts(7, [0; 10]),
            workflow_version: 3,
            credential: credential(of),
            configuration: ConfigurationId::from_parts(of, [6; 10]),
            status: ExecutionStatus::Running,
            failure: None,
            entries: vec![started()],
            jobs: vec![job(n)],
        }],
    }
}

/// The same with an idempotency key.
pub fn keyed(n: u64, of: u64, key: &str, body_hash: &str) -> AcceptEvent {
    let key = IdempotencyKey { key: key.to_owned(), body_hash: body_hash.to_owned() };
    AcceptEvent { key: Some(key), ..event(n, of) }
}

/// Stores an event that must be stored.
pub async fn store(store: &Store, event: AcceptEvent) {
    assert_eq!(store.accept(event).await.expect("accept"), Accepted::Stored);
}

/// Claims at a moment.
pub async fn claim(store: &Store, limit: usize, lease: &str, now: Timestamp) -> Vec<ClaimedJob> {
    claim_knowing(store, limit, (lease, now), Vec::new()).await
}

/// The same by a worker that has histories at hand.
pub async fn claim_knowing(
    store: &Store,
    limit: usize,
    (lease, now): (&str, Timestamp),
    known: Vec<(ExecutionId, i64)>,
) -> Vec<ClaimedJob> {
    let claim = Claim { limit, now, lease_until: now + LEASE, lease: lease.to_owned(), known };
    store.claim(claim).await.expect("claim")
}

/// Claims the one job there is.
pub async fn claim_one(store: &Store, lease: &str, now: Timestamp) -> ClaimedJob {
    let mut jobs = claim(store, 10, lease, now).await;
    assert_eq!(jobs.len(), 1, "one job is due");
    jobs.remove(0)
}

/// The good end of a claimed job and its execution.
pub fn success(job: &ClaimedJob) -> Settlement {
    Settlement {
        job: job.id,
        lease: job.lease.clone(),
        project: job.run.project,
        execution: job.execution,
        expected_entries: i64::try_from(job.run.entries.len()).expect("a short history"),
        entries: vec![finished(ExecutionStatus::Succeeded)],
        status: ExecutionStatus::Succeeded,
        failure: None,
        jobs: Vec::new(),
        now: NOW,
    }
}
