//! For whom a workflow is, on what it starts, and what accounts begin with.

use crate::harness::{Got, World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};

/// One workflow of each kind, beside the demo's own.
const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "salesforce"
client_id = "portico-demo"
client_secret = "portico-demo-secret"

[[workflows]]
name = "For the pro plan"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
only_if = [[{ left = "{{ trigger.company }}", operator = "equals", right = "Engines" }]]
options = { default_enabled = true, permissions = [[{ left = "{{ user.meta.plan }}", operator = "equals", right = "pro" }]] }
STEPS

[[workflows]]
name = "On from the start"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
options = { default_enabled = true, hidden = true }
settings = [{ key = "company", title = "Company", type = "TEXT_NO_VARS", default = "Acme" }]
STEPS

[[workflows]]
name = "Asks first"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
options = { default_enabled = true }
settings = [{ key = "company", title = "Company", type = "TEXT_NO_VARS" }]
STEPS

[[workflows]]
name = "Filters by a number that is none"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
only_if = [[{ left = "{{ trigger.company }}", operator = "greater_than", right = 100 }]]
options = { default_enabled = true }
STEPS

[[workflows]]
name = "For users above a number that is none"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
options = { default_enabled = true, permissions = [[{ left = "{{ user.id }}", operator = "greater_than", right = 100 }]] }
STEPS
"#;

const STEPS: &str = r#"
[[workflows.definition.steps]]
id = "create"
title = "Create"
kind = "action"
integration = "salesforce"
action = "create_record"
inputs = { object = "Lead", fields = { LastName = "{{ trigger.last_name }}", Company = "Engines" } }
"#;

/// The workflows of the bundle by name.
async fn workflows(world: &World) -> Vec<(String, String)> {
    let bundle = Bundle::parse(&BUNDLE.replace("STEPS", STEPS)).expect("a bundle");
    world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
    let project = world.project.parse().expect("an id");
    let list = world.services.workflow_list(&Actor::Operator, project).await.expect("a list");
    list.into_iter().map(|own| (own.id.to_string(), own.name)).collect()
}

fn id<'w>(all: &'w [(String, String)], name: &str) -> &'w str {
    &all.iter().find(|own| own.1 == name).expect(name).0
}

async fn lead(world: &World, company: &str) -> Value {
    let payload = json!({ "first_name": "Ada", "last_name": "King", "company": company });
    let event = json!({ "name": "Lead Created", "payload": payload });
    let accepted = world.sdk("ada", "POST", "/events/trigger", event).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
    accepted.json()
}

fn outcome(accepted: &Value, workflow: &str) -> String {
    let all = accepted["decisions"].as_array().expect("decisions");
    let own = all.iter().find(|own| own["workflowId"] == workflow).expect("a decision");
    own["outcome"].as_str().expect("an outcome").to_owned()
}

async fn set_plan(world: &World, admin: &str, plan: &str) -> Got {
    let project = world.project.parse().expect("an id");
    let users = world.services.user_list(&Actor::Operator, project, None, None).await;
    let user = users.expect("users").rows.into_iter().find(|own| own.external_id == "ada");
    let form = json!({ "project": world.project, "user": user.expect("ada").id, "meta": plan });
    world.dashboard_form(admin, "users/set-meta", &form).await
}

/// The names that a portal shows.
async fn shown(world: &World, token: &str) -> Vec<String> {
    let view = world.portal(token, "GET", "/view", Value::Null).await.json();
    let all = view["accounts"][0]["workflows"].as_array().expect("workflows").clone();
    all.iter().map(|own| own["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn a_workflow_is_for_some_users_only() {
    on_each_database(async |world: World| {
        let all = workflows(&world).await;
        let pro = id(&all, "For the pro plan");
        let admin = world.admin_cookie().await;
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let path = format!("/workflows/{pro}");

        // Not for ada: not shown, not to be switched on, not run, though it is on from the start.
        assert!(!shown(&world, &token).await.contains(&"For the pro plan".to_owned()));
        let listed = world.sdk("ada", "GET", "/integrations", Value::Null).await;
        assert!(!listed.text.contains("For the pro plan") && listed.text.contains("Asks first"));
        let refused = world.sdk("ada", "POST", &path, Value::Null).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
        assert_eq!(refused.json()["code"], "permission_unmet");
        assert_eq!(outcome(&lead(&world, "Engines").await, pro), "permission_unmet");

        // An admin says what the app has not said yet; it counts at once.
        for slip in ["[]", "{", "\"pro\""] {
            let refused = set_plan(&world, &admin, slip).await;
            assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", refused.text);
        }
        let set = set_plan(&world, &admin, r#"{"plan":"pro"}"#).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text);
        assert!(shown(&world, &token).await.contains(&"For the pro plan".to_owned()));
        let switched = world.sdk("ada", "POST", &path, Value::Null).await;
        assert_eq!(switched.status, StatusCode::NO_CONTENT, "{}", switched.text);
        assert_eq!(outcome(&lead(&world, "Engines").await, pro), "started");
        assert_eq!(outcome(&lead(&world, "Others").await, pro), "filter_false");

        // The app takes it back with the user's token; off is still possible.
        let free = world.sdk("ada", "PATCH", "/me", json!({ "meta": { "plan": "free" } })).await;
        assert!(free.status.is_success(), "{}", free.text);
        assert_eq!(outcome(&lead(&world, "Engines").await, pro), "permission_unmet");
        let off = world.sdk("ada", "DELETE", &path, Value::Null).await;
        assert_eq!(off.status, StatusCode::NO_CONTENT, "{}", off.text);
    })
    .await;
}

#[tokio::test]
async fn rules_that_cannot_be_looked_at_are_told_with_their_reason() {
    on_each_database(async |world: World| {
        let all = workflows(&world).await;
        world.connect("ada").await;
        let accepted = lead(&world, "Engines").await;
        let decision = |name: &str| {
            let decisions = accepted["decisions"].as_array().expect("decisions");
            let own = decisions.iter().find(|own| own["workflowId"] == id(&all, name));
            let own = own.expect("a decision");
            (own["outcome"].clone(), own["reason"].clone())
        };
        assert_eq!(
            decision("Filters by a number that is none"),
            (json!("filter_failed"), json!("\"Engines\" is a text, not a number."))
        );
        assert_eq!(
            decision("For users above a number that is none"),
            (json!("permission_failed"), json!("\"ada\" is a text, not a number."))
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_on_from_the_start_runs_unless_it_asks_first() {
    on_each_database(async |world: World| {
        let all = workflows(&world).await;
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let names = shown(&world, &token).await;
        assert!(!names.contains(&"On from the start".to_owned()), "hidden: {names:?}");
        let accepted = lead(&world, "Engines").await;
        assert_eq!(outcome(&accepted, id(&all, "On from the start")), "started");
        assert_eq!(outcome(&accepted, id(&all, "Asks first")), "disabled");
        assert_eq!(outcome(&accepted, id(&all, "Create a Salesforce lead")), "disabled");
    })
    .await;
}
