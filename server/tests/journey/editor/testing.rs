//! Tests of a step or of the whole, with a real account.

use super::{Editor, definition, lead};
use crate::harness::{World, on_each_database};
use serde_json::{Value, json};

#[tokio::test]
async fn a_step_is_tested_with_the_real_account_and_leaves_no_execution() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let mut input = editor.tested(&definition(&[]), lead()).await;
        let body = json!({ "input": input, "step": "create_record" });
        let done = editor.answer("test-step", body).await;
        assert_eq!(done["failure"], Value::Null, "{done}");
        assert_eq!(done["input"]["json"]["fields"]["LastName"], "Lovelace");
        assert_eq!(done["call"]["status"], 201);
        let leads = world.leads().await;
        assert_eq!(leads.len(), 1);
        assert_eq!(done["output"]["id"], leads[0]["id"]);
        assert_eq!(editor.executions().await, 0);
        assert_eq!(world.work().await, 0, "nothing is queued");

        // What the provider refuses stands beside what was sent.
        input["definition"]["steps"][0]["inputs"]["fields"]["Agee"] = json!(7);
        let done =
            editor.answer("test-step", json!({ "input": input, "step": "create_record" })).await;
        assert_eq!(done["output"], Value::Null);
        assert_eq!(done["input"]["json"]["fields"]["Agee"], 7);
        assert!(done["failure"]["message"].as_str().expect("words").contains("Agee"), "{done}");
        // What cannot be filled is told before anything is sent.
        input["definition"]["steps"][0]["inputs"]["object"] = json!("{{ trigger.nothing }}");
        let done =
            editor.answer("test-step", json!({ "input": input, "step": "create_record" })).await;
        assert_eq!((&done["input"], &done["call"]), (&Value::Null, &Value::Null));
        assert!(done["failure"]["message"].as_str().expect("words").contains("trigger.nothing"));
        assert_eq!(world.leads().await.len(), 1);
        let words = editor.refusal("test-step", json!({ "input": input, "step": "gone" })).await;
        assert!(words.contains("gone"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn a_failed_call_of_a_test_is_not_tried_again() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let fault = json!({ "method": "POST", "path_contains": "/sobjects/", "times": 1, "kind": "status", "status": 503,
            "body": [{ "errorCode": "SERVER_UNAVAILABLE", "message": "down", "fields": [] }] });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        let input = editor.tested(&definition(&[]), lead()).await;
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(done["status"], "failed", "{done}");
        assert_eq!(world.leads().await.len(), 0);
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        assert_eq!(world.leads().await.len(), 1);
        assert_eq!(editor.executions().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_whole_workflow_is_tested_down_its_branches_without_waiting() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let create = |id: &str, name: &str| json!({
            "id": id, "title": id, "kind": "action", "integration": "salesforce", "action": "create_record",
            "inputs": { "object": "Lead", "fields": { "LastName": name, "Company": "{{ trigger.company }}" } },
        });
        let whole = definition(&[
            json!({ "id": "wait", "title": "Wait", "kind": "delay", "inputs": { "amount": 30, "unit": "days" } }),
            json!({ "id": "if", "title": "If", "kind": "condition",
                "rules": [[{ "left": "{{ steps.create_record.id }}", "operator": "exists" }]],
                "then": [{ "id": "each", "title": "Each", "kind": "fan_out",
                    "inputs": { "items": "{{ trigger.friends }}" }, "body": [create("friend", "{{ item }}")] }],
                "else": [create("never", "Never")] }),
        ]);
        let mut trigger = lead();
        trigger["friends"] = (0..30).map(|number| json!(format!("Friend {number}"))).collect();
        let before = portico_services::Clock::now(&*world.clock);
        let input = editor.tested(&whole, trigger).await;
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(done["status"], "succeeded", "{done}");
        let passed = portico_services::Clock::now(&*world.clock).since(before);
        assert!(passed.as_secs() < 60, "thirty days were not waited for");
        assert_eq!(world.leads().await.len(), 21, "lists are cut to twenty");
        let history = done["history"].as_array().expect("a history");
        let decided = history.iter().find(|entry| entry["fact"] == "decided").expect("a decision");
        assert_eq!((&decided["path"], &decided["holds"]), (&json!("if"), &json!(true)));
        assert!(history.iter().all(|entry| entry["path"] != "never"));
        // One step inside is tested with the first item.
        let done = editor.answer("test-step", json!({ "input": input, "step": "friend" })).await;
        assert_eq!(done["input"]["json"]["fields"]["LastName"], "Friend 0", "{done}");
        let done = editor.answer("test-step", json!({ "input": input, "step": "if" })).await;
        assert_eq!(done["output"], json!({ "holds": false }), "that step brought nothing yet");
    })
    .await;
}

