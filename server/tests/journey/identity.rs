//! Who was connected is asked at the provider, wherever its token answer would have it asked.

use crate::harness::{Own, World, on_each_database_with};
use axum::extract::{Form, Request};
use axum::response::IntoResponse;
use axum::routing::{any, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

const DEFINITION: &str = r##"
type = "crm"
name = "CRM"
description = "Records."
brand_color = "#123456"
abilities = []
actions = []

[auth]
kind = "oauth_code"
authorize = "/authorize"
token = "/token"
scopes = []
facts = { instance_url = "/instance_url" }
account_types = [{ id = "default", title = "Account", login_host = "crm.test" }]

[auth.identity]
url = "{instance_url}/me"
provider_id = "/id"
label = "/name"

[connection]
base = "{instance_url}"
hosts = ["crm.test"]
"##;

const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "crm"
client_id = "us"
client_secret = "our-secret"
"#;

/// A provider that names the instance that the code says. What else is asked of it is noted.
fn provider(asked: &Arc<Mutex<Vec<String>>>) -> Own {
    let token = post(async |Form(form): Form<HashMap<String, String>>| {
        Json(json!({ "access_token": "secret", "instance_url": form["code"] }))
    });
    let noted = Arc::clone(asked);
    let other = any(async move |request: Request| {
        noted.lock().expect("a note").push(request.uri().path().to_owned());
        Json(json!({ "id": "1", "name": "Ada" })).into_response()
    });
    Own {
        definition: DEFINITION,
        // Every host of this world leads here: it is the list that keeps a token from going there.
        origin: "https://*.test",
        provider: Router::new().route("/token", token).fallback(other),
        bundle: BUNDLE,
    }
}

#[tokio::test]
async fn a_token_goes_to_no_host_that_only_the_token_answer_names() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    on_each_database_with(
        || provider(&asked),
        async |world: World| {
            let come_back = async |instance: &str| {
                let (_, location, cookie) = world.begin_with("ada", "crm").await;
                let url = url::Url::parse(&location).expect("a URL");
                let state = url.query_pairs().find(|(key, _)| key == "state").expect("a state").1;
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("state", &state)
                    .append_pair("code", instance)
                    .finish();
                let back = format!("http://localhost:3000/oauth/{}/crm?{query}", world.project);
                world.callback(&back, Some(&cookie)).await.text
            };
            asked.lock().expect("a note").clear();
            let shown = come_back("https://evil.test").await;
            assert!(shown.contains("not one of the provider"), "{shown}");
            assert!(asked.lock().expect("a note").is_empty(), "nothing was sent there");
            let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
            assert_eq!(me["integrations"]["crm"]["allCredentials"], json!([]));
            let shown = come_back("https://crm.test").await;
            assert!(shown.contains("Ada is connected"), "{shown}");
            assert_eq!(*asked.lock().expect("a note"), ["/me"]);
        },
    )
    .await;
}
