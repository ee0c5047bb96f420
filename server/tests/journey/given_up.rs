//! Work whose workers are heard of no more: tried again however late that is seen, and given up in words.

use crate::harness::{World, on_each_database};
use portico_domain::view::ReplayChoice;
use portico_domain::{Actor, ExecutionId};
use portico_storage::{Claim, Reaped};
use serde_json::{Value, json};
use std::time::Duration;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
const THREE_DAYS: Duration = Duration::from_secs(3 * 86_400);

/// A process that takes what is due, and dies; answers how much it could read.
async fn take(world: &World) -> usize {
    let now = world.services.ports().now();
    let claim = Claim {
        limit: 10,
        now,
        lease_until: now + Duration::from_secs(60),
        lease: format!("a process that died at {}", now.millis()),
        known: Vec::new(),
    };
    world.services.store().claim(claim).await.expect("a claim").len()
}

async fn die(world: &World) {
    assert_eq!(take(world).await, 1);
}

async fn take_back(world: &World) -> Reaped {
    world.services.take_back_lost(THREE_DAYS).await.expect("a look")
}

/// An event whose step waits.
async fn accepted(world: &World) -> Value {
    world.connect("ada").await;
    world.switch_on("ada").await;
    world.lead_created("ada", "Lovelace").await.json()
}

#[tokio::test]
async fn a_crash_before_a_long_weekend_gives_nothing_up() {
    on_each_database(async |world: World| {
        let accepted = accepted(&world).await;
        // Nobody works for four days; who begins then dies, and nobody looks for another four.
        world.clock.advance(4 * DAY);
        die(&world).await;
        world.clock.advance(4 * DAY);
        assert_eq!(take_back(&world).await, Reaped { released: 1, given_up: 0 });
        assert_eq!(world.work().await, 1);
        let ended = world.execution(&accepted).await["summary"].clone();
        // It may have been done: that is told as after any other loss.
        assert_eq!(
            (&ended["status"], &ended["failure"]["code"]),
            (&json!("failed"), &json!("interrupted"))
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_lost_for_days_fails_in_words_and_can_be_replayed() {
    on_each_database(async |world: World| {
        let accepted = accepted(&world).await;
        die(&world).await;
        world.clock.advance(2 * MINUTE);
        assert_eq!(take_back(&world).await, Reaped { released: 1, given_up: 0 });
        world.clock.advance(3 * DAY);
        die(&world).await;
        world.clock.advance(2 * MINUTE);
        assert_eq!(take_back(&world).await, Reaped { released: 0, given_up: 1 });
        assert_eq!(world.work().await, 1);
        let found = world.execution(&accepted).await;
        let failure = &found["summary"]["failure"];
        assert_eq!(found["summary"]["status"], "failed");
        assert_eq!((&failure["class"], &failure["code"]), (&json!("unknown"), &json!("given_up")));
        assert_eq!(world.leads().await.len(), 0, "nothing was sent");

        let (services, actor) = (&world.services, &Actor::Operator);
        let project = world.project.parse().expect("an id");
        let groups = services.failure_groups(actor, project).await.expect("failures");
        assert_eq!(groups.len(), 1, "{groups:?}");
        let id: ExecutionId =
            found["summary"]["id"].as_str().expect("an id").parse().expect("an id");
        let choice = ReplayChoice::default();
        let preview = services.replay_preview(actor, project, id, choice.clone()).await;
        let key = preview.expect("a preview").key;
        services.replay(actor, project, id, choice, key).await.expect("a replay");
        assert_eq!(world.work().await, 1);
        assert_eq!(world.leads().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_execution_that_nobody_can_read_ends_all_the_same() {
    on_each_database(async |world: World| {
        let accepted = accepted(&world).await;
        let id = accepted["executions"][0]["id"].as_str().expect("an id");
        let spoilt = format!("UPDATE history SET entries = 'broken' WHERE execution_id = '{id}'");
        world.services.store().tamper(&spoilt).await.expect("spoilt");
        for wait in [2 * MINUTE, 3 * DAY, 2 * MINUTE, 2 * MINUTE] {
            assert_eq!(world.services.store().queue_depth().await.expect("a look").ready, 1);
            assert_eq!(take(&world).await, 0, "it cannot be read");
            world.clock.advance(wait);
            take_back(&world).await;
        }
        let depth = world.services.store().queue_depth().await.expect("a look");
        assert_eq!((depth.ready, depth.leased), (0, 0));
        let project = world.project.parse().expect("an id");
        let groups = world.services.failure_groups(&Actor::Operator, project).await;
        let groups = groups.expect("failures");
        assert_eq!(groups[0].failure.code, "given_up");
    })
    .await;
}
