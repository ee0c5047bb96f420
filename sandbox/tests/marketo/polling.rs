//! What happens to leads can be polled.

use crate::client::{AT, Client, code, encoded};
use serde_json::{Value, json};

#[tokio::test]
async fn what_happens_to_a_lead_can_be_polled() {
    let client = Client::new().await;
    let ada = client.lead(json!({ "email": "ada@acme.example" })).await;
    let change = json!({ "email": "ada@acme.example", "firstName": "Ada", "title": "Countess" });
    client.lead(change.clone()).await;
    client.lead(change).await;
    client.call("POST", "/rest/v1/lists/1001/leads.json?id=1", Value::Null).await;
    let all = client.activities("activityTypeIds=12,13,24,37").await;
    let kinds: Vec<_> = all["result"]
        .as_array()
        .expect("activities")
        .iter()
        .map(|own| &own["activityTypeId"])
        .collect();
    assert_eq!(kinds, [12, 13, 13, 24], "what stays the same is no change");
    let added = &all["result"][3];
    assert_eq!(
        (&added["leadId"], &added["primaryAttributeValue"], &added["marketoGUID"]),
        (&json!(ada), &json!("Spring webinar"), &json!("4"))
    );
    let token = client.token_since("2026-01-01T00:00:00Z").await;
    let changes =
        format!("/rest/v1/activities/leadchanges.json?fields=title&nextPageToken={token}");
    let changes = client.get(&changes).await;
    let changed = &changes["result"][1]["fields"][0];
    assert_eq!(
        (&changed["name"], &changed["newValue"], &changed["oldValue"]),
        (&json!("title"), &json!("Countess"), &Value::Null)
    );
    assert_eq!(changes["result"].as_array().map(Vec::len), Some(2), "the new lead and its title");
    let gone = json!({ "input": [{ "id": ada }] });
    client.call("POST", "/rest/v1/leads/delete.json", gone).await;
    let next = encoded(changes["nextPageToken"].as_str().expect("always a token"));
    let path = format!("/rest/v1/activities/deletedleads.json?nextPageToken={next}");
    let gone = client.get(&path).await;
    assert_eq!((&gone["result"][0]["leadId"], &gone["moreResult"]), (&json!(ada), &json!(false)));
    assert_eq!(client.get("/rest/v1/activities/types.json").await["result"][1]["name"], "New Lead");
    let future = client.token_since("2126-01-01T00:00:00Z").await;
    let path = format!("/rest/v1/activities.json?activityTypeIds=12&nextPageToken={future}");
    assert_eq!(client.get(&path).await["result"], json!([]));
}

#[tokio::test]
async fn a_page_of_activities_can_be_empty_though_there_is_more() {
    let client = Client::new().await;
    client.send("POST", &format!("{AT}/_sandbox/seed"), json!({ "visits": 300 })).await;
    client.lead(json!({ "email": "ada@acme.example" })).await;
    let first = client.activities("activityTypeIds=12").await;
    assert_eq!((&first["result"], &first["moreResult"]), (&json!([]), &json!(true)));
    let next = encoded(first["nextPageToken"].as_str().expect("a token"));
    let path = format!("/rest/v1/activities.json?activityTypeIds=12&nextPageToken={next}");
    let second = client.get(&path).await;
    assert_eq!((&second["result"][0]["leadId"], &second["moreResult"]), (&json!(1), &json!(false)));
    let slow = json!({ "activity_lag_s": 300 });
    client.send("PUT", &format!("{AT}/_sandbox/settings"), slow).await;
    assert_eq!(client.get(&path).await["result"], json!([]), "it takes a while to be seen");
    client.send("POST", "/_sandbox/clock", json!({ "advance_s": 300 })).await;
    assert_eq!(client.get(&path).await["result"].as_array().map(Vec::len), Some(1));
    let eleven = "1,2,3,4,5,6,7,8,9,10,11";
    let many = (1..=31).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    for (query, expected) in [
        ("", "1002"),
        (&*format!("activityTypeIds={eleven}"), "1003"),
        (&*format!("activityTypeIds=12&leadIds={many}"), "1003"),
        ("activityTypeIds=12&listId=7", "1013"),
    ] {
        assert_eq!(code(&client.activities(query).await), expected);
    }
    let path = "/rest/v1/activities.json?activityTypeIds=12";
    assert_eq!(code(&client.get(path).await), "1002");
    let path = "/rest/v1/activities/pagingtoken.json?sinceDatetime=yesterday";
    assert_eq!(code(&client.get(path).await), "1001");
}

#[tokio::test]
async fn from_the_end_of_2026_a_big_list_cannot_be_polled() {
    let mut client = Client::new().await;
    let seed = format!("{AT}/_sandbox/seed");
    client.send("POST", &seed, json!({ "leads": 9_999, "list": 1001 })).await;
    client.send("POST", "/_sandbox/clock", json!({ "advance_s": 366 * 86_400 })).await;
    client.renew().await;
    let query = "activityTypeIds=12&listId=1001";
    assert_eq!(client.activities(query).await["moreResult"], true);
    client.send("POST", &seed, json!({ "leads": 1, "list": 1001 })).await;
    assert_eq!(code(&client.activities(query).await), "1003");
}
