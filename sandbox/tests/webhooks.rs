//! What providers send by themselves reaches a port of this machine, signed, and comes again.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::routing::post;
use portico_sandbox::{Sandbox, router};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower::ServiceExt;
use url::form_urlencoded::Serializer;

/// The app's webhook address: tells what came in, and answers what it is told to.
#[derive(Clone)]
struct Receiver {
    came: UnboundedSender<(HeaderMap, Value)>,
    answers: Arc<Mutex<VecDeque<StatusCode>>>,
    challenged: Arc<Mutex<bool>>,
}

async fn receive(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let body: Value = serde_json::from_str(&body).expect("JSON");
    if body["type"] == "url_verification" {
        assert!(headers.contains_key("x-slack-signature"), "signed too");
        let honest = *receiver.challenged.lock().expect("a lock");
        let challenge = if honest { body["challenge"].as_str().expect("a challenge") } else { "?" };
        return (StatusCode::OK, challenge.to_owned());
    }
    receiver.came.send((headers, body)).expect("a test that listens");
    let next = receiver.answers.lock().expect("a lock").pop_front();
    (next.unwrap_or(StatusCode::OK), String::new())
}

struct Scene {
    sandbox: Router,
    came: UnboundedReceiver<(HeaderMap, Value)>,
    receiver: Receiver,
    url: String,
}

impl Scene {
    async fn new() -> Self {
        let (sender, came) = unbounded_channel();
        let receiver = Receiver {
            came: sender,
            answers: Arc::default(),
            challenged: Arc::new(Mutex::new(true)),
        };
        let app = Router::new().route("/hook", post(receive)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook?a=1", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { sandbox: router(Sandbox::new()), came, receiver, url }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Value) {
        let response = self.sandbox.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, headers, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(if body.is_null() { String::new() } else { body.to_string() }));
        let (status, _, body) = self.send(request.expect("a request")).await;
        (status, body)
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> (HeaderMap, Value) {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        let (_, headers, body) = self.send(request.expect("a request")).await;
        (headers, body)
    }

    async fn token(&self, (consent, tokens): (&str, &str), more: &[(&str, &str)]) -> Value {
        let app = [("client_id", "portico-demo"), ("redirect_uri", "http://localhost:3000/back")];
        let mut form = app.to_vec();
        form.extend(more);
        form.push(("decision", "allow"));
        let (headers, _) = self.form(consent, &form).await;
        let to = headers.get(header::LOCATION).expect("a redirect").to_str().expect("text");
        let to: url::Url = to.parse().expect("a URL");
        let code = to.query_pairs().find(|(key, _)| key == "code").expect("a code").1.into_owned();
        let mut form = app.to_vec();
        form.extend([
            ("client_secret", "portico-demo-secret"),
            ("grant_type", "authorization_code"),
            ("code", &code),
        ]);
        self.form(tokens, &form).await.1
    }

    async fn hubspot(&self) -> String {
        let scope = "oauth crm.objects.contacts.read crm.objects.contacts.write";
        let paths = ("/hubspot/oauth/authorize", "/hubspot/oauth/2026-03/token");
        let body = self.token(paths, &[("scope", scope), ("portal", "62515")]).await;
        body["access_token"].as_str().expect("a token").to_owned()
    }

    async fn slack(&self) -> String {
        let paths = ("/slack/oauth/v2/authorize", "/slack/api/oauth.v2.access");
        let more = [("scope", "chat:write,channels:join"), ("team", "T0ACME")];
        let body = self.token(paths, &more).await;
        body["access_token"].as_str().expect("a token").to_owned()
    }

    async fn hook(&self, provider: &str, more: Value) -> StatusCode {
        let mut hook = json!({ "url": self.url, "secret": "s" });
        hook.as_object_mut().expect("an object").extend(more.as_object().expect("more").clone());
        self.call("PUT", &format!("/{provider}/_sandbox/webhook"), "", hook).await.0
    }

    async fn wait(&self, seconds: i64) {
        self.call("POST", "/_sandbox/clock", "", json!({ "advance_s": seconds })).await;
    }

    /// The next request that comes in.
    async fn next(&mut self) -> (HeaderMap, Value) {
        let came = tokio::time::timeout(std::time::Duration::from_secs(20), self.came.recv()).await;
        came.expect("something comes in").expect("a receiver")
    }

    fn answer(&self, answers: &[StatusCode]) {
        self.receiver.answers.lock().expect("a lock").extend(answers);
    }
}

fn told<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|own| own.to_str().expect("text"))
}

const CONTACTS: &str = "/hubspot/crm/objects/2026-03/contacts";

