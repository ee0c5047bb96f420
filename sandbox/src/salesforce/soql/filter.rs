//! Which records fit.

use super::compared;
use super::token::Letter;
use crate::salesforce::field::Field;
use crate::salesforce::store::Record;
use serde_json::Value;
use std::cmp::Ordering;

/// A condition.
pub(in crate::salesforce) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Is(&'static Field, Operator),
}

/// What a field is held against.
pub(in crate::salesforce) enum Operator {
    Equal(Literal),
    Unequal(Literal),
    Less(Literal),
    AtMost(Literal),
    More(Literal),
    AtLeast(Literal),
    Like(Vec<Letter>),
    In(Vec<Literal>),
    NotIn(Vec<Literal>),
    /// Each of the texts names values that are all there.
    Includes(Vec<String>),
    Excludes(Vec<String>),
}

/// What stands behind an operator.
pub(in crate::salesforce) enum Literal {
    Value(Value),
    /// From its first moment up to but not with the next, as `TODAY` is.
    Span(Value, Value),
}

impl Literal {
    /// How a value stands to it.
    fn order(&self, value: &Value) -> Option<Ordering> {
        match self {
            Self::Value(own) => compared(value, own),
            Self::Span(start, end) => match (compared(value, start)?, compared(value, end)?) {
                (Ordering::Less, _) => Some(Ordering::Less),
                (_, Ordering::Less) => Some(Ordering::Equal),
                _ => Some(Ordering::Greater),
            },
        }
    }

    fn equals(&self, value: &Value) -> bool {
        match self {
            // An empty text is none.
            Self::Value(own) if own.is_null() || own == "" => value.is_null(),
            _ => self.order(value) == Some(Ordering::Equal),
        }
    }
}

impl Filter {
    /// Whether a record fits.
    pub(in crate::salesforce) fn fits(&self, record: &Record) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|own| own.fits(record)),
            Self::Any(parts) => parts.iter().any(|own| own.fits(record)),
            Self::Not(part) => !part.fits(record),
            Self::Is(field, operator) => operator.fits(&record.value(field)),
        }
    }
}

impl Operator {
    fn fits(&self, value: &Value) -> bool {
        match self {
            Self::Equal(own) => own.equals(value),
            Self::Unequal(own) => !own.equals(value),
            Self::Less(own) => own.order(value).is_some_and(Ordering::is_lt),
            Self::AtMost(own) => own.order(value).is_some_and(Ordering::is_le),
            Self::More(own) => own.order(value).is_some_and(Ordering::is_gt),
            Self::AtLeast(own) => own.order(value).is_some_and(Ordering::is_ge),
            Self::Like(pattern) => value.as_str().is_some_and(|text| {
                let text: Vec<char> = text.to_lowercase().chars().collect();
                like(pattern, &text)
            }),
            Self::In(all) => all.iter().any(|own| own.equals(value)),
            Self::NotIn(all) => !all.iter().any(|own| own.equals(value)),
            Self::Includes(all) => includes(all, value),
            Self::Excludes(all) => !includes(all, value),
        }
    }
}

fn includes(all: &[String], value: &Value) -> bool {
    let chosen: Vec<&str> = value.as_str().unwrap_or_default().split(';').collect();
    let has = |own: &str| chosen.iter().any(|chosen| chosen.eq_ignore_ascii_case(own));
    all.iter().any(|own| own.split(';').all(has))
}

/// Two places to go on from: where the text is, and the last `%` with what it has taken so far.
fn like(pattern: &[Letter], text: &[char]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(Letter::Any) => {
                star = Some((at, from));
                at += 1;
            }
            Some(Letter::One) => (at, from) = (at + 1, from + 1),
            Some(Letter::Plain(own)) if own.to_lowercase().eq([text[from]]) => {
                (at, from) = (at + 1, from + 1);
            }
            _ => {
                let Some((any, taken)) = star else { return false };
                star = Some((any, taken + 1));
                (at, from) = (any + 1, taken + 1);
            }
        }
    }
    pattern[at.min(pattern.len())..].iter().all(|own| *own == Letter::Any)
}
