//! What every call of the API shares: who calls, how often, and with which scopes.

use super::World;
use super::failure::Error;
use super::limits::Budget;
use super::seed::Portal;
use crate::state::Sandbox;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::{FromRequest, RawPathParams, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::convert::Infallible;
use url::form_urlencoded;

/// Larger bodies are refused.
const MOST_BYTES: usize = 10 * 1024 * 1024;

/// What came in beside the path.
pub(super) struct Asked {
    token: String,
    query: Vec<(String, String)>,
    is_json: bool,
    /// `None`: too large.
    body: Option<Vec<u8>>,
}

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        let text = |name| {
            let value = parts.headers.get(name);
            value.and_then(|value| value.to_str().ok()).unwrap_or_default()
        };
        let token = text(header::AUTHORIZATION).strip_prefix("Bearer ").unwrap_or_default();
        let token = token.to_owned();
        let is_json = text(header::CONTENT_TYPE).starts_with("application/json");
        let query = parts.uri.query().unwrap_or_default();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let body = to_bytes(body, MOST_BYTES).await.ok().map(|body| body.to_vec());
        Ok(Self { token, query, is_json, body })
    }
}

impl Asked {
    /// A parameter of the query; an empty one is none.
    pub(super) fn query(&self, key: &str) -> Option<&str> {
        let own = self.query.iter().find(|(name, value)| name == key && !value.is_empty());
        own.map(|(_, value)| value.as_str())
    }

    /// A parameter with several values: repeated, or with commas between them.
    pub(super) fn list(&self, key: &str) -> Vec<String> {
        let own = self.query.iter().filter(|(name, _)| name == key);
        let parts = own.flat_map(|(_, value)| value.split(','));
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Whether the archived ones are asked for.
    pub(super) fn archived(&self) -> bool {
        self.query("archived") == Some("true")
    }

    /// A page: where it starts, and how long it is.
    pub(super) fn page(&self, usual: usize, most: usize) -> Result<Page, Error> {
        let number = |key: &str, usual: usize| match self.query(key) {
            None => Ok(usual),
            Some(text) => text.parse::<usize>().map_err(|_| {
                Error::invalid(format!("Invalid query parameter: '{key}' is not a number: {text}"))
            }),
        };
        let (start, limit) = (number("after", 0)?, number("limit", usual)?);
        if limit == 0 || limit > most {
            let words = format!("Invalid query parameter: 'limit' must be from 1 to {most}");
            return Err(Error::invalid(words));
        }
        Ok(Page { start, limit })
    }

    /// The body, as JSON.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let Some(body) = &self.body else {
            return Err(Error::new(413, "VALIDATION_ERROR", "The request is too large."));
        };
        if !self.is_json {
            let words = "The content type of the request must be application/json.";
            return Err(Error::new(415, "VALIDATION_ERROR", words));
        }
        serde_json::from_slice(body).map_err(|why| Error::unreadable(&why))
    }
}

/// A page that is asked for.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) start: usize,
    pub(super) limit: usize,
}

impl Page {
    /// Of all there is, what is on the page; and, where there is more, where it goes on.
    pub(super) fn of(self, all: Vec<Value>, path: &str) -> Value {
        let total = all.len();
        let results: Vec<_> = all.into_iter().skip(self.start).take(self.limit).collect();
        let end = self.start.saturating_add(self.limit);
        if end >= total {
            return json!({ "results": results });
        }
        let link = format!("https://api.hubapi.com{path}?limit={}&after={end}", self.limit);
        json!({ "results": results, "paging": { "next": { "after": end.to_string(), "link": link } } })
    }
}

/// Scopes that a call needs.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    Any(&'static [&'static str]),
    All(&'static [&'static str]),
}

/// A call that was let in.
pub(super) struct Api<'w> {
    pub(super) world: &'w mut World,
    pub(super) portal: &'static Portal,
    pub(super) now: i64,
    scopes: Vec<String>,
}

