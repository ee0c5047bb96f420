//! OAuth v2: a consent page, tokens that live on, or tokens that rotate ("Installing with OAuth", "Using
//! token rotation").

use super::args::failed;
use super::seed::{TEAMS, Team};
use super::{BRAND, World};
use crate::consent::{Consent, refused};
use crate::state::{Sandbox, secret};
use axum::Json;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

const CLIENT_ID: &str = "portico-demo";
const CLIENT_SECRET: &str = "portico-demo-secret";
/// "Codes are valid for ten minutes."
const CODE_LIFE_MS: i64 = 10 * 60 * 1000;
/// Twelve hours, with rotation.
const ACCESS_LIFE_MS: i64 = 12 * 3600 * 1000;

/// A code that waits to be exchanged.
pub(super) struct Code {
    team: &'static Team,
    scope: String,
    redirect_uri: String,
    until: i64,
    used: bool,
}

/// The app in a workspace.
pub(super) struct Install {
    pub(super) team: &'static Team,
    pub(super) scope: String,
    /// Access tokens and when they end.
    access: Vec<(String, Option<i64>)>,
    refresh: Option<String>,
    pub(super) revoked: bool,
}

impl Install {
    pub(super) fn expire(&mut self, now: i64) {
        for (_, until) in &mut self.access {
            *until = Some(now);
        }
    }

    /// Whether a token is one of its own, and if it has ended.
    pub(super) fn knows(&self, token: &str, now: i64) -> Option<bool> {
        let (_, until) = self.access.iter().find(|(own, _)| own == token)?;
        Some(until.is_none_or(|until| until > now))
    }
}

/// What the authorize page is asked with.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Asked {
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    code_challenge: Option<String>,
    team: String,
    decision: String,
}

impl Asked {
    fn problem(&self) -> Option<&'static str> {
        let target = Url::parse(&self.redirect_uri).ok();
        let local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        let fits = target
            .is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && local(&url)));
        match () {
            () if self.client_id != CLIENT_ID => Some("invalid_client_id"),
            () if !fits => Some("bad_redirect_uri"),
            () if self.scope.is_empty() => Some("invalid_scope: no scopes requested"),
            () if self.code_challenge.is_some() => {
                Some("This app has not opted in to PKCE; send no code_challenge.")
            }
            () => None,
        }
    }
}

/// The consent page.
pub(super) async fn consent(Query(asked): Query<Asked>) -> (StatusCode, Html<String>) {
    if let Some(problem) = asked.problem() {
        return (StatusCode::BAD_REQUEST, refused(&BRAND, "Something went wrong", problem));
    }
    let words = |team: &Team| format!("{} ({}.slack.com)", team.name, team.domain);
    let consent = Consent {
        brand: &BRAND,
        title: "Add Portico demo to Slack",
        scopes: asked.scope.split(',').collect(),
        choose: ("Workspace", "team"),
        choices: TEAMS.iter().map(|team| (team.id.to_owned(), words(team))).collect(),
        hidden: &[
            ("client_id", &asked.client_id),
            ("redirect_uri", &asked.redirect_uri),
            ("scope", &asked.scope),
            ("state", &asked.state),
        ],
        buttons: [("cancel", "Cancel"), ("allow", "Allow")],
    };
    (StatusCode::OK, consent.page())
}

/// What the person decided.
pub(super) async fn decide(State(sandbox): State<Sandbox>, Form(asked): Form<Asked>) -> Response {
    let team = TEAMS.iter().find(|team| team.id == asked.team);
    let (None, Ok(mut back)) = (asked.problem(), Url::parse(&asked.redirect_uri)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match team {
        Some(team) if asked.decision == "allow" => {
            let code = secret();
            let mut world = sandbox.world();
            let until = world.now() + CODE_LIFE_MS;
            let made = Code {
                team,
                scope: asked.scope.clone(),
                redirect_uri: asked.redirect_uri.clone(),
                until,
                used: false,
            };
            world.slack.codes.insert(code.clone(), made);
            back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state);
        }
        _ => {
            back.query_pairs_mut()
                .append_pair("error", "access_denied")
                .append_pair("state", &asked.state);
        }
    }
    Redirect::to(back.as_str()).into_response()
}

