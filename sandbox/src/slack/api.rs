//! The Web API: which method it is, who asks, may they, and not too fast.

use super::args::Args;
use super::failure::{Answer, Failure, respond, too_early};
use super::limits::Tier;
use super::seed::{self, Team};
use super::tokens::checked;
use super::workspace::{Place, Who, Workspace};
use super::{World, conversations, history, messages, people, search};
use crate::state::Sandbox;
use axum::extract::{Path, Request, State};
use axum::http::HeaderValue;
use axum::response::Response;
use serde_json::{Value, json};

/// A method, as its page describes it ("Web API methods").
struct Method {
    name: &'static str,
    tier: Tier,
    takes_json: bool,
    /// Any of these scopes is enough; none is needed where there is none.
    scopes: &'static [&'static str],
    run: fn(&mut World, &Call) -> Answer,
}

const fn method(
    name: &'static str,
    tier: Tier,
    takes_json: bool,
    scopes: &'static [&'static str],
    run: fn(&mut World, &Call) -> Answer,
) -> Method {
    Method { name, tier, takes_json, scopes, run }
}

/// "Methods that write take JSON"; those that read take forms and queries only.
const METHODS: [Method; 15] = [
    method("apps.uninstall", Tier::One, false, &[], uninstall),
    method("auth.revoke", Tier::Three, false, &[], revoke),
    method("auth.teams.list", Tier::Two, false, &[], teams),
    method("auth.test", Tier::Special, true, &[], identity),
    method("chat.postMessage", Tier::Special, true, &["chat:write"], messages::post),
    // Which scope these need depends on the kind of conversation.
    method("conversations.history", Tier::Three, false, &[], history::read),
    method("conversations.info", Tier::Three, false, &[], conversations::info),
    method("conversations.list", Tier::Two, false, &[], conversations::list),
    method("conversations.open", Tier::Three, true, &[], conversations::open),
    method(
        "conversations.join",
        Tier::Three,
        true,
        &["channels:join", "channels:write"],
        conversations::join,
    ),
    method("search.messages", Tier::Two, false, &[], search::messages),
    method("team.info", Tier::Three, false, &["team:read"], team),
    method("users.info", Tier::Four, false, &["users:read"], people::info),
    method("users.list", Tier::Two, false, &["users:read"], people::list),
    method("users.lookupByEmail", Tier::Three, false, &["users:read.email"], people::by_email),
];

/// A call: who asks for what, and when.
pub(super) struct Call {
    pub(super) team: &'static Team,
    pub(super) who: Who,
    pub(super) scope: Vec<String>,
    pub(super) args: Args,
    pub(super) now: i64,
}

impl Call {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scope.iter().any(|own| own == scope)
    }

    /// Any of these scopes is enough.
    pub(super) fn needs(&self, scopes: &[&str]) -> Result<(), Failure> {
        match scopes.first() {
            Some(first) if !scopes.iter().any(|scope| self.has(scope)) => {
                Err(Failure::scope(first, &self.scope))
            }
            _ => Ok(()),
        }
    }

    /// The scope for a conversation's kind, such as `groups:history` for a private channel.
    pub(super) fn needs_for(&self, place: &Place, what: &str) -> Result<(), Failure> {
        self.needs(&[&format!("{}:{what}", place.family())])
    }

    pub(super) fn workspace<'w>(&self, world: &'w World) -> Result<&'w Workspace, Failure> {
        world.workspaces.get(self.team.id).ok_or_else(|| "team_not_found".into())
    }

    pub(super) fn workspace_mut<'w>(
        &self,
        world: &'w mut World,
    ) -> Result<&'w mut Workspace, Failure> {
        world.workspaces.get_mut(self.team.id).ok_or_else(|| "team_not_found".into())
    }
}

