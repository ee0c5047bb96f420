//! What a deploy would do to whom, and what was deployed before.

use super::{Editor, definition};
use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn a_deploy_tells_what_changes_and_whom_it_stops() {
    on_each_database(async |world: World| {
        for user in ["ada", "bob", "cleo"] {
            world.connect(user).await;
        }
        world.switch_on("ada").await;
        world.switch_on("bob").await;
        let editor = Editor::salesforce(&world).await;
        let before = editor.answer("deploy-summary", json!({})).await;
        assert_eq!(before, json!({ "problems": [], "changes": [], "enabled": 2, "affected": [] }));

        let view = editor.open().await;
        let mut draft = view["draft"].clone();
        draft["settings"] = json!([{ "key": "team", "title": "Team", "type": "TEXT_NO_VARS", "required": true }]);
        draft["steps"][0]["inputs"]["fields"]["Title"] = json!("{{ settings.team }}");
        draft["steps"].as_array_mut().expect("steps").push(json!({
            "id": "announce", "title": "Announce", "kind": "action", "integration": "slack", "action": "send_message",
            "inputs": { "channel": "C0001", "text": "{{ steps.gone.id }}" },
        }));
        editor.save(&draft, &view["revision"]).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        let problems = summary["problems"].as_array().expect("problems");
        assert_eq!(problems.len(), 1, "{summary}");
        assert_eq!(problems[0]["pointer"], "/steps/1/inputs/text");
        let told: Vec<_> = summary["changes"].as_array().expect("changes").iter().collect();
        assert!(told.iter().any(|own| own["what"] == "Setting \"Team\"" && own["kind"] == "added"), "{told:?}");
        assert!(told.iter().any(|own| own["what"] == "Step \"Create record\": Fields › Title"), "{told:?}");
        assert!(told.iter().any(|own| own["what"] == "Step \"Announce\"" && own["kind"] == "added"), "{told:?}");
        assert_eq!(summary["enabled"], 2, "cleo has it off");
        let affected = summary["affected"].as_array().expect("the affected");
        let about = |words: &str| {
            let found = affected.iter().find(|own| own["reason"].as_str().is_some_and(|own| own.contains(words)));
            found.unwrap_or_else(|| panic!("no {words}: {summary}"))
        };
        let missing = about("\"Team\" has no value");
        assert_eq!(missing["count"], 2);
        let mut examples: Vec<_> = missing["examples"].as_array().expect("examples").iter().collect();
        examples.sort_by_key(|own| own.to_string());
        assert_eq!(examples, ["ada", "bob"]);
        assert_eq!(about("No account of Slack")["count"], 2);
        world.connect_to("ada", "slack", "T0ACME").await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        let slack = summary["affected"].as_array().expect("the affected").iter();
        let slack = slack.clone().find(|own| own["reason"] == "No account of Slack is connected");
        assert_eq!(slack.expect("bob")["examples"], json!(["bob"]));
    })
    .await;
}

#[tokio::test]
async fn a_deploy_names_accounts_that_do_not_allow_what_a_trigger_needs() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        let editor = Editor::of(&world, "Announce tasks in Slack").await;
        let channel = json!({ "channel": "C0001" });
        let token = world.open_portal("ada", "slack").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let answer = json!({
            "configurationId": view["accounts"][0]["configuration_id"],
            "workflowId": editor.workflow, "settings": channel, "labels": {},
        });
        let answered = world.portal(&token, "POST", "/settings", answer).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
        world.switch_on_at("ada", "slack").await;
        let view = editor.open().await;
        let mut draft = view["draft"].clone();
        draft["trigger"] = json!({
            "kind": "integration", "integration": "slack", "trigger": "message_posted",
            "inputs": channel,
        });
        editor.save(&draft, &view["revision"]).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        assert_eq!((&summary["enabled"], &summary["affected"][0]["count"]), (&json!(1), &json!(1)));
        let reason = summary["affected"][0]["reason"].as_str().expect("a reason");
        assert!(reason.contains("channels:history"), "{summary}");
    })
    .await;
}

#[tokio::test]
async fn a_deploy_counts_accounts_that_have_ended_and_users_whom_it_leaves_out() {
    on_each_database(async |world: World| {
        for user in ["ada", "bob"] {
            world.connect(user).await;
            world.switch_on(user).await;
        }
        let editor = Editor::salesforce(&world).await;
        world.sandbox("POST", "/_sandbox/revoke-tokens", Value::Null).await;
        world.lead_created("ada", "Lovelace").await;
        world.work().await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        let ended = "The account of Salesforce must be connected again";
        assert_eq!(
            summary["affected"],
            json!([{ "reason": ended, "count": 1, "examples": ["ada"] }])
        );

        let view = editor.open().await;
        let mut draft = view["draft"].clone();
        let rule = json!({ "left": "{{ user.meta.plan }}", "operator": "equals", "right": "free" });
        draft["options"]["permissions"] = json!([[rule]]);
        editor.save(&draft, &view["revision"]).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        let out = "The permissions do not hold for the user any more";
        let affected = summary["affected"].as_array().expect("the affected");
        assert_eq!(
            (affected.len(), &affected[0]["reason"], &affected[0]["count"]),
            (1, &json!(out), &json!(2))
        );
        // Once it is deployed so, deploying it again changes nothing for them.
        editor.deploy(&draft).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        assert_eq!(summary["affected"], json!([]), "{summary}");
    })
    .await;
}

#[tokio::test]
async fn what_was_deployed_can_be_looked_at_and_restored() {
    on_each_database(async |world: World| {
        let editor = Editor::salesforce(&world).await;
        let first = editor.open().await["draft"].clone();
        editor.deploy(&definition(&[])).await;
        let versions = editor.answer("versions", json!({})).await;
        let told: Vec<_> = versions
            .as_array()
            .expect("versions")
            .iter()
            .map(|own| (own["number"].as_i64(), own["current"].as_bool()))
            .collect();
        assert_eq!(told, [(Some(2), Some(true)), (Some(1), Some(false))]);
        assert_eq!(editor.answer("version", json!({ "number": 1 })).await, first);
        let words = editor.refusal("version", json!({ "number": 9 })).await;
        assert!(words.contains("no version 9"), "{words}");
        editor.deploy(&first).await;
        let summary = editor.answer("deploy-summary", json!({})).await;
        assert_eq!(summary["changes"], json!([]));
    })
    .await;
}
