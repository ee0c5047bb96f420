//! Answers that come in pages: within the limits, gone on with where they stand, as any request says, and
//! not without end.

use crate::harness::{Got, Own, World, on_each_database, on_each_database_with};
use crate::providers::event;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use portico_services::Clock;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

const SEARCHING: &str = r#"
[[app_events]]
name = "Report Wanted"
example = { stop = 9 }

[[workflows]]
name = "Search"
integration = "hubspot"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Report Wanted" }

[[workflows.definition.steps]]
id = "search"
title = "Search"
kind = "action"
integration = "hubspot"
action = "search_contacts"
inputs = {}

[[workflows]]
name = "Search by hand"
integration = "hubspot"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Report Wanted" }

[[workflows.definition.steps]]
id = "search"
title = "Search"
kind = "action"
integration = "hubspot"
action = "request"

[workflows.definition.steps.inputs]
method = "POST"
path = "/crm/objects/2026-03/contacts/search"
body = { limit = 100, after = "0" }
items = "/results"
cursor = "/paging/next/after"
cursor_parameter = "/after"
stop_when = [[{ field = "/body/paging/next/after", operator = "greater_or_equal", value = "{{ trigger.stop }}" }]]
"#;

/// A portal of HubSpot with so many more contacts, and a user whose workflow is on.
async fn portal(world: &World, contacts: usize, workflow: &str) {
    world.deploy(SEARCHING).await;
    world.connect_to("ada", "hubspot", "62515").await;
    world.switch("ada", "POST", workflow).await;
    // On the story's clock: what is made later than a search is not found.
    let now = json!({ "stand_at_ms": world.clock.now().millis() });
    world.sandbox("POST", "/_sandbox/clock", now).await;
    world.sandbox("POST", "/hubspot/_sandbox/seed", json!({ "contacts": contacts })).await;
}

async fn wanted(world: &World, stop: u32) -> Value {
    let accepted = event(world, "ada", "Report Wanted", json!({ "stop": stop })).await;
    assert_eq!(accepted.status, StatusCode::CREATED, "{}", accepted.text);
    accepted.json()
}

/// When and how searches were answered.
async fn searches(world: &World) -> Vec<(i64, u64)> {
    let log = world.sandbox("GET", "/_sandbox/requests", Value::Null).await.json();
    let all = log.as_array().expect("a log").iter();
    let own =
        all.filter(|seen| seen["path"].as_str().is_some_and(|path| path.ends_with("/search")));
    own.map(|seen| (seen["at"].as_i64().expect("a time"), seen["status"].as_u64().expect("one")))
        .collect()
}

fn last<'e>(execution: &'e Value, fact: &str) -> &'e Value {
    let history = execution["history"].as_array().expect("a history");
    let own = history.iter().rev().find(|entry| entry["fact"] == fact);
    own.unwrap_or_else(|| panic!("no {fact}: {execution}"))
}

