//! Fields that the app says when it opens the portal, and fields that a user adds, on their way to the provider.

use super::Portal;
use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};

/// Beside what is there: a workflow whose leads are mapped by their user, and one that takes only the app's fields.
const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[workflows]]
name = "Mapped"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
settings = [
    { key = "map", title = "Fields", type = "FIELD_MAPPER", objects = "objects", fields = "fields", app_object = "Lead", user_fields = "allowed", labels = [{ key = "company", label = "Company", required = true }] },
    { key = "strict", title = "Fields of the app", type = "FIELD_MAPPER", app_object = "Task", required = false },
]

[[workflows.definition.steps]]
id = "create"
title = "Create"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "{{ settings.map.objectMapping }}"
fields = "{{ trigger|apply_mapping(settings.map, {'LastName': trigger.last_name}) }}"
"#;

/// The portal of a user with the workflow "Mapped".
async fn open<'w>(world: &'w World, user: &str) -> Portal<'w> {
    let mut portal = Portal::open(world, user).await;
    let bundle = Bundle::parse(BUNDLE).expect("a bundle");
    world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
    let account = portal.account().await;
    let all = account["workflows"].as_array().expect("workflows");
    let own = all.iter().find(|own| own["name"] == "Mapped").expect("the workflow");
    portal.workflow = own["id"].clone();
    portal
}

#[tokio::test]
async fn fields_of_the_app_and_of_the_user_reach_the_record() {
    on_each_database(async |world: World| {
        let portal = open(&world, "ada").await;
        portal.share("owner", "ada@acme.example").await;
        let entry = |field: &str, name: &str| json!({ "applicationField": name, "integrationField": field });
        // As Paragon's portal writes it, whose keys say nothing.
        let mapping = json!({
            "objectMapping": "Lead",
            "fieldMappings": { "company": "Company" },
            "dynamicMappings": {
                "3f2a": entry("Title", "job"),
                "Shoe size": entry("Description", "Shoe size"),
                "phone": { "applicationField": "phone" },
            },
            "userCreatedFields": ["Shoe size"],
            "mappingType": "DYNAMIC",
        });
        let body = json!({
            "workflowId": portal.workflow,
            "settings": { "map": mapping },
            "labels": { "map": { "main": "Lead", "field-job": "Title", "field-Shoe size": "Description" } },
        });
        let saved = portal.post("/settings", body).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
        let kept = portal.values().await["map"].clone();
        assert_eq!(kept["dynamicMappings"]["job"], entry("Title", "job"));
        assert_eq!(kept["userCreatedFields"], json!(["Shoe size"]));
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let id = portal.workflow.as_str().expect("an id");
        let seen = &me["integrations"]["salesforce"]["workflowSettings"][id]["settings"]["map"];
        assert_eq!(*seen, kept, "Paragon's SDK sees its own shape");

        assert_eq!(portal.switch_on().await.status, StatusCode::OK);
        let lead = json!({
            "last_name": "Lovelace", "company": "Engines", "job": "Countess", "Shoe size": "38", "phone": "1",
        });
        let event = json!({ "name": "Lead Created", "payload": lead });
        let accepted = world.sdk("ada", "POST", "/events/trigger", event).await.json();
        assert_eq!(world.work().await, 1);
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let history = execution["history"].as_array().expect("a history");
        let started = history.iter().find(|entry| entry["fact"] == "step_started").expect("the step");
        let fields = json!({
            "LastName": "Lovelace", "Company": "Engines", "Title": "Countess", "Description": "38",
        });
        assert_eq!(started["input"]["json"], json!({ "object": "Lead", "fields": fields }), "{started}");
        assert_eq!(world.leads().await.remove(0)["fields"], fields);
    })
    .await;
}

#[tokio::test]
async fn only_the_fields_that_the_setting_allows_are_taken() {
    on_each_database(async |world: World| {
        let portal = open(&world, "ada").await;
        portal.share("owner", "ada@acme.example").await;
        let own = |name: &str| {
            json!({ "objectMapping": "Task", "userCreatedFields": [name],
                    "dynamicMappings": { name: { "integrationField": "Subject" } } })
        };
        let refused = portal.answer("strict", &own("size")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        assert!(refused.text.contains("No fields of your own can be added here."), "{}", refused.text);
        let refused = portal.answer("map", &own("company")).await;
        assert!(refused.text.contains("is there already"), "{}", refused.text);

        // Half a mapping keeps a workflow off: the setting's own field must be mapped.
        let half = json!({ "objectMapping": "Lead", "dynamicMappings": { "job": { "integrationField": "Nowhere" } } });
        assert_eq!(portal.answer("map", &half).await.status, StatusCode::OK);
        let off = portal.switch_on().await;
        assert_eq!(off.json()["code"], "setting_missing", "{}", off.text);
        // What the account has no more is told; what the app lists itself, nobody here can look up.
        assert_eq!(portal.answer("strict", &json!({ "objectMapping": "Board", "dynamicMappings": { "t": { "integrationField": "x" } } })).await.status, StatusCode::OK);
        let lost = portal.post("/choices/lost", json!({})).await;
        assert!(lost.text.contains("Nowhere") && !lost.text.contains("Board"), "{}", lost.text);
    })
    .await;
}
