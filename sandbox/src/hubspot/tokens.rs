//! Tokens of half an hour, and refresh tokens that stay the same ("OAuth tokens").

use super::seed::Portal;
use crate::state::{Sandbox, secret};
use axum::Json;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(super) const CLIENT_ID: &str = "portico-demo";
const CLIENT_SECRET: &str = "portico-demo-secret";
/// `expires_in` 1800.
const ACCESS_LIFE_MS: i64 = 1800 * 1000;
/// Several access tokens live at once; longer ago than this they are forgotten.
const MOST_TOKENS: usize = 20;

/// A code that waits to be exchanged.
pub(super) struct Code {
    pub(super) portal: &'static Portal,
    pub(super) redirect_uri: String,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: Option<String>,
    pub(super) until: i64,
    pub(super) used: bool,
}

/// What a portal granted.
pub(super) struct Grant {
    pub(super) portal: &'static Portal,
    pub(super) scopes: Vec<String>,
    /// Access tokens, and when they end.
    access: Vec<(String, i64)>,
    refresh: String,
    revoked: bool,
}

impl Grant {
    /// When an access token of this grant ends. `None`: it is none, or was revoked.
    pub(super) fn ends(&self, token: &str) -> Option<i64> {
        let own = self.access.iter().find(|(own, _)| own == token && !self.revoked);
        own.map(|(_, until)| *until)
    }

    /// Its access tokens end now.
    pub(super) fn expire(&mut self, now: i64) {
        for (_, until) in &mut self.access {
            *until = now.min(*until);
        }
    }

    /// It ends now.
    pub(super) fn revoke(&mut self) {
        self.revoked = true;
    }

    fn has(&self, token: &str) -> bool {
        self.refresh == token || self.access.iter().any(|(own, _)| own == token)
    }

    /// One more access token.
    fn renew(&mut self, now: i64) -> String {
        // Long on purpose: HubSpot's are several hundred characters.
        let token = format!("CL{}", [secret(), secret(), secret(), secret(), secret()].concat());
        if self.access.len() >= MOST_TOKENS {
            self.access.remove(0);
        }
        self.access.push((token.clone(), now + ACCESS_LIFE_MS));
        token
    }
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
type Asked<T> = Result<Form<T>, FormRejection>;

fn refused(status: &str, words: &str) -> Refused {
    let error = match status {
        "BAD_CLIENT_ID" | "BAD_CLIENT_SECRET" => "invalid_client",
        "BAD_GRANT_TYPE" => "unsupported_grant_type",
        _ => "invalid_grant",
    };
    let body = json!({
        "error": error, "error_description": words, "status": status, "message": words,
    });
    (StatusCode::BAD_REQUEST, Json(body))
}

fn form<T>(asked: Asked<T>) -> Result<T, Refused> {
    asked.map(|Form(asked)| asked).map_err(|why| {
        let body = json!({
            "status": "error", "category": "VALIDATION_ERROR", "message": why.body_text(),
            "correlationId": "00000000-0000-4000-8000-000000000000",
        });
        (why.status(), Json(body))
    })
}

fn check_client(id: &str, password: &str) -> Result<(), Refused> {
    match (id == CLIENT_ID, password == CLIENT_SECRET) {
        (true, true) => Ok(()),
        (false, _) => Err(refused("BAD_CLIENT_ID", "missing or invalid client id")),
        (true, false) => Err(refused("BAD_CLIENT_SECRET", "missing or invalid client secret")),
    }
}

/// Tokens, with whose they are.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    asked: Asked<TokenRequest>,
) -> Result<Json<Value>, Refused> {
    issued(&sandbox, &form(asked)?).map(Json)
}

/// The old endpoint says less.
pub(super) async fn token_v1(
    State(sandbox): State<Sandbox>,
    asked: Asked<TokenRequest>,
) -> Result<Json<Value>, Refused> {
    let body = issued(&sandbox, &form(asked)?)?;
    let field = |key: &str| body.get(key).cloned().unwrap_or_default();
    Ok(Json(json!({
        "token_type": field("token_type"), "refresh_token": field("refresh_token"),
        "access_token": field("access_token"), "expires_in": field("expires_in"),
    })))
}

/// Tokens for a code or for a refresh token, which stays the same.
fn issued(sandbox: &Sandbox, asked: &TokenRequest) -> Result<Value, Refused> {
    check_client(&asked.client_id, &asked.client_secret)?;
    let mut world = sandbox.world();
    let now = world.now();
    let hubspot = &mut world.hubspot;
    let unknown = || refused("BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked");
    let grant = match asked.grant_type.as_str() {
        "authorization_code" => {
            let code = hubspot.codes.get_mut(&asked.code).filter(|code| !code.used);
            let code =
                code.ok_or_else(|| refused("BAD_AUTH_CODE", "missing or unknown auth code"))?;
            let grant = exchanged(code, asked, now)?;
            hubspot.grants.push(grant);
            hubspot.grants.last_mut()
        }
        "refresh_token" => {
            let live = |own: &&mut Grant| own.refresh == asked.refresh_token && !own.revoked;
            hubspot.grants.iter_mut().find(live)
        }
        _ => return Err(refused("BAD_GRANT_TYPE", "missing or unknown grant type")),
    };
    let grant = grant.ok_or_else(unknown)?;
    let access = grant.renew(now);
    Ok(json!({
        "access_token": access, "refresh_token": grant.refresh,
        "expires_in": ACCESS_LIFE_MS / 1000, "token_type": "bearer", "hub_id": grant.portal.id,
        "user_id": grant.portal.user_id, "scopes": grant.scopes, "token_use": "access_token",
    }))
}

