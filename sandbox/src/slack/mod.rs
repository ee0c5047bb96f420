//! Slack.

use crate::faults;
use crate::pages::Brand;
use crate::state::Sandbox;
use axum::Router;
use axum::middleware::from_fn_with_state;

/// How these pages look.
#[expect(dead_code, reason = "its pages are being written")]
const BRAND: Brand = Brand { name: "Slack", color: "#4a154b" };

/// What Slack remembers.
#[derive(Default)]
pub(crate) struct World {}

impl World {
    /// Every access token ends now; refresh tokens live on.
    pub(crate) fn expire_tokens(&mut self, _now: i64) {}

    /// Every approval ends now: reconnecting is the only way.
    pub(crate) fn revoke_tokens(&mut self) {}
}

/// Its part of the sandbox's first page, as HTML.
pub(crate) fn home() -> String {
    String::new()
}

/// Below `/slack`.
pub(crate) fn router(sandbox: &Sandbox) -> Router<Sandbox> {
    Router::new().layer(from_fn_with_state(sandbox.clone(), faults::apply))
}
