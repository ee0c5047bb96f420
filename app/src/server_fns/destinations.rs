//! Event destinations.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use portico_domain::view::{DeliveryView, DestinationForm, DestinationSecret, DestinationView};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// The destinations of a project.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/list")]
pub async fn destinations(project: String) -> Result<Vec<DestinationView>, ServerFnError> {
    let own = signed()?;
    own.services.destination_list(&own.actor, id(&project)?).await.map_err(refused)
}

/// Makes a destination; answers its secret, this once.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/add", input = Json)]
pub async fn add_destination(
    project: String,
    form: DestinationForm,
) -> Result<DestinationSecret, ServerFnError> {
    let own = signed()?;
    own.services.add_destination(&own.actor, id(&project)?, form).await.map_err(refused)
}

/// Gives a destination another secret; answers it, this once.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/rotate")]
pub async fn rotate_destination(
    project: String,
    destination: String,
) -> Result<DestinationSecret, ServerFnError> {
    let own = signed()?;
    let (project, destination) = (id(&project)?, id(&destination)?);
    own.services.rotate_destination(&own.actor, project, destination).await.map_err(refused)
}

/// Switches a destination on or off.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/switch")]
pub async fn switch_destination(
    project: String,
    destination: String,
    active: bool,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let place = (id(&project)?, id(&destination)?);
    own.services.switch_destination(&own.actor, place, i64::from(active)).await.map_err(refused)
}

/// Removes a destination.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/remove")]
pub async fn remove_destination(project: String, destination: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, destination) = (id(&project)?, id(&destination)?);
    own.services.remove_destination(&own.actor, project, destination).await.map_err(refused)
}

/// Sends a message that tells of nothing.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/test")]
pub async fn test_destination(project: String, destination: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, destination) = (id(&project)?, id(&destination)?);
    own.services.test_destination(&own.actor, project, destination).await.map_err(refused)
}

/// The newest messages of a destination.
#[server(prefix = "/_fn/dashboard", endpoint = "destinations/deliveries")]
pub async fn deliveries(
    project: String,
    destination: String,
) -> Result<Vec<DeliveryView>, ServerFnError> {
    let own = signed()?;
    let (project, destination) = (id(&project)?, id(&destination)?);
    own.services.delivery_list(&own.actor, project, destination).await.map_err(refused)
}
