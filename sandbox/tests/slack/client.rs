//! Whoever asks: a browser at the consent page, and an app with its tokens.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

pub(crate) const REDIRECT: &str = "http://localhost:3000/oauth/p/slack";
pub(crate) const ALL: &str = "chat:write,chat:write.public,chat:write.customize,channels:read,groups:read,\
                   im:read,mpim:read,channels:history,groups:history,im:history,channels:join,\
                   im:write,mpim:write,users:read,users:read.email,team:read";
pub(crate) const ADA: &str = "U0000000";
pub(crate) const GRACE: &str = "U0000001";

pub(crate) struct Client(Router);

pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn error(&self) -> &str {
        text(&self.body, "error")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        Self(router(Sandbox::new()))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.0.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body).into_owned();
        Got { status, headers, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    pub(crate) async fn raw(&self, path: &str, token: &str, kind: &str, body: String) -> Got {
        let request = Request::post(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        let request = request.header(header::CONTENT_TYPE, kind).body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    pub(crate) async fn form(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// A method that writes, with JSON.
    pub(crate) async fn call(&self, method: &str, token: &str, body: Value) -> Got {
        let path = format!("/slack/api/{method}");
        self.raw(&path, token, "application/json; charset=utf-8", body.to_string()).await
    }

    /// A method that reads, with a query.
    pub(crate) async fn read(&self, method: &str, token: &str, query: &[(&str, &str)]) -> Got {
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        let request = Request::get(format!("/slack/api/{method}?{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn page(&self, path: &str) -> Got {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    pub(crate) async fn knob(&self, method: &str, path: &str, body: Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()));
        let got = self.send(request.expect("a request")).await;
        assert_eq!(got.status, StatusCode::NO_CONTENT, "{path}: {}", got.text);
    }

    pub(crate) async fn wait(&self, seconds: i64) {
        self.knob("POST", "/_sandbox/clock", json!({ "advance_s": seconds })).await;
    }

    /// What a person decides, and where they are sent.
    pub(crate) async fn decide(
        &self,
        team: &str,
        scopes: (&str, &str),
        decision: &str,
    ) -> url::Url {
        let (scope, user_scope) = scopes;
        let form = [
            ("client_id", "portico-demo"),
            ("redirect_uri", REDIRECT),
            ("scope", scope),
            ("user_scope", user_scope),
            ("state", "s"),
            ("team", team),
            ("decision", decision),
        ];
        let got = self.form("/slack/oauth/v2/authorize", &form).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text);
        got.header("location").parse().expect("a URL")
    }

    pub(crate) async fn code(&self, team: &str, scopes: (&str, &str)) -> String {
        let to = self.decide(team, scopes, "allow").await;
        to.query_pairs().find(|(key, _)| key == "code").expect("a code").1.into_owned()
    }

    pub(crate) async fn tokens(&self, form: &[(&str, &str)]) -> Got {
        let mut whole =
            vec![("client_id", "portico-demo"), ("client_secret", "portico-demo-secret")];
        whole.extend(form);
        self.form("/slack/api/oauth.v2.access", &whole).await
    }

    pub(crate) async fn install(&self, team: &str, scopes: (&str, &str)) -> Value {
        let code = self.code(team, scopes).await;
        let got = self.tokens(&[("code", &code), ("redirect_uri", REDIRECT)]).await;
        assert_eq!(got.body["ok"], true, "{}", got.body);
        got.body
    }

    /// The bot's token.
    pub(crate) async fn bot(&self, scope: &str) -> String {
        text(&self.install("T0ACME", (scope, "")).await, "access_token").to_owned()
    }

    /// A person's token.
    pub(crate) async fn user(&self, team: &str, scope: &str) -> String {
        let body = self.install(team, ("", scope)).await;
        text(&body["authed_user"], "access_token").to_owned()
    }

    pub(crate) async fn refresh(&self, token: &str) -> Got {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }
}

pub(crate) fn text<'v>(body: &'v Value, key: &str) -> &'v str {
    body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}"))
}

pub(crate) fn hi(channel: &str) -> Value {
    json!({ "channel": channel, "text": "Hi" })
}

pub(crate) fn list<'v>(body: &'v Value, key: &str) -> &'v Vec<Value> {
    body[key].as_array().unwrap_or_else(|| panic!("{key} in {body}"))
}
