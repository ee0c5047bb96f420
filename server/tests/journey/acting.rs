//! Actions that take more than one request, or any request, or another's name.

use crate::harness::{Own, World, on_each_database, on_each_database_with};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::any;
use axum::{Json, Router};
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};

const DEFINITION: &str = r##"
type = "books"
name = "Books"
description = "A library."
brand_color = "#123456"
abilities = []

[auth]
kind = "api_key"
verify = "shelves"
fields = [{ key = "api_key", title = "API key", secret = true }]

[auth.place]
headers = { X-Api-Key = "{api_key}" }

[auth.account]
label = "Library"

[connection]
base = "https://api.books.test"
hosts = ["api.books.test"]

[[actions]]
id = "find"
title = "Find"
idempotent = true
request = { method = "GET", path = "/books" }
outputs = [{ key = "books", title = "Books", type = "json" }]
pages = { items = "/books", next = "/next" }

[[options]]
id = "shelves"
title = "Shelves"
items = "/books"
value = "/id"
label = "/id"
request = { method = "GET", path = "/books" }
"##;

const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "books"

[[app_events]]
name = "Reader Came"
example = { shelf = "a" }

[[workflows]]
name = "Look"
integration = "books"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Reader Came" }

[[workflows.definition.steps]]
id = "find"
title = "Find"
kind = "action"
integration = "books"
action = "find"
inputs = {}

[[workflows.definition.steps]]
id = "ask"
title = "Ask"
kind = "action"
integration = "books"
action = "request"

[workflows.definition.steps.inputs]
method = "POST"
path = "{{ trigger.path }}"
query = { shelf = "{{ trigger.shelf }}" }
headers = { X-Count = "{{ steps.find.books | length }}" }
body = { books = "{{ steps.find.books }}" }
"#;

/// Three pages of two books, each of which says where the next one is; anything else is said back.
async fn library(request: Request) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let key = parts.headers.get("x-api-key").and_then(|key| key.to_str().ok());
    if key != Some("key-1234") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let query = parts.uri.query().unwrap_or_default().to_owned();
    if parts.uri.path() == "/books" {
        let page: u64 = query.strip_prefix("page=").map_or(1, |page| page.parse().expect("a page"));
        let books = json!([{ "id": page * 2 - 1 }, { "id": page * 2 }]);
        let next = (page < 3).then(|| format!("/books?page={}", page + 1));
        return Json(json!({ "books": books, "next": next })).into_response();
    }
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let count = parts.headers.get("x-count").and_then(|count| count.to_str().ok());
    let said = json!({ "path": parts.uri.path(), "query": query, "count": count, "body": body });
    ([(header::SET_COOKIE, "a=b")], Json(said)).into_response()
}

fn books() -> Own {
    Own {
        definition: DEFINITION,
        origin: "https://api.books.test",
        provider: Router::new().fallback(any(library)),
        bundle: BUNDLE,
    }
}

async fn come(world: &World, path: &str) -> Value {
    let payload = json!({ "shelf": "a b", "path": path });
    let event = json!({ "name": "Reader Came", "payload": payload });
    let accepted = world.sdk("ada", "POST", "/events/trigger", event).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
    world.work().await;
    world.execution(&accepted.json()).await
}

/// What became of a step.
fn ended<'e>(execution: &'e Value, step: &str) -> &'e Value {
    let history = execution["history"].as_array().expect("a history");
    let own = |entry: &&Value| entry["path"] == step && entry.get("attempt").is_some();
    history.iter().rev().find(own).unwrap_or_else(|| panic!("no {step}: {execution}"))
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_handed_to_any_request() {
    on_each_database_with(books, async |world: World| {
        let token = world.open_portal("ada", "books").await;
        let sent = json!({ "integration": "books", "fields": { "api_key": "key-1234" } });
        let connected = world.portal(&token, "POST", "/accounts", sent).await;
        assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
        world.switch_on_at("ada", "books").await;

        let execution = come(&world, "/lend").await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let found = ended(&execution, "find");
        let all: Vec<_> = (1..=6).map(|id| json!({ "id": id })).collect();
        assert_eq!(found["output"], json!({ "books": all, "next": null }));
        assert_eq!(found["call"]["pages"], 3);
        assert_eq!(found["call"]["request"], "GET https://api.books.test/books");
        let asked = ended(&execution, "ask");
        assert_eq!(asked["output"]["status"], 200);
        assert_eq!(asked["output"]["headers"].get("set-cookie"), None);
        let said = &asked["output"]["body"];
        let expected =
            json!({ "path": "/lend", "query": "shelf=a+b", "count": "6", "body": { "books": all } });
        assert_eq!(*said, expected);
        assert_eq!(asked["call"].get("pages"), None, "it has no pages");

        // The account goes nowhere else, whatever the event says.
        let execution = come(&world, "https://evil.test/lend").await;
        let failure = &execution["summary"]["failure"];
        assert_eq!(failure["class"], "invalid", "{failure}");
        assert!(failure["message"].as_str().expect("words").contains("evil.test"), "{failure}");
        assert!(!execution.to_string().contains("key-1234"), "{execution}");
    })
    .await;
}

