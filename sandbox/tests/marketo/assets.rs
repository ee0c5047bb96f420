//! What people choose from, and what custom objects are known by.

use crate::client::{Client, code};
use serde_json::{Value, json};

#[tokio::test]
async fn assets_are_paged_by_offset_and_an_empty_page_has_no_result() {
    let client = Client::new().await;
    for (path, all) in [
        ("/rest/asset/v1/programs.json", 250),
        ("/rest/asset/v1/staticLists.json", 320),
        ("/rest/asset/v1/folders.json", 4),
        ("/rest/asset/v1/smartCampaigns.json", 24),
    ] {
        let mut seen = 0;
        loop {
            let page = client.get(&format!("{path}?maxReturn=500&offset={seen}")).await;
            let Some(result) = page["result"].as_array() else {
                let words = "No assets found for the given search criteria.";
                assert_eq!(page["warnings"], json!([words]));
                break;
            };
            assert!(result.len() <= 200, "{path}");
            assert!(result[0]["createdAt"].as_str().is_some_and(|own| own.ends_with("Z+0000")));
            seen += result.len();
        }
        assert_eq!(seen, all, "{path}");
        let usual = client.get(path).await;
        assert_eq!(usual["result"].as_array().map(Vec::len), Some(all.min(20)), "{path}");
    }
}

#[tokio::test]
async fn a_campaign_runs_each_time_it_is_requested() {
    let client = Client::new().await;
    let ada = client.lead(json!({ "email": "ada@acme.example" })).await;
    assert_eq!(client.pages("/rest/v1/campaigns.json?batchSize=20").await, [20, 4]);
    assert_eq!(client.pages("/rest/v1/campaigns.json?isTriggerable=true").await, [18]);
    let run = |leads: Vec<u64>| {
        let leads: Vec<_> = leads.into_iter().map(|id| json!({ "id": id })).collect();
        json!({ "input": { "leads": leads, "tokens": [{ "name": "{{my.x}}", "value": "v" }] } })
    };
    let path = |id: u64| format!("/rest/v1/campaigns/{id}/trigger.json");
    for _ in 0..2 {
        let ran = client.call("POST", &path(7001), run(vec![ada])).await;
        assert_eq!(ran["result"], json!([{ "id": 7001 }]));
    }
    for (campaign, leads, expected) in [
        (9000, vec![ada], "1013"),
        (7006, vec![ada], "1003"),
        (7008, vec![ada], "1003"),
        (7001, vec![], "1002"),
        (7001, vec![99], "1004"),
        (7001, vec![ada; 101], "1003"),
    ] {
        let refused = client.call("POST", &path(campaign), run(leads)).await;
        assert_eq!(code(&refused), expected);
    }
    let ran = client.activities("activityTypeIds=47").await;
    assert_eq!(ran["result"].as_array().map(Vec::len), Some(2), "not idempotent");
}

