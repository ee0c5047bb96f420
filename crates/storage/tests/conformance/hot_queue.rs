//! Keeping the queue.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::ExecutionStatus;
use portico_storage::{QueueDepth, Reaped, Settled, Settlement};
use std::future::Future;
use std::time::Duration;

crate::cases! {
    a_lease_is_extended_by_its_holder_only,
    a_job_given_back_is_ready_again,
    a_lost_job_is_ready_again,
    a_job_lost_too_late_is_given_up,
    the_end_of_a_long_delay_is_not_late,
    a_dead_job_is_tried_again_on_request,
    the_queue_is_counted,
    whoever_waits_is_woken,
    other_processes_are_woken,
}

const DAY: Duration = Duration::from_secs(86_400);

async fn a_lease_is_extended_by_its_holder_only(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, event(1, 1)).await;
    store(&f.store, event(2, 2)).await;
    claim(&f.store, 1, "a", NOW).await;
    claim(&f.store, 1, "b", NOW).await;
    let both = vec![job_id(2), job_id(1), job_id(9)];
    let held = f.store.extend(both, "a", later(100)).await.expect("extend");
    assert_eq!(held.len(), 1);
    let reaped = f.store.reap(later(99), DAY).await.expect("reap");
    assert_eq!(reaped, Reaped { released: 1, dead: 0 });
    let left = f.texts("SELECT lease FROM jobs WHERE state = 'leased'").await;
    assert_eq!(left, ["a"]);
}

async fn a_job_given_back_is_ready_again(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    assert!(!f.store.release(job.id, "b", later(5)).await.expect("release"), "not b's");
    assert!(f.store.release(job.id, "a", later(5)).await.expect("release"));
    assert!(!f.store.release(job.id, "a", later(5)).await.expect("release"), "not a's any more");
    assert_eq!(f.store.settle(success(&job)).await.expect("settle"), Settled::LeaseLost);
    assert_eq!(claim(&f.store, 10, "a", later(4)).await.len(), 0);
    assert_eq!(claim_one(&f.store, "a", later(5)).await.attempt, 1);
    assert_eq!(f.number("SELECT losses FROM jobs").await, 0);
}

async fn a_lost_job_is_ready_again(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    claim_one(&f.store, "a", NOW).await;
    let nothing = Reaped { released: 0, dead: 0 };
    assert_eq!(f.store.reap(NOW + LEASE, DAY).await.expect("reap"), nothing, "not yet");
    let after = NOW + LEASE + Duration::from_millis(1);
    assert_eq!(f.store.reap(after, DAY).await.expect("reap"), Reaped { released: 1, dead: 0 });
    assert_eq!(f.store.reap(after, DAY).await.expect("reap"), nothing, "once");
    assert_eq!(f.number("SELECT losses FROM jobs").await, 1);
    assert_eq!(claim_one(&f.store, "b", after).await.id, job_id(1));
}

async fn a_job_lost_too_late_is_given_up(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", later(3_600)).await;
    let patience = Duration::from_secs(3_600);
    let reaped = f.store.reap(later(7_200), patience).await.expect("reap");
    assert_eq!(reaped, Reaped { released: 0, dead: 1 });
    assert_eq!(claim(&f.store, 10, "b", later(7_200)).await.len(), 0);
    assert_eq!(f.store.settle(success(&job)).await.expect("settle"), Settled::LeaseLost);
    let dead = f.store.dead().await.expect("read");
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].id, dead[0].execution), (job_id(1), execution_id(1)));
    assert_eq!((dead[0].user, dead[0].losses, dead[0].attempt), (user(1), 1, 1));
    assert!(dead[0].reason.contains("3600 s"), "{}", dead[0].reason);
}

