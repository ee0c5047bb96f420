//! Integrations of a project.

use leptos::prelude::*;
use portico_domain::view::{IntegrationDetail, IntegrationSummary};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// Every integration there is.
#[server(prefix = "/_fn/dashboard", endpoint = "integrations/list")]
pub async fn integrations(project: String) -> Result<Vec<IntegrationSummary>, ServerFnError> {
    let own = signed()?;
    own.services.integration_list(&own.actor, id(&project)?).await.map_err(refused)
}

/// An integration's page.
#[server(prefix = "/_fn/dashboard", endpoint = "integrations/read")]
pub async fn integration(
    project: String,
    kind: String,
) -> Result<IntegrationDetail, ServerFnError> {
    let own = signed()?;
    own.services.integration_detail(&own.actor, id(&project)?, &kind).await.map_err(refused)
}

/// Activates an integration, or changes its OAuth client.
#[server(prefix = "/_fn/dashboard", endpoint = "integrations/activate")]
pub async fn activate(
    project: String,
    kind: String,
    client_id: String,
    client_secret: String,
    #[server(default)] signing_secret: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let client_secret = Some(client_secret).filter(|secret| !secret.is_empty());
    let signing_secret = Some(signing_secret).filter(|secret| !secret.is_empty());
    let activation = portico_services::Activation { client_id, client_secret, signing_secret };
    own.services
        .activate_integration(&own.actor, id(&project)?, &kind, activation)
        .await
        .map_err(refused)?;
    Ok(())
}

/// Switches an integration off.
#[server(prefix = "/_fn/dashboard", endpoint = "integrations/deactivate")]
pub async fn deactivate(project: String, kind: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.deactivate_integration(&own.actor, id(&project)?, &kind).await.map_err(refused)
}
