//! What templates mention: only that has to be at hand when they are rendered. A fan-out renders the same
//! few templates a thousand times, and what started it may be large.

use serde_json::Value;
use std::collections::BTreeSet;

/// What is mentioned, or more.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Mentions {
    pub(crate) trigger: bool,
    /// The ids of steps; nothing: any of them.
    pub(crate) steps: Option<BTreeSet<String>>,
}

impl Mentions {
    pub(crate) fn of<'v>(written: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut mentions = Self { trigger: false, steps: Some(BTreeSet::new()) };
        written.into_iter().for_each(|value| mentions.add(value));
        mentions
    }

    fn add(&mut self, written: &Value) {
        match written {
            Value::String(text) => self.add_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            Value::Object(map) => map.values().for_each(|item| self.add(item)),
            _ => {}
        }
    }

    fn add_text(&mut self, text: &str) {
        self.trigger |= text.contains("trigger");
        for (at, word) in text.match_indices("steps") {
            let named = text[at + word.len()..].trim_start().strip_prefix('.').map(|rest| {
                let rest = rest.trim_start();
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                &rest[..end.unwrap_or(rest.len())]
            });
            match (named, &mut self.steps) {
                (Some(id), Some(steps)) if !id.is_empty() => {
                    steps.insert(id.to_owned());
                }
                // All of them, or one that only the template itself can tell.
                _ => self.steps = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mentions;
    use serde_json::json;

    fn of(text: &str) -> (bool, Option<Vec<String>>) {
        let written = json!({ "a": [text], "b": 7 });
        let mentions = Mentions::of([&written]);
        (mentions.trigger, mentions.steps.map(|steps| steps.into_iter().collect()))
    }

    fn named(ids: &[&str]) -> Option<Vec<String>> {
        Some(ids.iter().map(|id| (*id).to_owned()).collect())
    }

    #[test]
    fn what_may_be_looked_at_is_found_and_nothing_is_missed() {
        assert_eq!(of("{{ item.name }} and {{ index }}"), (false, named(&[])));
        assert_eq!(of("{{ trigger.name }}"), (true, named(&[])));
        assert_eq!(of("{{ steps.a.x }}{{ steps . b_2 }}"), (false, named(&["a", "b_2"])));
        for all in ["{{ steps }}", "{{ steps['a'] }}", "{{ steps.a + steps|length }}"] {
            assert_eq!(of(all).1, None, "{all}");
        }
    }
}
