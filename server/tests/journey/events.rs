//! From an event to a record at the provider.

use crate::harness::{World, on_each_database, outcome};
use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn an_event_becomes_a_record_and_every_step_is_there_to_see() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let accepted = world.lead_created("ada", "Lovelace").await;
        assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
        assert_eq!(world.work().await, 1);
        let leads = world.leads().await;
        assert_eq!(leads.len(), 1);
        assert_eq!(
            leads[0]["fields"],
            json!({ "FirstName": "Ada", "LastName": "Lovelace", "Company": "Engines" })
        );
        let execution = world.execution(&accepted.json()).await;
        assert_eq!(execution["summary"]["status"], "succeeded");
        let facts: Vec<_> = execution["history"]
            .as_array()
            .expect("a history")
            .iter()
            .map(|entry| entry["fact"].as_str().expect("a fact").to_owned())
            .collect();
        assert_eq!(facts, ["started", "step_started", "step_succeeded", "finished"]);
        assert_eq!(execution["history"][2]["output"]["id"], leads[0]["id"]);
        assert!(!execution.to_string().contains("Bearer"), "no secret enters history");
    })
    .await;
}

#[tokio::test]
async fn why_it_did_not_run_is_always_told() {
    on_each_database(async |world: World| {
        let why = async |world: &World| {
            let answer = world.lead_created("ada", "L").await.json();
            outcome(&answer, "salesforce")
        };
        assert_eq!(why(&world).await, "not_connected");
        world.connect("ada").await;
        assert_eq!(why(&world).await, "disabled");
        world.switch_on("ada").await;
        assert_eq!(why(&world).await, "started");
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let id = me["integrations"]["salesforce"]["credentialId"]
            .as_str()
            .expect("an account")
            .to_owned();
        let list = world.sdk("ada", "GET", "/integrations", Value::Null).await.json();
        let own = list.as_array().expect("a list").iter().find(|own| own["type"] == "salesforce");
        let integration = own.expect("Salesforce")["id"].as_str().expect("an id");
        // As the SDK says which account: Paragon's and ours alike.
        let path = format!("/integrations/{integration}");
        let other = id.replace(|c: char| c.is_ascii_digit(), "0");
        for (named, status) in [(other, StatusCode::NOT_FOUND), (id, StatusCode::NO_CONTENT)] {
            let request =
                world.request("ada", "DELETE", &path).header("x-paragon-credential", named);
            let gone = world.send(request.body(Body::empty()).expect("a request")).await;
            assert_eq!(gone.status, status, "{}", gone.text);
        }
        assert_eq!(why(&world).await, "not_connected");
        assert_eq!(world.work().await, 0, "what waited was cancelled with the account");
    })
    .await;
}

#[tokio::test]
async fn one_key_is_one_event() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let send = async |user: &str, last_name: &str| {
            let event = json!({ "name": "Lead Created", "payload": { "last_name": last_name, "company": "E" } });
            let request = world.request(user, "POST", "/events/trigger").header("idempotency-key", "k1");
            world.send(request.body(Body::from(event.to_string())).expect("a request")).await
        };
        let first = send("ada", "L").await;
        let again = send("ada", "L").await;
        assert_eq!(first.json(), again.json());
        assert_eq!(again.headers["idempotent-replayed"], "true");
        assert_eq!(send("ada", "Other").await.json()["code"], "idempotency_key_reused");
        let theirs = send("grace", "L").await;
        assert_ne!(theirs.json()["event"]["id"], first.json()["event"]["id"], "keys of two users never meet");
        world.work().await;
        assert_eq!(world.leads().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_the_provider_refuses_is_a_failure_in_its_words() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let accepted = world.lead_created("ada", &"L".repeat(81)).await;
        world.work().await;
        let execution = world.execution(&accepted.json()).await;
        assert_eq!(execution["summary"]["status"], "failed");
        let failure = &execution["summary"]["failure"];
        assert_eq!(
            (&failure["class"], &failure["code"]),
            (&json!("invalid"), &json!("STRING_TOO_LONG"))
        );
        assert_eq!(failure["fields"], json!(["LastName"]));
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_down_costs_a_retry() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let fault = json!({ "method": "POST", "path_contains": "/sobjects/", "times": 2, "kind": "status", "status": 503,
            "body": [{ "errorCode": "SERVER_UNAVAILABLE", "message": "down", "fields": [] }] });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        let accepted = world.lead_created("ada", "Lovelace").await;
        assert_eq!(world.work().await, 1);
        assert_eq!(world.leads().await.len(), 0);
        world.clock.advance(15);
        assert_eq!(world.work().await, 1, "the first retry is due after 10 to 12 s");
        world.clock.advance(25);
        assert_eq!(world.work().await, 1, "the second after 20 to 24 s");
        assert_eq!(world.leads().await.len(), 1);
        let execution = world.execution(&accepted.json()).await;
        assert_eq!(execution["summary"]["status"], "succeeded");
    })
    .await;
}

#[tokio::test]
async fn a_cut_connection_after_a_create_is_never_repeated_blindly() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let fault = json!({ "method": "POST", "path_contains": "/sobjects/", "kind": "cut" });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        let accepted = world.lead_created("ada", "Lovelace").await;
        world.work().await;
        world.clock.advance(3600);
        assert_eq!(world.work().await, 0);
        assert_eq!(world.leads().await.len(), 1, "it had been carried out");
        let execution = world.execution(&accepted.json()).await;
        assert_eq!(execution["summary"]["failure"]["class"], "unknown");
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once_for_all() {
    /// How many steps wait for the one refresh.
    const STEPS: usize = 1000;
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        for index in 0..STEPS {
            // A user's own limit is fifty events a second.
            if index % 50 == 0 {
                world.clock.advance(1);
            }
            let accepted = world.lead_created("ada", &format!("L{index}")).await;
            assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
        }
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        world.work().await;
        assert_eq!(world.leads().await.len(), STEPS);
        let seen = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
        let tokens = seen
            .as_array()
            .expect("requests")
            .iter()
            .filter(|seen| seen["path"].as_str().is_some_and(|path| path.ends_with("/token")))
            .count();
        assert_eq!(tokens, 2, "one to connect, one to refresh");
    })
    .await;
}

#[tokio::test]
async fn a_revoked_account_says_so_until_it_is_reconnected() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        world.sandbox("POST", "/_sandbox/revoke-tokens", Value::Null).await;
        let accepted = world.lead_created("ada", "Lovelace").await;
        world.work().await;
        let execution = world.execution(&accepted.json()).await;
        assert_eq!(execution["summary"]["failure"]["class"], "revoked");
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        assert_eq!(me["integrations"]["salesforce"]["credentialStatus"], "INVALID");
        let next = world.lead_created("ada", "Again").await.json();
        assert_eq!(outcome(&next, "salesforce"), "credential_invalid");
        world.connect("ada").await;
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let own = &me["integrations"]["salesforce"];
        assert_eq!(
            own["allCredentials"].as_array().map(Vec::len),
            Some(1),
            "the same account, not a second"
        );
        assert_eq!(own["credentialStatus"], "VALID");
        let next = world.lead_created("ada", "At last").await.json();
        assert_eq!(outcome(&next, "salesforce"), "started", "its switches were kept");
    })
    .await;
}
