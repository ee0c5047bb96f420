//! Accounts that are connected with a key, or with a name and a password, at a provider of the stories'
//! own.

use crate::harness::{Own, World, on_each_database_with};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use portico_domain::Actor;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const DEFINITION: &str = r##"
type = "shop"
name = "Shop"
description = "A shop."
brand_color = "#123456"
abilities = []

[auth]
kind = "api_key"
facts = { shop = "/shop/name" }
fields = [{ key = "api_key", title = "API key", secret = true, help = "Settings → API." }]

[auth.place]
query = { key = "{api_key}" }

[auth.test]
method = "GET"
path = "/me"

[auth.account]
provider_id = "{shop}"
label = "{shop}"

[connection]
base = "https://api.shop.test"
hosts = ["api.shop.test"]

[http.errors]
code = "/error"
message = "/words"

[[actions]]
id = "order"
title = "Order"
idempotent = false
inputs = [{ key = "what", title = "What", type = "text", required = true }]

[actions.request]
method = "POST"
path = "/orders/{what}"
form = { what = "{what}" }
"##;

const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "shop"

[[app_events]]
name = "Order Placed"
example = { what = "tea" }

[[workflows]]
name = "Order"
integration = "shop"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Order Placed" }

[[workflows.definition.steps]]
id = "order"
title = "Order"
kind = "action"
integration = "shop"
action = "order"
inputs = { what = "{{ trigger.what }}" }
"#;

