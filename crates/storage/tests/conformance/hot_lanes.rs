//! Limits: obeyed by all nodes together, and felt by nobody else.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::{CrowdLane, Entry, Fact, JobId, Lanes, RateLane, Timestamp, Waited};
use portico_storage::{AcceptEvent, ClaimedJob, Slot, Store};
use std::collections::HashSet;
use std::time::Duration;

crate::cases! {
    slots_come_one_by_one,
    a_few_come_early,
    two_processes_share_a_lane_and_use_it_up,
    each_lane_of_a_job_has_its_say,
    whoever_comes_later_passes_nobody,
    a_full_lane_holds_up_nobody_else,
    a_pause_holds_everybody,
    a_lane_that_was_missed_lets_no_crowd_through,
    a_call_outside_the_queue_takes_a_slot,
    so_many_are_under_way_at_once,
    calls_with_one_key_never_overlap,
    whatever_ends_a_job_lets_the_next_begin,
    who_is_gone_stands_in_nobodys_way,
    two_processes_finish_every_series,
    jobs_without_limits_leave_no_trace,
    idle_lanes_are_forgotten,
}

const DAY: Duration = Duration::from_secs(86_400);

fn ids(jobs: &[ClaimedJob]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

fn numbers(range: std::ops::RangeInclusive<u64>) -> Vec<JobId> {
    range.map(job_id).collect()
}

fn ms(millis: u64) -> Timestamp {
    NOW + Duration::from_millis(millis)
}

/// A call each `every_ms`, `early` of them before their time.
fn rate(key: &str, every_ms: i64, early: i64) -> RateLane {
    RateLane {
        key: key.to_owned(),
        calls: 10,
        window_ms: 10_000,
        every_us: every_ms * 1000,
        early_us: every_ms * early * 1000,
    }
}

fn rated(lanes: &[RateLane]) -> Lanes {
    Lanes { rates: lanes.to_vec(), ..Lanes::default() }
}

fn crowd(most: u64) -> Lanes {
    Lanes { crowd: Some(CrowdLane { key: "crowd".to_owned(), most }), ..Lanes::default() }
}

fn series(key: &str) -> Lanes {
    Lanes { serial: Some(key.to_owned()), ..Lanes::default() }
}

/// An event of a user whose execution has jobs with these limits, numbered from `first`.
fn limited(first: u64, of: u64, jobs: u64, lanes: &Lanes) -> AcceptEvent {
    let mut sent = event(first, of);
    sent.executions[0].jobs = (first..first + jobs)
        .map(|n| portico_storage::NewJob { lanes: lanes.clone(), ..job(n) })
        .collect();
    sent
}

async fn slots_come_one_by_one(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, limited(1, 1, 4, &rated(&[rate("a", 1000, 0)]))).await;
    let first = claim(&f.store, 10, "w", NOW).await;
    assert_eq!(ids(&first), numbers(1..=1));
    assert_eq!(first[0].waited, None);
    assert_eq!(f.store.next_due().await.expect("read"), Some(later(1)));
    assert_eq!(claim(&f.store, 10, "w", ms(999)).await.len(), 0);
    for n in 1..4 {
        let jobs = claim(&f.store, 10, "w", later(n)).await;
        assert_eq!(ids(&jobs), numbers(n + 1..=n + 1));
        let limit = "10 calls in 10 seconds".to_owned();
        assert_eq!(jobs[0].waited, Some(Waited { ms: n * 1000, limit }));
    }
    assert_eq!(f.number("SELECT count(*) FROM jobs WHERE state = 'leased'").await, 4);
    assert_eq!(f.number("SELECT max(losses) FROM jobs").await, 0, "waiting is no failure");
}

async fn a_few_come_early(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, limited(1, 1, 5, &rated(&[rate("a", 1000, 2)]))).await;
    assert_eq!(ids(&claim(&f.store, 10, "w", NOW).await), numbers(1..=3));
    assert_eq!(ids(&claim(&f.store, 10, "w", later(1)).await), numbers(4..=4));
    assert_eq!(ids(&claim(&f.store, 10, "w", later(2)).await), numbers(5..=5));
}

