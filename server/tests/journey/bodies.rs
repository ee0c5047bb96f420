//! What is too long for a row goes the same way as everything else.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_domain::view::ReplayChoice;
use portico_services::EventQuery;
use serde_json::json;
use std::time::Duration;

/// A step that brings much, and one that is reached days after it by a worker that knows nothing of the first.
const ESSAY: &str = r#"
[[workflows]]
name = "Keep an essay"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }

[[workflows.definition.steps]]
id = "twice"
title = "Twice"
kind = "function"
code = "function run({ text }) { return text + text; }"
inputs = { text = "{{ trigger.essay }}" }

[[workflows.definition.steps]]
id = "wait"
title = "Wait"
kind = "delay"
inputs = { amount = 2, unit = "days" }

[[workflows.definition.steps]]
id = "keep"
title = "Keep"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"
fields = { LastName = "{{ trigger.essay | length }} and {{ steps.twice.result | length }}", Company = "Engines" }
"#;

#[tokio::test]
async fn a_long_payload_and_a_long_output_are_there_whenever_they_are_needed() {
    on_each_database(async |world: World| {
        world.deploy(ESSAY).await;
        world.connect("ada").await;
        world.switch("ada", "POST", "Keep an essay").await;
        let payload = json!({ "essay": "é'\"\\ ".repeat(40_000), "last_name": "Lovelace" });
        let event = json!({ "name": "Lead Created", "payload": payload });
        let accepted = world.sdk("ada", "POST", "/events/trigger", event).await;
        assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
        let accepted = accepted.json();
        world.work().await;
        assert_eq!(world.execution(&accepted).await["summary"]["status"], "running", "it waits");
        world.clock.advance(2 * 86_400);
        world.work().await;
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{}", execution["summary"]);
        let names = async || {
            let leads = world.leads().await;
            leads.iter().map(|own| own["fields"]["LastName"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["200000 and 400000"]);
        let (services, actor) = (&world.services, &Actor::Operator);
        let project = world.project.parse().expect("an id");
        let list = services.event_list(actor, project, EventQuery::default()).await.expect("it");
        let own = services.event_detail(actor, project, list.rows[0].id).await.expect("an event");
        assert_eq!(own.payload, payload);

        // A replay from the last step recalls the long output.
        let id = execution["summary"]["id"].as_str().expect("an id").parse().expect("an id");
        let from = Some(portico_domain::StepPath("keep".to_owned()));
        let choice = ReplayChoice { from, ..ReplayChoice::default() };
        let preview = services.replay_preview(actor, project, id, choice.clone()).await;
        let key = preview.expect("a preview").key;
        services.replay(actor, project, id, choice, key).await.expect("a replay");
        world.work().await;
        assert_eq!(names().await, ["200000 and 400000", "200000 and 400000"]);

        // Once they are old nothing of them is left to be read.
        world.clock.advance(1);
        let store = services.store();
        while store.purge_old(services.ports().now()).await.expect("removed") > 0 {}
        let list = services.event_list(actor, project, EventQuery::default()).await.expect("it");
        assert_eq!(json!(list.rows), json!([]));
        assert_eq!(store.history(id, 0).await.expect("read"), []);
        assert!(services.execution_detail(actor, project, id).await.is_err(), "it is gone");
    })
    .await;
}

#[tokio::test]
async fn what_is_old_goes_in_one_pass_as_long_as_that_may_take() {
    on_each_database(async |world: World| {
        const EVENTS: u64 = 450;
        for _ in 0..EVENTS {
            let sent = world.lead_created("ada", "Lovelace").await;
            assert!(sent.status.is_success(), "{}", sent.text);
            world.clock.advance(1);
        }
        world.clock.advance(91 * 86_400);
        let services = &world.services;
        let first = services.remove_old(Duration::ZERO).await.expect("removed");
        assert!(first.more && first.rows < EVENTS, "its time was over after a batch: {first:?}");
        let rest = services.remove_old(Duration::from_secs(1)).await.expect("removed");
        assert_eq!(
            (first.rows + rest.rows, rest.more),
            (EVENTS, false),
            "many batches in one pass"
        );
        let left = services.store().give_back_space().await.expect("a look");
        assert_eq!(left, 0, "with the space they took");
    })
    .await;
}
