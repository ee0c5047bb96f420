//! Where the choices of a question come from: whether the source exists, and what it asks for.

use portico_connector::{Definition, OptionSource};
use portico_domain::nearest::did_you_mean;
use portico_domain::setting::{Pair, Setting, SettingKind};
use portico_engine::Problem;
use serde_json::{Map, Value};

/// Which of a question's lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The only one, or the first: objects.
    #[default]
    Main,
    /// The second: an object's fields.
    Dependent,
    /// The fields that two choices bring along.
    Variables,
}

impl Part {
    /// The name of the choice in this list among those that further lists depend on.
    const MAIN: &'static str = "main";
    const DEPENDENT: &'static str = "dependent";
}

/// The source of a list, and what it is asked with. `chosen` holds the choices so far: `main` and
/// `dependent` of the same question, others by their keys.
pub(crate) fn sought<'d>(
    definition: &'d Definition,
    setting: &Setting,
    part: Part,
    chosen: &Map<String, Value>,
) -> Option<(&'d OptionSource, Map<String, Value>)> {
    let choice = |name: &str| chosen.get(name).cloned().unwrap_or_default();
    match (&setting.kind, part) {
        (SettingKind::DynamicEnum(own), Part::Main) => {
            let mut inputs = own.inputs.clone();
            let earlier = own.depends_on.iter();
            inputs.extend(earlier.map(|(input, parent)| (input.clone(), choice(parent))));
            Some((definition.source(&own.source)?, inputs))
        }
        (SettingKind::Combo(pair) | SettingKind::DynamicCombo { pair, .. }, Part::Main) => {
            Some((definition.source(&pair.main)?, pair.inputs.clone()))
        }
        (SettingKind::Combo(pair) | SettingKind::DynamicCombo { pair, .. }, Part::Dependent) => {
            let source = definition.source(&pair.dependent)?;
            Some((source, filled(source, pair.inputs.clone(), &[choice(Part::MAIN)])))
        }
        (SettingKind::DynamicCombo { pair, variables }, Part::Variables) => {
            let dependent = definition.source(&pair.dependent)?;
            let inputs = filled(dependent, pair.inputs.clone(), &[choice(Part::MAIN)]);
            let source = definition.source(variables)?;
            Some((source, filled(source, inputs, &[choice(Part::DEPENDENT)])))
        }
        (SettingKind::FieldMapper(mapper), Part::Main) => {
            Some((definition.source(mapper.objects.as_deref()?)?, Map::new()))
        }
        (SettingKind::FieldMapper(mapper), Part::Dependent) => {
            let object = match &mapper.object {
                Some(fixed) => Value::from(fixed.as_str()),
                None => choice(Part::MAIN),
            };
            let source = definition.source(&mapper.fields)?;
            Some((source, filled(source, Map::new(), &[object])))
        }
        _ => None,
    }
}

/// What a source asks for beside what is known.
fn open<'s>(source: &'s OptionSource, known: &Map<String, Value>) -> Vec<&'s str> {
    let inputs = source.inputs().iter().map(String::as_str);
    inputs.filter(|input| !known.contains_key(*input)).collect()
}

fn filled(
    source: &OptionSource,
    mut known: Map<String, Value>,
    with: &[Value],
) -> Map<String, Value> {
    let open: Vec<_> = open(source, &known).into_iter().map(str::to_owned).collect();
    known.extend(open.into_iter().zip(with.iter().cloned()));
    known
}

/// Settings whose choices nobody has, or that depend on nothing.
pub(crate) fn problems(definition: &Definition, settings: &[Setting], at: &str) -> Vec<Problem> {
    let mut rules = Rules { definition, found: Vec::new() };
    for (index, setting) in settings.iter().enumerate() {
        rules.setting(setting, &format!("{at}/{index}"));
    }
    rules.found
}

struct Rules<'d> {
    definition: &'d Definition,
    found: Vec<Problem>,
}

impl<'d> Rules<'d> {
    fn problem(&mut self, pointer: String, message: String) {
        self.found.push(Problem { pointer, message });
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
                for input in known.keys().filter(|key| !source.inputs().contains(key)) {
                    let all = source.inputs().iter().map(String::as_str);
                    let advice = did_you_mean(input, all);
                    let words = format!("{:?} asks for no {input:?}.{advice}", source.id());
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
        Some(filled(dependent, pair.inputs.clone(), &[Value::Null]))
    }

    fn source(&mut self, id: &str, at: &str) -> Option<&'d OptionSource> {
        let found = self.definition.source(id);
        if found.is_none() && !id.is_empty() {
            let known: Vec<&str> = self.definition.sources().map(OptionSource::id).collect();
            let advice = match portico_domain::nearest(id, known.iter().copied()) {
                Some(nearest) => format!("Did you mean {nearest:?}?"),
                None => format!("There are: {}.", known.join(", ")),
            };
            let kind = self.definition.kind();
            self.problem(at.to_owned(), format!("{kind} has no choices {id:?}. {advice}"));
        }
        found
    }

    /// The source must ask for exactly so much beside what is known.
    fn asks_for(
        &mut self,
        source: &OptionSource,
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
                source.id()
            );
            self.problem(at.to_owned(), words);
        } else if open.len() < most {
            let words = format!("{:?} does not depend on the choice before it.", source.id());
            self.problem(at.to_owned(), words);
        }
    }
}
