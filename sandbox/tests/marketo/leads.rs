//! Keys and tokens, leads and lists, errors that come with status 200.

use crate::client::{AT, Client, JSON, KEYS, code};
use axum::http::StatusCode;
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

#[tokio::test]
async fn a_token_is_the_same_while_it_lives() {
    let client = Client::new().await;
    client.knob("POST", "/_sandbox/clock", json!({ "advance_s": 3595 })).await;
    let (_, same) = client.identity("POST", KEYS).await;
    assert_eq!(same["access_token"], client.token, "the parameters of a POST stand in the query");
    let left = same["expires_in"].as_i64().expect("seconds");
    assert!((4..=5).contains(&left), "{left} seconds are left");
    assert_eq!(
        (&same["token_type"], &same["scope"]),
        (&json!("bearer"), &json!("api@acme.example"))
    );
    client.knob("POST", "/_sandbox/clock", json!({ "advance_s": 5 })).await;
    assert_eq!(code(&client.get("/rest/v1/lists.json").await), "602");
    let (_, fresh) = client.identity("GET", KEYS).await;
    assert_ne!(fresh["access_token"], client.token);
}

#[tokio::test]
async fn wrong_keys_are_a_401_and_a_wrong_host_is_a_404() {
    let client = Client::new().await;
    let keys = |id: &str, secret: &str| {
        format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
    };
    for (query, words) in [
        (keys("portico-demo", "wrong"), "Bad client credentials"),
        (keys("other", "x"), "No client with requested id: other"),
        (String::new(), "Unsupported grant type"),
    ] {
        let (status, body) = client.identity("GET", &query).await;
        assert_eq!((status, &body["error_description"]), (StatusCode::UNAUTHORIZED, &json!(words)));
    }
    for path in ["identity/oauth/token", "rest/v1/lists.json", "rest/v1/nothing.json", "leads"] {
        let path = format!("/marketo/000-xxx-000/{path}?{KEYS}");
        let (status, _) = client.raw(("GET", &path), JSON, String::new()).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    // Munchkin ids are written in upper case, hosts in lower.
    let path = "/marketo/123-ABC-456/rest/v1/lists.json";
    assert_eq!(client.raw(("GET", path), JSON, String::new()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn nobody_is_let_in_without_a_token_of_the_instance() {
    let mut client = Client::new().await;
    let good = client.token.clone();
    let path = "/marketo/789-xyz-012/rest/v1/lists.json";
    let (_, text) = client.raw(("GET", path), JSON, String::new()).await;
    assert!(text.contains("\"601\""), "a token of another instance: {text}");
    client.token = "made-up".to_owned();
    assert_eq!(code(&client.get("/rest/v1/lists.json").await), "601");
    client.token = String::new();
    let path = format!("/rest/v1/lists.json?access_token={good}");
    assert_eq!(code(&client.get(&path).await), "600", "a token in the query is no token");
    client.token = good;
    client.knob("POST", "/_sandbox/revoke-tokens", Value::Null).await;
    assert_eq!(code(&client.get("/rest/v1/lists.json").await), "601");
    assert_eq!(client.identity("GET", KEYS).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_lead_is_created_changed_or_skipped() {
    let client = Client::new().await;
    let ada = json!({ "email": "ada@acme.example", "firstName": "Ada" });
    let how = |action: &str| json!({ "action": action });
    let made = json!({ "id": 1, "status": "created" });
    assert_eq!(client.sync(json!({}), ada.clone()).await, made);
    let upper = json!({ "email": "ADA@acme.example", "leadScore": "7", "unsubscribed": "true" });
    let updated = json!({ "id": 1, "status": "updated" });
    assert_eq!(client.sync(how("updateOnly"), upper).await, updated);
    let by_id = json!({ "action": "updateOnly", "lookupField": "id" });
    let named = json!({ "id": 1, "lastName": "Lovelace" });
    assert_eq!(client.sync(by_id, named).await, updated);
    for (how, lead, expected) in [
        (how("createOnly"), ada.clone(), "1005"),
        (how("updateOnly"), json!({ "email": "x@y.example" }), "1004"),
        (json!({}), json!({ "email": "x@y.example", "shoe": 1 }), "1006"),
        (json!({}), json!({ "firstName": "Ada" }), "1003"),
        (json!({}), json!({ "email": "x@y.example", "id": 1 }), "1003"),
        (json!({}), json!({ "email": "ädå@acme.example" }), "1003"),
        (json!({}), json!({ "email": "x@y.example", "createdAt": "2026" }), "1003"),
        (json!({}), json!({ "email": "x@y.example", "leadScore": "many" }), "1001"),
        (json!({}), json!({ "email": "x@y.example", "dateOfBirth": "May" }), "1001"),
        (json!({ "partitionName": "Europe" }), ada.clone(), "1010"),
    ] {
        let record = client.sync(how, lead).await;
        assert_eq!((&record["status"], code(&record)), (&json!("skipped"), expected));
    }
    let read = client.get("/rest/v1/lead/1.json?fields=lastName,leadScore,unsubscribed").await;
    let whole = json!({ "id": 1, "lastName": "Lovelace", "leadScore": 7, "unsubscribed": true });
    assert_eq!(read["result"], json!([whole]));
    assert_eq!(code(&client.get("/rest/v1/lead/2.json").await), "1004");
    assert_eq!(code(&client.get("/rest/v1/lead/ada.json").await), "1001");
    assert_eq!(code(&client.get("/rest/v1/lead/1.json?fields=shoe").await), "1006");
}

#[tokio::test]
async fn a_whole_request_is_refused_with_status_200() {
    let client = Client::new().await;
    let ada = json!({ "email": "ada@acme.example" });
    for (how, expected) in [
        (json!({ "action": "upsert" }), "1001"),
        (json!({ "lookupField": "shoe" }), "1006"),
        (json!({ "lookupField": "unsubscribed" }), "1011"),
        (json!({ "partitionName": "Executives" }), "1008"),
        (json!({ "input": [] }), "1002"),
        (json!({ "input": vec![ada.clone(); 301] }), "1003"),
    ] {
        assert_eq!(code(&client.sync(how, ada.clone()).await), expected);
    }
    let leads = format!("{AT}/rest/v1/leads.json");
    for (path, kind, body, expected) in [
        (leads.as_str(), JSON, "{", "609"),
        (leads.as_str(), "text/plain", "{}", "612"),
        (&format!("{AT}/rest/v1/lead.json"), JSON, "{}", "610"),
        (&format!("{AT}/rest//v1/leads.json"), JSON, "{}", "610"),
        (&format!("{AT}/rest/v1/leads/describe.json"), JSON, "{}", "605"),
    ] {
        let (status, text) = client.raw(("POST", path), kind, body.to_owned()).await;
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((status, code(&answer)), (StatusCode::OK, expected), "{path}");
    }
    let later = client.sync(json!({ "asyncProcessing": true }), ada).await;
    assert_eq!((later.get("result"), &later["success"]), (None, &json!(true)));
}

#[tokio::test]
async fn a_company_that_is_linked_is_not_changed_through_a_lead() {
    let client = Client::new().await;
    let lead = |company: &str| json!({ "email": "ada@acme.example", "company": company });
    client.sync(json!({}), lead("Acme")).await;
    assert_eq!(client.sync(json!({}), lead("Engines")).await["status"], "updated");
    let link = json!({ "email": "ada@acme.example", "externalCompanyId": "c-1" });
    client.sync(json!({}), link).await;
    assert_eq!(code(&client.sync(json!({}), lead("Other")).await), "1021");
    assert_eq!(client.sync(json!({}), lead("Engines")).await["status"], "updated", "no change");
}

#[tokio::test]
async fn upserts_at_the_same_time_make_duplicates() {
    let client = Client::new().await;
    let slow =
        json!({ "method": "POST", "path_contains": "/leads.json", "kind": "delay", "ms": 1 });
    client.knob("POST", "/_sandbox/faults", slow).await;
    let (first, second) = tokio::join!(
        client.lead(json!({ "email": "ada@acme.example" })),
        client.lead(json!({ "email": "ada@acme.example" }))
    );
    assert_ne!(first, second, "neither saw the other");
    let third = client.sync(json!({}), json!({ "email": "ada@acme.example" })).await;
    assert_eq!(code(&third), "1007");
    let found = client.get("/rest/v1/leads.json?filterType=email&filterValues=ada@acme.example");
    assert_eq!(found.await["result"].as_array().map(Vec::len), Some(2));
    // On purpose, there is an action for it; in one request, the second record sees the first.
    let again = client.sync(json!({ "action": "createDuplicate" }), json!({ "title": "x" })).await;
    assert_eq!(again["status"], "created");
    let twice = json!({ "input": vec![json!({ "email": "b@acme.example" }); 2] });
    let twice = client.call("POST", "/rest/v1/leads.json", twice).await;
    assert_eq!(twice["result"][1]["status"], "updated", "{twice}");
}

#[tokio::test]
async fn leads_are_found_page_by_page() {
    let client = Client::new().await;
    client.knob("POST", &format!("{AT}/_sandbox/seed"), json!({ "leads": 650 })).await;
    let all = "/rest/v1/leads.json?filterType=firstName&filterValues=lead";
    assert_eq!(client.pages(all).await, [300, 300, 50]);
    assert_eq!(client.pages(&format!("{all}&batchSize=500&fields=email")).await, [300, 300, 50]);
    let page = client.get("/rest/v1/leads.json?filterType=id&filterValues=3,650,651").await;
    assert_eq!(page["result"].as_array().map(Vec::len), Some(2));
    let first = &page["result"][0];
    assert_eq!((&first["id"], &first["email"]), (&json!(3), &json!("lead-00003@seed.example")));
    assert!(first["createdAt"].as_str().is_some_and(|own| own.ends_with('Z')), "{first}");
    client.knob("POST", &format!("{AT}/_sandbox/seed"), json!({ "leads": 351 })).await;
    let many = vec!["x"; 301].join(",");
    for (query, expected) in [
        ("", "1002"),
        ("filterType=email", "1002"),
        ("filterType=shoe&filterValues=x", "1003"),
        ("filterType=unsubscribed&filterValues=true", "1011"),
        ("filterType=firstName&filterValues=Lead", "1003"),
        ("filterType=id&filterValues=1&nextPageToken=x", "1003"),
        ("filterType=id&filterValues=1&batchSize=x", "1001"),
        (&format!("filterType=email&filterValues={many}"), "1003"),
    ] {
        assert_eq!(code(&client.get(&format!("/rest/v1/leads.json?{query}")).await), expected);
    }
}

#[tokio::test]
async fn a_question_too_long_for_a_uri_is_posted() {
    let client = Client::new().await;
    client.lead(json!({ "email": "ada@acme.example" })).await;
    let values: Vec<_> =
        (0..299).map(|index| format!("somebody-{index:05}@acme.example")).collect();
    let values = format!("{},ada@acme.example", values.join(","));
    let path = format!("{AT}/rest/v1/leads.json");
    let long = format!("{path}?filterType=email&filterValues={values}");
    let (status, _) = client.raw(("GET", &long), JSON, String::new()).await;
    assert_eq!(status, StatusCode::URI_TOO_LONG);
    let mut form = Serializer::new(String::new());
    form.append_pair("filterType", "email").append_pair("filterValues", &values);
    let posted = format!("{path}?_method=GET");
    let kind = "application/x-www-form-urlencoded";
    let (_, text) = client.raw(("POST", &posted), kind, form.finish()).await;
    let body: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(body["result"][0]["email"], "ada@acme.example", "{body}");
    let (status, _) = client.raw(("POST", &path), JSON, "x".repeat(1_048_577)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_lead_comes_onto_a_list_and_leaves_it() {
    let client = Client::new().await;
    let ada = client.lead(json!({ "email": "ada@acme.example" })).await;
    let grace = client.lead(json!({ "email": "grace@acme.example" })).await;
    let list = "/rest/v1/lists/1001/leads.json";
    let statuses = |body: &Value| {
        let told = |own: &Value| own["status"].as_str().expect("a status").to_owned();
        body["result"].as_array().expect("a result").iter().map(told).collect::<Vec<_>>()
    };
    let added = client.call("POST", &format!("{list}?id={ada}&id=99"), Value::Null).await;
    assert_eq!(statuses(&added), ["added", "skipped"]);
    assert_eq!((&added["result"][1]["id"], code(&added["result"][1])), (&json!(99), "1004"));
    let both = json!({ "input": [{ "id": ada }, { "id": grace }] });
    assert_eq!(statuses(&client.call("POST", list, both).await), ["memberof", "added"]);
    let member = "/rest/v1/lists/1001/leads/ismember.json?id=1&id=2";
    assert_eq!(statuses(&client.get(member).await), ["memberof"; 2]);
    assert_eq!(client.pages(&format!("{list}?batchSize=1")).await, [1, 1]);
    let (_, page) = client.raw(("GET", &format!("{AT}/lists/1001")), JSON, String::new()).await;
    assert!(page.contains("grace@acme.example") && page.contains("Spring webinar"), "{page}");
    let path = format!("{list}?id={ada}");
    assert_eq!(statuses(&client.call("DELETE", &path, Value::Null).await), ["removed"]);
    let gone = client.call("DELETE", &path, Value::Null).await;
    assert_eq!(code(&gone["result"][0]), "1015");
    assert_eq!(statuses(&client.get(member).await), ["notmemberof", "memberof"]);
    for (path, expected) in [
        ("/rest/v1/lists/7/leads.json?id=1", "1013"),
        ("/rest/v1/lists/webinar/leads.json?id=1", "1001"),
        ("/rest/v1/lists/1001/leads.json", "1002"),
        ("/rest/v1/lists/1001/leads.json?id=1,2", "1001"),
    ] {
        assert_eq!(code(&client.call("POST", path, Value::Null).await), expected);
    }
    let both = json!({ "input": [{ "id": grace }, { "id": 99 }] });
    let removed = client.call("POST", "/rest/v1/leads/delete.json", both).await;
    assert_eq!(statuses(&removed), ["deleted", "skipped"]);
    assert_eq!(client.pages(&format!("{list}?batchSize=1")).await, [0]);
}

#[tokio::test]
async fn as_many_as_a_request_takes_leave_a_list_at_once() {
    let client = Client::new().await;
    let leads: Vec<_> = (0..300).map(|n| json!({ "email": format!("{n}@acme.example") })).collect();
    let made = json!({ "action": "createOrUpdate", "input": leads });
    let made = client.call("POST", "/rest/v1/leads.json", made).await;
    let ids = made["result"].as_array().expect("a result").iter();
    let ids: Vec<_> = ids.map(|own| json!({ "id": own["id"] })).collect();
    let list = "/rest/v1/lists/1001/leads.json";
    client.call("POST", list, json!({ "input": ids.clone() })).await;
    let removed = client.call("DELETE", list, json!({ "input": ids.clone() })).await;
    let all = removed["result"].as_array().expect("a result");
    assert_eq!(all.iter().filter(|own| own["status"] == "removed").count(), 300, "{removed}");
    let more: Vec<_> = ids.into_iter().chain([json!({ "id": 1 })]).collect();
    assert_eq!(code(&client.call("DELETE", list, json!({ "input": more })).await), "1003");
}

#[tokio::test]
async fn fifty_thousand_lists_are_paged_to_the_end() {
    let client = Client::new().await;
    assert_eq!(client.pages("/rest/v1/lists.json?batchSize=300").await, [300, 20]);
    let named = client.get("/rest/v1/lists.json?name=Spring%20webinar,Customers").await;
    let ids: Vec<_> =
        named["result"].as_array().expect("lists").iter().map(|own| &own["id"]).collect();
    assert_eq!(ids, [1001, 1002]);
    let one = client.get("/rest/v1/lists.json?id=1320").await;
    assert_eq!(client.get("/rest/v1/lists/1320.json").await["result"], one["result"]);
    assert_eq!(code(&client.get("/rest/v1/lists/1321.json").await), "1013");
    let posted = client.call("POST", "/rest/v1/lists.json?_method=GET&id=1001", Value::Null).await;
    assert_eq!(posted["result"][0]["name"], "Spring webinar");
    assert_eq!(code(&client.call("POST", "/rest/v1/lists.json", Value::Null).await), "605");
    let many = json!({ "rate_calls": 1000 });
    client.knob("PUT", &format!("{AT}/_sandbox/settings"), many).await;
    client.knob("POST", &format!("{AT}/_sandbox/seed"), json!({ "lists": 50_000 })).await;
    let sizes = client.pages("/rest/v1/lists.json?batchSize=300").await;
    assert_eq!((sizes.len(), sizes.iter().sum::<usize>()), (167, 50_000));
    // The other instance keeps its own.
    let other = "/marketo/789-xyz-012/lists";
    let (_, page) = client.raw(("GET", other), JSON, String::new()).await;
    assert!(page.contains("100 of 320 lists"));
}
