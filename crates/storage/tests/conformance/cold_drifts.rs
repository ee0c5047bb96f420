//! Differences of payloads: each told once, dismissed for good, forgotten with what they differ from.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::schema::{Change, Difference, SchemaCheck};
use portico_storage::{AppEvent, EventDrift, EventRefusals, MOST_DRIFTS};
use serde_json::json;
use uuid::Uuid;

crate::cases! {
    a_difference_is_told_once_until_something_changes,
    what_was_said_to_be_fine_takes_no_place,
    what_is_refused_is_counted_until_something_changes,
}

fn event() -> AppEvent {
    AppEvent {
        id: Uuid::from_u128(7),
        project: project(),
        name: "Lead Created".to_owned(),
        example: json!({ "name": "Ada" }),
        schema: None,
        check: SchemaCheck::Off,
        created_at: later(0),
        updated_at: later(0),
    }
}

fn missing() -> Difference {
    Difference { at: "/name".to_owned(), change: Change::Missing }
}

fn drift(key: &str, n: u64) -> EventDrift {
    EventDrift {
        app_event: event().id,
        key: key.to_owned(),
        difference: missing(),
        event: event_id(n),
        first_at: later(n),
    }
}

async fn a_difference_is_told_once_until_something_changes(f: &Fixture) {
    people(f, 1).await;
    let told = async || {
        let all = f.store.event_drifts(project()).await.expect("read");
        all.into_iter().map(|own| (own.key.clone(), own)).collect::<Vec<_>>()
    };
    f.store.note_drifts(vec![drift("early", 1)]).await.expect("nothing to note it at");
    assert!(told().await.is_empty());
    f.store.upsert_app_event(&event()).await.expect("an event");
    for own in [drift("a", 1), drift("b", 2), drift("a", 3)] {
        f.store.note_drifts(vec![own]).await.expect("noted");
    }
    let both = [("b".to_owned(), drift("b", 2)), ("a".to_owned(), drift("a", 1))];
    assert_eq!(told().await, both, "the newest first, each as first seen");
    let dismissed = f.store.dismiss_drift(project(), ("Lead Created", "b"), later(4)).await;
    assert!(dismissed.expect("dismissed"));
    assert!(!f.store.dismiss_drift(project(), ("Other", "a"), later(4)).await.expect("looked"));
    f.store.note_drifts(vec![drift("b", 5)]).await.expect("known");
    assert_eq!(told().await, both[1..], "what was dismissed stays so");

    let before =
        f.store.routing(project(), user(1)).await.expect("read").expect("a user").revisions;
    let held = (Some(json!({ "type": "object" })), SchemaCheck::Warn);
    let set = f.store.set_event_schema(project(), "Lead Created", held.clone(), later(6)).await;
    assert!(set.expect("set"));
    assert!(told().await.is_empty(), "another expectation, other differences");
    let own = f.store.app_event(project(), "Lead Created").await.expect("read").expect("an event");
    assert_eq!((own.schema, own.check), held);
    let after = f.store.routing(project(), user(1)).await.expect("read").expect("a user").revisions;
    assert_ne!(before.project, after.project, "what was planned is planned again");

    f.store.note_drifts(vec![drift("a", 7)]).await.expect("noted");
    let changed = AppEvent { example: json!({}), ..event() };
    f.store.upsert_app_event(&changed).await.expect("changed");
    assert!(told().await.is_empty());
    let own = f.store.app_event(project(), "Lead Created").await.expect("read").expect("an event");
    assert_eq!(own.check, SchemaCheck::Warn, "an example does not change the schema");
    f.store.note_drifts(vec![drift("a", 8)]).await.expect("noted");
    assert!(f.store.delete_app_event(project(), "Lead Created").await.expect("removed"));
    assert!(told().await.is_empty());
}

async fn what_was_said_to_be_fine_takes_no_place(f: &Fixture) {
    people(f, 1).await;
    f.store.upsert_app_event(&event()).await.expect("an event");
    let most = u64::try_from(MOST_DRIFTS).expect("a number");
    let all = (0..=most).map(|n| drift(&format!("key-{n:03}"), n)).collect();
    f.store.note_drifts(all).await.expect("noted");
    let told = async || f.store.event_drifts(project()).await.expect("read").len() as u64;
    assert_eq!(told().await, most, "the rest is not kept");
    let dismissed = f.store.dismiss_drift(project(), ("Lead Created", "key-000"), later(1)).await;
    assert!(dismissed.expect("dismissed"));
    f.store.note_drifts(vec![drift("new", 200)]).await.expect("noted");
    assert_eq!(told().await, most, "there is a place again");
}

async fn what_is_refused_is_counted_until_something_changes(f: &Fixture) {
    people(f, 1).await;
    let refused = |count, at| EventRefusals {
        app_event: event().id,
        count,
        first_at: later(at),
        last_at: later(at),
        differences: vec![missing()],
    };
    let noted = async || f.store.event_refusals(project()).await.expect("read");
    f.store.note_event_refusals(vec![refused(1, 0)]).await.expect("of no event");
    assert_eq!(noted().await, []);
    f.store.upsert_app_event(&event()).await.expect("an event");
    for own in [refused(3, 1), refused(2, 9)] {
        f.store.note_event_refusals(vec![own]).await.expect("noted");
    }
    assert_eq!(noted().await, [EventRefusals { first_at: later(1), ..refused(5, 9) }]);
    let set = f.store.set_event_schema(project(), "Lead Created", (None, SchemaCheck::Off), NOW);
    assert!(set.await.expect("set"));
    assert_eq!(noted().await, [], "another schema refuses otherwise");
}
