//! Files: the built pages, the SDK, icons.

use super::App;
use super::answer::Answer;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use portico_services::Services;
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

pub(crate) fn router(app: &App) -> Router<App> {
    let site = &app.site;
    // Revalidated each time: a new version is seen at once.
    let fresh = SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache"),
    );
    let shared = SetResponseHeaderLayer::overriding(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    let cross = SetResponseHeaderLayer::overriding(
        header::HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    let file = |name: &str| {
        ServiceBuilder::new()
            .layer(fresh.clone())
            .layer(shared.clone())
            .layer(cross.clone())
            .service(ServeFile::new(site.join(name)).precompressed_br().precompressed_gzip())
    };
    // A font never changes under its name.
    let kept = SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    let fonts = ServiceBuilder::new().layer(kept).service(ServeDir::new(site.join("fonts")));
    let pkg = ServeDir::new(site.join("pkg")).precompressed_br().precompressed_gzip();
    Router::new()
        .route_service("/sdk.js", file("sdk.js"))
        .route_service("/sdk.mjs", file("sdk.mjs"))
        .route_service("/sdk.d.ts", file("sdk.d.ts"))
        .route_service("/portal.css", file("portal.css"))
        .route_service("/dashboard.css", file("dashboard.css"))
        .route_service("/editor.css", file("editor.css"))
        .route_service("/favicon.svg", file("favicon.svg"))
        .route_service("/icons.svg", file("icons.svg"))
        .route_service("/robots.txt", file("robots.txt"))
        .nest_service("/pkg", ServiceBuilder::new().layer(fresh).service(pkg))
        .nest_service("/fonts", fonts)
        .route("/cdn/icons/{name}", get(icon))
        .route("/cdn/icons/{project}/{name}", get(own_icon))
}

/// An integration's icon. It is an image wherever it is opened: nothing in it can run.
async fn icon(State(services): State<Services>, Path(name): Path<String>) -> Response {
    let definition =
        name.strip_suffix(".svg").and_then(|kind| services.shared_catalogue().definition(kind));
    match definition {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(definition) => picture(definition.icon_svg().to_owned(), "public, max-age=3600"),
    }
}

/// The icon of a project's own integration: it can be changed at any time.
async fn own_icon(
    State(services): State<Services>,
    Path((project, name)): Path<(String, String)>,
) -> Answer<Response> {
    let (Some(kind), Ok(project)) = (name.strip_suffix(".svg"), project.parse()) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    Ok(match services.icon(project, kind).await? {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(svg) => picture(svg, "public, max-age=60"),
    })
}

fn picture(svg: String, cached: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, cached),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    ];
    (headers, svg).into_response()
}
