//! Tokens: given once, rotated, ended.

use crate::client::{Client, text};
use serde_json::{Value, json};

#[tokio::test]
async fn a_code_is_good_once_for_a_quarter_of_an_hour_with_its_verifier_and_address() {
    let client = Client::new();
    for (key, value, error) in [
        ("code_verifier", "wrong", "invalid_grant"),
        ("code_verifier", "", "invalid_grant"),
        ("redirect_uri", "http://localhost:3000/other", "redirect_uri_mismatch"),
    ] {
        let code = client.code(&[]).await;
        let grant = [("grant_type", "authorization_code"), ("code", &code), (key, value)];
        assert_eq!(client.token(&grant).await.refusal(), (400, error), "{key}={value}");
        assert_eq!(client.exchange(&code).await.refusal(), (400, "invalid_grant"), "used up");
    }
    let code = client.code(&[]).await;
    let done = client.exchange(&code).await.body;
    assert_eq!(done.get("expires_in"), None, "no lifetime is told");
    assert_eq!(text(&done, "instance_url"), "https://acme.my.salesforce.com");
    assert!(done["issued_at"].is_string());
    assert_eq!(client.exchange(&code).await.refusal(), (400, "invalid_grant"), "a replay");
    let late = client.code(&[]).await;
    client.wait(15 * 60).await;
    assert_eq!(client.exchange(&late).await.refusal(), (400, "invalid_grant"));
    for (key, value, error) in [
        ("client_id", "somebody", "invalid_client_id"),
        ("client_secret", "wrong", "invalid_client"),
        ("grant_type", "password", "unsupported_grant_type"),
    ] {
        assert_eq!(client.token(&[(key, value)]).await.refusal(), (400, error));
    }
    let code = client.code(&[("scope", "api")]).await;
    assert_eq!(client.exchange(&code).await.body.get("refresh_token"), None, "not asked for");
}

#[tokio::test]
async fn a_rotated_refresh_token_that_comes_again_ends_the_approval() {
    let client = Client::new();
    let first = client.connect().await;
    let second = client.refresh(text(&first, "refresh_token")).await;
    assert_eq!(second.status, 200);
    assert_ne!(second.body["refresh_token"], first["refresh_token"]);
    let session = text(&first, "access_token");
    assert_eq!(client.get("/limits", session).await.error(), (401, "INVALID_SESSION_ID"));
    assert_eq!(
        client.refresh(text(&first, "refresh_token")).await.refusal(),
        (400, "invalid_grant")
    );
    let newest = text(&second.body, "refresh_token");
    assert_eq!(client.refresh(newest).await.refusal(), (400, "invalid_grant"), "the whole family");
    let session = text(&second.body, "access_token");
    assert_eq!(client.get("/limits", session).await.status, 401);
}

#[tokio::test]
async fn without_rotation_the_refresh_token_stays_and_is_not_told_again() {
    let client = Client::new();
    client.settings(json!({ "rotate_refresh_tokens": false, "access_token_life_s": 60 })).await;
    let first = client.connect().await;
    client.wait(60).await;
    assert_eq!(client.get("/limits", text(&first, "access_token")).await.status, 401);
    for _ in 0..2 {
        let again = client.refresh(text(&first, "refresh_token")).await;
        assert_eq!((again.status, again.body.get("refresh_token")), (200, None));
        assert_eq!(client.get("/limits", text(&again.body, "access_token")).await.status, 200);
    }
}

#[tokio::test]
async fn a_sixth_approval_of_a_user_ends_the_first() {
    let client = Client::new();
    let first = client.connect().await;
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(client.connect().await);
    }
    let session = text(&first, "access_token");
    assert_eq!(client.get("/limits", session).await.status, 200, "five live side by side");
    let grace = client.code(&[("user", "grace@acme.example")]).await;
    assert_eq!(client.exchange(&grace).await.status, 200);
    assert_eq!(client.get("/limits", session).await.status, 200, "somebody else's count for them");
    others.push(client.connect().await);
    assert_eq!(client.get("/limits", session).await.status, 401);
    assert_eq!(
        client.refresh(text(&first, "refresh_token")).await.refusal(),
        (400, "invalid_grant")
    );
    for own in &others {
        assert_eq!(client.get("/limits", text(own, "access_token")).await.status, 200);
    }
}

#[tokio::test]
async fn an_org_that_moves_is_told_of_when_its_token_is_refreshed() {
    let client = Client::new();
    let first = client.connect().await;
    client.settings(json!({ "moved": { "acme": "acme-emea" } })).await;
    let session = text(&first, "access_token");
    assert_eq!(client.get("/limits", session).await.status, 401, "it is not here any more");
    let again = client.refresh(text(&first, "refresh_token")).await.body;
    assert_eq!(text(&again, "instance_url"), "https://acme-emea.my.salesforce.com");
    let there = "/salesforce/acme-emea/services/data/v66.0/limits";
    assert_eq!(client.whole(there, text(&again, "access_token")).await.status, 200);
}

#[tokio::test]
async fn a_token_can_be_asked_about_and_ended() {
    let client = Client::new();
    let tokens = client.connect().await;
    let (session, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let ask = async |token: &str| {
        let form = [
            ("client_id", "portico-demo"),
            ("client_secret", "portico-demo-secret"),
            ("token", token),
        ];
        client.form("/acme/services/oauth2/introspect", &form).await.body
    };
    let told = ask(session).await;
    assert_eq!((&told["active"], &told["username"]), (&json!(true), &json!("ada@acme.example")));
    assert_eq!(
        told["exp"].as_i64().expect("an end") - told["iat"].as_i64().expect("a start"),
        7200
    );
    assert_eq!(ask("nothing").await, json!({ "active": false }));
    let id = text(&tokens, "id").replace("https://login.salesforce.com", "/salesforce/login");
    assert_eq!(client.whole(&id, session).await.body["username"], "ada@acme.example");
    let info = client.whole("/salesforce/acme/services/oauth2/userinfo", session).await.body;
    assert_eq!(info["organization_id"], "00DA00000000001MAA");
    let form = [("token", refresh)];
    assert_eq!(client.form("/login/services/oauth2/revoke", &form).await.status, 200);
    assert_eq!(
        client.form("/login/services/oauth2/revoke", &form).await.refusal(),
        (400, "invalid_token")
    );
    assert_eq!(client.get("/limits", session).await.status, 401, "its sessions went with it");
    let refused = client.whole(&id, session).await;
    assert_eq!((refused.status, refused.text.as_str()), (403, "Bad_OAuth_Token"));
    assert_eq!(client.get("/limits", "").await.body[0].get("fields"), None::<&Value>);
}
