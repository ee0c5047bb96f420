//! Whoever asks: a browser at the consent page, and an app with its tokens.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

pub(crate) const REDIRECT: &str = "http://localhost:3000/oauth/p/hubspot";
pub(crate) const ALL: &str = "oauth tickets crm.objects.contacts.read crm.objects.contacts.write \
    crm.objects.companies.read crm.objects.companies.write crm.objects.deals.read \
    crm.objects.deals.write crm.objects.custom.read crm.objects.custom.write \
    crm.objects.owners.read crm.lists.read crm.lists.write";
pub(crate) const CONTACTS: &str = "/crm/objects/2026-03/contacts";

pub(crate) struct Client(Router);

pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("text"))
    }

    /// Status and category of an error.
    pub(crate) fn error(&self) -> (u16, &str) {
        (self.status, self.body["category"].as_str().unwrap_or_default())
    }

    pub(crate) fn id(&self) -> &str {
        text(&self.body, "id")
    }
}

pub(crate) fn text<'v>(body: &'v Value, key: &str) -> &'v str {
    body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}"))
}

/// How many there are.
pub(crate) fn count(body: &Value, key: &str) -> usize {
    body[key].as_array().unwrap_or_else(|| panic!("{key} in {body}")).len()
}

pub(crate) fn contact(email: &str) -> Value {
    json!({ "properties": { "email": email }, "associations": [] })
}

impl Client {
    pub(crate) fn new() -> Self {
        Self(router(Sandbox::new()))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.0.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body).into_owned();
        Got { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    pub(crate) async fn form(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(format!("/hubspot{path}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(format!("/hubspot{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(if body.is_null() { String::new() } else { body.to_string() }));
        self.send(request.expect("a request")).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Got {
        self.call("GET", path, token, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Got {
        self.call("POST", path, token, body).await
    }

    pub(crate) async fn knob(&self, method: &str, path: &str, body: Value) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let got = self.send(request.body(Body::from(body.to_string())).expect("a request")).await;
        assert!((200..300).contains(&got.status), "{path}: {}", got.text);
    }

    pub(crate) async fn settings(&self, settings: Value) {
        self.knob("PUT", "/hubspot/_sandbox/settings", settings).await;
    }

    pub(crate) async fn wait(&self, seconds: i64) {
        self.knob("POST", "/_sandbox/clock", json!({ "advance_s": seconds })).await;
    }

    /// What a person decides at the consent page, and where they are sent.
    pub(crate) async fn decide(&self, more: &[(&str, &str)]) -> Got {
        let mut form = vec![("client_id", "portico-demo"), ("redirect_uri", REDIRECT)];
        form.extend(more);
        self.form("/oauth/authorize", &form).await
    }

    pub(crate) async fn code(&self, more: &[(&str, &str)]) -> String {
        let mut form = vec![("portal", "62515"), ("decision", "allow"), ("state", "s")];
        form.extend(more);
        let got = self.decide(&form).await;
        let to: url::Url = got.header("location").expect("a redirect").parse().expect("a URL");
        to.query_pairs().find(|(key, _)| key == "code").expect("a code").1.into_owned()
    }

    pub(crate) async fn token(&self, version: &str, more: &[(&str, &str)]) -> Got {
        let mut form = vec![
            ("client_id", "portico-demo"),
            ("client_secret", "portico-demo-secret"),
            ("redirect_uri", REDIRECT),
        ];
        // The last one named wins.
        form.retain(|(key, _)| more.iter().all(|(own, _)| own != key));
        form.extend(more);
        self.form(&format!("/oauth/{version}/token"), &form).await
    }

    pub(crate) async fn exchange(&self, version: &str, code: &str) -> Got {
        self.token(version, &[("grant_type", "authorization_code"), ("code", code)]).await
    }

    pub(crate) async fn connect(&self, scope: &str) -> Value {
        let code = self.code(&[("scope", scope)]).await;
        let got = self.exchange("2026-03", &code).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.body
    }

    /// An access token with these scopes.
    pub(crate) async fn access(&self, scope: &str) -> String {
        text(&self.connect(scope).await, "access_token").to_owned()
    }
}
