//! Settling: once, by whoever holds the job and has seen the whole history.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{ExecutionStatus, Failure, FailureClass};
use portico_storage::{NewJob, Settled, Settlement};
use std::time::Duration;

crate::cases! {
    an_execution_goes_on_and_ends,
    a_failure_is_kept,
    nothing_happened_is_a_settlement_too,
    another_lease_changes_nothing,
    a_history_that_has_grown_changes_nothing,
    a_job_is_settled_once,
    who_lost_its_lease_to_a_crash_comes_too_late,
    a_lease_that_ran_out_counts_until_it_is_taken,
}

const DAY: Duration = Duration::from_secs(86_400);

async fn settle(f: &Fixture, settlement: Settlement) -> Settled {
    f.store.settle(settlement).await.expect("settle")
}

/// Everything that a settlement could change.
async fn everything(f: &Fixture) -> Vec<Vec<String>> {
    vec![
        f.texts("SELECT status || entries || coalesce(failure, '') FROM executions ORDER BY id")
            .await,
        f.texts("SELECT execution_id || seq || entries FROM history ORDER BY execution_id, seq")
            .await,
        f.texts("SELECT id || state || coalesce(lease, '') FROM jobs ORDER BY id").await,
        f.texts("SELECT id || served FROM tenants ORDER BY id").await,
    ]
}

async fn an_execution_goes_on_and_ends(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let first = claim_one(&f.store, "a", NOW).await;
    let retry =
        NewJob { path: first.path.clone(), attempt: 2, run_at: later(5), ..crate::work::job(2) };
    let next = Settlement {
        status: ExecutionStatus::Running,
        entries: vec![started(), started()],
        jobs: vec![retry],
        ..success(&first)
    };
    assert_eq!(settle(f, next).await, Settled::Stored);
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("there");
    assert_eq!((run.status, run.ended_at, run.entries.len()), (ExecutionStatus::Running, None, 3));

    assert_eq!(claim(&f.store, 10, "a", later(4)).await.len(), 0);
    let second = claim_one(&f.store, "a", later(5)).await;
    let end = Settlement { now: later(6), ..success(&second) };
    assert_eq!(settle(f, end).await, Settled::Stored);
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("there");
    assert_eq!((run.status, run.ended_at), (ExecutionStatus::Succeeded, Some(later(6))));
    assert_eq!(run.entries.len(), 4);
    assert_eq!(
        f.texts("SELECT CAST(seq AS TEXT) FROM history ORDER BY seq").await,
        ["0", "1", "3"]
    );
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 0);
}

async fn a_failure_is_kept(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let failure = Failure::new(FailureClass::Invalid, "REQUIRED_FIELD_MISSING", "Company: '\"\\");
    let end = Settlement {
        status: ExecutionStatus::Failed,
        failure: Some(failure.clone()),
        ..success(&job)
    };
    assert_eq!(settle(f, end).await, Settled::Stored);
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("there");
    assert_eq!((run.status, run.failure), (ExecutionStatus::Failed, Some(failure)));
}

async fn nothing_happened_is_a_settlement_too(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let empty = Settlement {
        status: ExecutionStatus::Running,
        entries: Vec::new(),
        jobs: vec![crate::work::job(2)],
        ..success(&job)
    };
    assert_eq!(settle(f, empty).await, Settled::Stored);
    let job = claim_one(&f.store, "a", NOW).await;
    assert_eq!(settle(f, success(&job)).await, Settled::Stored);
    assert_eq!(f.number("SELECT count(*) FROM history").await, 2);
}

async fn another_lease_changes_nothing(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let before = everything(f).await;
    let foreign =
        Settlement { lease: "b".to_owned(), jobs: vec![crate::work::job(2)], ..success(&job) };
    assert_eq!(settle(f, foreign).await, Settled::LeaseLost);
    let mixed = Settlement { execution: execution_id(9), ..success(&job) };
    assert_eq!(settle(f, mixed).await, Settled::LeaseLost);
    assert_eq!(everything(f).await, before);
    assert_eq!(settle(f, success(&job)).await, Settled::Stored);
}

async fn a_history_that_has_grown_changes_nothing(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let before = everything(f).await;
    for expected_entries in [0, 2] {
        let blind = Settlement { expected_entries, ..success(&job) };
        assert_eq!(settle(f, blind).await, Settled::Grown);
    }
    assert_eq!(everything(f).await, before);
    assert_eq!(settle(f, success(&job)).await, Settled::Stored, "the job was held all along");
}

async fn a_job_is_settled_once(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    assert_eq!(settle(f, success(&job)).await, Settled::Stored);
    let before = everything(f).await;
    assert_eq!(settle(f, success(&job)).await, Settled::LeaseLost);
    assert_eq!(everything(f).await, before);
}

async fn who_lost_its_lease_to_a_crash_comes_too_late(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let slow = claim_one(&f.store, "slow", NOW).await;
    let after = NOW + LEASE + Duration::from_millis(1);
    let reaped = f.store.reap(after, DAY).await.expect("reap");
    assert_eq!((reaped.released, reaped.given_up), (1, 0));
    let quick = claim_one(&f.store, "quick", after).await;
    assert_eq!(quick.id, slow.id);
    assert_eq!(settle(f, success(&slow)).await, Settled::LeaseLost);
    assert_eq!(settle(f, success(&quick)).await, Settled::Stored);
    assert_eq!(settle(f, success(&slow)).await, Settled::LeaseLost);
    assert_eq!(f.number("SELECT entries FROM executions").await, 2);
}

async fn a_lease_that_ran_out_counts_until_it_is_taken(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let late = Settlement { now: later(3_600), ..success(&job) };
    assert_eq!(settle(f, late).await, Settled::Stored, "what was done is not thrown away");
}
