//! Workflows that a clock starts: every occurrence once, on however many nodes.

use crate::harness::{World, on_each_database};
use axum::http::StatusCode;
use serde_json::Value;

/// Creates a lead every hour.
pub(crate) fn hourly(cron: &str) -> String {
    format!(
        r#"
[[workflows]]
name = "Hourly lead"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "scheduler"
cron = "{cron}"
time_zone = "Europe/Vienna"

[[workflows.definition.steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Lead"

[workflows.definition.steps.inputs.fields]
LastName = "{{{{ trigger.scheduled_at }}}}"
Company = "Engines"
"#
    )
}

async fn scheduled(world: &World, user: &str) {
    world.connect(user).await;
    world.switch(user, "POST", "Hourly lead").await;
    world.watch().await;
}

#[tokio::test]
async fn an_occurrence_is_one_event_with_its_decision() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("0 * * * *")).await;
        scheduled(&world, "ada").await;
        assert_eq!(world.happened().await, Vec::<Value>::new(), "it is not time yet");
        world.clock.advance(3600);
        world.watch().await;
        world.watch().await;
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0]["summary"]["source"], "schedule");
        assert_eq!(all[0]["decisions"][0]["decision"]["outcome"], "started");
        assert_eq!(world.work().await, 1);
        let leads = world.leads().await;
        let at = leads[0]["fields"]["LastName"].as_str().expect("a time");
        assert!(at.ends_with(":00:00.000Z"), "it is told when it was due: {at}");
        world.clock.advance(3600);
        world.watch().await;
        assert_eq!(world.happened().await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn two_nodes_fire_once() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("0 * * * *")).await;
        for user in ["ada", "grace"] {
            scheduled(&world, user).await;
        }
        let other = world.second_node().await;
        for round in 1..=4 {
            world.clock.advance(3600);
            let (one, two) = tokio::join!(world.services.fire_due(100), other.fire_due(100));
            assert_eq!(one.expect("fired") + two.expect("fired"), 2, "one for each user");
            assert_eq!(world.happened().await.len(), 2 * round);
        }
        other.store().close().await;
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_is_one_occurrence() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("*/5 * * * *")).await;
        scheduled(&world, "ada").await;
        // Nobody looks for a day.
        world.clock.advance(24 * 3600);
        world.watch().await;
        world.watch().await;
        assert_eq!(world.happened().await.len(), 1);
        world.clock.advance(300);
        world.watch().await;
        assert_eq!(world.happened().await.len(), 2, "then it goes on as before");
    })
    .await;
}

#[tokio::test]
async fn a_restart_leaves_no_occurrence_out() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("*/5 * * * * *")).await;
        scheduled(&world, "ada").await;
        world.clock.advance(5);
        world.watch().await;
        assert_eq!(world.happened().await.len(), 1);
        // Nobody looks for half a minute; then a new process does.
        world.clock.advance(30);
        let restarted = world.second_node().await;
        assert_eq!(restarted.fire_due(100).await.expect("fired"), 6, "each by itself");
        restarted.store().close().await;
        world.watch().await;
        let all = world.happened().await;
        let mut due: Vec<_> =
            all.iter().map(|own| seconds(&own["payload"]["scheduled_at"])).collect();
        due.sort_unstable();
        assert_eq!(due.len(), 7);
        assert!(due.windows(2).all(|pair| pair[1] - pair[0] == 5), "none is left out: {due:?}");
        assert_eq!(world.work().await, 7);
        assert_eq!(world.leads().await.len(), 7);
    })
    .await;
}

fn seconds(moment: &Value) -> i64 {
    let moment = moment.as_str().and_then(portico_domain::time::date_time);
    moment.expect("a moment").seconds()
}

#[tokio::test]
async fn what_is_off_undeployed_disconnected_or_refused_does_not_fire() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("*/5 * * * *")).await;
        scheduled(&world, "ada").await;
        let project = world.project.parse().expect("an id");
        let fires = async |world: &World| {
            let before = world.happened().await.len();
            world.clock.advance(300);
            world.watch().await;
            world.happened().await.len() > before
        };
        assert!(fires(&world).await);
        world.switch("ada", "DELETE", "Hourly lead").await;
        assert!(!fires(&world).await, "switched off");
        world.switch("ada", "POST", "Hourly lead").await;
        world.watch().await;
        assert!(fires(&world).await);

        let id = world.workflow_id("Hourly lead").await.parse().expect("an id");
        let operator = portico_domain::Actor::Operator;
        world.services.undeploy_workflow(&operator, project, id).await.expect("undeployed");
        assert!(!fires(&world).await, "undeployed");
        world.deploy(&hourly("*/5 * * * *")).await;
        world.watch().await;
        assert!(fires(&world).await);

        let users = world.services.user_list(&operator, project, None, None).await;
        let ada = users.expect("a list").rows[0].id;
        world.services.set_user_active(&operator, project, ada, false).await.expect("refused");
        assert!(!fires(&world).await, "the user is refused");
        world.services.set_user_active(&operator, project, ada, true).await.expect("taken");
        world.watch().await;
        assert!(fires(&world).await);

        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let own = &me["integrations"]["salesforce"]["credentialId"];
        let id = own.as_str().expect("an account").parse().expect("an id");
        world.services.disconnect_account(&operator, project, id).await.expect("disconnected");
        assert!(!fires(&world).await, "disconnected");
    })
    .await;
}

