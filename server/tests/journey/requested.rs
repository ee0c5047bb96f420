//! Workflows with an address of their own: the host app calls one for a user, and may wait for its answer.

use crate::harness::{Got, World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// Creates a lead and, with `answer`, tells its id to whoever asked.
fn asked(answer: bool) -> String {
    let response = r#"
[[workflows.definition.steps]]
id = "answer"
title = "Answer"
kind = "response"
inputs = { status = 201, headers = { X-Made = "lead", Set-Cookie = "a=b" }, body = { id = "{{ steps.create_record.id }}" } }
"#;
    format!(
        r#"
[[workflows]]
name = "Asked"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "request"
fields = [{{ in = "body", name = "last_name", type = "text", required = true }}]

[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"
inputs = {{ object = "Lead", fields = {{ LastName = "{{{{ trigger.body.last_name }}}}", Company = "{{{{ trigger.query.company }}}}" }} }}
{}
"#,
        if answer { response } else { "" }
    )
}

async fn ready(world: &World, answer: bool) -> String {
    world.deploy(&asked(answer)).await;
    world.connect("ada").await;
    world.switch("ada", "POST", "Asked").await;
    format!("/triggers/{}?company=Engines", world.workflow_id("Asked").await)
}

async fn call(world: &World, user: &str, path: &str, body: Value) -> Got {
    world.sdk(user, "POST", path, body).await
}

#[tokio::test]
async fn a_request_starts_its_workflow_and_nobody_waits() {
    on_each_database(async |world: World| {
        let path = ready(&world, false).await;
        let got = call(&world, "ada", &path, json!({ "last_name": "Lovelace" })).await;
        assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.text);
        assert!(got.json()["executionId"].is_string(), "{}", got.text);
        assert_eq!(world.work().await, 1);
        let leads = world.leads().await;
        assert!(
            leads[0]["fields"]["LastName"] == "Lovelace"
                && leads[0]["fields"]["Company"] == "Engines",
            "{leads:?}"
        );
        let all = world.happened().await;
        assert_eq!(all[0]["summary"]["source"], "request", "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn whoever_asked_gets_the_workflows_answer() {
    on_each_database(async |world: World| {
        let path = ready(&world, true).await;
        world.clock.hold();
        let asking = call(&world, "ada", &path, json!({ "last_name": "Lovelace" }));
        let working = async {
            while world.work().await == 0 {
                tokio::task::yield_now().await;
            }
        };
        let (got, ()) = tokio::join!(asking, working);
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.text);
        assert!(got.json()["id"].as_str().is_some_and(|id| id.starts_with("00Q")), "{}", got.text);
        assert_eq!(got.header(axum::http::HeaderName::from_static("x-made")), "lead");
        assert_eq!(got.headers.get("set-cookie"), None, "an answer sets no cookie of ours");
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_told_as_late() {
    on_each_database(async |world: World| {
        let path = ready(&world, true).await;
        let got = call(&world, "ada", &path, json!({ "last_name": "Lovelace" })).await;
        assert_eq!(got.status.as_u16(), 542, "{}", got.text);
        assert!(got.json()["executionId"].is_string(), "{}", got.text);
        // It goes on all the same.
        assert_eq!(world.work().await, 1);
        assert_eq!(world.leads().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_a_request_lacks_is_told_and_nothing_starts() {
    on_each_database(async |world: World| {
        let path = ready(&world, false).await;
        for body in [json!({}), json!({ "last_name": 7 })] {
            let got = call(&world, "ada", &path, body).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.text);
            assert!(got.text.contains("last_name"), "{}", got.text);
        }
        assert_eq!(world.happened().await, Vec::<Value>::new());
        // Grace has no account; Ada's is not hers.
        let got = call(&world, "grace", &path, json!({ "last_name": "Hopper" })).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{}", got.text);
        world.switch("ada", "DELETE", "Asked").await;
        let got = call(&world, "ada", &path, json!({ "last_name": "Lovelace" })).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{}", got.text);
        assert_eq!(world.work().await, 0);
    })
    .await;
}
