//! JSON with more levels than can be kept: refused wherever it enters, so that what is kept can be read.

use crate::harness::{Got, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::Actor;
use portico_services::EventQuery;
use serde_json::{Value, json};

/// Lists in lists.
fn nested(levels: usize) -> Value {
    (1..levels).fold(json!([]), |inner, _| json!([inner]))
}

/// A workflow that is started by whatever comes to its address.
fn workflow(name: &str, trigger: &str) -> String {
    format!(
        r#"
[[workflows]]
name = "{name}"
integration = "salesforce"
deploy = true
[workflows.definition]
format = 1
trigger = {{ kind = "{trigger}", fields = [] }}
[[workflows.definition.steps]]
id = "find"
title = "Find"
kind = "action"
integration = "salesforce"
action = "create_record"
inputs = {{ object = "Lead", fields = {{ LastName = "Ada", Company = "Engines" }} }}
"#
    )
}

fn refused(place: &str, got: &Got) {
    assert_eq!(got.status, StatusCode::BAD_REQUEST, "{place}: {}", got.text);
    assert_eq!(got.json()["code"], "malformed_json", "{place}");
    assert!(got.text.contains("more than 64 levels"), "{place}: {}", got.text);
}

#[tokio::test]
async fn what_is_too_deep_to_be_read_again_is_refused_where_it_enters() {
    on_each_database(async |world: World| {
        world.deploy(&(workflow("Asked", "request") + &workflow("Heard", "webhook"))).await;
        world.connect("ada").await;
        world.switch("ada", "POST", "Heard").await;
        let token = world.open_portal("ada", "salesforce").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let account = &view["accounts"][0];
        let configuration = &account["configuration_id"];
        let workflows = account["workflows"].as_array().expect("workflows");
        let heard = workflows.iter().find(|own| own["name"] == "Heard").expect("the workflow");
        let deep = nested(100);

        let meta = json!({ "meta": { "a": deep } });
        refused("meta", &world.sdk("ada", "PATCH", "/me", meta).await);
        let event = json!({ "name": "Lead Created", "payload": { "a": deep } });
        refused("an event", &world.sdk("ada", "POST", "/events/trigger", event).await);
        let asked = format!("/triggers/{}", world.workflow_id("Asked").await);
        refused("a request", &world.sdk("ada", "POST", &asked, deep.clone()).await);
        let session = json!({ "integration": "salesforce", "options": deep });
        refused("a session", &world.sdk("ada", "POST", "/portal-sessions", session).await);
        for (path, key) in [("/workflows", "labels"), ("/settings", "settings")] {
            let mut body = json!({ "configurationId": configuration, "workflowId": heard["id"] });
            body["settings"] = json!({});
            body[key] = json!({ "company": deep });
            refused(path, &world.portal(&token, "POST", path, body).await);
        }
        let address = heard["webhook"].as_str().expect("an address");
        let path = address.strip_prefix("http://localhost:3000").expect("under public_url");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(deep.to_string()))
            .expect("a request");
        refused("a webhook", &world.send(request).await);

        // Nothing of it was kept, and what is just deep enough is kept and read.
        let query = EventQuery::default();
        let project = world.project.parse().expect("an id");
        let kept = world.services.event_list(&Actor::Operator, project, query).await;
        assert!(kept.expect("a list").rows.is_empty());
        let meta = json!({ "meta": { "a": nested(60) } });
        let kept = world.sdk("ada", "PATCH", "/me", meta).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
        let event = json!({ "name": "Lead Created", "payload": { "a": nested(62) } });
        let accepted = world.sdk("ada", "POST", "/events/trigger", event).await;
        assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
        assert_eq!(world.happened().await[0]["payload"]["a"], nested(62));
    })
    .await;
}

#[tokio::test]
async fn an_admin_is_told_which_field_is_too_deep() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        world.connect("ada").await;
        let project = world.project.parse().expect("an id");
        let users = world.services.user_list(&Actor::Operator, project, None, None).await;
        let user = users.expect("users").rows[0].id;
        let meta = json!({ "a": nested(100) }).to_string();
        let body = json!({ "project": world.project, "user": user, "meta": meta });
        let told = world.dashboard_form(&admin, "users/set-meta", &body).await;
        assert!(told.text.contains("Write it flatter"), "{}", told.text);
        let example = json!({ "a": nested(100) }).to_string();
        let body = json!({ "project": world.project, "name": "Deep", "example": example });
        let told = world.dashboard_form(&admin, "app-events/define", &body).await;
        assert!(told.text.contains("Write it flatter"), "{}", told.text);
    })
    .await;
}
