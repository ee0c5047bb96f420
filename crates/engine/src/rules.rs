//! Rules: whether they hold over what is known.

use crate::context::{Known, context};
use crate::course::kind_of;
use crate::exact::Exact;
use crate::hole::{CLOSE, OPEN};
use crate::template::Renderer;
use minijinja::Value as Jinja;
use portico_domain::workflow::{Comparison, Rule, Rules};
use serde_json::Value;
use std::cmp::Ordering;

/// Whether one group holds whole. No group at all holds.
///
/// # Errors
/// In words: a template that cannot be rendered, or a value that cannot be compared.
pub(crate) fn holds(renderer: &Renderer, rules: &Rules, known: &Known<'_>) -> Result<bool, String> {
    if rules.is_empty() {
        return Ok(true);
    }
    let context = context(known);
    for group in rules {
        let mut all = true;
        for rule in group {
            if !rule_holds(renderer, rule, &context)? {
                all = false;
                break;
            }
        }
        if all {
            return Ok(true);
        }
    }
    Ok(false)
}

fn rule_holds(renderer: &Renderer, rule: &Rule, context: &Jinja) -> Result<bool, String> {
    let side = |written: &Value| -> Result<Value, String> {
        let value = renderer.value(written, context)?.unwrap_or(Value::Null);
        match value.as_str().is_some_and(|text| text.contains([OPEN, CLOSE])) {
            true => Err("A secret cannot be compared.".to_owned()),
            false => Ok(value),
        }
    };
    compare(&side(&rule.left)?, rule.operator, &side(&rule.right)?)
}

/// How two values compare. What is missing is never the same, before or after anything.
fn compare(left: &Value, how: Comparison, right: &Value) -> Result<bool, String> {
    use Comparison as C;
    Ok(match how {
        C::Equals => same(left, right),
        C::NotEquals => !same(left, right),
        C::Exists => !left.is_null(),
        C::NotExists => left.is_null(),
        C::Contains => texts(left, right).is_some_and(|(left, right)| left.contains(&right)),
        C::NotContains => !compare(left, C::Contains, right)?,
        C::StartsWith => texts(left, right).is_some_and(|(left, right)| left.starts_with(&right)),
        C::NotStartsWith => !compare(left, C::StartsWith, right)?,
        C::EndsWith => texts(left, right).is_some_and(|(left, right)| left.ends_with(&right)),
        C::NotEndsWith => !compare(left, C::EndsWith, right)?,
        C::In => listed(right).iter().any(|own| same(left, own)),
        C::NotIn => !compare(left, C::In, right)?,
        C::TextAfter => texts(left, right).is_some_and(|(left, right)| left > right),
        C::TextBefore => texts(left, right).is_some_and(|(left, right)| left < right),
        C::TextEquals => texts(left, right).is_some_and(|(left, right)| left == right),
        C::TextNotEquals => !compare(left, C::TextEquals, right)?,
        C::NumberEquals => ordered(left, right, number)?.is_some_and(Ordering::is_eq),
        C::NumberNotEquals => !compare(left, C::NumberEquals, right)?,
        C::GreaterThan => ordered(left, right, number)?.is_some_and(Ordering::is_gt),
        C::LessThan => ordered(left, right, number)?.is_some_and(Ordering::is_lt),
        C::AtLeast => ordered(left, right, number)?.is_some_and(Ordering::is_ge),
        C::AtMost => ordered(left, right, number)?.is_some_and(Ordering::is_le),
        C::After => ordered(left, right, instant)?.is_some_and(Ordering::is_gt),
        C::Before => ordered(left, right, instant)?.is_some_and(Ordering::is_lt),
        C::SameTime => ordered(left, right, instant)?.is_some_and(Ordering::is_eq),
        C::IsTrue => same(left, &Value::Bool(true)),
        C::IsFalse => same(left, &Value::Bool(false)),
        C::Includes => match left {
            Value::Array(items) => items.iter().any(|own| same(own, right)),
            Value::Null => false,
            other => return Err(format!("{} is {}, not a list.", shown(other), kind_of(other))),
        },
        C::NotIncludes => !compare(left, C::Includes, right)?,
        C::IsEmpty => is_empty(left),
        C::IsNotEmpty => !is_empty(left),
    })
}

