//! The tutorials of the other providers: from an event to what it leaves at HubSpot, Marketo and Slack.

use crate::harness::{Got, World, on_each_database, outcome};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// The workflow of an integration under a user's account.
pub(crate) async fn workflow(world: &World, user: &str, integration: &str) -> Value {
    let list = world.sdk(user, "GET", "/integrations", Value::Null).await.json();
    let all = list.as_array().expect("a list");
    let own = all.iter().find(|own| own["type"] == integration).expect(integration);
    own["workflows"][0].clone()
}

pub(crate) async fn event(world: &World, user: &str, name: &str, payload: Value) -> Got {
    let event = json!({ "name": name, "payload": payload });
    world.sdk(user, "POST", "/events/trigger", event).await
}

/// The configuration of an account, by what the account's name begins with.
pub(crate) async fn configuration(world: &World, token: &str, account: &str) -> Value {
    let view = world.portal(token, "GET", "/view", Value::Null).await.json();
    let accounts = view["accounts"].as_array().expect("accounts");
    let own = accounts
        .iter()
        .find(|own| own["label"].as_str().is_some_and(|own| own.starts_with(account)));
    let own = own.expect(account);
    own["configuration_id"].clone()
}

/// Every page of the choices for a setting.
async fn choices(world: &World, token: &str, asked: (&str, &str, &Value)) -> Vec<Value> {
    let (workflow, setting, configuration) = asked;
    let mut all = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let asked = json!({ "configurationId": configuration, "workflowId": workflow, "setting": setting, "cursor": cursor });
        let page = world.portal(token, "POST", "/choices", asked).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let page = page.json();
        all.extend(page["choices"].as_array().expect("choices").clone());
        cursor = page["next"].clone();
        if cursor.is_null() {
            return all;
        }
    }
}

/// Chooses by name, and switches on.
async fn choose(world: &World, token: &str, asked: (&str, &str, &Value), name: &str) {
    let (workflow, setting, configuration) = asked;
    let all = choices(world, token, asked).await;
    let chosen = all.iter().find(|choice| choice["label"] == name).expect(name);
    let sent = json!({
        "configurationId": configuration, "workflowId": workflow, "enabled": true,
        "settings": { setting: chosen["value"] }, "labels": { setting: name },
    });
    let saved = world.portal(token, "POST", "/workflows", sent).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    let saved = saved.json();
    let accounts = saved["accounts"].as_array().expect("accounts");
    let own = accounts.iter().find(|own| own["configuration_id"] == *configuration);
    assert_eq!(own.expect("its account")["workflows"][0]["labels"][setting], name);
}

#[tokio::test]
async fn a_contact_reaches_hubspot() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "hubspot", "62515").await;
        let own = workflow(&world, "ada", "hubspot").await;
        let path = format!("/workflows/{}", own["id"].as_str().expect("an id"));
        assert_eq!(
            world.sdk("ada", "POST", &path, Value::Null).await.status,
            StatusCode::NO_CONTENT
        );
        let contact =
            json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com" });
        let accepted = event(&world, "ada", "Contact Created", contact.clone()).await;
        assert_eq!(accepted.json()["decisions"][0]["integration"], "hubspot");
        assert_eq!(world.work().await, 1);
        let execution = world.execution(&accepted.json()).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        assert_eq!(execution["summary"]["failure"], Value::Null);
        let page =
            world.sandbox("GET", "/hubspot/contacts/62515/objects/contacts", Value::Null).await;
        assert!(page.text.contains("grace@example.com"), "{}", page.text);
        // The address is there now: the provider's own words, for a person.
        let again = event(&world, "ada", "Contact Created", contact).await;
        assert_eq!(world.work().await, 1);
        let execution = world.execution(&again.json()).await;
        let failure = &execution["summary"]["failure"];
        assert_eq!(failure["class"], "conflict", "{failure}");
        assert!(failure["message"].as_str().expect("words").contains("Existing ID"), "{failure}");
    })
    .await;
}

#[tokio::test]
async fn a_task_is_announced_in_the_channel_that_the_user_chose() {
    on_each_database(async |world: World| {
        for rotation in [false, true] {
            let knob = json!({ "rotation": rotation });
            world.sandbox("PUT", "/slack/_sandbox/settings", knob).await;
            let user = if rotation { "grace" } else { "ada" };
            world.connect_to(user, "slack", "T0ACME").await;
            let own = workflow(&world, user, "slack").await;
            let id = own["id"].as_str().expect("an id");
            let token = world.open_portal(user, "slack").await;
            let acme = configuration(&world, &token, "Acme").await;
            choose(&world, &token, (id, "channel", &acme), "tasks").await;
            let task = json!({ "creator": "Ada", "summary": format!("Call Grace {rotation}"), "priority": "High", "status": "Open" });
            let accepted = event(&world, user, "Task Created", task).await.json();
            // One message a second: the channel's next one waits for its time.
            world.clock.advance(2);
            world.sandbox("POST", "/_sandbox/clock", json!({ "advance_s": 2 })).await;
            assert_eq!(world.work().await, 1);
            let execution = world.execution(&accepted).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let page = world.sandbox("GET", "/slack/client/T0ACME/C0TASKS", Value::Null).await;
            assert!(page.text.contains(&format!("Call Grace {rotation}")), "{}", page.text);
            assert!(page.text.contains("Priority High"), "{}", page.text);
        }
        // Its tokens rotate: an ended one is renewed on the way.
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        world.clock.advance(2);
        let task = json!({ "creator": "Ada", "summary": "After the token", "priority": "Low", "status": "Open" });
        let accepted = event(&world, "grace", "Task Created", task).await.json();
        assert_eq!(world.work().await, 1);
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
    })
    .await;
}

