//! The app's installation in an account ("Uninstall an app").

use super::envelope::{Asked, Scope, call};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

/// Takes the app out of the account: every connection of the account ends.
pub(super) async fn uninstall(
    State(sandbox): State<Sandbox>,
    Path(_): Path<String>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(Scope::Any(&["oauth"]))?;
        let portal = api.portal.id;
        let own = api.world.grants.iter_mut().filter(|grant| grant.portal.id == portal);
        own.for_each(|grant| grant.revoke());
        Ok((StatusCode::NO_CONTENT, Value::Null))
    })
}