async fn two_processes_share_a_lane_and_use_it_up(f: &Fixture) {
    people(f, 3).await;
    let lanes = rated(&[rate("a", 100, 2)]);
    for of in 1..=3 {
        store(&f.store, limited(of * 100, of, 50, &lanes)).await;
    }
    let other = f.second_process().await;
    let (mut now, mut calls, mut held) = (NOW, Vec::new(), HashSet::new());
    while calls.len() < 150 {
        assert!(now < later(60), "{} calls until then", calls.len());
        let (a, b) = tokio::join!(claim(&f.store, 9, "a", now), claim(&other, 9, "b", now));
        for job in a.iter().chain(&b) {
            assert!(held.insert(job.id), "{} is held twice", job.id);
            calls.push(now);
        }
        let due = f.store.next_due().await.expect("read");
        now = now.max(due.unwrap_or(now));
    }
    for (n, first) in calls.iter().enumerate() {
        // Ten in a second, and the burst of two.
        let window = calls[n..].iter().filter(|at| at.since(*first) < Duration::from_secs(1));
        assert!(window.count() <= 12, "from call {n}");
    }
    // The last of 150 comes 147 slots after those that came at once.
    assert_eq!(calls[149], ms(14_700), "no slot was lost");
    other.close().await;
}

async fn each_lane_of_a_job_has_its_say(f: &Fixture) {
    people(f, 1).await;
    let (wide, narrow) = (rate("wide", 100, 4), rate("narrow", 1000, 0));
    store(&f.store, limited(1, 1, 2, &rated(&[wide.clone(), narrow]))).await;
    store(&f.store, limited(10, 1, 2, &rated(&[wide]))).await;
    let jobs = claim(&f.store, 10, "w", NOW).await;
    assert_eq!(ids(&jobs), [job_id(1), job_id(10), job_id(11)], "the narrow one holds up one");
    assert_eq!(ids(&claim(&f.store, 10, "w", later(1)).await), numbers(2..=2));
}

async fn whoever_comes_later_passes_nobody(f: &Fixture) {
    people(f, 2).await;
    let lanes = rated(&[rate("a", 1000, 0)]);
    store(&f.store, limited(1, 1, 3, &lanes)).await;
    assert_eq!(ids(&claim(&f.store, 10, "w", NOW).await), numbers(1..=1));
    let mut single = limited(50, 2, 1, &lanes);
    single.executions[0].jobs[0].run_at = ms(500);
    store(&f.store, single).await;
    let mut order = Vec::new();
    for n in 1..=6 {
        order.extend(ids(&claim(&f.store, 10, "w", ms(n * 500)).await));
    }
    assert_eq!(order, [job_id(2), job_id(3), job_id(50)]);
}

async fn a_full_lane_holds_up_nobody_else(f: &Fixture) {
    people(f, 3).await;
    store(&f.store, limited(1, 1, 10_000, &rated(&[rate("a", 1000, 0)]))).await;
    for _ in 0..3 {
        claim(&f.store, 100, "w", NOW).await;
    }
    store(&f.store, event(20_000, 2)).await;
    store(&f.store, limited(20_001, 3, 1, &rated(&[rate("b", 1000, 0)]))).await;
    let jobs = claim(&f.store, 3, "w", NOW).await;
    let users: HashSet<_> = jobs.iter().map(|job| job.run.user).collect();
    assert!(users.contains(&user(2)) && users.contains(&user(3)), "{:?}", ids(&jobs));
    // Whoever waits is looked at once, not again and again.
    let mut looks = 0;
    while f.store.next_due().await.expect("read") <= Some(NOW) {
        claim(&f.store, 1000, "w", NOW).await;
        looks += 1;
        assert!(looks <= 11);
    }
    assert_eq!(claim(&f.store, 1000, "w", later(1)).await.len(), 1);
}

async fn a_pause_holds_everybody(f: &Fixture) {
    people(f, 2).await;
    let other = f.second_process().await;
    let lane = rate("a", 1000, 1);
    let lanes = rated(std::slice::from_ref(&lane));
    store(&f.store, limited(1, 1, 6, &lanes)).await;
    assert_eq!(ids(&claim(&f.store, 10, "w", NOW).await), numbers(1..=2));
    let asked = Some(Duration::from_secs(30));
    f.store.pause_lanes(vec![lane.clone()], asked, NOW).await.expect("pause");
    store(&f.store, limited(50, 2, 1, &lanes)).await;
    assert_eq!(claim(&other, 10, "w", NOW).await.len(), 0);
    assert_eq!(f.store.next_due().await.expect("read"), Some(later(30)), "nobody looks before");
    let mut order = Vec::new();
    for n in 30..=34 {
        let jobs = claim(&other, 10, "w", later(n)).await;
        assert_eq!(jobs.len(), 1, "{n}");
        order.extend(ids(&jobs));
    }
    assert_eq!(order, [job_id(3), job_id(4), job_id(5), job_id(6), job_id(50)]);
    // Where the provider names no time, it is the one in which it counts.
    f.store.pause_lanes(vec![lane], None, later(40)).await.expect("pause");
    store(&f.store, limited(60, 2, 1, &lanes)).await;
    assert_eq!(claim(&f.store, 10, "w", later(40)).await.len(), 0);
    assert_eq!(f.store.next_due().await.expect("read"), Some(later(50)));
    other.close().await;
}

