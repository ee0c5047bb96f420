//! What there is to choose from, and that what was chosen reaches the provider.

use super::{BUNDLE, Portal, labels};
use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};

#[tokio::test]
async fn choices_depend_on_those_before_them() {
    on_each_database(async |world: World| {
        let portal = Portal::open(&world, "ada").await;
        let workflow = portal.workflow.clone();
        let ask = |setting: &str, part: &str, inputs: Value| {
            json!({ "workflowId": workflow, "setting": setting, "part": part, "inputs": inputs })
        };
        let objects = portal.choices(ask("mapping", "main", json!({}))).await;
        assert_eq!(labels(&objects)[..3], ["Lead", "Contact", "Account"]);
        let fields = portal.choices(ask("mapping", "dependent", json!({ "main": "Account" }))).await;
        assert!(labels(&fields).iter().any(|own| own.contains("Billing")), "{}", fields.text);
        let fields = portal.choices(ask("pair", "dependent", json!({ "main": "Lead" }))).await;
        assert!(!fields.text.contains("BillingCity") && fields.text.contains("LeadSource"));
        let variables = json!({ "main": "Contact", "dependent": "External_Id__c" });
        let fields = portal.choices(ask("trio", "variables", variables)).await;
        assert!(fields.text.contains("AccountId"), "{}", fields.text);
        // What was saved is known.
        let early = portal.choices(ask("field", "main", json!({}))).await;
        assert_eq!(early.status, StatusCode::BAD_GATEWAY, "{}", early.text);
        assert_eq!(portal.answer("object", &json!("Account")).await.status, StatusCode::OK);
        let fields = portal.choices(ask("field", "main", json!({}))).await;
        assert!(fields.text.contains("BillingCity"), "{}", fields.text);
        for (setting, part) in [("company", "main"), ("object", "dependent"), ("nothing", "main")] {
            let refused = portal.choices(ask(setting, part, json!({}))).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{setting} {part}");
        }
        // Nobody else's account can be asked.
        let other = Portal::open(&world, "grace").await;
        let foreign = json!({ "configurationId": portal.configuration, "setting": "owner" });
        let refused = world.portal(&other.token, "POST", "/choices", foreign.clone()).await;
        assert_eq!(refused.json()["code"], "not_connected");
        let settings = json!({ "configurationId": portal.configuration, "settings": { "owner": "g@example.com" } });
        let refused = world.portal(&other.token, "POST", "/settings", settings).await;
        assert_eq!(refused.json()["code"], "not_connected");
        let refused = world.portal(&other.token, "POST", "/choices/lost", foreign).await;
        assert_eq!(refused.json()["code"], "not_connected");
    })
    .await;
}

#[tokio::test]
async fn an_owner_and_mapped_fields_reach_hubspot() {
    on_each_database(async |world: World| {
        world.connect_to("ada", "hubspot", "62515").await;
        let sent = json!({ "integration": "hubspot" });
        let made = world.sdk("ada", "POST", "/portal-sessions", sent).await.json();
        let ticket = made["url"].as_str().expect("a URL").rsplit('/').next().expect("a ticket");
        let opened = world.services.open_portal(ticket).await.expect("an answer");
        let token = opened.expect("a portal").session_token;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let account = &view["accounts"][0];
        let portal = Portal {
            world: &world,
            token,
            configuration: account["configuration_id"].clone(),
            workflow: account["workflows"][0]["id"].clone(),
        };
        let owners = portal.choices(json!({ "setting": "owner" })).await;
        assert_eq!(labels(&owners)[0], "ada@acme.example");
        let asked =
            json!({ "workflowId": portal.workflow, "setting": "properties", "part": "dependent" });
        let fields = portal.choices(asked).await;
        assert!(labels(&fields).iter().any(|own| own == "Job Title"), "{}", fields.text);
        portal.share("owner", "1").await;
        let mapping =
            json!({ "objectMapping": "contacts", "fieldMappings": { "email": "jobtitle" } });
        assert_eq!(portal.answer("properties", &mapping).await.status, StatusCode::OK);
        assert_eq!(portal.switch_on().await.status, StatusCode::OK);
        let contact =
            json!({ "first_name": "Grace", "last_name": "Hopper", "email": "grace@example.com" });
        let event = json!({ "name": "Contact Created", "payload": contact });
        let accepted = world.sdk("ada", "POST", "/events/trigger", event).await.json();
        assert_eq!(world.work().await, 1);
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let written = execution["history"].to_string();
        for own in [r#""jobtitle":"grace@example.com""#, r#""hubspot_owner_id":"1""#] {
            assert!(written.contains(own), "{own}: {written}");
        }
        // A field that the provider refuses is told in its own words.
        let refused =
            json!({ "objectMapping": "contacts", "fieldMappings": { "email": "no_such_field" } });
        assert_eq!(portal.answer("properties", &refused).await.status, StatusCode::OK);
        let lost = portal.post("/choices/lost", json!({})).await;
        assert!(lost.text.contains("no_such_field"), "{}", lost.text);
        let contact =
            json!({ "first_name": "Ada", "last_name": "King", "email": "ada@example.com" });
        let event = json!({ "name": "Contact Created", "payload": contact });
        // The choices have used up what may be asked at once.
        world.clock.advance(2);
        let accepted = world.sdk("ada", "POST", "/events/trigger", event).await.json();
        world.clock.advance(2);
        assert_eq!(world.work().await, 1);
        let failure = world.execution(&accepted).await["summary"]["failure"].clone();
        assert_eq!(failure["class"], "invalid", "{failure}");
        assert!(failure["message"].as_str().expect("words").contains("no_such_field"), "{failure}");
    })
    .await;
}

#[tokio::test]
async fn options_that_were_withdrawn_and_defaults_that_nobody_has_are_told() {
    on_each_database(async |world: World| {
        let portal = Portal::open(&world, "ada").await;
        assert_eq!(portal.answer("source", &json!("Web")).await.status, StatusCode::OK);
        let lost = portal.post("/choices/lost", json!({})).await;
        assert_eq!(lost.json(), json!([]), "all is there");
        let now = BUNDLE
            .replace(
                r#"{ value = "Web", label = "Web" }"#,
                r#"{ value = "Phone", label = "Phone" }"#,
            )
            .replace(
                r#"source = "objects", required"#,
                r#"source = "objects", default = "Gone__c", required"#,
            );
        let bundle = Bundle::parse(&now).expect("a bundle");
        world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        let lost = portal.post("/choices/lost", json!({})).await.json();
        let told: Vec<_> =
            lost.as_array().expect("a list").iter().map(|own| own["message"].as_str()).collect();
        assert!(
            told.contains(&Some("\"Web\" is not offered any more; choose another one.")),
            "{lost}"
        );
        assert!(
            told.contains(&Some("\"Gone__c\" no longer exists in Salesforce; choose another one.")),
            "{lost}"
        );
    })
    .await;
}
