//! What a person chooses from: objects, fields, list views, record types, campaigns.

use crate::client::{Client, count, lead, text};
use serde_json::{Value, json};

fn field<'v>(described: &'v Value, name: &str) -> &'v Value {
    let fields = described["fields"].as_array().expect("fields");
    fields.iter().find(|own| own["name"] == name).unwrap_or_else(|| panic!("{name}"))
}

#[tokio::test]
async fn objects_and_fields_tell_what_can_be_written() {
    let client = Client::new();
    let versions = client.whole("/salesforce/acme/services/data/", "").await.body;
    let v66 = versions.as_array().expect("versions").iter().find(|own| own["version"] == "66.0");
    assert_eq!(v66.expect("v66")["label"], "Spring '26", "for everybody");
    let token = client.access().await;
    let list = client.get("/sobjects", &token).await.body;
    let of = |name: &str| {
        list["sobjects"]
            .as_array()
            .expect("objects")
            .iter()
            .find(|own| own["name"] == name)
            .expect("it")
            .clone()
    };
    assert_eq!(
        (&of("Invoice__c")["custom"], &of("Invoice__c")["label"]),
        (&json!(true), &json!("Invoice"))
    );
    assert_eq!(
        (&of("User")["createable"], &of("Lead")["keyPrefix"]),
        (&json!(false), &json!("00Q"))
    );
    let lead = client.get("/sobjects/Lead/describe", &token).await.body;
    let must: Vec<&str> = lead["fields"]
        .as_array()
        .expect("fields")
        .iter()
        .filter(|own| {
            own["createable"] == true
                && own["nillable"] == false
                && own["defaultedOnCreate"] == false
        })
        .map(|own| text(own, "name"))
        .collect();
    assert_eq!(must, ["LastName", "Company"]);
    let source = field(&lead, "LeadSource");
    assert_eq!((text(source, "type"), count(source, "picklistValues")), ("picklist", 5));
    let status = field(&lead, "Status");
    assert_eq!(status["picklistValues"][0]["defaultValue"], true);
    assert_eq!(field(&lead, "OwnerId")["referenceTo"], json!(["User"]));
    assert_eq!(field(&lead, "Id")["updateable"], false);
    let invoice = client.get("/sobjects/Invoice__c/describe", &token).await.body;
    let key = field(&invoice, "External_Id__c");
    assert_eq!(
        (&key["externalId"], &key["unique"], &key["length"]),
        (&json!(true), &json!(true), &json!(64))
    );
    assert_eq!(text(field(&invoice, "Tags__c"), "type"), "multipicklist");
    assert_eq!(client.get("/sobjects/Nope/describe", &token).await.error(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn a_record_type_leaves_some_values() {
    let client = Client::new();
    let token = client.access().await;
    let described = client.get("/sobjects/Opportunity/describe", &token).await.body;
    let types = described["recordTypeInfos"].as_array().expect("record types");
    let renewal = types.iter().find(|own| own["name"] == "Renewal").expect("a renewal");
    let at = format!(
        "/ui-api/object-info/Opportunity/picklist-values/{}",
        text(renewal, "recordTypeId")
    );
    let all = client.get(&at, &token).await.body;
    let stages = &all["picklistFieldValues"]["StageName"];
    assert_eq!(
        (count(stages, "values"), stages["values"][0]["value"].as_str()),
        (4, Some("Qualification"))
    );
    let one = client.get(&format!("{at}/StageName"), &token).await.body;
    assert_eq!(one["values"], stages["values"]);
    let master = "/ui-api/object-info/Opportunity/picklist-values/012000000000000AAA/StageName";
    assert_eq!(count(&client.get(master, &token).await.body, "values"), 6);
    let lead = "/ui-api/object-info/Lead/picklist-values/012000000000000AAA/Status";
    assert_eq!(
        client.get(lead, &token).await.body["defaultValue"]["value"],
        "Open - Not Contacted"
    );
    for wrong in [
        format!("{at}/Amount"),
        "/ui-api/object-info/Opportunity/picklist-values/012000000000009".to_owned(),
    ] {
        assert_eq!(client.get(&wrong, &token).await.status, 404, "{wrong}");
    }
    let info = client.get("/ui-api/object-info/Opportunity", &token).await.body;
    assert_eq!(info["recordTypeInfos"].as_object().expect("record types").len(), 3);
    assert_eq!(info["fields"]["StageName"]["required"], true);
    let deal = json!({ "Name": "D", "StageName": "Prospecting", "CloseDate": "2026-01-01", "RecordTypeId": "012000000000002" });
    assert_eq!(client.post("/sobjects/Opportunity", &token, deal).await.status, 201);
    let found = client
        .query(&token, "SELECT Id, Name FROM RecordType WHERE SobjectType = 'Opportunity'")
        .await
        .body;
    assert_eq!(found["totalSize"], 2);
}

#[tokio::test]
async fn list_views_have_columns_and_results() {
    let client = Client::new();
    let token = client.access().await;
    for index in 0..30 {
        client.post("/sobjects/Lead", &token, lead(&format!("L{index:02}"))).await;
    }
    let views = client.get("/sobjects/Lead/listviews", &token).await.body;
    assert_eq!((count(&views, "listviews"), text(&views, "sobjectType")), (3, "Lead"));
    let view = |name: &str| {
        let all = views["listviews"].as_array().expect("views");
        let own = all.iter().find(|own| own["developerName"] == name).expect("a view");
        format!("/sobjects/Lead/listviews/{}", text(own, "id"))
    };
    let described = client.get(&format!("{}/describe", view("MyLeads")), &token).await.body;
    let query = text(&described, "query");
    assert!(query.contains("WHERE OwnerId = '005A00000000001IAA'"), "{query}");
    assert_eq!(client.query(&token, query).await.body["totalSize"], 30);
    let page = client.get(&format!("{}/results", view("AllLeads")), &token).await.body;
    assert_eq!((&page["size"], &page["done"]), (&json!(25), &json!(false)));
    let rest =
        client.get(&format!("{}/results?limit=25&offset=25", view("AllLeads")), &token).await.body;
    assert_eq!((&rest["size"], &rest["done"]), (&json!(5), &json!(true)));
    let cell = &rest["records"][0]["columns"][1];
    assert_eq!((&cell["fieldNameOrPath"], &cell["value"]), (&json!("LastName"), &json!("L25")));
    client.wait(8 * 86_400).await;
    let token = client.access().await;
    let old = client.get(&format!("{}/results", view("NewThisWeek")), &token).await.body;
    assert_eq!(old["size"], 0);
    let wrong = client.get("/sobjects/Contact/listviews/00B000000000001", &token).await;
    assert_eq!(wrong.error(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn there_can_be_fifty_thousand_campaigns() {
    let client = Client::new();
    client.seed(json!({ "Campaign": 50_000 })).await;
    let token = client.access().await;
    let found = client.names(&token, "SELECT Name FROM Campaign WHERE Name LIKE '%4999_' AND IsActive = true ORDER BY Name LIMIT 3").await;
    assert_eq!(found.len(), 3, "{found:?}");
    let refused = client.knob("POST", "/salesforce/_sandbox/seed", json!({ "Nope": 1 })).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("Opportunity"), "{}", refused.text);
}
