//! Replays, failures that are one trouble, messages for destinations, and what is old.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::view::{
    DestinationView, FailureState, HappeningKind, ReplayBeginning, ReplayVersion,
};
use portico_domain::{
    DestinationId, Entry, ExecutionStatus, Fact, Failure, FailureClass, ProjectId, ReplayBatchId,
    Timestamp, WorkflowId,
};
use portico_storage::{
    DeliveryTried, Destination, ExecutionFilter, FailureMark, NewReplay, NewReplayBatch,
    ReplayInput, ReplayStart,
};
use std::time::Duration;

crate::cases! {
    a_replay_begins_once_and_is_found_from_both_sides,
    what_is_to_begin_only_first_begins_beside_no_other_replay,
    executions_belong_together_by_what_repeats_what,
    one_execution_is_cancelled_and_no_other,
    failures_are_counted_by_trouble,
    a_batch_of_replays_is_worked_through_once,
    a_failed_execution_leaves_one_message_which_one_taker_gets,
    a_few_messages_of_a_destination_are_under_way_and_the_others_have_their_turn,
    a_silent_destination_is_switched_off_and_nothing_is_lost,
    what_is_old_goes_in_batches_and_what_runs_stays,
    space_is_given_back,
    charts_count_what_happened_in_each_span,
}

/// The workflow of every event of these cases.
fn workflow() -> WorkflowId {
    WorkflowId::from_parts(7, [0; 10])
}

fn refused() -> Failure {
    Failure::new(FailureClass::Invalid, "LONG", "too long")
}

/// Event `n` of a user, whose execution fails at once.
async fn fail(f: &Fixture, n: u64, of: u64) {
    let mut event = event(n, of);
    let own = &mut event.executions[0];
    own.status = ExecutionStatus::Failed;
    own.failure = Some(refused());
    own.jobs.clear();
    store(&f.store, event).await;
}

fn replay(of: u64, id: u64) -> NewReplay {
    NewReplay {
        project: project(),
        user: user(1),
        replay_of: execution_id(of),
        input: ReplayInput::Same(event_id(of)),
        execution: event(id, 1).executions.remove(0),
        only_first: false,
        at: later(5),
    }
}

async fn a_replay_begins_once_and_is_found_from_both_sides(f: &Fixture) {
    people(f, 1).await;
    fail(f, 1, 1).await;
    assert_eq!(f.store.start_replay(replay(1, 2)).await.expect("a start"), ReplayStart::Started);
    assert_eq!(f.store.start_replay(replay(1, 2)).await.expect("a start"), ReplayStart::Known);
    let job = claim_one(&f.store, "a", later(5)).await;
    assert_eq!(
        (job.execution, job.run.payload.as_ref().and_then(|own| own["number"].as_i64())),
        (execution_id(2), Some(1))
    );
    let found = f.store.execution(project(), execution_id(2)).await.expect("read").expect("it");
    assert_eq!((found.replay_of, found.started_at), (Some(execution_id(1)), later(5)));
    let links = f.store.replays_of(execution_id(1), 10).await.expect("links");
    assert_eq!(links.iter().map(|own| own.id).collect::<Vec<_>>(), [execution_id(2)]);
    let mut edited = replay(1, 3);
    edited.input = ReplayInput::Edited(Box::new(event(30, 1).event));
    f.store.start_replay(edited).await.expect("a start");
    let job = claim_one(&f.store, "a", later(5)).await;
    assert_eq!(
        (job.run.event, job.run.payload.as_ref().and_then(|own| own["number"].as_i64())),
        (event_id(30), Some(30))
    );
}

