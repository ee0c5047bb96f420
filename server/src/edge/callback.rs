//! Where the provider sends the browser back to.

use super::App;
use super::answer::{Answer, cookie};
use super::connect::dead_end;
use super::headers::Framed;
use super::window::{Page, escaped};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use portico_services::{CallbackOutcome, CallbackQuery, Services};
use serde::Deserialize;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/oauth/{project}/{kind}", get(callback))
}

#[derive(Deserialize)]
struct Came {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

async fn callback(
    State(services): State<Services>,
    Path((project, kind)): Path<(String, String)>,
    Query(came): Query<Came>,
    headers: HeaderMap,
) -> Answer<Response> {
    let query = CallbackQuery {
        state: came.state,
        code: came.code,
        error: came.error,
        error_description: came.error_description,
    };
    let answer =
        services.finish_callback(&project, &kind, query, |name| cookie(&headers, name)).await?;
    let mut response = match answer.outcome {
        // The window that opened this one learns the result from the server.
        CallbackOutcome::Connected => Page {
            status: StatusCode::OK,
            title: "Connected",
            body: format!(
                "<div class=\"window-card\"><h1>Connected</h1><p role=\"status\">{}</p>\
                 <p>You can close this window.</p></div>",
                escaped(&answer.message)
            ),
            script: "setTimeout(()=>window.close(),600)".to_owned(),
            framed: Framed::Never,
        }
        .answer(&services),
        CallbackOutcome::Denied | CallbackOutcome::Failed => {
            dead_end(&services, StatusCode::OK, &answer.message)
        }
        CallbackOutcome::Stranger => dead_end(&services, StatusCode::BAD_REQUEST, &answer.message),
    };
    if let Some(name) = answer.spent_cookie {
        let gone = format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
        if let Ok(gone) = HeaderValue::from_str(&gone) {
            response.headers_mut().append(header::SET_COOKIE, gone);
        }
    }
    Ok(response)
}