#[tokio::test]
async fn an_org_with_a_domain_of_its_own_is_connected_there_and_nowhere_else() {
    on_each_database(async |world: World| {
        let begin = async |domain: &str| {
            let sent = json!({
                "integration": "salesforce", "accountType": "custom_domain",
                "inputs": { "my_domain": domain },
            });
            world.sdk("ada", "POST", "/authorizations", sent).await
        };
        for domain in ["", "evil.test", "acme.lightning.force.com", "127.0.0.1:4100"] {
            let refused = begin(domain).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
            assert_eq!(refused.json()["meta"]["fields"][0]["field"], "my_domain");
        }
        let begun = begin("https://Acme.my.salesforce.com/lightning").await;
        assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text);
        let begun = begun.json();
        let started = world.start(begun["ticket"].as_str().expect("a ticket")).await;
        let location = started.header(header::LOCATION);
        assert!(location.contains("/salesforce/acme/services/oauth2/authorize"), "{location}");
        let cookie = started.header(header::SET_COOKIE);
        let back = world.allow(&location).await;
        let done = world.callback(&back, cookie.split(';').next()).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        assert!(done.text.contains("is connected"), "{}", done.text);
        // Tokens are asked for, and renewed, where the person signed in.
        world.switch_on("ada").await;
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        let payload = json!({ "first_name": "Ada", "last_name": "L", "company": "Engines" });
        let execution = world.run("ada", "Lead Created", payload).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let asked = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.text;
        assert!(asked.contains("/salesforce/acme/services/oauth2/token"), "{asked}");
        assert!(!asked.contains("/salesforce/login/services/oauth2/token"), "{asked}");
        // Connected again without being asked again.
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let id = &me["integrations"]["salesforce"]["credentialId"];
        let again = json!({ "integration": "salesforce", "credentialId": id });
        let again = world.sdk("ada", "POST", "/authorizations", again).await.json();
        let started = world.start(again["ticket"].as_str().expect("a ticket")).await;
        let location = started.header(header::LOCATION);
        assert!(location.contains("/salesforce/acme/"), "{location}");
        // The portal knows what to ask.
        let token = world.open_portal("ada", "salesforce").await;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let types = view["integration"]["account_types"].as_array().expect("types").clone();
        let custom = types.iter().find(|kind| kind["id"] == "custom_domain").expect("a type");
        assert_eq!(custom["input"]["key"], "my_domain", "{custom}");
    })
    .await;
}

const AS_SOMEBODY: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[app_events]]
name = "Said"
example = { text = "Hello", as = "user" }

[[workflows]]
name = "Say it"
integration = "slack"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Said" }

[[workflows.definition.steps]]
id = "say"
title = "Say"
kind = "action"
integration = "slack"
action = "send_message"
inputs = { channel = "C0TASKS", text = "{{ trigger.text }}", send_as = "{{ trigger.as }}" }

[workflows.definition.options]
default_enabled = true
"#;

/// Long enough for another message in the same channel.
async fn a_moment(world: &World) {
    world.clock.advance(2);
    world.sandbox("POST", "/_sandbox/clock", json!({ "advance_s": 2 })).await;
}

#[tokio::test]
async fn a_message_is_posted_as_the_bot_or_as_the_person() {
    on_each_database(async |world: World| {
        let bundle = Bundle::parse(AS_SOMEBODY).expect("a bundle");
        world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        for rotation in [false, true] {
            let knob = json!({ "rotation": rotation });
            world.sandbox("PUT", "/slack/_sandbox/settings", knob).await;
            let user = if rotation { "grace" } else { "ada" };
            world.connect_to(user, "slack", "T0ACME").await;
            let say = async |text: &str, role: &str| {
                a_moment(&world).await;
                let execution = world.run(user, "Said", json!({ "text": text, "as": role })).await;
                assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
                world.sandbox("GET", "/slack/client/T0ACME/C0TASKS", Value::Null).await.text
            };
            let author = |page: &str, text: &str| {
                let before = page.split(text).next().expect("a page").to_owned();
                let name = before.rsplit("<strong>").next().expect("an author");
                name.split("</strong>").next().expect("a name").to_owned()
            };
            let page = say(&format!("from the bot {rotation}"), "bot").await;
            let bot = author(&page, &format!("from the bot {rotation}"));
            assert_ne!(bot, "Ada Lovelace", "{page}");
            let page = say(&format!("from Ada {rotation}"), "user").await;
            assert_eq!(author(&page, &format!("from Ada {rotation}")), "Ada Lovelace", "{page}");
        }
        // With rotation both tokens end, and both are renewed: more than once, so the new refresh
        // tokens are the ones that are kept.
        for round in 0..3 {
            world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
            for role in ["user", "bot"] {
                a_moment(&world).await;
                let said = json!({ "text": format!("{role} {round}"), "as": role });
                let execution = world.run("grace", "Said", said).await;
                assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
                assert!(!execution.to_string().contains("xox"), "no token in history: {execution}");
            }
        }
    })
    .await;
}
