//! The Connect Portal: opened once by a ticket, then held together by a token in the page's memory.

use super::App;
use super::answer::{Answer, Refused, bearer, json, text};
use super::headers::{Framed, own_pages_only, policy};
use super::sdk::Authorize;
use super::window::{Page, nonce};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use portico_app::portal::{PortalPage, PortalStart};
use portico_domain::view::{
    AuthorizationStatusView, AuthorizationTicket, ChoicesView, LostChoice, PortalView,
};
use portico_domain::{
    Actor, AuthorizationId, ConfigurationId, CredentialId, Refusal, RefusalCode, WorkflowId,
};
use portico_services::{ChoicesQuery, EnteredAccount, GivenAnswers, Part, Services};
use portico_storage::WorkflowSwitch;
use serde::Deserialize;
use serde_json::{Map, Value, json as object};

const MOST: usize = 64 * 1024;
/// A file among the answers, written as JSON, can be twice its size.
const MOST_ANSWERS: usize = 1024 * 1024;

pub(crate) fn router(app: &App) -> Router<App> {
    let calls = Router::new()
        .route("/view", get(view))
        .route("/authorizations", post(authorize))
        .route("/authorizations/{id}", get(status).post(renew))
        .route("/accounts", post(connect))
        .route("/choices", post(choices))
        .route("/choices/lost", post(lost))
        .route("/settings", post(settings))
        .route("/workflows", post(switch))
        .route("/disconnect", post(disconnect))
        .route("/check", post(check))
        .layer(from_fn_with_state(app.clone(), portal_only))
        .layer(from_fn_with_state(app.clone(), own_pages_only));
    Router::new().route("/portal/{ticket}", get(page)).nest("/_fn/portal", calls)
}

