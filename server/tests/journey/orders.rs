//! A shop with an address on the web, and workflows that are trees: what the stories of trees, delays and
//! dying processes share.

use crate::harness::{Own, World};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// What the shop asks for.
pub(crate) const SECRET: &str = "s3cr/et of shop";

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
"##;

const PROJECT: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "shop"

[[app_events]]
name = "Order Placed"
example = { items = [{ sku = "tea", quantity = 2 }], url = "https://api.shop.test/me" }
"#;

/// The shop, and what it was sent.
#[derive(Clone, Default)]
pub(crate) struct Shop(Arc<Mutex<Vec<(String, Value)>>>);

impl Shop {
    pub(crate) fn own(&self) -> Own {
        Own {
            definition: DEFINITION,
            origin: "https://api.shop.test",
            provider: Router::new().fallback(any(answer)).with_state(self.clone()),
            bundle: PROJECT,
        }
    }

    /// The bodies that were sent to a path since the last look at it, in the order of their places.
    pub(crate) fn was_sent(&self, path: &str) -> Vec<Value> {
        let mut sent = self.0.lock().expect("a lock");
        let (own, others) = std::mem::take(&mut *sent).into_iter().partition(|(to, _)| to == path);
        *sent = others;
        let own: Vec<(String, Value)> = own;
        let mut bodies: Vec<_> = own.into_iter().map(|(_, body)| body).collect();
        bodies.sort_by_key(|body| body["place"].as_u64());
        bodies
    }
}

/// Prices for whoever has the secret; everything else is noted.
async fn answer(State(shop): State<Shop>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let shown = request.headers().get(header::AUTHORIZATION).cloned();
    let body = axum::body::to_bytes(request.into_body(), 1_000_000).await.expect("a body");
    if path == "/prices" {
        if shown.is_none_or(|shown| shown != format!("Bearer {SECRET}")) {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let sku = query.strip_prefix("sku=").unwrap_or_default();
        if sku == "gone" {
            let said = json!({ "message": format!("{SECRET} knows nothing of it") });
            return (StatusCode::NOT_FOUND, Json(said)).into_response();
        }
        return Json(json!({ "cents": sku.len() * 100, "for": SECRET })).into_response();
    }
    if path == "/elsewhere" {
        return (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1/")]).into_response();
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    shop.0.lock().expect("a lock").push((path, body));
    Json(json!({ "name": "Tea shop" })).into_response()
}

/// A workflow that an order starts, given as the steps of its file, deployed and switched on for Ada.
pub(crate) async fn deploy(world: &World, steps: &str) {
    let project = world.project.parse().expect("an id");
    let secret = ("shop_key", SECRET.to_owned());
    world.services.set_secret(&Actor::Operator, project, secret).await.expect("a secret");
    let bundle = format!(
        r#"{PROJECT}
[[workflows]]
name = "Fulfil"
integration = "shop"
deploy = true

[workflows.definition]
format = 1
trigger = {{ kind = "app_event", event = "Order Placed" }}
{steps}"#
    );
    let bundle = Bundle::parse(&bundle).expect("a bundle");
    world.services.import(&Actor::Operator, &bundle, None).await.expect("deployed");
    let token = world.open_portal("ada", "shop").await;
    let fields = json!({ "integration": "shop", "fields": { "api_key": "key-12345678" } });
    let connected = world.portal(&token, "POST", "/accounts", fields).await;
    assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
    world.switch_on_at("ada", "shop").await;
}

/// An order, accepted.
pub(crate) async fn place(world: &World, payload: Value) -> Value {
    let event = json!({ "name": "Order Placed", "payload": payload });
    let accepted = world.sdk("ada", "POST", "/events/trigger", event).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
    accepted.json()
}

/// `count` items.
pub(crate) fn items(count: usize) -> Value {
    let item = |n: usize| json!({ "sku": format!("sku{n:04}"), "quantity": 1 });
    json!((0..count).map(item).collect::<Vec<_>>())
}
