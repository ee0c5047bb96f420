//! Records that belong together.

use crate::client::{ALL, CONTACTS, Client, contact, count, text};
use serde_json::{Value, json};

#[tokio::test]
async fn records_are_associated_with_and_without_labels() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let ada = client.post(CONTACTS, token, contact("ada@acme.example")).await.id().to_owned();
    let acme = json!({ "properties": { "name": "Acme" }, "associations": [] });
    let acme = client.post("/crm/objects/2026-03/companies", token, acme).await.id().to_owned();
    let objects = format!("{CONTACTS}/{ada}/associations");
    let default = format!("{objects}/default/companies/{acme}");
    let got = client.call("PUT", &default, token, Value::Null).await;
    assert_eq!((got.status, count(&got.body, "results")), (200, 2), "both ways: {}", got.text);
    assert_eq!(got.body["results"][0]["associationSpec"]["associationTypeId"], 279);
    let pair = format!("{objects}/companies/{acme}");
    let primary = json!([{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1 }]);
    let got = client.call("PUT", &pair, token, primary).await;
    assert_eq!((got.status, &got.body["labels"]), (201, &json!(["Primary"])), "{}", got.text);
    for (category, id) in [("HUBSPOT_DEFINED", 202), ("USER_DEFINED", 1)] {
        let odd = json!([{ "associationCategory": category, "associationTypeId": id }]);
        assert_eq!(client.call("PUT", &pair, token, odd).await.error(), (400, "VALIDATION_ERROR"));
    }
    let list = format!("{objects}/companies");
    let listed = client.get(&list, token).await.body;
    assert_eq!(count(&listed["results"][0], "associationTypes"), 2, "{listed}");
    let old = format!("/crm/v3/objects/contacts/{ada}/associations/companies");
    assert_eq!(client.get(&old, token).await.body["results"][0]["type"], "contact_to_company");
    let v4 = format!("/crm/v4/objects/companies/{acme}/associations/contacts");
    assert_eq!(client.get(&v4, token).await.body["results"][0]["toObjectId"], ada.as_str());
    assert_eq!(
        client.get("/crm/v4/objects/contacts", token).await.status,
        404,
        "no records on /v4"
    );
    let read = client.get(&format!("{CONTACTS}/{ada}?associations=companies,deals"), token).await;
    let linked = &read.body["associations"]["companies"]["results"];
    assert_eq!(linked[1], json!({ "id": acme, "type": "contact_to_company" }), "{linked}");
    assert_eq!(client.call("DELETE", &pair, token, Value::Null).await.status, 204);
    assert_eq!(count(&client.get(&list, token).await.body, "results"), 0);
    let nobody = format!("{objects}/default/companies/9");
    assert_eq!(client.call("PUT", &nobody, token, Value::Null).await.status, 404);
}

#[tokio::test]
async fn a_note_is_written_on_a_contact() {
    let client = Client::new();
    let token = &client.access("oauth crm.objects.contacts.read crm.objects.contacts.write").await;
    let ada = client.post(CONTACTS, token, contact("ada@acme.example")).await.id().to_owned();
    let note = |id: &str, kind: u64| {
        json!({
            "properties": { "hs_timestamp": "2026-11-20T09:30:00+01:00", "hs_note_body": "<b>Hi</b>" },
            "associations": [{ "to": { "id": id }, "types": [{ "associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind }] }],
        })
    };
    let notes = "/crm/objects/2026-03/notes";
    let made = client.post(notes, token, note(&ada, 202)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.body["properties"]["hs_timestamp"], "2026-11-20T08:30:00.000Z");
    for (id, kind) in [("9", 202), (ada.as_str(), 1)] {
        assert_eq!(client.post(notes, token, note(id, kind)).await.status, 400);
    }
    assert_eq!(
        count(&client.get(notes, token).await.body, "results"),
        1,
        "none without its contact"
    );
    let read = client.get(&format!("{CONTACTS}/{ada}?associations=notes"), token).await.body;
    assert_eq!(read["associations"]["notes"]["results"][0]["id"], made.body["id"], "{read}");
    let page = client.get(&format!("/contacts/62515/record/0-46/{}", made.id()), "").await;
    assert!(page.text.contains("&lt;b&gt;Hi&lt;/b&gt;"), "{}", page.text);
    assert!(page.text.contains(&format!("/hubspot/contacts/62515/record/0-1/{ada}")));
    assert_eq!(text(&read["properties"], "email"), "ada@acme.example");
}
