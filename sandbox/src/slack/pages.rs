//! The workspace for people: its channels, and their messages as they come.

use super::BRAND;
use super::rendered::{author, body};
use super::seed::{Team, team};
use super::workspace::Workspace;
use crate::pages::{LIVE, escaped, page};
use crate::state::{Sandbox, World};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use std::collections::BTreeMap;

/// How many channels are shown, and how many messages of one.
const SHOWN: usize = 60;
const SHOWN_MESSAGES: usize = 200;

fn workspace<'w>(world: &'w World, id: &str) -> Result<(&'static Team, &'w Workspace), StatusCode> {
    let found = team(id).zip(world.slack.workspaces.get(id));
    found.ok_or(StatusCode::NOT_FOUND)
}

/// The channels with how many messages each has: those that have some first, then direct conversations,
/// then the others.
pub(super) async fn channels(
    State(sandbox): State<Sandbox>,
    Path(id): Path<String>,
) -> Result<Html<String>, StatusCode> {
    let world = sandbox.world();
    let (team, workspace) = workspace(&world, &id)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for message in &workspace.messages {
        *counts.entry(&message.channel).or_default() += 1;
    }
    let count = |id: &str| counts.get(id).copied().unwrap_or_default();
    let live = workspace.channels.iter().filter(|channel| !channel.archived);
    let busy = live.clone().filter(|channel| count(&channel.id) > 0);
    let quiet = live.filter(|channel| count(&channel.id) == 0).take(SHOWN);
    let lock = |private: bool| if private { " (private)" } else { "" };
    let named = |channel: &super::workspace::Channel| {
        let title = format!("# {}{}", channel.name, lock(channel.private));
        row(team, &channel.id, &title, count(&channel.id))
    };
    let mut rows: String = busy.map(named).collect();
    for direct in &workspace.directs {
        let title = workspace.title(&direct.id).unwrap_or_default();
        rows.push_str(&row(team, &direct.id, &title, count(&direct.id)));
    }
    rows.extend(quiet.map(named));
    let all = workspace.channels.len();
    let body = format!(
        "<h1>{}</h1><p>{all} channels, {} people</p>\
         <table><thead><tr><th>Channel</th><th>Messages</th></tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        escaped(team.name),
        workspace.people.len()
    );
    Ok(page(&BRAND, team.name, &body))
}

fn row(team: &Team, id: &str, title: &str, count: usize) -> String {
    format!(
        "<tr><td data-label=\"Channel\"><a href=\"/slack/client/{}/{}\">{}</a></td>\
         <td data-label=\"Messages\">{count}</td></tr>",
        team.id,
        escaped(id),
        escaped(title)
    )
}

/// A conversation's messages, the newest first.
pub(super) async fn messages(
    State(sandbox): State<Sandbox>,
    Path((id, channel)): Path<(String, String)>,
) -> Result<Html<String>, StatusCode> {
    let world = sandbox.world();
    let (team, workspace) = workspace(&world, &id)?;
    let title = workspace.title(&channel).ok_or(StatusCode::NOT_FOUND)?;
    let own = workspace.messages.iter().rev().filter(|message| message.channel == channel);
    let rows: String = own
        .take(SHOWN_MESSAGES)
        .map(|message| {
            format!(
                "<tr id=\"{}\"><td data-label=\"From\">{}</td><td data-label=\"Message\">{}</td></tr>",
                message.ts,
                author(workspace, message),
                body(workspace, message)
            )
        })
        .collect();
    let rows = if rows.is_empty() {
        "<tr><td class=\"empty\" colspan=\"2\">No messages yet. They appear here as they are sent.</td></tr>".to_owned()
    } else {
        rows
    };
    let body = format!(
        "<p><a href=\"/slack/client/{}\">All channels of {}</a></p><h1>{}</h1>\
         <table><thead><tr><th>From</th><th>Message</th></tr></thead>\
         <tbody id=\"rows\">{rows}</tbody></table>{LIVE}",
        team.id,
        escaped(team.name),
        escaped(&title)
    );
    Ok(page(&BRAND, &title, &body))
}
