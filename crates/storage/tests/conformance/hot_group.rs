//! Group commit: strangers share a transaction and cannot harm each other.
//!
//! The cases run on one thread: what is spawned before the first wait is queued before the writing
//! task looks, and so makes one group.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::ExecutionStatus;
use portico_storage::{AcceptEvent, Accepted, Revisions, Settled, Settlement, StorageError, Store};
use std::path::Path;
use tokio::task::JoinHandle;

crate::cases! {
    what_waits_together_is_committed_together,
    a_refused_member_does_not_harm_the_others,
    a_failing_member_does_not_harm_the_others,
    of_one_key_in_one_group_the_first_wins,
    of_two_settlements_that_saw_the_same_history_one_is_stored,
    settlements_of_one_execution_that_follow_each_other_share_a_group,
    a_job_that_is_settled_twice_in_a_group_is_settled_once,
    a_claim_sees_what_its_group_has_made_ready,
    an_abandoned_claim_leases_nothing,
}

type Answer = JoinHandle<Result<Accepted, StorageError>>;

fn send(store: &Store, event: AcceptEvent) -> Answer {
    let store = store.clone();
    tokio::spawn(async move { store.accept(event).await })
}

async fn answers(sent: Vec<Answer>) -> Vec<Result<Accepted, StorageError>> {
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.expect("the caller lives"));
    }
    answers
}

/// How many transactions have written events.
async fn commits(f: &Fixture) -> i64 {
    if f.is_postgres() {
        return f.number("SELECT count(DISTINCT xmin::text) FROM events").await;
    }
    // The write-ahead log marks the last page of each transaction with the size of the database.
    let file = f.address.trim_start_matches("sqlite:");
    let log = std::fs::read(Path::new(&format!("{file}-wal"))).expect("a write-ahead log");
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four bytes"));
    let page = usize::try_from(number(&log[8..12])).expect("a page size");
    let marked = log[32..].chunks_exact(24 + page).filter(|frame| number(&frame[4..8]) > 0);
    i64::try_from(marked.count()).expect("a short log")
}

async fn what_waits_together_is_committed_together(f: &Fixture) {
    people(f, 3).await;
    let before = commits(f).await;
    let sent = (1..=60).map(|n| send(&f.store, event(n, n % 3 + 1))).collect();
    for answer in answers(sent).await {
        assert_eq!(answer.expect("accept"), Accepted::Stored);
    }
    assert_eq!(f.number("SELECT count(*) FROM events").await, 60);
    assert_eq!(commits(f).await - before, 1);
}

async fn a_refused_member_does_not_harm_the_others(f: &Fixture) {
    people(f, 3).await;
    let stale = AcceptEvent { revisions: Revisions { project: 1, user: 9 }, ..event(2, 2) };
    let sent =
        vec![send(&f.store, event(1, 1)), send(&f.store, stale), send(&f.store, event(3, 3))];
    let answers: Vec<_> = answers(sent).await.into_iter().map(|a| a.expect("accept")).collect();
    assert_eq!(answers, [Accepted::Stored, Accepted::Stale, Accepted::Stored]);
    assert_eq!(f.number("SELECT count(*) FROM events").await, 2);
    assert_eq!(f.number("SELECT count(*) FROM executions").await, 2);
}

async fn a_failing_member_does_not_harm_the_others(f: &Fixture) {
    people(f, 3).await;
    store(&f.store, event(2, 2)).await;
    let mut twin = event(9, 2);
    twin.event.id = event_id(2);
    let sent = vec![send(&f.store, event(1, 1)), send(&f.store, twin), send(&f.store, event(3, 3))];
    let mut answers = answers(sent).await.into_iter();
    assert_eq!(answers.next().expect("three").expect("accept"), Accepted::Stored);
    let error = answers.next().expect("three").expect_err("an id is used once");
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(answers.next().expect("three").expect("accept"), Accepted::Stored);
    assert_eq!(f.number("SELECT count(*) FROM events").await, 3);
    assert_eq!(f.number("SELECT count(*) FROM executions").await, 3, "nothing of the twin");
}

