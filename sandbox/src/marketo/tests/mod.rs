//! The stories of limits, activities, assets and custom objects, told over HTTP as `sandbox/tests/marketo.rs`
//! tells those of keys, leads and lists.

mod assets;
mod limits;
mod polling;

use crate::{Sandbox, router};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::byte_serialize;

const AT: &str = "/marketo/123-abc-456";
const KEYS: &str = "grant_type=client_credentials&client_id=portico-demo\
                    &client_secret=portico-demo-secret";

/// A client with a token of its own.
struct Client {
    router: Router,
    token: String,
}

impl Client {
    async fn new() -> Self {
        let mut client = Self { router: router(Sandbox::new()), token: String::new() };
        client.renew().await;
        client
    }

    /// Takes the token that is good now.
    async fn renew(&mut self) {
        let path = format!("{AT}/identity/oauth/token?{KEYS}");
        let (_, text) = self.send("GET", &path, Value::Null).await;
        let body: Value = serde_json::from_str(&text).expect("JSON");
        self.token = body["access_token"].as_str().expect("a token").to_owned();
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(if body.is_null() { String::new() } else { body.to_string() }))
            .expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    /// A call of the REST API: what it answers, which is always with status 200.
    async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, text) = self.send(method, &format!("{AT}{path}"), body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    async fn get(&self, path: &str) -> Value {
        self.call("GET", path, Value::Null).await
    }

    /// The id of a lead that is created or changed.
    async fn lead(&self, lead: Value) -> u64 {
        let body = self.call("POST", "/rest/v1/leads.json", json!({ "input": [lead] })).await;
        body["result"][0]["id"].as_u64().unwrap_or_else(|| panic!("an id in {body}"))
    }

    /// The sizes of all pages.
    async fn pages(&self, path: &str) -> Vec<usize> {
        let (mut sizes, mut next) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{next}")).await;
            sizes.push(page["result"].as_array().expect("a result").len());
            let Some(token) = page["nextPageToken"].as_str() else { return sizes };
            next = format!("&nextPageToken={}", encoded(token));
        }
    }

    /// Where to poll from.
    async fn token_since(&self, since: &str) -> String {
        let path = format!("/rest/v1/activities/pagingtoken.json?sinceDatetime={since}");
        let body = self.get(&path).await;
        assert_eq!(body.get("result"), None);
        encoded(body["nextPageToken"].as_str().expect("a token"))
    }

    async fn activities(&self, query: &str) -> Value {
        let token = self.token_since("2026-01-01T00:00:00Z").await;
        self.get(&format!("/rest/v1/activities.json?{query}&nextPageToken={token}")).await
    }
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

fn code(body: &Value) -> &str {
    let own = body["errors"][0]["code"].as_str().or(body["reasons"][0]["code"].as_str());
    own.unwrap_or_else(|| panic!("a code in {body}"))
}
