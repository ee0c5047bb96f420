//! Settings: every type saved and refused, shared ones in templates, secrets that nobody sees.

mod choices;
mod mapped;

use crate::harness::{Got, World, on_each_database};
use axum::http::StatusCode;
use portico_domain::Actor;
use portico_services::Bundle;
use serde_json::{Value, json};

/// A project beside the demo's own: an integration that asks once for all, and a workflow that asks
/// for one of each type.
const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "salesforce"
client_id = "portico-demo"
client_secret = "portico-demo-secret"
settings = [
    { key = "owner", title = "Default owner", type = "EMAIL" },
    { key = "api_key", title = "Key of the form", type = "PASSWORD", required = false },
]

[[workflows]]
name = "Everything"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Lead Created" }
settings = [
    { key = "company", title = "Company", type = "TEXT_NO_VARS", default = "Acme" },
    { key = "rating", title = "Rating", type = "TEXT_NO_VARS", default = "Hot", required = false },
    { key = "about", title = "About", type = "TEXTAREA_NO_VARS", required = false },
    { key = "score", title = "Score", type = "NUMBER", min = 1, max = 10, required = false },
    { key = "mail", title = "Mail", type = "EMAIL", required = false },
    { key = "site", title = "Site", type = "URL", required = false },
    { key = "token", title = "Token", type = "PASSWORD", required = false },
    { key = "loud", title = "Loud", type = "SWITCH", required = false },
    { key = "quiet", title = "Quiet", type = "BOOLEAN_INPUT", required = false },
    { key = "source", title = "Lead source", type = "ENUM", required = false, options = [{ value = "Web", label = "Web" }] },
    { key = "object", title = "Object", type = "DYNAMIC_ENUM", source = "objects", required = false },
    { key = "field", title = "Field", type = "DYNAMIC_ENUM", source = "fields", depends_on = { object = "object" }, required = false },
    { key = "pair", title = "Pair", type = "COMBO_INPUT", main = "objects", dependent = "fields", required = false },
    { key = "trio", title = "Trio", type = "DYNAMIC_COMBO_INPUT", main = "objects", dependent = "external_ids", variables = "fields", required = false },
    { key = "mapping", title = "Mapping", type = "FIELD_MAPPER", objects = "objects", fields = "fields", required = false, labels = [{ key = "first_name", label = "First name" }, { key = "last_name", label = "Last name" }] },
    { key = "team", title = "Team", type = "CUSTOM_DROPDOWN", dropdown = "teams", required = false },
    { key = "address", title = "Address", type = "COPYABLE_BUTTON_INPUT", value = "https://acme.example/in/{{ user.id }}" },
    { key = "rights", title = "Rights", type = "PERMISSION", required = false, scopes = [{ name = "read", label = "Read", required = true }, { name = "write", label = "Write" }] },
    { key = "rows", title = "Rows", type = "FILE", required = false, accept = [".csv"], max_bytes = 100 },
]

[[workflows.definition.steps]]
id = "create"
title = "Create"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"

[workflows.definition.steps.inputs.fields]
LastName = "{{ trigger.last_name }}"
Company = "{{ settings.company }}"
Rating = "{{ settings.rating }}"
Email = "{{ settings.owner }}"
Description = "{{ settings.token }} and {{ settings.api_key }}"
"#;

/// A user's portal with an account of Salesforce.
struct Portal<'w> {
    world: &'w World,
    token: String,
    configuration: Value,
    workflow: Value,
}

impl<'w> Portal<'w> {
    async fn open(world: &'w World, user: &str) -> Self {
        let bundle = Bundle::parse(BUNDLE).expect("a bundle");
        // Applying it again changes nothing.
        for _ in 0..2 {
            world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        }
        world.connect(user).await;
        let sent = json!({ "integration": "salesforce" });
        let made = world.sdk(user, "POST", "/portal-sessions", sent).await.json();
        let ticket = made["url"].as_str().expect("a URL").rsplit('/').next().expect("a ticket");
        let opened = world.services.open_portal(ticket).await.expect("an answer");
        let token = opened.expect("a portal").session_token;
        let view = world.portal(&token, "GET", "/view", Value::Null).await.json();
        let account = &view["accounts"][0];
        let all = account["workflows"].as_array().expect("workflows");
        let own = all.iter().find(|own| own["name"] == "Everything").expect("the workflow");
        Self {
            world,
            token,
            configuration: account["configuration_id"].clone(),
            workflow: own["id"].clone(),
        }
    }

