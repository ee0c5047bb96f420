//! Messages as people see them: text with its markup, blocks, who posted ("Formatting message text").

use super::messages::{Icon, Message};
use super::workspace::Workspace;
use crate::pages::escaped;
use serde_json::Value;

/// Emoji that messages of this kind often carry; others are shown by their names.
const EMOJI: [(&str, &str); 8] = [
    (":tada:", "🎉"),
    (":sparkles:", "✨"),
    (":wave:", "👋"),
    (":bell:", "🔔"),
    (":rocket:", "🚀"),
    (":white_check_mark:", "✅"),
    (":warning:", "⚠️"),
    (":robot_face:", "🤖"),
];

/// Who a message is from.
pub(super) fn author(workspace: &Workspace, message: &Message) -> String {
    let icon = match &message.icon {
        Some(Icon::Emoji(name)) => {
            let known = EMOJI.iter().find(|(own, _)| own == name);
            escaped(known.map_or(name, |(_, emoji)| *emoji))
        }
        Some(Icon::Url(url)) if url.starts_with("https://") => format!(
            "<img src=\"{}\" alt=\"\" width=\"20\" height=\"20\" referrerpolicy=\"no-referrer\">",
            escaped(url)
        ),
        _ => String::new(),
    };
    let name = message.username.as_deref().unwrap_or_else(|| workspace.name_of(message.author));
    format!("{icon} <strong>{}</strong>", escaped(name))
}

/// What a message says. "Text is a fallback where there are blocks": then only notifications show it.
pub(super) fn body(workspace: &Workspace, message: &Message) -> String {
    let blocks = message.blocks.as_ref().and_then(Value::as_array).filter(|list| !list.is_empty());
    let shown = match blocks {
        None => markup(workspace, &message.text),
        Some(list) => {
            let list: String = list.iter().map(|own| block(workspace, own)).collect();
            let notice = match message.text.as_str() {
                "" => String::new(),
                text => format!("<p><small>Notification: {}</small></p>", markup(workspace, text)),
            };
            format!("{list}{notice}")
        }
    };
    let attached = message.attachments.as_ref().and_then(Value::as_array).into_iter().flatten();
    let attached: String = attached
        .filter_map(|own| own.get("text").or_else(|| own.get("fallback"))?.as_str())
        .map(|text| format!("<blockquote>{}</blockquote>", markup(workspace, text)))
        .collect();
    let thread = message.thread_ts.as_ref().map_or("", |_| "<small>In a thread:</small> ");
    format!("{thread}{shown}{attached}")
}

fn block(workspace: &Workspace, block: &Value) -> String {
    let text = |own: &Value| own.get("text").map(|own| object(workspace, own)).unwrap_or_default();
    match block.get("type").and_then(Value::as_str).unwrap_or_default() {
        "header" => format!("<p><strong>{}</strong></p>", text(block)),
        "section" => {
            let fields = block.get("fields").and_then(Value::as_array).into_iter().flatten();
            let fields: String =
                fields.map(|own| format!("<li>{}</li>", object(workspace, own))).collect();
            let fields = if fields.is_empty() { fields } else { format!("<ul>{fields}</ul>") };
            format!("<p>{}</p>{fields}", text(block))
        }
        "markdown" => format!("<p>{}</p>", text(block)),
        "divider" => "<hr>".to_owned(),
        "image" => {
            let words = block.get("alt_text").and_then(Value::as_str).unwrap_or_default();
            format!("<p>[{}]</p>", escaped(words))
        }
        "context" => {
            let parts = block.get("elements").and_then(Value::as_array).into_iter().flatten();
            let parts: Vec<_> = parts.map(|own| object(workspace, own)).collect();
            format!("<p><small>{}</small></p>", parts.join(" "))
        }
        "actions" => {
            let parts = block.get("elements").and_then(Value::as_array).into_iter().flatten();
            parts.map(|own| format!("<button disabled>{}</button> ", text(own))).collect()
        }
        _ => format!("<pre>{}</pre>", escaped(&format!("{block:#}"))),
    }
}

/// A text object, plain or with markup; or a text.
fn object(workspace: &Workspace, own: &Value) -> String {
    let words = own.as_str().or_else(|| own.get("text")?.as_str());
    let words = words.or_else(|| own.get("alt_text")?.as_str()).unwrap_or_default();
    match own.get("type").and_then(Value::as_str) {
        Some("plain_text") => lines(&escaped(words)),
        _ => markup(workspace, words),
    }
}

fn lines(html: &str) -> String {
    html.replace('\n', "<br>")
}

/// Text with its markup: what stands in `<…>`, `*bold*`, and the three characters that are escaped.
fn markup(workspace: &Workspace, text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        html.push_str(&words(before));
        let Some((inside, after)) = after.split_once('>') else {
            html.push_str("&lt;");
            rest = after;
            continue;
        };
        html.push_str(&control(workspace, inside));
        rest = after;
    }
    html.push_str(&words(rest));
    lines(&html)
}

/// `<@U1>`, `<#C1>`, `<!channel>`, `<https://example.com|a link>`.
fn control(workspace: &Workspace, inside: &str) -> String {
    let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
    if let Some(id) = target.strip_prefix('@') {
        let person = workspace.people.iter().find(|person| person.id == id);
        return format!("@{}", escaped(person.map_or(id, |person| &person.name)));
    }
    if let Some(id) = target.strip_prefix('#') {
        let channel = workspace.channels.iter().find(|channel| channel.id == id);
        return format!("#{}", escaped(channel.map_or(id, |channel| &channel.name)));
    }
    if let Some(group) = target.strip_prefix('!') {
        return format!("@{}", escaped(group));
    }
    let label = if label.is_empty() { target } else { label };
    if ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme)) {
        let (target, label) = (escaped(&plain(target)), words(label));
        return format!("<a href=\"{target}\" rel=\"noreferrer\">{label}</a>");
    }
    escaped(&format!("<{inside}>"))
}

/// What `&amp;`, `&lt;` and `&gt;` stand for.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Words, with what stands between asterisks in bold.
fn words(text: &str) -> String {
    let html = escaped(&plain(text));
    let parts: Vec<_> = html.split('*').collect();
    let last = parts.len().saturating_sub(1);
    // An asterisk without its partner is only an asterisk.
    let paired = last - last % 2;
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| match index {
            0 => (*part).to_owned(),
            _ if index > paired => format!("*{part}"),
            _ if index % 2 == 1 => format!("<strong>{part}"),
            _ => format!("</strong>{part}"),
        })
        .collect()
}