async fn what_is_to_begin_only_first_begins_beside_no_other_replay(f: &Fixture) {
    people(f, 1).await;
    fail(f, 1, 1).await;
    let first = |id| NewReplay { only_first: true, ..replay(1, id) };
    let two = tokio::join!(f.store.start_replay(first(2)), f.store.start_replay(first(3)));
    let mut two = [two.0.expect("an answer"), two.1.expect("an answer")];
    two.sort_by_key(|own| *own != ReplayStart::Started);
    assert_eq!(two, [ReplayStart::Started, ReplayStart::Repeated]);
    let links = f.store.replays_of(execution_id(1), 10).await.expect("links");
    let [begun] = links.as_slice() else { panic!("one replay: {links:?}") };
    let again = if begun.id == execution_id(2) { first(2) } else { first(3) };
    assert_eq!(f.store.start_replay(again).await.expect("an answer"), ReplayStart::Known);
    assert_eq!(f.store.start_replay(replay(1, 4)).await.expect("it"), ReplayStart::Started);
}

async fn executions_belong_together_by_what_repeats_what(f: &Fixture) {
    people(f, 1).await;
    for n in [1, 9] {
        fail(f, n, 1).await;
    }
    // 2 and 3 repeat 1, 4 repeats 2; 9 stands alone.
    for (of, id) in [(1, 2), (1, 3), (2, 4)] {
        let input = ReplayInput::Same(event_id(1));
        f.store.start_replay(NewReplay { input, ..replay(of, id) }).await.expect("a start");
    }
    let family = async |n| {
        let found = f.store.replay_family(project(), execution_id(n)).await.expect("ids");
        found.into_iter().collect::<Vec<_>>()
    };
    let ids = |numbers: &[u64]| numbers.iter().map(|n| execution_id(*n)).collect::<Vec<_>>();
    assert_eq!(family(1).await, ids(&[2, 3, 4]));
    assert_eq!(family(3).await, ids(&[1, 2, 4]));
    assert_eq!(family(4).await, ids(&[1, 2, 3]));
    assert_eq!(family(9).await, []);
    // What was repeated is no longer kept: those that repeat it still belong together.
    f.run(&format!("DELETE FROM executions WHERE id = '{}'", execution_id(1))).await;
    assert_eq!(family(3).await, ids(&[2, 4]));
    let elsewhere = ProjectId::from_parts(99, [9; 10]);
    assert_eq!(f.store.replay_family(elsewhere, execution_id(3)).await.expect("ids"), []);
}

async fn one_execution_is_cancelled_and_no_other(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=2 {
        store(&f.store, event(n, 1)).await;
    }
    let entry = || Entry { at: later(3), fact: Fact::Cancelled { reason: "stopped".to_owned() } };
    let cancel = async |project, n| {
        f.store.cancel_execution(project, execution_id(n), entry()).await.expect("an answer")
    };
    assert!(!cancel(ProjectId::from_parts(99, [9; 10]), 1).await, "of another project");
    assert!(cancel(project(), 1).await);
    assert!(!cancel(project(), 1).await, "it has ended");
    assert_eq!(claim_one(&f.store, "a", NOW).await.execution, execution_id(2));
}

async fn failures_are_counted_by_trouble(f: &Fixture) {
    people(f, 2).await;
    for (n, of) in [(1, 1), (2, 1), (3, 2)] {
        fail(f, n, of).await;
    }
    store(&f.store, event(4, 1)).await;
    f.store.start_replay(replay(1, 5)).await.expect("a start");
    let groups = f.store.failure_groups(project(), NOW, 10).await.expect("groups");
    assert_eq!(groups.len(), 1);
    let own = &groups[0];
    assert_eq!((own.count, own.users, own.replayed, own.version), (3, 2, 1, 3));
    assert_eq!((own.key.as_str(), own.failure.message.as_str()), (":invalid::LONG", "too long"));
    let place = (project(), workflow(), own.key.as_str());
    let left = f.store.failed_and_not_replayed(place, 10).await.expect("ids");
    assert_eq!(left, [execution_id(3), execution_id(2)]);
    let spans = f.store.failures_over_time(project(), NOW, 1000).await.expect("spans");
    assert_eq!(spans[&(workflow(), own.key.clone())], [(0, 3)]);
    assert!(f.store.failure_groups(project(), later(1), 10).await.expect("groups").is_empty());
    let filter = ExecutionFilter {
        failure: Some(own.key.clone()),
        user: Some(user(1)),
        since: Some(NOW),
        before: Some(later(1)),
        ..ExecutionFilter::default()
    };
    let listed = f.store.execution_list(project(), filter, None, 10).await.expect("a list");
    assert_eq!(listed.len(), 2);
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, created_at, updated_at) VALUES ('i', '{0}', 't', 0, 0); \
         INSERT INTO workflows (id, project_id, integration_id, name, draft, created_at, updated_at) \
         VALUES ('{1}', '{0}', 'i', 'W', '{{}}', 0, 0)",
        project(),
        workflow()
    ))
    .await;
    let mark = FailureMark { state: FailureState::Ignored, at: later(1), users: 2, version: 3 };
    for _ in 0..2 {
        f.store.mark_failures(place, Some(mark)).await.expect("a mark");
    }
    let groups = f.store.failure_groups(project(), NOW, 10).await.expect("groups");
    assert_eq!((groups[0].mark, groups[0].workflow_name.as_str()), (Some(mark), "W"));
    f.store.mark_failures(place, None).await.expect("no mark");
    let groups = f.store.failure_groups(project(), NOW, 10).await.expect("groups");
    assert_eq!(groups[0].mark, None);
}

