//! Errors in HubSpot's shape ("Handle errors", "Usage guidelines").

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An error: what was asked for is not done.
pub(super) struct Error {
    status: u16,
    category: Option<&'static str>,
    message: String,
    /// What stands beside them: `errors`, `context`, `links`, `policyName`.
    more: Box<Map<String, Value>>,
    retry_after_s: Option<u64>,
}

impl Error {
    pub(super) fn new(status: u16, category: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            category: Some(category),
            message: message.into(),
            more: Box::default(),
            retry_after_s: None,
        }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "VALIDATION_ERROR", message)
    }

    /// A body that is no JSON, or not the JSON that is asked for.
    pub(super) fn unreadable(why: &serde_json::Error) -> Self {
        Self::invalid(format!(
            "Invalid input JSON on line {}, column {}: {why}",
            why.line(),
            why.column()
        ))
    }

    /// There is no such record. The real answer has no category.
    pub(super) fn missing() -> Self {
        Self { category: None, ..Self::new(404, "", "resource not found") }
    }

    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self::new(404, "OBJECT_NOT_FOUND", message)
    }

    /// Whether it says that there is no such record.
    pub(super) fn is_missing(&self) -> bool {
        self.status == 404
    }

    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.more.insert(key.to_owned(), value);
        self
    }

    pub(super) fn retry_after(self, seconds: Option<u64>) -> Self {
        Self { retry_after_s: seconds, ..self }
    }

    /// As one of the errors of a batch: all fields are there, the correlation is the batch's.
    pub(super) fn in_batch(self, trace: Option<&str>) -> Value {
        let mut more = self.more;
        let mut context = match more.remove("context") {
            Some(Value::Object(context)) => context,
            _ => Map::new(),
        };
        if let Some(trace) = trace {
            context.insert("objectWriteTraceId".to_owned(), json!([trace]));
        }
        json!({
            "status": "error", "category": self.category.unwrap_or("OBJECT_NOT_FOUND"),
            "message": self.message, "context": context,
            "errors": more.remove("errors").unwrap_or_else(|| json!([])),
            "links": more.remove("links").unwrap_or_else(|| json!({})),
        })
    }

    /// The answer. `number` counts errors: correlation ids are the same in every run.
    pub(super) fn answer(self, number: u64) -> Response {
        let correlation = format!("00000000-0000-4000-8000-{number:012x}");
        let mut body = Map::new();
        body.insert("status".to_owned(), json!("error"));
        body.insert("message".to_owned(), json!(self.message));
        body.insert("correlationId".to_owned(), json!(correlation));
        body.extend(*self.more);
        if let Some(category) = self.category {
            body.insert("category".to_owned(), json!(category));
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Json(body)).into_response();
        if let Ok(value) = HeaderValue::from_str(&correlation) {
            let name = HeaderName::from_static("x-hubspot-correlation-id");
            response.headers_mut().insert(name, value);
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
