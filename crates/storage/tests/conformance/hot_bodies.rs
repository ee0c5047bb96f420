//! Large bodies: apart from the rows that name them, there whenever these are read whole, gone with them.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::execution::Call;
use portico_domain::{Entry, ExecutionStatus, Fact, StepPath, Timestamp};
use portico_storage::{
    AcceptEvent, Accepted, ClaimedJob, EventFilter, ExecutionFilter, NewReplay, ReplayInput,
    ReplayStart, Revisions, Settled, Settlement, Store,
};
use serde_json::{Value, json};

crate::cases! {
    a_large_payload_is_the_same_when_read_back,
    a_large_step_output_is_the_same_when_read_back,
    what_a_worker_knows_is_not_read_again,
    only_what_is_longer_than_16_kib_stands_apart,
    a_batch_mixes_small_and_large,
    lists_do_not_read_bodies,
    a_lost_body_is_an_error_and_never_a_gap,
    what_is_refused_leaves_no_body,
    a_replay_shares_the_payload_or_brings_its_own,
    cancelling_keeps_what_was_done,
    bodies_go_with_what_is_old,
    many_large_bodies_go_in_small_transactions,
    two_nodes_remove_side_by_side,
    rows_from_before_are_read_and_removed,
}

/// A text of about `kib` KiB, with what breaks JSON inside JSON, SQL and PostgreSQL's own JSON type.
fn large(n: u64, kib: usize) -> Value {
    json!({ "number": n, "text": "x'\"\\\u{0}é".repeat(kib * 128), "z": [1, null], "a": 1.5 })
}

/// Event `n` with a large payload.
fn large_event(n: u64, of: u64) -> AcceptEvent {
    let mut sent = event(n, of);
    sent.event.payload = large(n, 300);
    sent
}

fn brought(output: Value) -> Entry {
    let (path, call) = (StepPath("create_record".to_owned()), Call::default());
    Entry { at: NOW, fact: Fact::StepSucceeded { path, attempt: 1, call, output } }
}

/// A step's end with a large output, and the next job.
fn goes_on(job: &ClaimedJob, next: u64) -> Settlement {
    Settlement {
        entries: vec![brought(large(next, 700))],
        status: ExecutionStatus::Running,
        jobs: vec![crate::work::job(next)],
        ..success(job)
    }
}

async fn settled(f: &Fixture, settlement: Settlement) {
    assert_eq!(f.store.settle(settlement).await.expect("settle"), Settled::Stored);
}

async fn bodies(f: &Fixture) -> Vec<String> {
    f.texts("SELECT kind || ' ' || seq || ' ' || owner FROM bodies ORDER BY kind, owner, seq").await
}

async fn payload(f: &Fixture, n: u64) -> Value {
    f.store.event(project(), event_id(n)).await.expect("read").expect("stored").payload
}

async fn entries(f: &Fixture, n: u64) -> Vec<Entry> {
    f.store.execution(project(), execution_id(n)).await.expect("read").expect("stored").entries
}

async fn a_large_payload_is_the_same_when_read_back(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, large_event(1, 1)).await;
    assert_eq!(bodies(f).await, [format!("payload 0 {}", event_id(1))]);
    assert_eq!(f.texts("SELECT payload FROM events").await, [""]);
    assert_eq!(payload(f, 1).await.to_string(), large(1, 300).to_string(), "in its order");
    let job = claim_one(&f.store, "a", NOW).await;
    assert_eq!(job.run.payload, Some(large(1, 300)));
}

async fn a_large_step_output_is_the_same_when_read_back(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let first = claim_one(&f.store, "a", NOW).await;
    settled(f, goes_on(&first, 2)).await;
    assert_eq!(bodies(f).await, [format!("entries 1 {}", execution_id(1))]);
    let second = claim_one(&f.store, "a", NOW).await;
    let whole = [started(), brought(large(2, 700))];
    assert_eq!(second.run.entries, whole);
    assert_eq!(entries(f, 1).await, whole);
    settled(f, success(&second)).await;
    let whole = [&whole[..], &[finished(ExecutionStatus::Succeeded)]].concat();
    assert_eq!(entries(f, 1).await, whole);
    assert_eq!(f.store.history(execution_id(1), 1).await.expect("read"), whole[1..]);
}

