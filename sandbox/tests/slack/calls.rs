//! How calls are made: how fast, and in which form.

use super::client::{ADA, Client, Got, hi, list, text};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

/// Asks again and again: how often it went well, and the first answer that says to wait.
async fn until_429(ask: impl AsyncFn() -> Got) -> (usize, Got) {
    for count in 0..1000 {
        let got = ask().await;
        if got.status == StatusCode::TOO_MANY_REQUESTS {
            return (count, got);
        }
        assert_eq!(got.body["ok"], true, "{}", got.body);
    }
    panic!("no limit");
}

#[tokio::test]
async fn haste_is_answered_with_429_and_how_long_to_wait() {
    let client = Client::new();
    let strict = json!({ "message_burst": 1, "call_burst_minutes": 1 });
    client.knob("PUT", "/slack/_sandbox/settings", strict).await;
    let token = client.bot("chat:write,users:read").await;
    let post = async |channel: &str| client.call("chat.postMessage", &token, hi(channel)).await;
    let (posted, hasty) = until_429(async || post("C0TASKS").await).await;
    assert!(posted >= 1);
    assert_eq!((hasty.header("retry-after"), hasty.error()), ("1", "ratelimited"));
    assert_eq!(post("C0LEADS").await.status, StatusCode::OK, "each channel for itself");
    client.wait(1).await;
    assert_eq!(post("C0TASKS").await.status, StatusCode::OK);

    // Tier 2: twenty a minute, then one in three seconds.
    let (listed, hasty) = until_429(async || client.read("users.list", &token, &[]).await).await;
    assert!(listed >= 20, "{listed}");
    assert!(matches!(hasty.header("retry-after"), "1" | "2" | "3"));
    let other = client.read("users.info", &token, &[("user", ADA)]).await;
    assert_eq!(other.status, StatusCode::OK, "each method for itself");
    client.wait(3).await;
    assert_eq!(client.read("users.list", &token, &[]).await.status, StatusCode::OK);
    // A fault knob answers as it was told, whatever the limits say.
    let fault = json!({ "path_contains": "users.info", "kind": "status", "status": 429,
        "body": { "ok": false, "error": "ratelimited" }, "retry_after": 30 });
    let request =
        Request::post("/_sandbox/faults").header(header::CONTENT_TYPE, "application/json");
    let made = client.send(request.body(Body::from(fault.to_string())).expect("a request")).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let got = client.read("users.info", &token, &[("user", ADA)]).await;
    assert_eq!((got.status.as_u16(), got.header("retry-after")), (429, "30"));
}

#[tokio::test]
async fn histories_of_unlisted_apps_come_once_a_minute() {
    let client = Client::new();
    let knobs = json!({ "unlisted": true, "call_burst_minutes": 1, "message_burst": 50 });
    client.knob("PUT", "/slack/_sandbox/settings", knobs).await;
    let token = client.bot("chat:write,channels:history").await;
    for _ in 0..20 {
        client.call("chat.postMessage", &token, hi("C0TASKS")).await;
    }
    let tasks = [("channel", "C0TASKS"), ("limit", "100")];
    let first = client.read("conversations.history", &token, &tasks).await;
    assert_eq!(list(&first.body, "messages").len(), 15);
    let second = client.read("conversations.history", &token, &tasks).await;
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = second.header("retry-after").parse().expect("seconds");
    assert!((30..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn bodies_are_read_as_what_they_say_they_are() {
    let client = Client::new();
    let token = client.bot("chat:write,users:read").await;
    let post = async |kind: &str, body: &str| {
        client.raw("/slack/api/chat.postMessage", &token, kind, body.to_owned()).await
    };
    let json = r#"{"channel":"C0TASKS","text":"Hi"}"#;
    let form = "channel=C0TASKS&text=Hi";
    let warned = post("application/json", json).await.body;
    assert_eq!((&warned["ok"], text(&warned, "warning")), (&json!(true), "missing_charset"));
    assert_eq!(warned["response_metadata"]["warnings"], json!(["missing_charset"]));
    assert_eq!(post("application/json; charset=utf-8", json).await.body.get("warning"), None);
    let superfluous = post("application/x-www-form-urlencoded; charset=utf-8", form).await.body;
    assert_eq!(text(&superfluous, "warning"), "superfluous_charset");
    for (kind, body, error) in [
        ("application/json; charset=utf-8", "{", "invalid_json"),
        ("application/json; charset=utf-8", "[]", "json_not_object"),
        ("application/json; charset=latin-9", json, "invalid_charset"),
        ("text/csv", form, "invalid_post_type"),
    ] {
        assert_eq!(post(kind, body).await.error(), error);
    }
    // Methods that read take no JSON: what it says is not seen.
    let unseen = client.call("users.info", &token, json!({ "user": ADA })).await;
    assert_eq!(unseen.error(), "invalid_arguments");
    assert_eq!(
        unseen.body["response_metadata"]["messages"],
        json!(["[ERROR] missing required field: user"])
    );
    let path = "/slack/api/users.info";
    let seen = client.form(path, &[("user", ADA), ("token", &token)]).await;
    assert_eq!(seen.body["user"]["name"], "ada.lovelace");
    assert_eq!(seen.header("content-type"), "application/json; charset=utf-8");
}
