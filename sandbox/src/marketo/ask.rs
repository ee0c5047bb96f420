//! What a call brings: parameters, a body, a token.

use super::crowd::{self, Named, Place};
use super::envelope::{Error, error, invalid, missing};
use crate::state::Sandbox;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// "The maximum and default batch size is 300"; also the most records of a request.
pub(super) const MOST: usize = 300;
/// "414 will be returned when the URI of a GET request exceeds 8KB" ("Error codes").
const LONGEST_URI: usize = 8192;

/// A call, before it is let in.
pub(super) struct Ask {
    /// `None`: no such host.
    pub(super) instance: Option<&'static str>,
    pub(super) token: Option<String>,
    pub(super) place: Place,
    /// A POST with `_method=GET` is a GET whose parameters are too long for a URI.
    pub(super) reads: bool,
    named: BTreeMap<String, String>,
    params: Vec<(String, String)>,
    json: bool,
    body: String,
}

impl FromRequest<Sandbox> for Ask {
    type Rejection = Response;

    async fn from_request(request: Request, state: &Sandbox) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        if parts.uri.path_and_query().is_some_and(|own| own.as_str().len() > LONGEST_URI) {
            return Err((StatusCode::URI_TOO_LONG, "Request-URI Too Long").into_response());
        }
        let named: Named = Path::from_request_parts(&mut parts, state).await;
        let place = parts.extensions.get().copied().unwrap_or_default();
        let mut params = pairs(parts.uri.query().unwrap_or_default());
        // The limit of a body stands in the extensions: more than it is a 413.
        let whole = Request::from_parts(parts.clone(), body);
        let body = String::from_request(whole, state).await.map_err(IntoResponse::into_response)?;
        let form = kind_is(&parts.headers, "application/x-www-form-urlencoded");
        if form {
            params.extend(pairs(&body));
        }
        let get = params.iter().any(|(key, value)| key == "_method" && value == "GET");
        Ok(Self {
            instance: crowd::instance(&named),
            token: bearer(&parts.headers),
            place,
            reads: parts.method == Method::POST && get,
            named: named.map(|Path(named)| named).unwrap_or_default(),
            params,
            json: kind_is(&parts.headers, "application/json"),
            body: if form { String::new() } else { body },
        })
    }
}

/// "`access_token` as a parameter": no longer, since 31 August 2026 ("Authentication").
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = value.strip_prefix("Bearer ")?.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

fn kind_is(headers: &HeaderMap, kind: &str) -> bool {
    let own = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    own.and_then(|own| own.split(';').next()).is_some_and(|own| own.trim() == kind)
}

fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

impl Ask {
    /// Whether its body is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// A parameter that has a value.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        let own = self.params.iter().find(|(key, value)| key == name && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }

    /// The values of a parameter that stands there again and again.
    pub(super) fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.params.iter().filter(move |(key, value)| key == name && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }

    /// A parameter that must have a value.
    pub(super) fn required(&self, name: &str) -> Result<&str, Error> {
        self.param(name).ok_or_else(|| missing(name))
    }

    /// The values of a parameter, with commas between them; empty without the parameter.
    pub(super) fn many(&self, name: &str) -> Vec<&str> {
        let own = self.param(name).unwrap_or_default().split(',').map(str::trim);
        own.filter(|value| !value.is_empty()).collect()
    }

    /// A number, if it is there.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Error> {
        let read = |text: &str| text.parse().map_err(|_| invalid(text, "Integer"));
        self.param(name).map(read).transpose()
    }

    /// How many records a page has.
    pub(super) fn batch(&self) -> Result<usize, Error> {
        Ok(self.number("batchSize")?.unwrap_or(MOST).clamp(1, MOST))
    }

    /// `offset` and `maxReturn` of the asset API: "default 20, maximum 200".
    pub(super) fn window(&self) -> Result<(usize, usize), Error> {
        let size = self.number("maxReturn")?.unwrap_or(20usize);
        Ok((self.number("offset")?.unwrap_or(0), size.clamp(1, 200)))
    }

    /// A named part of the path without its `.json`.
    pub(super) fn name(&self, part: &str) -> &str {
        let own = self.named.get(part).map(String::as_str).unwrap_or_default();
        own.strip_suffix(".json").unwrap_or(own)
    }

    /// An id in the path.
    pub(super) fn id(&self) -> Result<u64, Error> {
        let own = self.name("id");
        own.parse().map_err(|_| invalid(own, "Integer"))
    }

    /// Where a page begins, by a token of the same kind of page.
    pub(super) fn cursor(&self, kind: &str) -> Result<Option<Vec<i64>>, Error> {
        self.param("nextPageToken").map(|token| opened(kind, token)).transpose()
    }

    /// Whether there is a body.
    pub(super) fn has_body(&self) -> bool {
        !self.body.trim().is_empty()
    }

    /// The body.
    pub(super) fn input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.json {
            return Err(error("612", "Invalid Content Type"));
        }
        serde_json::from_str(&self.body).map_err(|_| error("609", "Invalid JSON"))
    }
}

/// A page token: nothing that a caller could read a number from.
pub(super) fn sealed(kind: &str, at: &[i64]) -> String {
    let at: Vec<String> = at.iter().map(i64::to_string).collect();
    STANDARD.encode(format!("{kind}:{}", at.join(":")))
}

fn opened(kind: &str, token: &str) -> Result<Vec<i64>, Error> {
    let plain = STANDARD.decode(token).ok().and_then(|own| String::from_utf8(own).ok());
    let at = plain.as_deref().and_then(|own| own.strip_prefix(kind)?.strip_prefix(':'));
    let at = at.and_then(|own| own.split(':').map(|part| part.parse().ok()).collect());
    at.ok_or_else(|| error("1003", format!("Invalid nextPageToken '{token}'")))
}
