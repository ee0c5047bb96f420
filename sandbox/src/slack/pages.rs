//! The workspace for people: its channels, and their messages as they come.

use super::seed::{TEAMS, Team};
use super::{BRAND, people};
use crate::pages::{LIVE, escaped, page};
use crate::state::Sandbox;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use serde_json::Value;

/// How many channels are shown.
const SHOWN: usize = 60;

fn team(id: &str) -> Result<&'static Team, StatusCode> {
    TEAMS.iter().find(|team| team.id == id).ok_or(StatusCode::NOT_FOUND)
}

/// The channels, with how many messages each has; direct conversations that were begun.
pub(super) async fn channels(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Html<String>, StatusCode> {
    let team = team(&id)?;
    let world = sandbox.world();
    let slack = &world.slack;
    let own = || slack.messages.iter().filter(|message| message.team == team.id);
    let count = |channel: &str| own().filter(|message| message.channel == channel).count();
    let named = slack.channels.iter().filter(|channel| !channel.archived).take(SHOWN);
    let mut rows: String = named
        .map(|channel| row(team, &channel.id, &format!("# {}", channel.name), count(&channel.id)))
        .collect();
    let mut direct: Vec<_> =
        own().map(|message| message.channel.as_str()).filter(|id| id.starts_with('D')).collect();
    direct.sort_unstable();
    direct.dedup();
    rows.extend(direct.into_iter().map(|id| row(team, id, &title(slack, id), count(id))));
    let body = format!(
        "<h1>{}</h1><table><thead><tr><th>Channel</th><th>Messages</th></tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        team.name
    );
    Ok(page(&BRAND, team.name, &body))
}

fn row(team: &Team, id: &str, title: &str, count: usize) -> String {
    format!(
        "<tr><td data-label=\"Channel\"><a href=\"/slack/client/{}/{id}\">{}</a></td>\
         <td data-label=\"Messages\">{count}</td></tr>",
        team.id,
        escaped(title)
    )
}

fn title(slack: &super::World, id: &str) -> String {
    if let Some(channel) = slack.channels.iter().find(|channel| channel.id == id) {
        return format!("# {}", channel.name);
    }
    let person = people::find(|person| person.id.ends_with(id.trim_start_matches('D')));
    person.map_or_else(|| id.to_owned(), |person| format!("@ {}", person.name))
}

/// A channel's messages, the newest first.
pub(super) async fn messages(
    State(sandbox): State<Sandbox>,
    Path((id, channel)): Path<(String, String)>,
) -> Result<Html<String>, StatusCode> {
    let team = team(&id)?;
    let world = sandbox.world();
    let slack = &world.slack;
    let own = slack.messages.iter().rev();
    let own = own.filter(|message| message.team == team.id && message.channel == channel);
    let rows: String = own
        .map(|message| {
            let text = escaped(&message.text).replace('\n', "<br>");
            let blocks = match &message.blocks {
                Value::Null => String::new(),
                blocks => format!("<pre>{}</pre>", escaped(&format!("{blocks:#}"))),
            };
            format!(
                "<tr><td data-label=\"From\">{} <strong>{}</strong></td>\
                 <td data-label=\"Message\">{text}{blocks}</td></tr>",
                escaped(&message.icon),
                escaped(&message.author)
            )
        })
        .collect();
    let rows = if rows.is_empty() {
        "<tr><td class=\"empty\" colspan=\"2\">No messages yet. They appear here as they are sent.</td></tr>".to_owned()
    } else {
        rows
    };
    let name = escaped(&title(slack, &channel));
    let body = format!(
        "<p><a href=\"/slack/client/{}\">All channels of {}</a></p><h1>{name}</h1>\
         <table><thead><tr><th>From</th><th>Message</th></tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        team.id, team.name
    );
    Ok(page(&BRAND, &title(slack, &channel), &body))
}
