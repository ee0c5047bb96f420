//! Records, one by one.

use crate::client::{ALL, CONTACTS, Client, contact, count, text};
use serde_json::{Value, json};

#[tokio::test]
async fn a_contact_is_made_found_changed_and_archived() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let made = client.post(CONTACTS, token, contact("Ada@Acme.example")).await;
    assert_eq!((made.status, &made.body["properties"]["email"]), (201, &json!("ada@acme.example")));
    let id = made.id();
    assert!(text(&made.body, "url").ends_with(&format!("/contacts/62515/record/0-1/{id}")));
    let again = client.post("/crm/v3/objects/0-1", token, contact("ADA@acme.example")).await;
    assert_eq!(again.error(), (409, "CONFLICT"));
    let words = format!("Contact already exists. Existing ID: {id}");
    assert_eq!(text(&again.body, "message"), words);
    let by = format!("{CONTACTS}/ada@acme.example?idProperty=email");
    let written = json!({ "properties": { "firstname": "Ada", "trial_ends_at": "1767225600000" } });
    let changed = client.call("PATCH", &by, token, written).await.body;
    assert_eq!(changed["properties"]["trial_ends_at"], "2026-01-01T00:00:00.000Z");
    let read = client.get(&format!("{CONTACTS}/{id}?properties=firstname,vip,nope"), token).await;
    let properties = &read.body["properties"];
    assert_eq!((&properties["firstname"], &properties["vip"]), (&json!("Ada"), &Value::Null));
    assert!(properties.get("nope").is_none() && properties["hs_object_id"] == id, "{properties}");
    let cleared = json!({ "properties": { "firstname": "" } });
    let path = format!("{CONTACTS}/{id}");
    let cleared = client.call("PATCH", &path, token, cleared).await.body;
    assert_eq!(cleared["properties"]["firstname"], Value::Null);
    let odd = client.get(&format!("{CONTACTS}/Ada?idProperty=firstname"), token).await;
    assert_eq!(odd.error(), (400, "VALIDATION_ERROR"), "not a property to tell records apart by");
    assert_eq!(
        client.get(&format!("{CONTACTS}/ada"), token).await.error(),
        (404, "OBJECT_NOT_FOUND")
    );
    for _ in 0..2 {
        assert_eq!(client.call("DELETE", &path, token, Value::Null).await.status, 204);
    }
    let gone = client.get(&path, token).await;
    assert_eq!((gone.error(), text(&gone.body, "message")), ((404, ""), "resource not found"));
    assert_eq!(client.get(&format!("{path}?archived=true"), token).await.body["archived"], true);
    assert_eq!(client.post(CONTACTS, token, contact("ada@acme.example")).await.status, 201);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_property_by_property() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    for (object, properties, code) in [
        ("contacts", json!({ "shoe_size": "42" }), "PROPERTY_DOESNT_EXIST"),
        ("contacts", json!({ "hs_object_id": "1" }), "READ_ONLY_VALUE"),
        ("contacts", json!({ "email": "a@b" }), "INVALID_EMAIL"),
        ("contacts", json!({ "seats": " 7" }), "INVALID_INTEGER"),
        ("contacts", json!({ "interests": "webinars;chess" }), "INVALID_OPTION"),
        ("contacts", json!({ "hubspot_owner_id": "121" }), "INVALID_OPTION"),
        ("contacts", json!({ "renewal_date": "1767225601000" }), "INVALID_DATE"),
        ("contacts", json!({ "trial_ends_at": "2026-02-30" }), "INVALID_LONG"),
        ("contacts", json!({ "vip": true }), "INVALID_TYPE"),
        ("contacts", json!({ "phone": "1" }), "MISSING_REQUIRED_PROPERTIES"),
        ("deals", json!({ "dealname": "X" }), "MISSING_REQUIRED_PROPERTIES"),
        ("deals", json!({ "dealname": "X", "dealstage": "7011" }), "INVALID_OPTION"),
        ("tickets", json!({ "subject": "X" }), "MISSING_REQUIRED_PROPERTIES"),
        ("notes", json!({ "hs_note_body": "X" }), "MISSING_REQUIRED_PROPERTIES"),
        ("2-123", json!({ "vin": "1" }), "MISSING_REQUIRED_PROPERTIES"),
    ] {
        let path = format!("/crm/objects/2026-09/{object}");
        let got = client.post(&path, token, json!({ "properties": properties })).await;
        assert_eq!(got.error(), (400, "VALIDATION_ERROR"), "{}", got.text);
        assert_eq!(got.body["errors"][0]["code"], code, "{properties}: {}", got.text);
    }
    let renewal = json!({ "dealname": "X", "pipeline": "7001", "dealstage": "7011" });
    let deals = "/crm/objects/2026-03/deals";
    assert_eq!(client.post(deals, token, json!({ "properties": renewal })).await.status, 201);
    let car = json!({ "properties": { "name": "Two", "vin": "V1" } });
    assert_eq!(
        client.post("/crm/objects/2026-03/p62515_cars", token, car.clone()).await.status,
        201
    );
    let twin = client.post("/crm/objects/2026-03/2-123", token, car).await;
    assert_eq!(twin.body["errors"][0]["code"], "CONFLICTING_UNIQUE_VALUE", "{}", twin.text);
    let two = json!({ "properties": { "nope": "1", "email": "x" } });
    assert_eq!(count(&client.post(CONTACTS, token, two).await.body, "errors"), 2);
    assert_eq!(client.post("/crm/v3/objects/dragons", token, json!({})).await.status, 400);
    assert_eq!(client.post(CONTACTS, token, json!([])).await.error(), (400, "VALIDATION_ERROR"));
    assert_eq!(client.form(CONTACTS, &[]).await.status, 401);
    for (method, path, status) in [
        ("PUT", CONTACTS, 405),
        ("GET", "/crm/objects/2025-01/deals", 404),
        ("GET", "/crm/nowhere", 404),
    ] {
        assert_eq!(client.call(method, path, token, Value::Null).await.status, status, "{path}");
    }
    let narrow = &client.access("oauth").await;
    let missing = client.post(CONTACTS, narrow, contact("a@b.example")).await;
    assert_eq!(missing.error(), (403, "MISSING_SCOPES"));
    assert_eq!(
        missing.body["context"]["requiredGranularScopes"],
        json!(["crm.objects.contacts.write"])
    );
}
