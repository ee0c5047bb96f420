//! Fault knobs: the next requests that fit go wrong in a chosen way.

use crate::clock::pause;
use crate::state::{Sandbox, Seen};
use axum::body::Body;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io;

/// A fault that waits for its request.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// Only this method.
    #[serde(default)]
    method: Option<String>,
    /// Only paths that contain this.
    #[serde(default)]
    path_contains: String,
    /// How often.
    #[serde(default = "once")]
    times: u32,
    #[serde(flatten)]
    kind: Kind,
}

fn once() -> u32 {
    1
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    /// Answers this instead of doing it.
    Status {
        status: u16,
        body: Value,
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Does it, late.
    Delay { ms: u64 },
    /// Does it, then cuts the connection in the middle of the answer.
    Cut,
    /// Cuts the connection without doing it.
    CutBefore,
    /// Answers a maintenance page.
    Html { status: u16 },
    /// Answers this many bytes.
    Huge { bytes: usize },
}

/// Applies the first fault that fits, and keeps the request log.
pub(crate) async fn apply(
    State(sandbox): State<Sandbox>,
    OriginalUri(whole): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().to_string();
    // The whole path, so that a fault can be of one provider.
    let path = whole.path().to_owned();
    let fault = take(&sandbox, &method, &path);
    let response = match fault {
        None => next.run(request).await,
        Some(Kind::Delay { ms }) => {
            pause(ms).await;
            next.run(request).await
        }
        Some(Kind::Cut) => {
            next.run(request).await;
            cut()
        }
        Some(Kind::CutBefore) => cut(),
        Some(Kind::Status { status, body, retry_after }) => {
            let mut response = (code(status), axum::Json(body)).into_response();
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        Some(Kind::Html { status }) => (
            code(status),
            [(header::CONTENT_TYPE, "text/html")],
            "<html><body><h1>We are down for maintenance.</h1></body></html>",
        )
            .into_response(),
        Some(Kind::Huge { bytes }) => "x".repeat(bytes).into_response(),
    };
    let mut world = sandbox.world();
    let seen = Seen { at: world.now(), method, path, status: response.status().as_u16() };
    world.requests.push(seen);
    response
}

fn take(sandbox: &Sandbox, method: &str, path: &str) -> Option<Kind> {
    let mut world = sandbox.world();
    let index = world.faults.iter().position(|fault| {
        path.contains(&fault.path_contains)
            && fault.method.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(method))
    })?;
    let fault = &mut world.faults[index];
    let kind = fault.kind.clone();
    fault.times = fault.times.saturating_sub(1);
    if fault.times == 0 {
        world.faults.remove(index);
    }
    Some(kind)
}

/// A body that breaks off: the client sees its connection cut.
fn cut() -> Response {
    let parts: [Result<Bytes, io::Error>; 2] =
        [Ok(Bytes::from_static(b"{")), Err(io::Error::other("cut by a fault knob"))];
    Response::new(Body::from_stream(stream::iter(parts)))
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