#[tokio::test]
async fn custom_objects_are_known_by_their_dedupe_fields() {
    let client = Client::new().await;
    client.lead(json!({ "email": "ada@acme.example" })).await;
    let listed = client.get("/rest/v1/customobjects.json?names=car_c").await;
    assert_eq!(listed["result"][0]["dedupeFields"], json!(["vin"]));
    let described = client.get("/rest/v1/customobjects/seat_c/describe.json").await;
    assert_eq!(described["result"][0]["relationships"][0]["relatedTo"]["name"], "Lead");
    let sync = async |action: &str, car: Value| {
        let body = json!({ "action": action, "dedupeBy": "dedupeFields", "input": [car] });
        client.call("POST", "/rest/v1/customobjects/car_c.json", body).await["result"][0].clone()
    };
    let made = sync("createOrUpdate", json!({ "vin": "1", "make": "Acme", "leadId": 1 })).await;
    assert_eq!((&made["seq"], &made["status"]), (&json!(0), &json!("created")));
    let again = sync("updateOnly", json!({ "vin": "1", "model": "T" })).await;
    assert_eq!(
        (&again["status"], &again["marketoGUID"]),
        (&json!("updated"), &made["marketoGUID"])
    );
    for (action, car, expected) in [
        ("createOnly", json!({ "vin": "1" }), "1017"),
        ("updateOnly", json!({ "vin": "2" }), "1013"),
        ("createOrUpdate", json!({ "make": "Acme" }), "1002"),
        ("createOrUpdate", json!({ "vin": "2", "wheels": 4 }), "1006"),
        ("createOrUpdate", json!({ "vin": "2", "year": "old" }), "1001"),
        ("createOrUpdate", json!({ "vin": "2", "leadId": 99 }), "1004"),
    ] {
        assert_eq!(code(&sync(action, car).await), expected);
    }
    let path = "/rest/v1/customobjects/car_c.json?filterType=vin&filterValues=1&fields=make,model";
    let found = client.get(path).await;
    assert_eq!(
        (&found["result"][0]["make"], &found["result"][0]["model"]),
        (&json!("Acme"), &json!("T"))
    );
    assert_eq!(code(&client.get("/rest/v1/customobjects/boat_c/describe.json").await), "1013");
    let gone = json!({ "deleteBy": "idField", "input": [{ "marketoGUID": made["marketoGUID"] }] });
    let path = "/rest/v1/customobjects/car_c/delete.json";
    let deleted = client.call("POST", path, gone).await;
    assert_eq!(deleted["result"][0]["status"], "deleted", "{deleted}");
}

#[tokio::test]
async fn a_compound_key_is_looked_up_by_post() {
    let client = Client::new().await;
    let seats = "/rest/v1/customobjects/seat_c.json";
    let seat = |number: u64| json!({ "webinar": "spring", "number": number });
    let body = json!({ "input": [seat(1), seat(2), seat(1)] });
    let made = client.call("POST", seats, body).await;
    assert_eq!(code(&made["result"][2]), "1036", "{made}");
    let single = format!("{seats}?filterType=dedupeFields&filterValues=spring");
    assert_eq!(code(&client.get(&single).await), "1003");
    let question = json!({ "filterType": "dedupeFields", "input": [seat(2), seat(3)] });
    let found = client.call("POST", &format!("{seats}?_method=GET"), question).await;
    assert_eq!(found["result"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["result"][0]["number"], 2);
}

#[tokio::test]
async fn one_field_can_be_looked_up_by_post_too() {
    let client = Client::new().await;
    let cars = "/rest/v1/customobjects/car_c.json";
    let made = json!({ "input": [{ "vin": "v1" }, { "vin": "v2" }] });
    let made = client.call("POST", cars, made).await;
    assert_eq!(made["success"], true, "{made}");
    let path = format!("/marketo/123-abc-456{cars}?_method=GET");
    let form = "filterType=vin&filterValues=v2%2Cv3".to_owned();
    let kind = "application/x-www-form-urlencoded";
    let (_, text) = client.raw(("POST", &path), kind, form).await;
    let found: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(found["result"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["result"][0]["vin"], "v2");
}

#[tokio::test]
async fn fields_are_described_twice() {
    let client = Client::new().await;
    let old = client.get("/rest/v1/leads/describe.json").await;
    let fields = old["result"].as_array().expect("fields");
    let rest = |name: &str| fields.iter().find(|own| own["rest"]["name"] == name);
    assert_eq!(rest("email").expect("email")["rest"]["readOnly"], false);
    assert_eq!(rest("createdAt").expect("createdAt")["rest"]["readOnly"], true);
    assert!(fields.iter().any(|own| own.get("rest").is_none()), "one that REST cannot name");
    let new = client.get("/rest/v1/leads/describe2.json").await;
    let searchable = new["result"][0]["searchableFields"].as_array().expect("fields");
    assert!(searchable.contains(&json!(["email"])), "{new}");
    let partitions = client.get("/rest/v1/leads/partitions.json").await;
    assert_eq!(partitions["result"][1]["name"], "Europe");
}
