//! The HTTP edges and what all of them share.

mod answer;
mod callback;
mod connect;
mod cors;
mod dashboard;
mod files;
mod headers;
mod hooks;
mod live;
mod portal;
mod requested;
mod sdk;
mod sign_in;
mod window;

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::routing::get;
use portico_services::Services;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What every route can reach.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) services: Services,
    pub(crate) site: Arc<PathBuf>,
    /// Ends the answers that would go on for ever.
    pub(crate) stop: CancellationToken,
}

impl FromRef<App> for Services {
    fn from_ref(app: &App) -> Self {
        app.services.clone()
    }
}

/// Everything that is served, under the path of `public_url`, until `stop`.
pub fn router(services: Services, site: &Path, stop: CancellationToken) -> Router {
    let prefix = services.settings().prefix().to_owned();
    let app = App { services, site: Arc::new(site.to_owned()), stop };
    let home = format!("{prefix}/dashboard");
    let all = Router::new()
        .route("/", get(move || async move { Redirect::temporary(&home) }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .merge(sdk::router(&app))
        .merge(portal::router(&app))
        .merge(connect::router())
        .merge(callback::router())
        .merge(hooks::router())
        .merge(sign_in::router())
        .merge(dashboard::router(&app))
        .merge(files::router(&app))
        .fallback(answer::not_found)
        .layer(from_fn(headers::usual))
        .with_state(app);
    if prefix.is_empty() { all } else { Router::new().nest(&prefix, all) }
}

/// Whether the database answers.
async fn ready(State(services): State<Services>) -> (StatusCode, &'static str) {
    match services.store().queue_depth().await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
