//! The pages and the files they load.

use axum::Router;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::get;
use leptos::prelude::*;
use portico_app::dashboard::{Dashboard, DashboardPage};
use portico_app::portal::PortalPage;
use std::path::Path;
use tower_http::services::ServeDir;

/// Every page, and `/pkg/**`.
pub(crate) fn router(site: &Path) -> Router {
    let mut router = Router::new()
        .route("/", get(|| async { Redirect::temporary("/dashboard") }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/ui", get(portal))
        .nest_service("/pkg", ServeDir::new(site.join("pkg")));
    for route in leptos_axum::generate_route_list(Dashboard) {
        let page =
            leptos_axum::render_app_to_stream(|| view! { <DashboardPage base=String::new() /> });
        router = router.route(route.path(), get(page));
    }
    router
}

async fn portal() -> impl IntoResponse {
    let owner = Owner::new();
    Html(owner.with(|| view! { <PortalPage base=String::new() /> }.to_html()))
}

#[cfg(test)]
mod tests {
    use super::router;
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt;

    async fn page(path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response =
            router("target/site/debug".as_ref()).oneshot(request).await.expect("an answer");
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn both_rooms_are_rendered_on_the_server() {
        for path in ["/dashboard", "/ui"] {
            let (status, body) = page(path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert!(body.contains("Pressed "), "{path}: {body}");
        }
    }

    #[tokio::test]
    async fn the_root_leads_to_the_dashboard() {
        assert_eq!(page("/").await.0, StatusCode::TEMPORARY_REDIRECT);
    }
}
