//! Projects: the session, the overview, settings.

use leptos::prelude::*;
use portico_domain::view::{self, ProjectLink, ProjectSettingsView};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// The person who is signed in.
#[server(prefix = "/_fn/dashboard", endpoint = "session/read")]
pub async fn session() -> Result<view::Session, ServerFnError> {
    let own = signed()?;
    own.services.session(&own.actor).await.map_err(refused)
}

/// Makes a project.
#[server(prefix = "/_fn/dashboard", endpoint = "projects/create")]
pub async fn create_project(name: String) -> Result<ProjectLink, ServerFnError> {
    let own = signed()?;
    own.services.create_project(&own.actor, &name).await.map_err(refused)
}

/// The overview page.
#[server(prefix = "/_fn/dashboard", endpoint = "projects/overview")]
pub async fn overview(project: String) -> Result<view::Overview, ServerFnError> {
    let own = signed()?;
    own.services.overview(&own.actor, id(&project)?).await.map_err(refused)
}

/// The settings page.
#[server(prefix = "/_fn/dashboard", endpoint = "projects/settings")]
pub async fn settings(project: String) -> Result<ProjectSettingsView, ServerFnError> {
    let own = signed()?;
    own.services.project_settings(&own.actor, id(&project)?).await.map_err(refused)
}

/// Gives a project another name.
#[server(prefix = "/_fn/dashboard", endpoint = "projects/rename")]
pub async fn rename_project(project: String, name: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.rename_project(&own.actor, id(&project)?, &name).await.map_err(refused)
}

/// Allows an origin.
#[server(prefix = "/_fn/dashboard", endpoint = "origins/allow")]
pub async fn allow_origin(project: String, origin: String) -> Result<String, ServerFnError> {
    let own = signed()?;
    own.services.allow_origin(&own.actor, id(&project)?, &origin).await.map_err(refused)
}

/// No longer allows an origin.
#[server(prefix = "/_fn/dashboard", endpoint = "origins/forbid")]
pub async fn forbid_origin(project: String, origin: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.forbid_origin(&own.actor, id(&project)?, &origin).await.map_err(refused)
}

/// Adds a public key.
#[server(prefix = "/_fn/dashboard", endpoint = "signing-keys/add")]
pub async fn add_signing_key(
    project: String,
    name: String,
    key: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let project = id(&project)?;
    own.services.add_signing_key(&own.actor, project, &name, &key).await.map_err(refused)?;
    Ok(())
}

/// Revokes a key.
#[server(prefix = "/_fn/dashboard", endpoint = "signing-keys/revoke")]
pub async fn revoke_signing_key(project: String, key: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, key) = (id(&project)?, id(&key)?);
    own.services.revoke_signing_key(&own.actor, project, key).await.map_err(refused)
}
