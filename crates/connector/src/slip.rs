//! Slips of the pen in a definition file: what is wrong, and on which line.

use crate::text::Text;
use portico_domain::nearest::did_you_mean;

/// A mistake, and a text near which it stands.
pub(crate) struct Slip {
    pub(crate) near: String,
    pub(crate) message: String,
}

impl Slip {
    pub(crate) fn new(near: impl Into<String>, message: impl Into<String>) -> Self {
        Self { near: near.into(), message: message.into() }
    }
}

/// A text whose names must be among `known`.
pub(crate) fn named(text: &str, known: &[String], slips: &mut Vec<Slip>) -> Option<Text> {
    match Text::parse(text) {
        Err(why) => {
            slips.push(Slip::new(text, why));
            None
        }
        Ok(parsed) => {
            check_names(text, parsed.names(), known, slips);
            Some(parsed)
        }
    }
}

pub(crate) fn check_names<'n>(
    near: &str,
    names: impl Iterator<Item = &'n str>,
    known: &[String],
    slips: &mut Vec<Slip>,
) {
    for name in names.filter(|name| !known.iter().any(|own| own == name)) {
        let advice = did_you_mean(name, known.iter().map(String::as_str));
        slips.push(Slip::new(near, format!("There is no {{{name}}} here.{advice}")));
    }
}

/// A type: a slug, or `custom.` and letters and digits.
pub(crate) fn is_kind(text: &str) -> bool {
    match text.strip_prefix("custom.") {
        None => is_slug(text),
        Some(own) => {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            !own.is_empty() && own.chars().all(fits)
        }
    }
}

pub(crate) fn is_slug(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The reader lists what it expected; a person wants the one that was meant.
pub(crate) fn in_words(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((wrong, expected)) if message.starts_with("unknown") => {
            format!("{message}.{}", did_you_mean(wrong, expected.iter().copied()))
        }
        _ => message.to_owned(),
    }
}

/// The line of an unknown key. Of one in a table whose kind had to be read first, the reader knows only
/// where the table begins.
pub(crate) fn line_of_slip(text: &str, start: usize, message: &str) -> usize {
    let begins = line_of(text, start);
    let Some(key) = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
    else {
        return begins;
    };
    let names = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        let last = line.split(['=', ']']).next().unwrap_or_default().trim();
        last.rsplit('.').next() == Some(key)
    };
    let found = text.lines().skip(begins.saturating_sub(1)).position(names);
    found.map_or(begins, |further| begins + further)
}

pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
