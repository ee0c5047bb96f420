//! From the consent page to tokens, and to their end.

use crate::client::{Client, text};
use serde_json::{Value, json};

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn codes_are_good_once_in_time_and_with_their_verifier() {
    let client = Client::new();
    let pkce =
        [("scope", "oauth"), ("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
    let code = client.code(&pkce).await;
    let ask = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let with = |key: &'static str, value: &'static str| [ask[0], ask[1], (key, value)];
    for (form, status) in [
        (with("client_id", "other"), "BAD_CLIENT_ID"),
        (with("client_secret", "other"), "BAD_CLIENT_SECRET"),
        (with("redirect_uri", "https://x.test"), "MISMATCH_REDIRECT_URI_AUTH_CODE"),
        (with("code_verifier", "wrong"), "BAD_AUTH_CODE"),
        ([ask[1], ("grant_type", "password"), ("x", "")], "BAD_GRANT_TYPE"),
    ] {
        let got = client.token("2026-03", &form).await;
        assert_eq!((got.status, text(&got.body, "status")), (400, status));
    }
    let got = client.token("v3", &with("code_verifier", VERIFIER)).await;
    assert_eq!(got.body["expires_in"], 1800, "{}", got.text);
    assert_eq!((&got.body["hub_id"], &got.body["scopes"]), (&json!(62515), &json!(["oauth"])));
    assert!(text(&got.body, "access_token").len() > 200, "they are long");
    let again = client.token("v3", &with("code_verifier", VERIFIER)).await;
    assert_eq!(text(&again.body, "status"), "BAD_AUTH_CODE");
    let late = client.code(&[("scope", "oauth")]).await;
    client.wait(31).await;
    assert_eq!(text(&client.exchange("v3", &late).await.body, "status"), "EXPIRED_AUTH_CODE");
    let old = client.code(&[("scope", "oauth")]).await;
    let old = client.exchange("v1", &old).await.body;
    assert_eq!(old.as_object().expect("an object").len(), 4, "the old endpoint says less: {old}");
    // A form, never the query and never JSON.
    let query = "/oauth/2026-03/token?grant_type=refresh_token&client_id=portico-demo";
    assert_eq!(text(&client.form(query, &[]).await.body, "status"), "BAD_CLIENT_ID");
    assert_eq!(client.post("/oauth/2026-03/token", "", json!({})).await.status, 415);
    assert_eq!(client.form("/oauth/v2/token", &[]).await.status, 404);
}

#[tokio::test]
async fn a_person_decides_which_account_and_what_it_cannot_grant_is_not() {
    let client = Client::new();
    let page = "/oauth/authorize?client_id=portico-demo&redirect_uri=https://x.test&state=s";
    let shown = client.get(&format!("{page}&scope=oauth&optional_scope=tickets"), "").await;
    assert_eq!(shown.status, 200);
    for part in ["62515", "62777", "<li>tickets</li>", "name=\"optional_scope\""] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    client.settings(json!({ "required_scopes": ["oauth", "tickets"] })).await;
    let mismatch = client.get(&format!("{page}&scope=oauth"), "").await;
    assert_eq!(mismatch.status, 400);
    assert!(mismatch.text.contains("mismatch between the scopes"), "{}", mismatch.text);
    assert_eq!(client.get(&format!("{page}&scope=tickets%20oauth"), "").await.status, 200);
    client.settings(json!({})).await;
    let plain = format!("{page}&scope=oauth&code_challenge=x&code_challenge_method=plain");
    assert_eq!(client.get(&plain, "").await.status, 400);
    let custom = ("optional_scope", "crm.objects.custom.read tickets");
    let globex = ("portal", "62777");
    let form = [globex, ("decision", "allow"), ("scope", "oauth"), custom];
    let to = client.decide(&form).await;
    let to = to.header("location").expect("a redirect").to_owned();
    assert!(!to.contains("state"), "installed from the marketplace: {to}");
    let code = to.split("code=").nth(1).expect("a code");
    let tokens = client.exchange("2026-03", code).await.body;
    assert_eq!(
        (&tokens["hub_id"], &tokens["scopes"]),
        (&json!(62777), &json!(["oauth", "tickets"]))
    );
    let lacking = [globex, ("decision", "allow"), ("scope", "oauth crm.objects.custom.read")];
    assert_eq!(client.decide(&lacking).await.status, 400);
    let no = [globex, ("decision", "cancel"), ("scope", "oauth"), ("state", "s")];
    let no = client.decide(&no).await;
    assert_eq!(
        no.header("location"),
        Some(
            "http://localhost:3000/oauth/p/hubspot?error=access_denied&error_description=user+denied+access&state=s"
        )
    );
}

#[tokio::test]
async fn tokens_tell_whose_they_are_until_they_end() {
    let client = Client::new();
    let tokens = client.connect("oauth").await;
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let about = async |token: &str| {
        let form = [
            ("token", token),
            ("client_id", "portico-demo"),
            ("client_secret", "portico-demo-secret"),
        ];
        client.form("/oauth/2026-03/token/introspect", &form).await.body
    };
    let told = about(access).await;
    assert_eq!(
        (text(&told, "user"), text(&told, "hub_domain"), text(&told, "token_use")),
        ("ada@acme.example", "acme.example", "access_token")
    );
    assert_eq!(text(&about(refresh).await, "token_use"), "refresh_token");
    let old = client.get(&format!("/oauth/v1/access-tokens/{access}"), "").await;
    assert_eq!(text(&old.body, "user"), "ada@acme.example");
    // Refreshing leaves the former token be; several live at once.
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let renewed = client.token("2026-03", &grant).await.body;
    assert_eq!(text(&renewed, "refresh_token"), refresh);
    let second = text(&renewed, "access_token");
    let details = "/account-info/2026-03/details";
    for token in [access, second] {
        assert_eq!(client.get(details, token).await.body["portalId"], 62515);
    }
    client.wait(1800).await;
    let ended = client.get(details, second).await;
    assert_eq!(ended.error(), (401, "EXPIRED_AUTHENTICATION"));
    assert_eq!(about(second).await, json!({ "active": false }));
    assert_eq!(client.get(details, "nobody").await.error(), (401, "INVALID_AUTHENTICATION"));
    // Another connection of the account lives on when one is revoked, and ends with the installation.
    let other = client.connect("oauth").await;
    let revoke = "/oauth/2026-03/token/revoke";
    let nobody = client.form(revoke, &[("token", refresh)]).await;
    assert_eq!((nobody.status, text(&nobody.body, "status")), (400, "BAD_CLIENT_ID"));
    let own = [
        ("token", refresh),
        ("client_id", "portico-demo"),
        ("client_secret", "portico-demo-secret"),
    ];
    assert_eq!(client.form(revoke, &own).await.status, 204);
    let dead = client.token("2026-03", &grant).await;
    assert_eq!((dead.status, text(&dead.body, "status")), (400, "BAD_REFRESH_TOKEN"));
    let other = text(&other, "access_token");
    let uninstall = "/appinstalls/2026-03/external-install";
    assert_eq!(client.call("DELETE", uninstall, other, Value::Null).await.status, 204);
    assert_eq!(client.get(details, other).await.error(), (401, "INVALID_AUTHENTICATION"));
}
