//! Where the choices of a question come from: whether the source exists, and what it asks for.

use portico_connector::{Definition, OptionSource};
use portico_domain::setting::{Setting, SettingKind};
use portico_domain::view::SourceShape;
use portico_engine::{Problem, source_problems};
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
    source_problems(definition.kind(), &source_shapes(definition), settings, at)
}

/// What pages know of the sources of an integration.
pub(crate) fn source_shapes(definition: &Definition) -> Vec<SourceShape> {
    let shape = |source: &OptionSource| SourceShape {
        id: source.id().to_owned(),
        title: source.title().to_owned(),
        needs: source.inputs().to_vec(),
    };
    definition.sources().map(shape).collect()
}
