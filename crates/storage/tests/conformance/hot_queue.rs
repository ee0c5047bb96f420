//! Keeping the queue.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{ExecutionStatus, Failure, FailureClass};
use portico_storage::{LostJob, QueueDepth, Reaped, Settled, Settlement};
use std::future::Future;
use std::time::Duration;

crate::cases! {
    a_lease_is_extended_by_its_holder_only,
    a_job_given_back_is_ready_again,
    a_lost_job_is_ready_again,
    a_first_loss_is_never_the_last_however_late_it_is,
    what_is_lost_for_too_long_is_given_up_by_its_step,
    what_nobody_can_settle_ends_its_execution,
    a_job_given_back_remembers_since_when,
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
    assert_eq!(reaped, Reaped { released: 1, given_up: 0 });
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
    let nothing = Reaped { released: 0, given_up: 0 };
    assert_eq!(f.store.reap(NOW + LEASE, DAY).await.expect("reap"), nothing, "not yet");
    let after = NOW + LEASE + Duration::from_millis(1);
    assert_eq!(f.store.reap(after, DAY).await.expect("reap"), Reaped { released: 1, given_up: 0 });
    assert_eq!(f.store.reap(after, DAY).await.expect("reap"), nothing, "once");
    assert_eq!(f.number("SELECT losses FROM jobs").await, 1);
    assert_eq!(claim_one(&f.store, "b", after).await.id, job_id(1));
}

async fn a_first_loss_is_never_the_last_however_late_it_is(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    // It waited for longer than anybody has patience, and so did whoever looks after leases.
    claim_one(&f.store, "a", later(7_200)).await;
    let patience = Duration::from_secs(3_600);
    let reaped = f.store.reap(later(20_000), patience).await.expect("reap");
    assert_eq!(reaped, Reaped { released: 1, given_up: 0 });
    let again = claim_one(&f.store, "b", later(20_000)).await;
    assert_eq!((again.losses, again.lost_at, again.is_given_up), (1, Some(later(20_000)), false));
    let reaped = f.store.reap(later(23_600), patience).await.expect("reap");
    assert_eq!(reaped, Reaped { released: 1, given_up: 0 }, "the time counts from the first loss");
}

async fn what_is_lost_for_too_long_is_given_up_by_its_step(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let patience = Duration::from_secs(3_600);
    claim_one(&f.store, "a", NOW).await;
    f.store.reap(later(100), patience).await.expect("reap");
    let job = claim_one(&f.store, "b", later(3_600)).await;
    let reaped = f.store.reap(later(3_701), patience).await.expect("reap");
    assert_eq!(reaped, Reaped { released: 0, given_up: 1 });
    assert_eq!(f.store.settle(success(&job)).await.expect("settle"), Settled::LeaseLost);
    let job = claim_one(&f.store, "c", later(3_701)).await;
    assert_eq!((job.losses, job.is_given_up), (2, true));
    assert_eq!(f.store.settle(success(&job)).await.expect("settle"), Settled::Stored);
}

async fn what_nobody_can_settle_ends_its_execution(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, fan_out(3)).await;
    f.run("UPDATE history SET entries = 'broken'").await;
    assert_eq!(claim(&f.store, 1, "a", NOW).await.len(), 0, "it cannot be read");
    let patience = Duration::from_secs(60);
    for moment in [100, 200, 300] {
        f.store.reap(later(moment), patience).await.expect("reap");
        assert_eq!(claim(&f.store, 1, "a", later(moment)).await.len(), 0);
        claim(&f.store, 10, "a", later(moment)).await;
    }
    let lost = f.store.lost_for_good(later(400)).await.expect("a look");
    assert_eq!(lost.len(), 3);
    assert_eq!((lost[0].execution, &lost[0].path.0[..]), (execution_id(1), "step-1"));
    let failure = Failure::new(FailureClass::Unknown, "given_up", "Look there.");
    let give_up = async || {
        f.store.give_up(lost[0].clone(), failure.clone(), later(400)).await.expect("given up")
    };
    assert!(give_up().await);
    assert!(!give_up().await, "once");
    assert_eq!(f.store.lost_for_good(later(400)).await.expect("a look"), []);
    let ended =
        "SELECT status || ' ' || entries || ' ' || ended_at || ' ' || failure_key FROM executions";
    let at = later(400).millis();
    assert_eq!(f.texts(ended).await, [format!("failed 3 {at} {}", failure.key("step-1"))]);
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(f.number("SELECT count(*) FROM tenants").await, 0);
    let last = f.texts("SELECT entries FROM history WHERE seq = 1").await;
    assert!(last[0].contains("step_failed") && last[0].contains("finished"), "{last:?}");
}

async fn a_job_given_back_remembers_since_when(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    for moment in [5, 10] {
        let job = claim_one(&f.store, "a", later(moment - 5)).await;
        assert!(f.store.release(job.id, "a", later(moment)).await.expect("release"));
    }
    let job = claim_one(&f.store, "a", later(10)).await;
    assert_eq!((job.losses, job.lost_at), (0, Some(later(5))));
    let failure = Failure::new(FailureClass::Unknown, "given_up", "Look there.");
    let given_up = f.store.give_up(LostJob::of(&job), failure, later(11)).await;
    assert!(given_up.expect("given up"), "its holder may");
    assert_eq!(f.texts("SELECT status FROM executions").await, ["failed"]);
}

async fn the_queue_is_counted(f: &Fixture) {
    people(f, 1).await;
    let depth = f.store.queue_depth().await.expect("read");
    assert_eq!(depth, QueueDepth::default());
    for n in 1..=3 {
        store(&f.store, event(n, 1)).await;
    }
    claim(&f.store, 1, "a", NOW).await;
    let depth = f.store.queue_depth().await.expect("read");
    assert_eq!(depth, QueueDepth { ready: 2, leased: 1 });
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
