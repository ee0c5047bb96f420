//! OAuth: the consent page, and what a person decides there ("Working with OAuth").

use super::BRAND;
use super::knobs::Settings;
use super::seed::{PORTALS, Portal};
use super::tokens::{CLIENT_ID, Code};
use crate::consent::{self, Consent};
use crate::state::{Sandbox, secret};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::BTreeSet;
use url::Url;

/// A code is exchanged at once, or not at all.
const CODE_LIFE_MS: i64 = 30 * 1000;

/// What the authorize page is asked with. An app that is installed from the marketplace comes back
/// without a state: nobody gave one.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    client_id: String,
    redirect_uri: String,
    scope: String,
    optional_scope: String,
    state: String,
    code_challenge: String,
    code_challenge_method: String,
    portal: String,
    decision: String,
}

const MISMATCH: &str = "Authorization failed because there is a mismatch between the scopes in the install URL and the \
     app's configured scopes.";

impl Asked {
    /// Shown to the person: nothing goes back to the app.
    fn problem(&self, settings: &Settings) -> Option<&'static str> {
        let scopes: BTreeSet<_> = self.scopes().collect();
        let required = settings.required_scopes.as_ref();
        let fits = match required {
            Some(required) => {
                required.iter().map(String::as_str).collect::<BTreeSet<_>>() == scopes
            }
            None => scopes.contains("oauth"),
        };
        match () {
            () if self.client_id != CLIENT_ID => {
                Some("Authorization failed because the client id is unknown.")
            }
            () if !is_safe(&self.redirect_uri) => Some(
                "Authorization failed because the redirect URL doesn't match the ones of the app, or \
                 isn't https.",
            ),
            () if !fits => Some(MISMATCH),
            () if !matches!(self.code_challenge_method.as_str(), "" | "S256") => {
                Some("Authorization failed because the code challenge method must be S256.")
            }
            () => None,
        }
    }

    fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split_whitespace()
    }

    /// What a portal grants: what is required, and of the optional scopes those that it has.
    fn granted(&self, portal: &Portal) -> Option<Vec<String>> {
        let has = |scope: &&str| !portal.lacks.contains(scope);
        if !self.scopes().all(|scope| has(&scope)) {
            return None;
        }
        let mut granted: Vec<String> = Vec::new();
        for scope in self.scopes().chain(self.optional_scope.split_whitespace().filter(has)) {
            if granted.iter().all(|own| own != scope) {
                granted.push(scope.to_owned());
            }
        }
        Some(granted)
    }
}

/// https, or http to this machine.
fn is_safe(redirect_uri: &str) -> bool {
    let local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    Url::parse(redirect_uri)
        .is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && local(&url)))
}

fn refused(problem: &str) -> (StatusCode, Html<String>) {
    (StatusCode::BAD_REQUEST, consent::refused(&BRAND, "Authorization failed", problem))
}

/// The consent page.
pub(super) async fn consent(
    State(sandbox): State<Sandbox>,
    Query(asked): Query<Asked>,
) -> (StatusCode, Html<String>) {
    if let Some(problem) = asked.problem(&sandbox.world().hubspot.settings) {
        return refused(problem);
    }
    let words = |portal: &Portal| format!("{} ({}, {})", portal.name, portal.id, portal.user);
    let consent = Consent {
        brand: &BRAND,
        title: "Connect Portico demo to HubSpot",
        scopes: asked.scopes().chain(asked.optional_scope.split_whitespace()).collect(),
        choose: ("Choose an account", "portal"),
        choices: PORTALS.iter().map(|portal| (portal.id.to_string(), words(portal))).collect(),
        hidden: &[
            ("client_id", &asked.client_id),
            ("redirect_uri", &asked.redirect_uri),
            ("scope", &asked.scope),
            ("optional_scope", &asked.optional_scope),
            ("state", &asked.state),
            ("code_challenge", &asked.code_challenge),
            ("code_challenge_method", &asked.code_challenge_method),
        ],
        buttons: [("cancel", "Cancel"), ("allow", "Connect app")],
    };
    (StatusCode::OK, consent.page())
}

/// What the person decided.
pub(super) async fn decide(State(sandbox): State<Sandbox>, Form(asked): Form<Asked>) -> Response {
    let mut world = sandbox.world();
    if let Some(problem) = asked.problem(&world.hubspot.settings) {
        return refused(problem).into_response();
    }
    let Ok(mut back) = Url::parse(&asked.redirect_uri) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let portal = PORTALS.iter().find(|portal| portal.id.to_string() == asked.portal);
    match portal {
        Some(portal) if asked.decision == "allow" => {
            let Some(scopes) = asked.granted(portal) else {
                return refused(
                    "This account doesn't have access to some of the app's required scopes.",
                )
                .into_response();
            };
            let code = secret();
            let made = Code {
                portal,
                redirect_uri: asked.redirect_uri.clone(),
                scopes,
                challenge: Some(asked.code_challenge.clone()).filter(|text| !text.is_empty()),
                until: world.now() + CODE_LIFE_MS,
                used: false,
            };
            world.hubspot.codes.insert(code.clone(), made);
            back.query_pairs_mut().append_pair("code", &code);
        }
        _ => {
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", "user denied access");
        }
    }
    if !asked.state.is_empty() {
        back.query_pairs_mut().append_pair("state", &asked.state);
    }
    Redirect::to(back.as_str()).into_response()
}
