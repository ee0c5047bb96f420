//! Executions that are done once more, from the start or from a step, one or many; executions that are stopped.

use crate::harness::{World, on_each_database};
use portico_domain::view::{
    FailureGroup, FailureState, ReplayBeginning, ReplayChoice, ReplaySelection, ReplayVersion,
};
use portico_domain::{Actor, ExecutionId, ProjectId, RefusalCode, StepPath};
use portico_runtime::{Worker, WorkerOptions};
use portico_services::BatchChoice;
use portico_services::Bundle;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// A workflow of two steps, the second of which is refused where the name is too long.
const TWO_STEPS: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[app_events]]
name = "Company Signed"
example = { name = "Engines", last_name = "Lovelace" }

[[workflows]]
name = "Note a company"
integration = "salesforce"
deploy = true

[workflows.definition]
format = 1

[workflows.definition.trigger]
kind = "app_event"
event = "Company Signed"

[[workflows.definition.steps]]
id = "account"
title = "Create account"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Account"

[workflows.definition.steps.inputs.fields]
Name = "{{ trigger.name }}"

[[workflows.definition.steps]]
id = "contact"
title = "Create contact"
kind = "action"
integration = "salesforce"
action = "create_record"

[workflows.definition.steps.inputs]
object = "Contact"

[workflows.definition.steps.inputs.fields]
LastName = "{{ trigger.last_name }}"
AccountId = "{{ steps.account.id }}"

[workflows.definition.options]
default_enabled = true
"#;

struct Story {
    world: World,
    project: ProjectId,
}

impl Story {
    /// A user who is connected, with the workflow of two steps on.
    async fn of(world: World) -> Self {
        let bundle = Bundle::parse(TWO_STEPS).expect("a bundle");
        world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        let project = world.project.parse().expect("an id");
        let story = Self { world, project };
        story.world.connect("ada").await;
        story
    }

    /// An event whose second step fails, worked through.
    async fn failed(&self, user: &str) -> ExecutionId {
        self.signed(user, &"L".repeat(81)).await
    }

    async fn signed(&self, user: &str, last_name: &str) -> ExecutionId {
        let payload = json!({ "name": "Engines", "last_name": last_name });
        let event = json!({ "name": "Company Signed", "payload": payload });
        let accepted = self.world.sdk(user, "POST", "/events/trigger", event).await.json();
        while self.world.work().await > 0 {}
        let id = accepted["executions"][0]["id"].as_str().expect("an execution");
        id.parse().expect("an id")
    }

    async fn read(&self, id: ExecutionId) -> Value {
        let found = self.world.services.execution_detail(&Actor::Operator, self.project, id).await;
        json!(found.expect("an execution"))
    }

    /// Begins a replay as the page does: looks first, then begins with the key it got.
    async fn replay(&self, id: ExecutionId, choice: ReplayChoice) -> ExecutionId {
        let (services, actor) = (&self.world.services, &Actor::Operator);
        let preview = services.replay_preview(actor, self.project, id, choice.clone()).await;
        let key = preview.expect("a preview").key;
        let begun = services.replay(actor, self.project, id, choice, key).await;
        while self.world.work().await > 0 {}
        begun.expect("a replay")
    }

    async fn records(&self, object: &str) -> usize {
        let path = format!("/_sandbox/records/acme/{object}");
        let records = self.world.sandbox("GET", &path, Value::Null).await.json();
        records.as_array().expect("a list").len()
    }

    async fn groups(&self) -> Vec<FailureGroup> {
        let found = self.world.services.failure_groups(&Actor::Operator, self.project).await;
        found.expect("groups")
    }
}

fn edited(last_name: &str, from: Option<&str>) -> ReplayChoice {
    let input = json!({ "name": "Engines", "last_name": last_name });
    ReplayChoice {
        from: from.map(|step| StepPath(step.to_owned())),
        version: ReplayVersion::Original,
        input: input.as_object().cloned(),
    }
}