    async fn post(&self, path: &str, mut body: Value) -> Got {
        body["configurationId"] = self.configuration.clone();
        self.world.portal(&self.token, "POST", path, body).await
    }

    /// Answers a question of the workflow.
    async fn answer(&self, key: &str, value: &Value) -> Got {
        let body = json!({ "workflowId": self.workflow, "settings": { key: value } });
        self.post("/settings", body).await
    }

    async fn share(&self, key: &str, value: &str) {
        let saved = self.post("/settings", json!({ "settings": { key: value } })).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    }

    async fn account(&self) -> Value {
        let view = self.world.portal(&self.token, "GET", "/view", Value::Null).await.json();
        view["accounts"][0].clone()
    }

    async fn values(&self) -> Value {
        let account = self.account().await;
        let all = account["workflows"].as_array().expect("workflows").clone();
        let own = all.iter().find(|own| own["id"] == self.workflow).expect("the workflow");
        own["values"].clone()
    }

    async fn switch_on(&self) -> Got {
        let body = json!({ "workflowId": self.workflow, "enabled": true });
        self.post("/workflows", body).await
    }

    async fn choices(&self, body: Value) -> Got {
        self.post("/choices", body).await
    }
}

fn labels(page: &Got) -> Vec<String> {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let page = page.json();
    let all = page["choices"].as_array().expect("choices");
    all.iter().map(|own| own["label"].as_str().expect("a label").to_owned()).collect()
}

#[tokio::test]
async fn every_type_is_kept_or_refused_in_words() {
    on_each_database(async |world: World| {
        let portal = Portal::open(&world, "ada").await;
        let pair = json!({ "mainInput": "Lead", "dependentInput": "Email" });
        let trio =
            json!({ "mainInput": "Lead", "dependentInput": "x", "variableInput": { "a": "b" } });
        let mapping =
            json!({ "objectMapping": "Lead", "fieldMappings": { "last_name": "LastName" } });
        let rows: &[(&str, Value, Value, Value, &str)] = &[
            ("company", json!("Engines"), json!("Engines"), json!("a\nb"), "one line"),
            ("about", json!("a\nb"), json!("a\nb"), json!(7), "text"),
            ("score", json!("7"), json!(7), json!(11), "at most 10"),
            ("mail", json!("ada@example.com"), json!("ada@example.com"), json!("ada"), "e-mail"),
            (
                "site",
                json!("https://a.example"),
                json!("https://a.example"),
                json!("javascript:x"),
                "https://",
            ),
            ("token", json!("s3cret"), json!(true), json!(7), "text"),
            ("loud", json!(true), json!(true), json!("loud"), "yes or no"),
            ("quiet", json!(false), json!(false), json!(2), "yes or no"),
            ("source", json!("Web"), json!("Web"), json!("Fax"), "one of the options"),
            ("object", json!("Lead"), json!("Lead"), json!([]), "one of the list"),
            ("pair", pair.clone(), pair, json!("Lead"), "each list"),
            ("trio", trio.clone(), trio, json!({ "other": 1 }), "other"),
            (
                "mapping",
                mapping.clone(),
                mapping,
                json!({ "objectMapping": "Lead", "fieldMappings": { "x": "y" } }),
                "\"x\"",
            ),
            ("team", json!("blue"), json!("blue"), json!(null), ""),
            ("address", json!(null), json!("https://acme.example/in/ada"), json!("x"), "copied"),
            (
                "rights",
                json!("write read"),
                json!("read write"),
                json!("write"),
                "cannot be left out",
            ),
            ("rows", json!("a,b"), json!(true), json!("x".repeat(101)), "larger than 100 bytes"),
        ];
        for (key, given, shown, wrong, words) in rows {
            let saved = portal.answer(key, given).await;
            assert_eq!(saved.status, StatusCode::OK, "{key}: {}", saved.text);
            assert_eq!(portal.values().await[*key], *shown, "{key}");
            let refused = portal.answer(key, wrong).await;
            if words.is_empty() {
                assert_eq!(refused.status, StatusCode::OK, "{key}: it can be taken back");
                assert_eq!(portal.values().await[*key], Value::Null, "{key}");
                continue;
            }
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", refused.text);
            let problem = &refused.json()["meta"]["fields"][0];
            assert_eq!(problem["field"], *key);
            assert!(problem["message"].as_str().expect("words").contains(words), "{problem}");
            assert_eq!(portal.values().await[*key], *shown, "{key}: the answer of before stays");
        }
        let unknown = portal.answer("nothing", &json!(1)).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.text);
        let me = world.sdk("ada", "GET", "/me", Value::Null).await;
        assert!(!me.text.contains("sealed") && !me.text.contains("s3cret"), "{}", me.text);
    })
    .await;
}

