//! Consent, codes, tokens and how they end.

use super::client::{ADA, Client, REDIRECT, hi, text};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

#[tokio::test]
async fn a_person_chooses_a_workspace_and_says_yes_or_no() {
    let client = Client::new();
    let ask = |more: &str| {
        format!("/slack/oauth/v2/authorize?client_id=portico-demo&redirect_uri={REDIRECT}{more}")
    };
    let page = client.page(&ask("&scope=chat:write&user_scope=search:read&team=T0GLOBEX")).await;
    assert_eq!(page.status, StatusCode::OK);
    let first = page.text.find("Globex (globex.slack.com), Ada Lovelace").expect("Globex");
    assert!(first < page.text.find("Acme (acme.slack.com), Grace Hopper").expect("Acme"));
    assert!(page.text.contains("search:read (as you)"));
    for wrong in ["", "&scope=chat:shout", "&user_scope=chat:write.public"] {
        let refused = client.page(&ask(wrong)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(refused.text.contains("invalid_scope"));
    }
    let to = client.decide("T0ACME", ("chat:write", ""), "cancel").await;
    assert_eq!(to.query(), Some("error=access_denied&state=s"));

    let body = client
        .install("T0GLOBEX:U1000001", ("chat:write channels:read", "search:read,chat:write"))
        .await;
    assert_eq!(body["team"], json!({ "id": "T0GLOBEX", "name": "Globex" }));
    assert_eq!(
        (text(&body, "token_type"), text(&body, "scope")),
        ("bot", "chat:write,channels:read")
    );
    assert!(text(&body, "access_token").starts_with("xoxb-"));
    let person = &body["authed_user"];
    assert_eq!((text(person, "id"), text(person, "scope")), ("U1000001", "search:read,chat:write"));
    assert!(text(person, "access_token").starts_with("xoxp-"));
    assert_eq!((body.get("expires_in"), body.get("refresh_token")), (None, None));
    let alone = client.install("T0ACME", ("", "search:read")).await;
    assert_eq!(alone.get("access_token"), None, "a user's install has no bot");
}

#[tokio::test]
async fn a_code_is_good_once_and_for_ten_minutes() {
    let client = Client::new();
    let code = client.code("T0ACME", ("chat:write", "")).await;
    let form = |code: &str, redirect: &str| {
        [("code", code), ("redirect_uri", redirect)].map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    let ask = async |code: &str, redirect: &str| {
        let form = form(code, redirect);
        let form: Vec<_> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let got = client.tokens(&form).await;
        assert_eq!(got.status, StatusCode::OK);
        got
    };
    assert_eq!(ask("nothing", REDIRECT).await.error(), "invalid_code");
    assert_eq!(ask(&code, "http://localhost:3000/other").await.error(), "bad_redirect_uri");
    assert_eq!(ask(&code, REDIRECT).await.body["ok"], true);
    assert_eq!(ask(&code, REDIRECT).await.error(), "code_already_used");
    let late = client.code("T0ACME", ("chat:write", "")).await;
    client.wait(601).await;
    assert_eq!(ask(&late, REDIRECT).await.error(), "invalid_code");

    let path = "/slack/api/oauth.v2.access";
    for (id, secret, error) in [
        ("other", "portico-demo-secret", "invalid_client_id"),
        ("portico-demo", "x", "bad_client_secret"),
    ] {
        let got = client.form(path, &[("client_id", id), ("client_secret", secret)]).await;
        assert_eq!(got.error(), error);
    }
    assert_eq!(client.tokens(&[("grant_type", "password")]).await.error(), "invalid_grant_type");
    // Id and secret may come as HTTP Basic.
    let code = client.code("T0ACME", ("chat:write", "")).await;
    let body = Serializer::new(String::new())
        .extend_pairs([("code", code.as_str()), ("redirect_uri", REDIRECT)])
        .finish();
    let request = Request::post(path)
        .header(header::AUTHORIZATION, "Basic cG9ydGljby1kZW1vOnBvcnRpY28tZGVtby1zZWNyZXQ=")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    let got = client.send(request.expect("a request")).await;
    assert_eq!(got.body["ok"], true, "{}", got.body);
}

#[tokio::test]
async fn reinstalling_returns_the_same_bot_with_more_scopes() {
    let client = Client::new();
    let first = client.install("T0ACME", ("chat:write,team:read", "")).await;
    let again = client.install("T0ACME:U0000001", ("users:read,chat:write", "")).await;
    assert_eq!(again["access_token"], first["access_token"]);
    assert_eq!(text(&again, "scope"), "chat:write,team:read,users:read");
    let token = text(&first, "access_token");
    let test = client.call("auth.test", token, json!({})).await;
    assert_eq!(test.body["url"], "https://acme.slack.com/");
    assert_eq!((text(&test.body, "team_id"), text(&test.body, "bot_id")), ("T0ACME", "B0PORTICO"));
    assert_eq!(test.body["user_id"], first["bot_user_id"]);
    assert_eq!(test.header("x-oauth-scopes"), "chat:write,team:read,users:read");
    let team = client.read("team.info", token, &[]).await;
    assert_eq!(team.body["team"]["domain"], "acme", "{}", team.body);
    // One token for all who connected this workspace: ending it ends theirs.
    let tried = client.read("auth.revoke", token, &[("test", "true")]).await;
    assert_eq!(tried.body, json!({ "ok": true, "revoked": false }));
    let revoked = client.read("auth.revoke", token, &[]).await;
    assert_eq!(revoked.body, json!({ "ok": true, "revoked": true }));
    assert_eq!(client.call("auth.test", token, json!({})).await.error(), "token_revoked");
    let new = client.install("T0ACME", ("chat:write", "")).await;
    assert_ne!(new["access_token"], first["access_token"]);
}

#[tokio::test]
async fn rotating_tokens_end_after_twelve_hours_and_refresh_once() {
    let client = Client::new();
    client.knob("PUT", "/slack/_sandbox/settings", json!({ "rotation": true })).await;
    let first = client.install("T0ACME", ("chat:write", "search:read")).await;
    assert_eq!(first["expires_in"], 43_200);
    assert!(text(&first, "access_token").starts_with("xoxe.xoxb-1-"));
    assert!(text(&first, "refresh_token").starts_with("xoxe-1-"));
    assert!(text(&first["authed_user"], "access_token").starts_with("xoxe.xoxp-1-"));
    client.wait(43_201).await;
    let old = text(&first, "access_token");
    assert_eq!(client.call("auth.test", old, json!({})).await.error(), "token_expired");

    let second = client.refresh(text(&first, "refresh_token")).await.body;
    assert_eq!((text(&second, "token_type"), text(&second, "bot_user_id")), ("bot", "U0ACMEBOT"));
    let reused = client.refresh(text(&first, "refresh_token")).await;
    assert_eq!((reused.status, reused.error()), (StatusCode::OK, "invalid_refresh_token"));
    let token = text(&second, "access_token");
    assert_eq!(client.call("auth.test", token, json!({})).await.body["ok"], true);
    // The person's token renews by itself.
    let own = client.refresh(text(&first["authed_user"], "refresh_token")).await.body;
    assert_eq!((text(&own, "token_type"), text(&own, "scope")), ("user", "search:read"));

    // Two are active at a time: the third ends the first.
    let third = client.refresh(text(&second, "refresh_token")).await.body;
    assert_eq!(client.call("auth.test", token, json!({})).await.body["ok"], true);
    let fourth = client.refresh(text(&third, "refresh_token")).await.body;
    assert_eq!(client.call("auth.test", token, json!({})).await.error(), "token_revoked");
    client.knob("POST", "/_sandbox/expire-tokens", Value::Null).await;
    let newest = text(&fourth, "access_token");
    assert_eq!(client.call("auth.test", newest, json!({})).await.error(), "token_expired");
    client.knob("POST", "/_sandbox/revoke-tokens", Value::Null).await;
    assert_eq!(client.call("auth.test", newest, json!({})).await.error(), "token_revoked");
    let dead = client.refresh(text(&fourth, "refresh_token")).await;
    assert_eq!(dead.error(), "invalid_refresh_token");
}

#[tokio::test]
async fn a_token_is_judged_before_the_call() {
    let client = Client::new();
    let token = client.bot("chat:write").await;
    let post = async |token: &str| client.call("chat.postMessage", token, hi("C0TASKS")).await;
    assert_eq!(post("").await.error(), "not_authed");
    assert_eq!(post("xoxb-nobody").await.error(), "invalid_auth");
    let in_query = client.page(&format!("/slack/api/auth.test?token={token}")).await;
    assert_eq!(in_query.error(), "not_authed", "tokens do not belong into addresses");
    let in_form = client.form("/slack/api/auth.test", &[("token", &token)]).await;
    assert_eq!(in_form.body["ok"], true);
    let missing = client.read("users.list", &token, &[]).await;
    assert_eq!(
        missing.body,
        json!({ "ok": false, "error": "missing_scope", "needed": "users:read", "provided": "chat:write" })
    );
    assert_eq!(missing.header("x-accepted-oauth-scopes"), "users:read");
    assert_eq!(client.read("users.everything", &token, &[]).await.error(), "unknown_method");

    let ada = client.user("T0ACME", "search:read").await;
    client.knob("POST", "/slack/_sandbox/deactivate", json!({ "user": ADA })).await;
    assert_eq!(client.call("auth.test", &ada, json!({})).await.error(), "account_inactive");
    let keys = [("client_id", "portico-demo"), ("client_secret", "portico-demo-secret")];
    assert_eq!(client.read("apps.uninstall", &token, &[]).await.error(), "invalid_client_id");
    assert_eq!(client.read("apps.uninstall", &token, &keys).await.body["ok"], true);
    assert_eq!(post(&token).await.error(), "account_inactive");
}