/// What the shop takes for its own, and what it was asked.
#[derive(Clone, Default)]
struct Shop {
    shown: Arc<Mutex<String>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Shop {
    fn taking(shown: &str) -> Self {
        let shop = Self::default();
        shop.takes(shown);
        shop
    }

    fn takes(&self, shown: &str) {
        shown.clone_into(&mut self.shown.lock().expect("a lock"));
    }

    fn own(&self, definition: &'static str) -> Own {
        Own {
            definition,
            origin: "https://api.shop.test",
            provider: Router::new().fallback(any(answer)).with_state(self.clone()),
            bundle: BUNDLE,
        }
    }
}

/// Everything is answered to whoever shows what is right, as a key or as HTTP Basic.
async fn answer(State(shop): State<Shop>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let basic = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = basic.unwrap_or(query).to_owned();
    shop.seen.lock().expect("a lock").push(format!(
        "{} {}",
        request.method(),
        request.uri().path()
    ));
    if shown != *shop.shown.lock().expect("a lock") {
        // Some providers repeat what they were sent.
        let body = json!({ "error": "no_such_key", "words": format!("No key like {shown}.") });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    Json(json!({ "id": 7, "shop": { "name": "Tea shop" } })).into_response()
}

async fn connect(world: &World, token: &str, fields: Value) -> crate::harness::Got {
    let sent = json!({ "integration": "shop", "fields": fields });
    world.portal(token, "POST", "/accounts", sent).await
}

#[tokio::test]
async fn an_account_is_connected_with_a_key_that_nobody_sees_again() {
    let shop = Shop::taking("key=key-12345678");
    on_each_database_with(
        || shop.own(DEFINITION),
        async |world: World| {
            shop.takes("key=key-12345678");
            let token = world.open_portal("ada", "shop").await;
            let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
            assert_eq!(view["integration"]["fields"][0]["key"], "api_key", "{view}");
            for wrong in [json!({}), json!({ "api_key": "key-87654321" })] {
                let refused = connect(&world, &token, wrong).await;
                assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
                assert_eq!(refused.json()["meta"]["fields"][0]["field"], "api_key");
            }
            let connected = connect(&world, &token, json!({ "api_key": " key-12345678 " })).await;
            assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
            let view = world.portal(&token, "GET", "/view", Value::Null).await;
            assert_eq!(view.json()["accounts"][0]["label"], "Tea shop");
            assert!(!view.text.contains("key-12345678"), "{}", view.text);
            world.switch_on_at("ada", "shop").await;
            let execution = world.run("ada", "Order Placed", json!({ "what": "tea" })).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let call = &execution["history"][2]["call"];
            assert_eq!(call["request"], "POST https://api.shop.test/orders/tea", "{call}");
            // The key is taken back at the provider: there is nothing to renew.
            shop.takes("key=another");
            let execution = world.run("ada", "Order Placed", json!({ "what": "tea" })).await;
            let failure = &execution["summary"]["failure"];
            assert_eq!(
                (&failure["class"], &failure["code"]),
                (&json!("revoked"), &json!("key_refused"))
            );
            assert!(!execution.to_string().contains("key-12345678"), "{execution}");
            let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
            let account = &view["accounts"][0];
            assert_eq!(account["status"], "INVALID", "{account}");
            // Entered again, it is the same account.
            let again = json!({
                "integration": "shop", "credentialId": account["credential_id"],
                "fields": { "api_key": "another" },
            });
            let again = world.portal(&token, "POST", "/accounts", again).await;
            assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
            let execution = world.run("ada", "Order Placed", json!({ "what": "milk" })).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        },
    )
    .await;
    let seen = shop.seen.lock().expect("a lock").clone();
    assert!(seen.contains(&"POST /orders/milk".to_owned()), "{seen:?}");
}

#[tokio::test]
async fn an_account_is_connected_with_a_name_and_a_password() {
    let definition: &'static str = DEFINITION
        .replace("kind = \"api_key\"", "kind = \"basic\"")
        .replace("[auth.place]\nquery = { key = \"{api_key}\" }\n", "")
        .replace("fields = [", "fields = [{ key = \"username\", title = \"Name\" }, ")
        .replace("key = \"api_key\"", "key = \"password\"")
        .leak();
    let shop = Shop::taking("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    on_each_database_with(
        || shop.own(definition),
        async |world: World| {
            let token = world.open_portal("ada", "shop").await;
            let fields = |name: &str| json!({ "username": name, "password": "open sesame" });
            let refused = connect(&world, &token, fields("Ala:ddin")).await;
            assert_eq!(
                refused.json()["meta"]["fields"][0]["field"],
                "username",
                "{}",
                refused.text
            );
            let refused = connect(&world, &token, fields("Jafar")).await;
            assert_eq!(
                refused.json()["meta"]["fields"][0]["field"],
                "password",
                "{}",
                refused.text
            );
            let connected = connect(&world, &token, fields("Aladdin")).await;
            assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
            world.switch_on_at("ada", "shop").await;
            let execution = world.run("ada", "Order Placed", json!({ "what": "tea" })).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            assert!(!execution.to_string().contains("open sesame"), "{execution}");
        },
    )
    .await;
}

#[tokio::test]
async fn an_api_of_keys_added_by_the_form_is_connected_called_and_asked_after() {
    let shop = Shop::taking("key=key-12345678");
    on_each_database_with(
        || shop.own(DEFINITION),
        async |world: World| {
            shop.takes("key=key-12345678");
            let admin = world.admin_cookie().await;
            let form = json!({
                "name": "Tea", "description": "Tea of all kinds", "color": "#123456", "auth": "api_key",
                "authorize_url": "", "token_url": "", "scopes": "", "pkce": true,
                "key_place": "query", "key_name": "key", "key_template": "{api_key}",
                "base_url": "https://api.shop.test", "test_path": "/me",
                "account_id": "/shop/name", "account_name": "/shop/name", "inputs": [],
            });
            let body = json!({ "project": world.project, "form": form, "icon": Value::Null });
            let added = world.dashboard(&admin, "custom/add", body).await;
            assert_eq!(added.json()["kind"], "custom.tea", "{}", added.text);
            let bundle = portico_services::Bundle::parse(TEA).expect("a bundle");
            world.services.import(&Actor::Operator, &bundle, None).await.expect("imported");

            let token = world.open_portal("ada", "custom.tea").await;
            let enter = async |key: &str| {
                let sent = json!({ "integration": "custom.tea", "fields": { "api_key": key } });
                world.portal(&token, "POST", "/accounts", sent).await
            };
            let refused = enter("key-87654321").await;
            assert_eq!(refused.json()["meta"]["fields"][0]["field"], "api_key", "{}", refused.text);
            let connected = enter("key-12345678").await;
            assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
            world.switch_on_at("ada", "custom.tea").await;
            let execution = world.run("ada", "Tea Wanted", json!({ "what": "oolong" })).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let call = &execution["history"][2]["call"];
            assert_eq!(call["request"], "GET https://api.shop.test/teas/oolong", "{call}");
            assert!(!execution.to_string().contains("key-12345678"), "{execution}");

            // Taken back at the provider: the next look finds out, before an event does.
            shop.takes("key=another");
            world.clock.advance(60);
            let looked = json!({ "credentialId": connected.json()["credentialId"] });
            let looked = world.portal(&token, "POST", "/check", looked).await.json();
            assert_eq!(looked["accounts"][0]["status"], "INVALID", "{looked}");
        },
    )
    .await;
}

const TEA: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "custom.tea"

[[app_events]]
name = "Tea Wanted"
example = { what = "oolong" }

[[workflows]]
name = "Look for tea"
integration = "custom.tea"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Tea Wanted" }

[[workflows.definition.steps]]
id = "look"
title = "Look"
kind = "action"
integration = "custom.tea"
action = "request"
inputs = { method = "GET", path = "/teas/{{ trigger.what }}" }
"#;