async fn a_lane_that_was_missed_lets_no_crowd_through(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, limited(1, 1, 60, &rated(&[rate("a", 1000, 1)]))).await;
    assert_eq!(claim(&f.store, 100, "w", NOW).await.len(), 2);
    // Nobody worked for half a minute: thirty places have gone by.
    let mut calls = Vec::new();
    for tenth in 300..=900 {
        let jobs = claim(&f.store, 100, "w", ms(tenth * 100)).await;
        calls.extend(jobs.iter().map(|_| tenth));
    }
    assert_eq!(calls.len(), 58);
    assert_eq!(calls[..4], [300, 300, 310, 320], "as many at once as ever, then one by one");
    assert_eq!(calls[57], 860, "and no slot is left out");
}

async fn a_call_outside_the_queue_takes_a_slot(f: &Fixture) {
    people(f, 1).await;
    let lane = rate("a", 1000, 0);
    let patience = Duration::from_secs(5);
    let take =
        async |now| f.store.take_slot(vec![lane.clone()], now, patience).await.expect("a slot");
    assert_eq!(take(NOW).await, Slot::At(NOW));
    assert_eq!(take(NOW).await, Slot::At(later(1)));
    store(&f.store, limited(1, 1, 2, &rated(std::slice::from_ref(&lane)))).await;
    assert_eq!(claim(&f.store, 10, "w", NOW).await.len(), 0);
    // Somebody looks at a page: the call goes in front, and those in line come one slot later.
    assert_eq!(take(later(1)).await, Slot::At(later(2)));
    assert_eq!(claim(&f.store, 10, "w", later(2)).await.len(), 0);
    assert_eq!(claim(&f.store, 10, "w", later(3)).await.len(), 1);
    assert_eq!(claim(&f.store, 10, "w", later(4)).await.len(), 1);
    f.store.pause_lanes(vec![lane.clone()], None, later(4)).await.expect("pause");
    assert_eq!(take(later(4)).await, Slot::NotBefore(later(14)));
    assert_eq!(take(later(9)).await, Slot::At(later(14)), "nothing was taken before");
    let none = f.store.take_slot(Vec::new(), NOW, patience).await;
    assert_eq!(none.expect("no lane"), Slot::At(NOW));
}

async fn so_many_are_under_way_at_once(f: &Fixture) {
    people(f, 2).await;
    let other = f.second_process().await;
    store(&f.store, limited(1, 1, 1, &crowd(2))).await;
    store(&f.store, limited(2, 1, 1, &crowd(2))).await;
    store(&f.store, limited(3, 1, 1, &crowd(2))).await;
    store(&f.store, limited(4, 1, 1, &crowd(2))).await;
    store(&f.store, event(5, 2)).await;
    let jobs = claim(&f.store, 10, "a", NOW).await;
    assert_eq!(ids(&jobs), [job_id(1), job_id(2), job_id(5)]);
    assert_eq!(claim(&other, 10, "b", NOW).await.len(), 0);
    f.store.settle(success(&jobs[0])).await.expect("settle");
    let next = claim_one(&other, "b", NOW).await;
    assert_eq!(next.id, job_id(3));
    let limit = "2 calls at once".to_owned();
    assert_eq!(next.waited, Some(Waited { ms: 0, limit }));
    assert_eq!(claim(&f.store, 10, "a", NOW).await.len(), 0, "two are under way");
    other.settle(success(&next)).await.expect("settle");
    assert_eq!(claim_one(&f.store, "a", NOW).await.id, job_id(4));
    other.close().await;
}

async fn calls_with_one_key_never_overlap(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=3 {
        store(&f.store, limited(n, 1, 1, &series("ada"))).await;
    }
    store(&f.store, limited(4, 1, 1, &series("grace"))).await;
    let jobs = claim(&f.store, 10, "a", NOW).await;
    assert_eq!(ids(&jobs), [job_id(1), job_id(4)]);
    let mut under_way = jobs[0].clone();
    for n in 2..=3 {
        assert_eq!(claim(&f.store, 10, "a", later(n)).await.len(), 0);
        f.store.settle(success(&under_way)).await.expect("settle");
        under_way = claim_one(&f.store, "a", later(n)).await;
        assert_eq!(under_way.id, job_id(n), "in the order in which they came");
    }
}

