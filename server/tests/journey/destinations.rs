//! What a project's own systems hear: signed, tried again, and never of secrets.

use crate::harness::{Own, World, on_each_database_with};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use portico_domain::view::{DestinationForm, HappeningKind, ReplayChoice};
use portico_domain::{Actor, DestinationId, ProjectId};
use portico_services::Places;
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::{Arc, Mutex};

/// What the listener heard: a message's headers and its body.
type Heard = Vec<(axum::http::HeaderMap, String)>;

/// A listener, which answers what it is told to.
#[derive(Clone)]
struct Listener {
    heard: Arc<Mutex<Heard>>,
    answers: Arc<Mutex<u16>>,
}

impl Default for Listener {
    fn default() -> Self {
        Self { heard: Arc::default(), answers: Arc::new(Mutex::new(204)) }
    }
}

impl Listener {
    fn own(&self) -> Own {
        Own {
            definition: DEFINITION,
            origin: "https://hooks.acme.test",
            provider: Router::new().fallback(any(hear)).with_state(self.clone()),
            bundle: "format = 1\n[project]\nname = \"Acme CRM\"\n",
        }
    }

    fn answers(&self, status: u16) {
        *self.answers.lock().expect("a lock") = status;
    }

    fn take(&self) -> Heard {
        std::mem::take(&mut *self.heard.lock().expect("a lock"))
    }
}

async fn hear(State(own): State<Listener>, request: Request<Body>) -> StatusCode {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let text = String::from_utf8(body.to_vec()).expect("text");
    own.heard.lock().expect("a lock").push((parts.headers, text));
    StatusCode::from_u16(*own.answers.lock().expect("a lock")).expect("a status")
}

/// An integration that nobody uses: the harness wants one beside the address.
const DEFINITION: &str = r##"
type = "listener"
name = "Listener"
description = "Hears."
brand_color = "#123456"
abilities = []

[auth]
kind = "api_key"
fields = [{ key = "api_key", title = "API key", secret = true, help = "Any." }]

[auth.place]
query = { key = "{api_key}" }

[auth.test]
method = "GET"
path = "/me"

[auth.account]
provider_id = "listener"
label = "Listener"

[connection]
base = "https://hooks.acme.test"
hosts = ["hooks.acme.test"]
"##;

struct Story {
    world: World,
    listener: Listener,
    project: ProjectId,
    destination: DestinationId,
    secret: String,
}

impl Story {
    /// A destination that hears of failures and of accounts, and a user who is connected.
    async fn of(world: World, listener: Listener) -> Self {
        let project = world.project.parse().expect("an id");
        let form = DestinationForm {
            name: "Alerts".to_owned(),
            url: "https://hooks.acme.test/portico".to_owned(),
            kinds: vec![HappeningKind::ExecutionFailed, HappeningKind::CredentialConnected],
            headers: "Authorization: Bearer abc-123".to_owned(),
        };
        let made = world.services.add_destination(&Actor::Operator, project, form).await;
        let made = made.expect("a destination");
        world.connect("ada").await;
        world.switch_on("ada").await;
        Self { world, listener, project, destination: made.id, secret: made.secret }
    }

    async fn fail(&self) -> Value {
        let accepted = self.world.lead_created("ada", &"L".repeat(81)).await.json();
        self.world.work().await;
        accepted["executions"][0]["id"].clone()
    }

    async fn deliver(&self) -> Heard {
        let mut places = Places::new(10);
        loop {
            self.world.services.begin_deliveries(&mut places).await.expect("a round");
            if !places.ended().await {
                return self.listener.take();
            }
        }
    }

    fn verify(&self, (headers, body): &(axum::http::HeaderMap, String), secret: &str) -> bool {
        let header = |name: &str| headers[name].to_str().expect("text");
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("a key");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).expect("a key");
        mac.update(
            format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes(),
        );
        let signed = header("webhook-signature").strip_prefix("v1,").expect("version 1");
        mac.verify_slice(&STANDARD.decode(signed).expect("base64")).is_ok()
    }
}

