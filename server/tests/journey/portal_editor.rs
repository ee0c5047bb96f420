//! The portal as a project shapes it: what is saved is what the next portal shows.

use crate::harness::{Got, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};

const LATER: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "salesforce"
client_id = "portico-demo"
client_secret = "portico-demo-secret"

[[workflows]]
name = "A later one"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
options = { order = 9 }

[[workflows.definition.steps]]
id = "create"
title = "Create"
kind = "action"
integration = "salesforce"
action = "create_record"
inputs = { object = "Lead", fields = { LastName = "x", Company = "y" } }
"#;

async fn open(world: &World, admin: &str) -> Value {
    let asked = json!({ "project": world.project, "kind": "salesforce" });
    world.dashboard(admin, "portal-editor/open", asked).await.json()
}

async fn save(world: &World, admin: &str, look: Value, settings: &Value) -> Got {
    let revision = open(world, admin).await["revision"].clone();
    save_from(world, admin, &revision, (look, settings)).await
}

async fn save_from(
    world: &World,
    admin: &str,
    revision: &Value,
    (look, settings): (Value, &Value),
) -> Got {
    let body = json!({
        "project": world.project, "kind": "salesforce", "look": look, "settings": settings,
        "revision": revision,
    });
    world.dashboard(admin, "portal-editor/save", body).await
}

async fn preview(world: &World, admin: &str, look: Value, settings: &Value) -> Got {
    let body = json!({
        "project": world.project, "kind": "salesforce", "look": look, "settings": settings,
        "options": { "tab": "overview" },
    });
    world.dashboard(admin, "portal-editor/preview", body).await
}

/// The portal's document as a browser gets it, and its policy.
async fn document(world: &World, options: Value) -> (String, String) {
    let asked = json!({ "integration": "salesforce", "options": options });
    let made = world.sdk("ada", "POST", "/portal-sessions", asked).await;
    page_of(world, made.json()["url"].as_str().expect("a URL")).await
}

/// The page of a one-time address, and its policy.
async fn page_of(world: &World, url: &str) -> (String, String) {
    let path = url.strip_prefix("http://localhost:3000").expect("our address").to_owned();
    let page = world.send(Request::get(path).body(Body::empty()).expect("a request")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    (page.text, policy)
}

#[tokio::test]
async fn what_is_saved_is_what_the_next_portal_shows() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let own = open(&world, &admin).await["settings"].clone();
        let (plain, _) = document(&world, json!({})).await;
        assert!(!plain.contains("--accent-solid:") && !plain.contains("data-foot"), "{plain}");
        for (look, words) in [
            (json!({ "accent": "red" }), "six digits"),
            (json!({ "accent": "#fff;}*{x:y" }), "six digits"),
            (json!({ "description": "x".repeat(201) }), "200 characters"),
        ] {
            let refused = save(&world, &admin, look, &own).await;
            assert!(refused.text.contains(words), "{}", refused.text);
        }
        let look = json!({
            "description": "Leads, both ways.",
            "overview": "# Hello\n\n<script>alert(1)</script>",
            "accent": "#FFD60A", "theme": "dark", "foot": "plain",
            "order": ["0190a0a0-0000-7000-8000-000000000000"],
        });
        let saved = save(&world, &admin, look, &own).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);

        let (shown, policy) = document(&world, json!({})).await;
        assert!(shown.contains("Leads, both ways.") && shown.contains("<h1>Hello</h1>"), "{shown}");
        assert!(!shown.contains("<script>alert") && shown.contains("data-foot=\"plain\""));
        assert!(shown.contains("data-theme=\"dark\""), "{shown}");
        // Dark text on a light accent, in a style sheet that the policy knows.
        for part in ["--accent-solid:#ffd60a;", "--accent-contrast:#111113"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let nonce = shown.split("<style nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert!(policy.contains(&format!("'nonce-{}'", nonce.expect("a nonce"))), "{policy}");
        let (said, _) = document(&world, json!({ "theme": "light" })).await;
        assert!(said.contains("data-theme=\"light\""), "the host app has the last word");
        let after = open(&world, &admin).await;
        assert_eq!(after["look"]["order"], json!([]), "a workflow of nobody's is left out");
        assert_eq!(after["settings"], own, "the questions stay");
    })
    .await;
}