impl Api<'_> {
    /// Refuses the call unless the app was granted what it needs. Which scopes are missing stands in
    /// the context, of the answer and of its error: both have been seen.
    pub(super) fn needs(&self, scope: Scope) -> Result<(), Error> {
        let has = |name: &&str| self.scopes.iter().any(|own| own == name);
        let (fits, names) = match scope {
            Scope::Any(names) => (names.iter().any(has), names),
            Scope::All(names) => (names.iter().all(has), names),
        };
        if fits {
            return Ok(());
        }
        let missing: Vec<_> = names.iter().filter(|name| !has(name)).collect();
        let words = "This app hasn't been granted all required scopes to make this call. Read more \
                     about required scopes here: https://developers.hubspot.com/scopes.";
        let context = json!({ "requiredGranularScopes": missing });
        let one = json!({ "message": "One or more of the following scopes are required.", "context": context });
        Err(Error::new(403, "MISSING_SCOPES", words)
            .with("errors", json!([one]))
            .with("context", context)
            .with("links", json!({ "scopes": "https://developers.hubspot.com/scopes" })))
    }
}

type Done = Result<(StatusCode, Value), Error>;

/// Does the work of a call.
pub(super) fn call(
    sandbox: &Sandbox,
    asked: &Asked,
    work: impl FnOnce(&mut Api<'_>) -> Done,
) -> Response {
    limited(sandbox, asked, Budget::Usual, work)
}

/// Does the work of a call that counts against a budget.
pub(super) fn limited(
    sandbox: &Sandbox,
    asked: &Asked,
    budget: Budget,
    work: impl FnOnce(&mut Api<'_>) -> Done,
) -> Response {
    let mut world = sandbox.world();
    let now = world.now();
    let world = &mut world.hubspot;
    let admitted = admitted(world, &asked.token, now);
    let admitted = admitted.and_then(|(portal, scopes)| {
        let left = world.limits.take(portal, budget, &world.settings, now)?;
        Ok((portal, scopes, left))
    });
    let (portal, scopes, left) = match admitted {
        Ok(admitted) => admitted,
        Err(error) => return error.answer(world.failed()),
    };
    let mut response = match work(&mut Api { world, portal, now, scopes }) {
        Ok((StatusCode::NO_CONTENT, _)) => StatusCode::NO_CONTENT.into_response(),
        Ok((status, body)) => (status, Json(body)).into_response(),
        Err(error) => error.answer(world.failed()),
    };
    if budget != Budget::Search {
        left.tell(&mut response);
    }
    response
}

fn admitted(world: &World, token: &str, now: i64) -> Result<(&'static Portal, Vec<String>), Error> {
    let found = world.grants.iter().find_map(|grant| Some((grant, grant.ends(token)?)));
    let Some((grant, until)) = found else {
        let words = "Authentication credentials not found. This API supports OAuth 2.0 authentication \
                     and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        return Err(Error::new(401, "INVALID_AUTHENTICATION", words));
    };
    if until <= now {
        let ago = (now - until) / 1000;
        let words = format!("The OAuth token used to make this call expired {ago} second(s) ago.");
        let context = json!({ "expire time": [super::times::shown(until)] });
        return Err(Error::new(401, "EXPIRED_AUTHENTICATION", words).with("context", context));
    }
    Ok((grant.portal, grant.scopes.clone()))
}

/// Which versions a path may name. `/v4` has associations only; the dates are those of "API
/// versioning".
pub(super) async fn versions(
    State(sandbox): State<Sandbox>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let version = params.iter().find(|(key, _)| *key == "version").map(|(_, value)| value);
    let known = match version {
        None | Some("v3" | "2026-03" | "2026-09") => true,
        Some("v4") => request.uri().path().contains("/associations"),
        Some(_) => false,
    };
    if known { next.run(request).await } else { nowhere(State(sandbox)).await }
}

/// There is no such path.
pub(super) async fn nowhere(State(sandbox): State<Sandbox>) -> Response {
    Error::missing().answer(sandbox.world().hubspot.failed())
}

/// The path is there; it is not asked so.
pub(super) async fn not_so(State(sandbox): State<Sandbox>) -> Response {
    let error = Error::new(405, "VALIDATION_ERROR", "HTTP 405 Method Not Allowed");
    error.answer(sandbox.world().hubspot.failed())
}
