//! Holes: where a secret belongs in what was rendered, and how it is put there.

use crate::template::RenderProblem;
use portico_domain::execution::{Hole, Rendered};
use serde_json::{Map, Value};

/// What a secret is shown as.
const SHOWN: &str = "•••";
/// Around the name of a secret while a template is rendered. Private-use characters that are taken
/// out of everything that comes from outside, so that no data can pose as a secret.
pub(crate) const OPEN: char = '\u{E000}';
pub(crate) const CLOSE: char = '\u{E001}';

/// Turns marked secrets into holes.
pub(crate) fn punch(
    value: &mut Value,
    pointer: &str,
    holes: &mut Vec<Hole>,
) -> Result<(), RenderProblem> {
    match value {
        Value::String(text) if text.contains([OPEN, CLOSE]) => {
            let (shown, secrets) = punched(text)?;
            *text = shown;
            holes.extend(
                secrets.into_iter().map(|secret| Hole { pointer: pointer.to_owned(), secret }),
            );
            Ok(())
        }
        Value::Array(items) => items
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, item)| punch(item, &format!("{pointer}/{index}"), holes)),
        Value::Object(map) => map.iter_mut().try_for_each(|(key, item)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            punch(item, &format!("{pointer}/{key}"), holes)
        }),
        _ => Ok(()),
    }
}

fn punched(text: &str) -> Result<(String, Vec<String>), RenderProblem> {
    let changed = || {
        RenderProblem(
            "A secret can be put somewhere as it is, but not changed by a filter.".to_owned(),
        )
    };
    let mut shown = String::new();
    let mut secrets = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (name, after) = after.split_once(CLOSE).ok_or_else(changed)?;
        let known = name == "account.access_token"
            || name.starts_with("secrets.")
            || name.starts_with("settings.");
        if !known {
            return Err(changed());
        }
        if before.contains(SHOWN) {
            return Err(RenderProblem(format!("The text {SHOWN} cannot stand beside a secret.")));
        }
        shown.push_str(before);
        shown.push_str(SHOWN);
        secrets.push(name.to_owned());
        rest = after;
    }
    if rest.contains(CLOSE) {
        return Err(changed());
    }
    if rest.contains(SHOWN) {
        return Err(RenderProblem(format!("The text {SHOWN} cannot stand beside a secret.")));
    }
    shown.push_str(rest);
    Ok((shown, secrets))
}

/// A secret that inputs ask for and nobody has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret {0:?}")]
pub struct MissingSecret(pub String);

/// Puts secrets into their holes: the inputs as they are sent.
///
/// # Errors
/// [`MissingSecret`] if `secret` does not know one.
pub fn fill(
    rendered: &Rendered,
    secret: impl Fn(&str) -> Option<String>,
) -> Result<Map<String, Value>, MissingSecret> {
    let mut json = Value::Object(rendered.json.clone());
    for hole in &rendered.holes {
        let plain = secret(&hole.secret).ok_or_else(|| MissingSecret(hole.secret.clone()))?;
        if let Some(Value::String(text)) = json.pointer_mut(&hole.pointer) {
            // Holes of one string stand in their order; a filled one cannot be mistaken for the
            // next, as what is filled in is marked until the end.
            let marked: String = plain.chars().filter(|c| *c != OPEN && *c != CLOSE).collect();
            let marked = marked.replace('•', &OPEN.to_string());
            *text = text.replacen(SHOWN, &marked, 1);
        }
    }
    for hole in &rendered.holes {
        if let Some(Value::String(text)) = json.pointer_mut(&hole.pointer) {
            *text = text.replace(OPEN, "•");
        }
    }
    match json {
        Value::Object(map) => Ok(map),
        _ => Ok(Map::new()),
    }
}
