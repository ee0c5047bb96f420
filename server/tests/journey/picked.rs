//! What is picked in the editor is what works: objects of triggers, and inputs with few values.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_domain::view::ChoicesAsked;
use portico_services::Bundle;
use serde_json::{Value, json};
use std::time::Duration;

/// Asks who was made, of the object that was picked.
fn welcoming(object: &Value) -> String {
    format!(
        r#"
[[workflows]]
name = "Read new records"
integration = "hubspot"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration"
integration = "hubspot"
trigger = "record_created"

[workflows.definition.trigger.inputs]
object = {object}

[[workflows.definition.steps]]
id = "wait"
title = "Wait"
kind = "delay"
inputs = {{ amount = 1, unit = "minutes" }}
"#
    )
}

/// What the editor offers for an input of a trigger, as the account of a user sees it.
async fn offered(
    world: &World,
    user: &str,
    (trigger, input): (&str, &str),
    chosen: Value,
) -> Vec<(String, Value)> {
    let hubspot = world.services.shared_catalogue().definition("hubspot").expect("it");
    let shape = hubspot.trigger(trigger).expect("a trigger").shape();
    let own = shape.inputs.iter().find(|own| own.key == input).expect("an input");
    let source = own.source.clone().expect("a source");
    let me = world.sdk(user, "GET", "/me", Value::Null).await.json();
    let own = &me["integrations"]["hubspot"]["credentialId"];
    let asked = ChoicesAsked {
        credential: own.as_str().expect("an account").parse().expect("an id"),
        integration: "hubspot".to_owned(),
        source,
        inputs: chosen.as_object().cloned().unwrap_or_default(),
        search: None,
        cursor: None,
        refresh: false,
        value: None,
    };
    let project = world.project.parse().expect("an id");
    let page = world.services.editor_choices(&Actor::Operator, project, asked).await;
    let choices = page.expect("choices").choices;
    choices.into_iter().map(|own| (own.label, own.value)).collect()
}

/// A person makes a record in HubSpot; waits until it was told, so many deliveries in all.
async fn made(world: &World, object: &str, properties: Value, deliveries: usize) {
    let made = json!({ "portal": 62515, "object": object, "properties": properties });
    let made = world.sandbox("POST", "/hubspot/_sandbox/records", made).await;
    assert_eq!(made.status, StatusCode::NO_CONTENT, "{}", made.text);
    let all = async {
        loop {
            let log = world.sandbox("GET", "/_sandbox/webhooks", Value::Null).await.json();
            if log["sent"].as_array().expect("a list").len() >= deliveries {
                return log;
            }
            tokio::task::yield_now().await;
        }
    };
    let log = tokio::time::timeout(Duration::from_secs(20), all).await.expect("deliveries");
    assert_eq!(log["sent"][deliveries - 1]["outcome"], json!({ "Ok": 200 }), "{log}");
}

#[tokio::test]
async fn a_trigger_fires_for_the_object_that_was_picked() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "hubspot", "62515").await;
        let objects = offered(&world, "ada", ("record_created", "object"), json!({})).await;
        let contacts = objects.iter().find(|(label, _)| label == "Contacts").expect("Contacts");
        let chosen = json!({ "object": contacts.1 });
        let properties = offered(&world, "ada", ("property_changed", "property"), chosen).await;
        assert!(properties.contains(&("Email".to_owned(), json!("email"))), "{properties:?}");
        let port = world.listen().await;
        let path = format!("/hooks/{}/hubspot", world.project);
        let (mut deliveries, mut happened) = (0, 0);
        // What was picked, and what steps call the same; told as new apps are, and as older ones.
        for object in [contacts.1.clone(), json!("contacts")] {
            world.deploy(&welcoming(&object)).await;
            world.switch("ada", "POST", "Read new records").await;
            for legacy in [false, true] {
                let hook = json!({
                    "url": format!("http://127.0.0.1:{port}{path}"),
                    "signed_url": format!("http://localhost:3000{path}"),
                    "secret": "portico-demo-secret", "legacy_names": legacy,
                });
                world.sandbox("PUT", "/hubspot/_sandbox/webhook", hook).await;
                let email = format!("grace-{deliveries}@acme.example");
                made(&world, "contacts", json!({ "email": email }), deliveries + 1).await;
                made(&world, "companies", json!({ "name": email }), deliveries + 2).await;
                deliveries += 2;
                happened += 1;
                let all = world.happened().await;
                assert_eq!(all.len(), happened, "{object}, older names {legacy}: {all:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_value_that_nobody_offers_is_not_deployed() {
    on_each_database(async |world: World| {
        let sending = |send_as: &str| {
            let text = format!(
                r#"
format = 1
[project]
name = "Acme CRM"

[[app_events]]
name = "Said"
example = {{ text = "Hello" }}

[[workflows]]
name = "Say it"
integration = "slack"
deploy = true

[workflows.definition]
format = 1
trigger = {{ kind = "app_event", event = "Said" }}

[[workflows.definition.steps]]
id = "send_message"
title = "Send message"
kind = "action"
integration = "slack"
action = "send_message"
inputs = {{ channel = "C0TASKS", text = "{{{{ trigger.text }}}}", send_as = "{send_as}" }}
"#
            );
            Bundle::parse(&text).unwrap_or_else(|why| panic!("{why}"))
        };
        let deploy = async |send_as: &str| {
            world.services.import(&Actor::Operator, &sending(send_as), None).await
        };
        let refused = deploy("users").await.expect_err("it is not deployed").to_string();
        for words in ["Choose one of: The app, The person", "Did you mean \"user\"?"] {
            assert!(refused.contains(words), "{refused}");
        }
        deploy("user").await.expect("it is deployed");
    })
    .await;
}
