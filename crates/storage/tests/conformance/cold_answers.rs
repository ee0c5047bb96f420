//! Answers of end users: given ones replace, `null` takes one back, others stay.

use crate::fixture::Fixture;
use crate::work::*;
use portico_domain::setting::Setting;
use portico_domain::{ConfigurationId, CredentialId, IntegrationId, WorkflowId};
use portico_storage::{ConfigurationChange, LARGEST_CONFIGURATION, WorkflowSwitch};
use serde_json::{Map, Value, json};

crate::cases! {
    answers_are_changed_one_by_one,
    an_integration_keeps_what_its_workflows_share,
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

async fn answers_are_changed_one_by_one(f: &Fixture) {
    people(f, 1).await;
    let (project, user) = (project(), user(1));
    let integration = IntegrationId::from_parts(1, [6; 10]);
    let credential = CredentialId::from_parts(1, [7; 10]);
    let id = ConfigurationId::from_parts(1, [8; 10]);
    let workflow = WorkflowId::from_parts(1, [9; 10]);
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{integration}', '{project}', 'salesforce', '{{}}', 0, 0);\
         INSERT INTO credentials (id, project_id, integration_id, user_id, status, account_type, \
         connection, provider_data, created_at, updated_at) VALUES ('{credential}', '{project}', \
         '{integration}', '{user}', 'VALID', 'default', '{{}}', '{{}}', 0, 0);\
         INSERT INTO configurations (id, project_id, credential_id, is_default, workflow_settings, \
         created_at, updated_at) VALUES ('{id}', '{project}', '{credential}', 1, '{{}}', 0, 0);"
    ))
    .await;
    let share = async |settings: Value, labels: Value| {
        let given = (map(settings), map(labels));
        f.store.set_shared(project, id, given, later(1)).await.expect("an answer")
    };
    let done = ConfigurationChange::Done;
    assert_eq!(share(json!({ "a": 1, "b": "x" }), json!({ "b": "X" })).await, done);
    assert_eq!(share(json!({ "a": null, "c": true }), json!({})).await, done);
    for (enabled, settings) in [(Some(true), json!({ "d": 1 })), (None, json!({ "e": 2 }))] {
        let switch = WorkflowSwitch { enabled, settings: Some(map(settings)), labels: None };
        let set = f.store.set_workflow(project, id, workflow, switch, later(2)).await;
        assert_eq!(set.expect("a switch"), done);
    }
    let own = f.store.configuration(project, id).await.expect("read").expect("a configuration");
    assert_eq!(Value::Object(own.shared_settings), json!({ "b": "x", "c": true }));
    assert_eq!(Value::Object(own.shared_labels), json!({ "b": "X" }));
    let entry = &own.workflow_settings[&workflow.to_string()];
    assert_eq!((&entry["enabled"], &entry["settings"]), (&json!(true), &json!({ "d": 1, "e": 2 })));
    let nobody = ConfigurationId::from_parts(1, [1; 10]);
    let given = (Map::new(), Map::new());
    let missing = f.store.set_shared(project, nobody, given, later(3)).await;
    assert_eq!(missing.expect("an answer"), ConfigurationChange::Missing);

    // What is too large changes nothing; what makes it smaller is always taken.
    let large = "x".repeat(LARGEST_CONFIGURATION);
    let refused = share(json!({ "file": large }), json!({})).await;
    assert_eq!(refused, ConfigurationChange::TooLarge);
    let own = f.store.configuration(project, id).await.expect("read").expect("a configuration");
    assert_eq!(Value::Object(own.shared_settings), json!({ "b": "x", "c": true }));
    let kept = json!({ "file": large, "c": true }).to_string();
    f.run(&format!("UPDATE configurations SET shared_settings = '{kept}' WHERE id = '{id}'")).await;
    assert_eq!(share(json!({ "c": null }), json!({})).await, done);
    assert_eq!(share(json!({ "file": null }), json!({})).await, done);

    // The address of one workflow is replaced, and no other.
    let other = WorkflowId::from_parts(2, [9; 10]);
    for serial in 1..=2 {
        let replaced = f.store.replace_webhook_address(project, id, workflow, later(4)).await;
        assert_eq!(replaced.expect("an answer"), done);
        let own = f.store.configuration(project, id).await.expect("read").expect("a configuration");
        assert_eq!((own.webhook_serial(workflow), own.webhook_serial(other)), (serial, 0));
    }
}

async fn an_integration_keeps_what_its_workflows_share(f: &Fixture) {
    people(f, 1).await;
    let project = project();
    let id = IntegrationId::from_parts(1, [6; 10]);
    f.run(&format!(
        "INSERT INTO integrations (id, project_id, type, portal, created_at, updated_at) \
         VALUES ('{id}', '{project}', 'salesforce', '{{}}', 0, 0);"
    ))
    .await;
    let before = f.store.routing(project, user(1)).await.expect("read").expect("a user").revisions;
    let setting = json!({ "key": "owner", "title": "Owner", "type": "EMAIL", "required": true });
    let portal = json!({ "settings": [setting] });
    assert!(f.store.set_integration_portal(project, id, &portal, later(1)).await.expect("stored"));
    let own = f.store.integration(project, id).await.expect("read").expect("an integration");
    let settings: Vec<Setting> = own.settings().expect("settings");
    assert_eq!(json!(settings), json!([setting]));
    let after = f.store.routing(project, user(1)).await.expect("read").expect("a user").revisions;
    assert_ne!(before.project, after.project, "what was planned is planned again");
}
