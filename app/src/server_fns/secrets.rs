//! Secrets of a project: set, named, removed; never read.

use leptos::prelude::*;
use portico_domain::view::SecretView;

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// The names of a project's secrets, and when they were set.
#[server(prefix = "/_fn/dashboard", endpoint = "secrets/list")]
pub async fn secrets(project: String) -> Result<Vec<SecretView>, ServerFnError> {
    let own = signed()?;
    own.services.secret_list(&own.actor, id(&project)?).await.map_err(refused)
}

/// Adds a secret, or sets another value.
#[server(prefix = "/_fn/dashboard", endpoint = "secrets/set")]
pub async fn set_secret(project: String, name: String, value: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.set_secret(&own.actor, id(&project)?, (&name, value)).await.map_err(refused)
}

/// Removes a secret.
#[server(prefix = "/_fn/dashboard", endpoint = "secrets/remove")]
pub async fn remove_secret(project: String, name: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.remove_secret(&own.actor, id(&project)?, &name).await.map_err(refused)
}
