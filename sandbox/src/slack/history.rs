//! What was said in a conversation, the newest first ("conversations.history").

use super::World;
use super::api::Call;
use super::args::cursor;
use super::failure::{Answer, Failure};
use super::messages::{Message, shown};
use super::workspace::{Place, Who};
use serde_json::json;

/// "The maximum and default limit is 15" for apps that are distributed outside the Marketplace.
const MOST_UNLISTED: usize = 15;

/// `conversations.history`. Replies stay in their threads unless they were broadcast.
pub(super) fn read(world: &mut World, call: &Call) -> Answer {
    let unlisted = world.settings.unlisted;
    let args = &call.args;
    let id = args.required("channel")?;
    let workspace = call.workspace(world)?;
    let place = workspace.seen(&id, call.who).ok_or("channel_not_found")?;
    call.needs_for(&place, "history")?;
    if let Place::Channel(own) = &place
        && call.who == Who::Bot
        && !own.has(call.who)
    {
        return Err("not_in_channel".into());
    }
    let latest = bound(call, "latest", "invalid_ts_latest")?;
    let oldest = bound(call, "oldest", "invalid_ts_oldest")?;
    let inclusive = args.flag("inclusive");
    let within = |own: &&Message| {
        let ts = micros(&own.ts).unwrap_or_default();
        let ends = inclusive && (Some(ts) == latest || Some(ts) == oldest);
        ends || (latest.is_none_or(|latest| ts < latest) && oldest.is_none_or(|oldest| ts > oldest))
    };
    let own = workspace.messages.iter().rev().filter(|own| own.channel == id);
    let own = own.filter(|own| own.thread_ts.is_none() || own.broadcast).filter(within);
    let all: Vec<_> = own.collect();
    let (start, limit) = args.window()?;
    let limit = if unlisted { limit.min(MOST_UNLISTED) } else { limit };
    let end = start.saturating_add(limit);
    let with_metadata = args.flag("include_all_metadata");
    let page = all.iter().skip(start).take(limit);
    let messages: Vec<_> =
        page.map(|message| shown(workspace, call, message, with_metadata)).collect();
    let mut body = json!({
        "ok": true, "messages": messages, "has_more": end < all.len(), "pin_count": 0,
    });
    if end < all.len() {
        body["response_metadata"] = json!({ "next_cursor": cursor(end, all.len()) });
    }
    Ok(body)
}

fn bound(call: &Call, name: &str, wrong: &'static str) -> Result<Option<i64>, Failure> {
    match call.args.text(name) {
        None => Ok(None),
        Some(text) => micros(&text).map(Some).ok_or_else(|| wrong.into()),
    }
}

/// A `ts` as a number: seconds, and up to six digits behind the point.
fn micros(ts: &str) -> Option<i64> {
    let (seconds, rest) = ts.split_once('.').unwrap_or((ts, ""));
    if rest.len() > 6 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let micros: i64 = format!("{rest:0<6}").parse().ok()?;
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)
}