async fn the_end_of_a_long_delay_is_not_late(f: &Fixture) {
    people(f, 1).await;
    let mut sent = event(1, 1);
    sent.executions[0].jobs[0].run_at = later(86_400);
    store(&f.store, sent).await;
    claim_one(&f.store, "a", later(86_401)).await;
    let patience = Duration::from_secs(3_600);
    let reaped = f.store.reap(later(86_500), patience).await.expect("reap");
    assert_eq!(reaped, Reaped { released: 1, dead: 0 });
}

async fn a_dead_job_is_tried_again_on_request(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    assert!(!f.store.replay(job_id(1), NOW).await.expect("replay"), "it lives");
    claim_one(&f.store, "a", NOW).await;
    f.store.reap(later(100), Duration::from_secs(10)).await.expect("reap");
    assert!(f.store.replay(job_id(1), later(200)).await.expect("replay"));
    assert_eq!(f.store.dead().await.expect("read").len(), 0);
    let job = claim_one(&f.store, "b", later(200)).await;
    // Its age is counted from the replay: one more loss does not end it.
    let reaped = f.store.reap(later(200) + LEASE + LEASE, Duration::from_secs(90)).await;
    assert_eq!(reaped.expect("reap"), Reaped { released: 1, dead: 0 });
    let again = claim_one(&f.store, "c", later(300)).await;
    assert_eq!(again.id, job.id);
    assert_eq!(f.store.settle(success(&again)).await.expect("settle"), Settled::Stored);
}

async fn the_queue_is_counted(f: &Fixture) {
    people(f, 1).await;
    let depth = f.store.queue_depth().await.expect("read");
    assert_eq!(depth, QueueDepth::default());
    for n in 1..=3 {
        store(&f.store, event(n, 1)).await;
    }
    claim(&f.store, 1, "a", NOW).await;
    f.store.reap(later(100), Duration::from_secs(10)).await.expect("reap");
    claim(&f.store, 1, "a", NOW).await;
    let depth = f.store.queue_depth().await.expect("read");
    assert_eq!(depth, QueueDepth { ready: 1, leased: 1, dead: 1 });
}

/// Fails unless `woken` ends soon.
async fn soon(woken: impl Future<Output = ()>, after: &str) {
    let ended = tokio::time::timeout(Duration::from_secs(20), woken).await;
    assert!(ended.is_ok(), "nobody was woken after {after}");
}

async fn whoever_waits_is_woken(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    soon(f.store.woken(), "an event").await;

    let job = claim_one(&f.store, "a", NOW).await;
    f.store.release(job.id, "a", NOW).await.expect("release");
    soon(f.store.woken(), "a release").await;

    claim_one(&f.store, "a", NOW).await;
    f.store.reap(later(100), DAY).await.expect("reap");
    soon(f.store.woken(), "a reap").await;

    let job = claim_one(&f.store, "a", NOW).await;
    let next = Settlement {
        status: ExecutionStatus::Running,
        jobs: vec![crate::work::job(2)],
        ..success(&job)
    };
    f.store.settle(next).await.expect("settle");
    soon(f.store.woken(), "a settlement").await;

    claim_one(&f.store, "a", NOW).await;
    f.store.reap(later(100), Duration::ZERO).await.expect("reap");
    f.store.replay(job_id(2), NOW).await.expect("replay");
    soon(f.store.woken(), "a replay").await;

    let job = claim_one(&f.store, "a", NOW).await;
    f.store.settle(success(&job)).await.expect("settle");
    let idle = tokio::time::timeout(Duration::from_millis(50), f.store.woken()).await;
    assert!(idle.is_err(), "the end of an execution is no work");
}

async fn other_processes_are_woken(f: &Fixture) {
    // SQLite serves one process.
    if !f.is_postgres() {
        return;
    }
    people(f, 1).await;
    let other = f.second_process().await;
    store(&f.store, event(1, 1)).await;
    soon(other.woken(), "another process's event").await;
    let job = claim_one(&other, "b", NOW).await;
    soon(f.store.woken(), "its own event").await;
    other.release(job.id, "b", NOW).await.expect("release");
    soon(f.store.woken(), "another process's release").await;
    other.close().await;
}
