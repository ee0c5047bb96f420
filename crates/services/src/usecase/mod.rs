//! One file per resource: what can be done with it.

pub(crate) mod accounts;
pub(crate) mod app_events;
pub(crate) mod authorizations;
pub(crate) mod callback;
pub(crate) mod choices;
pub(crate) mod connected_users;
pub(crate) mod credentials;
pub(crate) mod custom;
pub(crate) mod events;
pub(crate) mod executions;
pub(crate) mod import;
pub(crate) mod integrations;
pub(crate) mod limits;
pub(crate) mod portal;
pub(crate) mod probing;
pub(crate) mod projects;
pub(crate) mod renewal;
pub(crate) mod routing;
pub(crate) mod sdk;
pub(crate) mod secret;
pub(crate) mod sign_in;
pub(crate) mod signing_keys;
mod try_it;
pub(crate) mod user_tokens;
pub(crate) mod workflow_file;
pub(crate) mod workflows;