#[tokio::test]
async fn a_default_is_what_is_sent_until_it_is_taken_out() {
    on_each_database(async |world: World| {
        let portal = Portal::open(&world, "ada").await;
        portal.share("owner", "ada@acme.example").await;
        assert_eq!(portal.switch_on().await.status, StatusCode::OK);
        let sent = async |last_name: &str| {
            world.lead_created("ada", last_name).await;
            assert_eq!(world.work().await, 1);
            let leads = world.leads().await;
            let own = leads.iter().find(|own| own["fields"]["LastName"] == last_name);
            own.expect("a lead")["fields"]["Rating"].clone()
        };
        assert_eq!(portal.values().await["rating"], "Hot");
        assert_eq!(sent("Lovelace").await, "Hot");
        assert_eq!(portal.answer("rating", &json!("")).await.status, StatusCode::OK);
        assert_eq!(portal.values().await["rating"], Value::Null, "what is shown");
        assert_eq!(sent("Hopper").await, Value::Null, "is what is sent");
        assert_eq!(portal.answer("rating", &json!(null)).await.status, StatusCode::OK);
        assert_eq!(sent("Johnson").await, "Hot", "taken back, the default holds again");
        // What is needed cannot be taken out: the page puts back what was there.
        let refused = portal.answer("company", &json!("")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
        assert_eq!(portal.values().await["company"], "Acme");
    })
    .await;
}

#[tokio::test]
async fn labels_are_kept_of_questions_that_are_asked_and_no_longer_than_they_are() {
    on_each_database(async |world: World| {
        let portal = Portal::open(&world, "ada").await;
        let labels = async || {
            let account = portal.account().await;
            let all = account["workflows"].as_array().expect("workflows").clone();
            let own = all.iter().find(|own| own["id"] == portal.workflow).expect("the workflow");
            own["labels"].clone()
        };
        for path in ["/workflows", "/settings"] {
            let give = async |given: Value| {
                let body =
                    json!({ "workflowId": portal.workflow, "settings": {}, "labels": given });
                portal.post(path, body).await
            };
            let many: Value = (0..1000).map(|n| (format!("k{n}"), json!("x"))).collect();
            assert_eq!(give(many).await.status, StatusCode::OK);
            assert_eq!(give(json!({ "object": path })).await.status, StatusCode::OK);
            assert_eq!(labels().await, json!({ "object": path }), "{path}: nobody asks the others");
            let parts: Value = (0..201).map(|n| (format!("k{n}"), json!("x"))).collect();
            for wrong in [json!("x".repeat(501)), parts, json!([1]), json!({ "a": ["x"] })] {
                let refused = give(json!({ "object": wrong })).await;
                assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {wrong}");
            }
            assert_eq!(labels().await, json!({ "object": path }), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_once_reaches_every_template_and_a_secret_only_the_provider() {
    on_each_database(async |world: World| {
        let portal = Portal::open(&world, "ada").await;
        let refused = portal.switch_on().await;
        assert_eq!(refused.json()["code"], "setting_missing");
        assert!(refused.text.contains("Default owner"), "{}", refused.text);
        portal.share("owner", "ada@acme.example").await;
        portal.share("api_key", "shared-s3cret").await;
        assert_eq!(portal.answer("token", &json!("own-s3cret")).await.status, StatusCode::OK);
        assert_eq!(portal.switch_on().await.status, StatusCode::OK);
        let account = portal.account().await;
        assert_eq!(account["values"], json!({ "owner": "ada@acme.example", "api_key": true }));

        let accepted = world.lead_created("ada", "Lovelace").await.json();
        assert_eq!(world.work().await, 1);
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let lead = world.leads().await.remove(0);
        let sent = &lead["fields"];
        assert_eq!(sent["Email"], "ada@acme.example", "{lead}");
        assert_eq!(sent["Company"], "Acme", "the default");
        assert_eq!(sent["Description"], "own-s3cret and shared-s3cret");
        let seen = [execution.to_string(), account.to_string()];
        for secret in ["own-s3cret", "shared-s3cret"] {
            assert!(
                seen.iter().all(|text| !text.contains(secret)),
                "a secret is nowhere to be seen"
            );
        }
        assert!(execution.to_string().contains("••• and •••"), "{execution}");

        // Replaced: the next call sends the new one. Taken back: there is none.
        assert_eq!(portal.answer("token", &json!("other")).await.status, StatusCode::OK);
        world.lead_created("ada", "Byron").await;
        assert_eq!(world.work().await, 1);
        let all = json!(world.leads().await).to_string();
        assert!(all.contains("other and shared-s3cret"), "{all}");

        // What an account must answer and does not, keeps its workflows from running.
        let taken = portal.post("/settings", json!({ "settings": { "owner": null } })).await;
        assert_eq!(taken.status, StatusCode::OK);
        let accepted = world.lead_created("ada", "King").await.json();
        let reasons: Vec<_> = accepted["decisions"]
            .as_array()
            .expect("decisions")
            .iter()
            .map(|own| &own["outcome"])
            .collect();
        assert!(reasons.contains(&&json!("setting_missing")), "{accepted}");
    })
    .await;
}

#[tokio::test]
async fn a_slip_in_the_settings_is_told_before_anybody_is_asked() {
    on_each_database(async |world: World| {
        let project = world.project.parse().expect("an id");
        let set = async |list: Value| {
            world.services.set_integration_settings(&Actor::Operator, project, "salesforce", &list).await
        };
        let field = |title: &str, rest: Value| {
            let mut own = json!({ "key": "k", "title": title });
            for (key, value) in rest.as_object().expect("an object") {
                own[key] = value.clone();
            }
            json!([own])
        };
        for (rest, words) in [
            (json!({ "type": "DYNAMIC_ENUM", "source": "object" }), "Did you mean \"objects\"?"),
            (json!({ "type": "DYNAMIC_ENUM", "source": "fields" }), "asks for object"),
            (json!({ "type": "DYNAMIC_ENUM", "source": "fields", "inputs": { "objekt": "Lead" } }), "Did you mean \"object\"?"),
            (json!({ "type": "COMBO_INPUT", "main": "objects", "dependent": "objects" }), "does not depend"),
            (json!({ "type": "COMBO_INPUT", "main": "fields", "dependent": "fields" }), "asks for object"),
            (json!({ "type": "FIELD_MAPPER", "object": "Lead", "fields": "objects", "labels": [{ "key": "a", "label": "A" }] }), "does not depend"),
            (json!({ "type": "ENUM" }), "needs options"),
            (json!({ "type": "EMAIL", "hint": "x" }), "no key \"hint\""),
        ] {
            let refused = set(field("T", rest.clone())).await.expect_err("a slip");
            assert!(refused.message.contains(words), "{rest}: {refused}");
        }
        let fixed = json!({ "type": "DYNAMIC_ENUM", "source": "fields", "inputs": { "object": "Lead" } });
        set(field("Field", fixed)).await.expect("settings");
        let page = world.services.integration_detail(&Actor::Operator, project, "salesforce").await;
        assert_eq!(page.expect("a page").settings[0].title, "Field");
    })
    .await;
}
