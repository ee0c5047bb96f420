//! Errors in Salesforce's shape: an array of one ("Status Codes and Error Responses").

use axum::http::StatusCode;
use serde_json::{Value, json};

/// An error: what was asked for is not done.
#[derive(Clone, Debug)]
pub(super) struct Error {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    /// The names of the fields that are at fault.
    pub(super) fields: Vec<String>,
    /// What a duplicate rule found.
    more: Option<Box<Value>>,
}

impl Error {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), fields: Vec::new(), more: None }
    }

    /// What the caller sent is wrong.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// There is no such thing.
    pub(super) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "The requested resource does not exist")
    }

    /// The token is none, or has ended.
    pub(super) fn session() -> Self {
        let words = "Session expired or invalid";
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_SESSION_ID", words)
    }

    pub(super) fn on(mut self, field: &str) -> Self {
        self.fields.push(field.to_owned());
        self
    }

    pub(super) fn found(mut self, duplicates: Value) -> Self {
        self.more = Some(Box::new(duplicates));
        self
    }

    /// The body of an answer.
    pub(super) fn body(&self) -> Value {
        let mut body = json!({ "message": self.message, "errorCode": self.code });
        // Errors of a record name fields, those of a query or a session do not.
        if self.status == StatusCode::BAD_REQUEST && !self.code.starts_with("MALFORMED_Q") {
            body["fields"] = json!(self.fields);
        }
        if let Some(more) = &self.more {
            body["duplicateResult"] = Value::clone(more);
        }
        json!([body])
    }

    /// As one record of several is told of.
    pub(super) fn of_record(&self) -> Value {
        json!({ "statusCode": self.code, "message": self.message, "fields": self.fields })
    }
}
