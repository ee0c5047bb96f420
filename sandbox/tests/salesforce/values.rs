//! What may be written to a field, and the words for the rest.

use crate::client::Client;
use serde_json::{Value, json};

fn invoice(fields: Value) -> Value {
    let mut whole = json!({ "Amount__c": 10 });
    whole.as_object_mut().expect("an object").extend(fields.as_object().expect("fields").clone());
    whole
}

#[tokio::test]
async fn a_wrong_value_is_refused_with_its_code_and_field() {
    let client = Client::new();
    let token = client.access().await;
    for (fields, code, on) in [
        (json!({ "Amount__c": null }), "REQUIRED_FIELD_MISSING", json!(["Amount__c"])),
        (json!({ "Nope": 1 }), "INVALID_FIELD", json!([])),
        (json!({ "Name": "INV-1" }), "INVALID_FIELD_FOR_INSERT_UPDATE", json!(["Name"])),
        (
            json!({ "Status__c": "Lost" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            json!(["Status__c"]),
        ),
        (
            json!({ "Tags__c": "Travel;Fun" }),
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            json!(["Tags__c"]),
        ),
        (json!({ "External_Id__c": "x".repeat(65) }), "STRING_TOO_LONG", json!(["External_Id__c"])),
        (json!({ "Account__c": "acme" }), "MALFORMED_ID", json!(["Account__c"])),
        (json!({ "Account__c": "00Q000000000001" }), "MALFORMED_ID", json!(["Account__c"])),
        (
            json!({ "Account__c": "001000000000001" }),
            "INVALID_CROSS_REFERENCE_KEY",
            json!(["Account__c"]),
        ),
        (json!({ "Amount__c": 1e17 }), "NUMBER_OUTSIDE_VALID_RANGE", json!(["Amount__c"])),
        (json!({ "Discount__c": 60 }), "FIELD_CUSTOM_VALIDATION_EXCEPTION", json!(["Discount__c"])),
        (json!({ "Amount__c": "much" }), "JSON_PARSER_ERROR", json!([])),
        (json!({ "Due_Date__c": "tomorrow" }), "JSON_PARSER_ERROR", json!([])),
        (json!({ "Due_Date__c": "2026-02-30" }), "JSON_PARSER_ERROR", json!([])),
        (json!({ "Paid_At__c": "noon" }), "JSON_PARSER_ERROR", json!([])),
        (json!({ "Is_Paid__c": 1 }), "JSON_PARSER_ERROR", json!([])),
        (json!({ "Notes__c": 7 }), "JSON_PARSER_ERROR", json!([])),
        (json!({ "Notes__c": ["a"] }), "JSON_PARSER_ERROR", json!([])),
    ] {
        let got = client.post("/sobjects/Invoice__c", &token, invoice(fields.clone())).await;
        assert_eq!(got.error(), (400, code), "{fields}: {}", got.text);
        assert_eq!(got.body[0]["fields"], on, "{fields}");
    }
    let wrong = json!({ "LastName": "L", "Company": "X", "Email": "nobody" });
    let got = client.post("/sobjects/Lead", &token, wrong).await;
    assert_eq!(
        (got.error(), got.message()),
        ((400, "INVALID_EMAIL_ADDRESS"), "Email: invalid email address: nobody")
    );
    for body in [json!([]), json!("x"), Value::Null] {
        assert_eq!(
            client.post("/sobjects/Lead", &token, body).await.error(),
            (400, "JSON_PARSER_ERROR")
        );
    }
    let missing = client.post("/sobjects/Lead", &token, json!({ "FirstName": "Ada" })).await;
    assert_eq!(missing.message(), "Required fields are missing: [LastName, Company]");
    assert_eq!(missing.body[0]["fields"], json!(["LastName", "Company"]));
}

#[tokio::test]
async fn values_come_back_in_salesforces_form() {
    let client = Client::new();
    let token = client.access().await;
    let account =
        client.post("/sobjects/Account", &token, json!({ "Name": "Acme" })).await.id().to_owned();
    let fields = json!({
        "Amount__c": "12.5", "Account__c": account[..15], "Tags__c": "Travel;Hardware",
        "Due_Date__c": "2026-05-01", "Paid_At__c": "2026-05-01T09:25:37+02:00", "Is_Paid__c": "true",
        "Notes__c": "", "external_id__c": "i1",
    });
    let made = client.post("/sobjects/Invoice__c", &token, fields).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let read = client.get(&format!("/sobjects/Invoice__c/{}", made.id()), &token).await.body;
    for (field, value) in [
        ("Amount__c", json!(12.5)),
        ("Account__c", json!(account)),
        ("Tags__c", json!("Travel;Hardware")),
        ("Due_Date__c", json!("2026-05-01")),
        ("Paid_At__c", json!("2026-05-01T07:25:37.000+0000")),
        ("Is_Paid__c", json!(true)),
        ("Notes__c", Value::Null),
        ("External_Id__c", json!("i1")),
        ("Status__c", json!("Draft")),
        ("Name", json!("INV-00001")),
    ] {
        assert_eq!(read[field], value, "{field}");
    }
    let path = format!("/sobjects/Account/{account}");
    assert_eq!(client.call("DELETE", &path, &token, Value::Null).await.status, 204);
    let late = client
        .post("/sobjects/Invoice__c", &token, json!({ "Amount__c": 1, "Account__c": account }))
        .await;
    assert_eq!(late.error(), (400, "ENTITY_IS_DELETED"));
    for (object, id) in [("User", "005A00000000001IAA"), ("RecordType", "012000000000001AAA")] {
        let path = format!("/sobjects/{object}/{id}");
        assert_eq!(client.get(&path, &token).await.status, 200, "{object}");
        assert_eq!(
            client.call("PATCH", &path, &token, json!({})).await.error(),
            (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
        );
        assert_eq!(
            client.call("DELETE", &path, &token, Value::Null).await.error(),
            (400, "INSUFFICIENT_ACCESS_OR_READONLY")
        );
    }
}
