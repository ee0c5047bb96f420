//! What providers tell by themselves: believed only with their signature, for the account it is about, once.

use crate::harness::{Got, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use portico_services::Clock;
use serde_json::{Value, json};
use sha2::Sha256;

const WATCH: &str = r#"
[[workflows]]
name = "Watch contacts"
integration = "hubspot"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration"
integration = "hubspot"
trigger = "record_created"
inputs = { object = "0-1" }

[[workflows.definition.steps]]
id = "create_contact"
title = "Create contact"
kind = "action"
integration = "hubspot"
action = "create_contact"
inputs = { email = "seen.{{ trigger.objectId }}@example.com" }
"#;

/// A delivery about a contact that was created, for a portal.
fn created(world: &World, portal: u64, event: u64) -> String {
    json!([{
        "eventId": event, "subscriptionId": 12345, "portalId": portal, "appId": 54321,
        "occurredAt": world.clock.now().millis() - 1000, "subscriptionType": "object.creation",
        "attemptNumber": 0, "objectId": 512, "objectTypeId": "0-1", "changeSource": "CRM_UI",
        "sourceId": "userId:7", "changeFlag": "NEW",
    }])
    .to_string()
}

/// Delivers as HubSpot does, signed with a secret.
async fn deliver(world: &World, secret: &str, body: &str) -> Got {
    let path = format!("/hooks/{}/hubspot", world.project);
    let uri = format!("{}{path}", world.services.settings().origin());
    let at = world.clock.now().millis().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("POST{uri}{body}{at}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let request = Request::post(path)
        .header("x-hubspot-request-timestamp", at)
        .header("x-hubspot-signature-v3", signature)
        .body(Body::from(body.to_owned()))
        .expect("a request");
    world.send(request).await
}

async fn watching(world: &World) {
    world.deploy(WATCH).await;
    world.connect_to("ada", "hubspot", "62515").await;
    world.switch("ada", "POST", "Watch contacts").await;
    world.watch().await;
}

#[tokio::test]
async fn a_signed_delivery_starts_the_workflow_of_its_account_once() {
    on_each_database(async |world: World| {
        watching(&world).await;
        let body = created(&world, 62515, 1);
        for _ in 0..2 {
            let got = deliver(&world, "portico-demo-secret", &body).await;
            assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        }
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "told twice, happened once: {all:?}");
        assert_eq!(all[0]["summary"]["user"], "ada");
        assert_eq!(all[0]["decisions"][0]["decision"]["outcome"], "started");
        assert_eq!(world.work().await, 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_else_can_tell_us_anything() {
    on_each_database(async |world: World| {
        watching(&world).await;
        let body = created(&world, 62515, 2);
        let got = deliver(&world, "another-secret", &body).await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{}", got.text);
        let path = format!("/hooks/{}/hubspot", world.project);
        let bare = Request::post(path).body(Body::from(body)).expect("a request");
        assert_eq!(world.send(bare).await.status, StatusCode::UNAUTHORIZED);
        // Signed, and about an account that nobody here has.
        let foreign = created(&world, 99, 3);
        let got = deliver(&world, "portico-demo-secret", &foreign).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        assert_eq!(world.happened().await, Vec::<Value>::new());
        let nowhere = Request::post("/hooks/no-project/hubspot").body(Body::empty());
        let got = world.send(nowhere.expect("a request")).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{}", got.text);
    })
    .await;
}
