//! Claiming: what is due, fairly, once.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{Entry, ExecutionStatus, Fact, JobId, StepPath};
use portico_storage::{ClaimedJob, Settled, Store};
use std::collections::HashSet;
use std::time::Duration;

crate::cases! {
    a_job_comes_with_its_whole_run,
    jobs_of_one_execution_share_its_run,
    what_a_worker_has_at_hand_is_not_read_again,
    two_processes_settle_rounds_of_one_execution,
    what_is_not_due_is_not_claimed,
    of_one_user_the_longest_due_comes_first,
    a_backlog_delays_nobody_else,
    turns_go_round_even_if_time_stands_still,
    who_comes_back_joins_the_end_of_the_line,
    what_is_left_of_the_limit_goes_round_again,
    only_users_with_ready_work_stand_in_the_line,
    two_workers_never_hold_the_same_job,
    two_processes_finish_each_execution_once,
    an_unreadable_run_does_not_stop_the_queue,
}

fn ids(jobs: &[ClaimedJob]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

/// An event of a user whose execution has `jobs` jobs, numbered from `first`.
fn backlog(first: u64, of: u64, jobs: u64) -> portico_storage::AcceptEvent {
    let mut sent = event(first, of);
    sent.executions[0].jobs = (first..first + jobs).map(job).collect();
    sent
}

async fn a_job_comes_with_its_whole_run(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let failed = Entry { at: later(1), fact: Fact::Cancelled { reason: "a,b],[\"".to_owned() } };
    let mut next = success(&job);
    next.status = ExecutionStatus::Running;
    next.entries = vec![failed.clone(), started()];
    next.jobs = vec![portico_storage::NewJob { attempt: 2, ..crate::work::job(2) }];
    assert_eq!(f.store.settle(next).await.expect("settle"), Settled::Stored);

    let job = claim_one(&f.store, "b", NOW).await;
    assert_eq!((job.id, job.execution, job.attempt), (job_id(2), execution_id(1), 2));
    assert_eq!(job.path, StepPath("step-2".to_owned()));
    assert_eq!(job.lease, "b");
    assert_eq!(job.run.entries, [started(), failed, started()]);
    assert_eq!(job.run.payload, Some(serde_json::json!({ "number": 1 })));
    assert_eq!((job.run.project, job.run.user), (project(), user(1)));
    assert_eq!((job.run.event, job.run.workflow_version), (event_id(1), 3));
    assert_eq!(job.run.credential, credential(1));
}

async fn jobs_of_one_execution_share_its_run(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, fan_out(3)).await;
    store(&f.store, event(9, 2)).await;
    let jobs = claim(&f.store, 10, "a", NOW).await;
    let (rounds, others): (Vec<_>, Vec<_>) =
        jobs.iter().partition(|job| job.execution == execution_id(1));
    assert_eq!((rounds.len(), others.len()), (3, 1));
    assert!(rounds.iter().all(|job| std::sync::Arc::ptr_eq(&job.run, &rounds[0].run)));
    assert_eq!((rounds[0].run.known, rounds[0].run.entries.len()), (0, 1));
    assert_eq!(others[0].run.payload, Some(serde_json::json!({ "number": 9 })));
}

async fn what_a_worker_has_at_hand_is_not_read_again(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, fan_out(3)).await;
    store(&f.store, event(9, 2)).await;
    let jobs = claim(&f.store, 1, "a", NOW).await;
    assert_eq!(jobs[0].execution, execution_id(1));
    let end = round(&jobs[0], 1);
    assert_eq!(f.store.settle(end).await.expect("settle"), Settled::Stored);
    let known = vec![(execution_id(1), 1), (execution_id(7), 5)];
    let jobs = claim_knowing(&f.store, 10, ("a", NOW), known).await;
    let round = jobs.iter().find(|job| job.execution == execution_id(1)).expect("a round");
    assert_eq!((round.run.known, &round.run.payload), (1, &None));
    assert_eq!(round.run.entries, [started(), started()], "only what was added");
    let other = jobs.iter().find(|job| job.execution == execution_id(9)).expect("another run");
    assert_eq!((other.run.known, other.run.entries.len()), (0, 1));
    assert!(other.run.payload.is_some());
    let all = f.store.history(execution_id(1), 0).await.expect("a history");
    assert_eq!(all.len(), 3);
    assert_eq!(f.store.history(execution_id(1), 3).await.expect("a history"), []);
}

