//! Accepting events.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::event::{Decision, Outcome};
use portico_domain::{ExecutionStatus, Failure, FailureClass};
use portico_storage::{AcceptEvent, Accepted, Revisions};
use serde_json::json;

crate::cases! {
    an_event_is_stored_with_all_that_follows,
    an_execution_may_begin_and_end_at_once,
    an_event_may_start_nothing,
    the_same_request_is_answered_by_the_first,
    a_key_with_another_body_is_refused,
    keys_of_two_users_never_meet,
    a_changed_revision_makes_it_stale,
    a_disabled_user_is_stale,
    a_stale_event_leaves_its_key_free,
    a_repeated_request_is_answered_even_if_it_is_stale,
    old_keys_are_forgotten,
}

async fn an_event_is_stored_with_all_that_follows(f: &Fixture) {
    people(f, 1).await;
    let mut sent = event(1, 1);
    // What breaks JSON inside JSON, SQL, and PostgreSQL's own JSON type.
    let payload = json!({ "z": "a\u{0}b", "a": ["'\"\\", 9_007_199_254_740_993_i64], "é": null });
    sent.event.payload = payload.clone();
    let decision = Decision {
        workflow_id: sent.executions[0].workflow,
        integration: "salesforce".to_owned(),
        credential_id: Some(credential(1)),
        configuration_id: None,
        outcome: Outcome::Started { execution_id: execution_id(1) },
    };
    sent.event.decisions = vec![decision.clone()];
    store(&f.store, sent.clone()).await;

    let stored = f.store.event(project(), event_id(1)).await.expect("read").expect("stored");
    assert_eq!(stored.payload, payload);
    assert_eq!(stored.payload.to_string(), payload.to_string(), "in the order it was sent");
    assert_eq!(stored.decisions, [decision]);
    assert_eq!(stored.received_at, NOW);
    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("stored");
    assert_eq!(run.entries, [started()]);
    assert_eq!(run.status, ExecutionStatus::Running);
    assert_eq!((run.started_at, run.ended_at), (NOW, None));
    assert_eq!(run.workflow_version, 3);
    assert_eq!(f.number("SELECT entries FROM executions").await, 1);
    assert_eq!(f.texts("SELECT id FROM jobs WHERE state = 'ready'").await, [job_id(1).to_string()]);
    assert_eq!(f.texts("SELECT id FROM tenants").await, [user(1).to_string()]);
}

async fn an_execution_may_begin_and_end_at_once(f: &Fixture) {
    people(f, 1).await;
    let mut sent = event(1, 1);
    let failure = Failure::new(FailureClass::Invalid, "no_value", "Nothing to send");
    let run = &mut sent.executions[0];
    run.status = ExecutionStatus::Failed;
    run.failure = Some(failure.clone());
    run.jobs.clear();
    run.entries.push(finished(ExecutionStatus::Failed));
    run.entries[1].at = later(1);
    store(&f.store, sent).await;

    let run = f.store.execution(project(), execution_id(1)).await.expect("read").expect("stored");
    assert_eq!(run.status, ExecutionStatus::Failed);
    assert_eq!(run.failure, Some(failure));
    assert_eq!(run.ended_at, Some(later(1)));
    assert_eq!(run.entries.len(), 2);
    assert_eq!(f.number("SELECT count(*) FROM tenants").await, 0, "nobody waits");
}

async fn an_event_may_start_nothing(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, AcceptEvent { executions: Vec::new(), ..event(1, 1) }).await;
    assert!(f.store.event(project(), event_id(1)).await.expect("read").is_some());
    assert_eq!(claim(&f.store, 10, "a", NOW).await.len(), 0);
}

async fn the_same_request_is_answered_by_the_first(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, keyed(1, 1, "k", "hash")).await;
    let again = f.store.accept(keyed(2, 1, "k", "hash")).await.expect("accept");
    assert_eq!(again, Accepted::Replayed(event_id(1)));
    assert_eq!(f.number("SELECT count(*) FROM events").await, 1);
    assert_eq!(f.number("SELECT count(*) FROM jobs").await, 1);
}

async fn a_key_with_another_body_is_refused(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, keyed(1, 1, "k", "hash")).await;
    let other = f.store.accept(keyed(2, 1, "k", "other")).await.expect("accept");
    assert_eq!(other, Accepted::KeyReused);
    assert_eq!(f.number("SELECT count(*) FROM events").await, 1);
}

async fn keys_of_two_users_never_meet(f: &Fixture) {
    people(f, 2).await;
    store(&f.store, keyed(1, 1, "k", "hash")).await;
    store(&f.store, keyed(2, 2, "k", "other")).await;
    assert_eq!(f.number("SELECT count(*) FROM events").await, 2);
}

async fn a_changed_revision_makes_it_stale(f: &Fixture) {
    people(f, 1).await;
    for revisions in [Revisions { project: 2, user: 1 }, Revisions { project: 1, user: 0 }] {
        let planned = AcceptEvent { revisions, ..event(1, 1) };
        assert_eq!(f.store.accept(planned).await.expect("accept"), Accepted::Stale);
    }
    f.run("UPDATE connected_users SET routing_revision = 2").await;
    assert_eq!(f.store.accept(event(1, 1)).await.expect("accept"), Accepted::Stale);
    for table in ["events", "executions", "history", "jobs", "tenants"] {
        assert_eq!(f.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    let revisions = Revisions { project: 1, user: 2 };
    store(&f.store, AcceptEvent { revisions, ..event(1, 1) }).await;
}

async fn a_disabled_user_is_stale(f: &Fixture) {
    people(f, 1).await;
    f.run("UPDATE connected_users SET active = 0").await;
    assert_eq!(f.store.accept(event(1, 1)).await.expect("accept"), Accepted::Stale);
    let nobody = event(2, 99);
    assert_eq!(f.store.accept(nobody).await.expect("accept"), Accepted::Stale);
    assert_eq!(f.number("SELECT count(*) FROM events").await, 0);
}

async fn a_stale_event_leaves_its_key_free(f: &Fixture) {
    people(f, 1).await;
    let stale =
        AcceptEvent { revisions: Revisions { project: 1, user: 9 }, ..keyed(1, 1, "k", "hash") };
    assert_eq!(f.store.accept(stale).await.expect("accept"), Accepted::Stale);
    assert_eq!(f.number("SELECT count(*) FROM idempotency_keys").await, 0);
    store(&f.store, keyed(1, 1, "k", "hash")).await;
}

async fn a_repeated_request_is_answered_even_if_it_is_stale(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, keyed(1, 1, "k", "hash")).await;
    f.run("UPDATE projects SET routing_revision = 2").await;
    let again = f.store.accept(keyed(2, 1, "k", "hash")).await.expect("accept");
    assert_eq!(again, Accepted::Replayed(event_id(1)));
}

async fn old_keys_are_forgotten(f: &Fixture) {
    people(f, 1).await;
    store(&f.store, keyed(1, 1, "old", "hash")).await;
    let mut young = keyed(2, 1, "young", "hash");
    young.event.received_at = later(10);
    store(&f.store, young).await;
    assert_eq!(f.store.purge_idempotency_keys(later(10)).await.expect("purge"), 1);
    assert_eq!(f.texts("SELECT key FROM idempotency_keys").await, ["young"]);
    store(&f.store, keyed(3, 1, "old", "another")).await;
}