#[tokio::test]
async fn a_replay_from_a_step_asks_the_provider_for_nothing_that_is_recalled() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let first = story.failed("ada").await;
        assert_eq!((story.records("Account").await, story.records("Contact").await), (1, 0));
        let again = story.replay(first, edited("Lovelace", Some("contact"))).await;
        let found = story.read(again).await;
        assert_eq!(found["summary"]["status"], "succeeded", "{found}");
        assert_eq!((story.records("Account").await, story.records("Contact").await), (1, 1));
        let facts: Vec<_> = found["history"].as_array().expect("a history").iter().collect();
        let names: Vec<_> = facts.iter().map(|fact| fact["fact"].as_str().expect("one")).collect();
        assert_eq!(names, ["started", "recalled", "step_started", "step_succeeded", "finished"]);
        let account = &story.read(first).await["history"][2]["output"]["id"];
        assert_eq!(facts[1]["output"]["id"], *account);
        assert_eq!(facts[2]["input"]["json"]["fields"]["AccountId"], *account);
        assert_eq!(found["replay_of"], json!(first), "it links back");
        assert_eq!(found["payload"]["last_name"], "Lovelace");
        let original = story.read(first).await;
        assert_eq!(original["replays"][0]["id"], json!(again), "and is listed there");
        assert_eq!(original["payload"]["last_name"].as_str().map(str::len), Some(81));
    })
    .await;
}

#[tokio::test]
async fn what_is_done_again_is_named_before_and_a_second_click_does_nothing() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let first = story.failed("ada").await;
        let (services, actor) = (&story.world.services, &Actor::Operator);
        let choice = edited("Lovelace", None);
        let preview = services.replay_preview(actor, story.project, first, choice.clone()).await;
        let preview = preview.expect("a preview");
        let named: Vec<_> =
            preview.again.iter().map(|own| (own.title.as_str(), own.certain)).collect();
        assert_eq!((named, preview.recalled), (vec![("Create account", true)], 0));
        for _ in 0..2 {
            let begun =
                services.replay(actor, story.project, first, choice.clone(), preview.key).await;
            assert_eq!(begun.expect("a replay"), preview.key);
        }
        let (one, two) = tokio::join!(
            services.replay(actor, story.project, first, choice.clone(), preview.key),
            services.replay(actor, story.project, first, choice.clone(), preview.key),
        );
        assert_eq!((one.expect("a replay"), two.expect("a replay")), (preview.key, preview.key));
        while story.world.work().await > 0 {}
        assert_eq!((story.records("Account").await, story.records("Contact").await), (2, 1));
        let other = story.failed("ada").await;
        let stolen = services.replay(actor, story.project, other, choice, preview.key).await;
        assert_eq!(stolen.expect_err("another's key").code, RefusalCode::Stale);
    })
    .await;
}

#[tokio::test]
async fn a_replay_runs_on_the_version_that_is_chosen() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let first = story.failed("ada").await;
        let shorter = TWO_STEPS.replace("{{ trigger.last_name }}", "Always the same");
        let bundle = Bundle::parse(&shorter).expect("a bundle");
        story.world.services.import(&Actor::Operator, &bundle, None).await.expect("an import");
        let from = Some(StepPath("contact".to_owned()));
        let choice = |version| ReplayChoice { from: from.clone(), version, input: None };
        let original = story.replay(first, choice(ReplayVersion::Original)).await;
        assert_eq!(story.read(original).await["summary"]["status"], "failed");
        let deployed = story.replay(first, choice(ReplayVersion::Deployed)).await;
        let found = story.read(deployed).await;
        assert_eq!(
            (&found["summary"]["status"], &found["workflow_version"]),
            (&json!("succeeded"), &json!(2))
        );
        assert_eq!(found["summary"]["event_id"], story.read(first).await["summary"]["event_id"]);
        assert_eq!(story.records("Account").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused_in_words() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let (services, actor) = (&story.world.services, &Actor::Operator);
        let why = async |id, choice| {
            let refused = services.replay_preview(actor, story.project, id, choice).await;
            refused.expect_err("a refusal").message
        };
        let first = story.failed("ada").await;
        assert!(why(first, edited("L", Some("gone"))).await.contains("no step"));
        let event =
            json!({ "name": "Company Signed", "payload": { "name": "E", "last_name": "L" } });
        let running = story.world.sdk("ada", "POST", "/events/trigger", event).await.json();
        let running = running["executions"][0]["id"].as_str().expect("one").parse().expect("an id");
        assert!(why(running, ReplayChoice::default()).await.contains("still running"));
        story.world.sandbox("POST", "/_sandbox/revoke-tokens", Value::Null).await;
        while story.world.work().await > 0 {}
        assert!(why(first, ReplayChoice::default()).await.contains("reconnected"));
        let me = story.world.sdk("ada", "GET", "/me", Value::Null).await.json();
        let account = me["integrations"]["salesforce"]["credentialId"].as_str().expect("one");
        let account = account.parse().expect("an id");
        services.disconnect_account(actor, story.project, account).await.expect("disconnected");
        assert!(why(first, ReplayChoice::default()).await.contains("disconnected"));
    })
    .await;
}