#[tokio::test]
async fn a_test_that_would_go_on_for_long_is_ended() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let wait = |id: &str| {
            let inputs = json!({ "amount": 1, "unit": "seconds" });
            json!({ "id": id, "title": "Wait", "kind": "delay", "inputs": inputs })
        };
        let rounds = |id: &str, body: &[Value]| {
            let inputs = json!({ "items": "{{ trigger.many }}" });
            json!({ "id": id, "title": id, "kind": "fan_out", "inputs": inputs, "body": body })
        };
        let mut whole = definition(&[]);
        let inner = rounds("inner", &[wait("first"), wait("second")]);
        whole["steps"] = json!([rounds("outer", &[inner])]);
        let many: Vec<u32> = (0..20).collect();
        let input = editor.tested(&whole, json!({ "many": many })).await;
        let done = editor.answer("test-workflow", json!({ "input": input })).await;
        assert_eq!(
            done["status"],
            "cancelled",
            "{} entries",
            done["history"].as_array().map_or(0, Vec::len)
        );
        let last = done["history"].as_array().and_then(|all| all.last()).expect("an entry");
        assert_eq!(last["reason"], "test_too_long");
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_does_not_hold_is_told_before_anything_is_done() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let mut filtered = definition(&[]);
        filtered["only_if"] =
            json!([[{ "left": "{{ trigger.company }}", "operator": "equals", "right": "Other" }]]);
        let input = editor.tested(&filtered, lead()).await;
        let words = editor.refusal("test-workflow", json!({ "input": input })).await;
        assert!(words.contains("filter"), "{words}");
        assert_eq!(world.leads().await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_step_of_another_integration_takes_the_same_user_s_account_there() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let editor = Editor::salesforce(&world).await;
        let announce = definition(&[json!({
            "id": "announce", "title": "Announce", "kind": "action", "integration": "slack", "action": "send_message",
            "inputs": { "channel": "C0001", "text": "{{ trigger.last_name }}" },
        })]);
        let input = editor.tested(&announce, lead()).await;
        let body = json!({ "input": input, "step": "announce" });
        let done = editor.answer("test-step", body.clone()).await;
        assert_eq!(done["failure"]["code"], "not_connected", "{done}");
        let asked = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.text;
        assert!(!asked.contains("chat.postMessage"), "no token goes to another provider");
        let asked = json!({ "credential": input["credential"], "integration": "slack", "source": "channels" });
        let words = editor.refusal("choices", json!({ "asked": asked })).await;
        assert!(words.contains("no account of Slack"), "{words}");

        world.connect_to("ada", "slack", "T0ACME").await;
        let channels = editor.answer("choices", json!({ "asked": asked })).await;
        let channel = &channels["choices"][0]["value"];
        assert!(channel.is_string(), "{channels}");
        let mut body = body;
        body["input"]["definition"]["steps"][1]["inputs"]["channel"] = channel.clone();
        let done = editor.answer("test-step", body).await;
        assert_eq!(done["failure"], Value::Null, "{done}");

        // What is deployed does the same.
        let mut live = announce;
        live["steps"][1]["inputs"]["channel"] = channel.clone();
        editor.deploy(&live).await;
        world.switch_on("ada").await;
        for (user, status) in [("ada", "succeeded"), ("bob", "failed")] {
            if user == "bob" {
                world.connect(user).await;
                world.switch_on(user).await;
            }
            let accepted = world.lead_created(user, "Lovelace").await.json();
            for _ in 0..4 {
                world.work().await;
                // The second message waits for the provider's limit.
                world.clock.advance(2);
            }
            let execution = world.execution(&accepted).await;
            assert_eq!(execution["summary"]["status"], status, "{user}: {execution}");
        }
        let told = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
        let told = told.as_array().expect("requests").iter().map(ToString::to_string);
        assert_eq!(told.filter(|own| own.contains("chat.postMessage")).count(), 2, "bob has none");
    })
    .await;
}
