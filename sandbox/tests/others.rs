//! The simulations of HubSpot, Marketo and Slack keep their providers' rules.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

const REDIRECT: &str = "http://localhost:3000/oauth/p/x";

struct Client(Router);

struct Got {
    status: StatusCode,
    location: Option<url::Url>,
    retry_after: Option<String>,
    body: Value,
}

impl Client {
    fn new() -> Self {
        Self(router(Sandbox::new()))
    }

    async fn send(&self, request: Request<Body>) -> Got {
        let response = self.0.clone().oneshot(request).await.expect("an answer");
        let text = |name| {
            let value = response.headers().get(name);
            value.map(|value| value.to_str().expect("text").to_owned())
        };
        let (status, retry_after) = (response.status(), text(header::RETRY_AFTER));
        let location = text(header::LOCATION).map(|to| to.parse().expect("a URL"));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Got { status, location, retry_after, body }
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> Got {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        self.send(request).await
    }

    async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .body(Body::from(if body.is_null() { String::new() } else { body.to_string() }))
            .expect("a request");
        self.send(request).await
    }

    /// Says yes and answers the code.
    async fn code(&self, path: &str, choice: (&str, &str), scope: &str) -> String {
        let form = [
            ("client_id", "portico-demo"),
            ("redirect_uri", REDIRECT),
            ("scope", scope),
            ("state", "s"),
            ("decision", "allow"),
            choice,
        ];
        let got = self.form(path, &form).await;
        let location = got.location.expect("a redirect");
        let code = location.query_pairs().find(|(key, _)| key == "code").expect("a code");
        code.1.into_owned()
    }

    async fn tokens(&self, path: &str, more: &[(&str, &str)]) -> Got {
        let mut form = vec![
            ("client_id", "portico-demo"),
            ("client_secret", "portico-demo-secret"),
            ("redirect_uri", REDIRECT),
        ];
        form.extend(more);
        self.form(path, &form).await
    }

    async fn hubspot(&self, scope: &str) -> Value {
        let code = self.code("/hubspot/oauth/authorize", ("portal", "62515"), scope).await;
        let grant = [("grant_type", "authorization_code"), ("code", &code)];
        self.tokens("/hubspot/oauth/2026-03/token", &grant).await.body
    }

    async fn slack(&self, scope: &str) -> Value {
        let code = self.code("/slack/oauth/v2/authorize", ("team", "T0ACME"), scope).await;
        self.tokens("/slack/api/oauth.v2.access", &[("code", &code)]).await.body
    }

    async fn marketo(&self) -> Value {
        let path = "/marketo/123-abc-456/identity/oauth/token?grant_type=client_credentials\
                    &client_id=portico-demo&client_secret=portico-demo-secret";
        self.call("GET", path, "", Value::Null).await.body
    }
}

fn text<'v>(body: &'v Value, key: &str) -> &'v str {
    body[key].as_str().unwrap_or_else(|| panic!("{key} in {body}"))
}

#[tokio::test]
async fn hubspot_keeps_contacts_unique_and_checks_what_is_written() {
    let client = Client::new();
    let tokens = client.hubspot("oauth crm.objects.contacts.read crm.objects.contacts.write").await;
    let token = text(&tokens, "access_token");
    let contacts = "/hubspot/crm/objects/2026-03/contacts";
    let ada = json!({ "properties": { "email": "ada@acme.example", "score": "7" } });
    let made = client.call("POST", contacts, token, ada.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let id = text(&made.body, "id");
    // The published client still calls /crm/v3.
    let again = client.call("POST", "/hubspot/crm/v3/objects/contacts", token, ada).await;
    assert_eq!((again.status.as_u16(), text(&again.body, "category")), (409, "CONFLICT"));
    assert!(text(&again.body, "message").ends_with(id), "{}", again.body);
    for (properties, code) in [
        (json!({ "shoe_size": "42" }), "PROPERTY_DOESNT_EXIST"),
        (json!({ "createdate": "x" }), "READ_ONLY_VALUE"),
        (json!({ "email": "nobody" }), "INVALID_EMAIL"),
        (json!({ "score": 7 }), "INVALID_TYPE"),
        (json!({ "lifecyclestage": "friend" }), "INVALID_OPTION"),
    ] {
        let refused =
            client.call("POST", contacts, token, json!({ "properties": properties })).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.body["errors"][0]["code"], code, "{}", refused.body);
    }
    let by = format!("{contacts}/ada@acme.example?idProperty=email");
    assert_eq!(client.call("GET", &by, token, Value::Null).await.body["id"], id);
    let question = json!({ "filterGroups": [{ "filters": [{ "propertyName": "email", "operator": "EQ", "value": "ADA@acme.example" }] }] });
    let found = client.call("POST", &format!("{contacts}/search"), token, question).await;
    assert_eq!(found.body["total"], 1, "{}", found.body);
    let deals = client.call("POST", "/hubspot/crm/objects/2026-03/deals", token, json!({})).await;
    assert_eq!((deals.status.as_u16(), text(&deals.body, "category")), (403, "MISSING_SCOPES"));
}

