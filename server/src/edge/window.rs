//! Small pages of our own: popups and dead ends. No wasm, one look.

use super::headers::{Framed, policy};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use portico_services::{Entropy, Services};
use std::sync::Arc;

/// A page to be.
pub(crate) struct Page<'a> {
    pub(crate) status: StatusCode,
    pub(crate) title: &'a str,
    /// HTML; whatever comes from outside is escaped by the caller.
    pub(crate) body: String,
    /// A script of ours, without the element.
    pub(crate) script: String,
    pub(crate) framed: Framed<'a>,
}

impl Page<'_> {
    pub(crate) fn answer(self, services: &Services) -> Response {
        let nonce = nonce(&services.ports().entropy);
        let base = services.settings().prefix();
        let script = if self.script.is_empty() {
            String::new()
        } else {
            format!("<script nonce=\"{nonce}\">{}</script>", self.script)
        };
        let html = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{}</title><link rel=\"stylesheet\" href=\"{base}/portal.css\">\
             <link rel=\"icon\" href=\"{base}/favicon.svg\"></head>\
             <body class=\"window-page\"><main>{}</main>{script}</body></html>",
            escaped(self.title),
            self.body
        );
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy(&nonce, &self.framed));
        (self.status, headers, Html(html)).into_response()
    }
}

/// Sixteen random bytes in hex.
pub(crate) fn nonce(entropy: &Arc<dyn Entropy>) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Text in HTML, in an element or a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
