//! How a call fails: with status 200 and a word ("Evaluating responses"), except when calls come too fast
//! ("Rate limits").

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What a method answers.
pub(super) type Answer = Result<Value, Failure>;

/// A failed call.
pub(super) struct Failure {
    error: &'static str,
    detail: Detail,
}

/// What some failures say beyond their word.
enum Detail {
    Nothing,
    /// What is wrong with which argument.
    Messages(Vec<String>),
    /// The scope that would have been enough, and those that the token has.
    Scope {
        needed: String,
        provided: String,
    },
    /// How long to wait, in seconds.
    Wait(i64),
}

impl From<&'static str> for Failure {
    fn from(error: &'static str) -> Self {
        Self { error, detail: Detail::Nothing }
    }
}

impl Failure {
    /// A failure with words for whoever wrote the call, as `response_metadata.messages` has them.
    pub(super) fn saying(error: &'static str, message: impl Into<String>) -> Self {
        Self { error, detail: Detail::Messages(vec![format!("[ERROR] {}", message.into())]) }
    }

    /// An argument that a method cannot do without.
    pub(super) fn missing(argument: &str) -> Self {
        Self::saying("invalid_arguments", format!("missing required field: {argument}"))
    }

    /// `missing_scope`, which names what is needed and what was granted.
    pub(super) fn scope(needed: &str, provided: &[String]) -> Self {
        let (needed, provided) = (needed.to_owned(), provided.join(","));
        Self { error: "missing_scope", detail: Detail::Scope { needed, provided } }
    }

    /// `ratelimited`: the one failure with a status of its own.
    pub(super) fn wait(seconds: i64) -> Self {
        Self { error: "ratelimited", detail: Detail::Wait(seconds) }
    }

    /// What is answered, before warnings are added to it.
    pub(super) fn body(&self) -> Value {
        let error = self.error;
        match &self.detail {
            Detail::Nothing | Detail::Wait(_) => json!({ "ok": false, "error": error }),
            Detail::Messages(messages) => json!({
                "ok": false, "error": error, "response_metadata": { "messages": messages },
            }),
            Detail::Scope { needed, provided } => json!({
                "ok": false, "error": error, "needed": needed, "provided": provided,
            }),
        }
    }

    /// How long to wait, when it is only that.
    pub(super) fn wait_s(&self) -> Option<i64> {
        match self.detail {
            Detail::Wait(seconds) => Some(seconds),
            _ => None,
        }
    }
}

/// An answer as it goes out: `application/json; charset=utf-8`, 200 whatever it says.
pub(super) fn respond(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

/// The answer to a call that came too early.
pub(super) fn too_early(body: &Value, seconds: i64) -> Response {
    let mut response = respond(body);
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