async fn two_processes_settle_rounds_of_one_execution(f: &Fixture) {
    const ROUNDS: u64 = 24;
    people(f, 1).await;
    store(&f.store, fan_out(ROUNDS)).await;
    let other = if f.is_postgres() { f.second_process().await } else { f.store.clone() };
    let work = async |store: &Store, lease: &str| {
        let mut grown = 0;
        loop {
            let jobs = claim(store, 3, lease, NOW).await;
            if jobs.is_empty() {
                return grown;
            }
            for job in jobs {
                let mut seen = i64::try_from(job.run.entries.len()).expect("a short history");
                while store.settle(round(&job, seen)).await.expect("settle") != Settled::Stored {
                    grown += 1;
                    let added = store.history(job.execution, seen).await.expect("a history");
                    seen += i64::try_from(added.len()).expect("a short history");
                }
            }
        }
    };
    let (one, two) = tokio::join!(work(&f.store, "one"), work(&other, "two"));
    assert!(one + two > 0, "they met");
    let entries = 1 + 2 * i64::try_from(ROUNDS).expect("few");
    assert_eq!(f.number("SELECT entries FROM executions").await, entries);
    let all = f.store.history(execution_id(1), 0).await.expect("a history");
    assert_eq!(i64::try_from(all.len()).expect("few"), entries, "every round once");
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 0);
    if f.is_postgres() {
        other.close().await;
    }
}

async fn what_is_not_due_is_not_claimed(f: &Fixture) {
    people(f, 1).await;
    let mut sent = event(1, 1);
    sent.executions[0].jobs[0].run_at = later(60);
    store(&f.store, sent).await;
    assert_eq!(f.store.next_due().await.expect("read"), Some(later(60)));
    assert_eq!(claim(&f.store, 10, "a", later(59)).await.len(), 0);
    assert_eq!(claim(&f.store, 0, "a", later(60)).await.len(), 0, "none is wanted");
    assert_eq!(ids(&claim(&f.store, 10, "a", later(60)).await), [job_id(1)]);
    assert_eq!(f.store.next_due().await.expect("read"), None);
}

async fn of_one_user_the_longest_due_comes_first(f: &Fixture) {
    people(f, 1).await;
    let mut sent = backlog(1, 1, 5);
    sent.executions[0].jobs[1].run_at = NOW - Duration::from_secs(5);
    sent.executions[0].jobs[3].run_at = NOW - Duration::from_secs(9);
    store(&f.store, sent).await;
    assert_eq!(ids(&claim(&f.store, 2, "a", NOW).await), [job_id(4), job_id(2)]);
    assert_eq!(ids(&claim(&f.store, 9, "a", NOW).await), [job_id(1), job_id(3), job_id(5)]);
}

async fn a_backlog_delays_nobody_else(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, backlog(1, 1, 10_000)).await;
    for _ in 0..3 {
        claim(&f.store, 100, "a", NOW).await;
    }
    let mut single = event(20_000, 2);
    single.event.received_at = later(1);
    single.executions[0].jobs[0].run_at = later(1);
    store(&f.store, single).await;
    let jobs = claim(&f.store, 2, "a", later(1)).await;
    assert_eq!(jobs.iter().filter(|job| job.run.user == user(1)).count(), 1);
    assert_eq!(jobs.iter().filter(|job| job.run.user == user(2)).count(), 1);
    let depth = f.store.queue_depth().await.expect("read");
    assert_eq!((depth.ready, depth.leased), (10_000 - 301, 302));
}

async fn turns_go_round_even_if_time_stands_still(f: &Fixture) {
    people(f, 3).await;
    for n in 1..=3 {
        store(&f.store, backlog(n * 100, n, 4)).await;
    }
    let mut turns = Vec::new();
    for _ in 0..12 {
        turns.push(claim(&f.store, 1, "a", NOW).await[0].run.user);
    }
    for round in turns.chunks(3) {
        assert_eq!(round.iter().collect::<HashSet<_>>().len(), 3, "{turns:?}");
    }
}

async fn who_comes_back_joins_the_end_of_the_line(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, backlog(1, 1, 3)).await;
    // User 2 always has exactly one job: it must not be served first each time.
    let mut served = Vec::new();
    for n in 1..=3 {
        let mut single = event(100 + n, 2);
        single.event.received_at = later(n);
        store(&f.store, single).await;
        served.push(claim(&f.store, 1, "a", later(n)).await[0].run.user);
    }
    assert!(served.contains(&user(1)), "{served:?}");
}