#[tokio::test]
async fn pages_and_other_steps_share_the_quota_and_come_to_their_end() {
    on_each_database(async |world: World| {
        portal(&world, 2_400, "Search").await;
        let node = world.node_in_step().await;
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(wanted(&world, 0).await);
        }
        world.work_to_the_end(&node).await;
        let calls = searches(&world).await;
        assert!(calls.len() >= 4 * 12, "{} searches", calls.len());
        assert!(calls.iter().all(|(_, status)| *status == 200), "none was one too many: {calls:?}");
        for (n, (first, _)) in calls.iter().enumerate() {
            let window = calls[n..].iter().filter(|(at, _)| *at < first + 1_000).count();
            assert!(window <= 5, "{window} calls in the second after call {n}");
        }
        for accepted in &all {
            let execution = world.execution(accepted).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let ended = last(&execution, "step_succeeded");
            assert_eq!(ended["attempt"], 1, "{ended}");
            assert!(ended["call"]["pages"].as_u64() >= Some(12), "{}", ended["call"]);
            assert_eq!(ended["call"]["waited"]["limit"], "5 calls a second");
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_made_again_with_a_new_token_takes_its_turn_again() {
    on_each_database(async |world: World| {
        portal(&world, 0, "Search").await;
        let node = world.node_in_step().await;
        world.sandbox("POST", "/_sandbox/expire-tokens", Value::Null).await;
        let accepted = wanted(&world, 0).await;
        world.work_to_the_end(&node).await;
        let execution = world.execution(&accepted).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let calls = searches(&world).await;
        assert_eq!(calls.iter().map(|(_, status)| *status).collect::<Vec<_>>(), [401, 200]);
        assert!(calls[1].0 >= calls[0].0 + 200, "five a second: {calls:?}");
    })
    .await;
}

#[tokio::test]
async fn any_request_reads_a_search_by_post_to_its_end_or_to_where_it_is_enough() {
    on_each_database(async |world: World| {
        portal(&world, 900, "Search by hand").await;
        let node = world.node_in_step().await;
        let all = wanted(&world, 10_000).await;
        world.work_to_the_end(&node).await;
        let execution = world.execution(&all).await;
        assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
        let ended = last(&execution, "step_succeeded");
        let body = &ended["output"]["body"];
        let results = body["results"].as_array().expect("results");
        assert_eq!(Some(results.len() as u64), body["total"].as_u64(), "every one of them");
        assert!(ended["call"]["pages"].as_u64() >= Some(9), "{}", ended["call"]);
        assert_eq!(ended["output"].get("truncated"), None);
        // It obeys a limit that its search has not: refused pages are asked for once more, and no other.
        let calls = searches(&world).await;
        let taken = calls.iter().filter(|(_, status)| *status == 200).count();
        assert_eq!(Some(taken as u64), ended["call"]["pages"].as_u64(), "{calls:?}");

        let some = wanted(&world, 300).await;
        world.work_to_the_end(&node).await;
        let ended = last(&world.execution(&some).await, "step_succeeded").clone();
        assert_eq!(ended["output"]["body"]["results"].as_array().map(Vec::len), Some(300));
        assert_eq!(ended["call"]["pages"], 3);
    })
    .await;
}

#[tokio::test]
async fn a_request_whose_pages_cannot_be_read_is_not_deployed() {
    on_each_database(async |world: World| {
        for (from, to, says) in [
            ("\"/after\"\nstop", "\"\"\nstop", "where it goes"),
            ("\"POST\"", "\"DELETE\"", "GET or a POST"),
            ("/body/paging", "paging", "/body/"),
        ] {
            let text = SEARCHING.replace(from, to);
            assert_ne!(text, SEARCHING);
            let bundle = format!("format = 1\n[project]\nname = \"Acme CRM\"\n{text}");
            let bundle = portico_services::Bundle::parse(&bundle).expect("a bundle");
            let actor = portico_domain::Actor::Operator;
            let refused = world.services.import(&actor, &bundle, None).await.expect_err(says);
            let told = format!("{refused:?}");
            assert!(told.contains(says), "{says}: {told}");
        }
    })
    .await;
}

const DEFINITION: &str = r##"
type = "archive"
name = "Archive"
description = "An archive."
brand_color = "#123456"
abilities = []

[auth]
kind = "api_key"
fields = [{ key = "api_key", title = "API key", secret = true }]

[auth.place]
headers = { X-Api-Key = "{api_key}" }

[auth.test]
method = "GET"
path = "/me"

[auth.account]
label = "Archive"

[connection]
base = "https://api.archive.test"
hosts = ["api.archive.test"]

[http]
limits = ["calls"]

[[limits]]
id = "calls"
calls = 2
per_s = 1

[[actions]]
id = "papers"
title = "Papers"
idempotent = true
request = { method = "GET", path = "/papers" }
outputs = [{ key = "papers", title = "Papers", type = "json" }]
pages = { items = "/papers", next = "/next" }

[[actions]]
id = "scans"
title = "Scans"
idempotent = true
request = { method = "GET", path = "/scans" }
outputs = [{ key = "scans", title = "Scans", type = "json" }]
pages = { items = "/scans", next = "/next" }
"##;

const BUNDLE: &str = r#"
format = 1

[project]
name = "Acme CRM"

[[integrations]]
type = "archive"

[[app_events]]
name = "Papers Wanted"
example = {}

[[app_events]]
name = "Scans Wanted"
example = {}

[[workflows]]
name = "Read papers"
integration = "archive"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Papers Wanted" }

[[workflows.definition.steps]]
id = "read"
title = "Read"
kind = "action"
integration = "archive"
action = "papers"
inputs = {}

[[workflows]]
name = "Read scans"
integration = "archive"
deploy = true

[workflows.definition]
format = 1
trigger = { kind = "app_event", event = "Scans Wanted" }

[[workflows.definition.steps]]
id = "read"
title = "Read"
kind = "action"
integration = "archive"
action = "scans"
inputs = {}
"#;

/// The pages that were asked for, in their order.
#[derive(Clone, Default)]
struct Archive(Arc<Mutex<Vec<u64>>>);

/// Six pages of papers, of which the third is refused as one too many and the fifth is lost, each once; and
/// pages of scans without end, each of them large.
async fn answer(State(Archive(asked)): State<Archive>, request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let page: u64 = query.strip_prefix("page=").map_or(1, |page| page.parse().expect("a page"));
    let next = |path: &str| (page < 6 || path == "scans").then(|| format!("?page={}", page + 1));
    match request.uri().path() {
        "/papers" => {
            let mut asked = asked.lock().expect("a lock");
            let is_first = !asked.contains(&page);
            asked.push(page);
            match page {
                3 if is_first => {
                    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "20")]).into_response()
                }
                5 if is_first => StatusCode::BAD_GATEWAY.into_response(),
                _ => Json(json!({ "papers": [page], "next": next("papers") })).into_response(),
            }
        }
        "/scans" => {
            let scan = "x".repeat(3 * 1024 * 1024);
            Json(json!({ "scans": [scan], "next": next("scans") })).into_response()
        }
        _ => Json(json!({})).into_response(),
    }
}

