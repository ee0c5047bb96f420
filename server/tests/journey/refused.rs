//! Accounts that a provider no longer accepts, told from requests that it refuses; and what it repeats of
//! what it was sent.

use crate::harness::{Own, World, on_each_database, on_each_database_with};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portico_domain::Actor;
use serde_json::{Map, Value, json};

const READING: &str = r#"
[[app_events]]
name = "Contact Wanted"
example = {}

[[workflows]]
name = "Read by hand"
integration = "hubspot"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Contact Wanted" }

[[workflows.definition.steps]]
id = "read"
title = "Read"
kind = "action"
integration = "hubspot"
action = "request"
inputs = { method = "GET", path = "/crm/v3/objects/contacts" }
"#;

/// The next calls of contacts are refused as nobody's.
async fn refuse(world: &World, times: u32) {
    let body = json!({ "status": "error", "category": "INVALID_AUTHENTICATION", "message": "Who is this?" });
    let fault = json!({
        "path_contains": "/contacts", "times": times, "kind": "status", "status": 401, "body": body,
    });
    world.sandbox("POST", "/_sandbox/faults", fault).await;
}

async fn status(world: &World, integration: &str) -> String {
    let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
    let own = me["integrations"][integration]["credentialStatus"].as_str();
    own.expect("a status").to_owned()
}

/// How often a path was asked for.
async fn asked(world: &World, part: &str) -> usize {
    let log = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
    let all = log.as_array().expect("a log").iter();
    all.filter(|seen| seen["path"].as_str().is_some_and(|path| path.contains(part))).count()
}

#[tokio::test]
async fn an_account_that_is_refused_with_a_new_token_is_to_be_connected_again() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "hubspot", "62515").await;
        world.switch_on_at("ada", "hubspot").await;
        let before = asked(&world, "/token").await;
        refuse(&world, 2).await;
        let contact = json!({ "first_name": "Ada", "last_name": "L", "email": "ada@example.com" });
        let execution = world.run("ada", "Contact Created", contact).await;
        let failure = &execution["summary"]["failure"];
        assert_eq!(execution["summary"]["status"], "failed", "{execution}");
        assert_eq!(failure["class"], "revoked", "{failure}");
        let words = failure["message"].as_str().expect("words");
        assert!(
            words.contains("Reconnect the account") && words.contains("Who is this?"),
            "{words}"
        );
        assert_eq!(asked(&world, "/token").await, before + 1, "renewed once");
        assert_eq!(asked(&world, "/contacts").await, 2);
        assert_eq!(status(&world, "hubspot").await, "INVALID");
        world.connect_to("ada", "hubspot", "62515").await;
        assert_eq!(status(&world, "hubspot").await, "VALID");
    })
    .await;
}

#[tokio::test]
async fn a_request_by_hand_that_is_refused_is_not_held_against_an_account_that_works() {
    on_each_database(async |world: World| {
        world.deploy(READING).await;
        world.connect_to("ada", "hubspot", "62515").await;
        world.switch("ada", "POST", "Read by hand").await;
        refuse(&world, 2).await;
        let execution = world.run("ada", "Contact Wanted", json!({})).await;
        let failure = &execution["summary"]["failure"];
        assert_eq!(failure["class"], "forbidden", "{failure}");
        let words = failure["message"].as_str().expect("words");
        assert!(words.contains("but not for this request"), "{words}");
        assert_eq!(status(&world, "hubspot").await, "VALID");
    })
    .await;
}

#[tokio::test]
async fn a_workspace_that_revokes_the_bots_token_asks_to_be_reconnected() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        let port = world.listen().await;
        let path = format!("/hooks/{}/slack", world.project);
        let hook = json!({
            "url": format!("http://127.0.0.1:{port}{path}"),
            "signed_url": format!("http://localhost:3000{path}"),
            "secret": "portico-demo-signing-secret",
        });
        let set = world.sandbox("PUT", "/slack/_sandbox/webhook", hook).await;
        assert_eq!(set.status, StatusCode::NO_CONTENT, "{}", set.text);
        // A person's token is not the workspace's; then the bot's is revoked.
        for (kind, expected) in [("oauth", "VALID"), ("bot", "INVALID")] {
            let event = json!({ "type": "tokens_revoked", "tokens": { kind: ["U0ACMEBOT"] } });
            let done = json!({ "team": "T0ACME", "event": event });
            let before = sent(&world).await;
            world.sandbox("POST", "/slack/_sandbox/events", done).await;
            while sent(&world).await == before {
                tokio::task::yield_now().await;
            }
            assert_eq!(status(&world, "slack").await, expected, "{kind}");
        }
    })
    .await;
}

