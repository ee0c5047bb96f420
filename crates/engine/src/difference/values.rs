//! Values as lines of text, and what became different in a set of inputs.

use portico_domain::InputShape;
use portico_domain::view::{Change, ChangeKind};
use serde_json::{Map, Value};

/// The longest line.
const LONGEST: usize = 300;

/// A value as a line of text.
pub(super) fn line(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What became different in inputs. Of an object, each of its keys counts for itself.
pub(super) fn inputs(
    (at, what): (&str, &str),
    shapes: &[InputShape],
    (before, after): (&Map<String, Value>, &Map<String, Value>),
) -> Vec<Change> {
    let title = |key: &str| {
        let shape = shapes.iter().find(|shape| shape.key == key);
        shape.map_or_else(|| key.to_owned(), |shape| shape.title.clone())
    };
    let mut found = Vec::new();
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    for key in after.keys().chain(gone) {
        let pointer = format!("{at}/inputs/{}", escaped(key));
        let what = format!("{what}: {}", title(key));
        match (before.get(key), after.get(key)) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                let gone = before.keys().filter(|key| !after.contains_key(*key));
                for inner in after.keys().chain(gone) {
                    let pointer = format!("{pointer}/{}", escaped(inner));
                    let what = format!("{what} › {inner}");
                    found.extend(change(pointer, what, before.get(inner), after.get(inner)));
                }
            }
            (before, after) => found.extend(change(pointer, what, before, after)),
        }
    }
    found
}

fn change(
    pointer: String,
    what: String,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<Change> {
    // What says nothing is as good as left out.
    let said = |value: Option<&Value>| value.filter(|value| !says_nothing(value)).map(line);
    if before == after || said(before).is_none() && said(after).is_none() {
        return None;
    }
    let kind = match (said(before), said(after)) {
        (None, _) => ChangeKind::Added,
        (_, None) => ChangeKind::Removed,
        _ => ChangeKind::Changed,
    };
    Some(Change { kind, pointer, what, before: said(before), after: said(after) })
}

fn says_nothing(value: &Value) -> bool {
    matches!(value, Value::Null) || value.as_str().is_some_and(str::is_empty)
}

pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Of the names that stand in both lists, the fewest that must have been moved for the one order to become
/// the other.
pub(super) fn moved(before: &[String], after: &[String]) -> Vec<String> {
    let old: Vec<&String> = before.iter().filter(|own| after.contains(own)).collect();
    let new: Vec<&String> = after.iter().filter(|own| before.contains(own)).collect();
    // The longest that both have in the same order stays; `kept[i][j]` is its length from there on.
    let mut kept = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            kept[i][j] = if old[i] == new[j] {
                kept[i + 1][j + 1] + 1
            } else {
                kept[i + 1][j].max(kept[i][j + 1])
            };
        }
    }
    let (mut i, mut moved) = (0, Vec::new());
    for (j, name) in new.iter().enumerate() {
        while i < old.len() && old[i] != *name && kept[i + 1][j] == kept[i][j] {
            i += 1;
        }
        if i < old.len() && old[i] == *name {
            i += 1;
        } else {
            moved.push((*name).clone());
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    fn what_stands_elsewhere_is_the_fewest_that_explain_it() {
        for (before, after, expected) in [
            ("abcd", "abcd", ""),
            ("abcd", "dabc", "d"),
            ("abcd", "bcda", "a"),
            ("abcd", "axbd", ""),
            ("ab", "ba", "a"),
            ("abcde", "acbde", "b"),
        ] {
            let list = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
            let found = moved(&list(before), &list(after));
            assert_eq!(found.len(), expected.len(), "{before} {after}: {found:?}");
        }
    }
}