/// What tokens are asked for with.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct TokenRequest {
    grant_type: String,
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: String,
    refresh_token: String,
}

/// `oauth.v2.access`: always 200; `ok` says how it went.
pub(super) async fn access(
    State(sandbox): State<Sandbox>,
    headers: HeaderMap,
    Form(mut asked): Form<TokenRequest>,
) -> Json<Value> {
    if let Some((id, password)) = basic(&headers) {
        (asked.client_id, asked.client_secret) = (id, password);
    }
    if asked.client_id != CLIENT_ID {
        return Json(failed("invalid_client_id"));
    }
    if asked.client_secret != CLIENT_SECRET {
        return Json(failed("bad_client_secret"));
    }
    let mut world = sandbox.world();
    let now = world.now();
    let slack = &mut world.slack;
    Json(
        match asked.grant_type.as_str() {
            "" | "authorization_code" => slack.exchange(&asked, now),
            "refresh_token" => slack.refresh(&asked.refresh_token, now),
            _ => Err("invalid_grant_type"),
        }
        .unwrap_or_else(failed),
    )
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let plain = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (id, password) = plain.split_once(':')?;
    Some((id.to_owned(), password.to_owned()))
}

impl World {
    fn exchange(&mut self, asked: &TokenRequest, now: i64) -> Result<Value, &'static str> {
        let code = self.codes.get_mut(&asked.code).ok_or("invalid_code")?;
        if code.used {
            return Err("code_already_used");
        }
        if code.until <= now {
            return Err("invalid_code");
        }
        if code.redirect_uri != asked.redirect_uri {
            return Err("bad_redirect_uri");
        }
        code.used = true;
        let (team, scope) = (code.team, code.scope.clone());
        let known = self.installs.iter().position(|own| own.team.id == team.id && !own.revoked);
        // "Reinstalling returns the same bot token" where tokens do not rotate.
        let index = match known {
            Some(index) => index,
            None => {
                let (access, refresh) = (Vec::new(), None);
                self.installs.push(Install { team, scope, access, refresh, revoked: false });
                self.installs.len() - 1
            }
        };
        Ok(self.issue(index, now))
    }

    fn refresh(&mut self, token: &str, now: i64) -> Result<Value, &'static str> {
        let live = |own: &Install| !own.revoked && own.refresh.as_deref() == Some(token);
        // A refresh token is used once: a former one is not known any more.
        let index = self.installs.iter().position(live).ok_or("invalid_refresh_token")?;
        Ok(self.issue(index, now))
    }

    fn issue(&mut self, index: usize, now: i64) -> Value {
        let rotation = self.rotation;
        let Some(install) = self.installs.get_mut(index) else { return failed("fatal_error") };
        if rotation {
            install.access.push((format!("xoxe.xoxb-1-{}", secret()), Some(now + ACCESS_LIFE_MS)));
            install.refresh = Some(format!("xoxe-1-{}", secret()));
            // "At most two access tokens are active."
            let surplus = install.access.len().saturating_sub(2);
            install.access.drain(..surplus);
        } else if install.access.is_empty() {
            install.access.push((format!("xoxb-{}", secret()), None));
        }
        let team = install.team;
        let mut answer = json!({
            "ok": true, "app_id": "A0PORTICO", "token_type": "bot", "scope": install.scope,
            "access_token": install.access.last().map(|(token, _)| token.clone()),
            "bot_user_id": team.bot, "team": { "id": team.id, "name": team.name },
            "enterprise": null, "is_enterprise_install": false,
            "authed_user": { "id": "U0000000" },
        });
        if rotation {
            answer["refresh_token"] = json!(install.refresh);
            answer["expires_in"] = json!(ACCESS_LIFE_MS / 1000);
        }
        answer
    }
}