#[tokio::test]
async fn hubspot_tells_what_happened_to_records() {
    let mut scene = Scene::new().await;
    let token = scene.hubspot().await;
    assert_eq!(scene.hook("hubspot", json!({})).await, StatusCode::NO_CONTENT);
    let ada = json!({ "properties": { "email": "ada@acme.example" } });
    let (_, made) = scene.call("POST", CONTACTS, &token, ada).await;
    let (headers, events) = scene.next().await;
    let id: u64 = made["id"].as_str().expect("an id").parse().expect("a number");
    let event = &events[0];
    for (key, value) in [
        ("subscriptionType", json!("object.creation")),
        ("objectTypeId", json!("0-1")),
        ("portalId", json!(62515)),
        ("objectId", json!(id)),
        ("changeFlag", json!("CREATED")),
        ("attemptNumber", json!(0)),
    ] {
        assert_eq!(event[key], value, "{key}");
    }
    assert_eq!(event.get("kind"), None);
    assert!(told(&headers, "x-hubspot-signature-v3").is_some());
    assert!(told(&headers, "x-hubspot-request-timestamp").is_some());
    let path = format!("{CONTACTS}/{id}");
    let change = json!({ "properties": { "firstname": "Ada", "lastname": "L", "email": "ada@acme.example" } });
    scene.call("PATCH", &path, &token, change).await;
    let (_, events) = scene.next().await;
    let changed: Vec<_> = events
        .as_array()
        .expect("events")
        .iter()
        .map(|own| (&own["propertyName"], &own["propertyValue"]))
        .collect();
    assert_eq!(
        changed,
        [(&json!("firstname"), &json!("Ada")), (&json!("lastname"), &json!("L"))],
        "what has another value"
    );
    assert_eq!(
        scene
            .hook("hubspot", json!({ "version": "v1", "legacy_names": true, "duplicated": true }))
            .await,
        StatusCode::NO_CONTENT
    );
    scene.call("DELETE", &path, &token, Value::Null).await;
    for _ in 0..2 {
        let (headers, events) = scene.next().await;
        assert_eq!(events[0]["subscriptionType"], "contact.deletion");
        assert_eq!(told(&headers, "x-hubspot-signature-version"), Some("v1"));
        assert_eq!(told(&headers, "x-hubspot-signature-v3"), None);
    }
}

#[tokio::test]
async fn what_was_not_taken_comes_again_and_can_be_mixed_up_and_late() {
    let mut scene = Scene::new().await;
    let token = scene.hubspot().await;
    scene.hook("hubspot", json!({ "mixed_up": true, "late_s": 600 })).await;
    let (one, two) = (
        json!({ "properties": { "firstname": "1" } }),
        json!({ "properties": { "firstname": "2" } }),
    );
    let batch = json!({ "inputs": [one, two] });
    scene.call("POST", &format!("{CONTACTS}/batch/create"), &token, batch).await;
    let waiting = scene.call("GET", "/_sandbox/webhooks", "", Value::Null).await.1;
    assert_eq!(waiting["sent"], json!([]));
    scene.answer(&[StatusCode::INTERNAL_SERVER_ERROR]);
    scene.wait(600).await;
    let (_, events) = scene.next().await;
    let ids: Vec<u64> = events
        .as_array()
        .expect("events")
        .iter()
        .map(|own| own["objectId"].as_u64().expect("an id"))
        .collect();
    assert!(ids[0] > ids[1], "the last one first: {ids:?}");
    loop {
        // It is tried again by the sandbox's clock, once its failure is written down. Nothing here waits
        // for the network by itself: whoever sends must get their turn.
        tokio::task::yield_now().await;
        scene.wait(60).await;
        let log = scene.call("GET", "/_sandbox/webhooks", "", Value::Null).await.1;
        if log["sent"].as_array().is_some_and(|own| !own.is_empty()) {
            break;
        }
    }
    scene.wait(60).await;
    let (_, again) = scene.next().await;
    assert_eq!(again[0]["attemptNumber"], 1);
    assert_eq!(again[0]["eventId"], events[0]["eventId"]);
}

#[tokio::test]
async fn a_batch_that_is_undone_tells_nothing() {
    let mut scene = Scene::new().await;
    let token = scene.hubspot().await;
    scene.hook("hubspot", json!({})).await;
    let batch = json!({ "inputs": [{ "properties": { "firstname": "1" } }, { "properties": { "shoe": "2" } }] });
    let path = format!("{CONTACTS}/batch/create");
    assert_eq!(scene.call("POST", &path, &token, batch).await.0, StatusCode::BAD_REQUEST);
    let good = json!({ "inputs": [{ "properties": { "firstname": "3" } }] });
    scene.call("POST", &path, &token, good).await;
    assert_eq!(scene.next().await.1.as_array().expect("events").len(), 1);
}

