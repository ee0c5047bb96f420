//! Who can own records ("Owners").

use super::envelope::{Asked, Scope, call};
use super::failure::Error;
use super::seed;
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

const READ: Scope = Scope::Any(&["crm.objects.owners.read"]);

/// The owners, page by page, or the one with an address.
pub(super) async fn all(
    State(sandbox): State<Sandbox>,
    Path(version): Path<String>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(READ)?;
        let page = asked.page(100, 500)?;
        let mut owners = seed::owners(api.portal, api.world.size, asked.archived());
        if let Some(wanted) = asked.query("email") {
            owners.retain(|own| own.get("email").is_some_and(|email| email == wanted));
        }
        Ok((StatusCode::OK, page.of(owners, &format!("/crm/owners/{version}"))))
    })
}

/// One owner.
pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    Path((_, id)): Path<(String, String)>,
    asked: Asked,
) -> Response {
    call(&sandbox, &asked, |api| {
        api.needs(READ)?;
        let owners = seed::owners(api.portal, api.world.size, asked.archived());
        let fits = |own: &Value| own.get("id").is_some_and(|own| *own == id);
        let owner = owners.into_iter().find(fits).ok_or_else(Error::missing)?;
        Ok((StatusCode::OK, owner))
    })
}
