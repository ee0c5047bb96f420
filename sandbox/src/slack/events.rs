//! What the app hears of ("Events API").

use super::World;
use super::api::Call;
use super::messages::{Message, shown};
use super::seed::{self, TEAMS, Team};
use super::workspace::{Place, Who, Workspace};
use crate::state::Sandbox;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

impl World {
    /// What has happened since this was last asked.
    pub(crate) fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }

    /// Keeps what happened in a workspace, if the app is or was there.
    pub(super) fn happened(&mut self, team: &Team, event: Value, now: i64) {
        if !self.grants.iter().any(|own| own.team.id == team.id) {
            return;
        }
        self.events_made += 1;
        let number = self.events_made;
        self.events.push(json!({
            "token": "sandbox", "team_id": team.id, "api_app_id": seed::APP_ID, "event": event,
            "type": "event_callback", "event_id": format!("Ev{number:09}"),
            "event_time": now / 1000, "is_ext_shared_channel": false,
            "authorizations": [{
                "enterprise_id": null, "team_id": team.id, "user_id": team.bot, "is_bot": true,
                "is_enterprise_install": false,
            }],
            "event_context": format!("4-{number:09}"), "context_team_id": team.id,
        }));
    }

    /// A message was posted; whoever is mentioned in it may be the app.
    pub(super) fn posted(&mut self, team: &Team, (message, family): (Value, &str), now: i64) {
        let mut event = message;
        event["event_ts"] = event["ts"].clone();
        event["channel_type"] = json!(match family {
            "channels" => "channel",
            "groups" => "group",
            other => other,
        });
        let text = event["text"].as_str().unwrap_or_default();
        let mentioned = text.contains(&format!("<@{}>", team.bot));
        if mentioned {
            let mut mention = event.clone();
            mention["type"] = json!("app_mention");
            if let Some(mention) = mention.as_object_mut() {
                mention.shift_remove("channel_type");
            }
            self.happened(team, mention, now);
        }
        self.happened(team, event, now);
    }
}

/// A message as an event shows it, and what kind of conversation it is in.
pub(super) fn told(workspace: &Workspace, call: &Call, message: &Message) -> (Value, &'static str) {
    let mut event = shown(workspace, call, message, false);
    event["channel"] = json!(message.channel);
    let family = workspace
        .seen(&message.channel, message.author)
        .map_or("channels", |own: Place| own.family());
    (event, family)
}

/// What a person does in a workspace: writes, reacts, makes a channel.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Done {
    team: String,
    /// As the Events API tells of it: `{"type": "reaction_added", "user": "U0..", …}`.
    event: Value,
}

/// `/slack/_sandbox/events`: something happens in a workspace. A message is kept as well.
pub(super) async fn happen(State(sandbox): State<Sandbox>, Json(done): Json<Done>) -> StatusCode {
    let mut world = sandbox.world();
    let now = world.now();
    let slack = &mut world.slack;
    let Some(team) = TEAMS.iter().find(|own| own.id == done.team) else {
        return StatusCode::NOT_FOUND;
    };
    let mut event = done.event;
    let text = |event: &Value, key: &str| event[key].as_str().unwrap_or_default().to_owned();
    if text(&event, "type") != "message" {
        event["event_ts"] = json!(format!("{}.000000", now / 1000));
        slack.happened(team, event, now);
        return StatusCode::NO_CONTENT;
    }
    let Some(workspace) = slack.workspaces.get_mut(team.id) else { return StatusCode::NOT_FOUND };
    let Some(author) = workspace.who(team, &text(&event, "user")) else {
        return StatusCode::NOT_FOUND;
    };
    let channel = text(&event, "channel");
    let Some(family) = workspace.seen(&channel, author).map(|own| own.family()) else {
        return StatusCode::NOT_FOUND;
    };
    let ts = format!("{}.{:06}", now / 1000, workspace.messages.len() % 1_000_000);
    event["ts"] = json!(ts);
    event["team"] = json!(team.id);
    let hidden = matches!(author, Who::Bot);
    workspace.messages.push(Message {
        channel,
        ts,
        author,
        username: None,
        icon: None,
        text: text(&event, "text"),
        blocks: None,
        attachments: None,
        metadata: None,
        thread_ts: event["thread_ts"].as_str().map(str::to_owned),
        broadcast: false,
    });
    if hidden {
        event["bot_id"] = json!(seed::BOT_ID);
    }
    slack.posted(team, (event, family), now);
    StatusCode::NO_CONTENT
}