async fn what_is_left_of_the_limit_goes_round_again(f: &Fixture) {
    people(f, 3).await;
    store(&f.store, backlog(100, 1, 9)).await;
    store(&f.store, backlog(200, 2, 2)).await;
    store(&f.store, backlog(300, 3, 1)).await;
    let jobs = claim(&f.store, 7, "a", NOW).await;
    let of = |n| jobs.iter().filter(|job| job.run.user == user(n)).count();
    assert_eq!((of(1), of(2), of(3)), (4, 2, 1));
}

async fn only_users_with_ready_work_stand_in_the_line(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, backlog(1, 1, 2)).await;
    store(&f.store, event(10, 2)).await;
    let line = "SELECT id FROM tenants ORDER BY id";
    claim(&f.store, 2, "a", NOW).await;
    assert_eq!(f.texts(line).await, [user(1).to_string()]);
    claim(&f.store, 2, "a", NOW).await;
    assert_eq!(f.texts(line).await, Vec::<String>::new());
    assert!(f.store.release(job_id(10), "a", NOW).await.expect("release"));
    assert_eq!(f.texts(line).await, [user(2).to_string()]);
}

async fn two_workers_never_hold_the_same_job(f: &Fixture) {
    people(f, 5).await;
    for n in 1..=5 {
        store(&f.store, backlog(n * 100, n, 20)).await;
    }
    let other = f.second_process().await;
    let (mut held, mut idle) = (HashSet::new(), 0);
    while idle < 3 {
        let (a, b) = tokio::join!(claim(&f.store, 7, "a", NOW), claim(&other, 7, "b", NOW));
        idle = if a.is_empty() && b.is_empty() { idle + 1 } else { 0 };
        for job in a.iter().chain(&b) {
            assert!(held.insert(job.id), "{} is held twice", job.id);
        }
    }
    assert_eq!(held.len(), 100, "none is forgotten");
    other.close().await;
}

/// Claims and settles until everything is done.
async fn work(store: Store, lease: &'static str) -> u64 {
    let mut stored = 0;
    loop {
        let depth = store.queue_depth().await.expect("read");
        if depth.ready + depth.leased == 0 {
            return stored;
        }
        let jobs = claim(&store, 5, lease, NOW).await;
        let settled: Vec<_> = jobs
            .iter()
            .map(|job| {
                let (store, settlement) = (store.clone(), success(job));
                tokio::spawn(async move { store.settle(settlement).await })
            })
            .collect();
        for answer in settled {
            let answer = answer.await.expect("the caller lives").expect("settle");
            stored += u64::from(answer == Settled::Stored);
        }
    }
}

async fn two_processes_finish_each_execution_once(f: &Fixture) {
    people(f, 10).await;
    let other = f.second_process().await;
    let sent: Vec<_> = (1..=200)
        .map(|n| {
            let node = if n % 2 == 0 { f.store.clone() } else { other.clone() };
            tokio::spawn(async move { store(&node, event(n, n % 10 + 1)).await })
        })
        .collect();
    store(&f.store, event(201, 1)).await;
    let workers =
        (tokio::spawn(work(f.store.clone(), "a")), tokio::spawn(work(other.clone(), "b")));
    for sent in sent {
        sent.await.expect("stored");
    }
    let early = workers.0.await.expect("works") + workers.1.await.expect("works");
    let late = work(f.store.clone(), "c").await;
    assert_eq!(early + late, 201);
    let done = "SELECT count(*) FROM executions WHERE status = 'succeeded' AND entries = 2";
    assert_eq!(f.number(done).await, 201);
    assert_eq!(f.number("SELECT count(*) FROM history").await, 402);
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(f.number("SELECT count(*) FROM tenants").await, 0);
    other.close().await;
}

async fn an_unreadable_run_does_not_stop_the_queue(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    store(&f.store, event(2, 1)).await;
    f.run(&format!(
        "UPDATE history SET entries = 'broken' WHERE execution_id = '{}'",
        execution_id(1)
    ))
    .await;
    assert_eq!(ids(&claim(&f.store, 10, "a", NOW).await), [job_id(2)]);
    let depth = f.store.queue_depth().await.expect("read");
    assert_eq!((depth.ready, depth.leased), (0, 2), "its lease runs out");
}
