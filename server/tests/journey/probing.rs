//! Whether accounts still work: asked on demand and now and then. Only a provider's *no* ends one.

use crate::harness::{Got, World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use serde_json::{Value, json};

const DAY: i64 = 24 * 3600;

async fn account(world: &World, user: &str, integration: &str) -> Value {
    let me = world.sdk(user, "GET", "/me", Value::Null).await.json();
    me["integrations"][integration]["allCredentials"][0].clone()
}

/// How a user's one account stands, and how many seconds ago that was found, as an admin sees it.
async fn seen(world: &World, user: &str) -> (String, u64) {
    let project = world.project.parse().expect("an id");
    let users = world.services.user_list(&Actor::Operator, project, Some(user.to_owned()), None);
    let users = users.await.expect("users").rows;
    let detail = world.services.user_detail(&Actor::Operator, project, users[0].id).await;
    let account = &detail.expect("a user").accounts[0];
    (account.status.name().to_owned(), account.checked.expect("a check").seconds_ago)
}

/// The button in the portal.
async fn check(world: &World, token: &str, credential: &Value) -> Got {
    world.clock.advance(60);
    world.portal(token, "POST", "/check", json!({ "credentialId": credential })).await
}

/// The worker's chore.
async fn probe(world: &World) -> usize {
    world.services.probe_due(100).await.expect("probed")
}

async fn requests(world: &World) -> String {
    world.sandbox("GET", "/_sandbox/requests", Value::Null).await.text
}

#[tokio::test]
async fn a_person_checks_an_account_and_reads_when_it_was_checked() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let own = account(&world, "ada", "salesforce").await;
        world.clock.advance(600);
        let before = world.portal(&token, "GET", "/view", Value::Null).await.json();
        assert_eq!(before["accounts"][0]["checked"]["seconds_ago"], 600);
        let checked = check(&world, &token, &own["id"]).await;
        assert_eq!(checked.status, StatusCode::OK, "{}", checked.text);
        assert_eq!(checked.json()["accounts"][0]["checked"]["seconds_ago"], 0);
        assert_eq!(checked.json()["accounts"][0]["status"], "VALID");
        let other = world.open_portal("grace", "salesforce").await;
        let stranger = check(&world, &other, &own["id"]).await;
        assert_eq!(stranger.json()["code"], "credential_unknown", "nobody else's");

        let admin = world.admin_cookie().await;
        world.clock.advance(60);
        let body = json!({ "project": world.project, "credential": own["id"] });
        let by_admin = world.dashboard_form(&admin, "users/check", &body).await;
        assert_eq!(by_admin.status, StatusCode::OK, "{}", by_admin.text);
        let now = account(&world, "ada", "salesforce").await;
        assert_ne!(now["dateChecked"], own["dateChecked"]);
    })
    .await;
}

