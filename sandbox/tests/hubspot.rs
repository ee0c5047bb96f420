//! The simulation keeps HubSpot's rules. The stories know it over HTTP only.

#[path = "hubspot/batches.rs"]
mod batches;
#[path = "hubspot/client.rs"]
mod client;
#[path = "hubspot/limits.rs"]
mod limits;
#[path = "hubspot/links.rs"]
mod links;
#[path = "hubspot/pickers.rs"]
mod pickers;
#[path = "hubspot/records.rs"]
mod records;
#[path = "hubspot/searches.rs"]
mod searches;
#[path = "hubspot/tokens.rs"]
mod tokens;