async fn a_batch_of_replays_is_worked_through_once(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=2 {
        fail(f, n, 1).await;
    }
    let id = ReplayBatchId::from_parts(1, [8; 10]);
    let batch = NewReplayBatch {
        id,
        project: project(),
        beginning: ReplayBeginning::FailedStep,
        version: ReplayVersion::Deployed,
        only_first: true,
        items: vec![(execution_id(1), execution_id(11)), (execution_id(2), execution_id(12))],
        at: NOW,
    };
    let key = f.store.failure_groups(project(), NOW, 10).await.expect("groups").remove(0).key;
    let left = async || {
        let place = (project(), workflow(), key.as_str());
        f.store.failed_and_not_replayed(place, 10).await.expect("ids")
    };
    assert_eq!(left().await, [execution_id(2), execution_id(1)]);
    for _ in 0..2 {
        f.store.add_replay_batch(batch.clone()).await.expect("a batch");
    }
    assert_eq!(left().await, [], "what waits is not chosen by another batch");
    let waiting = f.store.waiting_replays(10).await.expect("rows");
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|own| own.only_first));
    assert_eq!(
        (waiting[0].replay, waiting[0].version),
        (execution_id(11), ReplayVersion::Deployed)
    );
    f.store.start_replay(replay(1, 11)).await.expect("a start");
    f.store.note_replay(waiting[0], None, later(1)).await.expect("a note");
    let found = f.store.replay_batch(project(), id).await.expect("read").expect("it");
    assert_eq!((found.total, found.waiting, found.started, found.ended_at), (2, 1, 1, None));
    f.store.note_replay(waiting[1], Some("gone".to_owned()), later(2)).await.expect("a note");
    let found = f.store.replay_batch(project(), id).await.expect("read").expect("it");
    assert_eq!((found.waiting, found.ended_at), (0, Some(later(2))));
    assert_eq!((found.refused[0].reason.as_str(), found.refused[0].count), ("gone", 1));
    assert_eq!(left().await, [execution_id(2)], "nobody repeats it any more");
    assert!(f.store.waiting_replays(10).await.expect("rows").is_empty());
}

fn destination(n: u64, kinds: Vec<HappeningKind>) -> Destination {
    Destination {
        view: DestinationView {
            id: DestinationId::from_parts(n, [7; 10]),
            name: format!("d{n}"),
            url: "https://hooks.test/".to_owned(),
            kinds,
            headers: vec!["authorization".to_owned()],
            active: true,
            reason: None,
            created_at: NOW,
        },
        project: project(),
        secret: vec![1, 2, 3],
        headers: Some(vec![4]),
    }
}