#[tokio::test]
async fn an_execution_that_is_stopped_does_nothing_more() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let (services, actor) = (&story.world.services, &Actor::Operator);
        let event =
            json!({ "name": "Company Signed", "payload": { "name": "E", "last_name": "L" } });
        let accepted = story.world.sdk("ada", "POST", "/events/trigger", event).await.json();
        let id: ExecutionId =
            accepted["executions"][0]["id"].as_str().expect("one").parse().expect("an id");
        services.cancel_execution(actor, story.project, id).await.expect("cancelled");
        assert_eq!(story.world.work().await, 0);
        assert_eq!(story.records("Account").await, 0);
        assert_eq!(story.read(id).await["summary"]["status"], "cancelled");
        let again = services.cancel_execution(actor, story.project, id).await;
        assert!(again.expect_err("it has ended").message.contains("ended already"));
        // What was under way may have been done, and is named.
        let preview =
            services.replay_preview(actor, story.project, id, ReplayChoice::default()).await;
        assert!(!preview.expect("a preview").again[0].certain);
        let next = story.replay(id, ReplayChoice::default()).await;
        assert_eq!(story.read(next).await["summary"]["status"], "succeeded");
    })
    .await;
}

#[tokio::test]
async fn failures_of_one_kind_are_one_group_across_users() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        story.world.connect("grace").await;
        for user in ["ada", "grace", "ada"] {
            story.failed(user).await;
        }
        let payload = json!({ "name": "E" });
        let event = json!({ "name": "Company Signed", "payload": payload });
        story.world.sdk("ada", "POST", "/events/trigger", event).await;
        while story.world.work().await > 0 {}
        let groups = story.groups().await;
        let told: Vec<_> =
            groups.iter().map(|own| (own.step.as_str(), own.count, own.users, own.state)).collect();
        assert_eq!(told.len(), 2, "{groups:?}");
        assert!(told.contains(&("Create contact", 3, 2, FailureState::Open)), "{told:?}");
        let group = groups.iter().find(|own| own.count == 3).expect("the group");
        assert_eq!(
            (group.failure.code.as_str(), group.over_time.iter().sum::<u64>()),
            ("STRING_TOO_LONG", 3)
        );
        let place = (group.workflow_id, group.key.as_str());
        let (services, actor) = (&story.world.services, &Actor::Operator);
        let state = async || {
            story.groups().await.into_iter().find(|own| own.key == group.key).expect("it").state
        };
        services
            .mark_failures(actor, story.project, place, FailureState::Resolved)
            .await
            .expect("a mark");
        assert_eq!(state().await, FailureState::Resolved);
        story.world.clock.advance(60);
        story.failed("grace").await;
        assert_eq!(state().await, FailureState::Open, "it occurred again");
        services
            .mark_failures(actor, story.project, place, FailureState::Ignored)
            .await
            .expect("a mark");
        story.failed("ada").await;
        assert_eq!(state().await, FailureState::Ignored, "nothing has changed");
        story.world.connect("edith").await;
        story.failed("edith").await;
        assert_eq!(state().await, FailureState::Open, "it concerns another user");
    })
    .await;
}

#[tokio::test]
async fn many_replays_survive_a_restart_and_none_begins_twice() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let mut originals = Vec::new();
        for _ in 0..7 {
            originals.push(story.failed("ada").await);
        }
        let shorter = TWO_STEPS.replace("{{ trigger.last_name }}", "Short");
        let bundle = Bundle::parse(&shorter).expect("a bundle");
        let (services, actor) = (&story.world.services, &Actor::Operator);
        services.import(actor, &bundle, None).await.expect("an import");
        let group = story.groups().await.remove(0);
        let selection =
            ReplaySelection::Failures { workflow: group.workflow_id, key: group.key.clone() };
        let choice = BatchChoice {
            beginning: ReplayBeginning::FailedStep,
            version: ReplayVersion::Deployed,
        };
        let preview = services.replay_batch_preview(actor, story.project, &selection, choice).await;
        let preview = preview.expect("a preview");
        assert_eq!((preview.count, preview.again.len(), preview.refused.len()), (7, 0, 0));
        for _ in 0..2 {
            services
                .replay_many(actor, story.project, (&selection, choice), preview.key)
                .await
                .expect("a batch");
        }
        // A process that begins three and is then no more; its last one was begun and not noted.
        assert_eq!(services.continue_replays(3).await.expect("some"), 3);
        let next = services.store().waiting_replays(1).await.expect("rows").remove(0);
        let from = Some(StepPath("contact".to_owned()));
        let one = ReplayChoice { from, version: ReplayVersion::Deployed, input: None };
        services
            .replay(actor, story.project, next.execution, one, next.replay)
            .await
            .expect("begun");
        let stop = CancellationToken::new();
        let worker = Worker::new(services.clone(), WorkerOptions::default());
        let working = tokio::spawn(worker.run(stop.clone()));
        let ended = loop {
            let found = services.replay_batch(actor, story.project, preview.key).await.expect("it");
            if found.ended_at.is_some() && found.succeeded + found.failed == found.started {
                break found;
            }
            tokio::task::yield_now().await;
        };
        stop.cancel();
        working.await.expect("a worker");
        assert_eq!((ended.total, ended.started, ended.succeeded, ended.waiting), (7, 7, 7, 0));
        assert_eq!((story.records("Account").await, story.records("Contact").await), (7, 7));
        for id in originals {
            let replays = story.read(id).await["replays"].clone();
            assert_eq!(replays.as_array().map(Vec::len), Some(1), "each once: {replays}");
        }
        let none = services.replay_batch_preview(actor, story.project, &selection, choice).await;
        assert!(none.expect_err("all were replayed").message.contains("nothing to replay"));
    })
    .await;
}

