//! Values as variables: what stands in objects and lists becomes paths.

use super::{ValueKind, Variable};
use crate::mapping::DYNAMIC;
use crate::references::with_key;
use portico_domain::InputType;
use portico_domain::action::OutputShape;
use portico_domain::setting::{Setting, SettingKind};
use serde_json::{Map, Value};

/// How deep objects are looked into.
const MOST_DEPTH: usize = 5;
/// How many variables a group has at most.
const MOST: usize = 300;
/// How many items or keys of an example are kept.
const LONGEST_EXAMPLE: usize = 20;

/// Variables in the order in which a person reads them.
#[derive(Default)]
pub(super) struct Flattened {
    pub(super) variables: Vec<Variable>,
}

impl Flattened {
    pub(super) fn is_empty(&self) -> bool {
        self.variables.is_empty()
    }

    /// One more, unless it is there: what is declared may stand in a sample as well.
    pub(super) fn push(&mut self, variable: Variable) {
        let known = self.variables.iter().any(|own| own.path == variable.path);
        if self.variables.len() < MOST && !known {
            self.variables.push(variable);
        }
    }

    /// What is declared under a root, then what a sample holds beside it.
    pub(super) fn declared(
        &mut self,
        root: &str,
        declared: &[OutputShape],
        sample: Option<&Value>,
    ) {
        for output in declared {
            // A key with dots stands for a value inside.
            let keys = || output.key.split('.');
            let own =
                sample.and_then(|sample| keys().try_fold(sample, |value, key| value.get(key)));
            let path = keys().fold(root.to_owned(), |path, key| with_key(&path, key));
            self.known(&path, &output.title, kind_of_output(output.kind), own);
        }
        match sample {
            Some(Value::Object(map)) => {
                for (key, value) in map {
                    if !declared.iter().any(|output| output.key == *key) {
                        self.value(&with_key(root, key), key, Some(value));
                    }
                }
            }
            Some(Value::Array(items)) => {
                if let Some(first) = items.first() {
                    self.nested(&format!("{root}[0]"), "First", first, 0);
                }
            }
            _ => {}
        }
    }

    /// All of a root as one value.
    pub(super) fn whole(&mut self, path: &str, title: &str, sample: Option<&Value>) {
        let kind = sample.map_or(ValueKind::Object, kind_of);
        self.push(variable(path, title, kind, sample, 0));
    }

    /// Something whose kind is known; an example says more.
    pub(super) fn known(
        &mut self,
        path: &str,
        title: &str,
        kind: ValueKind,
        example: Option<&Value>,
    ) {
        match example {
            Some(example) if !example.is_null() => {
                let at = self.variables.len();
                self.nested(path, title, example, 0);
                if let Some(own) = self.variables.get_mut(at)
                    && own.path == path
                    && kind != ValueKind::Any
                    && !(kind == ValueKind::Text && own.kind == ValueKind::Date)
                {
                    own.kind = kind;
                }
            }
            _ => self.push(variable(path, title, kind, None, 0)),
        }
    }

    /// Something of which an example is all that is known.
    pub(super) fn value(&mut self, path: &str, title: &str, example: Option<&Value>) {
        self.known(path, title, ValueKind::Any, example);
    }

    pub(super) fn secret(&mut self, path: String, title: &str) {
        self.push(Variable {
            path,
            title: title.to_owned(),
            kind: ValueKind::Secret,
            example: None,
            depth: 0,
        });
    }

