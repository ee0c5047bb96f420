//! The simulation of Marketo keeps its rules. The stories know it over HTTP only.

#[path = "marketo/assets.rs"]
mod assets;
#[path = "marketo/client.rs"]
mod client;
#[path = "marketo/leads.rs"]
mod leads;
#[path = "marketo/limits.rs"]
mod limits;
#[path = "marketo/polling.rs"]
mod polling;
