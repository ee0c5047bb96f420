//! Messages, searched in a person's name ("search.messages").

use super::World;
use super::api::Call;
use super::args::cursor;
use super::failure::{Answer, Failure};
use super::messages::Message;
use super::workspace::{Place, Who, Workspace};
use serde_json::{Value, json};

/// "Pass the number of results you want per page": 20, and 100 at most; as many pages at most.
const USUAL: usize = 20;
const MOST: usize = 100;

/// A query: words that all must be there, a channel, a person.
#[derive(Default)]
struct Query {
    words: Vec<String>,
    within: Option<String>,
    from: Option<String>,
}

impl Query {
    fn read(text: &str) -> Self {
        let mut query = Self::default();
        for word in text.split_whitespace() {
            let word = word.to_lowercase();
            if let Some(channel) = word.strip_prefix("in:") {
                query.within = Some(channel.trim_start_matches(['#', '@']).to_owned());
            } else if let Some(person) = word.strip_prefix("from:") {
                query.from = Some(person.trim_start_matches('@').to_owned());
            } else {
                query.words.push(word.trim_matches('"').to_owned());
            }
        }
        query
    }

    fn fits(&self, workspace: &Workspace, message: &Message, place: &Place) -> bool {
        let text = message.text.to_lowercase();
        let channel = match place {
            Place::Channel(own) => own.name.clone(),
            Place::Direct(own) => own.id.to_lowercase(),
        };
        self.words.iter().all(|word| text.contains(word))
            && self.within.as_ref().is_none_or(|within| *within == channel)
            && self.from.as_ref().is_none_or(|from| *from == handle(workspace, message))
    }
}

fn handle(workspace: &Workspace, message: &Message) -> String {
    let own = workspace.person(message.author).map(|person| person.handle.clone());
    let shown = message.username.as_ref().map(|name| name.to_lowercase());
    own.or(shown).unwrap_or_else(|| super::seed::APP_HANDLE.to_owned())
}

/// `search.messages`: for people's tokens only, in what they can see.
pub(super) fn messages(world: &mut World, call: &Call) -> Answer {
    if call.who == Who::Bot {
        return Err("not_allowed_token_type".into());
    }
    call.needs(&["search:read"])?;
    let text = call.args.text("query").ok_or("No query passed")?;
    let (count, page) = (number(call, "count", USUAL)?, number(call, "page", 1)?);
    // "For first call send `*`": pages are then found by a cursor instead of by their number.
    let by_cursor = call.args.text("cursor");
    let start = match by_cursor.as_deref() {
        None => (page - 1).saturating_mul(count),
        Some("*") => 0,
        Some(_) => call.args.window()?.0,
    };
    let query = Query::read(&text);
    let workspace = call.workspace(world)?;
    let found = |message: &&Message| {
        let place = workspace.seen(&message.channel, call.who);
        place.is_some_and(|place| query.fits(workspace, message, &place))
    };
    let mut all: Vec<_> = workspace.messages.iter().filter(found).collect();
    // The newest first, unless it is asked for otherwise; nothing is a better match than another here.
    if call.args.text("sort_dir").as_deref() != Some("asc") {
        all.reverse();
    }
    let matches: Vec<_> =
        all.iter().skip(start).take(count).map(|message| shown(workspace, call, message)).collect();
    let (total, pages) = (all.len(), all.len().div_ceil(count));
    let last = start.saturating_add(matches.len());
    let mut answer = json!({ "ok": true, "query": text, "messages": {
        "total": total, "matches": matches,
        "paging": { "count": count, "total": total, "page": page, "pages": pages },
        "pagination": {
            "first": if matches.is_empty() { 0 } else { start + 1 }, "last": last, "page": page,
            "page_count": pages, "per_page": count, "total_count": total,
        },
    } });
    if by_cursor.is_some() {
        answer["response_metadata"] = json!({ "next_cursor": cursor(last, total) });
    }
    Ok(answer)
}

fn number(call: &Call, name: &str, usual: usize) -> Result<usize, Failure> {
    let Some(text) = call.args.text(name) else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| Failure::saying("invalid_arguments", format!("{name} is out of range")))
}

fn shown(workspace: &Workspace, call: &Call, message: &Message) -> Value {
    let (channel, domain) = (&message.channel, call.team.domain);
    let place = workspace.seen(channel, call.who);
    let (name, private) = match &place {
        Some(Place::Channel(own)) => (own.name.clone(), own.private),
        _ => (channel.clone(), true),
    };
    let digits = message.ts.replace('.', "");
    json!({
        "type": "message", "team": call.team.id, "ts": message.ts, "text": message.text,
        "user": workspace.id_of(call.team, message.author), "username": handle(workspace, message),
        "channel": { "id": channel, "name": name, "is_private": private },
        "permalink": format!("https://{domain}.slack.com/archives/{channel}/p{digits}"),
    })
}
