//! Which blocks a message may have ("Block Kit", "Reference: Blocks").

use super::failure::Failure;
use serde_json::Value;

/// "You can include up to 50 blocks in each message."
const MOST_BLOCKS: usize = 50;
/// What the texts of all blocks may come to; what is too long altogether is `msg_blocks_too_long`.
const LONGEST: usize = 40_000;

/// Something that is wrong, and where: a JSON pointer below `/blocks`.
struct Wrong {
    what: String,
    at: String,
}

fn wrong(what: impl Into<String>, at: impl Into<String>) -> Result<(), Wrong> {
    Err(Wrong { what: what.into(), at: at.into() })
}

/// Whether a message may have these blocks; Slack says where the first mistake is.
pub(super) fn check(blocks: &Value) -> Result<(), Failure> {
    let Value::Array(list) = blocks else { return Err("invalid_blocks_format".into()) };
    if blocks.to_string().chars().count() > LONGEST {
        return Err("msg_blocks_too_long".into());
    }
    let checked = if list.len() > MOST_BLOCKS {
        wrong(format!("no more than {MOST_BLOCKS} items allowed"), "")
    } else {
        list.iter().enumerate().try_for_each(|(index, block)| {
            one(block).map_err(|Wrong { what, at }| Wrong { what, at: format!("/{index}{at}") })
        })
    };
    checked.map_err(|Wrong { what, at }| {
        Failure::saying("invalid_blocks", format!("{what} [json-pointer:/blocks{at}]"))
    })
}

fn one(block: &Value) -> Result<(), Wrong> {
    let Some(kind) = block.get("type").and_then(Value::as_str) else {
        return wrong("missing required field: type", "");
    };
    match kind {
        "section" => section(block),
        "header" => text(block.get("text"), 150, &["plain_text"], "/text"),
        "markdown" => match block.get("text").and_then(Value::as_str) {
            Some(_) => Ok(()),
            None => wrong("missing required field: text", ""),
        },
        "image" => match ["image_url", "slack_file"].iter().any(|key| block.get(*key).is_some()) {
            false => wrong("missing required field: image_url", ""),
            true if block.get("alt_text").is_none() => {
                wrong("missing required field: alt_text", "")
            }
            true => Ok(()),
        },
        "context" => items(block, "elements", 10),
        "actions" => items(block, "elements", 25),
        "rich_text" => items(block, "elements", usize::MAX),
        "divider" | "input" | "file" | "video" | "table" => Ok(()),
        _ => wrong(format!("unsupported type: {kind}"), "/type"),
    }
}

/// "One of text and fields is required."
fn section(block: &Value) -> Result<(), Wrong> {
    let kinds = ["mrkdwn", "plain_text"];
    match (block.get("text"), block.get("fields").and_then(Value::as_array)) {
        (None, None) => wrong("must provide either text or fields", ""),
        (_, Some(fields)) if fields.len() > 10 => wrong("no more than 10 items allowed", "/fields"),
        (own, fields) => {
            let fields = fields.into_iter().flatten().enumerate();
            for (index, field) in fields {
                text(Some(field), 2000, &kinds, &format!("/fields/{index}"))?;
            }
            if own.is_some() { text(own, 3000, &kinds, "/text") } else { Ok(()) }
        }
    }
}

/// A text object: its kind, and how long it may be ("Composition objects: Text object").
fn text(own: Option<&Value>, longest: usize, kinds: &[&str], at: &str) -> Result<(), Wrong> {
    let Some(own) = own else {
        return wrong(format!("missing required field: {}", at.trim_start_matches('/')), "");
    };
    let kind = own.get("type").and_then(Value::as_str).unwrap_or_default();
    let words = own.get("text").and_then(Value::as_str);
    match words.map(|words| words.chars().count()) {
        _ if !kinds.contains(&kind) => {
            wrong(format!("unsupported type: {kind}"), format!("{at}/type"))
        }
        None => wrong("missing required field: text", at),
        Some(0) => wrong("must be more than 0 characters", format!("{at}/text")),
        Some(length) if length > longest => {
            wrong(format!("must be less than {} characters", longest + 1), format!("{at}/text"))
        }
        Some(_) => Ok(()),
    }
}

fn items(block: &Value, key: &str, most: usize) -> Result<(), Wrong> {
    match block.get(key).and_then(Value::as_array) {
        None => wrong(format!("missing required field: {key}"), ""),
        Some(list) if list.len() > most => {
            wrong(format!("no more than {most} items allowed"), format!("/{key}"))
        }
        Some(_) => Ok(()),
    }
}
