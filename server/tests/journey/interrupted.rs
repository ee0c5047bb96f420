//! A process that dies between a provider's answer and its own commit.

use crate::harness::{World, on_each_database};
use futures::future::{BoxFuture, FutureExt};
use portico_connector::{Delivery, HttpRequest};
use portico_runtime::{Worker, WorkerOptions};
use portico_services::{Http, MasterKey, Ports, Services};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use url::Url;

/// How many steps wait for one token; more than a worker takes at once.
const STEPS: usize = 100;

/// The way out of a process that hears nothing more once the provider has renewed a token.
struct Deaf {
    inner: Arc<dyn Http>,
    renewed: Arc<Notify>,
}

impl Http for Deaf {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Delivery> {
        let is_renewal = request.url.path().ends_with("/token");
        let (sending, renewed) = (self.inner.send(request), Arc::clone(&self.renewed));
        async move {
            let delivery = sending.await;
            if is_renewal {
                renewed.notify_one();
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

/// Works in a second process until the provider has renewed a token, and kills it there.
async fn die_after_the_renewal(world: &World) {
    let renewed = Arc::new(Notify::new());
    let inner = Arc::clone(&world.services.ports().http);
    let http = Arc::new(Deaf { inner, renewed: Arc::clone(&renewed) });
    let ports = Ports { http, ..world.services.ports().clone() };
    let (master, _) = MasterKey::from_bytes([7; 32]);
    let (settings, catalogue) =
        (world.services.settings().clone(), world.services.shared_catalogue().clone());
    let store = world.services.store().clone();
    let process =
        Services::start(store, ports, settings, catalogue, master).await.expect("a process");
    let worker = Worker::new(process, WorkerOptions::default());
    let working = tokio::spawn(async move { worker.drain().await });
    renewed.notified().await;
    working.abort();
    assert!(working.await.is_err(), "it was killed in the middle");
}

/// Events whose steps find an ended token, and a process that died while it renewed it; then
/// another process, after the dead one's leases. Answers how the executions ended.
async fn interrupted(world: &World) -> Vec<Value> {
    world.connect("ada").await;
    world.switch_on("ada").await;
    let mut accepted = Vec::new();
    for index in 0..STEPS {
        accepted.push(world.lead_created("ada", &format!("L{index}")).await.json());
    }
    world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
    die_after_the_renewal(world).await;
    world.clock.advance(120);
    let now = world.services.ports().now();
    let reaped = world.services.store().reap(now, Duration::from_secs(3600)).await.expect("a look");
    assert!(reaped.released > 0 && reaped.given_up == 0);
    world.work().await;
    let mut ended = Vec::new();
    for own in &accepted {
        ended.push(world.execution(own).await["summary"].clone());
    }
    ended
}

fn count(ended: &[Value], code: &Value) -> usize {
    ended.iter().filter(|own| own["failure"]["code"] == *code).count()
}

#[tokio::test]
async fn no_step_is_lost_and_the_account_goes_on_where_its_refresh_token_does() {
    on_each_database(async |world: World| {
        let keep = json!({ "rotate_refresh_tokens": false });
        world.sandbox("PUT", "/salesforce/_sandbox/settings", keep).await;
        let ended = interrupted(&world).await;
        let done = ended.iter().filter(|own| own["status"] == "succeeded").count();
        let to_look_at = count(&ended, &json!("interrupted"));
        assert_eq!(done + to_look_at, STEPS, "every step came to an end that is told");
        assert!(done > 0 && to_look_at > 0);
        assert_eq!(world.leads().await.len(), done, "nothing was done twice");
    })
    .await;
}

#[tokio::test]
async fn where_the_new_refresh_token_went_with_the_process_the_account_asks_to_be_reconnected() {
    on_each_database(async |world: World| {
        let ended = interrupted(&world).await;
        let revoked = ended.iter().filter(|own| own["failure"]["class"] == "revoked").count();
        assert_eq!(revoked + count(&ended, &json!("interrupted")), STEPS);
        assert!(revoked > 0, "{ended:?}");
        let me = world.sdk("ada", "GET", "/me", Value::Null).await.json();
        assert_eq!(me["integrations"]["salesforce"]["credentialStatus"], "INVALID");
        world.connect("ada").await;
        let next = world.lead_created("ada", "At last").await.json();
        world.work().await;
        assert_eq!(world.execution(&next).await["summary"]["status"], "succeeded");
    })
    .await;
}