async fn connected(world: &World, workflow: &str) {
    let token = world.open_portal("ada", "archive").await;
    let sent = json!({ "integration": "archive", "fields": { "api_key": "key-1234" } });
    let connected: Got = world.portal(&token, "POST", "/accounts", sent).await;
    assert_eq!(connected.status, StatusCode::CREATED, "{}", connected.text);
    world.switch("ada", "POST", workflow).await;
}

fn archive(archive: &Archive) -> Own {
    Own {
        definition: DEFINITION,
        origin: "https://api.archive.test",
        provider: Router::new().fallback(any(answer)).with_state(archive.clone()),
        bundle: BUNDLE,
    }
}

#[tokio::test]
async fn a_page_that_came_to_nothing_is_asked_for_again_and_those_before_it_are_not() {
    let asked = Archive::default();
    on_each_database_with(
        || archive(&asked),
        async |world: World| {
            asked.0.lock().expect("a lock").clear();
            connected(&world, "Read papers").await;
            let begun = world.clock.now().millis();
            let execution = world.run("ada", "Papers Wanted", json!({})).await;
            assert_eq!(execution["summary"]["status"], "succeeded", "{execution}");
            let ended = last(&execution, "step_succeeded");
            assert_eq!(ended["output"]["papers"], json!([1, 2, 3, 4, 5, 6]));
            assert_eq!(ended["attempt"], 1, "{ended}");
            assert_eq!(ended["call"]["pages"], 6);
            assert_eq!(*asked.0.lock().expect("a lock"), [1, 2, 3, 3, 4, 5, 5, 6]);
            let waited = world.clock.now().millis() - begun;
            assert!((20_000..40_000).contains(&waited), "{waited} ms");
        },
    )
    .await;
}

#[tokio::test]
async fn an_answer_without_end_says_what_to_narrow() {
    let asked = Archive::default();
    on_each_database_with(
        || archive(&asked),
        async |world: World| {
            connected(&world, "Read scans").await;
            let execution = world.run("ada", "Scans Wanted", json!({})).await;
            let failure = &execution["summary"]["failure"];
            assert_eq!(
                (&failure["class"], &failure["code"]),
                (&json!("invalid"), &json!("answer_too_large"))
            );
            let words = failure["message"].as_str().expect("words");
            assert!(
                words.contains("20 MB in its first 7 pages") && words.contains("filter"),
                "{words}"
            );
        },
    )
    .await;
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_a_web_page_is_told_in_words() {
    on_each_database(async |world: World| {
        world.connect("ada").await;
        world.switch_on("ada").await;
        for (fault, class, code, says) in [
            (json!({ "kind": "huge", "bytes": 6_000_000 }), "unknown", "answer_too_large", "bytes"),
            (json!({ "kind": "html", "status": 200 }), "unknown", "not_json", "web page"),
            (json!({ "kind": "html", "status": 503 }), "unknown", "http_503", "web page"),
            (json!({ "kind": "html", "status": 403 }), "forbidden", "http_403", "web page"),
        ] {
            let mut fault = fault;
            fault["path_contains"] = json!("/sobjects/Lead");
            fault["method"] = json!("POST");
            world.sandbox("POST", "/_sandbox/faults", fault.clone()).await;
            let lead =
                json!({ "first_name": "Ada", "last_name": "Lovelace", "company": "Engines" });
            let execution = world.run("ada", "Lead Created", lead).await;
            let failure = &execution["summary"]["failure"];
            assert_eq!(
                (&failure["class"], &failure["code"]),
                (&json!(class), &json!(code)),
                "{fault}"
            );
            let words = failure["message"].as_str().expect("words");
            assert!(words.contains(says), "{words}");
            assert!(!words.contains("maintenance") && !words.contains("xxxx"), "{words}");
        }
    })
    .await;
}
