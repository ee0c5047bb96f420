//! Bad input: each a clear error with the right status, and nothing half-written.

use crate::harness::{World, on_each_database};
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use portico_domain::{Actor, RefusalCode};
use portico_services::EventQuery;
use std::collections::BTreeMap;

/// A body, a change of the request, and what is answered.
type Row = (&'static str, &'static str, u16, &'static str);

const ROWS: &[Row] = &[
    ("{", "", 400, "malformed_json"),
    ("[]", "", 400, "name_missing"),
    (r#"{"payload":{}}"#, "", 400, "name_missing"),
    (r#"{"name":7,"payload":{}}"#, "", 400, "name_missing"),
    (r#"{"name":"  ","payload":{}}"#, "", 400, "name_missing"),
    (r#"{"name":"Lead Created"}"#, "", 400, "payload_not_object"),
    (r#"{"name":"Lead Created","payload":[]}"#, "", 400, "payload_not_object"),
    (r#"{"name":"Lead Craeted","payload":{}}"#, "", 404, "event_unknown"),
    (r#"{"name":"Lead Created","payload":{}}"#, "text", 415, "unsupported_media_type"),
    (r#"{"name":"Lead Created","payload":{}}"#, "key", 400, "invalid_header"),
    (r#"{"name":"Lead Created","payload":{}}"#, "account", 404, "credential_unknown"),
    (r#"{"name":"Lead Created","payload":{}}"#, "no token", 401, "user_token_invalid"),
    (r#"{"name":"Lead Created","payload":{}}"#, "foreign token", 401, "user_token_invalid"),
    (r#"{"name":"Lead Created","payload":{}}"#, "no project", 401, "user_token_invalid"),
    (r#"{"name":"Lead Created","payload":{}}"#, "large", 413, "payload_too_large"),
];

#[tokio::test]
async fn every_mistake_has_its_answer() {
    on_each_database(async |world: World| {
        let mut refused_tokens = Vec::new();
        for (body, change, status, code) in ROWS {
            let answer = world.send(request(&world, body, change)).await;
            assert_eq!(answer.status.as_u16(), *status, "{body} {change}: {}", answer.text);
            let json = answer.json();
            assert_eq!((&json["code"], &json["status"]), (&(*code).into(), &(*status).into()));
            assert!(json["message"].as_str().is_some_and(|words| words.len() > 10), "{json}");
            if *status == 401 {
                refused_tokens.push(answer.text);
            }
        }
        refused_tokens.dedup();
        assert_eq!(refused_tokens.len(), 1, "every refused token reads the same, to the byte");
        let project = world.project.parse().expect("an id");
        let kept =
            world.services.event_list(&Actor::Operator, project, EventQuery::default()).await;
        assert!(kept.expect("a list").rows.is_empty(), "nothing was stored");
        let settings =
            world.services.project_settings(&Actor::Operator, project).await.expect("settings");
        assert!(!settings.refusals.is_empty(), "an admin sees why tokens were refused");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_event_names_the_nearest_known_one() {
    on_each_database(async |world: World| {
        let body = r#"{"name":"Lead Craeted","payload":{}}"#;
        let answer = world.send(request(&world, body, "")).await;
        assert!(answer.text.contains("Lead Created"), "{}", answer.text);
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    on_each_database(async |world: World| {
        world.clock.advance(13 * 3600);
        let body = r#"{"name":"Lead Created","payload":{}}"#;
        assert_eq!(world.send(request(&world, body, "")).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

fn request(world: &World, body: &str, change: &str) -> Request<Body> {
    let project = match change {
        "no project" => "0190a0a0-0000-7000-8000-000000000000",
        _ => &world.project,
    };
    let mut request = Request::post(format!("/v2/projects/{project}/sdk/events/trigger"));
    request = match change {
        "no token" => request,
        "foreign token" => {
            request.header(header::AUTHORIZATION, "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.")
        }
        _ => request.header(header::AUTHORIZATION, format!("Bearer {}", world.token("ada"))),
    };
    request = match change {
        "text" => request.header(header::CONTENT_TYPE, "text/plain"),
        _ => request.header(header::CONTENT_TYPE, "application/json; charset=utf-8"),
    };
    request = match change {
        "key" => request.header("idempotency-key", "k".repeat(256)),
        "account" => request.header("x-paragon-credential", "0190a0a0-0000-7000-8000-000000000000"),
        _ => request,
    };
    let body = match change {
        "large" => {
            format!(r#"{{"name":"Lead Created","payload":{{"x":"{}"}}}}"#, "x".repeat(1024 * 1024))
        }
        _ => body.to_owned(),
    };
    request.body(Body::from(body)).expect("a request")
}

/// `docs/errors.md` lists every code with its status, and nothing else.
#[test]
fn the_documented_codes_are_the_codes() {
    let text = include_str!("../../../docs/errors.md");
    let documented: BTreeMap<&str, u16> = text
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| ")?.split(" | ");
            let status = cells.next()?.trim().parse().ok()?;
            Some((cells.next()?.trim().trim_matches('`'), status))
        })
        .collect();
    let own = RefusalCode::ALL.iter().map(|code| (code.name(), code.status())).collect();
    assert_eq!(documented, own);
}