/// The same value. Texts are the same letter by letter. `5` and `"5"`, `true` and `"true"` are the same as well:
/// what somebody types to compare a number with is a text.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Number(own), other) | (other, Value::Number(own)) => {
            Exact::read(&own.to_string()).is_some_and(|own| exact(other) == Some(own))
        }
        (Value::Bool(_), _) | (_, Value::Bool(_)) => {
            texts(left, right).is_some_and(|(left, right)| left == right)
        }
        _ => left == right,
    }
}

/// A number, or a text that is one.
fn exact(value: &Value) -> Option<Exact> {
    match value {
        Value::Number(number) => Exact::read(&number.to_string()),
        Value::String(text) => Exact::read(text),
        _ => None,
    }
}

/// Both as text; nothing if one is missing, a list or an object.
fn texts(left: &Value, right: &Value) -> Option<(String, String)> {
    Some((text(left)?, text(right)?))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A list, or a text with commas.
fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::String(text) => text.split(',').map(|own| Value::from(own.trim())).collect(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    }
}

/// How two values are ordered as what `read` makes of them; nothing if one is missing.
fn ordered<T: PartialOrd>(
    left: &Value,
    right: &Value,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Result<Option<Ordering>, String> {
    if left.is_null() || right.is_null() {
        return Ok(None);
    }
    Ok(read(left)?.partial_cmp(&read(right)?))
}

fn number(value: &Value) -> Result<Exact, String> {
    let wrong = || format!("{} is {}, not a number.", shown(value), kind_of(value));
    exact(value).ok_or_else(wrong)
}

/// Milliseconds: RFC 3339, a day (its first instant in UTC), or Unix time in seconds or milliseconds.
fn instant(value: &Value) -> Result<i64, String> {
    let wrong = || {
        format!(
            "{} is not a date; write one like 2026-05-01 or 2026-05-01T09:00:00Z.",
            shown(value)
        )
    };
    match value {
        Value::Number(number) => {
            let number = number.as_f64().ok_or_else(wrong)?;
            // Seconds until the year 5138, milliseconds since 1973.
            let ms = if number.abs() < 1e11 { number * 1000.0 } else { number };
            #[expect(clippy::cast_possible_truncation, reason = "instants fit")]
            Ok(ms as i64)
        }
        Value::String(text) => {
            portico_domain::time::read(text.trim()).map(|at| at.millis()).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A value in a sentence, not longer than a line.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use portico_domain::workflow::Comparison;
    use serde_json::{Value, json};

    /// Left, operator, right, and whether it holds.
    fn rows() -> Vec<(Value, &'static str, Value, bool)> {
        let none = Value::Null;
        vec![
            (json!("a"), "equals", json!("a"), true),
            (json!(5), "equals", json!("5"), true),
            (json!("5.0"), "equals", json!(5), true),
            (json!(true), "equals", json!("true"), true),
            (json!([1, 2]), "equals", json!([1, 2]), true),
            (json!("a"), "not_equals", json!("A"), true),
            (json!("007"), "equals", json!("7"), false),
            (json!("5.0"), "equals", json!("5"), false),
            (json!("9007199254740993"), "equals", json!("9007199254740992"), false),
            (json!("9007199254740993"), "equals", json!(9_007_199_254_740_992_i64), false),
            (json!(9_007_199_254_740_993_i64), "equals", json!(9_007_199_254_740_992_i64), false),
            (json!(9_007_199_254_740_993_i64), "equals", json!("9007199254740993"), true),
            (json!(5), "equals", json!(5.0), true),
            (json!(1), "equals", json!(true), false),
            (json!("a"), "text_equals", json!("a"), true),
            (json!(5), "text_equals", json!("5"), true),
            (json!(5), "text_equals", json!("5.0"), false),
            (json!("a"), "text_equals", json!("A"), false),
            (none.clone(), "text_equals", json!("a"), false),
            (none.clone(), "text_not_equals", json!("a"), true),
            (json!("007"), "number_equals", json!("7"), true),
            (json!("5.0"), "number_equals", json!(5), true),
            (json!("9007199254740993"), "number_equals", json!("9007199254740992"), false),
            (none.clone(), "number_equals", json!(5), false),
            (json!(4), "number_not_equals", json!(5), true),
            (json!("9007199254740993"), "greater_than", json!("9007199254740992"), true),
            (json!("007"), "in", json!(["7", "8"]), false),
            (json!("007"), "not_in", json!("7, 8"), true),
            (json!(["9007199254740993"]), "includes", json!("9007199254740992"), false),
            (json!([7]), "includes", json!("7"), true),
            (none.clone(), "equals", json!(""), false),
            (none.clone(), "equals", none.clone(), true),
            (json!(0), "exists", none.clone(), true),
            (none.clone(), "not_exists", none.clone(), true),
            (json!("hot lead"), "contains", json!("lead"), true),
            (none.clone(), "contains", json!("lead"), false),
            (none.clone(), "not_contains", json!("lead"), true),
            (json!("lead"), "starts_with", json!("le"), true),
            (json!("lead"), "not_starts_with", json!("le"), false),
            (json!("lead"), "ends_with", json!("ad"), true),
            (json!("lead"), "not_ends_with", json!("ad"), false),
            (json!("b"), "in", json!("a, b"), true),
            (json!(2), "in", json!([1, 2]), true),
            (json!("c"), "not_in", json!(["a", "b"]), true),
            (json!("b"), "text_after", json!("a"), true),
            (json!("b"), "text_before", json!("a"), false),
            (json!("10"), "greater_than", json!(9), true),
            (json!(9), "less_than", json!("10"), true),
            (json!(9), "at_least", json!(9), true),
            (json!(9), "at_most", json!(8), false),
            (none.clone(), "less_than", json!(8), false),
            (json!("2026-05-02"), "after", json!("2026-05-01T23:59:59Z"), true),
            (json!("2026-05-01T01:00:00+02:00"), "before", json!("2026-05-01"), true),
            (json!(1_777_593_600), "same_time", json!("2026-05-01"), true),
            (json!(1_777_593_600_000_i64), "same_time", json!("2026-05-01"), true),
            (json!(true), "is_true", none.clone(), true),
            (json!("false"), "is_false", none.clone(), true),
            (none.clone(), "is_false", none.clone(), false),
            (json!(["a", "b"]), "includes", json!("b"), true),
            (json!(["a", "b"]), "not_includes", json!("c"), true),
            (json!([]), "is_empty", none.clone(), true),
            (none.clone(), "is_empty", none.clone(), true),
            (json!(" "), "is_not_empty", none, true),
        ]
    }

    #[test]
    fn every_comparison_says_what_it_is_called() {
        let rows = rows();
        for (left, how, right, expected) in &rows {
            let how = Comparison::of(how).expect("a comparison");
            assert_eq!(compare(left, how, right), Ok(*expected), "{left} {how:?} {right}");
        }
        for own in Comparison::ALL {
            assert!(rows.iter().any(|row| row.1 == own.id()), "{own:?} is not shown");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_told_in_words() {
        for (left, how, right, words) in [
            (json!("many"), "greater_than", json!(3), "\"many\" is a text, not a number."),
            (json!("many"), "number_equals", json!(3), "\"many\" is a text, not a number."),
            (json!("soon"), "after", json!("2026-05-01"), "\"soon\" is not a date"),
            (json!("abc"), "includes", json!("a"), "is a text, not a list."),
        ] {
            let how = Comparison::of(how).expect("a comparison");
            let why = compare(&left, how, &right).expect_err("words");
            assert!(why.contains(words), "{why}");
        }
    }
}
