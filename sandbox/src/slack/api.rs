//! The Web API: who asks, may they, and which method it is.

use super::args::{Args, failed};
use super::{conversations, people};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Who asks: the app in a workspace.
pub(super) struct Caller {
    /// Where it stands among the installs.
    pub(super) install: usize,
    pub(super) team: &'static super::seed::Team,
}

/// The methods, the scope each needs, and whether it takes JSON.
const METHODS: [(&str, &str, bool); 11] = [
    ("auth.test", "", false),
    ("auth.revoke", "", false),
    ("team.info", "team:read", false),
    ("chat.postMessage", "chat:write", true),
    ("conversations.list", "channels:read", false),
    ("conversations.info", "channels:read", false),
    ("conversations.open", "im:write", true),
    ("conversations.join", "channels:join", true),
    ("users.list", "users:read", false),
    ("users.info", "users:read", false),
    ("users.lookupByEmail", "users:read.email", false),
];

/// Any method.
pub(super) async fn call(
    State(sandbox): State<Sandbox>,
    Path(method): Path<String>,
    request: Request,
) -> Response {
    let Some((name, scope, takes_json)) = METHODS.into_iter().find(|own| own.0 == method) else {
        return Json(failed("unknown_method")).into_response();
    };
    let args = match Args::read(request, takes_json).await {
        Ok(args) => args,
        Err(failure) => return Json(failure).into_response(),
    };
    let mut world = sandbox.world();
    let now = world.now();
    let slack = &mut world.slack;
    let caller = match slack.caller(&args.token, scope, now) {
        Ok(caller) => caller,
        Err(failure) => return Json(failure).into_response(),
    };
    let answer = match name {
        "auth.test" => Ok(identity(&caller)),
        "auth.revoke" => {
            slack.revoke(caller.install);
            Ok(json!({ "ok": true, "revoked": true }))
        }
        "team.info" => {
            let team = caller.team;
            Ok(
                json!({ "ok": true, "team": { "id": team.id, "name": team.name, "domain": team.domain } }),
            )
        }
        "chat.postMessage" => conversations::post(slack, &caller, &args, now),
        "conversations.list" => conversations::list(slack, &args),
        "conversations.info" => conversations::info(slack, &args),
        "conversations.open" => conversations::open(&args),
        "conversations.join" => conversations::join(slack, &args),
        "users.list" => people::list(&args),
        "users.info" => people::info(&args),
        _ => people::by_email(&args),
    };
    match answer {
        Ok(answer) => Json(answer).into_response(),
        // "Rate limits": the one failure with a status of its own.
        Err("ratelimited") => {
            let wait = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
            (StatusCode::TOO_MANY_REQUESTS, wait, Json(failed("ratelimited"))).into_response()
        }
        Err(error) => Json(failed(error)).into_response(),
    }
}

fn identity(caller: &Caller) -> Value {
    let team = caller.team;
    json!({
        "ok": true, "url": format!("https://{}.slack.com/", team.domain), "team": team.name,
        "user": "portico-demo", "team_id": team.id, "user_id": team.bot, "bot_id": "B0PORTICO",
        "is_enterprise_install": false,
    })
}

impl super::World {
    fn caller(&self, token: &str, scope: &str, now: i64) -> Result<Caller, Value> {
        if token.is_empty() {
            return Err(failed("not_authed"));
        }
        let mut found = self.installs.iter().enumerate();
        let found = found.find_map(|(index, own)| Some((index, own, own.knows(token, now)?)));
        let Some((install, own, lives)) = found else { return Err(failed("invalid_auth")) };
        if own.revoked {
            return Err(failed("token_revoked"));
        }
        if !lives {
            return Err(failed("token_expired"));
        }
        if !scope.is_empty() && !own.scope.split(',').any(|granted| granted == scope) {
            let missing = json!({ "needed": scope, "provided": own.scope });
            let mut failure = failed("missing_scope");
            failure["needed"] = missing["needed"].clone();
            failure["provided"] = missing["provided"].clone();
            return Err(failure);
        }
        Ok(Caller { install, team: own.team })
    }

    fn revoke(&mut self, install: usize) {
        if let Some(own) = self.installs.get_mut(install) {
            own.revoked = true;
        }
    }
}
