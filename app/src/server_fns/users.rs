//! Connected users of a project.

use leptos::prelude::*;
use portico_domain::EventId;
use portico_domain::view::{Page, UserDetail, UserSummary};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// A page of users.
#[server(prefix = "/_fn/dashboard", endpoint = "users/list")]
pub async fn users(
    project: String,
    search: Option<String>,
    after: Option<String>,
) -> Result<Page<UserSummary>, ServerFnError> {
    let own = signed()?;
    own.services.user_list(&own.actor, id(&project)?, search, after).await.map_err(refused)
}

/// A user's page.
#[server(prefix = "/_fn/dashboard", endpoint = "users/read")]
pub async fn user(project: String, user: String) -> Result<UserDetail, ServerFnError> {
    let own = signed()?;
    own.services.user_detail(&own.actor, id(&project)?, id(&user)?).await.map_err(refused)
}

/// Refuses or accepts a user's calls.
#[server(prefix = "/_fn/dashboard", endpoint = "users/set-active")]
pub async fn set_user_active(
    project: String,
    user: String,
    active: bool,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, user) = (id(&project)?, id(&user)?);
    own.services.set_user_active(&own.actor, project, user, active).await.map_err(refused)
}

/// Replaces a user's metadata: a JSON object.
#[server(prefix = "/_fn/dashboard", endpoint = "users/set-meta")]
pub async fn set_user_meta(
    project: String,
    user: String,
    meta: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let meta = match serde_json::from_str(&meta) {
        Ok(serde_json::Value::Object(meta)) => meta,
        Ok(_) => {
            let words = "Metadata is a JSON object: {\"plan\": \"pro\"}.".to_owned();
            return Err(ServerFnError::ServerError(words));
        }
        Err(error) => {
            return Err(ServerFnError::ServerError(format!("This is not JSON: {error}.")));
        }
    };
    let (project, user) = (id(&project)?, id(&user)?);
    own.services.replace_user_meta(&own.actor, project, user, meta).await.map_err(refused)
}

/// Disconnects an account.
#[server(prefix = "/_fn/dashboard", endpoint = "users/disconnect")]
pub async fn disconnect_account(project: String, credential: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, credential) = (id(&project)?, id(&credential)?);
    own.services.disconnect_account(&own.actor, project, credential).await.map_err(refused)
}

/// Replaces the webhook address that a configuration has for a workflow: the one of before ends.
#[server(prefix = "/_fn/dashboard", endpoint = "users/replace-webhook")]
pub async fn replace_webhook_address(
    project: String,
    configuration: String,
    workflow: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, configuration) = (id(&project)?, id(&configuration)?);
    let workflow = id(&workflow)?;
    let replaced =
        own.services.replace_webhook_address(&own.actor, project, configuration, workflow).await;
    replaced.map_err(refused)
}

/// Asks the provider whether an account still works.
#[server(prefix = "/_fn/dashboard", endpoint = "users/check")]
pub async fn check_account(project: String, credential: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, credential) = (id(&project)?, id(&credential)?);
    own.services.check_account(&own.actor, project, credential).await.map_err(refused)
}

/// Opens the portal for a test user; answers the address of the frame, good once.
#[server(prefix = "/_fn/dashboard", endpoint = "users/try-portal")]
pub async fn try_portal(
    project: String,
    user: String,
    kind: String,
) -> Result<String, ServerFnError> {
    let own = signed()?;
    own.services.try_portal(&own.actor, id(&project)?, &user, &kind).await.map_err(refused)
}

/// Sends an event for a test user; answers its id.
#[server(prefix = "/_fn/dashboard", endpoint = "users/try-event")]
pub async fn try_event(
    project: String,
    user: String,
    name: String,
    payload: String,
) -> Result<EventId, ServerFnError> {
    let own = signed()?;
    own.services
        .try_event(&own.actor, id(&project)?, &user, (&name, &payload))
        .await
        .map_err(refused)
}