async fn a_failed_execution_leaves_one_message_which_one_taker_gets(f: &Fixture) {
    people(f, 1).await;
    let hears =
        destination(1, vec![HappeningKind::ExecutionFailed, HappeningKind::WorkflowDeployed]);
    let other = destination(2, vec![HappeningKind::CredentialFailed]);
    f.store.add_destination(hears.clone()).await.expect("kept");
    f.store.add_destination(other.clone()).await.expect("kept");
    assert!(f.store.destinations(project()).await.expect("a list") == [hears.clone(), other]);
    fail(f, 1, 1).await;
    store(&f.store, event(2, 1)).await;
    let job = claim_one(&f.store, "a", NOW).await;
    let mut settlement = success(&job);
    settlement.status = ExecutionStatus::Failed;
    settlement.failure = Some(refused());
    f.store.settle(settlement).await.expect("settled");
    let take = async |lease: &str, now: Timestamp| {
        f.store.take_deliveries((now, now + LEASE), lease, 10).await.expect("messages")
    };
    let (one, two) = tokio::join!(take("a", NOW), take("b", NOW));
    assert_eq!(one.len() + two.len(), 2, "each went to one of them");
    assert!(take("c", NOW).await.is_empty());
    let again = take("d", later(31)).await;
    assert_eq!(again.len(), 2, "whoever held them was heard of no more");
    let tried = DeliveryTried {
        body: Some("{}".to_owned()),
        status: Some(200),
        problem: None,
        again_at: None,
        is_ours: false,
        disable: None,
        now: later(32),
    };
    let late = one.iter().chain(&two).next().expect("one");
    f.store.note_delivery(late, tried.clone()).await.expect("a note");
    let log = f.store.deliveries(project(), hears.view.id, 10).await.expect("a log");
    assert!(log.iter().all(|own| own.state == "waiting"), "its lease was lost: {log:?}");
    f.store.note_delivery(&again[0], tried).await.expect("a note");
    let log = f.store.deliveries(project(), hears.view.id, 10).await.expect("a log");
    assert_eq!(log.iter().filter(|own| own.state == "delivered").count(), 1);
}

async fn a_few_messages_of_a_destination_are_under_way_and_the_others_have_their_turn(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=2 {
        let own = destination(n, vec![HappeningKind::ExecutionFailed]);
        f.store.add_destination(own).await.expect("kept");
    }
    let slow = destination(1, Vec::new()).view.id;
    for n in 1..=6 {
        fail(f, n, 1).await;
    }
    f.run(&format!("DELETE FROM deliveries WHERE destination_id <> '{slow}'")).await;
    fail(f, 7, 1).await;
    let take = async |most| {
        let taken = f.store.take_deliveries((NOW, later(120)), "a", most).await.expect("messages");
        let own = taken.iter().filter(|own| own.destination == slow).count();
        (own, taken.len() - own)
    };
    assert_eq!(take(2).await, (1, 1), "each has its first before any has its second");
    assert_eq!(take(10).await, (3, 0), "four are under way, and nobody has answered");
    assert_eq!(take(10).await, (0, 0));
    fail(f, 8, 1).await;
    assert_eq!(take(10).await, (0, 1), "the other goes on");
    f.run("UPDATE deliveries SET kind = 'unheard', lease = NULL, due_at = 0").await;
    assert_eq!(take(4).await, (0, 0));
    let unread = f.number("SELECT count(*) FROM deliveries WHERE state = 'failed'").await;
    assert_eq!(unread, 4, "what cannot be read is not tried again");
}

async fn a_silent_destination_is_switched_off_and_nothing_is_lost(f: &Fixture) {
    people(f, 1).await;
    let own = destination(1, vec![HappeningKind::ExecutionFailed]);
    f.store.add_destination(own.clone()).await.expect("kept");
    fail(f, 1, 1).await;
    let due = f.store.take_deliveries((NOW, later(30)), "a", 10).await.expect("messages");
    let tried = DeliveryTried {
        body: Some("{}".to_owned()),
        status: None,
        problem: Some("no answer".to_owned()),
        again_at: Some(later(60)),
        is_ours: false,
        disable: Some("silent".to_owned()),
        now: later(1),
    };
    f.store.note_delivery(&due[0], tried).await.expect("a note");
    assert_eq!(f.store.destination_failures(own.view.id).await.expect("a count"), 1);
    let found = f.store.destination(project(), own.view.id).await.expect("read").expect("it");
    assert_eq!((found.view.active, found.view.reason.as_deref()), (false, Some("silent")));
    let take = async || f.store.take_deliveries((later(90), later(99)), "b", 10).await.expect("it");
    assert!(take().await.is_empty(), "nothing is sent to it");
    f.store.add_test_delivery(project(), own.view.id, later(90)).await.expect("a test");
    assert_eq!(take().await.len(), 1, "but a test is");
    f.store.switch_destination((project(), own.view.id), 1, later(91)).await.expect("on");
    assert_eq!(take().await.len(), 1, "what waited is sent once it is on");
    assert!(f.store.remove_destination(project(), own.view.id).await.expect("removed"));
    assert_eq!(f.number("SELECT count(*) FROM deliveries").await, 0);
}

