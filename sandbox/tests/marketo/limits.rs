//! How much is served, and what a person sees of it.

use crate::client::{AT, Client, code};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn calls_are_counted_per_20_seconds_and_per_day() {
    let mut client = Client::new().await;
    for _ in 0..100 {
        assert_eq!(client.get("/rest/v1/leads/describe.json").await["success"], true);
    }
    let hasty = client.get("/rest/v1/leads/describe.json").await;
    assert_eq!(code(&hasty), "606");
    assert_eq!(hasty["errors"][0]["message"], "Max rate limit '100' exceeded with in '20' secs");
    // A token is not a call.
    client.renew().await;
    client.send("POST", "/_sandbox/clock", json!({ "advance_s": 20 })).await;
    let usage = client.get("/rest/v1/stats/usage.json").await;
    assert_eq!(usage["result"][0]["users"][0]["userId"], "api@acme.example");
    let few = json!({ "daily_calls": 1 });
    client.send("PUT", &format!("{AT}/_sandbox/settings"), few).await;
    assert_eq!(code(&client.get("/rest/v1/lists.json").await), "607");
    client.send("POST", "/_sandbox/clock", json!({ "advance_s": 86_400 })).await;
    client.renew().await;
    assert_eq!(client.get("/rest/v1/lists.json").await["success"], true, "a new day");
    assert_eq!(code(&client.get("/rest/v1/lists.json").await), "607");
}

#[tokio::test]
async fn ten_calls_are_served_at_a_time() {
    let client = Client::new().await;
    let slow = json!({ "path_contains": "/rest/", "times": 10, "kind": "delay", "ms": 1 });
    client.send("POST", "/_sandbox/faults", slow).await;
    let calls = (0..11).map(|_| client.get("/rest/v1/lists.json?batchSize=1"));
    let answers = futures::future::join_all(calls).await;
    let refused: Vec<_> = answers.iter().filter(|own| own["success"] == false).collect();
    assert_eq!(refused.len(), 1, "the eleventh");
    assert_eq!(code(refused[0]), "615");
    assert_eq!(client.get("/rest/v1/lists.json").await["success"], true);
}

#[tokio::test]
async fn an_error_of_the_catalogue_can_be_ordered() {
    let client = Client::new().await;
    let body = json!({ "requestId": "x#1", "success": false, "errors": [{ "code": "611", "message": "System error" }] });
    let fault = json!({ "path_contains": "/rest/", "kind": "status", "status": 200, "body": body });
    client.send("POST", "/_sandbox/faults", fault).await;
    assert_eq!(code(&client.get("/rest/v1/lists.json").await), "611");
    assert_eq!(client.get("/rest/v1/lists.json").await["success"], true);
}

#[tokio::test]
async fn people_see_leads_and_nothing_runs_in_their_names() {
    let client = Client::new().await;
    let lead = json!({ "email": "a@b.example", "firstName": "<b>Bold", "lastName": "\"&" });
    client.lead(lead).await;
    client.call("POST", "/rest/v1/lists/1320/leads.json?id=1", Value::Null).await;
    for (path, seen) in [
        ("/", "/marketo/123-abc-456/leads"),
        ("/marketo/123-abc-456/leads", "&lt;b&gt;Bold"),
        ("/marketo/123-abc-456/lists", "/lists/1320"),
        ("/marketo/123-abc-456/lists/1320", "&quot;&amp;"),
    ] {
        let (status, page) = client.send("GET", path, Value::Null).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains(seen) && !page.contains("<b>Bold"), "{path}: {page}");
    }
    let path = format!("{AT}/lists/7");
    let (status, _) = client.send("GET", &path, Value::Null).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
