//! A workflow is deleted: whom that stops, what of it stays, who may do it.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};

const NAME: &str = "Create a Salesforce lead";

async fn workflow_of(world: &World, admin: &str, name: &str) -> Option<Value> {
    let sent = json!({ "project": world.project });
    let list = world.dashboard_form(admin, "workflows/list", &sent).await.json();
    let found = list.as_array().expect("a list").iter().find(|own| own["name"] == name);
    found.map(|own| own["id"].clone())
}

#[tokio::test]
async fn a_deleted_workflow_starts_nothing_more_and_what_it_did_can_be_looked_at() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let done = world.lead_created("ada", "Lovelace").await.json();
        assert_eq!(world.work().await, 1);
        let under_way = world.lead_created("ada", "Byron").await.json();

        let admin = world.admin_cookie().await;
        let id = workflow_of(&world, &admin, NAME).await.expect("the workflow");
        let sent = json!({ "project": world.project, "workflow": id });
        let told = world.dashboard_form(&admin, "workflows/deletion", &sent).await.json();
        assert_eq!(told, json!({ "enabled": 1, "running": 1 }));
        let deleted = world.dashboard_form(&admin, "workflows/delete", &sent).await;
        assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.text);

        // What ran is cancelled and not done; what had ended stays as it is; both name their workflow.
        assert_eq!(world.work().await, 0);
        assert_eq!(world.leads().await.len(), 1);
        let stopped = world.execution(&under_way).await;
        assert_eq!(stopped["summary"]["status"], "cancelled", "{stopped}");
        assert!(stopped["history"].to_string().contains("its workflow was deleted"), "{stopped}");
        let done = world.execution(&done).await;
        assert_eq!(
            (&done["summary"]["status"], &done["summary"]["workflow"]),
            (&json!("succeeded"), &json!("Create a Salesforce lead (deleted)")),
            "{done}"
        );

        // Nothing starts it, nobody sees it, it cannot be edited or deleted once more.
        let next = world.lead_created("ada", "Babbage").await.json();
        assert_eq!(next["executions"], json!([]), "{next}");
        assert!(!next.to_string().contains(id.as_str().expect("an id")), "{next}");
        let shown = world.sdk("ada", "GET", "/integrations", Value::Null).await.json();
        assert!(!shown.to_string().contains(id.as_str().expect("an id")), "{shown}");
        assert_eq!(workflow_of(&world, &admin, NAME).await, None);
        let again = world.dashboard_form(&admin, "workflows/delete", &sent).await;
        assert!(again.text.contains("no such workflow"), "{}", again.text);
        let opened = world.dashboard(&admin, "editor/open", sent).await;
        assert!(opened.text.contains("no such workflow"), "{}", opened.text);

        // Its name is free.
        let new = json!({ "project": world.project, "kind": "salesforce", "name": NAME });
        let made = world.dashboard_form(&admin, "workflows/create", &new).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    })
    .await;
}

#[tokio::test]
async fn only_an_admin_deletes_and_only_in_its_own_project() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let id = workflow_of(&world, &admin, NAME).await.expect("the workflow");
        let made =
            world.dashboard_form(&admin, "projects/create", &json!({ "name": "Other" })).await;
        let other = made.json()["id"].clone();
        for function in ["workflows/deletion", "workflows/delete"] {
            let sent = json!({ "project": world.project, "workflow": id });
            let stranger = world.dashboard_form("", function, &sent).await;
            assert_ne!(stranger.status, StatusCode::OK, "{function}: {}", stranger.text);
            let sent = json!({ "project": other, "workflow": id });
            let elsewhere = world.dashboard_form(&admin, function, &sent).await;
            assert!(elsewhere.text.contains("no such workflow"), "{function}: {}", elsewhere.text);
        }
        assert!(workflow_of(&world, &admin, NAME).await.is_some(), "it is still there");
    })
    .await;
}
