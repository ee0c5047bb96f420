//! Whoever asks, with a token of its own.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::byte_serialize;

pub(crate) const AT: &str = "/marketo/123-abc-456";
pub(crate) const KEYS: &str = "grant_type=client_credentials&client_id=portico-demo\
                    &client_secret=portico-demo-secret";
pub(crate) const JSON: &str = "application/json";

/// A client with a token of its own.
pub(crate) struct Client {
    router: Router,
    pub(crate) token: String,
}

impl Client {
    pub(crate) async fn new() -> Self {
        let mut client = Self { router: router(Sandbox::new()), token: String::new() };
        let (status, body) = client.identity("GET", KEYS).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        client.token = body["access_token"].as_str().expect("a token").to_owned();
        client
    }

    pub(crate) async fn deliver(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    pub(crate) async fn raw(
        &self,
        (method, path): (&str, &str),
        kind: &str,
        body: String,
    ) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .expect("a request");
        self.deliver(request).await
    }

    pub(crate) async fn identity(&self, method: &str, query: &str) -> (StatusCode, Value) {
        let path = format!("{AT}/identity/oauth/token?{query}");
        let (status, body) = self.raw((method, &path), JSON, String::new()).await;
        (status, serde_json::from_str(&body).expect("JSON"))
    }

    /// A knob of the sandbox.
    pub(crate) async fn knob(&self, method: &str, path: &str, body: Value) -> StatusCode {
        self.raw((method, path), JSON, body.to_string()).await.0
    }

    /// A call of the REST API: what it answers, which is always with status 200.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("{AT}{path}");
        let (status, text) = self.raw((method, &path), JSON, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {text}");
        let body: Value = serde_json::from_str(&text).expect("JSON");
        assert!(body["requestId"].is_string(), "{body}");
        assert_eq!(body["success"], body.get("errors").is_none(), "{body}");
        body
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call("GET", path, Value::Null).await
    }

    /// The outcome of one lead.
    pub(crate) async fn sync(&self, how: Value, lead: Value) -> Value {
        let mut body = json!({ "input": [lead] });
        body.as_object_mut().expect("an object").extend(how.as_object().expect("how").clone());
        let body = self.call("POST", "/rest/v1/leads.json", body).await;
        match body.get("result") {
            Some(result) => result[0].clone(),
            None => body,
        }
    }

    /// The id of a lead that is created or changed.
    pub(crate) async fn lead(&self, lead: Value) -> u64 {
        let made = self.sync(json!({}), lead).await;
        made["id"].as_u64().unwrap_or_else(|| panic!("an id in {made}"))
    }

    /// Takes the token that is good now.
    pub(crate) async fn renew(&mut self) {
        let path = format!("{AT}/identity/oauth/token?{KEYS}");
        let (_, text) = self.send("GET", &path, Value::Null).await;
        let body: Value = serde_json::from_str(&text).expect("JSON");
        self.token = body["access_token"].as_str().expect("a token").to_owned();
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> (StatusCode, String) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.raw((method, path), JSON, body).await
    }

    /// Where to poll from.
    pub(crate) async fn token_since(&self, since: &str) -> String {
        let path = format!("/rest/v1/activities/pagingtoken.json?sinceDatetime={since}");
        let body = self.get(&path).await;
        assert_eq!(body.get("result"), None);
        encoded(body["nextPageToken"].as_str().expect("a token"))
    }

    pub(crate) async fn activities(&self, query: &str) -> Value {
        let token = self.token_since("2026-01-01T00:00:00Z").await;
        self.get(&format!("/rest/v1/activities.json?{query}&nextPageToken={token}")).await
    }

    /// The sizes of all pages.
    pub(crate) async fn pages(&self, path: &str) -> Vec<usize> {
        let (mut sizes, mut next) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}{next}")).await;
            sizes.push(page["result"].as_array().expect("a result").len());
            let Some(token) = page["nextPageToken"].as_str() else { return sizes };
            next = format!("&nextPageToken={}", encoded(token));
        }
    }
}

pub(crate) fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

pub(crate) fn code(body: &Value) -> &str {
    let own = body["errors"][0]["code"].as_str().or(body["reasons"][0]["code"].as_str());
    own.unwrap_or_else(|| panic!("a code in {body}"))
}
