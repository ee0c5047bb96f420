//! OAuth: consent in one of two portals, tokens of half an hour, introspection ("Working with OAuth").

use super::BRAND;
use super::seed::{PORTALS, Portal};
use crate::consent::{self, Consent};
use crate::state::{Sandbox, secret};
use axum::Json;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

const CLIENT_ID: &str = "portico-demo";
const CLIENT_SECRET: &str = "portico-demo-secret";
const CODE_LIFE_MS: i64 = 30 * 1000;
/// `expires_in` 1800.
const ACCESS_LIFE_MS: i64 = 1800 * 1000;

/// A code that waits to be exchanged.
pub(super) struct Code {
    portal: &'static Portal,
    redirect_uri: String,
    scopes: Vec<String>,
    challenge: Option<String>,
    until: i64,
    used: bool,
}

/// What a portal granted.
pub(super) struct Grant {
    pub(super) portal: &'static Portal,
    pub(super) scopes: Vec<String>,
    pub(super) access: String,
    pub(super) until: i64,
    refresh: String,
    pub(super) revoked: bool,
}

/// What the authorize page is asked with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    code_challenge: String,
    portal: String,
    decision: String,
}

impl Asked {
    /// Shown to the person: nothing goes back to the app.
    fn problem(&self) -> Option<&'static str> {
        let target = Url::parse(&self.redirect_uri).ok();
        let local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        let fits = target
            .is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && local(&url)));
        match () {
            () if self.client_id != CLIENT_ID => Some("Couldn't find the app with this client id."),
            () if !fits => Some("The redirect URL doesn't match the app's."),
            () if !self.scope.split(' ').any(|scope| scope == "oauth") => Some(
                "Authorization failed because the scopes don't match the app's required scopes.",
            ),
            () => None,
        }
    }
}

/// The consent page.
pub(super) async fn consent(Query(asked): Query<Asked>) -> (StatusCode, Html<String>) {
    if let Some(problem) = asked.problem() {
        return (
            StatusCode::BAD_REQUEST,
            consent::refused(&BRAND, "Authorization failed", problem),
        );
    }
    let words = |portal: &Portal| format!("{} ({}, {})", portal.name, portal.id, portal.user);
    let consent = Consent {
        brand: &BRAND,
        title: "Connect Portico demo to HubSpot",
        scopes: asked.scope.split(' ').collect(),
        choose: ("Choose an account", "portal"),
        choices: PORTALS.iter().map(|portal| (portal.id.to_string(), words(portal))).collect(),
        hidden: &[
            ("client_id", &asked.client_id),
            ("redirect_uri", &asked.redirect_uri),
            ("scope", &asked.scope),
            ("state", &asked.state),
            ("code_challenge", &asked.code_challenge),
        ],
        buttons: [("cancel", "Cancel"), ("allow", "Connect app")],
    };
    (StatusCode::OK, consent.page())
}

/// What the person decided.
pub(super) async fn decide(State(sandbox): State<Sandbox>, Form(asked): Form<Asked>) -> Response {
    let portal = PORTALS.iter().find(|portal| portal.id.to_string() == asked.portal);
    let (None, Ok(mut back)) = (asked.problem(), Url::parse(&asked.redirect_uri)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match portal {
        Some(portal) if asked.decision == "allow" => {
            let code = secret();
            let mut world = sandbox.world();
            let until = world.now() + CODE_LIFE_MS;
            let made = Code {
                portal,
                redirect_uri: asked.redirect_uri.clone(),
                scopes: asked.scope.split(' ').map(str::to_owned).collect(),
                challenge: Some(asked.code_challenge.clone()).filter(|text| !text.is_empty()),
                until,
                used: false,
            };
            world.hubspot.codes.insert(code.clone(), made);
            back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state);
        }
        _ => {
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", "user denied access")
                .append_pair("state", &asked.state);
        }
    }
    Redirect::to(back.as_str()).into_response()
}

/// What tokens are asked for with: a form, never the query.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    redirect_uri: String,
    code: String,
    code_verifier: String,
    refresh_token: String,
}

type Refused = (StatusCode, Json<Value>);

fn refused(status: &str, words: &str) -> Refused {
    let body = json!({
        "error": "invalid_grant", "error_description": words, "status": status, "message": words,
    });
    (StatusCode::BAD_REQUEST, Json(body))
}

