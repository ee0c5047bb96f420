//! The portal's calls: by the session's secret, never by a cookie.

use super::{BASE, TOKEN};
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Why a call gave nothing.
pub(super) enum Failed {
    /// The session has ended: the page around us opens a new one.
    Expired,
    /// Something entered is wrong: words by field; under the empty name what is about all of them.
    Fields(Map<String, Value>),
    /// It may be asked again after so many seconds; why, in words.
    Wait(u32, String),
    /// Anything else, in words.
    Words(String),
}

impl Failed {
    /// For where there are no fields.
    pub(super) fn words(self) -> String {
        match self {
            Self::Words(words) | Self::Wait(_, words) => words,
            Self::Fields(fields) => {
                let words: Vec<_> = fields.values().filter_map(Value::as_str).collect();
                words.join(" ")
            }
            Self::Expired => "This window has ended; open it again.".to_owned(),
        }
    }
}

pub(super) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Failed> {
    read(prepared(Request::get(&address(path))).send().await).await
}

pub(super) async fn post<T: DeserializeOwned>(path: &str, body: &Value) -> Result<T, Failed> {
    let request = prepared(Request::post(&address(path)))
        .header("content-type", "application/json")
        .body(body.to_string());
    match request {
        Ok(request) => read(request.send().await).await,
        Err(error) => Err(Failed::Words(error.to_string())),
    }
}

fn address(path: &str) -> String {
    BASE.with_borrow(|base| format!("{base}/_fn/portal{path}"))
}

fn prepared(request: RequestBuilder) -> RequestBuilder {
    TOKEN.with_borrow(|token| request.header("authorization", &format!("Bearer {token}")))
}

async fn read<T: DeserializeOwned>(
    answered: Result<Response, gloo_net::Error>,
) -> Result<T, Failed> {
    let offline = || {
        Failed::Words(
            "The server could not be reached. Check your connection and try again.".to_owned(),
        )
    };
    let response = answered.map_err(|_| offline())?;
    if response.ok() {
        return response.json().await.map_err(|_| offline());
    }
    let body: Value = response.json().await.unwrap_or_default();
    if body["code"] == "portal_session_expired" {
        return Err(Failed::Expired);
    }
    if let Some(fields) = body["meta"]["fields"].as_array() {
        let named = fields.iter().filter_map(|field| {
            Some((field["field"].as_str()?.to_owned(), field["message"].clone()))
        });
        return Err(Failed::Fields(named.collect()));
    }
    let wait = body["meta"]["retryAfter"].as_u64().and_then(|wait| u32::try_from(wait).ok());
    match body["message"].as_str() {
        Some(words) if wait.is_some() => {
            Err(Failed::Wait(wait.unwrap_or_default(), words.to_owned()))
        }
        Some(words) => Err(Failed::Words(words.to_owned())),
        None => Err(offline()),
    }
}
