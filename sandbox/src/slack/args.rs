//! A call's arguments: from the query, a form, or JSON where Slack takes JSON ("Web API: POST bodies").

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

/// The most that is read of a call.
const MOST: usize = 1024 * 1024;

/// What was sent.
pub(super) struct Args {
    pub(super) token: String,
    values: Map<String, Value>,
}

impl Args {
    /// Reads a request; some methods take no JSON and then see none of it.
    pub(super) async fn read(request: Request, takes_json: bool) -> Result<Self, Value> {
        let (parts, body) = request.into_parts();
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = header(header::AUTHORIZATION).and_then(|text| text.strip_prefix("Bearer "));
        let kind = header(header::CONTENT_TYPE).unwrap_or_default();
        let body = to_bytes(body, MOST).await.map_err(|_| failed("request_timeout"))?;
        let mut values = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        if kind.starts_with("application/json") {
            if takes_json {
                let sent: Value =
                    serde_json::from_slice(&body).map_err(|_| failed("invalid_json"))?;
                values.extend(sent.as_object().cloned().unwrap_or_default());
            }
        } else {
            values.extend(pairs(&body));
        }
        let posted = values.get("token").and_then(Value::as_str);
        let token = bearer.or(posted).unwrap_or_default().to_owned();
        Ok(Self { token, values })
    }

    /// A text; numbers and booleans are as good as their texts.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(bool) => Some(bool.to_string()),
            _ => None,
        }
    }

    /// JSON, which a form carries as text.
    pub(super) fn json(&self, name: &str) -> Option<Value> {
        match self.values.get(name)? {
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or(Value::Null)),
            Value::Null => None,
            other => Some(other.clone()),
        }
    }
}

fn pairs(encoded: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(encoded)
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect()
}

/// A failure, as Slack says it: with status 200.
pub(super) fn failed(error: &str) -> Value {
    json!({ "ok": false, "error": error })
}
