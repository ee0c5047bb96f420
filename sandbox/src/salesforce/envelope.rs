//! What every call of the REST API shares: who calls, which org, which version, how often.

use super::failure::Error;
use super::rest::dispatch;
use super::seed::{ORGS, Org, User};
use super::store::Fields;
use super::{VERSIONS, World};
use crate::state::Sandbox;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// Larger bodies are refused.
const MOST_BYTES: usize = 50 * 1024 * 1024;

pub(super) type Done = Result<(StatusCode, Value), Error>;

/// What is asked for.
#[derive(Clone, Default)]
pub(super) struct Call {
    pub(super) method: String,
    /// Behind the version.
    pub(super) path: Vec<String>,
    query: Vec<(String, String)>,
    /// `Sforce-Query-Options`
    options: String,
    body: Vec<u8>,
}

impl Call {
    /// A call of this path, with its query.
    pub(super) fn new(method: &str, path: &str, query: &str) -> Self {
        let decoded = |own: &str| percent_decode_str(own).decode_utf8_lossy().into_owned();
        Self {
            method: method.to_owned(),
            path: path.split('/').filter(|own| !own.is_empty()).map(decoded).collect(),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            ..Self::default()
        }
    }

    pub(super) fn with(self, body: &Value) -> Self {
        Self { body: body.to_string().into_bytes(), ..self }
    }

    pub(super) fn query(&self, key: &str) -> Option<&str> {
        let own = self.query.iter().find(|(name, _)| name == key);
        own.map(|(_, value)| value.as_str())
    }

    /// What the header of a query says of something: `batchSize=200`.
    pub(super) fn option(&self, key: &str) -> Option<&str> {
        self.options.split([',', ' ']).find_map(|own| own.strip_prefix(key)?.strip_prefix('='))
    }

    /// The body, as JSON of a shape.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|why| {
            let words = format!("{why} at [line:{}, column:{}]", why.line(), why.column());
            Error::bad("JSON_PARSER_ERROR", words)
        })
    }

    /// The fields of a record.
    pub(super) fn fields(&self) -> Result<Fields, Error> {
        self.json()
    }
}

/// A call that was let in.
pub(super) struct Api<'w> {
    pub(super) world: &'w mut World,
    pub(super) org: &'static Org,
    pub(super) user: &'static User,
    pub(super) now: i64,
    pub(super) version: String,
    /// `Sforce-Duplicate-Rule-Header: allowSave=true`
    pub(super) allow_duplicates: bool,
}

impl World {
    /// Under which My Domain an org is reached now.
    pub(super) fn domain<'w>(&'w self, org: &'w Org) -> &'w str {
        self.settings.moved.get(org.domain).map_or(org.domain, String::as_str)
    }

    /// The org that is reached under a My Domain.
    pub(super) fn org(&self, domain: &str) -> Option<&'static Org> {
        ORGS.iter().find(|org| self.domain(org) == domain)
    }

    /// Who calls: a live token of this org, and with `api` among its scopes.
    fn admitted(&self, domain: &str, token: &str, now: i64) -> Result<&'static User, Error> {
        let token = self.live_access(token, now).ok_or_else(Error::session)?;
        if self.domain(token.user.org) != domain {
            return Err(Error::session());
        }
        if !token.has_scope("api") {
            let words = "This session is not valid for use with the REST API";
            return Err(Error::forbidden("INVALID_SESSION_ID", words));
        }
        Ok(token.user)
    }
}

pub(super) fn bearer(headers: &HeaderMap) -> &str {
    let text = headers.get(header::AUTHORIZATION).and_then(|own| own.to_str().ok());
    let text = text.unwrap_or_default();
    // Salesforce takes both words.
    text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("OAuth ")).unwrap_or_default()
}

/// A call of the REST API.
pub(super) async fn call(
    State(sandbox): State<Sandbox>,
    Path(at): Path<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let of = |key: &str| at.get(key).cloned().unwrap_or_default();
    let (domain, version) = (of("org"), of("version"));
    let (parts, body) = request.into_parts();
    let text =
        |name: &str| parts.headers.get(name).and_then(|own| own.to_str().ok()).unwrap_or_default();
    let path = parts.uri.path();
    let behind = path.find(&version).map_or("", |index| &path[index + version.len()..]);
    let mut call = Call::new(parts.method.as_str(), behind, parts.uri.query().unwrap_or_default());
    call.options = text("sforce-query-options").to_owned();
    let is_form = text("content-type").starts_with("application/x-www-form-urlencoded");
    let readable = !is_form || parts.method == "GET";
    let Ok(body) = to_bytes(body, MOST_BYTES).await else {
        return refused(&Error::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "REQUEST_TOO_LARGE",
            "The request is too large.",
        ));
    };
    call.body = body.to_vec();
    let token = bearer(&parts.headers);
    let mut world = sandbox.world();
    let now = world.now();
    let world = &mut world.salesforce;
    let user = match world.admitted(&domain, token, now) {
        Ok(user) => user,
        Err(error) => return refused(&error),
    };
    if let Err(error) = world.limits.take(user.org.domain, &world.settings, now) {
        return refused(&error);
    }
    let number = version.strip_prefix('v').and_then(|own| own.strip_suffix(".0")?.parse().ok());
    let known = number.is_some_and(|own| VERSIONS.contains(&own));
    let allow_duplicates = text("sforce-duplicate-rule-header").contains("allowSave=true");
    let mut api = Api { world, org: user.org, user, now, version, allow_duplicates };
    let done = match (known, readable) {
        (false, _) => Err(Error::missing()),
        (true, false) => {
            let words = format!("Content-Type of '{}' is not supported.", text("content-type"));
            Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", words))
        }
        (true, true) => dispatch(&mut api, &call),
    };
    let mut response = match done {
        Ok((StatusCode::NO_CONTENT, _)) => StatusCode::NO_CONTENT.into_response(),
        Ok((status, body)) => (status, Json(body)).into_response(),
        Err(error) => refused(&error),
    };
    let (used, most) = (api.world.limits.used(api.org.domain), api.world.settings.daily_calls);
    if let Ok(usage) = HeaderValue::from_str(&format!("api-usage={used}/{most}")) {
        response.headers_mut().insert("sforce-limit-info", usage);
    }
    response
}

fn refused(error: &Error) -> Response {
    (error.status, Json(error.body())).into_response()
}
