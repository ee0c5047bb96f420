//! Whoever asks: a browser at the consent page, and an app with its tokens.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, header};
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::{Serializer, byte_serialize};

pub(crate) const REDIRECT: &str = "http://localhost:3000/oauth/p/salesforce";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

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

    /// Status and code of an error of the REST API.
    pub(crate) fn error(&self) -> (u16, &str) {
        (self.status, self.body[0]["errorCode"].as_str().unwrap_or_default())
    }

    /// Status and code of an error of the token endpoint.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.body["error"].as_str().unwrap_or_default())
    }

    pub(crate) fn message(&self) -> &str {
        self.body[0]["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn id(&self) -> &str {
        text(&self.body, "id")
    }

    /// A parameter of the address that it redirects to.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let to: url::Url = self.header("location")?.parse().expect("a URL");
        to.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

pub(crate) fn text<'v>(body: &'v Value, key: &str) -> &'v str {
    body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}"))
}

/// How many there are.
pub(crate) fn count(body: &Value, key: &str) -> usize {
    body[key].as_array().unwrap_or_else(|| panic!("{key} in {body}")).len()
}

/// As a part of a query.
pub(crate) fn escaped(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

pub(crate) fn lead(name: &str) -> Value {
    json!({ "LastName": name, "Company": "Analytical Engines" })
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
        let request = Request::post(format!("/salesforce{path}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// A call with more headers; the path begins behind the version.
    pub(crate) async fn call_with(
        &self,
        (method, path): (&str, &str),
        token: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Got {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/salesforce/acme/services/data/v66.0{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = Body::from(if body.is_null() { String::new() } else { body.to_string() });
        self.send(request.body(body).expect("a request")).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Got {
        self.call_with((method, path), token, body, &[]).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Got {
        self.call("GET", path, token, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Got {
        self.call("POST", path, token, body).await
    }

    /// A query, with what it found.
    pub(crate) async fn query(&self, token: &str, soql: &str) -> Got {
        self.get(&format!("/query?q={}", escaped(soql)), token).await
    }

    /// The names that a query found.
    pub(crate) async fn names(&self, token: &str, soql: &str) -> Vec<String> {
        let got = self.query(token, soql).await;
        assert_eq!(got.status, 200, "{soql}: {}", got.text);
        let rows = got.body["records"].as_array().expect("records");
        rows.iter().map(|own| text(own, "Name").to_owned()).collect()
    }

    /// A path of the whole sandbox.
    pub(crate) async fn whole(&self, path: &str, token: &str) -> Got {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn knob(&self, method: &str, path: &str, body: Value) -> Got {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    pub(crate) async fn settings(&self, settings: Value) {
        let got = self.knob("PUT", "/salesforce/_sandbox/settings", settings).await;
        assert_eq!(got.status, 204, "{}", got.text);
    }

    pub(crate) async fn seed(&self, sizes: Value) {
        let got = self.knob("POST", "/salesforce/_sandbox/seed", sizes).await;
        assert_eq!(got.status, 204, "{}", got.text);
    }

    pub(crate) async fn wait(&self, seconds: i64) {
        let got = self.knob("POST", "/_sandbox/clock", json!({ "advance_s": seconds })).await;
        assert_eq!(got.status, 204, "{}", got.text);
    }

    /// What a person decides at the consent page of a host, and where they are sent.
    pub(crate) async fn decide(&self, host: &str, more: &[(&str, &str)]) -> Got {
        let mut form = vec![
            ("response_type", "code"),
            ("client_id", "portico-demo"),
            ("redirect_uri", REDIRECT),
            ("scope", "api refresh_token openid"),
            ("state", "s"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("user", "ada@acme.example"),
            ("decision", "allow"),
        ];
        form.retain(|(key, _)| more.iter().all(|(own, _)| own != key));
        form.extend(more);
        self.form(&format!("/{host}/services/oauth2/authorize"), &form).await
    }

    pub(crate) async fn code(&self, more: &[(&str, &str)]) -> String {
        let got = self.decide("login", more).await;
        got.parameter("code").unwrap_or_else(|| panic!("a code: {} {}", got.status, got.text))
    }

    pub(crate) async fn token(&self, more: &[(&str, &str)]) -> Got {
        let mut form = vec![
            ("client_id", "portico-demo"),
            ("client_secret", "portico-demo-secret"),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(key, _)| more.iter().all(|(own, _)| own != key));
        form.extend(more);
        self.form("/login/services/oauth2/token", &form).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Got {
        self.token(&[("grant_type", "authorization_code"), ("code", code)]).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Got {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    pub(crate) async fn connect(&self) -> Value {
        let got = self.exchange(&self.code(&[]).await).await;
        assert_eq!(got.status, 200, "{}", got.text);
        got.body
    }

    pub(crate) async fn access(&self) -> String {
        text(&self.connect().await, "access_token").to_owned()
    }
}
