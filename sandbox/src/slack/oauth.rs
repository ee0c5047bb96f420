//! The way to a code: the consent page, and what a person decides there ("Installing with OAuth").

use super::BRAND;
use super::scopes::{listed, unknown_to_bots, unknown_to_users};
use super::seed::{TEAMS, Team, team};
use super::workspace::Who;
use crate::consent::{Consent, refused};
use crate::state::{Sandbox, secret};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::Url;

pub(super) const CLIENT_ID: &str = "portico-demo";
pub(super) const CLIENT_SECRET: &str = "portico-demo-secret";
/// "Codes are valid for ten minutes."
const CODE_LIFE_MS: i64 = 10 * 60 * 1000;
/// How many of a workspace's people can sign in here.
const SIGN_IN: usize = 2;

/// A code that waits to be exchanged.
pub(super) struct Code {
    pub(super) team: &'static Team,
    /// Who allowed it.
    pub(super) person: usize,
    pub(super) scope: Vec<String>,
    pub(super) user_scope: Vec<String>,
    pub(super) redirect_uri: String,
    pub(super) until: i64,
    pub(super) used: bool,
}

/// What the authorize page is asked with, and what its form sends.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct Asked {
    client_id: String,
    redirect_uri: String,
    scope: String,
    user_scope: String,
    state: String,
    code_challenge: Option<String>,
    /// The workspace: the one to begin with, and the one that was chosen. A person stands behind a colon.
    team: String,
    decision: String,
}

impl Asked {
    /// Errors here are shown to the person: there is nowhere safe to redirect to.
    fn problem(&self) -> Option<String> {
        let target = Url::parse(&self.redirect_uri).ok();
        let local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1"));
        let fits = target
            .is_some_and(|url| url.scheme() == "https" || (url.scheme() == "http" && local(&url)));
        let (scope, user_scope) = (listed(&self.scope), listed(&self.user_scope));
        let unknown = unknown_to_bots(&scope).or_else(|| unknown_to_users(&user_scope));
        match () {
            () if self.client_id != CLIENT_ID => Some("invalid_client_id".to_owned()),
            () if !fits => Some("bad_redirect_uri".to_owned()),
            () if scope.is_empty() && user_scope.is_empty() => {
                Some("invalid_scope: no scopes requested".to_owned())
            }
            () if self.code_challenge.is_some() => {
                Some("This app has not opted in to PKCE; send no code_challenge.".to_owned())
            }
            () => unknown.map(|scope| format!("invalid_scope: {scope}")),
        }
    }

    /// The workspace and the person that were chosen; the first person unless another is named.
    fn chosen(&self, sandbox: &Sandbox) -> Option<(&'static Team, usize)> {
        let (id, person) = self.team.split_once(':').unwrap_or((&self.team, ""));
        let team = team(id)?;
        if person.is_empty() {
            return Some((team, 0));
        }
        match sandbox.world().slack.workspaces.get(id)?.who(team, person)? {
            Who::Person(place) if place < SIGN_IN => Some((team, place)),
            _ => None,
        }
    }
}

/// Workspaces and who signs in there, the workspace that was asked for first.
fn choices(sandbox: &Sandbox, asked: &str) -> Vec<(String, String)> {
    let world = sandbox.world();
    let mut teams: Vec<&Team> = TEAMS.iter().collect();
    teams.sort_by_key(|team| team.id != asked);
    let people = teams.into_iter().filter_map(|team| Some((team, world.slack.people(team)?)));
    people
        .flat_map(|(team, people)| {
            people.iter().take(SIGN_IN).map(move |person| {
                let words = format!("{} ({}.slack.com), {}", team.name, team.domain, person.name);
                (format!("{}:{}", team.id, person.id), words)
            })
        })
        .collect()
}

impl super::World {
    fn people(&self, team: &Team) -> Option<&[super::workspace::Person]> {
        self.workspaces.get(team.id).map(|workspace| workspace.people.as_slice())
    }
}

/// The consent page.
pub(super) async fn consent(
    State(sandbox): State<Sandbox>,
    Query(asked): Query<Asked>,
) -> (StatusCode, Html<String>) {
    if let Some(problem) = asked.problem() {
        return (StatusCode::BAD_REQUEST, refused(&BRAND, "Something went wrong", &problem));
    }
    let as_bot = listed(&asked.scope);
    let as_user: Vec<_> =
        listed(&asked.user_scope).iter().map(|scope| format!("{scope} (as you)")).collect();
    let consent = Consent {
        brand: &BRAND,
        title: "Add Portico demo to Slack",
        scopes: as_bot.iter().chain(&as_user).map(String::as_str).collect(),
        choose: ("Workspace", "team"),
        choices: choices(&sandbox, &asked.team),
        hidden: &[
            ("client_id", &asked.client_id),
            ("redirect_uri", &asked.redirect_uri),
            ("scope", &asked.scope),
            ("user_scope", &asked.user_scope),
            ("state", &asked.state),
        ],
        buttons: [("cancel", "Cancel"), ("allow", "Allow")],
    };
    (StatusCode::OK, consent.page())
}

/// What the person decided.
pub(super) async fn decide(State(sandbox): State<Sandbox>, Form(asked): Form<Asked>) -> Response {
    let (None, Ok(mut back)) = (asked.problem(), Url::parse(&asked.redirect_uri)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if asked.decision != "allow" {
        back.query_pairs_mut()
            .append_pair("error", "access_denied")
            .append_pair("state", &asked.state);
        return Redirect::to(back.as_str()).into_response();
    }
    let Some((team, person)) = asked.chosen(&sandbox) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let code = secret();
    let mut world = sandbox.world();
    let until = world.now() + CODE_LIFE_MS;
    let made = Code {
        team,
        person,
        scope: listed(&asked.scope),
        user_scope: listed(&asked.user_scope),
        redirect_uri: asked.redirect_uri.clone(),
        until,
        used: false,
    };
    world.slack.codes.insert(code.clone(), made);
    back.query_pairs_mut().append_pair("code", &code).append_pair("state", &asked.state);
    Redirect::to(back.as_str()).into_response()
}
