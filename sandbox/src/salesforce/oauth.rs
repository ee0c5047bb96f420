//! The consent page of the web server flow with PKCE, as an External Client App has it.

use super::knobs::Settings;
use super::pages::BRAND;
use super::seed::{USERS, User};
use crate::consent::{self, Consent};
use crate::state::{Sandbox, secret};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

pub(super) const CLIENT_ID: &str = "portico-demo";
pub(super) const CLIENT_SECRET: &str = "portico-demo-secret";
const CODE_LIFE_MS: i64 = 15 * 60 * 1000;
/// What may be asked for.
const SCOPES: [&str; 11] = [
    "api",
    "refresh_token",
    "offline_access",
    "id",
    "openid",
    "profile",
    "email",
    "full",
    "web",
    "chatter_api",
    "custom_permissions",
];

/// A code that waits to be exchanged.
pub(super) struct Code {
    pub(super) user: &'static User,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) until: i64,
    pub(super) used: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    user: String,
    decision: String,
}

impl Asked {
    /// Errors here are shown to the person: there is nowhere safe to redirect to.
    fn problem(&self) -> Option<&'static str> {
        let target = Url::parse(&self.redirect_uri).ok();
        let loopback =
            |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let registered = target.is_some_and(|url| {
            url.scheme() == "https" || (url.scheme() == "http" && loopback(&url))
        });
        match () {
            () if self.client_id != CLIENT_ID => {
                Some("invalid_client_id: client identifier invalid")
            }
            () if !registered => {
                Some("redirect_uri_mismatch: redirect_uri must match configuration")
            }
            () => None,
        }
    }

    /// Errors that the app is told of, with their words. The method of the challenge may be left out:
    /// there is one.
    fn refusal(&self, org: &Settings) -> Option<(&'static str, &'static str)> {
        let known = |own: &str| own.is_empty() || SCOPES.contains(&own);
        match () {
            () if self.response_type != "code" => {
                Some(("unsupported_response_type", "response type not supported"))
            }
            () if self.code_challenge.is_empty()
                || !matches!(self.code_challenge_method.as_str(), "" | "S256") =>
            {
                Some(("invalid_request", "missing required code challenge"))
            }
            () if !self.scope.split(' ').all(known) => {
                Some(("invalid_scope", "the requested scope is not allowed"))
            }
            () if org.app_blocked => Some(("OAUTH_APP_BLOCKED", "this app is blocked by admin")),
            () if !org.app_installed => Some((
                "OAUTH_APPROVAL_ERROR_GENERIC",
                "An unexpected error has occurred during authentication",
            )),
            () => None,
        }
    }

    fn back(&self, pairs: &[(&str, &str)]) -> Response {
        let Ok(mut back) = Url::parse(&self.redirect_uri) else {
            return StatusCode::BAD_REQUEST.into_response();
        };
        back.query_pairs_mut().extend_pairs(pairs);
        if !self.state.is_empty() {
            back.query_pairs_mut().append_pair("state", &self.state);
        }
        Redirect::to(back.as_str()).into_response()
    }

    fn refused(&self, (error, words): (&str, &str)) -> Response {
        self.back(&[("error", error), ("error_description", words)])
    }
}

fn shown(problem: &str) -> Response {
    (StatusCode::BAD_REQUEST, consent::refused(&BRAND, "OAuth Error", problem)).into_response()
}

/// Who signs in at a host: `login`, `test`, or the My Domain of an org.
fn users(sandbox: &Sandbox, host: &str) -> Vec<&'static User> {
    let world = sandbox.world();
    let org = world.salesforce.org(host);
    let fits = |own: &&User| org.map_or(own.org.login == host, |org| own.org.id == org.id);
    USERS.iter().filter(fits).collect()
}

fn page(asked: &Asked, users: &[&'static User]) -> Html<String> {
    let words =
        |user: &&User| (user.username.to_owned(), format!("{} <{}>", user.name(), user.username));
    let consent = Consent {
        brand: &BRAND,
        title: "Allow access?",
        scopes: asked.scope.split(' ').collect(),
        choose: ("Sign in as", "user"),
        choices: users.iter().map(words).collect(),
        hidden: &[
            ("response_type", &asked.response_type),
            ("client_id", &asked.client_id),
            ("redirect_uri", &asked.redirect_uri),
            ("scope", &asked.scope),
            ("state", &asked.state),
            ("code_challenge", &asked.code_challenge),
            ("code_challenge_method", &asked.code_challenge_method),
        ],
        buttons: [("deny", "Deny"), ("allow", "Allow")],
    };
    consent.page()
}

/// The consent page.
pub(super) async fn consent(
    State(sandbox): State<Sandbox>,
    Path(host): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    if let Some(problem) = asked.problem() {
        return shown(problem);
    }
    let users = users(&sandbox, &host);
    if users.is_empty() {
        let words = "This page doesn't exist. Check the My Domain name of your org.";
        return (StatusCode::NOT_FOUND, consent::refused(&BRAND, "No such org", words))
            .into_response();
    }
    let org = sandbox.world().salesforce.settings.clone();
    match asked.refusal(&org) {
        Some(refusal) => asked.refused(refusal),
        None => page(&asked, &users).into_response(),
    }
}

/// What the person decided.
pub(super) async fn decide(
    State(sandbox): State<Sandbox>,
    Path(host): Path<String>,
    Form(asked): Form<Asked>,
) -> Response {
    if let Some(problem) = asked.problem() {
        return shown(problem);
    }
    let org = sandbox.world().salesforce.settings.clone();
    if let Some(refusal) = asked.refusal(&org) {
        return asked.refused(refusal);
    }
    let user = users(&sandbox, &host).into_iter().find(|own| own.username == asked.user);
    let Some(user) = user.filter(|_| asked.decision == "allow") else {
        return asked.refused(("access_denied", "end-user denied authorization"));
    };
    let code = format!("aPrx{}==", secret());
    let mut world = sandbox.world();
    let until = world.now() + CODE_LIFE_MS;
    let waiting = Code {
        user,
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.code_challenge.clone(),
        scope: asked.scope.clone(),
        until,
        used: false,
    };
    world.salesforce.codes.insert(code.clone(), waiting);
    asked.back(&[("code", &code)])
}