#[tokio::test]
async fn a_preview_shows_what_is_not_saved_to_the_dashboard_alone() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let own = open(&world, &admin).await["settings"].clone();
        let refused = preview(&world, &admin, json!({ "accent": "red" }), &own).await;
        assert!(refused.text.contains("six digits"), "{}", refused.text);

        let look = json!({ "description": "Leads, both ways.", "accent": "#ffd60a" });
        let questions = json!([{ "key": "owner", "title": "Owner", "type": "EMAIL" }]);
        let made = preview(&world, &admin, look, &questions).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.text);
        let url = made.json().as_str().expect("an address").to_owned();
        let (shown, policy) = page_of(&world, &url).await;
        assert!(shown.contains("Leads, both ways.") && shown.contains("--accent-solid:#ffd60a;"));
        assert!(shown.contains("\"owner\""), "the question is part of it: {shown}");
        assert!(policy.contains("frame-ancestors http://localhost:3000"), "{policy}");

        let (plain, _) = document(&world, json!({ "shape": { "description": "x" } })).await;
        assert!(!plain.contains("Leads, both ways.") && !plain.contains("--accent-solid:"));
        assert_eq!(open(&world, &admin).await["settings"], own, "nothing was saved");
    })
    .await;
}

#[tokio::test]
async fn workflows_and_questions_stand_as_the_project_puts_them() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let bundle = Bundle::parse(LATER).expect("a bundle");
        world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let names = async || {
            let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
            let all = view["accounts"][0]["workflows"].as_array().expect("workflows").clone();
            let name = |own: &Value| own["name"].as_str().expect("a name").to_owned();
            all.iter().map(name).collect::<Vec<_>>()
        };
        assert_eq!(names().await.last().map(String::as_str), Some("A later one"));
        let known = open(&world, &admin).await;
        let all = known["workflows"].as_array().expect("workflows");
        let last = all.iter().find(|own| own["name"] == "A later one").expect("it");
        let questions = json!([
            { "key": "owner", "title": "Owner", "type": "EMAIL" },
            { "key": "loud", "title": "Loud", "type": "SWITCH", "required": false },
        ]);
        let saved = save(&world, &admin, json!({ "order": [last["id"]] }), &questions).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
        assert_eq!(names().await.first().map(String::as_str), Some("A later one"), "not deployed");
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        assert_eq!(view["integration"]["settings"][0]["key"], "owner", "{view}");
        let slip = json!([{ "key": "owner", "title": "Owner", "type": "EMIAL" }]);
        let refused = save(&world, &admin, json!({}), &slip).await;
        assert_ne!(refused.status, StatusCode::OK, "{}", refused.text);
        assert_eq!(names().await.first().map(String::as_str), Some("A later one"), "as it was");
    })
    .await;
}

#[tokio::test]
async fn of_two_admins_the_second_is_told_that_the_first_saved() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let seen = open(&world, &admin).await;
        let (revision, own) = (&seen["revision"], &seen["settings"]);
        let mine = json!({ "description": "Mine" });
        let first = save_from(&world, &admin, revision, (mine.clone(), own)).await.json();
        assert_eq!(first["result"], "stored", "{first}");
        let yours = json!({ "description": "Yours" });
        let second = save_from(&world, &admin, revision, (yours.clone(), own)).await.json();
        assert_eq!(second["result"], "conflict", "{second}");
        assert!(second["message"].as_str().is_some_and(|own| own.contains("Somebody else")));
        assert_eq!(open(&world, &admin).await["look"]["description"], "Mine");
        // An answer that was lost on its way is no conflict.
        let again = save_from(&world, &admin, revision, (mine, own)).await.json();
        assert_eq!(again, first);
        let after = save_from(&world, &admin, &first["revision"], (yours, own)).await.json();
        assert_eq!(after["result"], "stored", "{after}");
    })
    .await;
}

#[tokio::test]
async fn a_question_tells_which_deployed_workflows_use_its_answer() {
    on_each_database(async |world: World| {
        let admin = world.admin_cookie().await;
        let seen = open(&world, &admin).await;
        assert_eq!(seen["used"]["lead_source"], json!(["Create a Salesforce lead"]), "{seen}");
        assert_eq!(seen["used"].as_object().map(|used| used.contains_key("nothing")), Some(false));
    })
    .await;
}