/// How many deliveries were taken.
async fn sent(world: &World) -> usize {
    let log = world.sandbox("GET", "/_sandbox/webhooks", Value::Null).await.json();
    log["sent"].as_array().expect("a list").len()
}

const KEY: &str = "key/ 12+34é\"56";

const DEFINITION: &str = r##"
type = "mirror"
name = "Mirror"
description = "A mirror."
brand_color = "#123456"
abilities = []

[auth]
kind = "basic"
fields = [{ key = "username", title = "Name" }, { key = "password", title = "Password", secret = true }]

[auth.test]
method = "GET"
path = "/me"

[auth.account]
label = "Mirror"

[connection]
base = "https://api.mirror.test"
hosts = ["api.mirror.test"]

[[actions]]
id = "look"
title = "Look"
idempotent = true
inputs = [{ key = "what", title = "What", type = "text", required = true }, { key = "note", title = "Note", type = "text" }]
outputs = [{ key = "headers", title = "Headers", type = "json" }]
request = { method = "POST", path = "/look/{what}", body = { note = "{note}" } }
"##;

const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "mirror"

[[app_events]]
name = "Mirrored"
example = { what = "a" }
"#;

const LOOKING: &str = r#"
[[workflows]]
name = "Look"
integration = "mirror"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Mirrored" }

[[workflows.definition.steps]]
id = "look"
title = "Look"
kind = "action"
integration = "mirror"
action = "look"
inputs = { what = "{{ trigger.what }}", note = "{{ secrets.partner }}" }
"#;

const PARTNER: &str = "partner & secret";

/// Says back all that it was sent, in every spelling; `/look/forbidden` is nobody's.
async fn mirror(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.uri.path().ends_with("/forbidden") {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "not yours" }))).into_response();
    }
    let headers: Map<String, Value> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), json!(String::from_utf8_lossy(value.as_bytes()))))
        .collect();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let body = String::from_utf8_lossy(&body).into_owned();
    let form =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    Json(json!({
        "headers": headers, "body": body, "name": "Aladdin",
        "spelled": [KEY, form(KEY), json!(KEY).to_string(), PARTNER, form(PARTNER)],
        KEY: 1,
        "encoded": STANDARD.encode(format!("Aladdin:{KEY}")),
        "also": STANDARD.encode(format!("x{PARTNER}y")),
    }))
    .into_response()
}

fn own() -> Own {
    Own {
        definition: DEFINITION,
        origin: "https://api.mirror.test",
        provider: Router::new().fallback(any(mirror)),
        bundle: BUNDLE,
    }
}

async fn connected(world: &World) {
    let project = world.project.parse().expect("an id");
    let secret = ("partner", PARTNER.to_owned());
    world.services.set_secret(&Actor::Operator, project, secret).await.expect("a secret");
    world.deploy(LOOKING).await;
    let token = world.open_portal("ada", "mirror").await;
    let fields = json!({ "username": "Aladdin", "password": KEY });
    let sent = json!({ "integration": "mirror", "fields": fields });
    let connected = world.portal(&token, "POST", "/accounts", sent).await;
    assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
    world.switch_on_at("ada", "mirror").await;
}

#[tokio::test]
async fn what_a_provider_repeats_of_what_it_was_sent_is_kept_without_secrets() {
    on_each_database_with(own, async |world: World| {
        connected(&world).await;
        let execution = world.run("ada", "Mirrored", json!({ "what": "tea" })).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let history = execution["history"].as_array().expect("a history");
        let ended = history.iter().find(|entry| entry["fact"] == "step_succeeded").expect("an end");
        let output = &ended["output"];
        assert_eq!(output["name"], "Aladdin", "what records say too is no secret");
        assert_eq!(output["headers"]["authorization"], "Basic •••");
        assert_eq!(output["body"], r#"{"note":"•••"}"#);
        assert_eq!(output["spelled"], json!(["•••", "•••", "\"•••\"", "•••", "•••"]));
        assert_eq!((&output["encoded"], &output["also"]), (&json!("•••"), &json!("•••")));
        assert_eq!(output["•••"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_works_elsewhere_is_not_given_up_for_one_request() {
    on_each_database_with(own, async |world: World| {
        connected(&world).await;
        let execution = world.run("ada", "Mirrored", json!({ "what": "forbidden" })).await;
        let failure = &execution["summary"]["failure"];
        assert_eq!(failure["class"], "forbidden", "{failure}");
        assert_eq!(status(&world, "mirror").await, "VALID");
        let execution = world.run("ada", "Mirrored", json!({ "what": "tea" })).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
    })
    .await;
}
