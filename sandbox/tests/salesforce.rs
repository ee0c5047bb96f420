//! The simulation keeps Salesforce's rules.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;

const REDIRECT: &str = "http://localhost:3000/oauth/p/salesforce";
/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Client(Router);

impl Client {
    fn new() -> Self {
        Self(router(Sandbox::new()))
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, Option<String>, Value) {
        let response = self.0.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let location = response
            .headers()
            .get(header::LOCATION)
            .map(|to| to.to_str().expect("text").to_owned());
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        (status, location, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Option<String>, Value) {
        let body = form_encoded(form);
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    async fn code(&self) -> String {
        let (status, location, _) = self
            .form(
                "/salesforce/login/services/oauth2/authorize",
                &[
                    ("response_type", "code"),
                    ("client_id", "portico-demo"),
                    ("redirect_uri", REDIRECT),
                    ("scope", "api refresh_token"),
                    ("state", "s"),
                    ("code_challenge", CHALLENGE),
                    ("code_challenge_method", "S256"),
                    ("user", "ada@acme.example"),
                    ("decision", "allow"),
                ],
            )
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let url = url::Url::parse(&location.expect("a redirect")).expect("a URL");
        let code = url.query_pairs().find(|(key, _)| key == "code");
        code.expect("a code").1.into_owned()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut whole =
            vec![("client_id", "portico-demo"), ("client_secret", "portico-demo-secret")];
        whole.extend(form);
        let (status, _, body) = self.form("/salesforce/login/services/oauth2/token", &whole).await;
        (status, body)
    }

    async fn connect(&self) -> Value {
        let code = self.code().await;
        let (status, body) = self
            .token(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", REDIRECT),
                ("code_verifier", VERIFIER),
            ])
            .await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/salesforce/acme/services/data/v66.0{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::from(body.to_string()))
            .expect("a request");
        let (status, _, body) = self.send(request).await;
        (status, body)
    }
}

fn form_encoded(form: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn text<'v>(body: &'v Value, key: &str) -> &'v str {
    body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}"))
}

#[tokio::test]
async fn a_code_is_good_once_and_with_its_verifier() {
    let client = Client::new();
    let code = client.code().await;
    let exchange = |verifier: &'static str| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier),
        ]
    };
    let (status, body) = client.token(&exchange("wrong")).await;
    assert_eq!((status, text(&body, "error")), (StatusCode::BAD_REQUEST, "invalid_grant"));
    let (status, _) = client.token(&exchange(VERIFIER)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "the first try used it up");
    let body = client.connect().await;
    assert_eq!(body.get("expires_in"), None, "Salesforce tells no lifetime");
    assert_eq!(text(&body, "instance_url"), "https://acme.my.salesforce.com");
    assert!(body["issued_at"].is_string());
}

#[tokio::test]
async fn a_rotated_refresh_token_that_comes_again_ends_the_approval() {
    let client = Client::new();
    let first = client.connect().await;
    let refresh = |token: &str| {
        [("grant_type", "refresh_token"), ("refresh_token", token)]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    let ask = async |token: &str| {
        let form = refresh(token);
        let form: Vec<_> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        client.token(&form).await
    };
    let (status, second) = ask(text(&first, "refresh_token")).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let (status, _) = ask(text(&first, "refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, _) = ask(text(&second, "refresh_token")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "the reuse ended the whole family");
}

#[tokio::test]
async fn records_are_checked_as_salesforce_checks_them() {
    let client = Client::new();
    let tokens = client.connect().await;
    let token = text(&tokens, "access_token");
    let lead = json!({ "LastName": "Lovelace", "Company": "Analytical Engines" });
    let (status, made) = client.call("POST", "/sobjects/Lead", token, lead).await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("/sobjects/Lead/{}", text(&made, "id"));
    for (body, code) in [
        (json!({ "Company": "X" }), "REQUIRED_FIELD_MISSING"),
        (json!({ "LastName": "L", "Company": "X", "Nope": 1 }), "INVALID_FIELD"),
        (
            json!({ "LastName": "L", "Company": "X", "LeadSource": "Telepathy" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ),
        (json!({ "LastName": "L".repeat(81), "Company": "X" }), "STRING_TOO_LONG"),
        (json!({ "LastName": "L", "Company": "X", "Email": "nobody" }), "INVALID_EMAIL_ADDRESS"),
        (json!([]), "JSON_PARSER_ERROR"),
    ] {
        let (status, answer) = client.call("POST", "/sobjects/Lead", token, body).await;
        assert_eq!((status, &answer[0]["errorCode"]), (StatusCode::BAD_REQUEST, &json!(code)));
    }
    assert_eq!(
        client.call("POST", "/sobjects/Nope", token, json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        client.call("PATCH", &path, token, json!({ "Phone": "1" })).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(client.call("GET", &path, token, Value::Null).await.1["Phone"], json!("1"));
    let query = "/query?q=SELECT+Id,LastName+FROM+Lead+WHERE+LastName+=+'Lovelace'";
    assert_eq!(client.call("GET", query, token, Value::Null).await.1["totalSize"], json!(1));
    assert_eq!(client.call("DELETE", &path, token, Value::Null).await.0, StatusCode::NO_CONTENT);
    let (status, gone) = client.call("GET", &path, token, Value::Null).await;
    assert_eq!(
        (status, &gone[0]["errorCode"]),
        (StatusCode::NOT_FOUND, &json!("ENTITY_IS_DELETED"))
    );
    let (status, refused) = client.call("GET", "/limits", "nobody", Value::Null).await;
    assert_eq!(
        (status, &refused[0]["errorCode"]),
        (StatusCode::UNAUTHORIZED, &json!("INVALID_SESSION_ID"))
    );
}

#[tokio::test]
async fn a_fault_hits_as_often_as_it_was_told() {
    let client = Client::new();
    let tokens = client.connect().await;
    let token = text(&tokens, "access_token");
    let fault = json!({ "method": "GET", "path_contains": "/limits", "times": 2, "kind": "status", "status": 503, "body": [] });
    let request = Request::post("/_sandbox/faults")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(fault.to_string()))
        .expect("a request");
    assert_eq!(client.send(request).await.0, StatusCode::CREATED);
    for expected in [503, 503, 200] {
        assert_eq!(client.call("GET", "/limits", token, Value::Null).await.0, expected);
    }
}
