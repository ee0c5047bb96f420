//! What is posted: checked, kept, and shown as the API shows it ("chat.postMessage").

use super::api::Call;
use super::conversations::reachable;
use super::failure::{Answer, Failure};
use super::seed;
use super::workspace::{Place, Who, Workspace};
use super::{World, blocks, events};
use serde_json::{Value, json};

/// "Messages longer than 40,000 characters": these are too long.
const LONGEST_TEXT: usize = 40_000;
/// "No more than 100 attachments."
const MOST_ATTACHMENTS: usize = 100;

/// A posted message.
pub(super) struct Message {
    pub(super) channel: String,
    /// Unique in its channel, and its id there: seconds, and a counter in the place of microseconds.
    pub(super) ts: String,
    pub(super) author: Who,
    /// A name in place of the author's own.
    pub(super) username: Option<String>,
    /// `:tada:`, or the address of an image.
    pub(super) icon: Option<Icon>,
    pub(super) text: String,
    pub(super) blocks: Option<Value>,
    pub(super) attachments: Option<Value>,
    pub(super) metadata: Option<Value>,
    pub(super) thread_ts: Option<String>,
    /// A reply that is shown in its channel as well.
    pub(super) broadcast: bool,
}

/// What is shown beside a message in place of the author's picture.
#[derive(Clone)]
pub(super) enum Icon {
    Emoji(String),
    Url(String),
}

/// `chat.postMessage`.
pub(super) fn post(world: &mut World, call: &Call) -> Answer {
    let wanted = call.args.required("channel")?;
    let channel = place(call.workspace_mut(world)?, call, &wanted)?;
    let mut message = written(call, channel)?;
    let key = format!("{}/{}", call.team.id, message.channel);
    world.limits.message(key, world.settings.message_burst, call.now)?;
    let workspace = call.workspace_mut(world)?;
    let count = workspace.messages.len() % 1_000_000;
    message.ts = format!("{}.{count:06}", call.now / 1000);
    let body = json!({
        "ok": true, "channel": message.channel, "ts": message.ts,
        "message": shown(workspace, call, &message, true),
    });
    let told = events::told(workspace, call, &message);
    workspace.messages.push(message);
    world.posted(call.team, told, call.now);
    Ok(body)
}

/// Where a message goes: a channel by id or name, a conversation, or a person's id.
fn place(workspace: &mut Workspace, call: &Call, wanted: &str) -> Result<String, Failure> {
    if workspace.who(call.team, wanted).is_some() {
        let other = reachable(workspace, call, wanted)?;
        return Ok(workspace.direct(vec![call.who, other]).0);
    }
    let name = wanted.trim_start_matches('#');
    let named = workspace.channels.iter().find(|own| own.name == name && own.seen_by(call.who));
    let place = named.map(Place::Channel).or_else(|| workspace.seen(wanted, call.who));
    let place = place.ok_or("channel_not_found")?;
    let Place::Channel(own) = &place else { return Ok(place.id().to_owned()) };
    // "chat:write.public lets your app's bot post in channels it isn't a member of."
    let outside = !own.has(call.who);
    let may = call.who == Who::Bot && call.has("chat:write.public");
    match () {
        () if own.archived => Err("is_archived".into()),
        () if outside && !may => Err("not_in_channel".into()),
        () if own.read_only => Err("restricted_action_read_only_channel".into()),
        () => Ok(own.id.clone()),
    }
}

/// The message that a call describes, still without its `ts`.
fn written(call: &Call, channel: String) -> Result<Message, Failure> {
    let args = &call.args;
    let text = args.text("text").unwrap_or_default();
    let blocks = args.json("blocks");
    if let Some(blocks) = &blocks {
        blocks::check(blocks)?;
    }
    let attachments = args.json("attachments");
    let attached = match &attachments {
        None => 0,
        Some(Value::Array(list)) if list.len() > MOST_ATTACHMENTS => {
            return Err("too_many_attachments".into());
        }
        Some(Value::Array(list)) => list.len(),
        Some(_) => return Err("invalid_array_arg".into()),
    };
    let empty = blocks.as_ref().and_then(Value::as_array).is_none_or(Vec::is_empty);
    if text.is_empty() && empty && attached == 0 {
        return Err("no_text".into());
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err("msg_too_long".into());
    }
    let metadata = args.json("metadata");
    let fits = |own: &Value| {
        own.get("event_type").is_some_and(Value::is_string)
            && own.get("event_payload").is_some_and(Value::is_object)
    };
    if metadata.as_ref().is_some_and(|own| !fits(own)) {
        return Err("invalid_metadata_format".into());
    }
    // Without the scope these are passed over, not refused; a person posts as who they are.
    let dressed = call.who == Who::Bot && call.has("chat:write.customize");
    let emoji = args.text("icon_emoji").map(Icon::Emoji);
    let icon = emoji.or_else(|| args.text("icon_url").map(Icon::Url));
    Ok(Message {
        channel,
        ts: String::new(),
        author: call.who,
        username: args.text("username").filter(|_| dressed),
        icon: icon.filter(|_| dressed),
        text,
        blocks,
        attachments,
        metadata,
        thread_ts: args.text("thread_ts"),
        broadcast: args.flag("reply_broadcast"),
    })
}

/// A message as the API shows it; its metadata where that is asked for.
pub(super) fn shown(
    workspace: &Workspace,
    call: &Call,
    message: &Message,
    with_metadata: bool,
) -> Value {
    let mut body = json!({
        "type": "message", "ts": message.ts, "text": message.text, "team": call.team.id,
    });
    let mut put = |key: &str, value: Value| body[key] = value;
    if message.author == Who::Bot {
        put("bot_id", json!(seed::BOT_ID));
        put("app_id", json!(seed::APP_ID));
    }
    // What is posted under another name is a bot's message, not a user's.
    if message.username.is_some() || message.icon.is_some() {
        let name = message.username.as_deref().unwrap_or(seed::APP_NAME);
        put("subtype", json!("bot_message"));
        put("username", json!(name));
        put(
            "icons",
            match &message.icon {
                Some(Icon::Emoji(emoji)) => json!({ "emoji": emoji }),
                Some(Icon::Url(url)) => json!({ "image_48": url }),
                None => Value::Null,
            },
        );
    } else {
        put("user", json!(workspace.id_of(call.team, message.author)));
    }
    for (key, value) in [("blocks", &message.blocks), ("attachments", &message.attachments)] {
        if let Some(value) = value {
            put(key, value.clone());
        }
    }
    if let (Some(metadata), true) = (&message.metadata, with_metadata) {
        put("metadata", metadata.clone());
    }
    if let Some(thread) = &message.thread_ts {
        put("thread_ts", json!(thread));
        if let Some(parent) = workspace
            .messages
            .iter()
            .find(|own| own.ts == *thread && own.channel == message.channel)
        {
            put("parent_user_id", json!(workspace.id_of(call.team, parent.author)));
        }
    }
    let replies = workspace.replies(message);
    if replies > 0 {
        put("thread_ts", json!(message.ts));
        put("reply_count", json!(replies));
    }
    body
}

impl Workspace {
    /// How many have answered in a message's thread.
    fn replies(&self, message: &Message) -> usize {
        let answers = |own: &&Message| {
            own.thread_ts.as_ref() == Some(&message.ts) && own.channel == message.channel
        };
        self.messages.iter().filter(answers).count()
    }
}
