//! The providers' limits: obeyed ahead of time, used up, and felt by nobody else.

use crate::harness::{World, on_each_database};
use crate::providers::{configuration, event, workflow};
use axum::http::StatusCode;
use portico_domain::Timestamp;
use portico_services::Clock;
use serde_json::{Value, json};

/// Both clocks stand at the same instant.
async fn stand(world: &World) {
    let now = world.clock.now().millis();
    world.sandbox("POST", "/_sandbox/clock", json!({ "stand_at_ms": now })).await;
}

/// Moves both clocks to the moment at which the next job is due, if there is one.
async fn to_the_next(world: &World) -> Option<Timestamp> {
    let due = world.services.store().next_due().await.expect("the queue")?;
    world.clock.sleep_until(due).await;
    stand(world).await;
    Some(due)
}

/// When and how calls were answered whose path contains `part`.
async fn answered(world: &World, part: &str) -> Vec<(i64, u64)> {
    let log = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
    let log = log.as_array().expect("a log");
    let own = log.iter().filter(|seen| seen["path"].as_str().is_some_and(|p| p.contains(part)));
    own.map(|seen| (seen["at"].as_i64().expect("a time"), seen["status"].as_u64().expect("one")))
        .collect()
}

/// A user with a portal of HubSpot whose workflow is on.
async fn connected(world: &World, user: &str, account: &str) {
    world.connect_to(user, "hubspot", account).await;
    let own = workflow(world, user, "hubspot").await;
    let path = format!("/workflows/{}", own["id"].as_str().expect("an id"));
    let switched = world.sdk(user, "POST", &path, Value::Null).await;
    assert_eq!(switched.status, StatusCode::NO_CONTENT, "{}", switched.text);
}

async fn contact(world: &World, user: &str, number: usize) -> Value {
    let email = format!("{user}-{number}@example.com");
    let contact = json!({ "first_name": "Ada", "last_name": "Lovelace", "email": email });
    let accepted = event(world, user, "Contact Created", contact).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
    accepted.json()
}

const CONTACTS: &str = "/crm/objects/2026-03/contacts";

#[tokio::test]
async fn a_quota_is_used_up_and_never_exceeded() {
    const STEPS: usize = 300;
    on_each_database(async |world: World| {
        connected(&world, "ada", "62515").await;
        connected(&world, "grace", "62777").await;
        stand(&world).await;
        let mut last = Value::Null;
        for number in 0..STEPS {
            if number == STEPS / 2 {
                // A user may send only so many events at once.
                world.clock.advance(3);
                stand(&world).await;
            }
            last = contact(&world, "ada", number).await;
        }
        let single = contact(&world, "grace", 0).await;
        world.work().await;
        let other = world.execution(&single).await;
        assert_eq!(other["summary"]["status"], "succeeded", "another account waits for nothing");
        let waits = world.execution(&last).await;
        assert_eq!(waits["summary"]["status"], "running");
        assert_eq!(waits["waiting"][0]["path"], "create_contact", "{waits}");
        assert_eq!(waits["waiting"][0]["limit"], "110 calls in 10 seconds");
        assert!(waits["waiting"][0]["until"].as_i64() > Some(world.clock.now().millis()));

        while to_the_next(&world).await.is_some() {
            world.work().await;
        }
        let calls = answered(&world, CONTACTS).await;
        assert!(calls.iter().all(|(_, status)| *status == 201), "none was one too many");
        assert_eq!(calls.len(), STEPS + 1);
        // Without the other account's.
        let times: Vec<i64> = calls[1..].iter().map(|(at, _)| *at).collect();
        for (n, first) in times.iter().enumerate() {
            let window = times[n..].iter().filter(|at| **at < first + 10_000).count();
            assert!(window <= 110, "{window} calls in the ten seconds after call {n}");
        }
        let span_ms = times[STEPS - 1] - times[0];
        let allowed = 110 * usize::try_from(span_ms).expect("a time") / 10_000;
        assert!(STEPS * 100 >= allowed * 95, "{STEPS} of {allowed} in {span_ms} ms");

        // In the log it is a wait, not a failure.
        let done = world.execution(&last).await;
        assert_eq!(done["summary"]["status"], "succeeded", "{done}");
        assert_eq!(done["waiting"], json!([]));
        let history = done["history"].as_array().expect("a history");
        assert!(history.iter().all(|entry| entry["fact"] != "attempt_failed"), "{done}");
        let ended = history.iter().find(|entry| entry["fact"] == "step_succeeded").expect("an end");
        assert_eq!(ended["call"]["waited"]["limit"], "110 calls in 10 seconds");
        // It was of the second half.
        assert!(ended["call"]["waited"]["ms"].as_u64() > Some(13_000), "{ended}");
    })
    .await;
}