#[tokio::test]
async fn hubspot_tokens_end_and_are_refreshed_with_the_same_refresh_token() {
    let client = Client::new();
    let tokens = client.hubspot("oauth crm.lists.read").await;
    let lists = "/hubspot/crm/lists/2026-03/search";
    client.call("POST", "/_sandbox/clock", "", json!({ "advance_s": 1801 })).await;
    let ended = client.call("POST", lists, text(&tokens, "access_token"), json!({})).await;
    assert_eq!(text(&ended.body, "category"), "EXPIRED_AUTHENTICATION");
    let refresh = text(&tokens, "refresh_token");
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let renewed = client.tokens("/hubspot/oauth/2026-03/token", &grant).await.body;
    assert_eq!(text(&renewed, "refresh_token"), refresh);
    let page = client
        .call(
            "POST",
            lists,
            text(&renewed, "access_token"),
            json!({ "count": 500, "processingTypes": ["MANUAL"] }),
        )
        .await;
    assert_eq!(page.body["total"], 208, "lists that are filled by rules are left out");
    client.call("POST", "/_sandbox/revoke-tokens", "", Value::Null).await;
    let dead = client.tokens("/hubspot/oauth/2026-03/token", &grant).await;
    assert_eq!(text(&dead.body, "status"), "BAD_REFRESH_TOKEN");
}

#[tokio::test]
async fn marketo_says_success_and_skips() {
    let client = Client::new();
    let tokens = client.marketo().await;
    assert_eq!(
        text(&client.marketo().await, "access_token"),
        text(&tokens, "access_token"),
        "the same while it lives"
    );
    let token = text(&tokens, "access_token");
    let leads = "/marketo/123-abc-456/rest/v1/leads.json";
    let sync = async |action: &str, lead: Value| {
        let body = json!({ "action": action, "lookupField": "email", "input": [lead] });
        client.call("POST", leads, token, body).await.body["result"][0].clone()
    };
    let ada = json!({ "email": "ada@acme.example", "firstName": "Ada" });
    assert_eq!(sync("createOrUpdate", ada.clone()).await, json!({ "id": 1, "status": "created" }));
    assert_eq!(sync("createOrUpdate", ada.clone()).await, json!({ "id": 1, "status": "updated" }));
    for (action, lead, code) in [
        ("createOnly", ada.clone(), "1005"),
        ("updateOnly", json!({ "email": "x@y.example" }), "1004"),
        ("createOrUpdate", json!({ "email": "x@y.example", "shoe": 1 }), "1006"),
        ("createOrUpdate", json!({ "firstName": "Ada" }), "1003"),
    ] {
        let record = sync(action, lead).await;
        assert_eq!(
            (&record["status"], &record["reasons"][0]["code"]),
            (&json!("skipped"), &json!(code))
        );
    }
    let list = "/marketo/123-abc-456/rest/v1/lists/1001/leads.json?id=1&id=99";
    let added = client.call("POST", list, token, Value::Null).await.body;
    assert_eq!(added["result"][0]["status"], "added");
    assert_eq!(added["result"][1]["reasons"][0]["code"], "1004");
    let gone = client
        .call("POST", "/marketo/123-abc-456/rest/v1/lists/7/leads.json?id=1", token, Value::Null)
        .await;
    assert_eq!((gone.status.as_u16(), &gone.body["errors"][0]["code"]), (200, &json!("1013")));
}

