//! Requests to the server and to the sandbox, each as its caller makes it.

use super::{HOST, World};
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use portico::command::sign;
use serde_json::Value;
use tower::ServiceExt;

/// An answer, read.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> String {
        let value = self.headers.get(&name).unwrap_or_else(|| panic!("no {name}: {}", self.text));
        value.to_str().expect("text").to_owned()
    }
}

impl World {
    pub(crate) fn token(&self, user: &str) -> String {
        sign(&self.key, &self.project, user, 12 * 3600).expect("a token")
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        read(self.answer(request).await).await
    }

    /// An answer that is yet to be read.
    pub(crate) async fn answer(&self, request: Request<Body>) -> axum::response::Response {
        self.app.clone().oneshot(request).await.expect("an answer")
    }

    /// A call of the SDK by a user.
    pub(crate) async fn sdk(&self, user: &str, method: &str, path: &str, body: Value) -> Got {
        self.send(
            self.request(user, method, path).body(Body::from(body.to_string())).expect("a request"),
        )
        .await
    }

    pub(crate) fn request(
        &self,
        user: &str,
        method: &str,
        path: &str,
    ) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/projects/{}/sdk{path}", self.project))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token(user)))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, HOST)
    }

    /// A request to the sandbox.
    pub(crate) async fn sandbox(&self, method: &str, path: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .expect("a request");
        read(self.sandbox.clone().oneshot(request).await.expect("an answer")).await
    }

    /// A call of the dashboard by an admin.
    pub(crate) async fn dashboard(&self, cookie: &str, function: &str, body: Value) -> Got {
        let request = Request::post(format!("/_fn/dashboard/{function}"))
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.send(request).await
    }

    /// The same, where the function takes a form.
    pub(crate) async fn dashboard_form(&self, cookie: &str, function: &str, body: &Value) -> Got {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (key, value) in body.as_object().expect("fields") {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            form.append_pair(key, &text);
        }
        let request = Request::post(format!("/_fn/dashboard/{function}"))
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(form.finish()))
            .expect("a request");
        self.send(request).await
    }

    /// A call of the portal.
    pub(crate) async fn portal(&self, token: &str, method: &str, path: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(format!("/_fn/portal{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body.to_string()))
            .expect("a request");
        self.send(request).await
    }
}

pub(super) async fn read(response: axum::response::Response) -> Got {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Got {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}
