//! Allowances that are used up: waited for until they come back, and not for ever.

use crate::harness::{World, on_each_database};
use crate::providers::{configuration, event, workflow};
use axum::http::StatusCode;
use portico_domain::Timestamp;
use portico_engine::schedule::Schedule;
use portico_services::Clock;
use serde_json::{Value, json};

const HOUR: i64 = 3_600_000;

/// A user of Marketo whose workflow is on.
async fn connected(world: &World) {
    let token = world.open_portal("ada", "marketo").await;
    let fields = json!({ "integration": "marketo", "fields": {
        "client_id": "portico-demo", "client_secret": "portico-demo-secret",
        "endpoint": "https://123-ABC-456.mktorest.com/rest", "identity": "123-ABC-456",
    }});
    let entered = world.portal(&token, "POST", "/accounts", fields).await;
    assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.text);
    let own = workflow(world, "ada", "marketo").await;
    let configuration = configuration(world, &token, "api@acme.example").await;
    let sent = json!({
        "configurationId": configuration, "workflowId": own["id"], "enabled": true,
        "settings": { "list": 1001 }, "labels": { "list": "Spring webinar" },
    });
    let saved = world.portal(&token, "POST", "/workflows", sent).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
}

async fn used_up(world: &World, times: u32) {
    let body = json!({ "success": false, "errors": [{ "code": "607", "message": "Daily quota" }] });
    let fault = json!({
        "path_contains": "/rest/v1/leads.json", "times": times, "kind": "status", "status": 200, "body": body,
    });
    world.sandbox("POST", "/_sandbox/faults", fault).await;
}

async fn lead(world: &World, number: u32) -> Value {
    let lead = json!({
        "first_name": "Ada", "last_name": "Lovelace", "company": "Engines",
        "email": format!("ada{number}@example.com"),
    });
    event(world, "ada", "Lead Created", lead).await.json()
}

/// How often leads were asked for.
async fn asked(world: &World) -> usize {
    let log = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
    let all = log.as_array().expect("a log").iter();
    all.filter(|seen| seen["path"].as_str().is_some_and(|path| path.ends_with("/leads.json")))
        .count()
}

fn failed<'e>(execution: &'e Value, fact: &str) -> Vec<&'e Value> {
    let history = execution["history"].as_array().expect("a history");
    history.iter().filter(|entry| entry["fact"] == fact).collect()
}

#[tokio::test]
async fn a_used_up_allowance_is_waited_for_until_its_midnight() {
    on_each_database(async |world: World| {
        connected(&world).await;
        used_up(&world, 1).await;
        let first = lead(&world, 1).await;
        world.work().await;
        let midnight = Schedule::read("0 0 * * *", "America/Chicago").expect("a schedule");
        let midnight = midnight.next_after(world.clock.now()).expect("a midnight").millis();
        let waits = world.execution(&first).await;
        assert_eq!(waits["summary"]["status"], "running", "{waits}");
        let attempt = failed(&waits, "attempt_failed")[0];
        assert_eq!(attempt["failure"]["class"], "quota", "{attempt}");
        let again = attempt["retry_at"].as_i64().expect("a time");
        assert!((midnight..midnight + 60_000).contains(&again), "{again} is not {midnight}");
        let shown = &waits["waiting"][0];
        assert_eq!((&shown["path"], &shown["until"]), (&attempt["path"], &json!(again)), "{waits}");
        // Nobody else of the account asks for what is not there.
        let second = lead(&world, 2).await;
        world.work().await;
        assert_eq!(asked(&world).await, 1);
        assert_eq!(world.execution(&second).await["summary"]["status"], "running");

        let node = world.node_in_step().await;
        world.work_to_the_end(&node).await;
        for accepted in [&first, &second] {
            let execution = world.execution(accepted).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            assert_eq!(execution["waiting"], json!([]));
        }
        assert!(world.clock.now() >= Timestamp::from_millis(midnight));
    })
    .await;
}

#[tokio::test]
async fn an_allowance_that_does_not_come_back_is_given_up_after_three_days() {
    on_each_database(async |world: World| {
        connected(&world).await;
        used_up(&world, 100).await;
        let begun = world.clock.now().millis();
        let accepted = lead(&world, 1).await;
        let node = world.node_in_step().await;
        world.work_to_the_end(&node).await;
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "failed", "{execution}");
        assert_eq!(execution["summary"]["failure"]["class"], "quota");
        let attempts = failed(&execution, "attempt_failed").len();
        assert!((2..=3).contains(&attempts), "{attempts} midnights within three days");
        let took = world.clock.now().millis() - begun;
        assert!(took > 24 * HOUR && took <= 72 * HOUR, "{took} ms");
    })
    .await;
}