#[tokio::test]
async fn a_refused_call_holds_back_every_call_of_its_account() {
    on_each_database(async |world: World| {
        connected(&world, "ada", "62515").await;
        stand(&world).await;
        let body = json!({ "category": "RATE_LIMITS", "message": "Another app has used it up." });
        let fault = json!({
            "path_contains": CONTACTS, "kind": "status", "status": 429, "retry_after": 40, "body": body,
        });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        let mut all = Vec::new();
        for number in 0..8 {
            all.push(contact(&world, "ada", number).await);
        }
        let begun = world.clock.now().millis();
        world.work().await;
        let at_once = answered(&world, CONTACTS).await;
        assert!(at_once.len() < 8, "some wait");
        assert_eq!(at_once.iter().filter(|(_, status)| *status == 429).count(), 1);
        while to_the_next(&world).await.is_some() {
            world.work().await;
        }
        let calls = answered(&world, CONTACTS).await;
        assert_eq!(calls.len(), 9, "the refused one was made again");
        let rest = &calls[at_once.len()..];
        assert!(rest.iter().all(|(at, status)| *at >= begun + 40_000 && *status == 201), "{rest:?}");
        for accepted in &all {
            let execution = world.execution(accepted).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        }
    })
    .await;
}

/// A user of Marketo: the portal's session, the workflow and the configuration.
async fn marketo(world: &World) -> (String, String, Value) {
    let token = world.open_portal("ada", "marketo").await;
    let fields = json!({ "integration": "marketo", "fields": {
        "client_id": "portico-demo", "client_secret": "portico-demo-secret",
        "endpoint": "https://123-ABC-456.mktorest.com/rest", "identity": "123-ABC-456",
    }});
    let entered = world.portal(&token, "POST", "/accounts", fields).await;
    assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.text);
    let own = workflow(world, "ada", "marketo").await;
    let id = own["id"].as_str().expect("an id").to_owned();
    let configuration = configuration(world, &token, "api@acme.example").await;
    (token, id, configuration)
}

#[tokio::test]
async fn concurrent_upserts_of_one_lead_make_one_lead() {
    on_each_database(async |world: World| {
        let (token, id, configuration) = marketo(&world).await;
        let sent = json!({
            "configurationId": configuration, "workflowId": id, "enabled": true,
            "settings": { "list": 1001 }, "labels": { "list": "Spring webinar" },
        });
        let saved = world.portal(&token, "POST", "/workflows", sent).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
        stand(&world).await;
        // Long enough under way to meet, if they could.
        let slow = json!({ "path_contains": "/rest/v1/leads.json", "times": 6, "kind": "delay", "ms": 5 });
        world.sandbox("POST", "/_sandbox/faults", slow).await;
        let mut all = Vec::new();
        for number in 0..6 {
            let lead = json!({
                "first_name": format!("Ada {number}"), "last_name": "Lovelace", "company": "Engines",
                "email": "ada@example.com",
            });
            all.push(event(&world, "ada", "Lead Created", lead).await.json());
        }
        world.work().await;
        while to_the_next(&world).await.is_some() {
            world.work().await;
        }
        let mut outputs = Vec::new();
        for accepted in &all {
            let executions = accepted["executions"].as_array().expect("executions");
            assert_eq!(executions.len(), 1, "{accepted}");
            let execution = world.execution(accepted).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let history = execution["history"].as_array().expect("a history");
            assert!(history.iter().all(|entry| entry["fact"] != "attempt_failed"), "{execution}");
            let upsert = history.iter().find(|entry| entry["fact"] == "step_succeeded");
            outputs.push(upsert.expect("an upsert")["output"].clone());
        }
        let created = outputs.iter().filter(|own| own["status"] == "created").count();
        assert_eq!(created, 1, "{outputs:?}");
        assert!(outputs.iter().all(|own| own["id"] == outputs[0]["id"]), "{outputs:?}");
    })
    .await;
}

#[tokio::test]
async fn pages_of_choices_obey_the_same_limits() {
    on_each_database(async |world: World| {
        let (token, id, configuration) = marketo(&world).await;
        stand(&world).await;
        // Read anew each time, not remembered.
        let asked = json!({
            "configurationId": configuration, "workflowId": id, "setting": "list", "refresh": true,
        });
        let before = answered(&world, "/rest/v1/lists.json").await.len();
        // Faster than they may be asked for: each waits for its slot.
        let begun = world.clock.now();
        for _ in 0..10 {
            let page = world.portal(&token, "POST", "/choices", asked.clone()).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            stand(&world).await;
        }
        let waited = world.clock.now().since(begun).as_millis();
        assert!((3_000..4_500).contains(&waited), "{waited} ms for ten of 50 in 20 s");
        // Somebody else has used the limit up: nobody asks until it counts anew.
        let body =
            json!({ "success": false, "errors": [{ "code": "606", "message": "Too many" }] });
        let fault =
            json!({ "path_contains": "/rest/", "kind": "status", "status": 200, "body": body });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        for expected in [Some(10), Some(20)] {
            let refused = world.portal(&token, "POST", "/choices", asked.clone()).await;
            assert_eq!(refused.json()["code"], "provider_refused", "{}", refused.text);
            let retry = refused.json()["meta"]["retryAfter"].as_u64();
            assert_eq!(retry, expected, "{}", refused.text);
        }
        let calls = answered(&world, "/rest/v1/lists.json").await.len() - before;
        assert_eq!(calls, 11, "the last one was not sent");
        world.clock.advance(20);
        stand(&world).await;
        let page = world.portal(&token, "POST", "/choices", asked).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    })
    .await;
}