async fn of_one_key_in_one_group_the_first_wins(f: &Fixture) {
    people(f, 1).await;
    let sent = vec![
        send(&f.store, keyed(7, 1, "k", "hash")),
        send(&f.store, keyed(2, 1, "k", "hash")),
        send(&f.store, keyed(3, 1, "k", "other")),
    ];
    let answers: Vec<_> = answers(sent).await.into_iter().map(|a| a.expect("accept")).collect();
    assert_eq!(answers, [Accepted::Stored, Accepted::Replayed(event_id(7)), Accepted::KeyReused]);
    assert_eq!(f.number("SELECT count(*) FROM events").await, 1);
}

/// Sends settlements that one group takes.
async fn settled(f: &Fixture, sent: Vec<Settlement>) -> Vec<Settled> {
    let sent: Vec<_> = sent
        .into_iter()
        .map(|settlement| {
            let store = f.store.clone();
            tokio::spawn(async move { store.settle(settlement).await })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.expect("the caller lives").expect("settle"));
    }
    answers
}

async fn of_two_settlements_that_saw_the_same_history_one_is_stored(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, fan_out(2)).await;
    let jobs = claim(&f.store, 10, "a", NOW).await;
    let sent = jobs.iter().map(|job| round(job, 1)).collect();
    assert_eq!(settled(f, sent).await, [Settled::Stored, Settled::Grown]);
    assert_eq!(f.number("SELECT entries FROM executions").await, 3);
    assert_eq!(f.texts("SELECT id FROM jobs").await, [jobs[1].id.to_string()], "still held");
    assert_eq!(f.store.settle(round(&jobs[1], 3)).await.expect("settle"), Settled::Stored);
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 0);
}

async fn settlements_of_one_execution_that_follow_each_other_share_a_group(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, fan_out(4)).await;
    let jobs = claim(&f.store, 10, "a", NOW).await;
    let mut sent: Vec<_> =
        jobs.iter().zip([1, 3, 5, 7]).map(|(job, seen)| round(job, seen)).collect();
    // Somebody else holds the second; the third was made believing that it would be stored.
    sent[1].lease = "b".to_owned();
    sent[3] = Settlement { expected_entries: 3, ..success(&jobs[3]) };
    let answers = settled(f, sent).await;
    assert_eq!(
        answers,
        [Settled::Stored, Settled::LeaseLost, Settled::Grown, Settled::Stored],
        "one does not answer for another"
    );
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("there");
    assert_eq!((run.status, run.entries.len()), (ExecutionStatus::Succeeded, 4));
    assert_eq!(f.number("SELECT entries FROM executions").await, 4);
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 2);
}

async fn a_job_that_is_settled_twice_in_a_group_is_settled_once(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let first = claim_one(&f.store, "a", NOW).await;
    let nothing = Settlement {
        entries: Vec::new(),
        status: ExecutionStatus::Running,
        jobs: vec![job(2)],
        ..success(&first)
    };
    let twice = vec![nothing.clone(), nothing];
    assert_eq!(settled(f, twice).await, [Settled::Stored, Settled::LeaseLost]);
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 1);
}

async fn a_claim_sees_what_its_group_has_made_ready(f: &Fixture) {
    people(f, 1).await;
    let store = f.store.clone();
    let claimed = tokio::spawn(async move { claim(&store, 10, "a", NOW).await });
    let sent = send(&f.store, event(1, 1));
    assert_eq!(claimed.await.expect("the caller lives").len(), 1);
    assert_eq!(sent.await.expect("the caller lives").expect("accept"), Accepted::Stored);
}

async fn an_abandoned_claim_leases_nothing(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    {
        // Polled once, so that it is sent, and dropped before the writing task looks.
        let claimed = claim(&f.store, 10, "gone", NOW);
        tokio::pin!(claimed);
        tokio::select! {
            biased;
            _ = &mut claimed => panic!("nothing has been committed yet"),
            () = std::future::ready(()) => {}
        }
    }
    assert_eq!(claim_one(&f.store, "a", NOW).await.id, job_id(1));
}
