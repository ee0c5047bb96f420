//! Who is at fault when an account cannot be connected, and what its owner can do.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn an_org_that_has_not_let_the_app_in_is_told_how() {
    on_each_database(async |world: World| {
        for (knob, words) in [
            (json!({ "app_installed": false }), "An admin of the org installs the app's package"),
            (json!({ "app_blocked": true }), "has blocked this app"),
        ] {
            world.sandbox("PUT", "/salesforce/_sandbox/settings", knob).await;
            let (id, location, cookie) = world.begin("ada").await;
            let back = world.allow(&location).await;
            assert!(back.contains("error=OAUTH_APP"), "{back}");
            let shown = world.callback(&back, Some(&cookie)).await;
            let path = format!("/authorizations/{id}");
            let status = world.sdk("ada", "GET", &path, Value::Null).await.json();
            assert_eq!(status["status"], "failed", "{status}");
            let told = status["message"].as_str().expect("words");
            assert!(told.contains(words), "{told}");
            assert!(!told.contains("The provider refused"), "{told}");
            let plain = shown.text.replace("&#39;", "'").replace("&#x27;", "'");
            assert!(plain.contains(words), "{}", shown.text);
        }
        world.sandbox("PUT", "/salesforce/_sandbox/settings", json!({})).await;
        world.connect("ada").await;
    })
    .await;
}

#[tokio::test]
async fn the_address_that_is_wrong_is_the_one_that_is_named() {
    on_each_database(async |world: World| {
        let token = world.open_portal("ada", "marketo").await;
        let connect = async |secret: &str, endpoint: &str, identity: &str| {
            let sent = json!({ "integration": "marketo", "fields": {
                "client_id": "portico-demo", "client_secret": secret,
                "endpoint": endpoint, "identity": identity,
            }});
            world.portal(&token, "POST", "/accounts", sent).await
        };
        let (right, nobody) = ("123-ABC-456", "000-XXX-000");
        for (secret, endpoint, identity, field) in [
            ("portico-demo-secret", right, nobody, "identity"),
            ("portico-demo-secret", nobody, right, "endpoint"),
            ("wrong", right, right, "client_secret"),
            ("wrong", nobody, right, "client_secret"),
        ] {
            let refused = connect(secret, endpoint, identity).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
            assert_eq!(refused.json()["meta"]["fields"][0]["field"], field, "{}", refused.text);
        }
        let connected = connect("portico-demo-secret", right, right).await;
        assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
    })
    .await;
}

/// What the accounts of a user at an integration are called.
async fn labels(world: &World, user: &str, integration: &str) -> Vec<String> {
    let token = world.open_portal(user, integration).await;
    let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
    let accounts = view["accounts"].as_array().expect("accounts").iter();
    accounts.map(|own| own["label"].as_str().expect("a label").to_owned()).collect()
}

#[tokio::test]
async fn several_accounts_of_one_person_are_told_apart() {
    on_each_database(async |world: World| {
        for (integration, choices, expected) in [
            (
                "hubspot",
                ["62515", "62777"],
                ["ada@acme.example – acme.example (62515)", "globex.example (62777)"],
            ),
            (
                "slack",
                ["T0ACME", "T0GLOBEX"],
                ["Acme – portico-demo (https://acme.slack.com/)", "Globex – portico-demo"],
            ),
        ] {
            for choice in choices {
                world.connect_to("ada", integration, choice).await;
            }
            let labels = labels(&world, "ada", integration).await;
            for part in expected {
                assert!(labels.iter().any(|own| own.contains(part)), "{part}: {labels:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn another_account_is_not_taken_for_the_one_that_is_connected_again() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let own = &me["integrations"]["slack"]["credentialId"];
        let again = json!({ "integration": "slack", "credentialId": own });
        let refused = world.connect_as("ada", again, "T0GLOBEX").await;
        for words in ["This is the account Globex – portico-demo", "belongs to Acme – portico-demo"]
        {
            assert!(refused.text.contains(words), "{}", refused.text);
        }
    })
    .await;
}
