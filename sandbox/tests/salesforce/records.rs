//! Records: made, read, changed, deleted, found by an external id.

use crate::client::{Client, count, escaped, lead, text};
use serde_json::{Value, json};

#[tokio::test]
async fn a_record_lives_from_creation_to_the_recycle_bin() {
    let client = Client::new();
    let token = client.access().await;
    let made = client.post("/sobjects/Lead", &token, lead("Lovelace")).await;
    assert_eq!((made.status, &made.body["success"]), (201, &json!(true)));
    let id = made.id().to_owned();
    assert!(id.starts_with("00Q") && id.len() == 18, "{id}");
    let path = format!("/sobjects/Lead/{id}");
    let read = client.get(&path, &token).await.body;
    assert_eq!(read["attributes"]["url"], format!("/services/data/v66.0{path}"));
    for (field, value) in [
        ("Status", "Open - Not Contacted"),
        ("OwnerId", "005A00000000001IAA"),
        ("Name", "Lovelace"),
    ] {
        assert_eq!(read[field], value, "filled in");
    }
    let created = text(&read, "CreatedDate").to_owned();
    assert!(created.ends_with("+0000"), "{created}");
    client.wait(60).await;
    let change = client.call("PATCH", &path, &token, json!({ "Phone": "1", "Status": null })).await;
    assert_eq!((change.status, change.text.as_str()), (204, ""));
    let some = client
        .get(&format!("{path}?fields=Phone,Status,CreatedDate,SystemModstamp"), &token)
        .await
        .body;
    assert_eq!((&some["Phone"], &some["Status"]), (&json!("1"), &Value::Null));
    assert_eq!(text(&some, "CreatedDate"), created);
    assert_ne!(text(&some, "SystemModstamp"), created);
    assert_eq!(some.get("LastName"), None);
    for short in [&id[..15], &id.to_lowercase()] {
        assert_eq!(
            client.get(&format!("/sobjects/Lead/{short}"), &token).await.body["Id"],
            json!(id)
        );
    }
    assert_eq!(
        client.get(&format!("{path}?fields=Nope"), &token).await.error(),
        (400, "INVALID_FIELD")
    );
    assert_eq!(client.call("DELETE", &path, &token, Value::Null).await.status, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(
            client.call(method, &path, &token, Value::Null).await.error(),
            (404, "ENTITY_IS_DELETED")
        );
    }
    assert_eq!(
        client.call("PATCH", &path, &token, json!({})).await.error(),
        (404, "ENTITY_IS_DELETED")
    );
    for path in
        ["/sobjects/Nope/1", "/sobjects/Lead/00Q000000000001", "/sobjects/Lead/abc", "/nope"]
    {
        assert_eq!(client.get(path, &token).await.error(), (404, "NOT_FOUND"), "{path}");
    }
    assert_eq!(
        client.call("PUT", &path, &token, json!({})).await.error(),
        (405, "METHOD_NOT_ALLOWED")
    );
}

#[tokio::test]
async fn an_upsert_creates_changes_or_asks_which_one() {
    let client = Client::new();
    let token = client.access().await;
    let path = "/sobjects/Contact/External_Id__c/a%2Fb";
    let only = format!("{path}?updateOnly=true");
    let ada = json!({ "LastName": "Lovelace" });
    assert_eq!(client.call("PATCH", &only, &token, ada.clone()).await.error(), (404, "NOT_FOUND"));
    let made = client.call("PATCH", path, &token, ada.clone()).await;
    assert_eq!((made.status, &made.body["created"]), (201, &json!(true)));
    let changed = client.call("PATCH", &only, &token, json!({ "Phone": "1" })).await;
    assert_eq!((changed.status, &changed.body["created"]), (200, &json!(false)));
    assert_eq!(changed.id(), made.id());
    let read = client.get(path, &token).await.body;
    assert_eq!((&read["Phone"], &read["External_Id__c"]), (&json!("1"), &json!("a/b")));
    let twice = json!({ "LastName": "L", "External_Id__c": "a/b" });
    let refused = client.post("/sobjects/Contact", &token, twice.clone()).await;
    assert_eq!(refused.error(), (400, "DUPLICATE_VALUE"));
    assert!(refused.message().ends_with(made.id()), "{}", refused.text);
    assert_eq!(client.call("PATCH", path, &token, twice).await.error(), (400, "INVALID_FIELD"));
    let other = client.call("PATCH", "/sobjects/Contact/Email/x", &token, ada).await;
    assert_eq!(other.error(), (404, "NOT_FOUND"));
    assert!(
        other.message().starts_with("Provided external ID field does not exist"),
        "{}",
        other.text
    );
    // A lead's external id is not unique.
    for _ in 0..2 {
        let mut one = lead("L");
        one["External_Id__c"] = json!("same");
        assert_eq!(client.post("/sobjects/Lead", &token, one).await.status, 201);
    }
    for (method, body) in [("GET", Value::Null), ("PATCH", lead("L"))] {
        let many = client.call(method, "/sobjects/Lead/External_Id__c/same", &token, body).await;
        assert_eq!((many.status, many.body.as_array().expect("URLs").len()), (300, 2));
        assert!(
            many.body[0]
                .as_str()
                .expect("a URL")
                .starts_with("/services/data/v66.0/sobjects/Lead/00Q")
        );
    }
}

