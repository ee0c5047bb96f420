//! Tokens: given for a code, renewed, ended ("Installing with OAuth", "Using token rotation").

use super::World;
use super::args::Args;
use super::failure::{Answer, Failure, respond, too_early};
use super::oauth::{CLIENT_ID, CLIENT_SECRET};
use super::seed::{self, Team};
use super::workspace::Who;
use crate::state::{Sandbox, secret};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

/// With rotation a token lives for twelve hours.
const ACCESS_LIFE_MS: i64 = 12 * 3600 * 1000;
/// No more than two access tokens are active at a time: the oldest one ends when there are more.
const MOST_ACTIVE: usize = 2;

/// What somebody may do in a workspace: the app's bot, or the app in a person's name.
pub(super) struct Grant {
    pub(super) team: &'static Team,
    pub(super) who: Who,
    /// In the order in which they were granted first.
    pub(super) scope: Vec<String>,
    /// The app was removed from the workspace.
    uninstalled: bool,
    pairs: Vec<Pair>,
}

/// An access token, and the refresh token that came with it.
struct Pair {
    access: String,
    until: Option<i64>,
    refresh: Option<String>,
    /// The refresh token has been used.
    spent: bool,
    revoked: bool,
}

impl Pair {
    fn new(access: &str, refresh: Option<&String>, until: Option<i64>) -> Self {
        let (access, refresh) = (access.to_owned(), refresh.cloned());
        Self { access, until, refresh, spent: false, revoked: false }
    }

    fn lives(&self, now: i64) -> bool {
        !self.revoked && self.until.is_none_or(|until| until > now)
    }

    fn renews(&self) -> bool {
        !self.revoked && !self.spent && self.refresh.is_some()
    }
}

impl Grant {
    pub(super) fn expire(&mut self, now: i64) {
        for pair in &mut self.pairs {
            pair.until = Some(pair.until.unwrap_or(now).min(now));
        }
    }

    pub(super) fn revoke(&mut self) {
        self.pairs.iter_mut().for_each(|pair| pair.revoked = true);
    }

    pub(super) fn uninstall(&mut self) {
        self.uninstalled = true;
        self.revoke();
    }

    pub(super) fn active(&self) -> bool {
        !self.uninstalled && self.pairs.iter().any(|pair| !pair.revoked)
    }

    /// Ends one access token, and the refresh token that came with it.
    pub(super) fn revoke_access(&mut self, token: &str) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.access == token) {
            pair.revoked = true;
        }
    }

    fn kind(&self) -> &'static str {
        if self.who == Who::Bot { "bot" } else { "user" }
    }

    /// A token for these scopes too; without rotation it is the one that there was.
    fn issue(&mut self, rotation: bool, now: i64) -> Issued {
        let letter = if self.who == Who::Bot { 'b' } else { 'p' };
        if !rotation {
            let known = self.pairs.iter().find(|own| own.until.is_none() && own.lives(now));
            let access = known
                .map_or_else(|| format!("xox{letter}-{}", secret()), |pair| pair.access.clone());
            if known.is_none() {
                self.keep(Pair::new(&access, None, None), now);
            }
            return Issued { access, refresh: None };
        }
        let access = format!("xoxe.xox{letter}-1-{}", secret());
        let refresh = Some(format!("xoxe-1-{}", secret()));
        self.keep(Pair::new(&access, refresh.as_ref(), Some(now + ACCESS_LIFE_MS)), now);
        Issued { access, refresh }
    }

    fn keep(&mut self, pair: Pair, now: i64) {
        self.pairs.push(pair);
        let active = |own: &&mut Pair| own.refresh.is_some() && own.lives(now);
        let mut active: Vec<_> = self.pairs.iter_mut().filter(active).collect();
        let surplus = active.len().saturating_sub(MOST_ACTIVE);
        // Those that have been renewed go first.
        active.sort_by_key(|own| !own.spent);
        active.into_iter().take(surplus).for_each(|own| own.revoked = true);
    }
}

/// Tokens on their way out.
struct Issued {
    access: String,
    refresh: Option<String>,
}

impl Issued {
    fn put(&self, body: &mut Value) {
        body["access_token"] = json!(self.access);
        if let Some(refresh) = &self.refresh {
            body["refresh_token"] = json!(refresh);
            body["expires_in"] = json!(ACCESS_LIFE_MS / 1000);
        }
    }
}

/// `oauth.v2.access`: always 200; `ok` says how it went.
pub(super) async fn access(State(sandbox): State<Sandbox>, request: Request) -> Response {
    let answer = match Args::read(request, false).await {
        Ok(args) => grant(&sandbox, &args),
        Err(failure) => Err(failure),
    };
    match answer {
        Ok(answer) => respond(&answer),
        Err(failure) => match failure.wait_s() {
            Some(seconds) => too_early(&failure.body(), seconds),
            None => respond(&failure.body()),
        },
    }
}

/// The app shows who it is: in the body, or as HTTP Basic.
pub(super) fn checked(args: &Args) -> Result<(), Failure> {
    let sent = |name| args.text(name).unwrap_or_default();
    let (id, password) =
        args.basic.clone().unwrap_or_else(|| (sent("client_id"), sent("client_secret")));
    match () {
        () if id != CLIENT_ID => Err("invalid_client_id".into()),
        () if password != CLIENT_SECRET => Err("bad_client_secret".into()),
        () => Ok(()),
    }
}