async fn what_a_worker_knows_is_not_read_again(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, large_event(1, 1)).await;
    let first = claim_one(&f.store, "a", NOW).await;
    settled(f, goes_on(&first, 2)).await;
    // Whoever read these would find nothing.
    f.run("DELETE FROM bodies").await;
    let known = vec![(execution_id(1), 2)];
    let jobs = claim_knowing(&f.store, 1, ("a", NOW), known).await;
    assert_eq!((jobs.len(), &jobs[0].run.payload), (1, &None));
    assert_eq!((jobs[0].run.known, jobs[0].run.entries.len()), (2, 0));
}

async fn only_what_is_longer_than_16_kib_stands_apart(f: &Fixture) {
    people(f, 1).await;
    let long = |n: u64, bytes: usize| {
        let mut sent = event(n, 1);
        let around = json!({ "t": "" }).to_string().len();
        sent.event.payload = json!({ "t": "x".repeat(bytes - around) });
        sent
    };
    store(&f.store, long(1, 16 * 1024)).await;
    store(&f.store, long(2, 16 * 1024 + 1)).await;
    assert_eq!(bodies(f).await, [format!("payload 0 {}", event_id(2))]);
    assert_eq!(f.number("SELECT bytes FROM bodies").await, 16 * 1024 + 1);
    for n in [1, 2] {
        let length = if n == 1 { 16 * 1024 } else { 16 * 1024 + 1 };
        assert_eq!(payload(f, n).await.to_string().len(), length);
    }
}

async fn a_batch_mixes_small_and_large(f: &Fixture) {
    people(f, 4).await;
    let sent: Vec<_> = (1..=40)
        .map(|n| {
            let (store, of) = (f.store.clone(), n % 4 + 1);
            let event = if n % 3 == 0 { large_event(n, of) } else { event(n, of) };
            tokio::spawn(async move { crate::work::store(&store, event).await })
        })
        .collect();
    for sent in sent {
        sent.await.expect("stored");
    }
    let jobs = claim(&f.store, 40, "a", NOW).await;
    assert_eq!(jobs.len(), 40);
    let number = |job: &ClaimedJob| job.run.payload.as_ref().and_then(|own| own["number"].as_u64());
    let ends: Vec<_> = jobs
        .iter()
        .map(|job| {
            let n = number(job).expect("its payload");
            assert_eq!(job.execution, execution_id(n));
            let output = if n % 2 == 0 { large(n, 40) } else { json!({ "number": n }) };
            let mut end = success(job);
            end.entries.insert(0, brought(output));
            let store = f.store.clone();
            tokio::spawn(async move { store.settle(end).await.expect("settle") })
        })
        .collect();
    for end in ends {
        assert_eq!(end.await.expect("ends"), Settled::Stored);
    }
    assert_eq!(f.number("SELECT count(*) FROM bodies WHERE kind = 'payload'").await, 13);
    assert_eq!(f.number("SELECT count(*) FROM bodies WHERE kind = 'entries'").await, 20);
    for n in 1..=40 {
        let (sent, output) = (payload(f, n).await, entries(f, n).await.remove(1));
        assert_eq!(sent, if n % 3 == 0 { large(n, 300) } else { json!({ "number": n }) });
        let brings = if n % 2 == 0 { large(n, 40) } else { json!({ "number": n }) };
        assert_eq!(output, brought(brings));
    }
}

async fn lists_do_not_read_bodies(f: &Fixture) {
    people(f, 1).await;
    for n in [1, 2] {
        store(&f.store, large_event(n, 1)).await;
    }
    store(&f.store, event(3, 1)).await;
    let job = claim(&f.store, 1, "a", NOW).await.remove(0);
    settled(f, goes_on(&job, 4)).await;
    // Whoever looked would fail, at what stands apart and at what does not.
    f.run("DELETE FROM bodies; UPDATE events SET payload = 'broken'; UPDATE history SET entries = 'broken';")
        .await;
    let events = f.store.event_list(project(), EventFilter::default(), None, 10).await;
    let events = events.expect("a list");
    assert_eq!(events.iter().map(|own| own.id).collect::<Vec<_>>(), [3, 2, 1].map(event_id));
    assert_eq!((events[0].name.as_str(), events[0].user.as_str()), ("lead.created", "user-1"));
    let runs = f.store.execution_list(project(), ExecutionFilter::default(), None, 10).await;
    assert_eq!(runs.expect("a list").len(), 3);
    let chart = f.store.chart(project(), Timestamp::default(), (1, i64::MAX)).await;
    assert_eq!(chart.expect("a chart")[0].events, 3);
}

