//! Headers of every answer, and the Content-Security-Policy of each kind of page.

use super::App;
use super::answer::Refused;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use portico_domain::{Refusal, RefusalCode};

/// Set unless the route has set its own.
const USUAL: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Adds the usual headers where a route set none.
pub(crate) async fn usual(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in USUAL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Who may frame a page.
pub(crate) enum Framed<'a> {
    /// Nobody.
    Never,
    /// The pages of one origin.
    By(&'a str),
    /// Anybody: a page without content.
    ByAnyone,
}

/// The policy of a page whose scripts carry `nonce`.
pub(crate) fn policy(nonce: &str, framed: &Framed<'_>) -> HeaderValue {
    let ancestors = match framed {
        Framed::Never => "'none'",
        Framed::By(origin) => origin,
        Framed::ByAnyone => "*",
    };
    let text = format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    );
    HeaderValue::from_str(&text)
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// Whether a request comes from our own pages: browsers say so and scripts cannot lie about it.
pub(crate) fn is_same_origin(headers: &HeaderMap, own: &str) -> bool {
    match headers.get("sec-fetch-site").and_then(|site| site.to_str().ok()) {
        Some(site) => site == "same-origin",
        None => headers.get(header::ORIGIN).is_some_and(|origin| origin == own),
    }
}

/// Refuses writes that do not come from our own pages (CSRF, RFC 6265 §8.2).
pub(crate) async fn own_pages_only(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_same_origin(request.headers(), &app.services.settings().origin()) {
        return next.run(request).await;
    }
    let refusal = Refusal::new(RefusalCode::CrossSite, "This is for Portico's own pages only.");
    Refused(refusal).into_response()
}
