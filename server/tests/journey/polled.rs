//! What happens at providers that must be asked: found once, whatever happens to us meanwhile.

use crate::harness::{World, on_each_database, polled};
use futures::future::{BoxFuture, FutureExt};
use portico_connector::{Delivery, HttpRequest};
use portico_services::{Http, Places};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Notify;
use url::Url;

/// Announces every opportunity as a lead: a record tells of a record.
fn announcing(description: &str) -> String {
    format!(
        r#"
[[workflows]]
name = "Announce opportunities"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration"
integration = "salesforce"
trigger = "record_created"

[workflows.definition.trigger.inputs]
object = "Opportunity"

[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"

[workflows.definition.steps.inputs.fields]
LastName = "{{{{ trigger.Id }}}}"
Company = "Engines"

[workflows.definition.options]
description = "{description}"
"#
    )
}

const LEADS: &str = r#"
[[workflows]]
name = "Watch leads"
integration = "marketo"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "integration"
integration = "marketo"
trigger = "lead_created"

[[workflows.definition.steps]]
id = "request"
title = "Read activity types"
kind = "action"
integration = "marketo"
action = "request"

[workflows.definition.steps.inputs]
method = "GET"
path = "/rest/v1/activities/types.json"
"#;

/// So many opportunities are made at the provider, by somebody else.
async fn opportunities(world: &World, count: usize) {
    world.sandbox("POST", "/_sandbox/clock", json!({ "advance_s": 2 })).await;
    let made = world.sandbox("POST", "/salesforce/_sandbox/seed", json!({ "Opportunity": count }));
    assert!(made.await.status.is_success());
}

/// A minute later, and what is found then.
async fn a_minute_later(world: &World) -> usize {
    world.clock.advance(75);
    world.watch().await;
    world.happened().await.len()
}

async fn watching(world: &World) {
    opportunities(world, 3).await;
    world.deploy(&announcing("first")).await;
    // The clocks of both: what was made before is before.
    world.clock.advance(10);
    world.sandbox("POST", "/_sandbox/clock", json!({ "advance_s": 10 })).await;
    world.connect("ada").await;
    world.switch("ada", "POST", "Announce opportunities").await;
    world.watch().await;
    assert_eq!(world.happened().await, Vec::<Value>::new(), "nothing old is told");
}

#[tokio::test]
async fn a_record_is_found_once() {
    on_each_database(async |world: World| {
        watching(&world).await;
        assert_eq!(a_minute_later(&world).await, 0);
        opportunities(&world, 2).await;
        assert_eq!(a_minute_later(&world).await, 2);
        assert_eq!(a_minute_later(&world).await, 2, "they are shown again, and told once");
        let all = world.happened().await;
        assert_eq!(all[0]["summary"]["source"], "integration");
        assert_eq!(all[0]["summary"]["name"], "record_created");
        assert_eq!(all[0]["decisions"][0]["decision"]["outcome"], "started");
        assert_eq!(world.work().await, 2);
        let told: Vec<Value> = world.leads().await;
        let told: Vec<_> = told.iter().map(|own| own["fields"]["LastName"].clone()).collect();
        for own in &all {
            assert!(told.contains(&own["payload"]["Id"]), "{own}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_cursor_survives_a_restart_and_a_deployment() {
    on_each_database(async |world: World| {
        watching(&world).await;
        opportunities(&world, 1).await;
        assert_eq!(a_minute_later(&world).await, 1);
        opportunities(&world, 1).await;
        world.deploy(&announcing("second")).await;
        let other = world.second_node().await;
        world.clock.advance(75);
        other.follow_routing().await.expect("followed");
        assert_eq!(polled(&other).await, 1, "the other process goes on");
        assert_eq!(world.happened().await.len(), 2);
        assert_eq!(a_minute_later(&world).await, 2);
        other.store().close().await;
    })
    .await;
}

#[tokio::test]
async fn two_nodes_ask_once_and_find_once() {
    on_each_database(async |world: World| {
        watching(&world).await;
        let other = world.second_node().await;
        for round in 1..=3 {
            opportunities(&world, 1).await;
            world.clock.advance(75);
            let (one, two) = tokio::join!(polled(&world.services), polled(&other));
            assert_eq!(one + two, 1);
            assert_eq!(world.happened().await.len(), round);
        }
        other.store().close().await;
    })
    .await;
}

/// The way out of a process that dies once the provider has answered its question.
struct Dying {
    inner: Arc<dyn Http>,
    answered: Arc<Notify>,
}

impl Http for Dying {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery> {
        let (sending, answered) = (self.inner.send(request), Arc::clone(&self.answered));
        async move {
            sending.await;
            answered.notify_one();
            std::future::pending().await
        }
        .boxed()
    }

    fn for_browser(&self, url: &Url) -> Url {
        self.inner.for_browser(url)
    }
}

#[tokio::test]
async fn what_a_process_found_and_died_with_is_found_again() {
    on_each_database(async |world: World| {
        watching(&world).await;
        opportunities(&world, 2).await;
        world.clock.advance(75);
        let answered = Arc::new(Notify::new());
        let inner = Arc::clone(&world.services.ports().http);
        let process = world.node_with(Arc::new(Dying { inner, answered: answered.clone() })).await;
        let store = process.store().clone();
        let polling = tokio::spawn(async move { polled(&process).await });
        answered.notified().await;
        polling.abort();
        assert!(polling.await.is_err(), "it was killed in the middle");
        store.close().await;
        assert_eq!(a_minute_later(&world).await, 0, "the dead one's lease is respected");
        world.clock.advance(180);
        assert_eq!(a_minute_later(&world).await, 2);
        assert_eq!(a_minute_later(&world).await, 2, "and once");
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_again_from_where_it_was() {
    on_each_database(async |world: World| {
        watching(&world).await;
        let fault = json!({ "method": "GET", "path_contains": "/query", "times": 1, "kind": "status",
            "status": 503, "body": [{ "errorCode": "SERVER_UNAVAILABLE", "message": "down" }] });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        opportunities(&world, 1).await;
        assert_eq!(a_minute_later(&world).await, 0);
        assert_eq!(a_minute_later(&world).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_account_waits_for_its_reconnect_and_misses_nothing() {
    on_each_database(async |world: World| {
        watching(&world).await;
        world.sandbox("POST", "/_sandbox/revoke-tokens", Value::Null).await;
        opportunities(&world, 1).await;
        assert_eq!(a_minute_later(&world).await, 0);
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        assert_eq!(me["integrations"]["salesforce"]["credentialStatus"], "INVALID");
        world.watch().await;
        world.clock.advance(1800);
        world.services.follow_routing().await.expect("followed");
        assert_eq!(polled(&world.services).await, 0, "nobody is asked");
        world.connect("ada").await;
        world.watch().await;
        assert_eq!(world.happened().await.len(), 1, "what came meanwhile is found");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_refused_with_a_new_token_is_given_up_by_polls_too() {
    on_each_database(async |world: World| {
        watching(&world).await;
        let body = json!([{ "errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid" }]);
        let fault = json!({ "method": "GET", "path_contains": "/query", "times": 2, "kind": "status",
            "status": 401, "body": body });
        world.sandbox("POST", "/_sandbox/faults", fault).await;
        assert_eq!(a_minute_later(&world).await, 0);
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        assert_eq!(me["integrations"]["salesforce"]["credentialStatus"], "INVALID");
    })
    .await;
}

async fn connect_marketo(world: &World, user: &str) {
    let portal = world.open_portal(user, "marketo").await;
    let entered = json!({ "integration": "marketo", "fields": {
        "client_id": "portico-demo", "client_secret": "portico-demo-secret",
        "endpoint": "https://123-abc-456.mktorest.com/rest",
        "identity": "123-abc-456",
    }});
    let connected = world.portal(&portal, "POST", "/accounts", entered).await;
    assert!(connected.status.is_success(), "{}", connected.text);
}

async fn make_lead(world: &World) {
    world.sandbox("POST", "/_sandbox/clock", json!({ "advance_s": 5 })).await;
    let at = "/marketo/123-abc-456";
    let keys = "grant_type=client_credentials&client_id=portico-demo\
                &client_secret=portico-demo-secret";
    let path = format!("{at}/identity/oauth/token?{keys}");
    let token = world.sandbox("GET", &path, Value::Null).await.json()["access_token"].clone();
    let path = format!("{at}/rest/v1/leads.json");
    let lead = json!({ "input": [{ "email": "ada@acme.example" }] });
    let made = world.sandbox_as(token.as_str().expect("a token"), "POST", &path, lead).await;
    assert_eq!(made.json()["success"], true, "{}", made.text);
}

#[tokio::test]
async fn what_happens_in_marketo_starts_a_workflow() {
    on_each_database(async |world: World| {
        world.deploy(LEADS).await;
        connect_marketo(&world, "ada").await;
        world.switch("ada", "POST", "Watch leads").await;
        world.watch().await;
        make_lead(&world).await;
        world.clock.advance(75);
        world.watch().await;
        world.watch().await;
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["name"], "lead_created");
        assert_eq!(world.work().await, 1);
    })
    .await;
}

#[tokio::test]
async fn editing_what_narrows_a_trigger_misses_nothing() {
    on_each_database(async |world: World| {
        watching(&world).await;
        opportunities(&world, 1).await;
        assert_eq!(a_minute_later(&world).await, 1);
        // Made since the last poll, and before somebody asks for another field.
        opportunities(&world, 1).await;
        world.clock.advance(30);
        let object = "object = \"Opportunity\"";
        let more = announcing("first").replace(object, &format!("{object}\nfields = \"Name\""));
        world.deploy(&more).await;
        world.watch().await;
        assert_eq!(world.happened().await.len(), 2, "it goes on where it was");
        assert_eq!(a_minute_later(&world).await, 2, "and tells nothing twice");

        let made =
            world.sandbox("POST", "/salesforce/_sandbox/seed", json!({ "Account": 2 })).await;
        assert!(made.status.is_success());
        world.clock.advance(30);
        world.deploy(&announcing("first").replace(object, "object = \"Account\"")).await;
        world.watch().await;
        assert_eq!(a_minute_later(&world).await, 2, "of another object nothing old is told");
    })
    .await;
}

/// The way out of a process whose questions to one provider are never answered.
struct Silent(Arc<dyn Http>);

impl Http for Silent {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery> {
        match request.url.path().ends_with("/query") {
            true => std::future::pending().boxed(),
            false => self.0.send(request),
        }
    }

    fn for_browser(&self, url: &Url) -> Url {
        self.0.for_browser(url)
    }
}

#[tokio::test]
async fn a_provider_that_never_answers_delays_no_other() {
    on_each_database(async |world: World| {
        watching(&world).await;
        for name in ["Second", "Third"] {
            world.deploy(&announcing(name).replace("Announce opportunities", name)).await;
            world.switch("ada", "POST", name).await;
        }
        world.deploy(LEADS).await;
        connect_marketo(&world, "grace").await;
        world.switch("grace", "POST", "Watch leads").await;
        world.watch().await;
        make_lead(&world).await;
        world.clock.advance(75);
        let silent = Arc::new(Silent(Arc::clone(&world.services.ports().http)));
        let process = world.node_with(silent).await;
        // Three of ada's wait for an answer that never comes, and there are three places.
        let mut places = Places::new(3);
        process.begin_polls(&mut places).await.expect("begun");
        assert_eq!(places.free(), 0);
        while world.happened().await.is_empty() {
            assert!(places.ended().await, "a place is left for grace");
            process.begin_polls(&mut places).await.expect("begun");
        }
        assert_eq!(world.happened().await[0]["summary"]["name"], "lead_created");
        process.store().close().await;
    })
    .await;
}
