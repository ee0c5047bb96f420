//! What the pages of a project's allowed origins may send and read. No cookies are ever involved.

use super::App;
use super::answer::text;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portico_domain::ProjectId;
use serde_json::{Map, Value};

/// What a page may send when its browser does not say what it wants to.
const SENT: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, idempotency-key, x-paragon-credential, \
     x-paragon-configuration-id, x-paragon-sdk-version",
);

pub(super) async fn cors(
    State(app): State<App>,
    Path(path): Path<Map<String, Value>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let project = path.get("project").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let allowed = match (text(request.headers(), header::ORIGIN.as_str()), project) {
        (Some(origin), Some(project)) => is_allowed(&app, project, &origin).await,
        _ => false,
    };
    // The caller of a workflow sends it whatever headers they like, so the list is theirs. The origin is the
    // admin's choice, and nothing is believed of a request but the token that it carries itself.
    let sent = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.append(header::VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    if let (true, Some(origin)) = (allowed, origin) {
        permit(headers, origin, sent.unwrap_or(SENT));
    }
    response
}

fn permit(headers: &mut HeaderMap, origin: HeaderValue, sent: HeaderValue) {
    let fixed = HeaderValue::from_static;
    let said: [(HeaderName, HeaderValue); 5] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
        (header::ACCESS_CONTROL_ALLOW_METHODS, fixed("GET, POST, PATCH, DELETE")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, sent),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, fixed("idempotent-replayed, retry-after")),
        (header::ACCESS_CONTROL_MAX_AGE, fixed("600")),
    ];
    for (name, value) in said {
        headers.insert(name, value);
    }
}

async fn is_allowed(app: &App, project: ProjectId, origin: &str) -> bool {
    app.services.allows_origin(project, origin).await.unwrap_or(false)
}
