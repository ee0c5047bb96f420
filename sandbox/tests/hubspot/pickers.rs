//! What a person chooses from.

use crate::client::{ALL, CONTACTS, Client, contact, count, text};
use serde_json::{Value, json};

#[tokio::test]
async fn properties_tell_what_can_be_written() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let path = "/crm/properties/2026-03/contacts?archived=false";
    let all = client.get(path, token).await.body;
    assert_eq!(count(&all, "results"), 60);
    let own = |name: &str| {
        let all = all["results"].as_array().expect("properties");
        all.iter().find(|own| own["name"] == name).expect(name).clone()
    };
    assert_eq!(own("email")["modificationMetadata"]["readOnlyValue"], false);
    assert_eq!(own("createdate")["modificationMetadata"]["readOnlyValue"], true);
    assert_eq!(own("plan")["hubspotDefined"], false, "of the account's own making");
    assert_eq!(own("lifecyclestage")["options"][1]["value"], "lead");
    assert_eq!(own("hubspot_owner_id")["externalOptions"], true);
    assert_eq!(own("external_id")["hasUniqueValue"], true);
    let v3 = client.get("/crm/v3/properties/0-1/interests", token).await.body;
    assert_eq!((text(&v3, "type"), text(&v3, "fieldType")), ("enumeration", "checkbox"));
    let narrow = &client.access("oauth").await;
    assert_eq!(client.get(path, narrow).await.error(), (403, "MISSING_SCOPES"));
    let schemas = "/crm-object-schemas/2026-03/schemas";
    let custom = client.get(schemas, token).await.body;
    assert_eq!(text(&custom["results"][0], "fullyQualifiedName"), "p62515_cars");
    assert_eq!(client.get(schemas, narrow).await.error(), (403, "MISSING_SCOPES"));
}

#[tokio::test]
async fn owners_come_in_pages_and_pipelines_at_once() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let first = client.get("/crm/owners/2026-03?limit=100", token).await.body;
    assert_eq!((count(&first, "results"), text(&first["paging"]["next"], "after")), (100, "100"));
    let rest = client.get("/crm/v3/owners?limit=100&after=100", token).await.body;
    assert_eq!((count(&rest, "results"), rest.get("paging")), (20, None));
    let one = client.get("/crm/owners/2026-03?email=owner007@acme.example", token).await.body;
    assert_eq!((count(&one, "results"), text(&one["results"][0], "id")), (1, "8"));
    assert_eq!(text(&client.get("/crm/owners/2026-03/8", token).await.body, "id"), "8");
    assert_eq!(client.get("/crm/owners/2026-03/121", token).await.status, 404);
    let former = client.get("/crm/owners/2026-03?archived=true", token).await.body;
    assert_eq!(former["results"][0].get("userId"), None, "{former}");
    assert_eq!(client.get("/crm/owners/2026-03?limit=501", token).await.status, 400);
    client.knob("POST", "/hubspot/_sandbox/seed", json!({ "owners": 620 })).await;
    let many = client.get("/crm/owners/2026-03?limit=500", token).await.body;
    assert_eq!(text(&many["paging"]["next"], "after"), "500");
    let pipelines = client.get("/crm/pipelines/2026-03/deals", token).await.body;
    assert_eq!(count(&pipelines, "results"), 2);
    let won = &pipelines["results"][0]["stages"][5];
    assert_eq!((text(won, "id"), text(&won["metadata"], "isClosed")), ("closedwon", "true"));
    let one = client.get("/crm/v3/pipelines/tickets/0", token).await.body;
    assert_eq!(one["stages"][3]["metadata"]["ticketState"], "CLOSED");
}

/// The ids of all lists, page by page.
async fn lists(client: &Client, token: &str, question: Value) -> Vec<String> {
    let (mut all, mut offset) = (Vec::new(), json!(0));
    loop {
        let mut question = question.clone();
        question["offset"] = offset;
        let page = client.post("/crm/lists/2026-03/search", token, question).await.body;
        let lists = page["lists"].as_array().unwrap_or_else(|| panic!("lists in {page}"));
        all.extend(lists.iter().map(|own| text(own, "listId").to_owned()));
        if page["hasMore"] == false {
            assert_eq!(page["total"], all.len());
            return all;
        }
        offset = page["offset"].clone();
    }
}

#[tokio::test]
async fn lists_are_searched_to_the_last_of_fifty_thousand() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    assert_eq!(lists(&client, token, json!({ "count": 100 })).await.len(), 250);
    let open = json!({ "count": 100, "processingTypes": ["MANUAL", "SNAPSHOT"] });
    assert_eq!(lists(&client, token, open).await.len(), 209, "those that are filled by hand");
    assert_eq!(lists(&client, token, json!({ "query": "SPRING" })).await, ["1"]);
    assert_eq!(lists(&client, token, json!({ "listIds": ["7", 9] })).await, ["7", "9"]);
    assert_eq!(lists(&client, token, json!({ "objectTypeId": "0-2" })).await, ["4"]);
    client.settings(json!({ "calls_per_ten_seconds": 1000 })).await;
    client.knob("POST", "/hubspot/_sandbox/seed", json!({ "lists": 50_000 })).await;
    let all = lists(&client, token, json!({ "count": 500 })).await;
    assert_eq!((all.len(), all[49_999].as_str()), (50_000, "50000"));
    let greedy = client.post("/crm/lists/2026-03/search", token, json!({ "count": 501 })).await;
    assert_eq!(greedy.error(), (400, "VALIDATION_ERROR"));
}

#[tokio::test]
async fn only_lists_that_are_filled_by_hand_take_members() {
    let client = Client::new();
    let token = &client.access(ALL).await;
    let ada = client.post(CONTACTS, token, contact("ada@acme.example")).await.id().to_owned();
    let list = "/crm/lists/2026-03/1";
    let number: u64 = ada.parse().expect("a number");
    let change = async |how: &str, body: Value| {
        client.call("PUT", &format!("{list}/memberships/{how}"), token, body).await.body
    };
    let added = change("add", json!([ada, number, 9])).await;
    assert_eq!(
        added,
        json!({ "recordsIdsAdded": [ada], "recordIdsRemoved": [], "recordIdsMissing": ["9"] })
    );
    assert_eq!(count(&change("add", json!([ada])).await, "recordsIdsAdded"), 0, "is there already");
    let members = client.get(&format!("{list}/memberships"), token).await.body;
    assert_eq!(members["results"][0]["recordId"], ada.as_str());
    assert_eq!(client.get(list, token).await.body["list"]["size"], 1);
    assert_eq!(change("remove", json!([ada])).await["recordIdsRemoved"], json!([ada]));
    let both = json!({ "recordIdsToAdd": [ada], "recordIdsToRemove": [] });
    assert_eq!(change("add-and-remove", both).await["recordsIdsAdded"], json!([ada]));
    for (list, status) in [("6", 400), ("251", 404), ("x", 404)] {
        let path = format!("/crm/lists/2026-03/{list}/memberships/add");
        assert_eq!(client.call("PUT", &path, token, json!([ada])).await.status, status, "{list}");
    }
    let companies = "/crm/v3/lists/4/memberships/add";
    let other = client.call("PUT", companies, token, json!([ada])).await.body;
    assert_eq!(other["recordIdsMissing"], json!([ada]), "a list of companies");
    let reader = &client.access("oauth crm.lists.read").await;
    let path = format!("{list}/memberships/add");
    let refused = client.call("PUT", &path, reader, json!([ada])).await;
    assert_eq!(refused.body["context"]["requiredGranularScopes"], json!(["crm.lists.write"]));
}
