//! A call's arguments: from the query, a form, or JSON where a method takes JSON ("Using the Web API").

use super::failure::Failure;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header;
use axum::http::request::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use url::form_urlencoded;

/// The most that is read of a call.
const MOST: usize = 1024 * 1024;
/// "The maximum number of items to return": under a thousand, a hundred unless told.
const MOST_ITEMS: usize = 1000;
const USUAL_ITEMS: usize = 100;

/// What was sent.
#[derive(Default)]
pub(super) struct Args {
    /// From the header or a form's field. "Tokens in query strings" are refused to apps made since 2021,
    /// and JSON is never read for one.
    pub(super) token: String,
    /// Client id and secret, where they came as HTTP Basic.
    pub(super) basic: Option<(String, String)>,
    /// What Slack would rather have had, such as `missing_charset`.
    pub(super) warnings: Vec<&'static str>,
    values: Map<String, Value>,
}

/// How a body is written.
enum Kind {
    Nothing,
    Form { charset: bool },
    Json { charset: bool },
}

impl Args {
    /// Reads a request; a method that takes no JSON sees none of it.
    pub(super) async fn read(request: Request, takes_json: bool) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MOST).await.map_err(|_| "request_timeout")?;
        let mut values = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        values.remove("token");
        let mut posted = String::new();
        let mut warnings = Vec::new();
        let kind = if body.is_empty() { Kind::Nothing } else { kind(&parts)? };
        match kind {
            Kind::Nothing => {}
            Kind::Form { charset } => {
                warnings.extend(charset.then_some("superfluous_charset"));
                let mut sent = pairs(&body);
                if let Some(Value::String(token)) = sent.remove("token") {
                    posted = token;
                }
                values.extend(sent);
            }
            Kind::Json { charset } => {
                warnings.extend((!charset).then_some("missing_charset"));
                if takes_json {
                    let sent: Value = serde_json::from_slice(&body).map_err(|_| "invalid_json")?;
                    let Value::Object(sent) = sent else { return Err("json_not_object".into()) };
                    values.extend(sent);
                }
            }
        }
        let token = authorization(&parts, "Bearer ").map_or(posted, str::to_owned);
        Ok(Self { token, basic: basic(&parts), warnings, values })
    }

    /// A text; numbers and booleans are as good as their texts, nothing is as good as empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(bool) => Some(bool.to_string()),
            _ => None,
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str) -> Result<String, Failure> {
        self.text(name).ok_or_else(|| Failure::missing(name))
    }

    /// Whether something is switched on.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("true" | "1"))
    }

    /// JSON, which a form carries as text; text that is none stays text.
    pub(super) fn json(&self, name: &str) -> Option<Value> {
        match self.values.get(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => {
                Some(serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())))
            }
            Value::Null => None,
            other => Some(other.clone()),
        }
    }

    /// Texts that stand in one argument, with commas between them, or in a list.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = match self.values.get(name) {
            Some(Value::Array(items)) => {
                return items.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            }
            _ => self.text(name).unwrap_or_default(),
        };
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    }

    /// The page that is asked for: from where, and how many at most ("Pagination").
    pub(super) fn window(&self) -> Result<(usize, usize), Failure> {
        let limit = match self.text("limit") {
            None => USUAL_ITEMS,
            // Nought is as good as nothing.
            Some(text) => match text.parse() {
                Ok(0) => USUAL_ITEMS,
                Ok(limit) if limit <= MOST_ITEMS => limit,
                _ => return Err("invalid_limit".into()),
            },
        };
        let Some(cursor) = self.text("cursor") else { return Ok((0, limit)) };
        let plain = STANDARD.decode(cursor).ok().and_then(|own| String::from_utf8(own).ok());
        let start = plain.as_deref().and_then(|own| own.strip_prefix("next:")?.parse().ok());
        Ok((start.ok_or("invalid_cursor")?, limit))
    }
}

/// Where the next page begins; empty at the end. Of a length that ends in `=`, as Slack's do: whoever puts
/// it into an address has to encode it.
pub(super) fn cursor(end: usize, all: usize) -> String {
    if end >= all { String::new() } else { STANDARD.encode(format!("next:{end:09}")) }
}

fn pairs(encoded: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(encoded)
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect()
}

/// What a body says it is. Multipart forms are not simulated.
fn kind(parts: &Parts) -> Result<Kind, Failure> {
    let header = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let header = header.ok_or("missing_post_type")?.to_ascii_lowercase();
    let (kind, rest) = header.split_once(';').unwrap_or((&header, ""));
    let charset = rest.trim().strip_prefix("charset=").map(|charset| charset.trim_matches('"'));
    if charset.is_some_and(|charset| !matches!(charset, "utf-8" | "iso-8859-1")) {
        return Err("invalid_charset".into());
    }
    let charset = charset.is_some();
    match kind.trim() {
        "application/x-www-form-urlencoded" => Ok(Kind::Form { charset }),
        "application/json" => Ok(Kind::Json { charset }),
        _ => Err("invalid_post_type".into()),
    }
}

fn authorization<'p>(parts: &'p Parts, scheme: &str) -> Option<&'p str> {
    parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix(scheme)
}

fn basic(parts: &Parts) -> Option<(String, String)> {
    let plain = STANDARD.decode(authorization(parts, "Basic ")?).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (id, password) = plain.split_once(':')?;
    Some((id.to_owned(), password.to_owned()))
}
