//! Disconnecting: the provider is told, unless somebody else would lose the same account.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// How requests to an address were answered, once there are so many.
async fn answered(world: &World, path: &str, count: usize) -> Vec<u64> {
    let all = async {
        loop {
            let log = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
            let log = log.as_array().expect("a list").iter();
            let own: Vec<_> = log.filter(|own| own["path"] == path).collect();
            if own.len() >= count {
                return own.iter().map(|own| own["status"].as_u64().expect("a status")).collect();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all).await.expect("requests")
}

async fn leave(world: &World, user: &str, integration: &str) {
    let path = format!("/integrations/{integration}");
    let left = world.sdk(user, "DELETE", &path, Value::Null).await;
    assert_eq!(left.status, StatusCode::NO_CONTENT, "{}", left.text);
}

#[tokio::test]
async fn whoever_leaves_takes_nobody_elses_account_along() {
    on_each_database(async |world: World| {
        let shared = json!({ "revoking_ends_all": true });
        world.sandbox("PUT", "/hubspot/_sandbox/settings", shared).await;
        for user in ["ada", "grace"] {
            world.connect_to(user, "hubspot", "62515").await;
        }
        // Another account of the same provider is no reason to stay.
        world.connect_to("linus", "hubspot", "62777").await;
        leave(&world, "ada", "hubspot").await;
        let revoke = "/hubspot/oauth/2026-03/token/revoke";
        let token = world.open_portal("grace", "hubspot").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        world.clock.advance(60);
        let body = json!({ "credentialId": view["accounts"][0]["credential_id"] });
        let checked = world.portal(&token, "POST", "/check", body).await.json();
        assert_eq!(checked["accounts"][0]["status"], "VALID", "{checked}");
        // The last one who has the account: told as the provider wants to be told, by the app itself.
        leave(&world, "grace", "hubspot").await;
        assert_eq!(answered(&world, revoke, 1).await, [204]);
        leave(&world, "linus", "hubspot").await;
        assert_eq!(answered(&world, revoke, 2).await, [204, 204]);
    })
    .await;
}

#[tokio::test]
async fn a_workspace_that_nobody_has_any_more_is_left() {
    on_each_database(async |world: World| {
        for user in ["ada", "grace"] {
            world.connect_to(user, "slack", "T0ACME").await;
        }
        leave(&world, "ada", "slack").await;
        leave(&world, "grace", "slack").await;
        // The app's token, and the one for acting as the person.
        assert_eq!(answered(&world, "/slack/api/auth.revoke", 2).await, [200, 200]);
    })
    .await;
}
