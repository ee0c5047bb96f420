//! Workflows that start once for every account, when there is nothing left to be asked.

use crate::harness::{World, on_each_database};
use serde_json::{Value, json};

fn greeting(required: &str) -> String {
    format!(
        r#"
[[workflows]]
name = "Greet"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration_enabled"

[[workflows.definition.settings]]
key = "company"
title = "Company"
type = "TEXT_NO_VARS"
required = {required}

[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"

[workflows.definition.steps.inputs.fields]
LastName = "{{{{ user.id }}}}"
Company = "Engines"
"#
    )
}

#[tokio::test]
async fn it_starts_once_per_account_whatever_is_switched_since() {
    on_each_database(async |world: World| {
        world.deploy(&greeting("false")).await;
        world.connect("ada").await;
        world.watch().await;
        assert_eq!(world.happened().await.len(), 0, "it is off");
        world.switch("ada", "POST", "Greet").await;
        world.watch().await;
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["source"], "integration_enabled");
        assert_eq!(world.work().await, 1);
        world.switch("ada", "DELETE", "Greet").await;
        world.watch().await;
        world.switch("ada", "POST", "Greet").await;
        world.connect("ada").await;
        world.deploy(&greeting("false").replace("Engines", "Machines")).await;
        world.watch().await;
        world.clock.advance(600);
        world.watch().await;
        assert_eq!(world.happened().await.len(), 1, "once is once");
        let from_the_start = format!(
            "{}\n[workflows.definition.options]\ndefault_enabled = true\n",
            greeting("false")
        );
        world.deploy(&from_the_start).await;
        world.connect("grace").await;
        world.watch().await;
        let count = world.happened().await.len();
        assert_eq!(count, 2, "another account, with nothing to do but connect");
    })
    .await;
}

#[tokio::test]
async fn it_waits_for_the_last_required_answer() {
    on_each_database(async |world: World| {
        world.deploy(&greeting("false")).await;
        world.connect("ada").await;
        world.switch("ada", "POST", "Greet").await;
        // Asked before anybody looked.
        world.deploy(&greeting("true")).await;
        world.watch().await;
        assert_eq!(world.happened().await.len(), 0, "there is something to be asked");
        let portal = world.open_portal("ada", "salesforce").await;
        let view = world.portal(&portal, "GET", "/view", Value::Null).await.json();
        let sent = json!({
            "configurationId": view["accounts"][0]["configuration_id"],
            "workflowId": world.workflow_id("Greet").await,
            "settings": { "company": "Engines" },
        });
        let saved = world.portal(&portal, "POST", "/workflows", sent).await;
        assert!(saved.status.is_success(), "{}", saved.text);
        world.watch().await;
        assert_eq!(world.happened().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_start_it_once() {
    on_each_database(async |world: World| {
        world.deploy(&greeting("false")).await;
        let other = world.second_node().await;
        for (count, user) in [(1, "ada"), (2, "grace"), (3, "linus")] {
            world.connect(user).await;
            world.switch(user, "POST", "Greet").await;
            let both = async |own: &portico_services::Services| {
                own.follow_routing().await.expect("followed");
                own.fire_due(10).await.expect("fired")
            };
            let (one, two) = tokio::join!(both(&world.services), both(&other));
            let late = both(&world.services).await;
            assert_eq!(one + two + late, 1);
            assert_eq!(world.happened().await.len(), count);
        }
        other.store().close().await;
    })
    .await;
}
