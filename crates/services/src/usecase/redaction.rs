//! What is secret in a call, left out of what is kept of it: providers repeat what they were sent, in their
//! own words, in addresses, in JSON within JSON, in Base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;
use zeroize::Zeroizing;

/// Shorter secrets are words like others: a text without them would say nothing.
const SHORTEST_HIDDEN: usize = 6;
const HIDDEN: &str = "•••";

/// The secrets of a call, in every spelling. Has no `Debug`: it is all secret.
pub struct Redaction {
    needles: Vec<Needle>,
    /// By its first byte, which needles a text could begin with.
    begins: Vec<Vec<usize>>,
}

struct Needle {
    text: Zeroizing<String>,
    /// The part of a Base64 text that says the secret, whatever stands before and after it there: with
    /// it goes the whole text.
    is_encoded: bool,
}

impl Redaction {
    /// Hides these.
    pub fn of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets.into_iter().filter(|secret| secret.len() >= SHORTEST_HIDDEN) {
            let text = Zeroizing::new(secret.to_owned());
            needles.push(Needle { text, is_encoded: false });
            needles.extend(encoded(secret).map(|text| Needle { text, is_encoded: true }));
        }
        let mut begins = vec![Vec::new(); 256];
        for (at, needle) in needles.iter().enumerate() {
            let first = needle.text.as_bytes().first().copied().unwrap_or_default();
            begins[usize::from(first)].push(at);
        }
        // What is spelled otherwise begins with what introduces it.
        for mark in [b'%', b'\\', b'+'] {
            begins[usize::from(mark)] = (0..needles.len()).collect();
        }
        Self { needles, begins }
    }

    /// A text without what is secret.
    pub fn hide(&self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let (mut copied, mut at) = (0, 0);
        while let Some(byte) = text.as_bytes().get(at) {
            let candidates = self.begins[usize::from(*byte)].iter();
            // No needle begins within a character.
            let found = candidates
                .map(|own| &self.needles[*own])
                .find_map(|own| Some((own, spelled(text.get(at..)?, &own.text)?)));
            let Some((needle, length)) = found else {
                at += 1;
                continue;
            };
            let (mut from, mut to) = (at, at + length);
            if needle.is_encoded {
                let run = |c: &char| c.is_ascii_alphanumeric() || "+/-_=".contains(*c);
                from -= text[copied..from].chars().rev().take_while(run).count();
                to += text[to..].chars().take_while(run).count();
            }
            shown.push_str(&text[copied..from]);
            shown.push_str(HIDDEN);
            (copied, at) = (to, to);
        }
        shown.push_str(&text[copied..]);
        shown
    }

    /// The same for every text in a value.
    pub fn hide_in(&self, value: Value) -> Value {
        if self.needles.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.hide(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.hide_in(item)).collect(),
            Value::Object(map) => {
                let hidden =
                    map.into_iter().map(|(key, item)| (self.hide(&key), self.hide_in(item)));
                Value::Object(hidden.collect())
            }
            other => other,
        }
    }
}

/// What stands in Base64 texts of both alphabets for a secret, at each of the three places at which it can
/// begin in one. The characters that also stand for its neighbours are left out.
fn encoded(secret: &str) -> impl Iterator<Item = Zeroizing<String>> {
    let mut all = Vec::new();
    for before in 0..3 {
        let mut bytes = Zeroizing::new(vec![0; before]);
        bytes.extend_from_slice(secret.as_bytes());
        let whole = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
            let text = Zeroizing::new(alphabet.encode(&*bytes));
            let text = Zeroizing::new(text[whole.clone()].to_owned());
            if !all.contains(&text) {
                all.push(text);
            }
        }
    }
    all.into_iter()
}

/// How much of a text spells a secret, if it begins with it: as it is, percent-encoded as in an address or
/// a form, or escaped as in JSON.
fn spelled(text: &str, secret: &str) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let mut rest = text;
    for character in secret.chars() {
        rest = &rest[escape(rest, character).or_else(|| {
            let is_same =
                rest.starts_with(character) || (character == ' ' && rest.starts_with('+'));
            is_same.then(|| if rest.starts_with('+') { 1 } else { character.len_utf8() })
        })?..];
    }
    Some(text.len() - rest.len())
}

/// How much of a text is an escape of a character, if it begins with one.
fn escape(text: &str, character: char) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'%' => {
            let mut buffer = [0; 4];
            let said = character.encode_utf8(&mut buffer).bytes();
            let each = said.enumerate().map(|(at, byte)| {
                let hex = text.get(at * 3 + 1..at * 3 + 3)?;
                let is_so = bytes[at * 3] == b'%' && u8::from_str_radix(hex, 16) == Ok(byte);
                is_so.then_some(3)
            });
            each.sum()
        }
        b'\\' => match bytes.get(1)? {
            b'u' => {
                let hex = text.get(2..6)?;
                (u32::from_str_radix(hex, 16) == Ok(u32::from(character))).then_some(6)
            }
            byte => {
                let said = match byte {
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    b'"' | b'\\' | b'/' => char::from(*byte),
                    _ => return None,
                };
                (said == character).then_some(2)
            }
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Redaction;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use serde_json::json;

    const SECRET: &str = "p@ss \"w/rd\\é?>";

    #[test]
    fn a_secret_is_hidden_however_it_is_spelled() {
        let redaction = Redaction::of([SECRET, "v1"]);
        let percent = "p%40ss%20%22w%2Frd%5C%C3%A9%3F%3E";
        for spelled in [
            SECRET.to_owned(),
            percent.to_owned(),
            percent.to_lowercase().replace("%20", "+"),
            "p@ss%20%22w/rd%5C%C3%A9?%3E".to_owned(),
            json!(SECRET).to_string().trim_matches('"').to_owned(),
            r#"p@ss \"w\/rd\\\u00e9?\u003e"#.to_owned(),
        ] {
            let told = redaction.hide(&format!("GET https://x.test/v1/{spelled}/a b%20c é"));
            assert_eq!(told, "GET https://x.test/v1/•••/a b%20c é", "{spelled}");
        }
        for name in ["", "a", "ab", "Aladdin"] {
            let pair = format!("{name}:{SECRET}:x");
            for encoded in [STANDARD.encode(&pair), URL_SAFE_NO_PAD.encode(&pair)] {
                let told = redaction.hide(&format!("Basic {encoded} é"));
                assert_eq!(told, "Basic ••• é", "{encoded}");
            }
        }
    }

    #[test]
    fn what_only_resembles_a_secret_stays() {
        let redaction = Redaction::of(["50%25off", "secret"]);
        for text in ["", "50%", "50%25of", "secre", "%73ecre", "\\", "\\u00", "%7", "c2VjcmV", "+"]
        {
            assert_eq!(redaction.hide(text), text);
        }
        assert_eq!(redaction.hide("50%25off 50%2525off %73ecret"), "••• ••• •••");
    }

    #[test]
    fn a_value_is_hidden_whole_names_and_all() {
        let redaction = Redaction::of(["p@ssword"]);
        let told = redaction.hide_in(json!({ "p@ssword": ["Bearer p@ssword!", 1], "n": null }));
        assert_eq!(told, json!({ "•••": ["Bearer •••!", 1], "n": null }));
    }
}
