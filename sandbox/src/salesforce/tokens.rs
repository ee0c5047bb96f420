//! Sessions and refresh tokens ("OAuth 2.0 Web Server Flow", "Refresh Token Flow", "Token
//! Introspection", "Revoke OAuth Tokens").

use super::World;
use super::knobs::Settings;
use super::oauth::{CLIENT_ID, CLIENT_SECRET, Code};
use super::seed::User;
use crate::signature;
use crate::state::{Sandbox, secret};
use axum::Form;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Tokens of one approval.
pub(super) struct Token {
    pub(super) user: &'static User,
    pub(super) scope: String,
    access: String,
    access_from: i64,
    access_until: i64,
    /// `None`: `refresh_token` was not among the scopes.
    refresh: Option<String>,
    former: Vec<String>,
    revoked: bool,
}

impl Token {
    pub(super) fn has_scope(&self, name: &str) -> bool {
        self.scope.split(' ').any(|own| own == name || own == "full")
    }

    fn lives(&self, now: i64) -> bool {
        !self.revoked && self.access_until > now
    }

    fn renew(&mut self, life_s: i64, now: i64) {
        self.access = format!("{}!AQEA{}{}", &self.user.org.id[..15], secret(), secret());
        self.access_from = now;
        self.access_until = now + life_s * 1000;
    }
}

type Refused = (StatusCode, Json<Value>);
type Fields = BTreeMap<String, String>;

fn refused(error: &str, description: &str) -> Refused {
    let body = json!({ "error": error, "error_description": description });
    (StatusCode::BAD_REQUEST, Json(body))
}

fn field<'f>(form: &'f Fields, name: &str) -> &'f str {
    form.get(name).map(String::as_str).unwrap_or_default()
}

/// The app shows who it is: in the body, or as HTTP Basic.
fn check_client(form: &Fields, headers: &HeaderMap) -> Result<(), Refused> {
    let basic = headers.get(header::AUTHORIZATION).and_then(|own| {
        let own = STANDARD.decode(own.to_str().ok()?.strip_prefix("Basic ")?).ok()?;
        let own = String::from_utf8(own).ok()?;
        own.split_once(':').map(|(id, password)| (id.to_owned(), password.to_owned()))
    });
    let sent = || (field(form, "client_id").to_owned(), field(form, "client_secret").to_owned());
    let (id, password) = basic.unwrap_or_else(sent);
    match (id == CLIENT_ID, password == CLIENT_SECRET) {
        (true, true) => Ok(()),
        (false, _) => Err(refused("invalid_client_id", "client identifier invalid")),
        (true, false) => Err(refused("invalid_client", "invalid client credentials")),
    }
}

/// The token endpoint.
pub(super) async fn token(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Result<Json<Value>, Refused> {
    check_client(&form, &headers)?;
    let mut world = sandbox.world();
    let now = world.now();
    let world = &mut world.salesforce;
    match field(&form, "grant_type") {
        "authorization_code" => world.exchange(&form, now),
        "refresh_token" => world.refresh(field(&form, "refresh_token"), now),
        _ => Err(refused("unsupported_grant_type", "grant type not supported")),
    }
    .map(Json)
}

/// A code is used up by the first who tries it.
fn opened<'c>(code: Option<&'c mut Code>, form: &Fields, now: i64) -> Result<&'c Code, Refused> {
    let code = code.filter(|own| !own.used && own.until > now);
    let code = code.ok_or_else(|| refused("invalid_grant", "expired authorization code"))?;
    code.used = true;
    if code.redirect_uri != field(form, "redirect_uri") {
        return Err(refused("redirect_uri_mismatch", "redirect_uri must match configuration"));
    }
    let verifier = field(form, "code_verifier");
    if verifier.is_empty() {
        return Err(refused("invalid_grant", "code verifier required"));
    }
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != code.challenge {
        return Err(refused("invalid_grant", "invalid code verifier"));
    }
    Ok(code)
}

impl World {
    /// Every session ends now; refresh tokens live on.
    pub(crate) fn expire_tokens(&mut self, now: i64) {
        for token in &mut self.tokens {
            token.access_until = token.access_until.min(now);
        }
    }

    /// Every approval ends now: reconnecting is the only way.
    pub(crate) fn revoke_tokens(&mut self) {
        self.tokens.iter_mut().for_each(|token| token.revoked = true);
    }

    pub(super) fn live_access(&self, access: &str, now: i64) -> Option<&Token> {
        self.tokens.iter().find(|own| own.access == access && own.lives(now))
    }