fn check_client(id: &str, password: &str) -> Result<(), Refused> {
    match (id == CLIENT_ID, password == CLIENT_SECRET) {
        (true, true) => Ok(()),
        (false, _) => Err(refused("BAD_CLIENT_ID", "missing or invalid client id")),
        (true, false) => Err(refused("BAD_CLIENT_SECRET", "missing or invalid client secret")),
    }
}

/// Tokens for a code or for a refresh token, which stays the same.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    Form(asked): Form<TokenRequest>,
) -> Result<Json<Value>, Refused> {
    check_client(&asked.client_id, &asked.client_secret)?;
    let mut world = sandbox.world();
    let now = world.now();
    let hubspot = &mut world.hubspot;
    let index = match asked.grant_type.as_str() {
        "authorization_code" => {
            let code = hubspot.codes.get_mut(&asked.code).filter(|code| !code.used);
            let code =
                code.ok_or_else(|| refused("BAD_AUTH_CODE", "missing or unknown auth code"))?;
            if code.until <= now {
                return Err(refused("EXPIRED_AUTH_CODE", "auth code is expired"));
            }
            if code.redirect_uri != asked.redirect_uri {
                return Err(refused("MISMATCH_REDIRECT_URI_AUTH_CODE", "redirect URI mismatch"));
            }
            let digest = Sha256::digest(asked.code_verifier.as_bytes());
            let shown = URL_SAFE_NO_PAD.encode(digest);
            if code.challenge.as_ref().is_some_and(|challenge| *challenge != shown) {
                return Err(refused("BAD_AUTH_CODE", "code verifier does not match"));
            }
            code.used = true;
            let grant = Grant {
                portal: code.portal,
                scopes: code.scopes.clone(),
                access: String::new(),
                until: 0,
                refresh: secret(),
                revoked: false,
            };
            hubspot.grants.push(grant);
            hubspot.grants.len() - 1
        }
        "refresh_token" => {
            let live = |own: &Grant| own.refresh == asked.refresh_token && !own.revoked;
            hubspot.grants.iter().position(live).ok_or_else(|| {
                refused("BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
            })?
        }
        _ => return Err(refused("BAD_GRANT_TYPE", "missing or unknown grant type")),
    };
    let Some(grant) = hubspot.grants.get_mut(index) else {
        return Err(refused("BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked"));
    };
    // Long on purpose: HubSpot's are several hundred characters.
    grant.access = format!("CL{}{}{}", secret(), secret(), secret());
    grant.until = now + ACCESS_LIFE_MS;
    Ok(Json(json!({
        "access_token": grant.access, "refresh_token": grant.refresh,
        "expires_in": ACCESS_LIFE_MS / 1000, "token_type": "bearer", "hub_id": grant.portal.id,
        "user_id": grant.portal.user_id, "scopes": grant.scopes, "token_use": "access_token",
    })))
}

/// Which token, and whose app asks.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TokenQuestion {
    token: String,
    client_id: String,
    client_secret: String,
}

/// Whose token it is.
pub(super) async fn introspect(
    State(sandbox): State<Sandbox>,
    Form(asked): Form<TokenQuestion>,
) -> Result<Json<Value>, Refused> {
    check_client(&asked.client_id, &asked.client_secret)?;
    let world = sandbox.world();
    let now = world.now();
    let live = |own: &&Grant| {
        !own.revoked
            && (own.refresh == asked.token || (own.access == asked.token && own.until > now))
    };
    Ok(Json(match world.hubspot.grants.iter().find(live) {
        None => json!({ "active": false }),
        Some(grant) => json!({
            "active": true, "hub_id": grant.portal.id, "hub_domain": grant.portal.domain,
            "user": grant.portal.user, "user_id": grant.portal.user_id, "app_id": 54321,
            "client_id": CLIENT_ID, "scopes": grant.scopes, "expires_in": (grant.until - now) / 1000,
            "token_type": "bearer", "token_use": "access_token",
        }),
    }))
}

/// Ends a grant. (The app stays installed; who may revoke is not checked: RFC 7009 §2.1 leaves public
/// clients be.)
pub(super) async fn revoke(
    State(sandbox): State<Sandbox>,
    Form(asked): Form<TokenQuestion>,
) -> StatusCode {
    let mut world = sandbox.world();
    let fits = |own: &&mut Grant| own.refresh == asked.token || own.access == asked.token;
    if let Some(grant) = world.hubspot.grants.iter_mut().find(fits) {
        grant.revoked = true;
    }
    StatusCode::NO_CONTENT
}
