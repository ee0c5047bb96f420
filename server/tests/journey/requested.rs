//! Workflows that the host app calls at an address of their own.

use crate::harness::{Got, HOST, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::RefusalCode;
use serde_json::{Value, json};

/// A workflow that is started by a request, with these steps.
fn requested(steps: &str) -> String {
    format!(
        r#"
[[workflows]]
name = "Requested"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "request"
fields = [
  {{ in = "body", name = "last_name", type = "text", required = true }},
  {{ in = "query", name = "mode", equals = "live" }},
]
{steps}
"#
    )
}

const CREATE: &str = r#"
[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"

[workflows.definition.steps.inputs.fields]
LastName = "{{ trigger.body.last_name }}"
Company = "{{ trigger.query.company }}"
"#;

const RESPOND: &str = r#"
[[workflows.definition.steps]]
id = "respond"
title = "Respond"
kind = "response"

[workflows.definition.steps.inputs]
status = 201
headers = { Set-Cookie = "a=b", X-Source = '{{ trigger.headers["x-source"] }}' }
body = { last_name = "{{ trigger.body.last_name }}", id = "{{ steps.create_record.id }}" }
"#;

async fn ready(world: &World, steps: &str) {
    world.deploy(&requested(steps)).await;
    world.connect("ada").await;
    world.switch("ada", "POST", "Requested").await;
}

async fn call(world: &World, user: &str, query: &str, body: Value) -> Got {
    let path = format!("/triggers/{}?{query}", world.workflow_id("Requested").await);
    world.sdk(user, "POST", &path, body).await
}

fn lovelace() -> Value {
    json!({ "last_name": "Lovelace" })
}

#[tokio::test]
async fn a_request_is_taken_and_worked_on() {
    on_each_database(async |world: World| {
        ready(&world, CREATE).await;
        let got = call(&world, "ada", "company=Engines&mode=live", lovelace()).await;
        assert_eq!(got.status, StatusCode::ACCEPTED, "{}", got.text);
        let id = got.json()["executionId"].as_str().expect("an id").to_owned();
        assert_eq!(world.work().await, 1);
        let leads = world.leads().await;
        assert_eq!(leads[0]["fields"]["Company"], "Engines");
        let all = world.happened().await;
        assert_eq!(all[0]["summary"]["source"], "request");
        assert_eq!(all[0]["decisions"][0]["decision"]["executionId"], id);
        assert!(!all[0].to_string().contains("Bearer"), "the token is not kept");
    })
    .await;
}

#[tokio::test]
async fn what_a_workflow_asks_of_a_request_is_held() {
    on_each_database(async |world: World| {
        ready(&world, CREATE).await;
        let got = call(&world, "ada", "mode=test", json!({ "last_name": 7 })).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.text);
        let fields = got.json()["meta"]["fields"].clone();
        let fields: Vec<_> =
            fields.as_array().expect("fields").iter().map(|own| own["field"].clone()).collect();
        assert_eq!(fields, ["body.last_name", "query.mode"]);
        let bare = call(&world, "ada", "mode=live", json!([1, 2])).await;
        assert_eq!(bare.json()["meta"]["fields"][0]["field"], "body.last_name", "{}", bare.text);
        assert_eq!(world.happened().await.len(), 0, "nothing half-written");
    })
    .await;
}

#[tokio::test]
async fn a_workflow_answers_in_its_own_words() {
    on_each_database(async |world: World| {
        ready(&world, &format!("{CREATE}{RESPOND}")).await;
        world.clock.stop();
        let path = format!("/triggers/{}?company=Engines", world.workflow_id("Requested").await);
        let request = world.request("ada", "POST", &path).header("x-source", "crm");
        let request = request.body(Body::from(lovelace().to_string())).expect("a request");
        let (got, worked) = tokio::join!(world.send(request), async {
            // The request comes first: it waits, holding nothing.
            while world.happened().await.is_empty() {
                tokio::task::yield_now().await;
            }
            world.work().await
        });
        assert_eq!(worked, 1);
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.text);
        assert_eq!(got.headers["x-source"], "crm");
        assert!(!got.headers.contains_key("set-cookie"), "an answer sets no cookie of ours");
        assert_eq!(got.json()["last_name"], "Lovelace");
        assert_eq!(got.json()["id"], world.leads().await[0]["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_page_may_send_a_workflow_headers_of_its_own() {
    on_each_database(async |world: World| {
        ready(&world, CREATE).await;
        let asks = async |origin: &str| {
            let request = Request::builder()
                .method("OPTIONS")
                .uri(format!("/projects/{}/sdk/triggers/any", world.project))
                .header(header::ORIGIN, origin)
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
                .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,x-source")
                .body(Body::empty());
            world.send(request.expect("a request")).await.headers
        };
        let told = asks(HOST).await;
        assert_eq!(told[header::ACCESS_CONTROL_ALLOW_ORIGIN], HOST);
        assert_eq!(told[header::ACCESS_CONTROL_ALLOW_HEADERS], "authorization,x-source");
        let stranger = asks("https://evil.example").await;
        assert!(!stranger.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        assert!(!stranger.contains_key(header::ACCESS_CONTROL_ALLOW_HEADERS));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_told_as_such() {
    on_each_database(async |world: World| {
        ready(&world, &format!("{CREATE}{RESPOND}")).await;
        let got = call(&world, "ada", "company=Engines", lovelace()).await;
        assert_eq!(got.status.as_u16(), 542, "{}", got.text);
        let body = got.json();
        assert_eq!(body["code"], RefusalCode::ResponseLate.name());
        for key in ["message", "dateSubmitted", "projectId", "workflowId", "executionId"] {
            assert!(body[key].is_string(), "{key}: {body}");
        }
        assert_eq!(world.work().await, 1, "it goes on nevertheless");
    })
    .await;
}

#[tokio::test]
async fn a_workflow_that_fails_before_it_answers_says_why() {
    on_each_database(async |world: World| {
        ready(&world, &format!("{CREATE}{RESPOND}")).await;
        world.clock.stop();
        let long = json!({ "last_name": "L".repeat(81) });
        let (got, _) = tokio::join!(call(&world, "ada", "company=Engines", long), async {
            while world.happened().await.is_empty() {
                tokio::task::yield_now().await;
            }
            world.work().await
        });
        assert_eq!(got.status, StatusCode::BAD_GATEWAY, "{}", got.text);
        let body = got.json();
        assert_eq!(body["code"], "execution_failed");
        assert_eq!(body["meta"]["failure"]["code"], "STRING_TOO_LONG");
    })
    .await;
}

#[tokio::test]
async fn one_key_is_one_execution_and_one_answer() {
    on_each_database(async |world: World| {
        ready(&world, CREATE).await;
        let path = format!("/triggers/{}", world.workflow_id("Requested").await);
        let send = async |body: Value| {
            let request = world.request("ada", "POST", &path).header("idempotency-key", "k1");
            world.send(request.body(Body::from(body.to_string())).expect("a request")).await
        };
        let (one, two) = (send(lovelace()).await, send(lovelace()).await);
        assert_eq!(one.status, StatusCode::ACCEPTED);
        assert_eq!(one.json(), two.json());
        let other = send(json!({ "last_name": "Hopper" })).await;
        assert_eq!(other.json()["code"], "idempotency_key_reused");
        assert_eq!(world.happened().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn why_it_did_not_start_is_told_and_kept() {
    on_each_database(async |world: World| {
        world.deploy(&requested(CREATE)).await;
        let code = async |user: &str| {
            let got = call(&world, user, "", lovelace()).await;
            assert_eq!(got.status, StatusCode::CONFLICT, "{}", got.text);
            got.json()["code"].as_str().expect("a code").to_owned()
        };
        assert_eq!(code("ada").await, "not_connected");
        world.clock.advance(1);
        world.connect("ada").await;
        assert_eq!(code("ada").await, "workflow_disabled");
        let all = world.happened().await;
        let why: Vec<_> =
            all.iter().map(|own| &own["decisions"][0]["decision"]["outcome"]).collect();
        assert_eq!(why, ["disabled", "not_connected"]);
        world.switch("ada", "POST", "Requested").await;
        assert_eq!(code("grace").await, "not_connected", "her own account counts, not ada's");
        let ada = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let ada = ada["integrations"]["salesforce"]["credentialId"].clone();
        let path = format!("/triggers/{}", world.workflow_id("Requested").await);
        let request = world
            .request("grace", "POST", &path)
            .header("x-paragon-credential", ada.as_str().expect("an id"))
            .body(Body::from(lovelace().to_string()));
        let got = world.send(request.expect("a request")).await;
        assert_eq!(got.json()["code"], "credential_unknown", "{}", got.text);
        for id in ["0190a0a0-0000-7000-8000-000000000000", "nonsense"] {
            let got = world.sdk("ada", "POST", &format!("/triggers/{id}"), lovelace()).await;
            assert_eq!(got.json()["code"], "workflow_unknown");
        }
        let other = world.workflow_id("Create a Salesforce lead").await;
        let got = world.sdk("ada", "POST", &format!("/triggers/{other}"), lovelace()).await;
        assert_eq!(got.json()["code"], "workflow_unknown", "an App Event starts that one");
    })
    .await;
}