    fn exchange(&mut self, form: &Fields, now: i64) -> Result<Value, Refused> {
        let code = opened(self.codes.get_mut(field(form, "code")), form, now)?;
        let mut token = Token {
            user: code.user,
            scope: code.scope.clone(),
            access: String::new(),
            access_from: now,
            access_until: now,
            refresh: None,
            former: Vec::new(),
            revoked: false,
        };
        if token.has_scope("refresh_token") || token.has_scope("offline_access") {
            token.refresh = Some(format!("5Aep861{}", secret()));
        }
        token.renew(self.settings.access_token_life_s, now);
        let answer = self.answer(&token, token.refresh.as_deref());
        self.make_room(token.user);
        self.tokens.push(token);
        Ok(answer)
    }

    /// "Five approvals per user and app": with one more the oldest is revoked, without a word.
    fn make_room(&mut self, user: &User) {
        let most = self.settings.approvals_per_user;
        let mine =
            |own: &&mut Token| own.user.id == user.id && !own.revoked && own.refresh.is_some();
        let mut all: Vec<_> = self.tokens.iter_mut().filter(mine).collect();
        let surplus = (all.len() + 1).saturating_sub(most);
        all.iter_mut().take(surplus).for_each(|own| own.revoked = true);
    }

    fn refresh(&mut self, sent: &str, now: i64) -> Result<Value, Refused> {
        let dead = || refused("invalid_grant", "expired access/refresh token");
        let Settings { rotate_refresh_tokens, access_token_life_s, .. } = self.settings;
        let was = |own: &&mut Token| own.former.iter().any(|former| former == sent);
        if let Some(reused) = self.tokens.iter_mut().find(was) {
            // A rotated token that comes again was stolen or lost: the whole approval ends.
            reused.revoked = true;
            tracing::info!(user = reused.user.username, "a refresh token was reused");
            return Err(dead());
        }
        let live = |own: &Token| own.refresh.as_deref() == Some(sent) && !own.revoked;
        let index = self.tokens.iter().position(live).ok_or_else(dead)?;
        let own = &mut self.tokens[index];
        own.renew(access_token_life_s, now);
        if rotate_refresh_tokens {
            let new = format!("5Aep861{}", secret());
            own.former.extend(own.refresh.replace(new));
        }
        let own = &self.tokens[index];
        let told = own.refresh.as_deref().filter(|_| rotate_refresh_tokens);
        Ok(self.answer(own, told))
    }

    /// No `expires_in`; `issued_at` is text.
    fn answer(&self, token: &Token, refresh: Option<&str>) -> Value {
        let (id, at) = (identity_url(token.user), token.access_from.to_string());
        let signed = format!("{id}{at}");
        let mut body = json!({
            "access_token": token.access,
            "signature": STANDARD.encode(signature::hmac(CLIENT_SECRET, signed.as_bytes())),
            "scope": token.scope, "instance_url": self.instance_url(token.user), "id": id,
            "token_type": "Bearer", "issued_at": at, "token_format": "opaque",
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        body
    }

    /// Real-looking: whoever calls it maps the host.
    pub(super) fn instance_url(&self, user: &User) -> String {
        format!("https://{}.my.salesforce.com", self.domain(user.org))
    }
}

/// Where a person is asked about.
pub(super) fn identity_url(user: &User) -> String {
    format!("https://{}.salesforce.com/id/{}/{}", user.org.login, user.org.id, user.id)
}

/// Ends an approval; the refresh token takes its sessions with it, and a session the approval.
pub(super) async fn revoke(State(sandbox): State<Sandbox>, Form(form): Form<Fields>) -> Response {
    let sent = field(&form, "token");
    let mut world = sandbox.world();
    let own =
        world.salesforce.tokens.iter_mut().find(|own| {
            !own.revoked && (own.access == sent || own.refresh.as_deref() == Some(sent))
        });
    match own {
        Some(own) => {
            own.revoked = true;
            StatusCode::OK.into_response()
        }
        None => refused("invalid_token", "invalid token").into_response(),
    }
}

/// What is known of a token.
pub(super) async fn introspect(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Result<Json<Value>, Refused> {
    check_client(&form, &headers)?;
    let sent = field(&form, "token");
    let world = sandbox.world();
    let now = world.now();
    let tokens = &world.salesforce.tokens;
    let found = tokens.iter().find(|own| {
        (own.access == sent && own.lives(now))
            || (own.refresh.as_deref() == Some(sent) && !own.revoked)
    });
    let Some(own) = found else { return Ok(Json(json!({ "active": false }))) };
    let is_access = own.access == sent;
    let mut body = json!({
        "active": true, "scope": own.scope, "client_id": CLIENT_ID, "username": own.user.username,
        "sub": identity_url(own.user), "iat": own.access_from / 1000, "nbf": own.access_from / 1000,
        "token_type": if is_access { "access_token" } else { "refresh_token" },
    });
    if is_access {
        body["exp"] = json!(own.access_until / 1000);
    }
    Ok(Json(body))
}
