//! Secrets of a project: set once, sent by workflows, seen by nobody again.

use crate::harness::{Own, World, on_each_database_with};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const SECRET: &str = "s3cr/et of crm";

const DEFINITION: &str = r##"
type = "shop"
name = "Shop"
description = "A shop."
brand_color = "#123456"
abilities = []

[auth]
kind = "api_key"
fields = [{ key = "api_key", title = "API key", secret = true, help = "Settings → API." }]

[auth.place]
query = { key = "{api_key}" }

[auth.test]
method = "GET"
path = "/me"

[auth.account]
provider_id = "/name"
label = "/name"

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
inputs = [
    { key = "store", title = "Store", type = "text", required = true },
    { key = "note", title = "Note", type = "text" },
]

[actions.request]
method = "POST"
path = "/stores/{store}/orders"
form = { note = "{note}" }
"##;

const PROJECT: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "shop"

[[app_events]]
name = "Order Placed"
example = { what = "tea" }
"#;

const WORKFLOW: &str = r#"
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
retry = []
inputs = { store = "{{ secrets.crm_key }}", note = "{{ trigger.what }} for {{ secrets.crm_key }}" }
"#;

/// What the shop was sent, addresses and bodies.
#[derive(Clone, Default)]
struct Shop(Arc<Mutex<Vec<String>>>);

impl Shop {
    fn own(&self) -> Own {
        Own {
            definition: DEFINITION,
            origin: "https://api.shop.test",
            provider: Router::new().fallback(any(answer)).with_state(self.clone()),
            bundle: PROJECT,
        }
    }

    fn was_sent(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("a lock"))
    }
}

/// Orders of coffee are refused, with everything that was sent in the words.
async fn answer(State(shop): State<Shop>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 10_000).await.expect("a body");
    let line = format!("{path} {}", String::from_utf8_lossy(&body));
    let coffee = line.contains("coffee");
    shop.0.lock().expect("a lock").push(line);
    match coffee {
        true => {
            let words = format!("The store {SECRET} has no coffee.");
            let told = json!({ "error": "sold_out", "words": words });
            (StatusCode::UNPROCESSABLE_ENTITY, Json(told)).into_response()
        }
        false => Json(json!({ "name": "Tea shop" })).into_response(),
    }
}

async fn set(world: &World, admin: &str, name: &str, value: &str) -> crate::harness::Got {
    let form = json!({ "project": world.project, "name": name, "value": value });
    world.dashboard_form(admin, "secrets/set", &form).await
}

async fn import(world: &World) -> Result<(), String> {
    let bundle = Bundle::parse(&format!("{PROJECT}{WORKFLOW}")).expect("a bundle");
    let imported = world.services.import(&Actor::Operator, &bundle, None).await;
    imported.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_secret_reaches_the_provider_and_nothing_else() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            let admin = world.admin_cookie().await;
            // A workflow cannot name what is not there.
            assert_eq!(set(&world, &admin, "crm_keys", "x").await.status, StatusCode::OK);
            let refused = import(&world).await.expect_err("an unknown secret");
            assert!(
                refused.contains("no secret \"crm_key\". Did you mean \"crm_keys\"?"),
                "{refused}"
            );
            for (name, value) in [("CRM key", "x"), ("crm-key", "x"), ("crm_key", "")] {
                let refused = set(&world, &admin, name, value).await;
                assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", refused.text);
                assert!(refused.text.contains("Write a"), "{}", refused.text);
            }
            assert_eq!(set(&world, &admin, "crm_key", "first").await.status, StatusCode::OK);
            assert_eq!(set(&world, &admin, "crm_key", SECRET).await.status, StatusCode::OK);
            import(&world).await.expect("deployed");

            let token = world.open_portal("ada", "shop").await;
            let fields = json!({ "integration": "shop", "fields": { "api_key": "key-12345678" } });
            let connected = world.portal(&token, "POST", "/accounts", fields).await;
            assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
            world.switch_on_at("ada", "shop").await;
            shop.was_sent();
            let execution = world.run("ada", "Order Placed", json!({ "what": "tea" })).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let sent = shop.was_sent().concat();
            assert!(sent.starts_with("/stores/s3cr%2Fet%20of%20crm/orders "), "{sent}");
            assert!(sent.contains("note=tea+for+s3cr%2Fet+of+crm"), "{sent}");

            // It is in no address, in no words of the provider, and on no page.
            let refused = world.run("ada", "Order Placed", json!({ "what": "coffee" })).await;
            assert_eq!(refused["summary"]["status"], "failed", "{refused}");
            let list = json!({ "project": world.project });
            let list = world.dashboard_form(&admin, "secrets/list", &list).await;
            for told in [execution.to_string(), refused.to_string(), list.text.clone()] {
                assert!(!told.contains("s3cr"), "{told}");
            }
            let told = &refused["summary"]["failure"]["message"];
            assert!(told.as_str().expect("words").contains("The store ••• has no"), "{told}");
            let own = &list.json()[0];
            assert_eq!((&own["name"], &own["workflows"]), (&json!("crm_key"), &json!(["Order"])));

            // Without it the step fails before anything is sent; nothing else does.
            let gone = json!({ "project": world.project, "name": "crm_key" });
            let removed = world.dashboard_form(&admin, "secrets/remove", &gone).await;
            assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
            shop.was_sent();
            let failed = world.run("ada", "Order Placed", json!({ "what": "tea" })).await;
            assert_eq!(failed["summary"]["failure"]["code"], "secret_missing", "{failed}");
            assert_eq!(shop.was_sent(), Vec::<String>::new());
            let again = world.dashboard_form(&admin, "secrets/remove", &gone).await;
            assert!(again.text.contains("no secret"), "{}", again.text);
        },
    )
    .await;
}

#[tokio::test]
async fn the_settings_page_names_secrets_and_never_shows_them() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            let admin = world.admin_cookie().await;
            assert_eq!(set(&world, &admin, "crm_key", SECRET).await.status, StatusCode::OK);
            let page = axum::http::Request::get(format!("/dashboard/{}/settings", world.project));
            let page = page.header(header::COOKIE, &admin).body(axum::body::Body::empty());
            let page = world.send(page.expect("a request")).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text.contains("crm_key") && !page.text.contains("s3cr"), "{}", page.text);
            let project = world.project.parse().expect("an id");
            let view = world.services.secret_list(&Actor::Operator, project).await.expect("a list");
            assert_eq!(json!(view)[0]["workflows"], Value::Array(Vec::new()));
        },
    )
    .await;
}