#[tokio::test]
async fn slack_asks_first_and_then_tells_of_messages_and_ends() {
    let mut scene = Scene::new().await;
    let token = scene.slack().await;
    *scene.receiver.challenged.lock().expect("a lock") = false;
    assert_eq!(scene.hook("slack", json!({})).await, StatusCode::BAD_REQUEST, "a wrong challenge");
    *scene.receiver.challenged.lock().expect("a lock") = true;
    assert_eq!(scene.hook("slack", json!({})).await, StatusCode::NO_CONTENT);
    let said = json!({ "channel": "leads", "text": "hello" });
    scene.answer(&[StatusCode::BAD_GATEWAY]);
    let (_, posted) = scene.call("POST", "/slack/api/chat.postMessage", &token, said).await;
    let (headers, first) = scene.next().await;
    assert_eq!((&first["type"], &first["team_id"]), (&json!("event_callback"), &json!("T0ACME")));
    assert_eq!(
        (&first["event"]["ts"], &first["event"]["channel_type"]),
        (&posted["ts"], &json!("channel"))
    );
    assert!(told(&headers, "x-slack-signature").expect("a signature").starts_with("v0="));
    assert_eq!(told(&headers, "x-slack-retry-num"), None);
    let (headers, again) = scene.next().await;
    assert_eq!(again["event_id"], first["event_id"], "at once");
    assert_eq!(told(&headers, "x-slack-retry-num"), Some("1"));
    assert_eq!(told(&headers, "x-slack-retry-reason"), Some("http_error"));
    let event = json!({ "type": "reaction_added", "user": "U00000", "reaction": "tada", "item": { "type": "message" } });
    let happen = json!({ "team": "T0ACME", "event": event });
    assert_eq!(
        scene.call("POST", "/slack/_sandbox/events", "", happen).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(scene.next().await.1["event"]["type"], "reaction_added");
    scene.call("POST", "/slack/api/auth.revoke", &token, json!({})).await;
    assert_eq!(
        scene.next().await.1["event"],
        json!({ "type": "tokens_revoked", "tokens": { "bot": ["U0ACMEBOT"] } })
    );
}

#[tokio::test]
async fn a_person_who_mentions_the_app_is_heard_twice_and_any_request_can_be_sent_again() {
    let mut scene = Scene::new().await;
    scene.slack().await;
    scene.hook("slack", json!({})).await;
    let channel = "C0ACME00";
    let event = json!({ "type": "message", "user": "U0ACMEBOT", "channel": channel, "text": "<@U0ACMEBOT> hi" });
    let nowhere = json!({ "team": "T0ACME", "event": event });
    assert_eq!(
        scene.call("POST", "/slack/_sandbox/events", "", nowhere).await.0,
        StatusCode::NOT_FOUND
    );
    let page = scene
        .sandbox
        .clone()
        .oneshot(Request::get("/slack/client/T0ACME").body(Body::empty()).expect("a request"))
        .await
        .expect("a page");
    let page = axum::body::to_bytes(page.into_body(), usize::MAX).await.expect("a body");
    let page = String::from_utf8_lossy(&page).into_owned();
    let channel = page
        .split("/slack/client/T0ACME/")
        .nth(1)
        .and_then(|own| own.split('"').next())
        .expect("a channel");
    let event = json!({ "type": "message", "user": "U0ACMEBOT", "channel": channel, "text": "<@U0ACMEBOT> hi" });
    let happen = json!({ "team": "T0ACME", "event": event });
    assert_eq!(
        scene.call("POST", "/slack/_sandbox/events", "", happen).await.0,
        StatusCode::NO_CONTENT
    );
    let (_, mention) = scene.next().await;
    let (_, message) = scene.next().await;
    assert_eq!(
        (&mention["event"]["type"], &message["event"]["type"]),
        (&json!("app_mention"), &json!("message"))
    );
    assert_ne!(mention["event_id"], message["event_id"]);
    let id = loop {
        tokio::task::yield_now().await;
        let log = scene.call("GET", "/_sandbox/webhooks", "", Value::Null).await.1;
        if let Some(first) = log["sent"].as_array().and_then(|own| own.first()) {
            assert_eq!(first["outcome"], json!({ "Ok": 200 }));
            break first["id"].clone();
        }
    };
    let again = format!("/_sandbox/webhooks/{id}/send");
    assert_eq!(scene.call("POST", &again, "", Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(scene.next().await.1["event_id"], mention["event_id"]);
}

#[tokio::test]
async fn nothing_is_sent_to_another_machine() {
    let scene = Scene::new().await;
    for url in ["https://localhost/hook", "http://192.0.2.1/hook", "http://hooks.example/", "hook"]
    {
        for provider in ["hubspot", "slack"] {
            assert_eq!(
                scene.hook(provider, json!({ "url": url })).await,
                StatusCode::BAD_REQUEST,
                "{url}"
            );
        }
    }
}
