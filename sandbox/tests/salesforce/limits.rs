//! How often, and what happens when things go wrong.

use crate::client::{Client, lead};
use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

#[tokio::test]
async fn every_answer_tells_what_is_used_and_the_day_ends_it() {
    let client = Client::new();
    client.settings(json!({ "daily_calls": 3 })).await;
    let token = client.access().await;
    let first = client.get("/sobjects", &token).await;
    assert_eq!(first.header("sforce-limit-info"), Some("api-usage=1/3"));
    let wrong = client.get("/sobjects/Nope/describe", &token).await;
    assert_eq!(wrong.header("sforce-limit-info"), Some("api-usage=2/3"), "errors count too");
    let told = client.get("/limits", &token).await.body;
    assert_eq!(told["DailyApiRequests"], json!({ "Max": 3, "Remaining": 0 }));
    let refused = client.post("/sobjects/Lead", &token, lead("L")).await;
    assert_eq!(
        (refused.error(), refused.message()),
        ((403, "REQUEST_LIMIT_EXCEEDED"), "TotalRequests Limit exceeded.")
    );
    assert_eq!(refused.header("retry-after"), None);
    client.wait(86_400).await;
    assert_eq!(client.get("/limits", &client.access().await).await.status, 200);
    client.settings(json!({ "long_running_calls": 5 })).await;
    let busy = client.get("/limits", &client.access().await).await;
    assert_eq!(busy.error(), (403, "REQUEST_LIMIT_EXCEEDED"));
    assert!(busy.message().starts_with("ConcurrentRequests"), "{}", busy.message());
}

#[tokio::test]
async fn a_fault_hits_as_often_as_it_was_told() {
    let client = Client::new();
    let token = client.access().await;
    let fault = json!({ "method": "GET", "path_contains": "/limits", "times": 2, "kind": "html", "status": 503 });
    assert_eq!(client.knob("POST", "/_sandbox/faults", fault).await.status, 201);
    for expected in [503, 503, 200] {
        assert_eq!(client.get("/limits", &token).await.status, expected);
    }
}

#[tokio::test]
async fn a_call_needs_a_version_a_session_of_the_org_and_json() {
    let client = Client::new();
    let token = client.access().await;
    assert_eq!(
        client.whole("/salesforce/acme/services/data/v12.0/limits", &token).await.error(),
        (404, "NOT_FOUND")
    );
    assert_eq!(
        client.whole("/salesforce/globex/services/data/v66.0/limits", &token).await.error(),
        (401, "INVALID_SESSION_ID")
    );
    let weak = client.code(&[("scope", "openid")]).await;
    let weak =
        client.exchange(&weak).await.body["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(client.get("/limits", &weak).await.error(), (403, "INVALID_SESSION_ID"));
    let form = Request::post("/salesforce/acme/services/data/v66.0/sobjects/Lead")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("LastName=L"))
        .expect("a request");
    assert_eq!(client.send(form).await.error(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    client.post("/sobjects/Lead", &token, lead("Lovelace")).await;
    let kept = client.whole("/_sandbox/records/acme/Lead", "").await.body;
    assert_eq!(
        kept[0]["fields"],
        lead("Lovelace"),
        "what was written, and nothing that was filled in"
    );
    assert_eq!(client.knob("POST", "/_sandbox/revoke-tokens", Value::Null).await.status, 204);
    assert_eq!(client.get("/limits", &token).await.status, 401);
}