async fn whatever_ends_a_job_lets_the_next_begin(f: &Fixture) {
    people(f, 3).await;
    for of in 1..=3 {
        store(&f.store, limited(of, of, 1, &series("ada"))).await;
    }
    let first = claim_one(&f.store, "a", NOW).await;
    // Given back: the one that waits is due at once, the other later.
    assert!(f.store.release(first.id, "a", later(1)).await.expect("release"));
    let second = claim_one(&f.store, "a", later(1)).await;
    // Its worker is heard of no more.
    let lost = later(2) + LEASE;
    f.store.reap(lost, DAY).await.expect("reap");
    let third = claim_one(&f.store, "b", lost).await;
    let cancelled = Entry { at: lost, fact: Fact::Cancelled { reason: "disconnected".to_owned() } };
    // Disconnected while it is under way.
    assert_eq!(f.store.cancel_running(third.run.credential, cancelled).await.expect("cancel"), 1);
    let fourth = claim_one(&f.store, "b", lost).await;
    f.store.settle(success(&fourth)).await.expect("settle");
    let last = claim_one(&f.store, "b", lost).await;
    assert_ne!(first.id, second.id);
    let ended: HashSet<_> = ids(&[third, fourth, last]).into_iter().collect();
    assert_eq!(ended.len(), 3, "none was left behind");
}

async fn who_is_gone_stands_in_nobodys_way(f: &Fixture) {
    people(f, 2).await;
    let lanes = rated(&[rate("a", 1000, 0)]);
    store(&f.store, limited(1, 1, 500, &lanes)).await;
    store(&f.store, limited(1_001, 2, 2, &lanes)).await;
    while f.store.next_due().await.expect("read") <= Some(NOW) {
        claim(&f.store, 1000, "w", NOW).await;
    }
    let cancelled = Entry { at: NOW, fact: Fact::Cancelled { reason: "disconnected".to_owned() } };
    f.store.cancel_running(credential(1), cancelled.clone()).await.expect("cancel");
    f.store.cancel_running(credential(2), cancelled).await.expect("cancel");
    store(&f.store, limited(2_000, 2, 2, &lanes)).await;
    assert_eq!(ids(&claim(&f.store, 10, "w", later(1)).await), numbers(2_000..=2_000));
    assert_eq!(f.store.next_due().await.expect("read"), Some(later(2)));
}

/// Claims and settles while there is something to do, as one process does. Time stands still:
/// whoever is not woken is never served.
async fn work(store: Store, lease: &'static str) -> u64 {
    let (mut done, mut idle) = (0, 0);
    loop {
        let depth = store.queue_depth().await.expect("read");
        if depth.ready + depth.leased == 0 {
            return done;
        }
        let jobs = claim(&store, 4, lease, NOW).await;
        idle = if jobs.is_empty() { idle + 1 } else { 0 };
        assert!(idle < 2_000, "{} jobs wait for nobody", depth.ready);
        let mut series = HashSet::new();
        for job in jobs {
            assert!(series.insert(job.lanes.serial.clone()), "two of a series at once");
            let settled = store.settle(success(&job)).await.expect("settle");
            assert_eq!(settled, portico_storage::Settled::Stored);
            done += 1;
        }
    }
}

async fn two_processes_finish_every_series(f: &Fixture) {
    people(f, 4).await;
    let other = f.second_process().await;
    for n in 1..=80 {
        store(&f.store, limited(n, n % 4 + 1, 1, &series(&format!("series {}", n % 5)))).await;
    }
    let (a, b) = (tokio::spawn(work(f.store.clone(), "a")), tokio::spawn(work(other.clone(), "b")));
    let done = a.await.expect("works") + b.await.expect("works");
    assert_eq!(done, 80);
    assert_eq!(f.number("SELECT count(*) FROM tenants").await, 0);
    other.close().await;
}

async fn jobs_without_limits_leave_no_trace(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    assert_eq!((job.lanes.is_empty(), &job.waited), (true, &None));
    let bare = "SELECT count(*) FROM jobs WHERE lanes IS NULL AND crowd IS NULL \
                AND serial IS NULL AND waits_for IS NULL AND due_at IS NULL";
    assert_eq!(f.number(bare).await, 1);
    f.store.settle(success(&job)).await.expect("settle");
    assert_eq!(f.number("SELECT count(*) FROM lanes").await, 0);
}

async fn idle_lanes_are_forgotten(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, limited(1, 1, 1, &rated(&[rate("a", 1000, 0)]))).await;
    store(&f.store, limited(2, 1, 1, &rated(&[rate("b", 9000, 0)]))).await;
    claim(&f.store, 10, "a", NOW).await;
    f.store.purge_lanes(later(5)).await.expect("purge");
    assert_eq!(f.texts("SELECT key FROM lanes").await, ["b"], "the other has a call to come");
}
