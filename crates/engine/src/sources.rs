//! Where the choices of a question come from: whether the source exists, and what it asks for.

use crate::Problem;
use portico_domain::nearest::did_you_mean;
use portico_domain::setting::{Pair, Setting, SettingKind};
use portico_domain::view::SourceShape;
use serde_json::{Map, Value};

/// Settings whose choices an integration does not have, or that depend on nothing.
pub fn source_problems(
    kind: &str,
    sources: &[SourceShape],
    settings: &[Setting],
    at: &str,
) -> Vec<Problem> {
    let mut rules = Rules { kind, sources, found: Vec::new() };
    for (index, setting) in settings.iter().enumerate() {
        rules.setting(setting, &format!("{at}/{index}"));
    }
    rules.found
}

struct Rules<'d> {
    kind: &'d str,
    sources: &'d [SourceShape],
    found: Vec<Problem>,
}

impl<'d> Rules<'d> {
    fn problem(&mut self, pointer: String, message: String) {
        self.found.push(Problem::new(pointer, message));
    }

    fn setting(&mut self, setting: &Setting, at: &str) {
        match &setting.kind {
            SettingKind::DynamicEnum(own) => {
                let Some(source) = self.source(&own.source, &format!("{at}/source")) else {
                    return;
                };
                let mut known = own.inputs.clone();
                known.extend(own.depends_on.keys().map(|key| (key.clone(), Value::Null)));
                self.asks_for(source, &known, at, 0);
                for input in known.keys().filter(|key| !source.needs.contains(key)) {
                    let all = source.needs.iter().map(String::as_str);
                    let advice = did_you_mean(input, all);
                    let words = format!("{:?} asks for no {input:?}.{advice}", source.id);
                    self.problem(at.to_owned(), words);
                }
            }
            SettingKind::Combo(pair) => {
                self.pair(pair, at);
            }
            SettingKind::DynamicCombo { pair, variables } => {
                let known = self.pair(pair, at);
                let source = self.source(variables, &format!("{at}/variables"));
                if let (Some(source), Some(known)) = (source, known)
                    && open(source, &known).len() > 1
                {
                    self.asks_for(source, &known, &format!("{at}/variables"), 1);
                }
            }
            SettingKind::FieldMapper(mapper) => {
                let objects = mapper.objects.as_deref();
                if let Some(source) =
                    objects.and_then(|id| self.source(id, &format!("{at}/objects")))
                {
                    self.asks_for(source, &Map::new(), &format!("{at}/objects"), 0);
                }
                // What has no source here, the host app lists.
                if let Some(source) = self.source(&mapper.fields, &format!("{at}/fields")) {
                    self.asks_for(source, &Map::new(), &format!("{at}/fields"), 1);
                }
            }
            _ => {}
        }
    }

    /// Answers what is known once both are chosen.
    fn pair(&mut self, pair: &Pair, at: &str) -> Option<Map<String, Value>> {
        let main = self.source(&pair.main, &format!("{at}/main"));
        let dependent = self.source(&pair.dependent, &format!("{at}/dependent"));
        if let Some(main) = main {
            self.asks_for(main, &pair.inputs, &format!("{at}/main"), 0);
        }
        let dependent = dependent?;
        self.asks_for(dependent, &pair.inputs, &format!("{at}/dependent"), 1);
        Some(filled(dependent, pair.inputs.clone()))
    }

    fn source(&mut self, id: &str, at: &str) -> Option<&'d SourceShape> {
        let found = self.sources.iter().find(|own| own.id == id);
        if found.is_none() && !id.is_empty() {
            let known: Vec<&str> = self.sources.iter().map(|own| own.id.as_str()).collect();
            let advice = match portico_domain::nearest(id, known.iter().copied()) {
                Some(nearest) => format!("Did you mean {nearest:?}?"),
                None => format!("There are: {}.", known.join(", ")),
            };
            let kind = self.kind;
            self.problem(at.to_owned(), format!("{kind} has no choices {id:?}. {advice}"));
        }
        found
    }

    /// The source must ask for exactly so much beside what is known.
    fn asks_for(
        &mut self,
        source: &SourceShape,
        known: &Map<String, Value>,
        at: &str,
        most: usize,
    ) {
        let open = open(source, known);
        if open.len() > most {
            let names = open.join(", ");
            let words = format!(
                "{:?} asks for {names}: give it in inputs, or ask for it before (depends_on, or a \
                 pair).",
                source.id
            );
            self.problem(at.to_owned(), words);
        } else if open.len() < most {
            let words = format!("{:?} does not depend on the choice before it.", source.id);
            self.problem(at.to_owned(), words);
        }
    }
}

/// What a source asks for beside what is known.
fn open<'s>(source: &'s SourceShape, known: &Map<String, Value>) -> Vec<&'s str> {
    let needs = source.needs.iter().map(String::as_str);
    needs.filter(|need| !known.contains_key(*need)).collect()
}

/// What is known once a choice is made from a source.
fn filled(source: &SourceShape, mut known: Map<String, Value>) -> Map<String, Value> {
    let first = open(source, &known).first().map(|need| (*need).to_owned());
    known.extend(first.map(|need| (need, Value::Null)));
    known
}

#[cfg(test)]
mod tests {
    use super::source_problems;
    use portico_domain::view::SourceShape;
    use serde_json::json;

    #[test]
    fn a_question_asks_a_source_that_exists_for_what_it_needs() {
        let source = |id: &str, needs: &[&str]| SourceShape {
            id: id.to_owned(),
            title: id.to_owned(),
            needs: needs.iter().map(|own| (*own).to_owned()).collect(),
        };
        let sources = [source("objects", &[]), source("fields", &["object"])];
        let rows = [
            (
                json!({ "type": "DYNAMIC_ENUM", "source": "objcts" }),
                "/settings/0/source crm has no choices \"objcts\". Did you mean \"objects\"?",
            ),
            (
                json!({ "type": "DYNAMIC_ENUM", "source": "fields" }),
                "/settings/0 \"fields\" asks for object",
            ),
            (
                json!({ "type": "DYNAMIC_ENUM", "source": "objects", "inputs": { "a": 1 } }),
                "/settings/0 \"objects\" asks for no \"a\".",
            ),
            (
                json!({ "type": "COMBO_INPUT", "main": "objects", "dependent": "objects" }),
                "/settings/0/dependent \"objects\" does not depend",
            ),
            (
                json!({ "type": "FIELD_MAPPER", "objects": "fields", "fields": "fields" }),
                "/settings/0/objects \"fields\" asks for object",
            ),
        ];
        let found = |own: &serde_json::Value| {
            let mut setting = json!({ "key": "k", "title": "T" });
            for (key, value) in own.as_object().expect("an object") {
                setting[key] = value.clone();
            }
            let settings = [serde_json::from_value(setting).expect("a setting")];
            let found = source_problems("crm", &sources, &settings, "/settings");
            found
                .into_iter()
                .map(|own| format!("{} {}", own.pointer, own.message))
                .collect::<Vec<_>>()
        };
        for (own, words) in rows {
            let found = found(&own);
            assert!(found.iter().any(|told| told.starts_with(words)), "{own}: {found:?}");
        }
        for own in [
            json!({ "type": "DYNAMIC_ENUM", "source": "fields", "inputs": { "object": "Lead" } }),
            json!({ "type": "COMBO_INPUT", "main": "objects", "dependent": "fields" }),
            json!({ "type": "TEXT_NO_VARS" }),
        ] {
            assert_eq!(found(&own), Vec::<String>::new());
        }
    }
}
