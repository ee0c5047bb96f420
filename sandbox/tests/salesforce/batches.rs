//! Several records, several calls.

use crate::client::{Client, count, text};
use serde_json::{Value, json};

fn leads(names: &[&str]) -> Vec<Value> {
    let one =
        |name: &&str| json!({ "attributes": { "type": "Lead" }, "LastName": name, "Company": "X" });
    names.iter().map(one).collect()
}

#[tokio::test]
async fn a_collection_tells_of_each_record() {
    let client = Client::new();
    let token = client.access().await;
    let mut records = leads(&["A", "B"]);
    records.push(json!({ "attributes": { "type": "Lead" }, "LastName": "C" }));
    let all = json!({ "allOrNone": true, "records": records });
    let none = client.post("/composite/sobjects", &token, all).await;
    assert_eq!(none.status, 200);
    let code = |index: usize| none.body[index]["errors"][0]["statusCode"].clone();
    assert_eq!(
        (code(0), code(2)),
        (json!("ALL_OR_NONE_OPERATION_ROLLED_BACK"), json!("REQUIRED_FIELD_MISSING"))
    );
    assert_eq!(client.query(&token, "SELECT COUNT() FROM Lead").await.body["totalSize"], 0);
    let some = client.post("/composite/sobjects", &token, json!({ "records": records })).await.body;
    let success: Vec<&Value> =
        some.as_array().expect("results").iter().map(|own| &own["success"]).collect();
    assert_eq!(success, [true, true, false]);
    let (a, b) = (text(&some[0], "id").to_owned(), text(&some[1], "id").to_owned());
    let change =
        json!({ "records": [{ "attributes": { "type": "Lead" }, "id": a, "Phone": "1" }] });
    let changed = client.call("PATCH", "/composite/sobjects", &token, change).await.body;
    assert_eq!(changed, json!([{ "id": a, "success": true, "errors": [] }]));
    let read = client
        .get(&format!("/composite/sobjects/Lead?ids={a},00Q000000000001&fields=Phone"), &token)
        .await
        .body;
    assert_eq!((&read[0]["Phone"], &read[1]), (&json!("1"), &Value::Null));
    let same = json!({ "ids": [a], "fields": ["Phone"] });
    assert_eq!(client.post("/composite/sobjects/Lead", &token, same).await.body[0], read[0]);
    let by = json!({ "records": [{ "External_Id__c": "x", "LastName": "N", "attributes": { "type": "Contact" } }] });
    for created in [true, false] {
        let done = client
            .call("PATCH", "/composite/sobjects/Contact/External_Id__c", &token, by.clone())
            .await;
        assert_eq!(done.body[0]["created"], created, "{}", done.text);
    }
    let gone = client
        .call("DELETE", &format!("/composite/sobjects?ids={a},{b}"), &token, Value::Null)
        .await
        .body;
    assert_eq!(count(&json!({ "all": gone }), "all"), 2);
    let many =
        client.post("/composite/sobjects", &token, json!({ "records": leads(&["x"; 201]) })).await;
    assert_eq!(many.error(), (400, "EXCEEDED_ID_LIMIT"));
}

#[tokio::test]
async fn a_later_call_of_a_composite_refers_to_an_earlier_one() {
    let client = Client::new();
    let token = client.access().await;
    let request = |deal: Value| {
        json!({ "allOrNone": true, "compositeRequest": [
        { "method": "POST", "url": "/services/data/v66.0/sobjects/Account", "referenceId": "account", "body": { "Name": "Acme" } },
        { "method": "POST", "url": "/services/data/v66.0/sobjects/Opportunity", "referenceId": "deal", "body": deal },
        { "method": "GET", "url": "/services/data/v66.0/sobjects/Account/@{account.id}?fields=Name", "referenceId": "read" },
    ] })
    };
    let deal = json!({ "Name": "D", "AccountId": "@{account.id}", "StageName": "Prospecting", "CloseDate": "2026-01-01" });
    let done = client.post("/composite", &token, request(deal)).await.body;
    let parts = done["compositeResponse"].as_array().expect("answers");
    let statuses: Vec<&Value> = parts.iter().map(|own| &own["httpStatusCode"]).collect();
    assert_eq!(statuses, [201, 201, 200], "{done}");
    assert_eq!(parts[2]["body"]["Name"], "Acme");
    let undone = client.post("/composite", &token, request(json!({ "Name": "D" }))).await.body;
    let code = |index: usize| undone["compositeResponse"][index]["body"][0]["errorCode"].clone();
    assert_eq!((code(0), code(1)), (json!("PROCESSING_HALTED"), json!("REQUIRED_FIELD_MISSING")));
    assert_eq!(client.query(&token, "SELECT COUNT() FROM Account").await.body["totalSize"], 1);
    let batch = json!({ "haltOnError": true, "batchRequests": [
        { "method": "GET", "url": "v66.0/limits" },
        { "method": "GET", "url": "v66.0/sobjects/Nope/describe" },
        { "method": "GET", "url": "v66.0/limits" },
    ] });
    let done = client.post("/composite/batch", &token, batch).await.body;
    let statuses: Vec<&Value> =
        done["results"].as_array().expect("results").iter().map(|own| &own["statusCode"]).collect();
    assert_eq!(
        (statuses, &done["hasErrors"]),
        (vec![&json!(200), &json!(404), &json!(412)], &json!(true))
    );
}