async fn a_lost_body_is_an_error_and_never_a_gap(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, large_event(1, 1)).await;
    store(&f.store, event(2, 1)).await;
    let job = claim(&f.store, 1, "a", NOW).await.remove(0);
    assert_eq!(job.execution, execution_id(1));
    settled(f, goes_on(&job, 3)).await;
    f.run("DELETE FROM bodies").await;
    assert!(f.store.event(project(), event_id(1)).await.is_err());
    assert!(f.store.execution(project(), execution_id(1)).await.is_err());
    let others = claim(&f.store, 10, "a", NOW).await;
    assert_eq!(others.iter().map(|own| own.execution).collect::<Vec<_>>(), [execution_id(2)]);
}

async fn what_is_refused_leaves_no_body(f: &Fixture) {
    people(f, 1).await;
    let stale = AcceptEvent { revisions: Revisions { project: 1, user: 9 }, ..large_event(1, 1) };
    assert_eq!(f.store.accept(stale).await.expect("accept"), Accepted::Stale);
    store(&f.store, keyed(2, 1, "k", "hash")).await;
    let key = keyed(3, 1, "k", "hash").key;
    let again = AcceptEvent { key, ..large_event(3, 1) };
    assert_eq!(f.store.accept(again).await.expect("accept"), Accepted::Replayed(event_id(2)));
    let job = claim_one(&f.store, "a", NOW).await;
    let blind = Settlement { expected_entries: 7, ..goes_on(&job, 4) };
    assert_eq!(f.store.settle(blind).await.expect("settle"), Settled::Grown);
    let foreign = Settlement { lease: "b".to_owned(), ..goes_on(&job, 4) };
    assert_eq!(f.store.settle(foreign).await.expect("settle"), Settled::LeaseLost);
    // The second of the two is refused by the database; nothing of it stays.
    store(&f.store, large_event(5, 1)).await;
    f.store.accept(large_event(5, 1)).await.expect_err("the same id twice");
    assert_eq!(bodies(f).await, [format!("payload 0 {}", event_id(5))]);
}

fn replay(of: u64, id: u64, input: ReplayInput) -> NewReplay {
    let mut execution = event(id, 1).executions.remove(0);
    // What is recalled of the first execution is as long as it was there.
    execution.entries.push(brought(large(id, 100)));
    let replay_of = execution_id(of);
    NewReplay {
        project: project(),
        user: user(1),
        replay_of,
        input,
        execution,
        only_first: false,
        at: NOW,
    }
}

async fn a_replay_shares_the_payload_or_brings_its_own(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, large_event(1, 1)).await;
    settled(f, success(&claim_one(&f.store, "a", NOW).await)).await;
    let same = replay(1, 2, ReplayInput::Same(event_id(1)));
    let edited = replay(1, 3, ReplayInput::Edited(Box::new(large_event(30, 1).event)));
    for start in [&same, &edited, &same] {
        f.store.start_replay(start.clone()).await.expect("a start");
    }
    assert_eq!(f.store.start_replay(edited).await.expect("a start"), ReplayStart::Known);
    let jobs = claim(&f.store, 10, "a", NOW).await;
    let payloads: Vec<_> = jobs.iter().map(|job| job.run.payload.clone()).collect();
    assert_eq!(payloads, [Some(large(1, 300)), Some(large(30, 300))]);
    assert_eq!(
        bodies(f).await,
        [
            format!("entries 0 {}", execution_id(2)),
            format!("entries 0 {}", execution_id(3)),
            format!("payload 0 {}", event_id(1)),
            format!("payload 0 {}", event_id(30)),
        ]
    );
    assert_eq!(entries(f, 3).await, [started(), brought(large(3, 100))]);
}

