//! Signing in and saying yes, or not.

use crate::client::{Client, REDIRECT, text};
use serde_json::json;

#[tokio::test]
async fn what_cannot_be_granted_is_told_to_the_app_on_its_way_back() {
    let client = Client::new();
    for (key, value, error) in [
        ("decision", "deny", "access_denied"),
        ("scope", "api everything", "invalid_scope"),
        ("response_type", "token", "unsupported_response_type"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let got = client.decide("login", &[(key, value)]).await;
        assert_eq!(got.parameter("error").as_deref(), Some(error), "{key}={value}");
        assert_eq!(got.parameter("state").as_deref(), Some("s"));
        assert_eq!(got.parameter("code"), None);
    }
    for (key, value) in [("client_id", "somebody"), ("redirect_uri", "http://elsewhere.example/")] {
        let got = client.decide("login", &[(key, value)]).await;
        assert_eq!(
            (got.status, got.header("location")),
            (400, None),
            "nowhere safe to redirect to"
        );
    }
    let plain = client.decide("login", &[("code_challenge_method", "")]).await;
    assert!(plain.parameter("code").is_some(), "there is one method only; it may be left out");
    client.settings(json!({ "app_blocked": true })).await;
    let blocked = client.decide("login", &[]).await;
    assert_eq!(blocked.parameter("error").as_deref(), Some("OAUTH_APP_BLOCKED"));
    client.settings(json!({ "app_installed": false })).await;
    let missing = client.decide("login", &[]).await;
    assert_eq!(missing.parameter("error").as_deref(), Some("OAUTH_APPROVAL_ERROR_GENERIC"));
}

#[tokio::test]
async fn an_org_signs_in_at_its_own_domain_too() {
    let client = Client::new();
    let asked = |host: &str| {
        format!(
            "/salesforce/{host}/services/oauth2/authorize?response_type=code&client_id=portico-demo&redirect_uri={REDIRECT}&scope=api&code_challenge=x&code_challenge_method=S256"
        )
    };
    for (host, there, elsewhere) in [
        ("login", "linus@globex.example", "ada@acme.example.dev"),
        ("test", "ada@acme.example.dev", "linus@globex.example"),
        ("acme", "grace@acme.example", "linus@globex.example"),
        ("globex", "linus@globex.example", "grace@acme.example"),
        ("acme--dev", "ada@acme.example.dev", "grace@acme.example"),
    ] {
        let page = client.whole(&asked(host), "").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(&format!("value=\"{there}\"")), "{host}");
        assert!(!page.text.contains(&format!("value=\"{elsewhere}\"")), "{host}");
        let wrong = client.decide(host, &[("user", elsewhere)]).await;
        assert_eq!(wrong.parameter("error").as_deref(), Some("access_denied"), "{host}");
    }
    assert_eq!(client.whole(&asked("nowhere"), "").await.status, 404);
    let got = client.decide("acme", &[]).await;
    let code = got.parameter("code").expect("a code");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT),
        ("client_id", "portico-demo"),
        ("client_secret", "portico-demo-secret"),
        ("code_verifier", crate::client::VERIFIER),
    ];
    let tokens = client.form("/acme/services/oauth2/token", &form).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text);
    assert_eq!(client.get("/limits", text(&tokens.body, "access_token")).await.status, 200);
}
