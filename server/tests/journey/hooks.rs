//! What providers tell us: believed when they signed it just now, told to the accounts it is about.

use crate::harness::{World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use hmac::{Hmac, Mac};
use portico_domain::Actor;
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt::Write;
use std::time::Duration;

const SIGNING_SECRET: &str = "portico-demo-signing-secret";
const CLIENT_SECRET: &str = "portico-demo-secret";

/// Answers in the channel in which somebody writes, if it is the chosen one.
const ANSWERING: &str = r#"
[[workflows]]
name = "Answer messages"
integration = "slack"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration"
integration = "slack"
trigger = "message_posted"

[workflows.definition.trigger.inputs]
channel = "C0TASKS"

[[workflows.definition.steps]]
id = "send_message"
title = "Send message"
kind = "action"
integration = "slack"
action = "send_message"

[workflows.definition.steps.inputs]
channel = "{{ trigger.channel }}"
text = "You wrote: {{ trigger.text }}"
"#;

const WELCOMING: &str = r#"
[[workflows]]
name = "Read new contacts"
integration = "hubspot"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration"
integration = "hubspot"
trigger = "record_created"

[workflows.definition.trigger.inputs]
object = "0-1"

[[workflows.definition.steps]]
id = "read"
title = "Read the contact"
kind = "action"
integration = "hubspot"
action = "request"

[workflows.definition.steps.inputs]
method = "GET"
path = "/crm/v3/objects/contacts/{{ trigger.objectId }}"
"#;

/// Tells a provider of the sandbox where to deliver.
async fn subscribe(world: &World, provider: &str, hook: Value) -> StatusCode {
    let port = world.listen().await;
    let path = hook["path"]
        .as_str()
        .map_or_else(|| format!("/hooks/{}/{provider}", world.project), str::to_owned);
    let mut sent = json!({
        "url": format!("http://127.0.0.1:{port}{path}"),
        "signed_url": format!("http://localhost:3000{path}"),
        "secret": if provider == "slack" { SIGNING_SECRET } else { CLIENT_SECRET },
    });
    let sent_object = sent.as_object_mut().expect("an object");
    sent_object.extend(hook.as_object().expect("a hook").clone());
    sent_object.remove("path");
    world.sandbox("PUT", &format!("/{provider}/_sandbox/webhook"), sent).await.status
}

/// Waits until so many requests were delivered, and answers how each was taken.
async fn delivered(world: &World, count: usize) -> Vec<Value> {
    let all = async {
        loop {
            let log = world.sandbox("GET", "/_sandbox/webhooks", Value::Null).await.json();
            let sent = log["sent"].as_array().expect("a list").clone();
            if sent.len() >= count {
                return sent.iter().map(|own| own["outcome"].clone()).collect();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("deliveries")
}

async fn writes(world: &World, (team, channel): (&str, &str), text: &str) {
    let event = json!({ "type": "message", "user": "U0000000", "channel": channel, "text": text });
    let done = json!({ "team": team, "event": event });
    let done = world.sandbox("POST", "/slack/_sandbox/events", done).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
}

async fn listening(world: &World, user: &str) {
    world.connect_to(user, "slack", "T0ACME").await;
    world.switch(user, "POST", "Answer messages").await;
}

#[tokio::test]
async fn a_message_in_slack_starts_a_workflow_once() {
    on_each_database(async |world: World| {
        world.deploy(ANSWERING).await;
        let (_, location, _) = world.begin_with("ada", "slack").await;
        assert!(location.contains("channels%3Ahistory"), "asked for as it is used: {location}");
        listening(&world, "ada").await;
        let twice = json!({ "duplicated": true });
        assert_eq!(subscribe(&world, "slack", twice).await, StatusCode::NO_CONTENT, "challenged");
        writes(&world, ("T0ACME", "C0TASKS"), "Hello").await;
        assert_eq!(delivered(&world, 2).await, [json!({ "Ok": 200 }), json!({ "Ok": 200 })]);
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["name"], "message_posted");
        assert_eq!(all[0]["summary"]["source"], "integration");
        assert_eq!(all[0]["decisions"][0]["decision"]["outcome"], "started");
        assert_eq!(world.work().await, 1);
        let page = world.sandbox("GET", "/slack/client/T0ACME/C0TASKS", Value::Null).await;
        assert!(page.text.contains("You wrote: Hello"), "{}", page.text);
        // Its own message is told as well, and starts nothing.
        delivered(&world, 4).await;
        writes(&world, ("T0ACME", "C0LEADS"), "Not here").await;
        delivered(&world, 6).await;
        assert_eq!(world.happened().await.len(), 1, "another channel is not asked for");
    })
    .await;
}

#[tokio::test]
async fn a_contact_in_hubspot_starts_a_workflow() {
    on_each_database(async |world: World| {
        world.deploy(WELCOMING).await;
        world.connect_to("ada", "hubspot", "62515").await;
        world.switch("ada", "POST", "Read new contacts").await;
        assert_eq!(subscribe(&world, "hubspot", json!({})).await, StatusCode::NO_CONTENT);
        let made = json!({ "portal": 62515, "object": "contacts", "properties": { "email": "grace@acme.example" } });
        let made = world.sandbox("POST", "/hubspot/_sandbox/records", made).await;
        assert_eq!(made.status, StatusCode::NO_CONTENT);
        assert_eq!(delivered(&world, 1).await, [json!({ "Ok": 200 })]);
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["name"], "record_created");
        assert_eq!(world.work().await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_address_of_all_projects_finds_the_account_by_what_is_told() {
    on_each_database(async |world: World| {
        world.deploy(ANSWERING).await;
        listening(&world, "ada").await;
        let path = json!({ "path": "/hooks/slack" });
        assert_eq!(subscribe(&world, "slack", path).await, StatusCode::NO_CONTENT);
        writes(&world, ("T0ACME", "C0TASKS"), "Hello").await;
        assert_eq!(delivered(&world, 1).await, [json!({ "Ok": 200 })]);
        assert_eq!(world.happened().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_workspace_starts_only_what_its_own_accounts_have_on() {
    on_each_database(async |world: World| {
        world.deploy(ANSWERING).await;
        listening(&world, "ada").await;
        world.connect_to("grace", "slack", "T0GLOBEX").await;
        world.switch("grace", "POST", "Answer messages").await;
        // Connected to the same workspace, but switched off.
        world.connect_to("linus", "slack", "T0ACME").await;
        assert_eq!(subscribe(&world, "slack", json!({})).await, StatusCode::NO_CONTENT);
        writes(&world, ("T0ACME", "C0TASKS"), "Hello").await;
        delivered(&world, 1).await;
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["user"], "ada");
        assert_eq!(all[0]["decisions"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn who_is_disabled_or_disconnected_hears_nothing() {
    on_each_database(async |world: World| {
        world.deploy(ANSWERING).await;
        listening(&world, "ada").await;
        assert_eq!(subscribe(&world, "slack", json!({})).await, StatusCode::NO_CONTENT);
        let project = world.project.parse().expect("an id");
        let users = world.services.user_list(&Actor::Operator, project, None, None).await;
        let ada = users.expect("a list").rows[0].id;
        let refuse = async |active| {
            let done = world.services.set_user_active(&Actor::Operator, project, ada, active);
            done.await.expect("set");
        };
        refuse(false).await;
        writes(&world, ("T0ACME", "C0TASKS"), "one").await;
        delivered(&world, 1).await;
        assert_eq!(world.happened().await.len(), 0);
        refuse(true).await;
        writes(&world, ("T0ACME", "C0TASKS"), "two").await;
        delivered(&world, 2).await;
        assert_eq!(world.happened().await.len(), 1);
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let own = &me["integrations"]["slack"]["credentialId"];
        let id = own.as_str().expect("an account").parse().expect("an id");
        let done = world.services.disconnect_account(&Actor::Operator, project, id).await;
        done.expect("disconnected");
        // Slack is told to end both tokens, and tells of both.
        delivered(&world, 4).await;
        writes(&world, ("T0ACME", "C0TASKS"), "three").await;
        assert_eq!(delivered(&world, 5).await[4], json!({ "Ok": 200 }), "a stranger's is taken");
        assert_eq!(world.happened().await.len(), 1);
        let webhook = record(&world, "slack").await;
        assert_eq!((&webhook["deliveries"], &webhook["strangers"]), (&json!(5), &json!(2)));
    })
    .await;
}

/// What the integration's page tells of deliveries.
async fn record(world: &World, kind: &str) -> Value {
    let project = world.project.parse().expect("an id");
    let page = world.services.integration_detail(&Actor::Operator, project, kind).await;
    json!(page.expect("a page").webhook)
}

/// A delivery as Slack signs it, `late` seconds after it was signed.
async fn slack_delivery(world: &World, (secret, late): (&str, i64), body: &str) -> StatusCode {
    let now = world.services.ports().now().seconds() - late;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("v0:{now}:{body}").as_bytes());
    let signature = mac.finalize().into_bytes().iter().fold("v0=".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let request = Request::post(format!("/hooks/{}/slack", world.project))
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-slack-request-timestamp", now.to_string())
        .header("x-slack-signature", signature)
        .body(Body::from(body.to_owned()));
    world.send(request.expect("a request")).await.status
}

#[tokio::test]
async fn nobody_but_the_provider_starts_anything() {
    on_each_database(async |world: World| {
        world.deploy(ANSWERING).await;
        listening(&world, "ada").await;
        let event = json!({
            "type": "event_callback", "event_id": "Ev1", "event_time": 1, "team_id": "T0ACME",
            "authorizations": [{ "team_id": "T0ACME", "user_id": "U0ACMEBOT" }],
            "event": { "type": "message", "channel_type": "channel", "channel": "C0TASKS", "user": "U0000000", "text": "hi", "ts": "1.2" },
        });
        let event = event.to_string();
        for (signed, status, why) in [
            (("another secret", 0), 401, "another secret"),
            (("", 0), 401, "no secret"),
            ((SIGNING_SECRET, 301), 401, "too old"),
            ((SIGNING_SECRET, -301), 401, "not yet"),
        ] {
            assert_eq!(slack_delivery(&world, signed, &event).await.as_u16(), status, "{why}");
        }
        let bare = Request::post(format!("/hooks/{}/slack", world.project));
        let bare = bare.body(Body::from(event.clone())).expect("a request");
        assert_eq!(world.send(bare).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(slack_delivery(&world, (SIGNING_SECRET, 0), "{").await, StatusCode::BAD_REQUEST);
        let large = "x".repeat(1024 * 1024 + 1);
        let large = slack_delivery(&world, (SIGNING_SECRET, 0), &large).await;
        assert_eq!(large, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(world.happened().await.len(), 0);
        let webhook = record(&world, "slack").await;
        assert_eq!((&webhook["refused"], &webhook["deliveries"]), (&json!(6), &json!(0)));
        assert_eq!(webhook["last_refusal"][1], "unreadable");

        assert_eq!(slack_delivery(&world, (SIGNING_SECRET, 0), &event).await, StatusCode::OK);
        assert_eq!(slack_delivery(&world, (SIGNING_SECRET, 10), &event).await, StatusCode::OK);
        assert_eq!(world.happened().await.len(), 1, "the same, however often it comes");
        for path in ["/hooks/nothing", "/hooks/salesforce", "/hooks/x/slack", "/hooks/0190a0a0-0000-7000-8000-000000000000/slack"] {
            let request = Request::post(path).body(Body::from("{}")).expect("a request");
            assert_eq!(world.send(request).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_projects_secret_starts_nothing_in_another() {
    on_each_database(async |world: World| {
        let other = "format = 1\n[project]\nname = \"Other\"\n[[integrations]]\ntype = \"slack\"\n\
                     client_id = \"portico-demo\"\nclient_secret = \"portico-demo-secret\"\n\
                     signing_secret = \"anothers\"\n";
        let other = portico_services::Bundle::parse(other).expect("a bundle");
        world.services.import(&Actor::Operator, &other, None).await.expect("another project");
        world.deploy(ANSWERING).await;
        listening(&world, "ada").await;
        // Its owner knows its secret, and what the workspace is called.
        let stolen = json!({ "path": "/hooks/slack", "secret": "anothers" });
        assert_eq!(
            subscribe(&world, "slack", stolen).await,
            StatusCode::NO_CONTENT,
            "it is an app"
        );
        writes(&world, ("T0ACME", "C0TASKS"), "Hello").await;
        assert_eq!(delivered(&world, 1).await, [json!({ "Ok": 200 })]);
        assert_eq!(world.happened().await.len(), 0, "the workspace is not connected there");
    })
    .await;
}

#[tokio::test]
async fn an_app_that_is_removed_at_the_provider_asks_to_be_reconnected() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        assert_eq!(subscribe(&world, "slack", json!({})).await, StatusCode::NO_CONTENT);
        let removed = json!({ "team": "T0ACME", "event": { "type": "app_uninstalled" } });
        world.sandbox("POST", "/slack/_sandbox/events", removed).await;
        assert_eq!(delivered(&world, 1).await, [json!({ "Ok": 200 })]);
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        assert_eq!(me["integrations"]["slack"]["credentialStatus"], "INVALID");
    })
    .await;
}

#[tokio::test]
async fn what_is_broken_in_one_project_keeps_nothing_from_another() {
    on_each_database(async |world: World| {
        let other = "format = 1\n[project]\nname = \"Other\"\n[[integrations]]\ntype = \"slack\"\n\
                     client_id = \"portico-demo\"\nclient_secret = \"portico-demo-secret\"\n\
                     signing_secret = \"anothers\"\n";
        let other = portico_services::Bundle::parse(other).expect("a bundle");
        let other = world.services.import(&Actor::Operator, &other, None).await;
        let other = other.expect("another project").project;
        let cut = format!(
            "UPDATE integrations SET signing_secret = substr(signing_secret, 1, 9) \
             WHERE project_id = '{other}'"
        );
        world.services.store().tamper(&cut).await.expect("spoilt");
        world.deploy(ANSWERING).await;
        listening(&world, "ada").await;
        let path = json!({ "path": "/hooks/slack" });
        assert_eq!(subscribe(&world, "slack", path).await, StatusCode::NO_CONTENT);
        writes(&world, ("T0ACME", "C0TASKS"), "Hello").await;
        assert_eq!(delivered(&world, 1).await, [json!({ "Ok": 200 })]);
        assert_eq!(world.happened().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_app_that_was_removed_before_an_account_came_back_ends_nothing() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        let removed = async |at: i64, id: &str| {
            let now = world.services.ports().now().seconds();
            let event = json!({
                "type": "event_callback", "event_id": id, "event_time": now + at, "team_id": "T0ACME",
                "authorizations": [{ "team_id": "T0ACME", "user_id": "U0ACMEBOT" }],
                "event": { "type": "app_uninstalled" },
            });
            let told = slack_delivery(&world, (SIGNING_SECRET, 0), &event.to_string()).await;
            assert_eq!(told, StatusCode::OK);
            let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
            me["integrations"]["slack"]["credentialStatus"].clone()
        };
        assert_eq!(removed(0, "Ev1").await, "INVALID");
        world.clock.advance(60);
        world.connect_to("ada", "slack", "T0ACME").await;
        assert_eq!(removed(-30, "Ev1").await, "VALID", "told late, or once more");
        assert_eq!(removed(0, "Ev2").await, "INVALID");
    })
    .await;
}
