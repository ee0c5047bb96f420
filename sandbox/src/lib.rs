//! Simulated providers: real paths, shapes, errors and quirks, spoken to over HTTP only.
//!
//! Portico reaches a simulation as it would reach the provider; its origin map changes hosts and
//! nothing else. State lives in memory. To add a provider: a folder beside `salesforce`, its routes in
//! `router`.

mod clock;
mod consent;
mod control;
mod faults;
mod front;
mod hubspot;
mod marketo;
mod pages;
mod salesforce;
mod signature;
mod slack;
mod state;
mod webhooks;

pub use state::Sandbox;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

/// The sandbox as a service.
pub fn router(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/", get(front::home))
        .route("/healthz", get(|| async { "ok" }))
        .nest("/_sandbox", control::router())
        .nest("/salesforce/_sandbox", salesforce::knobs())
        .nest("/salesforce/{org}", salesforce::router(&sandbox))
        .nest("/hubspot", hubspot::router(&sandbox))
        .nest("/marketo/{instance}", marketo::router(&sandbox))
        .nest("/slack", slack::router(&sandbox))
        .layer(from_fn_with_state(sandbox.clone(), webhooks::flush))
        .with_state(sandbox)
}