#[tokio::test]
async fn a_lead_is_added_to_the_marketo_list_that_the_user_chose() {
    on_each_database(async |world: World| {
        let token = world.open_portal("ada", "marketo").await;
        let fields = |secret: &str, host: &str| {
            json!({ "integration": "marketo", "fields": {
                "client_id": "portico-demo", "client_secret": secret,
                "endpoint": format!("https://{host}.mktorest.com/rest"), "identity": host,
            }})
        };
        for (sent, field) in [
            (json!({ "integration": "marketo", "fields": {} }), "client_id"),
            (fields("wrong", "123-ABC-456"), "client_secret"),
            (fields("portico-demo-secret", "000-XXX-000"), "identity"),
        ] {
            let refused = world.portal(&token, "POST", "/accounts", sent).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
            assert_eq!(refused.json()["meta"]["fields"][0]["field"], field, "{}", refused.text);
        }
        let good = fields("portico-demo-secret", "123-ABC-456");
        let connected = world.portal(&token, "POST", "/accounts", good).await;
        assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
        let view = world.portal(&token, "GET", "/view", Value::Null).await;
        let label = &view.json()["accounts"][0]["label"];
        assert_eq!(label, "api@acme.example (123-abc-456.mktorest.com)");
        assert!(!view.text.contains("portico-demo-secret"), "what was entered is not shown");

        let own = workflow(&world, "ada", "marketo").await;
        let id = own["id"].as_str().expect("an id");
        let missing = world.sdk("ada", "POST", &format!("/workflows/{id}"), Value::Null).await;
        assert_eq!(missing.json()["code"], "setting_missing");
        let own = configuration(&world, &token, "api@acme.example").await;
        let asked = (id, "list", &own);
        assert_eq!(choices(&world, &token, asked).await.len(), 320, "every page of them");
        choose(&world, &token, asked, "Spring webinar").await;

        let lead = json!({ "first_name": "Ada", "last_name": "Lovelace", "company": "Engines", "email": "ada@example.com" });
        let accepted = event(&world, "ada", "Lead Created", lead).await.json();
        assert_eq!(outcome(&accepted, "marketo"), "started");
        assert_eq!(outcome(&accepted, "salesforce"), "not_connected");
        // The token ends in the meantime: what was entered gets a new one.
        world.clock.advance(3600);
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        assert_eq!(world.work().await, 2);
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        assert!(!execution.to_string().contains("portico-demo-secret"), "no secret in history");
        let page = world.sandbox("GET", "/marketo/123-abc-456/lists/1001", Value::Null).await;
        assert!(page.text.contains("ada@example.com"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn each_account_of_a_user_runs_for_itself() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "slack", "T0ACME").await;
        world.connect_to("ada", "slack", "T0GLOBEX").await;
        // The same workspace again is the same account.
        world.connect_to("ada", "slack", "T0ACME").await;
        let own = workflow(&world, "ada", "slack").await;
        let id = own["id"].as_str().expect("an id");
        let token = world.open_portal("ada", "slack").await;
        for (account, channel) in [("Acme", "tasks"), ("Globex", "leads")] {
            let own = configuration(&world, &token, account).await;
            choose(&world, &token, (id, "channel", &own), channel).await;
        }
        let task =
            json!({ "creator": "Ada", "summary": "Twice", "priority": "Low", "status": "Open" });
        let accepted = event(&world, "ada", "Task Created", task.clone()).await.json();
        assert_eq!(accepted["executions"].as_array().expect("executions").len(), 2);
        assert_eq!(world.work().await, 2);
        for page in ["/slack/client/T0ACME/C0TASKS", "/slack/client/T0GLOBEX/C0LEADS"] {
            let got = world.sandbox("GET", page, Value::Null).await;
            assert!(got.text.contains("Twice"), "{page}: {}", got.text);
        }
        // One of them alone, by a header.
        let credential = accepted["executions"][0]["credentialId"].as_str().expect("an account");
        let request = world
            .request("ada", "POST", "/events/trigger")
            .header("x-paragon-credential", credential)
            .body(json!({ "name": "Task Created", "payload": task }).to_string().into());
        let one = world.send(request.expect("a request")).await.json();
        assert_eq!(one["executions"].as_array().expect("executions").len(), 1);
    })
    .await;
}
