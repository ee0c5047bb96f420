//! Differences of payloads: each told once, dismissed for good, forgotten with what they differ from.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::schema::{Change, Difference, SchemaCheck};
use portico_storage::{AppEvent, EventDrift};
use serde_json::json;
use uuid::Uuid;

crate::cases! { a_difference_is_told_once_until_something_changes }

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

fn drift(key: &str, n: u64) -> EventDrift {
    EventDrift {
        app_event: event().id,
        key: key.to_owned(),
        differences: vec![Difference { at: "/name".to_owned(), change: Change::Missing }],
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
    f.store.note_drift(&drift("early", 1)).await.expect("nothing to note it at");
    assert!(told().await.is_empty());
    f.store.upsert_app_event(&event()).await.expect("an event");
    for own in [drift("a", 1), drift("b", 2), drift("a", 3)] {
        f.store.note_drift(&own).await.expect("noted");
    }
    let both = [("b".to_owned(), drift("b", 2)), ("a".to_owned(), drift("a", 1))];
    assert_eq!(told().await, both, "the newest first, each as first seen");
    let dismissed = f.store.dismiss_drift(project(), ("Lead Created", "b"), later(4)).await;
    assert!(dismissed.expect("dismissed"));
    assert!(!f.store.dismiss_drift(project(), ("Other", "a"), later(4)).await.expect("looked"));
    f.store.note_drift(&drift("b", 5)).await.expect("known");
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

    f.store.note_drift(&drift("a", 7)).await.expect("noted");
    let changed = AppEvent { example: json!({}), ..event() };
    f.store.upsert_app_event(&changed).await.expect("changed");
    assert!(told().await.is_empty());
    let own = f.store.app_event(project(), "Lead Created").await.expect("read").expect("an event");
    assert_eq!(own.check, SchemaCheck::Warn, "an example does not change the schema");
    f.store.note_drift(&drift("a", 8)).await.expect("noted");
    assert!(f.store.delete_app_event(project(), "Lead Created").await.expect("removed"));
    assert!(told().await.is_empty());
}