#[tokio::test]
async fn another_schedule_is_kept_from_its_deployment_on() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("0 * * * *")).await;
        scheduled(&world, "ada").await;
        // The same again changes nothing.
        world.deploy(&hourly("0 * * * *")).await;
        world.deploy(&hourly("0 0 29 2 *")).await;
        world.watch().await;
        world.clock.advance(3600);
        world.watch().await;
        assert_eq!(world.happened().await, Vec::<Value>::new(), "29 February is far away");
    })
    .await;
}

#[tokio::test]
async fn a_schedule_that_cannot_be_kept_is_told_before_it_is_deployed() {
    on_each_database(async |world: World| {
        for (good, bad, words) in [
            ("Europe/Vienna", "Europe/Wien", "There is no time zone"),
            ("0 * * * *", "0 24 * * *", "hour takes 0 to 23"),
        ] {
            let file = hourly("0 * * * *").replace(good, bad);
            let bundle = format!("format = 1\n[project]\nname = \"Acme CRM\"\n{file}");
            let bundle = portico_services::Bundle::parse(&bundle).expect("a bundle");
            let done = world.services.import(&portico_domain::Actor::Operator, &bundle, None).await;
            let Err(why) = done else { panic!("{bad} was deployed") };
            assert!(why.to_string().contains(words), "{why}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_starts_no_other_users_schedule() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("0 * * * *")).await;
        world.connect("grace").await;
        scheduled(&world, "ada").await;
        world.clock.advance(3600);
        world.watch().await;
        let all = world.happened().await;
        assert_eq!(all.len(), 1, "grace has it off: {all:?}");
        assert_eq!(all[0]["summary"]["user"], "ada");
        let off = world.lead_created("grace", "L").await;
        assert_eq!(off.status, StatusCode::CREATED);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_of_one_user_stops_no_other() {
    on_each_database(async |world: World| {
        world.deploy(&hourly("*/5 * * * *")).await;
        // Occurrences are counted below.
        world.clock.advance_to_next(300);
        let store = world.services.store();
        let of = "IN (SELECT id FROM connected_users WHERE external_id = 'ada')";
        scheduled(&world, "ada").await;
        // A row of ada's that another program has written, and one of her settings.
        store
            .tamper(&format!("UPDATE watches SET spec = 'broken' WHERE user_id {of}"))
            .await
            .expect("it");
        scheduled(&world, "grace").await;
        let settings = format!("credential_id IN (SELECT id FROM credentials WHERE user_id {of})");
        let spoil = |from: &str, to: &str| {
            format!("UPDATE configurations SET {from} = {to} WHERE {settings}")
        };
        store.tamper(&spoil("external_id", "workflow_settings")).await.expect("kept");
        store.tamper(&spoil("workflow_settings", "'broken'")).await.expect("spoilt");
        store
            .tamper(&format!(
                "UPDATE connected_users SET routing_revision = routing_revision + 1 WHERE id {of}"
            ))
            .await
            .expect("changed");
        world.connect("linus").await;
        world.switch("linus", "POST", "Hourly lead").await;
        world.watch().await;
        world.clock.advance(300);
        world.watch().await;
        let users = async || {
            let all = world.happened().await;
            let mut users: Vec<_> = all
                .iter()
                .map(|own| own["summary"]["user"].as_str().expect("a user").to_owned())
                .collect();
            users.sort();
            users
        };
        assert_eq!(users().await, ["grace", "linus"]);
        // Mended, she goes on by herself.
        store.tamper(&spoil("workflow_settings", "external_id")).await.expect("mended");
        store.tamper(&spoil("external_id", "NULL")).await.expect("mended");
        store.tamper(&format!("DELETE FROM watches WHERE user_id {of}")).await.expect("mended");
        world.clock.advance(60);
        world.watch().await;
        world.clock.advance(300);
        world.watch().await;
        assert_eq!(users().await, ["ada", "grace", "grace", "linus", "linus"]);
    })
    .await;
}
