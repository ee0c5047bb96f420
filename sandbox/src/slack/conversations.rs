//! Channels, direct conversations, and what is posted to them.

use super::World;
use super::api::Caller;
use super::args::Args;
use super::people;
use super::seed::Channel;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// "Messages longer than 40,000 characters are truncated"; the API refuses them.
const LONGEST_TEXT: usize = 40_000;
/// "Up to 50 blocks in each message."
const MOST_BLOCKS: usize = 50;
/// "About one message per second per channel"; bursts are let through.
const BURST: i64 = 50;

/// A posted message.
pub(super) struct Message {
    pub(super) team: &'static str,
    pub(super) channel: String,
    pub(super) author: String,
    pub(super) icon: String,
    pub(super) text: String,
    pub(super) blocks: Value,
}

/// `chat.postMessage`.
pub(super) fn post(
    slack: &mut World,
    caller: &Caller,
    args: &Args,
    now: i64,
) -> Result<Value, &'static str> {
    let wanted = args.text("channel").ok_or("channel_not_found")?;
    let channel = slack.place(&wanted)?;
    let text = args.text("text").unwrap_or_default();
    let blocks = args.json("blocks").unwrap_or(Value::Null);
    match &blocks {
        Value::Null if text.is_empty() => return Err("no_text"),
        Value::Null => {}
        Value::Array(list) if list.len() > MOST_BLOCKS => return Err("msg_blocks_too_long"),
        Value::Array(list) if list.iter().all(|block| block["type"].is_string()) => {}
        Value::Array(_) => return Err("invalid_blocks"),
        _ => return Err("invalid_blocks_format"),
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err("msg_too_long");
    }
    slack.slow_down(&channel, now)?;
    let count = slack.messages.len();
    // Unique in its channel: seconds, and a counter in the place of microseconds.
    let ts = format!("{}.{count:06}", now / 1000);
    let message = Message {
        team: caller.team.id,
        channel: channel.clone(),
        author: args.text("username").unwrap_or_else(|| "Portico demo".to_owned()),
        icon: args.text("icon_emoji").unwrap_or_default(),
        text: text.clone(),
        blocks,
    };
    slack.messages.push(message);
    Ok(json!({
        "ok": true, "channel": channel, "ts": ts,
        "message": { "type": "message", "subtype": "bot_message", "text": text, "ts": ts, "bot_id": "B0PORTICO" },
    }))
}

/// `conversations.list`: pages that may be shorter than asked for.
pub(super) fn list(slack: &World, args: &Args) -> Result<Value, &'static str> {
    let types = args.text("types").unwrap_or_else(|| "public_channel".to_owned());
    let wants = |kind: &str| types.split(',').any(|own| own == kind);
    let live = args.text("exclude_archived").as_deref() == Some("true");
    // Private channels are seen by members only.
    let seen = |own: &&Channel| {
        let kind = if own.private {
            own.member && wants("private_channel")
        } else {
            wants("public_channel")
        };
        kind && !(live && own.archived)
    };
    let (start, limit) = window(args)?;
    let end = start.saturating_add(limit);
    let channels: Vec<_> =
        slack.channels.iter().skip(start).take(limit).filter(seen).map(shown).collect();
    Ok(
        json!({ "ok": true, "channels": channels, "response_metadata": { "next_cursor": cursor(end, slack.channels.len()) } }),
    )
}

/// `conversations.info`.
pub(super) fn info(slack: &World, args: &Args) -> Result<Value, &'static str> {
    let id = args.text("channel").ok_or("channel_not_found")?;
    let found = slack.channels.iter().find(|own| own.id == id && (!own.private || own.member));
    Ok(json!({ "ok": true, "channel": shown(found.ok_or("channel_not_found")?) }))
}

/// `conversations.open`: the direct conversation with one person.
pub(super) fn open(args: &Args) -> Result<Value, &'static str> {
    let user = args.text("users").ok_or("users_list_not_supplied")?;
    let known = people::find(|person| person.id == user).ok_or("user_not_found")?;
    Ok(json!({ "ok": true, "channel": { "id": direct(&known.id) } }))
}

/// `conversations.join`.
pub(super) fn join(slack: &mut World, args: &Args) -> Result<Value, &'static str> {
    let id = args.text("channel").ok_or("channel_not_found")?;
    let found = slack.channels.iter_mut().find(|own| own.id == id && !own.private);
    let channel = found.ok_or("channel_not_found")?;
    if channel.archived {
        return Err("is_archived");
    }
    channel.member = true;
    Ok(json!({ "ok": true, "channel": shown(channel) }))
}

/// The page that is asked for: from where, and how many.
pub(super) fn window(args: &Args) -> Result<(usize, usize), &'static str> {
    let limit = args.text("limit").map(|text| text.parse::<usize>());
    let limit = limit.transpose().map_err(|_| "invalid_limit")?.unwrap_or(100);
    if limit == 0 || limit > 1000 {
        return Err("invalid_limit");
    }
    let start = match args.text("cursor") {
        None => 0,
        Some(cursor) => {
            let plain = STANDARD.decode(cursor).ok().and_then(|own| String::from_utf8(own).ok());
            let number = plain.as_deref().and_then(|own| own.strip_prefix("next:")?.parse().ok());
            number.ok_or("invalid_cursor")?
        }
    };
    Ok((start, limit))
}

/// Where the next page begins; empty at the end.
pub(super) fn cursor(end: usize, all: usize) -> String {
    if end >= all { String::new() } else { STANDARD.encode(format!("next:{end}")) }
}

/// The direct conversation with a person.
fn direct(person: &str) -> String {
    format!("D{}", &person[1..])
}

fn shown(channel: &Channel) -> Value {
    json!({
        "id": channel.id, "name": channel.name, "is_channel": true, "is_private": channel.private,
        "is_archived": channel.archived, "is_member": channel.member,
        "purpose": { "value": channel.purpose }, "num_members": 12,
    })
}

impl World {
    /// Where a message goes: a channel by id or name, or a person's direct conversation.
    fn place(&self, wanted: &str) -> Result<String, &'static str> {
        if let Some(person) = people::find(|person| person.id == wanted) {
            return if person.bot { Err("cannot_dm_bot") } else { Ok(direct(&person.id)) };
        }
        if wanted.starts_with('D') && people::find(|person| direct(&person.id) == wanted).is_some()
        {
            return Ok(wanted.to_owned());
        }
        let name = wanted.trim_start_matches('#');
        let found = self.channels.iter().find(|own| own.id == wanted || own.name == name);
        let channel = found.ok_or("channel_not_found")?;
        match () {
            () if channel.private && !channel.member => Err("channel_not_found"),
            () if channel.archived => Err("is_archived"),
            () => Ok(channel.id.clone()),
        }
    }

    /// One message a second and channel, after a burst.
    fn slow_down(&mut self, channel: &str, now: i64) -> Result<(), &'static str> {
        let next = self.posted.entry(channel.to_owned()).or_insert(now - BURST * 1000);
        let free = (*next + 1000).max(now - BURST * 1000);
        if free > now {
            return Err("ratelimited");
        }
        *next = free;
        Ok(())
    }
}