#[tokio::test]
async fn a_duplicate_rule_stops_a_second_person_unless_told_not_to() {
    let client = Client::new();
    client.settings(json!({ "duplicate_rules": true })).await;
    let token = client.access().await;
    let ada = json!({ "LastName": "Lovelace", "Company": "X", "Email": "ada@acme.example" });
    let made = client.post("/sobjects/Lead", &token, ada.clone()).await;
    let again = client.post("/sobjects/Lead", &token, ada.clone()).await;
    assert_eq!(again.error(), (400, "DUPLICATES_DETECTED"));
    let found = &again.body[0]["duplicateResult"]["matchResults"][0]["matchRecords"][0]["record"];
    assert_eq!(found["Id"], json!(made.id()));
    let allowed = [("sforce-duplicate-rule-header", "allowSave=true")];
    let call = ("POST", "/sobjects/Lead");
    assert_eq!(client.call_with(call, &token, ada, &allowed).await.status, 201);
}

#[tokio::test]
async fn what_changed_since_can_be_asked_for() {
    let client = Client::new();
    let token = client.access().await;
    let kept = client.post("/sobjects/Lead", &token, lead("Kept")).await.id().to_owned();
    let gone = client.post("/sobjects/Lead", &token, lead("Gone")).await.id().to_owned();
    let read = client.get(&format!("/sobjects/Lead/{kept}"), &token).await.body;
    let start = escaped(text(&read, "CreatedDate"));
    client.wait(600).await;
    client.call("DELETE", &format!("/sobjects/Lead/{gone}"), &token, Value::Null).await;
    client.wait(600).await;
    let last = client.post("/sobjects/Lead", &token, lead("Last")).await.id().to_owned();
    let read = client.get(&format!("/sobjects/Lead/{last}"), &token).await.body;
    let end = escaped(text(&read, "CreatedDate"));
    let updated =
        client.get(&format!("/sobjects/Lead/updated/?start={start}&end={end}"), &token).await;
    assert_eq!(updated.body["ids"], json!([kept]), "{}", updated.text);
    let covered = text(&updated.body, "latestDateCovered");
    assert!(covered.ends_with(":00.000+0000"), "whole minutes: {covered}");
    let deleted =
        client.get(&format!("/sobjects/Lead/deleted/?start={start}&end={end}"), &token).await;
    assert_eq!(deleted.body["deletedRecords"][0]["id"], json!(gone), "{}", deleted.text);
    assert_eq!(count(&deleted.body, "deletedRecords"), 1);
    for window in [format!("start={end}&end={start}"), "start=x&end=y".to_owned()] {
        let refused = client.get(&format!("/sobjects/Lead/updated/?{window}"), &token).await;
        assert_eq!(refused.error(), (400, "INVALID_REPLICATION_DATE"), "{window}");
    }
    client.wait(31 * 86_400).await;
    let token = client.access().await;
    let late =
        client.get(&format!("/sobjects/Lead/updated/?start={start}&end={end}"), &token).await;
    assert_eq!(late.error(), (400, "INVALID_REPLICATION_DATE"));
}
