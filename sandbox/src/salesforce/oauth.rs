//! The web server flow with PKCE, as an External Client App has it.

use super::pages::BRAND;
use crate::consent::{self, Consent};
use crate::state::{Code, Sandbox, Token, USERS, User, secret};
use axum::Form;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use url::Url;

const CLIENT_ID: &str = "portico-demo";
const CLIENT_SECRET: &str = "portico-demo-secret";
const CODE_LIFE_MS: i64 = 15 * 60 * 1000;

#[derive(Clone, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    response_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    code_challenge: String,
    #[serde(default)]
    code_challenge_method: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
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
            () if self.response_type != "code" => Some("unsupported_response_type"),
            () if self.code_challenge.is_empty() || self.code_challenge_method != "S256" => {
                Some("invalid_request: missing required code challenge")
            }
            () => None,
        }
    }
}

/// A person signs in where everybody does, or at the address of their own org.
fn signs_in(user: &User, login: &str) -> bool {
    user.login == login || user.org == login
}

/// The consent page.
pub(crate) async fn consent(
    Path(login): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, (StatusCode, Html<String>)> {
    if let Some(problem) = asked.problem() {
        return Err((StatusCode::BAD_REQUEST, consent::refused(&BRAND, "OAuth Error", problem)));
    }
    let words = |user: &User| format!("{} <{}>", user.name, user.username);
    let users = USERS.iter().filter(|user| signs_in(user, &login));
    let consent = Consent {
        brand: &BRAND,
        title: "Allow access?",
        scopes: asked.scope.split(' ').collect(),
        choose: ("Sign in as", "user"),
        choices: users.map(|user| (user.username.to_owned(), words(user))).collect(),
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
    Ok(consent.page())
}

/// What the person decided.
pub(crate) async fn decide(
    State(sandbox): State<Sandbox>,
    Path(login): Path<String>,
    Form(asked): Form<Asked>,
) -> Response {
    let user = USERS.iter().find(|user| signs_in(user, &login) && user.username == asked.user);
    let (None, Ok(mut back)) = (asked.problem(), Url::parse(&asked.redirect_uri)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match user {
        Some(user) if asked.decision == "allow" => {
            let code = format!("aPrx{}==", secret());
            let mut world = sandbox.world();
            let until = world.now() + CODE_LIFE_MS;
            world.codes.insert(
                code.clone(),
                Code {
                    user,
                    redirect_uri: asked.redirect_uri.clone(),
                    challenge: asked.code_challenge.clone(),
                    scope: asked.scope.clone(),
                    until,
                    used: false,
                },
            );
            back.query_pairs_mut().append_pair("code", &code);
        }
        _ => {
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("error_description", "end-user denied authorization");
        }
    }
    back.query_pairs_mut().append_pair("state", &asked.state);
    Redirect::to(back.as_str()).into_response()
}

type Refused = (StatusCode, Json<Value>);

fn refused(error: &str, description: &str) -> Refused {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body))
}

/// The token endpoint.
pub(crate) async fn token(
    State(sandbox): State<Sandbox>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Result<Json<Value>, Refused> {
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("client_id") != CLIENT_ID {
        return Err(refused("invalid_client_id", "client identifier invalid"));
    }
    if field("client_secret") != CLIENT_SECRET {
        return Err(refused("invalid_client", "invalid client credentials"));
    }
    match field("grant_type") {
        "authorization_code" => {
            exchange(&sandbox, field("code"), field("redirect_uri"), field("code_verifier"))
        }
        "refresh_token" => refresh(&sandbox, field("refresh_token")),
        _ => Err(refused("unsupported_grant_type", "grant type not supported")),
    }
}

fn exchange(
    sandbox: &Sandbox,
    code: &str,
    redirect_uri: &str,
    verifier: &str,
) -> Result<Json<Value>, Refused> {
    let mut world = sandbox.world();
    let now = world.now();
    let expired = || refused("invalid_grant", "expired authorization code");
    let found = world.codes.get_mut(code).filter(|own| !own.used && own.until > now);
    let own = found.ok_or_else(expired)?;
    own.used = true;
    if own.redirect_uri != redirect_uri {
        return Err(refused("redirect_uri_mismatch", "redirect_uri must match configuration"));
    }
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != own.challenge {
        return Err(refused("invalid_grant", "invalid code verifier"));
    }
    let (user, scope) = (own.user, own.scope.clone());
    let token = Token {
        family: secret(),
        user,
        scope,
        access: format!("{}!{}", user.org_id, secret()),
        access_until: now + world.settings.access_token_life_s * 1000,
        refresh: format!("5Aep{}", secret()),
        former: Vec::new(),
        revoked: false,
    };
    let answer = answer(&token, now, Some(&token.refresh));
    world.tokens.push(token);
    Ok(Json(answer))
}

fn refresh(sandbox: &Sandbox, refresh_token: &str) -> Result<Json<Value>, Refused> {
    let mut world = sandbox.world();
    let (now, settings) = (world.now(), world.settings.clone());
    let dead = || refused("invalid_grant", "expired access/refresh token");
    if let Some(reused) =
        world.tokens.iter_mut().find(|own| own.former.iter().any(|former| former == refresh_token))
    {
        // A rotated token that comes again was stolen or lost: the whole approval ends.
        reused.revoked = true;
        tracing::info!(family = reused.family, "a refresh token was reused");
        return Err(dead());
    }
    let own = world
        .tokens
        .iter_mut()
        .find(|own| own.refresh == refresh_token && !own.revoked)
        .ok_or_else(dead)?;
    own.access = format!("{}!{}", own.user.org_id, secret());
    own.access_until = now + settings.access_token_life_s * 1000;
    let rotated = settings.rotate_refresh_tokens.then(|| format!("5Aep{}", secret()));
    if let Some(rotated) = &rotated {
        own.former.push(std::mem::replace(&mut own.refresh, rotated.clone()));
    }
    Ok(Json(answer(own, now, rotated.as_deref())))
}

fn answer(token: &Token, now: i64, refresh: Option<&str>) -> Value {
    let id = format!("https://login.salesforce.com/id/{}/{}", token.user.org_id, token.user.id);
    let mut body = json!({
        "access_token": token.access,
        "signature": STANDARD.encode(Sha256::digest(format!("{id}{now}"))),
        "scope": token.scope,
        "instance_url": instance_url(token.user),
        "id": id,
        "token_type": "Bearer",
        "issued_at": now.to_string(),
    });
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
    }
    body
}

/// Real-looking: whoever calls it maps the host.
fn instance_url(user: &User) -> String {
    format!("https://{}.my.salesforce.com", user.org)
}

/// Ends an approval.
pub(crate) async fn revoke(
    State(sandbox): State<Sandbox>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let token = form.get("token").map(String::as_str).unwrap_or_default();
    let mut world = sandbox.world();
    match world.tokens.iter_mut().find(|own| own.access == token || own.refresh == token) {
        Some(own) => {
            own.revoked = true;
            StatusCode::OK.into_response()
        }
        None => refused("invalid_token", "invalid token").into_response(),
    }
}

/// The person behind a bearer token.
pub(crate) fn bearer(sandbox: &Sandbox, headers: &HeaderMap) -> Option<&'static User> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    sandbox.world().user_of_access(header.strip_prefix("Bearer ")?)
}

pub(crate) async fn userinfo(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let Some(user) = bearer(&sandbox, &headers) else {
        return (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response();
    };
    Json(json!({
        "sub": format!("https://login.salesforce.com/id/{}/{}", user.org_id, user.id),
        "user_id": user.id, "organization_id": user.org_id,
        "preferred_username": user.username, "name": user.name, "email": user.username,
        "zoneinfo": "Europe/Berlin",
    }))
    .into_response()
}

pub(crate) async fn identity(State(sandbox): State<Sandbox>, headers: HeaderMap) -> Response {
    let Some(user) = bearer(&sandbox, &headers) else {
        return (StatusCode::FORBIDDEN, "Bad_OAuth_Token").into_response();
    };
    Json(json!({
        "user_id": user.id, "organization_id": user.org_id, "username": user.username,
        "display_name": user.name, "email": user.username, "active": true,
        "urls": { "rest": format!("{}/services/data/v{{version}}/", instance_url(user)) },
    }))
    .into_response()
}
