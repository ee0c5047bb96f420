//! A process that dies in the middle of a fan-out, or of a delay's end.

use crate::harness::{World, on_each_database_with};
use crate::orders::{Shop, deploy, items, place};
use futures::future::{BoxFuture, FutureExt};
use portico_connector::{Delivery, HttpRequest};
use portico_runtime::{Worker, WorkerOptions};
use portico_services::{Http, MasterKey, Ports, Services};
use portico_storage::Claim;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use url::Url;

/// More than a worker takes at once.
const ROUNDS: usize = 100;

const ROUND_BY_ROUND: &str = r#"
[[workflows.definition.steps]]
id = "each"
title = "Each item"
kind = "fan_out"
parallel = 100
inputs = { items = "{{ trigger.items }}" }

[[workflows.definition.steps.body]]
id = "order"
title = "Order"
kind = "request"
on_failure = "continue"

[workflows.definition.steps.body.inputs]
method = "{{ trigger.method }}"
url = "https://api.shop.test/orders"
body = { place = "{{ index }}" }

[[workflows.definition.steps]]
id = "report"
title = "Report"
kind = "request"

[workflows.definition.steps.inputs]
method = "POST"
url = "https://api.shop.test/reports"
body = { rounds = "{{ steps.each.items | length }}" }
"#;

const LATER: &str = r#"
[[workflows.definition.steps]]
id = "wait"
title = "Wait"
kind = "delay"
inputs = { amount = 90, unit = "minutes" }

[[workflows.definition.steps]]
id = "report"
title = "Report"
kind = "request"

[workflows.definition.steps.inputs]
method = "POST"
url = "https://api.shop.test/reports"
body = { waited = true }
"#;

/// The way out of a process that hears nothing any more after so many answers.
struct GoingDeaf {
    inner: Arc<dyn Http>,
    left: AtomicUsize,
    deaf: Arc<Notify>,
}

impl Http for GoingDeaf {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery> {
        let hears = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            .is_ok();
        let (sending, deaf) = (self.inner.send(request), Arc::clone(&self.deaf));
        async move {
            let delivery = sending.await;
            if !hears {
                deaf.notify_one();
                return std::future::pending().await;
            }
            delivery
        }
        .boxed()
    }

    fn for_browser(&self, url: &Url) -> Url {
        self.inner.for_browser(url)
    }
}

/// Works in a second process until it has heard `answers`, and kills it after the next one.
async fn die_after(world: &World, answers: usize) {
    let deaf = Arc::new(Notify::new());
    let inner = Arc::clone(&world.services.ports().http);
    let http =
        Arc::new(GoingDeaf { inner, left: AtomicUsize::new(answers), deaf: Arc::clone(&deaf) });
    let ports = Ports { http, ..world.services.ports().clone() };
    let (master, _) = MasterKey::from_bytes([7; 32]);
    let (settings, catalogue) =
        (world.services.settings().clone(), world.services.shared_catalogue().clone());
    let store = world.services.store().clone();
    let process =
        Services::start(store, ports, settings, catalogue, master).await.expect("a process");
    let worker = Worker::new(process, WorkerOptions::default());
    let working = tokio::spawn(async move { worker.drain().await });
    deaf.notified().await;
    working.abort();
    assert!(working.await.is_err(), "it was killed in the middle");
}

/// What waits for the leases of the dead.
async fn reap(world: &World) {
    world.clock.advance(120);
    let now = world.services.ports().now();
    let reaped = world.services.store().reap(now, Duration::from_secs(3600)).await.expect("a look");
    assert!(reaped.released > 0 && reaped.given_up == 0);
}

/// How the rounds ended: whether well, and with what code if not.
fn rounds(execution: &Value) -> Vec<Option<String>> {
    let history = execution["history"].as_array().expect("a history");
    let of = |n: usize| {
        let path = format!("each.{n}/order");
        let mut ends = history.iter().filter(|entry| {
            entry["path"] == path.as_str()
                && (entry["fact"] == "step_succeeded" || entry["fact"] == "step_failed")
        });
        let end = ends.next().unwrap_or_else(|| panic!("no end of {path}"));
        assert!(ends.next().is_none(), "{path} ended twice");
        end["failure"]["code"].as_str().map(str::to_owned)
    };
    (0..ROUNDS).map(of).collect()
}

#[tokio::test]
async fn what_can_be_repeated_is_and_the_fan_out_ends_as_if_nothing_had_been() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, ROUND_BY_ROUND).await;
            let placed = place(&world, json!({ "items": items(ROUNDS), "method": "GET" })).await;
            die_after(&world, 20).await;
            reap(&world).await;
            world.work().await;
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "succeeded", "{}", ended["summary"]);
            assert!(rounds(&ended).iter().all(Option::is_none));
            assert_eq!(shop.was_sent("/reports"), [json!({ "rounds": ROUNDS })], "once");
            assert!(shop.was_sent("/orders").len() >= ROUNDS);
        },
    )
    .await;
}

#[tokio::test]
async fn what_cannot_be_repeated_is_done_once_or_shown_to_a_person() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, ROUND_BY_ROUND).await;
            let placed = place(&world, json!({ "items": items(ROUNDS), "method": "POST" })).await;
            die_after(&world, 20).await;
            reap(&world).await;
            world.work().await;
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "succeeded", "{}", ended["summary"]);
            let ends = rounds(&ended);
            let told = |code: &Option<String>| code.as_deref() == Some("interrupted");
            assert!(ends.iter().all(|code| code.is_none() || told(code)), "{ends:?}");
            assert!(ends.iter().any(told) && ends.iter().any(Option::is_none), "{ends:?}");
            let sent = shop.was_sent("/orders");
            let places: Vec<_> = sent.iter().filter_map(|own| own["place"].as_u64()).collect();
            let mut once = places.clone();
            once.dedup();
            assert_eq!(places, once, "nothing was done twice");
            for (place, end) in ends.iter().enumerate() {
                let done = places.contains(&(place as u64));
                assert!(done || end.is_some(), "round {place} is said to be done, and was not");
            }
            assert_eq!(shop.was_sent("/reports"), [json!({ "rounds": ROUNDS })]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_delay_outlives_the_process_that_began_it_and_the_one_that_was_to_end_it() {
    let shop = Shop::default();
    on_each_database_with(
        || shop.own(),
        async |world: World| {
            deploy(&world, LATER).await;
            let placed = place(&world, json!({})).await;
            world.clock.advance(91 * 60);
            // A process takes up the end of the delay, and dies.
            let now = world.services.ports().now();
            let claim = Claim {
                limit: 10,
                now,
                lease_until: now + Duration::from_secs(60),
                lease: "dying".to_owned(),
                known: Vec::new(),
            };
            let claimed = world.services.store().claim(claim).await.expect("a claim");
            assert_eq!(claimed.len(), 1);
            assert_eq!(world.work().await, 0, "it is held");
            reap(&world).await;
            assert_eq!(world.work().await, 2);
            let ended = world.execution(&placed).await;
            assert_eq!(ended["summary"]["status"], "succeeded", "{ended}");
            assert_eq!(shop.was_sent("/reports"), [json!({ "waited": true })]);
        },
    )
    .await;
}
