//! Several records at once.

use crate::client::{ALL, CONTACTS, Client, contact, count, text};
use serde_json::{Value, json};

#[tokio::test]
async fn an_upsert_changes_what_is_there_and_makes_what_is_not() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    client.post(CONTACTS, token, contact("ada@acme.example")).await;
    let upsert = format!("{CONTACTS}/batch/upsert");
    let input = |email: &str| json!({ "idProperty": "email", "id": email, "properties": { "firstname": "A" } });
    let inputs = json!({ "inputs": [input("ADA@acme.example"), input("grace@acme.example")] });
    let got = client.post(&upsert, token, inputs).await;
    assert_eq!((got.status, text(&got.body, "status")), (200, "COMPLETE"));
    let new: Vec<_> =
        got.body["results"].as_array().expect("results").iter().map(|own| &own["new"]).collect();
    assert_eq!(new, [&json!(false), &json!(true)]);
    assert_eq!(got.body["results"][1]["properties"]["email"], "grace@acme.example");
    let other = json!({ "idProperty": "external_id", "id": "1", "properties": {} });
    let unknown = json!({ "idProperty": "firstname", "id": "A", "properties": {} });
    for inputs in [
        json!([input("a@b.example"), input("A@b.example")]),
        json!([input("a@b.example"), other]),
        json!([unknown]),
        json!([]),
        json!(vec![json!({}); 101]),
    ] {
        let refused = client.post(&upsert, token, json!({ "inputs": inputs })).await;
        assert_eq!(refused.error(), (400, "VALIDATION_ERROR"), "{}", refused.text);
    }
}

#[tokio::test]
async fn a_batch_is_done_whole_unless_each_input_has_a_trace() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let create = format!("{CONTACTS}/batch/create");
    let input = |email: &str, trace: &str| {
        let mut input = contact(email);
        if !trace.is_empty() {
            input["objectWriteTraceId"] = json!(trace);
        }
        input
    };
    let plain = json!({ "inputs": [input("a@b.example", ""), input("nobody", "")] });
    assert_eq!(client.post(&create, token, plain).await.error(), (400, "VALIDATION_ERROR"));
    assert_eq!(count(&client.get(CONTACTS, token).await.body, "results"), 0, "nothing was made");
    let traced = json!({ "inputs": [input("a@b.example", "one"), input("nobody", "two")] });
    let got = client.post(&create, token, traced).await;
    assert_eq!((got.status, &got.body["numErrors"]), (207, &json!(1)));
    assert_eq!(got.body["results"][0]["objectWriteTraceId"], "one");
    let error = &got.body["errors"][0];
    assert_eq!(error["context"]["objectWriteTraceId"], json!(["two"]), "{error}");
    let whole = json!({ "inputs": [input("c@b.example", "")] });
    assert_eq!(client.post(&create, token, whole).await.status, 201);
    let id = text(&got.body["results"][0], "id");
    let read = json!({ "inputs": [{ "id": id }, { "id": "9" }], "properties": ["email"], "propertiesWithHistory": [] });
    let read = client.post(&format!("{CONTACTS}/batch/read"), token, read).await;
    assert_eq!((read.status, count(&read.body, "results")), (207, 1));
    assert_eq!(read.body["errors"][0]["context"]["ids"], json!(["9"]));
    let update = json!({ "inputs": [{ "id": id, "properties": { "lastname": "B" } }] });
    let update = client.post(&format!("{CONTACTS}/batch/update"), token, update).await;
    assert_eq!(update.body["results"][0]["properties"]["lastname"], "B", "{}", update.text);
    let archive = json!({ "inputs": [{ "id": id }, { "id": "9" }] });
    let archive = client.post(&format!("{CONTACTS}/batch/archive"), token, archive).await;
    assert_eq!(archive.status, 204);
    assert_eq!(client.get(&format!("{CONTACTS}/{id}"), token).await.status, 404);
}

#[tokio::test]
async fn records_can_turn_out_to_be_one_and_people_can_be_forgotten() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let make = async |email: &str, name: &str| {
        let body = json!({ "properties": { "email": email, "company": name, "city": name } });
        client.post(CONTACTS, token, body).await.id().to_owned()
    };
    let (one, other) = (make("a@b.example", "").await, make("c@b.example", "Berlin").await);
    let merge = json!({ "primaryObjectId": one, "objectIdToMerge": other });
    let merged = client.post(&format!("{CONTACTS}/merge"), token, merge).await;
    let properties = &merged.body["properties"];
    assert_eq!((text(properties, "email"), text(properties, "city")), ("a@b.example", "Berlin"));
    assert_eq!(client.get(&format!("{CONTACTS}/{other}"), token).await.status, 404);
    let forget = json!({ "objectId": "a@b.example", "idProperty": "email" });
    assert_eq!(client.post(&format!("{CONTACTS}/gdpr-delete"), token, forget).await.status, 204);
    let gone = client.get(&format!("{CONTACTS}/{one}?archived=true"), token).await;
    assert_eq!((gone.status, &gone.body["category"]), (404, &Value::Null));
}
