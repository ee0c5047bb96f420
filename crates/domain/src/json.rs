//! Reading JSON that comes from outside: no deeper than what is made of it can be read again.
//!
//! A value is kept inside of others: an event's payload in its event, an answer in a history. What reads them
//! takes 128 levels and no more, so what comes in has far fewer.

use serde_json::Value;
use std::fmt;

/// The most levels of objects and lists that a value from outside has.
pub const DEEPEST: usize = 64;

/// Why something from outside was not read.
#[derive(Debug)]
pub enum Unread {
    /// It is not JSON; this is where and why.
    Malformed(serde_json::Error),
    /// It has more levels than [`DEEPEST`].
    TooDeep,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "it is not JSON: {error}"),
            Self::TooDeep => {
                write!(f, "it has more than {DEEPEST} levels of objects and lists in one another")
            }
        }
    }
}

impl std::error::Error for Unread {}

/// Reads a value from outside.
///
/// # Errors
/// It is not JSON, or too deep.
pub fn read(written: &[u8]) -> Result<Value, Unread> {
    if depth(written) > DEEPEST {
        return Err(Unread::TooDeep);
    }
    serde_json::from_slice(written).map_err(Unread::Malformed)
}

/// Whether a value has more levels than [`DEEPEST`].
pub fn is_too_deep(value: &Value) -> bool {
    is_deeper(value, DEEPEST)
}

fn is_deeper(value: &Value, most: usize) -> bool {
    let Some(inside) = most.checked_sub(1) else {
        return value.is_object() || value.is_array();
    };
    match value {
        Value::Array(items) => items.iter().any(|own| is_deeper(own, inside)),
        Value::Object(fields) => fields.values().any(|own| is_deeper(own, inside)),
        _ => false,
    }
}

/// How many levels are written: seen without reading them, so that it costs no stack.
fn depth(written: &[u8]) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    let (mut in_text, mut escaped) = (false, false);
    for byte in written {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => {
                now += 1;
                most = most.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, Unread, is_too_deep, read};
    use serde_json::Value;

    fn lists(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn what_is_read_can_be_kept_inside_of_something_else() {
        let deep = read(lists(DEEPEST).as_bytes()).expect("a value");
        assert!(!is_too_deep(&deep));
        assert!(is_too_deep(&Value::Array(vec![deep])));
        for levels in [DEEPEST + 1, 200, 100_000] {
            assert!(matches!(read(lists(levels).as_bytes()), Err(Unread::TooDeep)), "{levels}");
        }
    }

    #[test]
    fn brackets_in_texts_are_no_levels() {
        let text = format!(r#"{{"a":"\"{}","b":["\\"]}}"#, "[".repeat(200));
        assert!(read(text.as_bytes()).is_ok());
        assert!(matches!(read(b"{"), Err(Unread::Malformed(_))));
    }
}
