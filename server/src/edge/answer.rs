//! Refusals as HTTP: the one place where they are mapped. And reading bodies.

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portico_domain::json::{DEEPEST, Unread};
use portico_domain::{Refusal, RefusalCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A refusal on its way out.
pub(crate) struct Refused(pub(crate) Refusal);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0.body())).into_response();
        let wait = self.0.meta.as_ref().and_then(|meta| meta.get("retryAfter")?.as_u64());
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What every route answers.
pub(crate) type Answer<T> = Result<T, Refused>;

pub(crate) async fn not_found() -> Refused {
    Refused(Refusal::new(RefusalCode::NotFound, "There is nothing at this address."))
}

/// A JSON body of at most `most` bytes.
pub(crate) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Answer<T> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| {
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    if !is_json {
        return Err(Refused(Refusal::new(
            RefusalCode::UnsupportedMediaType,
            "Send JSON, with Content-Type: application/json.",
        )));
    }
    let bytes = to_bytes(body, most).await.map_err(|_| {
        Refused(Refusal::new(
            RefusalCode::PayloadTooLarge,
            format!("The body is larger than {most} bytes."),
        ))
    })?;
    serde_json::from_value(value(&bytes)?).map_err(|error| {
        Refused(Refusal::field("body", format!("The body does not fit: {error}.")))
    })
}

/// A value that somebody sent.
pub(crate) fn value(written: &[u8]) -> Answer<Value> {
    portico_domain::json::read(written).map_err(|unread| {
        Refused(match unread {
            Unread::Malformed(error) => {
                Refusal::new(RefusalCode::MalformedJson, format!("The body is not JSON: {error}."))
            }
            Unread::TooDeep => Refusal::new(
                RefusalCode::MalformedJson,
                format!(
                    "The body has more than {DEEPEST} levels of objects and lists in one another. \
                     Send it flatter."
                ),
            ),
        })
    })
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = text.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
}

/// A cookie by its name.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            let (own, value) = pair.trim().split_once('=')?;
            (own == name).then(|| value.to_owned())
        })
}

/// A header as text.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