#[tokio::test]
async fn a_failed_execution_is_told_once_signed_and_without_what_went_through_it() {
    let listener = Listener::default();
    on_each_database_with(
        || listener.own(),
        async |world| {
            let story = Story::of(world, listener.clone()).await;
            let heard = story.deliver().await;
            assert_eq!(heard.len(), 1, "the account was connected");
            let told: Value = serde_json::from_str(&heard[0].1).expect("JSON");
            assert_eq!(
                (&told["type"], &told["data"]["user_id"]),
                (&json!("credential.connected"), &json!("ada"))
            );
            let execution = story.fail().await;
            let heard = story.deliver().await;
            assert_eq!(heard.len(), 1);
            assert!(story.verify(&heard[0], &story.secret));
            assert_eq!(heard[0].0["authorization"], "Bearer abc-123");
            assert_eq!(json!(heard[0].0["webhook-id"].to_str().expect("text")), execution);
            let told: Value = serde_json::from_str(&heard[0].1).expect("JSON");
            assert_eq!(told["type"], "execution.failed");
            let data = &told["data"];
            assert_eq!(
                (&data["execution_id"], &data["step"]),
                (&execution, &json!("create_record"))
            );
            assert_eq!(data["failure"]["code"], "STRING_TOO_LONG");
            assert!(!heard[0].1.contains("Engines"), "nothing of the input: {}", heard[0].1);
            assert!(story.deliver().await.is_empty(), "once");
            let list = story.world.services.destination_list(&Actor::Operator, story.project).await;
            let shown = json!(list.expect("a list")).to_string();
            assert!(!shown.contains("abc-123") && !shown.contains("whsec_"), "{shown}");
            let rotated = story
                .world
                .services
                .rotate_destination(&Actor::Operator, story.project, story.destination)
                .await;
            let rotated = rotated.expect("a secret").secret;
            story.fail().await;
            let heard = story.deliver().await;
            assert!(story.verify(&heard[0], &rotated) && !story.verify(&heard[0], &story.secret));
        },
    )
    .await;
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_for_more_than_a_day_then_the_destination_is_off() {
    const WAITS: [i64; 7] = [5, 300, 1800, 7200, 18_000, 36_000, 36_000];
    let listener = Listener::default();
    on_each_database_with(
        || listener.own(),
        async |world| {
            let story = Story::of(world, listener.clone()).await;
            story.deliver().await;
            story.listener.answers(503);
            let failed = story.fail().await;
            let failed = failed.as_str().expect("an id").parse().expect("an id");
            assert_eq!(story.deliver().await.len(), 1);
            for wait in WAITS {
                story.world.clock.advance(wait - 1);
                assert!(story.deliver().await.is_empty(), "not before {wait} s");
                story.world.clock.advance(1);
                assert_eq!(story.deliver().await.len(), 1, "after {wait} s");
            }
            let (services, actor) = (&story.world.services, &Actor::Operator);
            let view = async || {
                services.destination_list(actor, story.project).await.expect("a list").remove(0)
            };
            let off = view().await;
            assert!(!off.active && off.reason.expect("a reason").contains("503"));
            let log = services.delivery_list(actor, story.project, story.destination).await;
            let log = log.expect("a log");
            let told =
                log.iter().find(|own| own.kind == HappeningKind::ExecutionFailed).expect("it");
            assert_eq!((told.state.as_str(), told.attempts), ("failed", 8));
            story.listener.answers(200);
            services
                .test_destination(actor, story.project, story.destination)
                .await
                .expect("a test");
            assert_eq!(story.deliver().await.len(), 1, "a test is sent even so");
            services
                .switch_destination(actor, (story.project, story.destination), 1)
                .await
                .expect("on");
            let (choice, project) = (ReplayChoice::default(), story.project);
            let preview = services.replay_preview(actor, project, failed, choice.clone()).await;
            let key = preview.expect("a preview").key;
            services.replay(actor, project, failed, choice, key).await.expect("a replay");
            story.world.work().await;
            assert_eq!(story.deliver().await.len(), 1, "it fails once more, and that is told");
            assert!(view().await.reason.is_none());
        },
    )
    .await;
}

#[tokio::test]
async fn a_message_that_cannot_be_made_stops_no_other_and_is_not_the_destinations_fault() {
    let listener = Listener::default();
    on_each_database_with(
        || listener.own(),
        async |world| {
            let story = Story::of(world, listener.clone()).await;
            story.deliver().await;
            let poison = story.fail().await;
            let poison = poison.as_str().expect("an id");
            let spoilt =
                format!("UPDATE history SET entries = 'broken' WHERE execution_id = '{poison}'");
            story.world.services.store().tamper(&spoilt).await.expect("spoilt");
            let good = story.fail().await;
            let heard = story.deliver().await;
            assert_eq!(heard.len(), 1);
            assert_eq!(json!(heard[0].0["webhook-id"].to_str().expect("text")), good);
            let (services, actor) = (&story.world.services, &Actor::Operator);
            let of_poison = async || {
                let log = services.delivery_list(actor, story.project, story.destination).await;
                log.expect("a log").into_iter().find(|own| own.message == poison).expect("it")
            };
            let first = of_poison().await;
            assert_eq!((first.state.as_str(), first.attempts), ("waiting", 1), "it was counted");
            assert!(first.problem.expect("why").contains("could not make"));
            for _ in 0..8 {
                story.world.clock.advance(36_000);
                assert!(story.deliver().await.is_empty());
            }
            let last = of_poison().await;
            assert_eq!((last.state.as_str(), last.attempts), ("failed", 8));
            let list = services.destination_list(actor, story.project).await.expect("a list");
            assert!(list[0].active, "it would have taken it");
        },
    )
    .await;
}
