//! The SDK API: Paragon-shaped, by user token, for the pages of allowed origins.

use super::App;
use super::answer::{Answer, Refused, bearer, json, text};
use super::cors::cors;
use super::requested;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use portico_domain::view::{AuthorizationStatusView, AuthorizationTicket, PortalOptions};
use portico_domain::{CredentialId, Outcome, Refusal, RefusalCode, WorkflowId};
use portico_services::{EventInput, NewAuthorization, Services, TokenUser};
use portico_storage::WorkflowSwitch;
use serde::Deserialize;
use serde_json::{Map, Value, json as value};

/// The largest body of everything but events, in bytes.
const MOST: usize = 64 * 1024;
pub(super) const CREDENTIAL: &str = "x-paragon-credential";
pub(super) const CONFIGURATION: &str = "x-paragon-configuration-id";

pub(crate) fn router(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/sdk/me", get(me).patch(set_meta))
        .route("/sdk/metadata", get(metadata))
        .route("/sdk/integrations", get(integrations))
        .route("/sdk/integrations/{id}", delete(uninstall))
        .route("/sdk/events/trigger", post(trigger))
        .route("/sdk/triggers/{id}", post(requested::trigger))
        .route("/sdk/workflows/{id}", post(enable).delete(disable))
        .route("/sdk/portal-sessions", post(portal_session))
        .route("/sdk/authorizations", post(authorize))
        .route("/sdk/authorizations/{id}", get(authorization))
        .layer(from_fn_with_state(app.clone(), cors));
    Router::new().nest("/projects/{project}", routes.clone()).nest("/v2/projects/{project}", routes)
}

pub(super) async fn user(
    services: &Services,
    project: &str,
    headers: &HeaderMap,
) -> Answer<TokenUser> {
    Ok(services.authenticate(project, bearer(headers)).await?)
}

async fn me(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let user = user(&services, &project, &headers).await?;
    Ok(Json(services.me(&user.actor).await?))
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    meta: Map<String, Value>,
}

async fn set_meta(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let user = user(&services, &project, &headers).await?;
    let given: Meta = json(&headers, body, MOST).await?;
    services.set_user_meta(&user.actor, given.meta).await?;
    Ok(Json(services.me(&user.actor).await?))
}

async fn metadata(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let user = user(&services, &project, &headers).await?;
    Ok(Json(services.sdk_metadata(&user.actor).await?))
}

async fn integrations(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let user = user(&services, &project, &headers).await?;
    Ok(Json(services.sdk_integrations(&user.actor).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Selected {
    selected_credential_id: Option<String>,
}

async fn uninstall(
    State(services): State<Services>,
    Path((project, id)): Path<(String, String)>,
    Query(selected): Query<Selected>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    let user = user(&services, &project, &headers).await?;
    let named = text(&headers, CREDENTIAL).or(selected.selected_credential_id);
    services.uninstall(&user.actor, &id, named.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn trigger(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let user = user(&services, &project, &headers).await?;
    let most = services.settings().max_event_bytes;
    let mut given: Map<String, Value> =
        json::<Value>(&headers, body, most).await?.as_object().cloned().ok_or_else(|| {
            refused(RefusalCode::NameMissing, "The body is an object with name and payload.")
        })?;
    let name = match given.remove("name") {
        Some(Value::String(name)) => name,
        _ => {
            return Err(refused(
                RefusalCode::NameMissing,
                "The event has no name; send {\"name\": …, \"payload\": {…}}.",
            ));
        }
    };
    let payload = match given.remove("payload") {
        Some(Value::Object(payload)) => payload,
        _ => return Err(refused(RefusalCode::PayloadNotObject, "The payload is not an object.")),
    };
    let input = EventInput {
        name,
        payload,
        key: text(&headers, "idempotency-key"),
        credential: text(&headers, CREDENTIAL),
        configuration: text(&headers, CONFIGURATION),
    };
    let accepted = services.trigger_event(&user.actor, input).await?;
    let executions: Vec<Value> = accepted
        .decisions
        .iter()
        .filter_map(|decision| match decision.outcome {
            Outcome::Started { execution_id } => Some(value!({
                "id": execution_id,
                "workflowId": decision.workflow_id,
                "credentialId": decision.credential_id,
            })),
            _ => None,
        })
        .collect();
    let body = value!({
        "event": { "id": accepted.id, "receivedAt": accepted.received_at.rfc3339() },
        "executions": executions,
        "decisions": accepted.decisions,
    });
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if accepted.replayed {
        let name = HeaderName::from_static("idempotent-replayed");
        response.headers_mut().insert(name, HeaderValue::from_static("true"));
    }
    Ok(response)
}

async fn enable(
    State(services): State<Services>,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    switch(&services, (&project, &id), &headers, true).await
}

async fn disable(
    State(services): State<Services>,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<StatusCode> {
    switch(&services, (&project, &id), &headers, false).await
}

async fn switch(
    services: &Services,
    (project, id): (&str, &str),
    headers: &HeaderMap,
    enabled: bool,
) -> Answer<StatusCode> {
    let user = user(services, project, headers).await?;
    let workflow: WorkflowId = id
        .parse()
        .map_err(|_| refused(RefusalCode::WorkflowUnknown, "There is no such workflow."))?;
    let configuration = match text(headers, CONFIGURATION) {
        None => None,
        Some(named) => Some(named.parse().map_err(|_| {
            refused(RefusalCode::CredentialUnknown, "There is no such configuration.")
        })?),
    };
    let change = WorkflowSwitch { enabled: Some(enabled), ..WorkflowSwitch::default() };
    services.switch_workflow(&user.actor, configuration, workflow, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct NewSession {
    integration: String,
    #[serde(default)]
    options: PortalOptions,
}

async fn portal_session(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<Value>)> {
    let user = user(&services, &project, &headers).await?;
    let new: NewSession = json(&headers, body, MOST).await?;
    let origin = text(&headers, "origin");
    let made = services
        .create_portal_session(&user, origin.as_deref(), &new.integration, &new.options)
        .await?;
    let body = value!({ "id": made.id, "url": made.url, "expiresAt": made.expires_at.rfc3339() });
    Ok((StatusCode::CREATED, Json(body)))
}

/// What an authorization is to connect, as sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorize {
    integration: String,
    account_type: Option<String>,
    credential_id: Option<CredentialId>,
    #[serde(default)]
    inputs: Map<String, Value>,
}

impl From<Authorize> for NewAuthorization {
    fn from(sent: Authorize) -> Self {
        Self {
            integration: sent.integration,
            account_type: sent.account_type,
            credential_id: sent.credential_id,
            inputs: sent.inputs,
        }
    }
}

async fn authorize(
    State(services): State<Services>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<AuthorizationTicket>)> {
    let user = user(&services, &project, &headers).await?;
    let new: Authorize = json(&headers, body, MOST).await?;
    let ticket = services.begin_authorization(&user.actor, new.into()).await?;
    Ok((StatusCode::CREATED, Json(ticket)))
}

async fn authorization(
    State(services): State<Services>,
    Path((project, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Json<AuthorizationStatusView>> {
    let user = user(&services, &project, &headers).await?;
    let id = id.parse().map_err(|_| {
        refused(RefusalCode::AuthorizationUnknown, "There is no such authorization.")
    })?;
    Ok(Json(services.authorization_status(&user.actor, id).await?))
}

fn refused(code: RefusalCode, message: &str) -> Refused {
    Refused(Refusal::new(code, message))
}
