//! How much is served, and what a person sees of it.

use crate::client::{ALL, CONTACTS, Client, contact};
use serde_json::{Value, json};

const DETAILS: &str = "/account-info/2026-03/details";

#[tokio::test]
async fn an_account_has_110_calls_in_ten_seconds_and_five_searches_in_one() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let search = format!("{CONTACTS}/search");
    for _ in 0..5 {
        assert_eq!(client.post(&search, token, json!({})).await.status, 200);
    }
    let hasty = client.post(&search, token, json!({})).await;
    assert_eq!(
        (hasty.error(), &hasty.body["policyName"]),
        ((429, "RATE_LIMITS"), &json!("SECONDLY"))
    );
    assert_eq!(hasty.body["message"], "You have reached your secondly limit.");
    client.wait(2).await;
    assert_eq!(client.post(&search, token, json!({})).await.status, 200);
    let told = client.get(DETAILS, token).await;
    let header = |name: &str| told.header(&format!("x-hubspot-ratelimit-{name}"));
    assert_eq!((header("max"), header("remaining")), (Some("110"), Some("103")));
    assert_eq!(header("interval-milliseconds"), Some("10000"));
    assert_eq!(header("daily"), None, "apps with OAuth have no daily limit");
    for _ in 0..103 {
        assert_eq!(client.get(DETAILS, token).await.status, 200);
    }
    let much = client.get(DETAILS, token).await;
    assert_eq!((much.status, &much.body["policyName"]), (429, &json!("TEN_SECONDLY_ROLLING")));
    assert_eq!(much.header("retry-after"), None, "it does not always say when");
    let second = client.access("oauth").await;
    assert_eq!(client.get(DETAILS, &second).await.status, 429, "all connections share them");
    client.wait(11).await;
    assert_eq!(client.get(DETAILS, token).await.status, 200);
}

#[tokio::test]
async fn a_daily_limit_and_a_retry_after_can_be_had() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    client.settings(json!({ "daily_calls": 2, "retry_after": true })).await;
    let first = client.get(DETAILS, token).await;
    assert_eq!(first.header("x-hubspot-ratelimit-daily-remaining"), Some("1"));
    client.get(DETAILS, token).await;
    let spent = client.get(DETAILS, token).await;
    assert_eq!((spent.status, &spent.body["policyName"]), (429, &json!("DAILY")));
    let wait: i64 = spent.header("retry-after").expect("when").parse().expect("seconds");
    assert!((1..=86_400).contains(&wait), "until midnight: {wait}");
    client.wait(wait).await;
    let refresh = &client.access(ALL).await;
    assert_eq!(client.get(DETAILS, refresh).await.status, 200);
}

#[tokio::test]
async fn faults_hit_and_errors_are_numbered() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    for (status, category) in [(423, "LOCKED"), (477, "MIGRATION"), (502, "BAD_GATEWAY")] {
        let body = json!({ "status": "error", "message": "x", "category": category });
        let fault = json!({ "kind": "status", "path_contains": "/hubspot/crm", "status": status, "body": body, "retry_after": 2 });
        client.knob("POST", "/_sandbox/faults", fault).await;
        let got = client.post(CONTACTS, token, contact("a@b.example")).await;
        assert_eq!((got.error(), got.header("retry-after")), ((status, category), Some("2")));
    }
    for number in 1..3 {
        let got = client.get("/crm/objects/2026-03/contacts/9", token).await;
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        assert_eq!(got.body["correlationId"], id.as_str());
        assert_eq!(got.header("x-hubspot-correlation-id"), Some(id.as_str()));
    }
}

#[tokio::test]
async fn people_see_what_was_written() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let odd = json!({ "properties": { "email": "a@b.example", "firstname": "<i>Ada</i>" } });
    let made = client.post(CONTACTS, token, odd).await;
    let deal = json!({ "properties": { "dealname": "Engine", "dealstage": "closedwon" } });
    client.post("/crm/objects/2026-03/deals", token, deal).await;
    let contacts = client.get("/contacts/62515/objects/contacts", "").await.text;
    assert!(contacts.contains("&lt;i&gt;Ada") && !contacts.contains("<i>Ada"), "{contacts}");
    assert!(contacts.contains(&format!("/contacts/62515/record/0-1/{}", made.id())));
    assert!(client.get("/contacts/62515/objects/0-3", "").await.text.contains("Engine"));
    let empty = client.get("/contacts/62777/objects/companies", "").await.text;
    assert!(empty.contains("None yet"), "{empty}");
    for path in ["/contacts/1/objects/contacts", "/contacts/62515/objects/dragons"] {
        assert_eq!(client.get(path, "").await.status, 404);
    }
    client.call("DELETE", &format!("{CONTACTS}/{}", made.id()), token, Value::Null).await;
    assert!(!client.get("/contacts/62515/objects/contacts", "").await.text.contains("Ada"));
}