    /// What an end user answers, with the parts that its answer has.
    pub(super) fn answer(&mut self, path: &str, setting: &Setting, example: Option<&Value>) {
        let kind = match &setting.kind {
            SettingKind::Number { .. } => ValueKind::Number,
            SettingKind::Switch | SettingKind::Boolean => ValueKind::Boolean,
            SettingKind::Combo(_)
            | SettingKind::DynamicCombo { .. }
            | SettingKind::FieldMapper(_) => ValueKind::Object,
            // A text or a number, as the provider has it.
            SettingKind::DynamicEnum(_) | SettingKind::CustomDropdown { .. } => ValueKind::Any,
            _ => ValueKind::Text,
        };
        if example.is_some() {
            return self.known(path, &setting.title, kind, example);
        }
        self.push(variable(path, &setting.title, kind, None, 0));
        let mut part = |keys: &[&str], title: &str| {
            let path = keys.iter().fold(path.to_owned(), |path, key| with_key(&path, key));
            self.push(variable(&path, title, ValueKind::Any, None, keys.len()));
        };
        match &setting.kind {
            SettingKind::Combo(_) | SettingKind::DynamicCombo { .. } => {
                part(&["mainInput"], "First choice");
                part(&["dependentInput"], "Second choice");
            }
            SettingKind::FieldMapper(mapper) => {
                part(&["objectMapping"], "Object");
                part(&["fieldMappings"], "Fields");
                for own in &mapper.labels {
                    part(&["fieldMappings", &own.key], &own.label);
                }
                if mapper.is_dynamic() {
                    part(&[DYNAMIC], "Fields of the app and of the user");
                }
            }
            _ => {}
        }
    }

    fn nested(&mut self, path: &str, title: &str, value: &Value, depth: usize) {
        self.push(variable(path, title, kind_of(value), Some(value), depth));
        if depth + 1 >= MOST_DEPTH || self.variables.len() >= MOST {
            return;
        }
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    self.nested(&with_key(path, key), key, inner, depth + 1);
                }
            }
            // Of a list the first item shows what the others look like.
            Value::Array(items) => {
                if let Some(Value::Object(first)) = items.first() {
                    for (key, inner) in first {
                        let path = with_key(&format!("{path}[0]"), key);
                        self.nested(&path, &format!("First: {key}"), inner, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

fn variable(
    path: &str,
    title: &str,
    kind: ValueKind,
    example: Option<&Value>,
    depth: usize,
) -> Variable {
    Variable {
        path: path.to_owned(),
        title: title.to_owned(),
        kind,
        example: example.map(|example| shortened(example, 0)),
        depth,
    }
}

/// An example that can be shown: not all of a long list.
fn shortened(value: &Value, depth: usize) -> Value {
    match value {
        Value::Array(items) if depth < MOST_DEPTH => {
            items.iter().take(LONGEST_EXAMPLE).map(|item| shortened(item, depth + 1)).collect()
        }
        Value::Object(map) if depth < MOST_DEPTH => {
            let some = map.iter().take(LONGEST_EXAMPLE);
            let some = some.map(|(key, item)| (key.clone(), shortened(item, depth + 1)));
            Value::Object(some.collect::<Map<_, _>>())
        }
        Value::Array(_) | Value::Object(_) => Value::Null,
        Value::String(text) if text.chars().count() > 500 => {
            Value::String(text.chars().take(500).collect())
        }
        other => other.clone(),
    }
}

fn kind_of_output(kind: InputType) -> ValueKind {
    match kind {
        InputType::Text => ValueKind::Text,
        InputType::Number => ValueKind::Number,
        InputType::Boolean => ValueKind::Boolean,
        InputType::Fields => ValueKind::Object,
        InputType::Filter => ValueKind::List,
        InputType::Json => ValueKind::Any,
    }
}

fn kind_of(value: &Value) -> ValueKind {
    match value {
        Value::Null => ValueKind::Any,
        Value::Bool(_) => ValueKind::Boolean,
        Value::Number(_) => ValueKind::Number,
        Value::String(text) if is_date(text) => ValueKind::Date,
        Value::String(_) => ValueKind::Text,
        Value::Array(_) => ValueKind::List,
        Value::Object(_) => ValueKind::Object,
    }
}

/// `2026-05-01`, alone or with a time behind it.
fn is_date(text: &str) -> bool {
    let shape = "0000-00-00";
    let day = text.bytes().zip(shape.bytes()).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        sign => byte == sign,
    });
    let rest = text.as_bytes().get(shape.len()..);
    day && rest.is_some_and(|rest| match rest {
        [] => true,
        [b'T' | b' ', after @ ..] => after.len() >= 5 && after[0].is_ascii_digit(),
        _ => false,
    })
}