#[tokio::test]
async fn marketo_counts_calls_and_pages_lists_to_the_end() {
    let client = Client::new();
    client.call("POST", "/marketo/123-abc-456/_sandbox/seed", "", json!({ "lists": 650 })).await;
    let token = client.marketo().await;
    let token = text(&token, "access_token");
    let mut path = "/marketo/123-abc-456/rest/v1/lists.json?batchSize=300".to_owned();
    let mut seen = 0;
    loop {
        let page = client.call("GET", &path, token, Value::Null).await.body;
        seen += page["result"].as_array().expect("lists").len();
        let Some(next) = page["nextPageToken"].as_str() else { break };
        let next: String = form_encoded(next);
        path =
            format!("/marketo/123-abc-456/rest/v1/lists.json?batchSize=300&nextPageToken={next}");
    }
    assert_eq!(seen, 650);
    let mut codes = Vec::new();
    for _ in 0..100 {
        let got = client
            .call("GET", "/marketo/123-abc-456/rest/v1/leads/describe.json", token, Value::Null)
            .await;
        codes.extend(got.body["errors"][0]["code"].as_str().map(str::to_owned));
    }
    assert_eq!(codes, ["606"; 3], "100 calls in 20 seconds, three of them for lists");
    client.call("POST", "/_sandbox/expire-tokens", "", Value::Null).await;
    let ended = client
        .call("GET", "/marketo/123-abc-456/rest/v1/leads/describe.json", token, Value::Null)
        .await;
    assert_eq!(ended.body["errors"][0]["code"], "602");
}

fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn slack_answers_200_to_failures_and_429_to_haste() {
    let client = Client::new();
    let tokens = client.slack("chat:write,channels:read").await;
    let token = text(&tokens, "access_token");
    let post =
        async |body: Value| client.call("POST", "/slack/api/chat.postMessage", token, body).await;
    for (body, error) in [
        (json!({ "channel": "C0TASKS" }), "no_text"),
        (json!({ "channel": "nowhere", "text": "x" }), "channel_not_found"),
        (json!({ "channel": "C0SECRET", "text": "x" }), "channel_not_found"),
        (json!({ "channel": "C0OLDNEWS", "text": "x" }), "is_archived"),
        (json!({ "channel": "C0TASKS", "blocks": [{ "text": "x" }] }), "invalid_blocks"),
        (json!({ "channel": "C0TASKS", "text": "x".repeat(40_001) }), "msg_too_long"),
    ] {
        let got = post(body).await;
        assert_eq!((got.status, text(&got.body, "error")), (StatusCode::OK, error));
    }
    let posted = post(json!({ "channel": "tasks", "text": "Hi" })).await;
    assert_eq!(posted.body["channel"], "C0TASKS", "{}", posted.body);
    let missing = client.call("GET", "/slack/api/users.list", token, Value::Null).await;
    assert_eq!(
        (text(&missing.body, "error"), text(&missing.body, "needed")),
        ("missing_scope", "users:read")
    );
    let mut hasty = None;
    for _ in 0..60 {
        let got = post(json!({ "channel": "C0TASKS", "text": "Hi" })).await;
        if got.status == StatusCode::TOO_MANY_REQUESTS {
            hasty = Some(got);
            break;
        }
    }
    assert_eq!(hasty.expect("a limit").retry_after.as_deref(), Some("1"));
}

#[tokio::test]
async fn slack_refresh_tokens_are_good_once() {
    let client = Client::new();
    client.call("PUT", "/slack/_sandbox/settings", "", json!({ "rotation": true })).await;
    let tokens = client.slack("chat:write").await;
    assert_eq!(tokens["expires_in"], 43_200);
    let grant =
        [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    let renewed = client.tokens("/slack/api/oauth.v2.access", &grant).await.body;
    assert_ne!(renewed["refresh_token"], tokens["refresh_token"]);
    let reused = client.tokens("/slack/api/oauth.v2.access", &grant).await;
    assert_eq!(
        (reused.status, text(&reused.body, "error")),
        (StatusCode::OK, "invalid_refresh_token")
    );
    // The former access token lives on until its own end.
    let test = client
        .call("GET", "/slack/api/auth.test", text(&tokens, "access_token"), Value::Null)
        .await;
    assert_eq!(test.body["team_id"], "T0ACME");
}

#[tokio::test]
async fn no_consent_page_opens_for_a_stranger_or_with_pkce() {
    let client = Client::new();
    for path in [
        "/slack/oauth/v2/authorize?client_id=other&redirect_uri=https://x.test&scope=chat:write",
        "/slack/oauth/v2/authorize?client_id=portico-demo&redirect_uri=http://evil.test&scope=chat:write",
        "/slack/oauth/v2/authorize?client_id=portico-demo&redirect_uri=https://x.test&scope=chat:write&code_challenge=x",
        "/hubspot/oauth/authorize?client_id=portico-demo&redirect_uri=https://x.test&scope=contacts",
    ] {
        let got = client.call("GET", path, "", Value::Null).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{path}");
    }
}
