//! Finding records.

use crate::client::{ALL, CONTACTS, Client, count, text};
use serde_json::{Value, json};

const SEARCH: &str = "/crm/objects/2026-03/contacts/search";

fn filtered(filters: Value) -> Value {
    json!({ "filterGroups": [{ "filters": filters }], "sorts": [], "properties": [], "limit": 10, "after": "0" })
}

#[tokio::test]
async fn every_operator_finds_what_it_should() {
    let client = Client::new();
    client.settings(json!({ "searches_per_second": 1000 })).await;
    let token = &client.access(ALL).await;
    for (name, seats, day) in
        [("Ada Byron", "5", "2026-01-01"), ("Grace", "30", "2026-06-01"), ("Alan", "", "")]
    {
        let fields = json!({ "firstname": name, "seats": seats, "renewal_date": day, "interests": "fairs;webinars" });
        let made = client.post(CONTACTS, token, json!({ "properties": fields })).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    for (property, operator, value, found) in [
        ("firstname", "EQ", "grace", 1),
        ("firstname", "NEQ", "Grace", 2),
        ("seats", "LT", "30", 1),
        ("seats", "LTE", "30", 2),
        ("seats", "GT", "5", 1),
        ("seats", "GTE", "5", 2),
        ("renewal_date", "GT", "1767225600000", 1),
        ("seats", "HAS_PROPERTY", "", 2),
        ("seats", "NOT_HAS_PROPERTY", "", 1),
        ("firstname", "CONTAINS_TOKEN", "byron", 1),
        ("firstname", "CONTAINS_TOKEN", "a*", 2),
        ("firstname", "CONTAINS_TOKEN", "yro", 0),
        ("firstname", "NOT_CONTAINS_TOKEN", "byron", 2),
        ("interests", "EQ", "webinars", 3),
    ] {
        let filter = json!([{ "propertyName": property, "operator": operator, "value": value }]);
        let got = client.post(SEARCH, token, filtered(filter)).await;
        assert_eq!(got.body["total"], found, "{property} {operator} {value}: {}", got.text);
    }
    let between =
        json!([{ "propertyName": "seats", "operator": "BETWEEN", "value": "4", "highValue": "6" }]);
    assert_eq!(client.post(SEARCH, token, filtered(between)).await.body["total"], 1);
    for (operator, values, found) in [
        ("IN", json!(["grace", "alan"]), 2),
        ("IN", json!(["Grace"]), 0), // Values of text must be lowercase.
        ("NOT_IN", json!(["grace"]), 2),
    ] {
        let filter =
            json!([{ "propertyName": "firstname", "operator": operator, "values": values }]);
        assert_eq!(client.post(SEARCH, token, filtered(filter)).await.body["total"], found);
    }
    let text_query = json!({ "query": "byron ada" });
    let got = client.post(SEARCH, token, text_query).await.body;
    assert_eq!(
        (&got["total"], &got["results"][0]["properties"]["firstname"]),
        (&json!(1), &json!("Ada Byron"))
    );
    let sorted = json!({ "sorts": ["-seats"], "properties": ["seats"], "limit": 1 });
    let first = client.post(SEARCH, token, sorted).await.body;
    assert_eq!(first["results"][0]["properties"]["seats"], "30", "{first}");
    assert_eq!(first["paging"]["next"]["after"], "1");
    let sort = json!([{ "propertyName": "firstname", "direction": "DESCENDING" }]);
    let sorted = client.post(SEARCH, token, json!({ "sorts": sort })).await.body;
    assert_eq!(sorted["results"][0]["properties"]["firstname"], "Grace");
}

#[tokio::test]
async fn a_search_has_its_limits() {
    let client = Client::new();
    client.settings(json!({ "searches_per_second": 1000, "search_delay_s": 5 })).await;
    let token = &client.access(ALL).await;
    let filter = json!({ "propertyName": "email", "operator": "HAS_PROPERTY" });
    let group = json!({ "filters": [filter] });
    for question in [
        json!({ "limit": 201 }),
        json!({ "limit": 100, "after": "9901" }),
        json!({ "after": "x" }),
        json!({ "filterGroups": vec![group.clone(); 6] }),
        json!({ "filterGroups": [{ "filters": vec![filter.clone(); 7] }] }),
        json!({ "filterGroups": vec![json!({ "filters": vec![filter.clone(); 5] }); 4] }),
        json!({ "query": "x".repeat(3001) }),
        json!({ "sorts": ["email", "phone"] }),
        json!({ "sorts": ["shoe_size"] }),
        filtered(json!([{ "propertyName": "email", "operator": "EQUALS", "value": "x" }])),
        filtered(json!([{ "propertyName": "shoe_size", "operator": "EQ", "value": "x" }])),
        filtered(json!([{ "propertyName": "email", "operator": "EQ" }])),
        filtered(json!([{ "propertyName": "email", "operator": "IN", "value": "x" }])),
    ] {
        let got = client.post(SEARCH, token, question).await;
        assert_eq!(got.error(), (400, "VALIDATION_ERROR"), "{}", got.text);
        assert_eq!(got.header("x-hubspot-ratelimit-max"), None, "a search tells of no limits");
    }
    client.knob("POST", "/hubspot/_sandbox/seed", json!({ "contacts": 10_500 })).await;
    let all = json!({ "limit": 200, "after": "9800" });
    assert_eq!(
        client.post(SEARCH, token, all.clone()).await.body["total"],
        0,
        "new, not found yet"
    );
    client.wait(6).await;
    let last = client.post(SEARCH, token, all).await.body;
    assert_eq!((&last["total"], count(&last, "results")), (&json!(10_500), 200));
    // On by a window on the id, as there is no page after the ten-thousandth.
    let id = text(&last["results"][199], "id");
    let next = json!([{ "propertyName": "hs_object_id", "operator": "GT", "value": id }]);
    assert_eq!(client.post(SEARCH, token, filtered(next)).await.body["total"], 500);
    let mut path = format!("{CONTACTS}?limit=100&properties=email");
    let mut seen = 0;
    for _ in 0..3 {
        let page = client.get(&path, token).await.body;
        seen += count(&page, "results");
        let next = &page["paging"]["next"];
        assert!(
            text(next, "link").starts_with("https://api.hubapi.com/crm/objects/2026-03/contacts?")
        );
        path = format!("{CONTACTS}?limit=100&after={}", text(next, "after"));
    }
    assert_eq!(seen, 300);
    let end = client.get(&format!("{CONTACTS}?limit=100&after=10450"), token).await.body;
    assert_eq!((count(&end, "results"), end.get("paging")), (50, None));
    assert_eq!(client.get(&format!("{CONTACTS}?limit=101"), token).await.status, 400);
}
