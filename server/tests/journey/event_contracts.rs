//! App Events held to what is written: taken and noted, or refused; what differs is told once.

use crate::harness::{Got, World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_domain::view::EventContract;
use portico_services::EventQuery;
use serde_json::{Value, json};

async fn contract(world: &World) -> EventContract {
    let project = world.project.parse().expect("an id");
    let (events, _) =
        world.services.app_event_list(&Actor::Operator, project).await.expect("a list");
    let own = events.into_iter().find(|own| own.name == "Lead Created").expect("the event");
    own.contract
}

async fn told(world: &World) -> Vec<String> {
    let drifts = contract(world).await.drifts;
    let lines = drifts.iter().map(|own| &own.difference);
    let mut lines: Vec<_> = lines.map(|own| format!("{} {}", own.at, own.words())).collect();
    // Those that came with one payload are as new as each other.
    lines.sort();
    lines
}

async fn hold(world: &World, admin: &str, schema: &Value, check: &str) -> Got {
    let schema = if schema.is_null() { String::new() } else { schema.to_string() };
    let form = json!({
        "project": world.project, "name": "Lead Created", "schema": schema, "check": check,
    });
    world.dashboard_form(admin, "app-events/schema", &form).await
}

async fn send(world: &World, payload: Value) -> Got {
    let event = json!({ "name": "Lead Created", "payload": payload });
    world.sdk("ada", "POST", "/events/trigger", event).await
}

fn lead(more: &Value) -> Value {
    let mut lead = json!({
        "first_name": "Ada", "last_name": "King", "company": "Engines", "email": "ada@example.com",
    });
    for (key, value) in more.as_object().expect("an object") {
        lead[key] = value.clone();
    }
    lead
}

#[tokio::test]
async fn what_differs_from_the_example_is_told_once_and_taken() {
    on_each_database(async |world: World| {
        assert_eq!(send(&world, lead(&json!({}))).await.status, StatusCode::CREATED);
        assert!(told(&world).await.is_empty());
        for phone in ["1", "2"] {
            let sent = send(&world, lead(&json!({ "phone": phone, "company": { "id": 1 } }))).await;
            assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text);
        }
        let lines = ["/company is object instead of string", "/phone is new (string)"];
        assert_eq!(told(&world).await, lines);
        let own = contract(&world).await;
        assert!(own.used_by.iter().any(|one| one.name == "Create a Salesforce lead"), "{own:?}");
        let admin = world.admin_cookie().await;
        for drift in &own.drifts {
            let dismiss = json!({
                "project": world.project, "name": "Lead Created", "key": drift.key,
            });
            let dismissed = world.dashboard_form(&admin, "app-events/dismiss", &dismiss).await;
            assert_eq!(dismissed.status, StatusCode::OK, "{}", dismissed.text);
        }
        send(&world, lead(&json!({ "phone": "3", "company": { "id": 1 } }))).await;
        assert!(told(&world).await.is_empty(), "fine is fine");
        send(&world, lead(&json!({ "age": 36 }))).await;
        assert_eq!(told(&world).await, ["/age is new (number)"]);
    })
    .await;
}

#[tokio::test]
async fn a_schema_warns_or_refuses_from_the_moment_it_is_saved() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let schema = json!({
            "type": "object", "required": ["last_name"],
            "properties": {
                "first_name": { "type": "string" }, "last_name": { "type": "string" },
                "company": { "enum": ["Engines", "Analytical Engines"] }, "email": { "type": "string" },
            },
        });
        let slip = json!({ "properties": { "a": { "maximum": 1 } } });
        for (wrong, check, words) in [
            (&Value::Null, "enforce", "Write a schema first"),
            (&slip, "warn", "\"maximum\" is not checked here"),
            (&json!({ "required": ["age"] }), "warn", "example does not fit the schema: /age is missing"),
        ] {
            let refused = hold(&world, &admin, wrong, check).await;
            assert!(refused.text.contains(words), "{}", refused.text);
        }
        // The cache has the event without a schema before the first one is saved.
        let bad = json!({ "last_name": 7, "company": "Nobody" });
        assert_eq!(send(&world, bad.clone()).await.status, StatusCode::CREATED);
        assert_eq!(hold(&world, &admin, &schema, "warn").await.status, StatusCode::OK);
        assert!(told(&world).await.is_empty());
        let warned = send(&world, bad.clone()).await;
        assert_eq!(warned.status, StatusCode::CREATED, "{}", warned.text);
        let lines = [
            "/company is none of \"Engines\", \"Analytical Engines\"",
            "/last_name is number instead of string",
        ];
        assert_eq!(told(&world).await, lines);

        assert_eq!(hold(&world, &admin, &schema, "enforce").await.status, StatusCode::OK);
        let project = world.project.parse().expect("an id");
        let stored = async || {
            let list = world.services.event_list(&Actor::Operator, project, EventQuery::default());
            list.await.expect("a list").rows.len()
        };
        let before = stored().await;
        let refused = send(&world, bad.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        let refused = refused.json();
        assert_eq!(refused["code"], "invalid");
        assert_eq!(refused["meta"]["fields"][0]["field"], "payload/last_name", "{refused}");
        assert_eq!(refused["meta"]["fields"][1]["field"], "payload/company", "{refused}");
        assert_eq!(stored().await, before, "nothing was stored");
        assert_eq!(send(&world, lead(&json!({}))).await.status, StatusCode::CREATED);
        // Without the schema everything is taken again.
        assert_eq!(hold(&world, &admin, &Value::Null, "off").await.status, StatusCode::OK);
        assert_eq!(send(&world, bad).await.status, StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn what_a_schema_refuses_is_counted_where_it_is_written() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let schema = json!({ "properties": { "last_name": { "type": "string" } } });
        assert_eq!(hold(&world, &admin, &schema, "enforce").await.status, StatusCode::OK);
        assert_eq!(contract(&world).await.refusals, None);
        for last_name in [json!(7), json!(true), json!([])] {
            let refused = send(&world, json!({ "last_name": last_name })).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
            world.clock.advance(60);
        }
        let refusals = contract(&world).await.refusals.expect("they are told");
        assert_eq!((refusals.count, refusals.last_at.since(refusals.first_at).as_secs()), (3, 120));
        assert_eq!(refusals.differences[0].words(), "is array instead of string");
        assert_eq!(send(&world, json!({ "last_name": null })).await.status.as_u16(), 422);
        assert_eq!(contract(&world).await.refusals.expect("more").count, 4);
        assert_eq!(hold(&world, &admin, &schema, "warn").await.status, StatusCode::OK);
        assert_eq!(contract(&world).await.refusals, None, "another check, another count");
    })
    .await;
}

#[tokio::test]
async fn each_new_key_is_told_once_however_they_come_together() {
    on_each_database(async |world: World| {
        for more in [json!({ "a": 1 }), json!({ "a": 1, "b": 1 }), json!({ "b": 2 })] {
            assert_eq!(send(&world, lead(&more)).await.status, StatusCode::CREATED);
        }
        assert_eq!(told(&world).await, ["/a is new (number)", "/b is new (number)"]);
    })
    .await;
}
