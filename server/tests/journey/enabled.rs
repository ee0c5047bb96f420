//! Workflows that start when an account is connected and set up: once per account.

use crate::harness::{World, on_each_database};
use serde_json::Value;

const WELCOME: &str = r#"
[[workflows]]
name = "Welcome"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "integration_enabled" }

[workflows.definition.options]
default_enabled = true

[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"
inputs = { object = "Lead", fields = { LastName = "{{ user.id }}", Company = "Welcome" } }
"#;

#[tokio::test]
async fn an_account_that_is_set_up_starts_it_once() {
    on_each_database(async |world: World| {
        world.deploy(WELCOME).await;
        world.watch().await;
        assert_eq!(world.happened().await, Vec::<Value>::new(), "nobody is connected");
        world.connect("ada").await;
        world.watch().await;
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["user"], "ada");
        assert_eq!(world.work().await, 1);
        // Neither a further look nor a reconnect nor a new version starts it again.
        world.watch().await;
        world.connect("ada").await;
        world.deploy(&WELCOME.replace("Welcome\" }", "Hello\" }")).await;
        world.watch().await;
        assert_eq!(world.happened().await.len(), 1);
        // Another user's account is another one.
        world.connect("grace").await;
        let second = world.second_node().await;
        world.services.follow_routing().await.expect("followed");
        let (one, two) = tokio::join!(world.services.fire_due(10), second.fire_due(10));
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        let all = world.happened().await;
        assert_eq!(all.len(), 2, "two nodes start it once: {all:?}");
    })
    .await;
}