async fn cancelling_keeps_what_was_done(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    settled(f, goes_on(&job, 2)).await;
    let last = Entry { at: NOW, fact: Fact::Cancelled { reason: "disconnected".to_owned() } };
    assert_eq!(f.store.cancel_running(credential(1), last.clone()).await.expect("cancelled"), 1);
    assert_eq!(entries(f, 1).await, [started(), brought(large(2, 700)), last]);
    while f.store.purge_old(later(1)).await.expect("removed") > 0 {}
    assert_eq!(bodies(f).await, [""; 0]);
}

async fn bodies_go_with_what_is_old(f: &Fixture) {
    people(f, 2).await;
    for (n, of) in [(1, 1), (2, 2)] {
        store(&f.store, large_event(n, of)).await;
    }
    for job in claim(&f.store, 10, "a", NOW).await {
        settled(f, goes_on(&job, if job.execution == execution_id(1) { 11 } else { 12 })).await;
    }
    let runs = claim(&f.store, 10, "a", NOW).await;
    let ends = runs.iter().find(|job| job.execution == execution_id(1)).expect("it runs");
    settled(f, success(ends)).await;
    assert_eq!(bodies(f).await.len(), 4);
    while f.store.purge_old(later(1)).await.expect("removed") > 0 {}
    let kept = [format!("entries 1 {}", execution_id(2)), format!("payload 0 {}", event_id(2))];
    assert_eq!(bodies(f).await, kept, "what still runs, and what it began with");
    assert_eq!(payload(f, 2).await, large(2, 300));
    assert_eq!(entries(f, 2).await, [started(), brought(large(12, 700))]);
}

async fn many_large_bodies_go_in_small_transactions(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=30 {
        let mut sent = event(n, 1);
        sent.event.payload = json!({ "text": "x".repeat(1024 * 1024) });
        sent.executions.clear();
        store(&f.store, sent).await;
    }
    let mut removed = Vec::new();
    loop {
        match f.store.purge_old(later(1)).await.expect("removed") {
            0 => break,
            rows => removed.push(rows),
        }
    }
    assert_eq!(removed, [7, 7, 7, 7, 2], "8 MiB at a time");
    assert_eq!(bodies(f).await, [""; 0]);
}

async fn two_nodes_remove_side_by_side(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=300 {
        let mut sent = if n % 10 == 0 { large_event(n, 1) } else { event(n, 1) };
        let own = &mut sent.executions[0];
        own.jobs.clear();
        own.status = ExecutionStatus::Succeeded;
        own.entries.push(brought(large(n, if n % 10 == 0 { 100 } else { 0 })));
        store(&f.store, sent).await;
    }
    let other = f.second_process().await;
    let remove = |store: Store| async move {
        while store.purge_old(later(1)).await.expect("removed") > 0 {}
    };
    tokio::join!(remove(f.store.clone()), remove(other.clone()));
    // Whoever found everything held by the other has ended early; what became free since goes now.
    remove(f.store.clone()).await;
    for table in ["events", "executions", "history", "bodies"] {
        assert_eq!(f.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    other.close().await;
}

async fn rows_from_before_are_read_and_removed(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, event(1, 1)).await;
    let long = serde_json::to_string(&large(1, 300)).expect("JSON").replace('\'', "''");
    let told = serde_json::to_string(&[started(), brought(large(1, 700))]).expect("JSON");
    f.run(&format!(
        "UPDATE events SET payload = '{long}'; UPDATE executions SET entries = 2; \
         UPDATE history SET entries = '{}';",
        told.replace('\'', "''")
    ))
    .await;
    let whole = [started(), brought(large(1, 700))];
    assert_eq!((payload(f, 1).await, entries(f, 1).await), (large(1, 300), whole.to_vec()));
    let job = claim_one(&f.store, "a", NOW).await;
    assert_eq!((&job.run.payload, &job.run.entries[..]), (&Some(large(1, 300)), &whole[..]));
    // It goes on as everything does now.
    settled(f, goes_on(&job, 2)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    assert_eq!(job.run.entries, [&whole[..], &[brought(large(2, 700))]].concat());
    settled(f, success(&job)).await;
    while f.store.purge_old(later(1)).await.expect("removed") > 0 {}
    for table in ["events", "executions", "history", "bodies"] {
        assert_eq!(f.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}
