//! Workflows that somebody starts who was given an account's address.

use crate::harness::{Got, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::Actor;
use serde_json::{Value, json};

/// A workflow that a webhook starts, with one step and perhaps an answer.
fn heard(answer: &str) -> String {
    format!(
        r#"
[[workflows]]
name = "Heard"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "webhook"
fields = [{{ in = "body", name = "last_name", required = true }}]

[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"

[workflows.definition.steps.inputs.fields]
LastName = "{{{{ trigger.body.last_name }}}}"
Company = "{{{{ account.label }}}}"
{answer}
"#
    )
}

const ANSWER: &str = r#"
[[workflows.definition.steps]]
id = "respond"
title = "Respond"
kind = "response"

[workflows.definition.steps.inputs]
status = 202
body = "thank you"
"#;

/// The address that the portal shows a user for the workflow.
async fn address(world: &World, user: &str) -> String {
    let token = world.open_portal(user, "salesforce").await;
    let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
    let all = view["accounts"][0]["workflows"].as_array().expect("workflows").clone();
    let own = all.iter().find(|own| own["name"] == "Heard").expect("the workflow");
    own["webhook"].as_str().expect("an address").to_owned()
}

async fn ready(world: &World, answer: &str) -> String {
    world.deploy(&heard(answer)).await;
    world.connect("ada").await;
    world.switch("ada", "POST", "Heard").await;
    address(world, "ada").await
}

/// A call from anywhere; `kind` is the type of its body, `id` what its sender calls it.
async fn call(world: &World, url: &str, (kind, body): (&str, &str), id: Option<&str>) -> Got {
    let path = url.strip_prefix("http://localhost:3000").expect("under public_url");
    let mut request = Request::builder().method("POST").uri(path).header(header::HOST, "localhost");
    if !kind.is_empty() {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    if let Some(id) = id {
        request = request.header("webhook-id", id);
    }
    world.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

const LOVELACE: (&str, &str) = ("application/json", r#"{"last_name":"Lovelace"}"#);

#[tokio::test]
async fn a_call_starts_the_workflow_for_the_account_whose_address_it_is() {
    on_each_database(async |world: World| {
        let url = ready(&world, "").await;
        world.connect("grace").await;
        world.switch("grace", "POST", "Heard").await;
        assert_ne!(address(&world, "grace").await, url, "each has its own");
        let got = call(&world, &url, LOVELACE, None).await;
        assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.text);
        assert!(got.json()["executionId"].is_string(), "{}", got.text);
        assert_eq!(world.work().await, 1, "for nobody else");
        assert_eq!(world.leads().await[0]["fields"]["LastName"], "Lovelace");
        let all = world.happened().await;
        assert_eq!(all[0]["summary"]["source"], "webhook");
        assert_eq!(all[0]["summary"]["user"], "ada");

        // An admin finds the same address at the account.
        let project = world.project.parse().expect("an id");
        let users = world.services.user_list(&Actor::Operator, project, None, None).await;
        let rows = users.expect("users").rows;
        let ada = rows.into_iter().find(|own| own.external_id == "ada").expect("ada");
        let page = world.services.user_detail(&Actor::Operator, project, ada.id).await;
        let page = json!(page.expect("a page"));
        let shown = &page["accounts"][0]["webhooks"][0];
        assert_eq!((&shown["workflow"], &shown["url"]), (&json!("Heard"), &json!(url)));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_we_did_not_make_is_none() {
    on_each_database(async |world: World| {
        let url = ready(&world, "").await;
        let (place, token) = url.rsplit_once('/').expect("a token");
        let mut other = token.to_owned().into_bytes();
        // In the middle of the workflow's id: another workflow, the old proof.
        other[30] = if other[30] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).expect("text");
        for guess in [&other, &token[..64], "x", "%C3%A9", &"A".repeat(86)] {
            let got = call(&world, &format!("{place}/{guess}"), LOVELACE, None).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{guess}: {}", got.text);
        }
        world.switch("ada", "DELETE", "Heard").await;
        let off = call(&world, &url, LOVELACE, None).await;
        assert_eq!(off.status, StatusCode::ACCEPTED, "{}", off.text);
        assert!(off.json()["eventId"].is_string(), "kept, with the reason: {}", off.text);
        assert_eq!(world.happened().await[0]["decisions"][0]["decision"]["outcome"], "disabled");
        world.sdk("ada", "DELETE", "/integrations/salesforce", Value::Null).await;
        let gone = call(&world, &url, LOVELACE, None).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND, "{}", gone.text);
        // The same account, connected again, does not bring back what may have been the reason to go.
        world.connect("ada").await;
        world.switch("ada", "POST", "Heard").await;
        let back = call(&world, &url, LOVELACE, None).await;
        assert_eq!(back.status, StatusCode::NOT_FOUND, "{}", back.text);
        assert_eq!(world.work().await, 0);
        let now = address(&world, "ada").await;
        assert_eq!(call(&world, &now, LOVELACE, None).await.status, StatusCode::ACCEPTED);
    })
    .await;
}

#[tokio::test]
async fn an_address_is_replaced_and_the_old_one_is_none() {
    on_each_database(async |world: World| {
        let old = ready(&world, "").await;
        let admin = world.admin_cookie().await;
        let project = world.project.parse().expect("an id");
        let users = world.services.user_list(&Actor::Operator, project, None, None).await;
        let ada = users.expect("users").rows[0].id;
        let page = world.services.user_detail(&Actor::Operator, project, ada).await;
        let shown = page.expect("a page").accounts[0].webhooks[0].clone();
        let body = json!({
            "project": world.project,
            "configuration": shown.configuration_id,
            "workflow": shown.workflow_id,
        });
        let mut seen = vec![old];
        for _ in 0..2 {
            let done = world.dashboard_form(&admin, "users/replace-webhook", &body).await;
            assert_eq!(done.status, StatusCode::OK, "{}", done.text);
            for old in &seen {
                let got = call(&world, old, LOVELACE, None).await;
                assert_eq!(got.status, StatusCode::NOT_FOUND, "{}", got.text);
            }
            let new = address(&world, "ada").await;
            let got = call(&world, &new, LOVELACE, None).await;
            assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.text);
            seen.push(new);
        }
        assert_eq!(world.work().await, 2);
        let nobody = json!({
            "project": world.project,
            "configuration": "0190a0a0-0000-7000-8000-000000000000",
            "workflow": shown.workflow_id,
        });
        let refused = world.dashboard_form(&admin, "users/replace-webhook", &nobody).await;
        assert_ne!(refused.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn what_comes_twice_under_one_name_is_once() {
    on_each_database(async |world: World| {
        let url = ready(&world, "").await;
        let first = call(&world, &url, LOVELACE, Some("msg_1")).await;
        let again = call(&world, &url, LOVELACE, Some("msg_1")).await;
        assert_eq!((first.status, &first.text), (again.status, &again.text));
        let long = "m".repeat(4000);
        for _ in 0..2 {
            let got = call(&world, &url, LOVELACE, Some(&long)).await;
            assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.text);
        }
        assert_eq!(world.work().await, 2);
    })
    .await;
}

#[tokio::test]
async fn json_forms_and_texts_are_understood() {
    on_each_database(async |world: World| {
        let url = ready(&world, "").await;
        let form = ("application/x-www-form-urlencoded; charset=utf-8", "last_name=Hopper+Murray");
        assert_eq!(call(&world, &url, form, None).await.status, StatusCode::ACCEPTED);
        let bare = call(&world, &url, ("", r#"{"last_name":"Johnson"}"#), None).await;
        assert_eq!(bare.status, StatusCode::ACCEPTED, "{}", bare.text);
        assert_eq!(world.work().await, 2);
        let mut names: Vec<_> =
            world.leads().await.iter().map(|own| own["fields"]["LastName"].clone()).collect();
        names.sort_by_key(ToString::to_string);
        assert_eq!(names, ["Hopper Murray", "Johnson"]);

        for (kind, body, status) in [
            ("application/json", "{", StatusCode::BAD_REQUEST),
            ("application/cloudevents+json", "{", StatusCode::BAD_REQUEST),
            ("text/plain", "hello", StatusCode::UNPROCESSABLE_ENTITY),
            ("application/json", r#"{"first_name":"Ada"}"#, StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let got = call(&world, &url, (kind, body), None).await;
            assert_eq!(got.status, status, "{kind} {body}: {}", got.text);
        }
        assert_eq!(world.happened().await.len(), 2, "what is refused leaves nothing");
    })
    .await;
}

#[tokio::test]
async fn a_workflow_answers_whoever_called() {
    on_each_database(async |world: World| {
        let url = ready(&world, ANSWER).await;
        world.clock.stop();
        let (got, worked) = tokio::join!(call(&world, &url, LOVELACE, None), async {
            while world.happened().await.is_empty() {
                tokio::task::yield_now().await;
            }
            world.work().await
        });
        assert_eq!(worked, 1);
        assert_eq!((got.status, got.text.as_str()), (StatusCode::ACCEPTED, "thank you"));
    })
    .await;
}