fn exchanged(code: &mut Code, asked: &TokenRequest, now: i64) -> Result<Grant, Refused> {
    if code.until <= now {
        return Err(refused("EXPIRED_AUTH_CODE", "auth code is expired"));
    }
    if code.redirect_uri != asked.redirect_uri {
        let words = "redirect URI doesn't match the one of the auth code";
        return Err(refused("MISMATCH_REDIRECT_URI_AUTH_CODE", words));
    }
    let shown = URL_SAFE_NO_PAD.encode(Sha256::digest(asked.code_verifier.as_bytes()));
    if code.challenge.as_ref().is_some_and(|challenge| *challenge != shown) {
        return Err(refused("BAD_AUTH_CODE", "code verifier does not match"));
    }
    code.used = true;
    Ok(Grant {
        portal: code.portal,
        scopes: code.scopes.clone(),
        access: Vec::new(),
        refresh: secret(),
        revoked: false,
    })
}

/// Which token, and whose app asks.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct TokenQuestion {
    token: String,
    client_id: String,
    client_secret: String,
}

fn told(grant: &Grant, token: &str, now: i64) -> Value {
    let mut told = json!({
        "active": true, "token": token, "hub_id": grant.portal.id,
        "hub_domain": grant.portal.domain, "user": grant.portal.user,
        "user_id": grant.portal.user_id, "app_id": 54321, "client_id": CLIENT_ID,
        "scopes": grant.scopes, "token_type": "bearer", "is_private_distribution": false,
    });
    if let Some(told) = told.as_object_mut() {
        let until = grant.ends(token);
        let kind = if until.is_some() { "access_token" } else { "refresh_token" };
        told.insert("token_use".to_owned(), json!(kind));
        if let Some(until) = until {
            told.insert("expires_in".to_owned(), json!((until - now) / 1000));
            told.insert("signed_access_token".to_owned(), signed(grant, until));
        }
    }
    told
}

/// What HubSpot's own services read of an access token. Its signature is opaque to apps.
fn signed(grant: &Grant, until: i64) -> Value {
    let digest = Sha256::digest(format!("{}/{until}", grant.portal.id));
    let signature = URL_SAFE_NO_PAD.encode(digest);
    json!({
        "appId": 54321, "appInstallId": "1", "audience": "hubspot", "expiresAt": until,
        "hubId": grant.portal.id, "hublet": "na1", "installingUserId": grant.portal.user_id,
        "isPrivateDistribution": false, "isServiceAccount": false, "isUserLevel": false,
        "newSignature": signature, "scopeToScopeGroupPks": "", "scopes": grant.scopes.join(" "),
        "signature": signature, "trialScopeToScopeGroupPks": "", "trialScopes": "",
        "userId": grant.portal.user_id,
    })
}

/// Whose token it is.
pub(super) async fn introspect(
    State(sandbox): State<Sandbox>,
    asked: Asked<TokenQuestion>,
) -> Result<Json<Value>, Refused> {
    let asked = form(asked)?;
    check_client(&asked.client_id, &asked.client_secret)?;
    Ok(Json(about(&sandbox, &asked.token).unwrap_or_else(|| json!({ "active": false }))))
}

/// What is known of a token that is still good.
fn about(sandbox: &Sandbox, token: &str) -> Option<Value> {
    let world = sandbox.world();
    let now = world.now();
    let live = |own: &&Grant| {
        !own.revoked && (own.refresh == token || own.ends(token).is_some_and(|until| until > now))
    };
    let grant = world.hubspot.grants.iter().find(live)?;
    Some(told(grant, token, now))
}

/// Whose token it is, asked the old way: with the token in the path, and nothing else.
pub(super) async fn about_v1(
    State(sandbox): State<Sandbox>,
    Path(token): Path<String>,
) -> Result<Json<Value>, Refused> {
    about(&sandbox, &token).map(Json).ok_or_else(|| {
        let body = json!({
            "status": "error", "category": "VALIDATION_ERROR",
            "message": "The token is invalid, expired or revoked.",
            "correlationId": "00000000-0000-4000-8000-000000000000",
        });
        (StatusCode::NOT_FOUND, Json(body))
    })
}

/// Ends a grant; the app stays installed. Whoever asks shows whose app it is, as for tokens.
pub(super) async fn revoke(
    State(sandbox): State<Sandbox>,
    asked: Asked<TokenQuestion>,
) -> Result<StatusCode, Refused> {
    let asked = form(asked)?;
    check_client(&asked.client_id, &asked.client_secret)?;
    ended(&sandbox, &asked.token);
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a grant, asked the old way.
pub(super) async fn revoke_v1(
    State(sandbox): State<Sandbox>,
    Path(token): Path<String>,
) -> StatusCode {
    ended(&sandbox, &token);
    StatusCode::NO_CONTENT
}

fn ended(sandbox: &Sandbox, token: &str) {
    let mut world = sandbox.world();
    let hubspot = &mut world.hubspot;
    let Some(portal) = hubspot.grants.iter().find(|own| own.has(token)).map(|own| own.portal.id)
    else {
        return;
    };
    let all = hubspot.settings.revoking_ends_all;
    let fits = |own: &&mut Grant| own.has(token) || (all && own.portal.id == portal);
    hubspot.grants.iter_mut().filter(fits).for_each(Grant::revoke);
}