#[tokio::test]
async fn a_token_that_has_ended_is_renewed_once_and_the_account_stays() {
    on_each_database(async |world: World| {
        for (integration, choice) in [("salesforce", "ada@acme.example"), ("hubspot", "62515")] {
            world.connect_to("ada", integration, choice).await;
            let token = world.open_portal("ada", integration).await;
            let own = account(&world, "ada", integration).await;
            world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
            let checked = check(&world, &token, &own["id"]).await;
            assert_eq!(checked.status, StatusCode::OK, "{integration}: {}", checked.text);
            assert_eq!(checked.json()["accounts"][0]["status"], "VALID", "{integration}");
            let now = account(&world, "ada", integration).await;
            assert_ne!(now["dateRefreshed"], own["dateRefreshed"], "{integration}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_whose_approval_ended_must_be_reconnected_and_keeps_its_settings() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        let own = account(&world, "ada", "salesforce").await;
        world.sandbox("POST", "/_sandbox/revoke-tokens", Value::Null).await;
        let token = world.open_portal("ada", "salesforce").await;
        let view = check(&world, &token, &own["id"]).await.json();
        let shown = &view["accounts"][0];
        assert_eq!(shown["status"], "INVALID");
        assert!(shown["failure"].as_str().expect("words").contains("Reconnect"), "{shown}");
        assert_eq!(shown["checked"]["seconds_ago"], 0);
        let accepted = world.lead_created("ada", "Lovelace").await.json();
        assert_eq!(crate::harness::outcome(&accepted, "salesforce"), "credential_invalid");
        world.connect("ada").await;
        let again = account(&world, "ada", "salesforce").await;
        assert_eq!((&again["id"], &again["status"]), (&own["id"], &json!("VALID")));
        assert_eq!(
            again["configurations"][0]["workflowSettings"],
            own["configurations"][0]["workflowSettings"]
        );
    })
    .await;
}

#[tokio::test]
async fn trouble_on_the_way_is_never_held_against_an_account() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let own = account(&world, "ada", "salesforce").await;
        for fault in [
            json!({ "kind": "cut_before", "path_contains": "userinfo" }),
            json!({ "kind": "status", "status": 503, "body": {}, "path_contains": "userinfo" }),
            json!({ "kind": "html", "status": 200, "path_contains": "userinfo" }),
        ] {
            world.sandbox("POST", "/_sandbox/faults", fault.clone()).await;
            let checked = check(&world, &token, &own["id"]).await;
            assert_eq!(checked.json()["code"], "provider_refused", "{fault}: {}", checked.text);
            assert!(checked.text.contains("nothing was changed"), "{}", checked.text);
            let now = account(&world, "ada", "salesforce").await;
            assert_eq!((&now["status"], &now["dateChecked"]), (&json!("VALID"), &own["dateChecked"]));
        }
        // A refresh that is refused because of our own client says nothing of the account either.
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        let ours = json!({ "kind": "status", "status": 400, "body": { "error": "invalid_client", "error_description": "x" }, "path_contains": "oauth2/token" });
        world.sandbox("POST", "/_sandbox/faults", ours).await;
        let checked = check(&world, &token, &own["id"]).await;
        assert_eq!(checked.json()["code"], "provider_refused", "{}", checked.text);
        assert_eq!(account(&world, "ada", "salesforce").await["status"], "VALID");
        let checked = check(&world, &token, &own["id"]).await;
        assert_eq!(checked.status, StatusCode::OK, "then it is as it was: {}", checked.text);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_works_again_is_taken_back() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        let token = world.open_portal("ada", "salesforce").await;
        let own = account(&world, "ada", "salesforce").await;
        // The provider said no to a refresh, wrongly, and says yes to the token it gave.
        let no = json!({ "kind": "status", "status": 403, "body": {}, "path_contains": "userinfo" });
        world.sandbox("POST", "/_sandbox/faults", no).await;
        let wrong = json!({ "kind": "status", "status": 400, "body": { "error": "invalid_grant" }, "path_contains": "oauth2/token" });
        world.sandbox("POST", "/_sandbox/faults", wrong).await;
        let refused = check(&world, &token, &own["id"]).await;
        assert_eq!(refused.json()["accounts"][0]["status"], "INVALID", "{}", refused.text);
        let back = check(&world, &token, &own["id"]).await;
        assert_eq!(back.json()["accounts"][0]["status"], "VALID", "{}", back.text);
        assert_eq!(back.json()["accounts"][0]["failure"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn the_worker_asks_after_accounts_that_nobody_heard_of_for_a_day() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.connect("grace").await;
        world.clock.advance(DAY - 60);
        assert_eq!(probe(&world).await, 0, "they were seen to work within a day");
        world.clock.advance(2 * 3600 + 120);
        let before = requests(&world).await.matches("userinfo").count();
        assert_eq!(probe(&world).await, 2);
        assert_eq!(requests(&world).await.matches("userinfo").count(), before + 2);
        assert_eq!(seen(&world, "ada").await, ("VALID".to_owned(), 0));
        assert_eq!(probe(&world).await, 0, "once a day");

        // The provider is away: the account stays, and is asked after again an hour later.
        world.clock.advance(DAY + 7200);
        let away = json!({ "kind": "cut_before", "path_contains": "userinfo", "times": 2 });
        world.sandbox("POST", "/_sandbox/faults", away).await;
        assert_eq!(probe(&world).await, 2);
        assert_eq!(seen(&world, "ada").await, ("VALID".to_owned(), (DAY + 7200).unsigned_abs()));
        assert_eq!(probe(&world).await, 0);
        world.clock.advance(3601);
        assert_eq!(probe(&world).await, 2);
        assert_eq!(seen(&world, "ada").await, ("VALID".to_owned(), 0));

        // The approval has ended: the account is given up, and not asked after any more.
        world.sandbox("POST", "/_sandbox/revoke-tokens", Value::Null).await;
        world.clock.advance(DAY + 7200);
        assert_eq!(probe(&world).await, 2);
        assert_eq!(seen(&world, "grace").await.0, "INVALID");
        world.clock.advance(DAY + 7200);
        assert_eq!(probe(&world).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_account_of_entered_keys_is_asked_after_too() {
    on_each_database(async |world: World| {
        let token = world.open_portal("ada", "marketo").await;
        let fields = json!({ "integration": "marketo", "fields": {
            "client_id": "portico-demo", "client_secret": "portico-demo-secret",
            "endpoint": "123-ABC-456", "identity": "123-ABC-456",
        }});
        let connected = world.portal(&token, "POST", "/accounts", fields).await;
        assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        let checked = check(&world, &token, &connected.json()["credentialId"]).await;
        assert_eq!(checked.json()["accounts"][0]["status"], "VALID", "{}", checked.text);
        assert_eq!(checked.json()["accounts"][0]["checked"]["seconds_ago"], 0);
    })
    .await;
}