#[tokio::test]
async fn what_another_replay_has_done_is_told_before_it_is_done_again() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let first = story.failed("ada").await;
        let (services, actor) = (&story.world.services, &Actor::Operator);
        let choice = edited("Lovelace", Some("contact"));
        let told = async |id| {
            let preview = services.replay_preview(actor, story.project, id, choice.clone()).await;
            let again = preview.expect("a preview").again.into_iter();
            again.map(|own| (own.title, own.certain)).collect::<Vec<_>>()
        };
        assert_eq!(told(first).await, [], "it failed there");
        let second = story.replay(first, choice.clone()).await;
        assert_eq!(story.records("Contact").await, 1);
        let contact = [("Create contact".to_owned(), true)];
        assert_eq!(told(first).await, contact, "a replay of it has created one");
        assert_eq!(told(second).await, contact);
        let third = story.replay(second, edited(&"L".repeat(81), Some("contact"))).await;
        assert_eq!(told(third).await, contact, "what it repeats had created one");
    })
    .await;
}

#[tokio::test]
async fn two_who_replay_the_same_failures_at_once_begin_each_once() {
    on_each_database(async |world: World| {
        let story = Story::of(world).await;
        let originals = [story.failed("ada").await, story.failed("ada").await];
        let (services, actor) = (&story.world.services, &Actor::Operator);
        let group = story.groups().await.remove(0);
        let failures =
            ReplaySelection::Failures { workflow: group.workflow_id, key: group.key.clone() };
        let by_hand = ReplaySelection::Executions { ids: vec![originals[0]] };
        let choice = BatchChoice {
            beginning: ReplayBeginning::FailedStep,
            version: ReplayVersion::Original,
        };
        let many = async |selection: &ReplaySelection, key| {
            services.replay_many(actor, story.project, (selection, choice), key).await
        };
        let key = async |selection: &ReplaySelection| {
            services
                .replay_batch_preview(actor, story.project, selection, choice)
                .await
                .map(|own| own.key)
        };
        let (one, two) =
            (key(&failures).await.expect("a key"), key(&failures).await.expect("a key"));
        many(&failures, one).await.expect("a batch");
        let none = many(&failures, two).await.expect_err("all of them wait");
        assert!(none.message.contains("nothing to replay"), "{none:?}");
        // Somebody repeats one of them by hand before its turn comes.
        story.replay(originals[0], edited("Lovelace", Some("contact"))).await;
        while services.continue_replays(10).await.expect("some") > 0 {}
        let found = services.replay_batch(actor, story.project, one).await.expect("the batch");
        assert_eq!((found.started, found.waiting), (1, 0));
        assert_eq!(found.refused[0].reason, "It was replayed otherwise meanwhile.");
        for id in originals {
            let replays = story.read(id).await["replays"].clone();
            assert_eq!(replays.as_array().map(Vec::len), Some(1), "once: {replays}");
        }
        // Whoever chooses it by hand was told, and may.
        let by_hand_key = key(&by_hand).await.expect("a key");
        many(&by_hand, by_hand_key).await.expect("a batch");
        assert_eq!(services.continue_replays(10).await.expect("some"), 1);
        let found = services.replay_batch(actor, story.project, by_hand_key).await.expect("it");
        assert_eq!(found.started, 1);
    })
    .await;
}