/// Any method.
pub(super) async fn call(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let Some(method) = METHODS.iter().find(|own| own.name == name) else {
        return respond(&Failure::from("unknown_method").body());
    };
    let args = match Args::read(request, method.takes_json).await {
        Ok(args) => args,
        Err(failure) => return respond(&failure.body()),
    };
    let warnings = args.warnings.clone();
    let mut world = sandbox.world();
    let now = world.now();
    let slack = &mut world.slack;
    let (granted, answer) = match slack.holder(&args.token, now) {
        Err(failure) => (String::new(), Err(failure)),
        Ok(grant) => {
            let (team, who, scope) = (grant.team, grant.who, grant.scope.clone());
            let call = Call { team, who, scope, args, now };
            (call.scope.join(","), slack.run(method, &call))
        }
    };
    let wait = answer.as_ref().err().and_then(Failure::wait_s);
    let mut body = answer.unwrap_or_else(|failure| failure.body());
    warn(&mut body, &warnings);
    let mut response = wait.map_or_else(|| respond(&body), |seconds| too_early(&body, seconds));
    // "The OAuth scopes of the token, and those that the method takes."
    for (header, value) in
        [("x-oauth-scopes", granted), ("x-accepted-oauth-scopes", method.scopes.join(","))]
    {
        // Without scopes there is no header: the published client reads an empty one as a scope.
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::try_from(&value)) {
            response.headers_mut().insert(header, value);
        }
    }
    response
}

/// Adds warnings to those that a method has given: the first as `warning`, all of them as metadata.
fn warn(body: &mut Value, warnings: &[&str]) {
    let given = body.pointer("/response_metadata/warnings").and_then(Value::as_array);
    let mut all = given.cloned().unwrap_or_default();
    all.extend(warnings.iter().map(|warning| json!(warning)));
    if all.is_empty() {
        return;
    }
    let words: Vec<_> = all.iter().filter_map(Value::as_str).collect();
    body["warning"] = json!(words.join(","));
    body["response_metadata"]["warnings"] = json!(all);
}

impl World {
    fn run(&mut self, method: &Method, call: &Call) -> Answer {
        let (mut tier, minutes) = (method.tier, self.settings.call_burst_minutes);
        if self.settings.unlisted && method.name == "conversations.history" {
            tier = Tier::One;
        }
        let key = format!("{}/{}", call.team.id, method.name);
        self.limits.call(key, tier, minutes, call.now)?;
        call.needs(method.scopes)?;
        (method.run)(self, call)
    }
}

/// `auth.test`.
fn identity(world: &mut World, call: &Call) -> Answer {
    let (team, workspace) = (call.team, call.workspace(world)?);
    let person = workspace.person(call.who);
    let mut body = json!({
        "ok": true, "url": format!("https://{}.slack.com/", team.domain), "team": team.name,
        "user": person.map_or(seed::APP_HANDLE, |person| &person.handle), "team_id": team.id,
        "user_id": workspace.id_of(team, call.who), "is_enterprise_install": false,
    });
    if call.who == Who::Bot {
        body["bot_id"] = json!(seed::BOT_ID);
    }
    Ok(body)
}

/// `auth.teams.list`: the workspaces of the token. Nothing here is installed for a whole organisation.
fn teams(_: &mut World, call: &Call) -> Answer {
    let (start, _) = call.args.window()?;
    let own = json!({ "id": call.team.id, "name": call.team.name });
    let teams: Vec<_> = [own].into_iter().skip(start).collect();
    Ok(json!({ "ok": true, "teams": teams, "response_metadata": { "next_cursor": "" } }))
}

/// `auth.revoke`; a test changes nothing.
fn revoke(world: &mut World, call: &Call) -> Answer {
    let test = call.args.flag("test");
    if !test {
        world.grants.iter_mut().for_each(|grant| grant.revoke_access(&call.args.token));
        let workspace = call.workspace(world)?;
        let user = workspace.id_of(call.team, call.who);
        let kind = if call.who == Who::Bot { "bot" } else { "oauth" };
        let event = json!({ "type": "tokens_revoked", "tokens": { kind: [user] } });
        world.happened(call.team, event, call.now);
    }
    Ok(json!({ "ok": true, "revoked": !test }))
}

/// `apps.uninstall`: everybody's tokens for the workspace end.
fn uninstall(world: &mut World, call: &Call) -> Answer {
    checked(&call.args)?;
    let own = world.grants.iter_mut().filter(|grant| grant.team.id == call.team.id);
    own.for_each(super::tokens::Grant::uninstall);
    world.happened(call.team, json!({ "type": "app_uninstalled" }), call.now);
    Ok(json!({ "ok": true }))
}

/// `team.info`: of one's own workspace.
fn team(_: &mut World, call: &Call) -> Answer {
    let team = call.team;
    if call.args.text("team").is_some_and(|asked| asked != team.id) {
        return Err("team_not_found".into());
    }
    Ok(json!({ "ok": true, "team": {
        "id": team.id, "name": team.name, "domain": team.domain,
        "email_domain": format!("{}.example", team.domain), "icon": { "image_default": true },
    } }))
}
