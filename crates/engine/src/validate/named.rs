//! What templates name: whether it is there, and whether it can be taken at its place.

use super::{Check, Place, ROOTS, ROUND, Seen};
use crate::references::named;
use portico_domain::nearest::did_you_mean;
use std::collections::BTreeSet;

impl<'a> Check<'a> {
    pub(super) fn template(&mut self, text: &str, at: &str, seen: &Seen<'a>) {
        if text.contains("{%") || text.contains("{#") {
            self.problem(at, "Only {{ … }} is understood here, not {% … %} or {# … #}.");
            return;
        }
        if !text.contains("{{") {
            return;
        }
        if text.matches("{{").count() != text.matches("}}").count() {
            self.problem(at, "A variable begins with {{ and ends with }}; one of them is missing.");
            return;
        }
        let references = match self.renderer.references(text) {
            Ok(references) => references,
            Err(why) => {
                self.problem(at, format!("{text} cannot be read: {why}."));
                return;
            }
        };
        let mut references: BTreeSet<String> = references.into_iter().collect();
        // What stands in brackets is not among them.
        for root in ["steps", "settings"] {
            for name in named(text, root) {
                let name = format!("{root}.{}", &text[name]);
                let is_there = |own: &String| *own == name || own.starts_with(&format!("{name}."));
                if !references.iter().any(is_there) {
                    references.insert(name);
                }
            }
        }
        for reference in references {
            self.reference(&reference, at, seen);
        }
    }

    fn reference(&mut self, reference: &str, at: &str, seen: &Seen<'a>) {
        let mut parts = reference.split('.');
        let root = parts.next().unwrap_or_default();
        let name = parts.next();
        if let Some(words) = self.unfit(root, name, seen.place) {
            return self.problem(at, words);
        }
        match (root, name) {
            ("steps", _) if seen.outside => {
                self.problem(at, "Steps have brought nothing yet when this is decided.");
            }
            ("steps", Some(step)) if !seen.steps.contains(&step) => {
                let round = seen.rounds.iter().find(|(id, _)| *id == step);
                let message = match round {
                    Some((_, fan_out)) => format!(
                        "{step:?} stands in the rounds of {fan_out:?}; write \
                         steps.{fan_out}.items, a list with what it brought in each."
                    ),
                    None => {
                        let advice = did_you_mean(step, seen.steps.iter().copied());
                        format!("There is no earlier step {step:?}.{advice}")
                    }
                };
                self.problem(at, message);
            }
            ("item" | "index", _) if seen.item => {}
            ("item" | "index", _) => {
                self.problem(at, format!("{root:?} is known inside a fan-out only."));
            }
            ("settings", Some(key)) => {
                let all = self.workflow.settings.iter().chain(self.shared);
                let keys: Vec<_> = all.map(|setting| setting.key.as_str()).collect();
                if !keys.contains(&key) {
                    let advice = did_you_mean(key, keys);
                    self.problem(at, format!("There is no setting {key:?}.{advice}"));
                }
            }
            (root, _) if !ROOTS.contains(&root) => {
                let known = ROOTS.iter().chain(ROUND.iter().filter(|_| seen.item));
                let advice = did_you_mean(root, known.copied());
                self.problem(at, format!("{root:?} is unknown here.{advice}"));
            }
            _ => {}
        }
    }

    /// Why something that is there cannot be taken at a place.
    fn unfit(&self, root: &str, name: Option<&str>, place: Place) -> Option<&'static str> {
        match place {
            Place::Permission if ["trigger", "settings", "account"].contains(&root) => Some(
                "Nothing has happened yet and no account is looked at when it is told for whom a workflow is: \
                 only what is known of the user can be compared.",
            ),
            Place::Permission | Place::Rule if self.is_secret(root, name) => {
                Some("A secret cannot be compared.")
            }
            Place::Answer if self.is_secret(root, name) => {
                Some("A secret is not told to whoever called: they would read •••.")
            }
            _ => None,
        }
    }

    fn is_secret(&self, root: &str, name: Option<&str>) -> bool {
        match (root, name) {
            ("secrets", _) | ("account", Some("access_token")) => true,
            ("settings", Some(key)) => {
                let mut all = self.workflow.settings.iter().chain(self.shared);
                all.any(|setting| setting.key == key && setting.kind.is_secret())
            }
            _ => false,
        }
    }
}
