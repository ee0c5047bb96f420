//! The dashboard: pages and server functions behind the session cookie.

use super::App;
use super::answer::{Answer, Refused, cookie};
use super::headers::{Framed, own_pages_only, policy};
use super::sign_in::COOKIE;
use axum::body::Body;
use axum::extract::{OriginalUri, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use leptos::prelude::*;
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};
use portico_app::dashboard::{Base, Dashboard, DashboardPage, EditorPage};
use portico_app::server_fns::Signed;
use portico_domain::{Actor, ProjectId, Refusal, RefusalCode, WorkflowId};
use portico_services::Services;
use url::form_urlencoded;

/// Under which the functions of the pages are.
const FUNCTIONS: &str = "/_fn/dashboard";

pub(crate) fn router(app: &App) -> Router<App> {
    let mut pages = Router::new();
    for route in leptos_axum::generate_route_list(Dashboard) {
        pages = pages.route(route.path(), get(page));
    }
    let functions = Router::new()
        .route("/_fn/dashboard/{*function}", post(function))
        .layer(from_fn_with_state(app.clone(), own_pages_only));
    pages = pages.route("/_live/{project}/executions", get(super::live::executions));
    pages = pages.route("/_files/{project}/integrations/{kind}", get(export));
    pages = pages.route("/dashboard/{project}/workflows/{id}", get(editor));
    pages.merge(functions).layer(from_fn_with_state(app.clone(), signed_in))
}

/// A session, or the way to one: pages lead to the sign-in, functions refuse.
async fn signed_in(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let resolved = match cookie(request.headers(), COOKIE) {
        Some(secret) => app.services.resolve_session(&secret).await,
        None => {
            Err(Refusal::new(RefusalCode::SignInRequired, "Sign in to the dashboard to do this."))
        }
    };
    match resolved {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(refusal) if request.uri().path().starts_with(FUNCTIONS) => in_their_form(&refusal),
        Err(refusal)
            if refusal.code == RefusalCode::SignInRequired
                && request.uri().path().starts_with("/dashboard") =>
        {
            let whole = request.extensions().get::<OriginalUri>().map(|whole| &whole.0);
            let to = sign_in_address(&app.services, whole.unwrap_or_else(|| request.uri()));
            (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

/// The sign-in, which comes back to a page afterwards.
fn sign_in_address(services: &Services, page: &Uri) -> String {
    let prefix = services.settings().prefix();
    let wanted = page.path_and_query().map_or("/", |wanted| wanted.as_str());
    if wanted == format!("{prefix}/dashboard") {
        return format!("{prefix}/sign-in");
    }
    let to = form_urlencoded::Serializer::new(String::new()).append_pair("to", wanted).finish();
    format!("{prefix}/sign-in?{to}")
}

/// A refusal before a function of the pages is called, in the form in which pages read what functions answer.
fn in_their_form(refusal: &Refusal) -> Response {
    let words = refusal.message.clone();
    let error: ServerFnError = match refusal.code {
        RefusalCode::SignInRequired => ServerFnError::MiddlewareError(words),
        _ => ServerFnError::ServerError(words),
    };
    let status = StatusCode::from_u16(refusal.code.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(SERVER_FN_ERROR_HEADER, FUNCTIONS)], error.ser()).into_response()
}

/// What server functions find in their context.
fn signed(app: &App, request: &Request<Body>) -> Option<Signed> {
    let actor = request.extensions().get::<Actor>()?.clone();
    Some(Signed { services: app.services.clone(), actor })
}

async fn page(State(app): State<App>, mut request: Request<Body>) -> Response {
    let Some(signed) = signed(&app, &request) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    // The router of the pages knows the whole path, as the browser does.
    if let Some(OriginalUri(whole)) = request.extensions().get().cloned() {
        *request.uri_mut() = whole;
    }
    let base = app.services.settings().prefix().to_owned();
    let nonce = super::window::nonce(&app.services.ports().entropy);
    let security = policy(&nonce, &Framed::Never);
    let context = Base(base.clone());
    let given = move || {
        provide_context(signed.clone());
        provide_context(context.clone());
        provide_context(leptos::nonce::Nonce::from_value(nonce.clone()));
    };
    let render = leptos_axum::render_app_to_stream_with_context(given, move || {
        view! { <DashboardPage base=base.clone() /> }
    });
    guarded(render(request).await, security)
}

/// The workflow editor: a room of its own, with nothing of the workflow in its document.
async fn editor(
    State(app): State<App>,
    Path((project, workflow)): Path<(ProjectId, WorkflowId)>,
) -> Response {
    let nonce = super::window::nonce(&app.services.ports().entropy);
    let security = policy(&nonce, &Framed::Never);
    let base = app.services.settings().prefix();
    let (project, workflow) = (project.to_string(), workflow.to_string());
    let page = EditorPage { base, project: &project, workflow: &workflow };
    guarded(Html(page.render(&nonce)).into_response(), security)
}

/// A page of ours that nobody frames and no other window reaches into.
fn guarded(mut response: Response, security: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, security);
    headers.insert(
        header::HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// An integration of the project's own, as a folder to be mounted elsewhere.
async fn export(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Path((project, kind)): Path<(String, String)>,
) -> Answer<Response> {
    let unknown = |_| Refusal::new(RefusalCode::NotFound, "There is nothing at this address.");
    let project = project.parse().map_err(unknown)?;
    let archive = app.services.export_custom_integration(&actor, project, &kind).await?;
    let name = format!("attachment; filename=\"{}.tar\"", kind.replace('.', "_"));
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, archive).into_response())
}

async fn function(State(app): State<App>, request: Request<Body>) -> Response {
    let Some(signed) = signed(&app, &request) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let given = move || provide_context(signed.clone());
    leptos_axum::handle_server_fns_with_context(given, request).await.into_response()
}