fn grant(sandbox: &Sandbox, args: &Args) -> Answer {
    checked(args)?;
    let mut world = sandbox.world();
    let now = world.now();
    match args.text("grant_type").as_deref() {
        None | Some("authorization_code") => world.slack.exchange(args, now),
        Some("refresh_token") => world.slack.refresh(args, now),
        Some(_) => Err("invalid_grant_type".into()),
    }
}

impl World {
    fn exchange(&mut self, args: &Args, now: i64) -> Answer {
        let sent = args.text("code").unwrap_or_default();
        let code = self.codes.get_mut(&sent).ok_or("invalid_code")?;
        match () {
            () if code.used => return Err("code_already_used".into()),
            () if code.until <= now => return Err("invalid_code".into()),
            () if Some(&code.redirect_uri) != args.text("redirect_uri").as_ref() => {
                return Err("bad_redirect_uri".into());
            }
            () => code.used = true,
        }
        let (team, person) = (code.team, code.person);
        let (scope, user_scope) = (code.scope.clone(), code.user_scope.clone());
        let whose = self.workspaces.get(team.id).ok_or("team_not_found")?;
        let mut authed = json!({ "id": whose.id_of(team, Who::Person(person)) });
        let mut body = json!({
            "ok": true, "app_id": seed::APP_ID, "team": { "id": team.id, "name": team.name },
            "enterprise": null, "is_enterprise_install": false,
        });
        let rotation = self.settings.rotation;
        // "If you only requested user scopes", nothing of a bot is in the answer.
        if !scope.is_empty() {
            let grant = self.granted(team, Who::Bot, scope)?;
            grant.issue(rotation, now).put(&mut body);
            body["token_type"] = json!("bot");
            body["scope"] = json!(grant.scope.join(","));
            body["bot_user_id"] = json!(team.bot);
        }
        if !user_scope.is_empty() {
            let grant = self.granted(team, Who::Person(person), user_scope)?;
            grant.issue(rotation, now).put(&mut authed);
            authed["token_type"] = json!("user");
            authed["scope"] = json!(grant.scope.join(","));
        }
        body["authed_user"] = authed;
        Ok(body)
    }

    /// The grant in a workspace, which these scopes are added to: "reinstalling" takes none away.
    fn granted(
        &mut self,
        team: &'static Team,
        who: Who,
        scope: Vec<String>,
    ) -> Result<&mut Grant, Failure> {
        let fits = |own: &Grant| own.team.id == team.id && own.who == who && own.active();
        let known = self.grants.iter().position(fits);
        let index = known.unwrap_or(self.grants.len());
        if known.is_none() {
            let pairs = Vec::new();
            self.grants.push(Grant { team, who, scope: Vec::new(), uninstalled: false, pairs });
        }
        let grant = self.grants.get_mut(index).ok_or("fatal_error")?;
        for scope in scope {
            if !grant.scope.contains(&scope) {
                grant.scope.push(scope);
            }
        }
        Ok(grant)
    }

    fn refresh(&mut self, args: &Args, now: i64) -> Answer {
        let sent = args.text("refresh_token").ok_or("invalid_refresh_token")?;
        let known = |pair: &Pair| pair.refresh.as_ref() == Some(&sent);
        let found = self.grants.iter_mut().find(|own| own.pairs.iter().any(known));
        let grant = found.ok_or("invalid_refresh_token")?;
        let pair = grant.pairs.iter_mut().find(|pair| known(pair));
        let pair = pair.ok_or("invalid_refresh_token")?;
        if pair.spent {
            // "A refresh token can be used once": it was lost on the way, or two renewed at a time.
            tracing::info!(team = grant.team.id, "a refresh token was used again");
        }
        if !pair.renews() {
            return Err("invalid_refresh_token".into());
        }
        pair.spent = true;
        let mut body = json!({
            "ok": true, "app_id": seed::APP_ID, "token_type": grant.kind(),
            "scope": grant.scope.join(","), "enterprise": null, "is_enterprise_install": false,
            "team": { "id": grant.team.id, "name": grant.team.name },
        });
        if grant.who == Who::Bot {
            body["bot_user_id"] = json!(grant.team.bot);
        }
        grant.issue(true, now).put(&mut body);
        Ok(body)
    }

    /// Which grant an access token belongs to, if it is still good for something.
    pub(super) fn holder(&self, token: &str, now: i64) -> Result<&Grant, Failure> {
        if token.is_empty() {
            return Err("not_authed".into());
        }
        let pair = |own: &&Grant| own.pairs.iter().any(|pair| pair.access == token);
        let grant = self.grants.iter().find(pair).ok_or("invalid_auth")?;
        let workspace = self.workspaces.get(grant.team.id).ok_or("invalid_auth")?;
        let left = workspace.person(grant.who).is_some_and(|person| person.deleted);
        let lives = |pair: &Pair| pair.access == token && pair.lives(now);
        let revoked = |pair: &Pair| pair.access == token && pair.revoked;
        match () {
            // "For a deleted user or workspace", and for a bot whose app was removed.
            () if grant.uninstalled || left => Err("account_inactive".into()),
            () if grant.pairs.iter().any(revoked) => Err("token_revoked".into()),
            () if !grant.pairs.iter().any(lives) => Err("token_expired".into()),
            () => Ok(grant),
        }
    }
}