/// Burns the ticket and renders the user's real state. The address is of no use afterwards.
async fn page(
    State(services): State<Services>,
    Path(ticket): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    // Its policy says who may frame it and says nothing of a window of its own: whoever follows a link
    // here would connect an account for whoever made the link. The ticket stays unburned.
    if text(&headers, "sec-fetch-dest").is_some_and(|place| place != "iframe") {
        return Ok(forwarded(&services));
    }
    let Some(opened) = services.open_portal(&ticket).await? else {
        return Ok(burned(&services));
    };
    let nonce = nonce(&services.ports().entropy);
    let origin = opened.view.origin.clone();
    let base = services.settings().prefix().to_owned();
    let start = PortalStart { session_token: opened.session_token, base, view: opened.view };
    let html = PortalPage::render(&start, &opened.look, &nonce);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(&nonce, &Framed::By(&origin)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((headers, Html(html)).into_response())
}

/// A portal's address outside the page that it was made for.
fn forwarded(services: &Services) -> Response {
    Page {
        status: StatusCode::FORBIDDEN,
        title: "Connect",
        body:
            "<div class=\"window-card\"><h1>Open this from your app</h1><p>This page is a part of \
               your app and does nothing by itself. Nothing was connected.</p></div>"
                .to_owned(),
        script: String::new(),
        framed: Framed::Never,
    }
    .answer(services)
}

/// A reload or "back": asks the page around it, which holds the user token, to open the portal again.
fn burned(services: &Services) -> Response {
    Page {
        status: StatusCode::GONE,
        title: "Connect",
        body: "<div class=\"window-card\"><p role=\"status\">Opening again… If nothing happens, close \
               this and open it again from your app.</p></div>"
            .to_owned(),
        // The target is the one page that frames us; without one there is nobody to tell.
        script: "(()=>{const around=(location.ancestorOrigins&&location.ancestorOrigins[0])||\
                 (document.referrer&&new URL(document.referrer).origin);\
                 if(around&&parent!==window)parent.postMessage({portico:1,type:'expired'},around)})();"
            .to_owned(),
        framed: Framed::ByAnyone,
    }
    .answer(services)
}

/// Bearer tokens of portal sessions only; a cookie is never looked at.
async fn portal_only(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let resolved = match bearer(request.headers()) {
        Some(token) => app.services.resolve_portal_session(token).await,
        None => Err(Refusal::new(
            RefusalCode::PortalSessionExpired,
            "This window has ended; open it again from your app.",
        )),
    };
    match resolved {
        Ok(actor) => {
            request.extensions_mut().insert(actor);
            next.run(request).await
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

async fn view(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
) -> Answer<Json<PortalView>> {
    Ok(Json(services.portal_view(&actor).await?))
}

async fn authorize(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<AuthorizationTicket>)> {
    let new: Authorize = json(&headers, body, MOST).await?;
    let ticket = services.begin_authorization(&actor, new.into()).await?;
    Ok((StatusCode::CREATED, Json(ticket)))
}

async fn status(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Answer<Json<AuthorizationStatusView>> {
    Ok(Json(services.authorization_status(&actor, authorization(&id)?).await?))
}

async fn renew(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Answer<Json<AuthorizationTicket>> {
    Ok(Json(services.renew_authorization(&actor, authorization(&id)?).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entered {
    integration: String,
    credential_id: Option<CredentialId>,
    fields: Map<String, Value>,
}

async fn connect(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<Value>)> {
    let sent: Entered = json(&headers, body, MOST).await?;
    let Entered { integration, credential_id, fields } = sent;
    let entered = EnteredAccount { integration, credential_id, fields };
    let id = services.connect_entered(&actor, entered).await?;
    Ok((StatusCode::CREATED, Json(object!({ "credentialId": id }))))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choices {
    configuration_id: ConfigurationId,
    workflow_id: Option<WorkflowId>,
    setting: String,
    #[serde(default)]
    part: Part,
    #[serde(default)]
    inputs: Map<String, Value>,
    cursor: Option<String>,
    search: Option<String>,
    #[serde(default)]
    refresh: bool,
}

async fn choices(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<ChoicesView>> {
    let sent: Choices = json(&headers, body, MOST).await?;
    let query = ChoicesQuery {
        configuration: sent.configuration_id,
        workflow: sent.workflow_id,
        setting: sent.setting,
        part: sent.part,
        inputs: sent.inputs,
        cursor: sent.cursor,
        search: sent.search,
        refresh: sent.refresh,
    };
    Ok(Json(services.choices(&actor, query).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configured {
    configuration_id: ConfigurationId,
}

/// The choices of before that are no more.
async fn lost(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Vec<LostChoice>>> {
    let sent: Configured = json(&headers, body, MOST).await?;
    Ok(Json(services.lost_choices(&actor, sent.configuration_id).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    configuration_id: ConfigurationId,
    workflow_id: Option<WorkflowId>,
    settings: Map<String, Value>,
    #[serde(default)]
    labels: Map<String, Value>,
}

async fn settings(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let sent: Answered = json(&headers, body, MOST_ANSWERS).await?;
    let given = GivenAnswers {
        configuration: sent.configuration_id,
        workflow: sent.workflow_id,
        settings: sent.settings,
        labels: sent.labels,
    };
    services.answer(&actor, given).await?;
    Ok(Json(object!({})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Switch {
    configuration_id: ConfigurationId,
    workflow_id: WorkflowId,
    enabled: Option<bool>,
    settings: Option<Map<String, Value>>,
    labels: Option<Map<String, Value>>,
}

async fn switch(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<PortalView>> {
    let sent: Switch = json(&headers, body, MOST).await?;
    let change =
        WorkflowSwitch { enabled: sent.enabled, settings: sent.settings, labels: sent.labels };
    services.switch_workflow(&actor, Some(sent.configuration_id), sent.workflow_id, change).await?;
    Ok(Json(services.portal_view(&actor).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfAccount {
    credential_id: CredentialId,
}

async fn disconnect(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<PortalView>> {
    let sent: OfAccount = json(&headers, body, MOST).await?;
    services.disconnect(&actor, sent.credential_id).await?;
    Ok(Json(services.portal_view(&actor).await?))
}

/// Whether an account still works: asked now.
async fn check(
    State(services): State<Services>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<PortalView>> {
    let sent: OfAccount = json(&headers, body, MOST).await?;
    services.check_own_account(&actor, sent.credential_id).await?;
    Ok(Json(services.portal_view(&actor).await?))
}

fn authorization(id: &str) -> Answer<AuthorizationId> {
    id.parse().map_err(|_| {
        Refused(Refusal::new(RefusalCode::AuthorizationUnknown, "There is no such authorization."))
    })
}