async fn what_is_old_goes_in_batches_and_what_runs_stays(f: &Fixture) {
    people(f, 1).await;
    f.store
        .add_destination(destination(1, vec![HappeningKind::ExecutionFailed]))
        .await
        .expect("kept");
    for n in 1..=450 {
        fail(f, n, 1).await;
    }
    store(&f.store, event(500, 1)).await;
    assert_eq!(f.store.purge_old(NOW - Duration::from_secs(1)).await.expect("none"), 0);
    let mut rounds = 0;
    while f.store.purge_old(later(1)).await.expect("removed") > 0 {
        rounds += 1;
    }
    assert!(rounds >= 3, "in small transactions: {rounds}");
    assert_eq!(f.number("SELECT count(*) FROM executions").await, 1, "what runs");
    assert_eq!(f.number("SELECT count(*) FROM history").await, 1);
    assert_eq!(f.number("SELECT count(*) FROM events").await, 1, "what it began with");
    assert_eq!(f.number("SELECT count(*) FROM deliveries").await, 0);
}

async fn space_is_given_back(f: &Fixture) {
    people(f, 1).await;
    for n in 1..=100 {
        let mut event = event(n, 1);
        event.event.payload = serde_json::json!({ "text": "x".repeat(20_000) });
        event.executions.clear();
        store(&f.store, event).await;
    }
    assert_eq!(f.number("SELECT count(*) FROM bodies").await, 100, "apart from their rows");
    if f.is_postgres() {
        assert_eq!(f.store.give_back_space().await.expect("nothing to do"), 0);
        return;
    }
    let full = f.number("SELECT page_count FROM pragma_page_count").await;
    assert!(full > 400, "{full} pages");
    while f.store.purge_old(later(1)).await.expect("removed") > 0 {}
    while f.store.give_back_space().await.expect("given back") > 0 {}
    let left = f.number("SELECT page_count FROM pragma_page_count").await;
    assert!(left < full / 2, "{left} of {full} pages are left");
}

async fn charts_count_what_happened_in_each_span(f: &Fixture) {
    people(f, 1).await;
    // Ids hold their moment, as those of real events and executions do.
    let ms = |seconds: u64| u64::try_from(later(seconds).millis()).expect("after 1970");
    for n in 0..20_u64 {
        let mut event = event(ms(n), 1);
        event.event.received_at = later(n);
        let own = &mut event.executions[0];
        own.jobs.clear();
        own.status = ExecutionStatus::Succeeded;
        // Each took as many seconds as there were before it.
        own.entries = vec![Entry { at: later(2 * n), fact: Fact::Finished { status: own.status } }];
        store(&f.store, event).await;
    }
    fail(f, ms(25), 1).await;
    let spans = f.store.chart(project(), NOW, (3, 10_000)).await.expect("a chart");
    let told: Vec<_> = spans.iter().map(|own| (own.events, own.succeeded, own.failed)).collect();
    assert_eq!(told, [(11, 10, 1), (10, 10, 0), (0, 0, 0)]);
    assert_eq!(spans[1].p95_ms, Some(19_000), "of ten the last one");
    assert_eq!((spans[0].success_rate(), spans[2].success_rate()), (Some(90), None));
    let later_on = f.store.chart(project(), later(10), (1, 10_000)).await.expect("a chart");
    assert_eq!(later_on[0].events, 10);
}
