//! Where providers deliver, and where anybody does who was given an account's address: raw bytes in, an acknowledgement out once they are on disk.

use super::App;
use super::answer::{Answer, Refused};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use portico_connector::InboundRequest;
use portico_domain::{Refusal, RefusalCode};
use portico_services::{Inbound, Services, Told};

/// The largest delivery, in bytes.
const MOST: usize = 1024 * 1024;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/hooks/to/{token}", post(super::requested::webhook))
        .route("/hooks/{kind}", post(of_all))
        .route("/hooks/{project}/{kind}", post(of_project))
}

async fn of_all(
    State(services): State<Services>,
    Path(kind): Path<String>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let sent = Sent { method, uri, headers };
    receive(&services, (None, &kind), sent, body).await
}

async fn of_project(
    State(services): State<Services>,
    Path((project, kind)): Path<(String, String)>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let sent = Sent { method, uri, headers };
    receive(&services, (Some(&project), &kind), sent, body).await
}

/// A request beside its body.
struct Sent {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

async fn receive(
    services: &Services,
    (project, kind): (Option<&str>, &str),
    sent: Sent,
    body: Body,
) -> Answer<Response> {
    let nowhere = || Refusal::new(RefusalCode::NotFound, "There is nothing at this address.");
    let project = project.map(|id| id.parse().map_err(|_| Refused(nowhere()))).transpose()?;
    let body = to_bytes(body, MOST).await.map_err(|_| {
        Refused(Refusal::new(
            RefusalCode::PayloadTooLarge,
            format!("A delivery has {MOST} bytes at most."),
        ))
    })?;
    // A header that is no text is nobody's signature.
    let headers: Vec<(String, String)> = sent
        .headers
        .iter()
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    // As the provider was given it, whatever stands in front of us.
    let path = sent.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = format!("{}{path}", services.settings().origin());
    let request =
        InboundRequest { method: sent.method.as_str(), uri: &uri, headers: &headers, body: &body };
    let told = services.receive(Inbound { project, kind, request }).await?;
    Ok(match told {
        Told::Taken => StatusCode::OK.into_response(),
        Told::Challenge(answer) => (StatusCode::OK, answer).into_response(),
        Told::Refused => StatusCode::UNAUTHORIZED.into_response(),
        Told::Unreadable => StatusCode::BAD_REQUEST.into_response(),
    })
}
