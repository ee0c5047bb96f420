//! Connecting: a flow is finished in the browser that began it, or not at all.

use crate::harness::{HOST, World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};

async fn accounts(world: &World, user: &str) -> usize {
    let me = world.sdk(user, "GET", "/me", Value::Null).await.json();
    me["integrations"]["salesforce"]["allCredentials"].as_array().map_or(0, Vec::len)
}

async fn status(world: &World, user: &str, id: &str) -> Value {
    world.sdk(user, "GET", &format!("/authorizations/{id}"), Value::Null).await.json()
}

#[tokio::test]
async fn a_person_connects_an_account() {
    on_each_database(async |world: World| {
        let id = world.connect("ada").await;
        assert_eq!(status(&world, "ada", &id).await["status"], "connected");
        assert_eq!(accounts(&world, "ada").await, 1);
        let other = world.sdk("grace", "GET", &format!("/authorizations/{id}"), Value::Null).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "another user's flow is nobody's business");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_comes_twice_at_once_is_one() {
    on_each_database(async |world: World| {
        let mut flows = Vec::new();
        for _ in 0..4 {
            let (_, location, cookie) = world.begin("ada").await;
            flows.push((world.allow(&location).await, cookie));
        }
        let all = flows.iter().map(|(back, cookie)| world.callback(back, Some(cookie)));
        for done in futures::future::join_all(all).await {
            assert!(done.text.contains("is connected"), "{}", done.text);
        }
        assert_eq!(accounts(&world, "ada").await, 1);
        world.switch_on("ada").await;
        let accepted = world.lead_created("ada", "Lovelace").await.json();
        assert_eq!(accepted["executions"].as_array().map(Vec::len), Some(1), "{accepted}");
    })
    .await;
}

#[tokio::test]
async fn forwarded_addresses_connect_nothing() {
    on_each_database(async |world: World| {
        // The provider's address, opened in another browser: it comes back without the cookie.
        let (id, location, _) = world.begin("mallory").await;
        let back = world.allow(&location).await;
        assert_eq!(world.callback(&back, None).await.status, StatusCode::BAD_REQUEST);
        // The callback's address, with the cookie of another flow.
        let (_, _, other) = world.begin("mallory").await;
        assert_eq!(world.callback(&back, Some(&other)).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(status(&world, "mallory", &id).await["status"], "pending");
        assert_eq!(accounts(&world, "mallory").await, 0);
        let tokens = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.text;
        assert!(!tokens.contains("/oauth2/token"), "checked before the token request: {tokens}");
        // The popup's address does nothing by itself, and a ticket is good once.
        let window = world
            .send(Request::get("/connect/window").body(Body::empty()).expect("a request"))
            .await;
        assert!(window.headers.get(header::SET_COOKIE).is_none());
        let begun = world
            .sdk("mallory", "POST", "/authorizations", json!({ "integration": "salesforce" }))
            .await
            .json();
        let ticket = begun["ticket"].as_str().expect("a ticket");
        assert_eq!(world.start(ticket).await.status, StatusCode::SEE_OTHER);
        assert_ne!(world.start(ticket).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn a_ticket_comes_from_our_own_pages_only() {
    on_each_database(async |world: World| {
        let request = Request::post("/connect/start")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(Body::from("ticket=x"))
            .expect("a request");
        assert_eq!(world.send(request).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a_no_is_told_in_words() {
    on_each_database(async |world: World| {
        let (id, location, cookie) = world.begin("ada").await;
        let back = world.decide(&location, "deny").await;
        let shown = world.callback(&back, Some(&cookie)).await;
        assert!(shown.text.contains("Nothing was connected"), "{}", shown.text);
        assert_eq!(status(&world, "ada", &id).await["status"], "denied");
        assert_eq!(world.callback(&back, Some(&cookie)).await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn a_flow_ends_by_itself() {
    on_each_database(async |world: World| {
        let (id, location, cookie) = world.begin("ada").await;
        let back = world.allow(&location).await;
        world.clock.advance(601);
        assert_eq!(world.callback(&back, Some(&cookie)).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(status(&world, "ada", &id).await["status"], "expired");
    })
    .await;
}

#[tokio::test]
async fn a_forwarded_portal_is_no_portal() {
    on_each_database(async |world: World| {
        let body = json!({ "integration": "salesforce" });
        let made = world.sdk("mallory", "POST", "/portal-sessions", body).await.json();
        let url = url::Url::parse(made["url"].as_str().expect("a URL")).expect("a URL");
        let open = async |place: &str| {
            let request = Request::get(url.path()).header("sec-fetch-dest", place);
            world.send(request.body(Body::empty()).expect("a request")).await
        };
        // A link that leads here, a window that somebody opened here, a prefetch of either.
        for place in ["document", "empty", "object", "embed", "frame"] {
            let page = open(place).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{place}: {}", page.text);
            assert!(page.text.contains("Open this from your app"), "{}", page.text);
            assert!(!page.text.contains("session_token"), "{place}");
        }
        let framed = open("iframe").await;
        assert_eq!(framed.status, StatusCode::OK, "its own page can still open it");
        // Browsers that do not say where they show it: the page looks around before it comes to life.
        assert!(framed.text.contains("if(parent===window)"), "{}", framed.text);
    })
    .await;
}

#[tokio::test]
async fn a_portal_opens_once_and_only_in_its_page() {
    on_each_database(async |world: World| {
        let made = world
            .sdk("ada", "POST", "/portal-sessions", json!({ "integration": "salesforce" }))
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let made = made.json();
        let url = url::Url::parse(made["url"].as_str().expect("a URL")).expect("a URL");
        let open = async || {
            let request = Request::get(url.path()).body(Body::empty()).expect("a request");
            world.send(request).await
        };
        let page = open().await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains(&format!("frame-ancestors {HOST}")), "{policy}");
        assert!(page.text.contains("Connect Salesforce"), "{}", page.text);
        assert_eq!(open().await.status, StatusCode::GONE, "a reload finds a burned ticket");
        let token = page.text.split("\"session_token\":\"").nth(1).expect("a token");
        let token = token.split('"').next().expect("a token");
        let call = |site: &'static str, token: String| {
            Request::post("/_fn/portal/authorizations")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, format!("Bearer {token}"))
                .header("sec-fetch-site", site)
                .body(Body::from(r#"{"integration":"salesforce"}"#))
                .expect("a request")
        };
        let token = token.to_owned();
        assert_eq!(
            world.send(call("same-origin", token.clone())).await.status,
            StatusCode::CREATED
        );
        assert_eq!(
            world.send(call("cross-site", token.clone())).await.status,
            StatusCode::FORBIDDEN
        );
        let stranger = world.send(call("same-origin", "nobody".to_owned())).await;
        assert_eq!(stranger.json()["code"], "portal_session_expired");
        world.clock.advance(31 * 60);
        let idle = world.send(call("same-origin", token)).await;
        assert_eq!(idle.json()["code"], "portal_session_expired");
    })
    .await;
}

#[tokio::test]
async fn a_portal_needs_an_allowed_origin() {
    on_each_database(async |world: World| {
        let request = Request::post(format!("/projects/{}/sdk/portal-sessions", world.project))
            .header(header::AUTHORIZATION, format!("Bearer {}", world.token("ada")))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, "https://evil.example")
            .body(Body::from(r#"{"integration":"salesforce"}"#))
            .expect("a request");
        let refused = world.send(request).await;
        assert_eq!(refused.json()["code"], "origin_not_allowed");
        assert!(refused.headers.get(header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none());
    })
    .await;
}
