//! Which values properties take ("Update property values": all of them are text).

use super::failure::Error;
use super::pipelines;
use super::property::{Property, Type};
use super::seed::{Portal, Size};
use super::times;
use super::types::Kind;
use serde_json::{Map, Value, json};

/// Properties by their names.
pub(super) type Fields = Map<String, Value>;

/// What is wrong with a value: a code and words.
type Wrong = (&'static str, String);

/// What values are checked against.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) kind: &'static Kind,
    pub(super) portal: &'static Portal,
    pub(super) size: Size,
}

impl Rules {
    /// Properties exist, can be written, and have values that fit. Answers them as they are kept. What
    /// a record has already says which pipeline a stage is of.
    pub(super) fn read(self, written: &Fields, before: &Fields) -> Result<Fields, Error> {
        let mut kept = Fields::new();
        let mut wrongs: Vec<(&str, Wrong)> = Vec::new();
        for (name, value) in written {
            match self.value(name, value) {
                Ok(text) => {
                    kept.insert(name.clone(), json!(text));
                }
                Err(wrong) => wrongs.push((name, wrong)),
            }
        }
        if let Some((pipeline, stage)) = self.kind.pipeline() {
            let own = |name| kept.get(name).or_else(|| before.get(name)).and_then(Value::as_str);
            let first = pipelines::of(self.kind).next().map_or("", |own| own.id);
            let (at, wanted) = (own(pipeline).unwrap_or(first), own(stage).unwrap_or_default());
            let found = pipelines::of(self.kind).find(|own| own.id == at);
            let stages = found.map_or(&[][..], |own| own.stages);
            if !wanted.is_empty() && stages.iter().all(|(id, ..)| *id != wanted) {
                let ids: Vec<_> = stages.iter().map(|(id, ..)| *id).collect();
                wrongs.push((stage, not_allowed(wanted, &ids)));
            }
            if before.is_empty() && !kept.contains_key(pipeline) {
                kept.insert(pipeline.to_owned(), json!(first));
            }
        }
        if wrongs.is_empty() { Ok(kept) } else { Err(self.refused(&wrongs, written)) }
    }

    /// What a new record needs.
    pub(super) fn whole(self, fields: &Fields) -> Result<(), Error> {
        let set = |name: &&str| {
            fields.get(*name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        let Kind { required, one_of, .. } = self.kind;
        let mut missing: Vec<_> = required.iter().filter(|name| !set(name)).collect();
        if !one_of.is_empty() && !one_of.iter().any(set) {
            missing.extend(*one_of);
        }
        if missing.is_empty() {
            return Ok(());
        }
        let object = if self.kind.is_custom() { self.kind.id } else { self.kind.singular };
        let words = format!(
            "Error creating {}. Some required properties were not set.",
            object.to_uppercase()
        );
        let context = json!({ "properties": missing });
        let one =
            json!({ "message": words, "code": "MISSING_REQUIRED_PROPERTIES", "context": context });
        Err(Error::invalid(words).with("errors", json!([one])).with("context", context))
    }

    fn value(self, name: &str, value: &Value) -> Result<String, Wrong> {
        let Some(property) = self.kind.property(name) else {
            return Err(("PROPERTY_DOESNT_EXIST", format!("Property \"{name}\" does not exist")));
        };
        if property.read_only {
            let words = format!("\"{name}\" is a read only property; its value cannot be set.");
            return Err(("READ_ONLY_VALUE", words));
        }
        let Some(text) = value.as_str() else {
            return Err(("INVALID_TYPE", format!("{value} is not text; property values are.")));
        };
        if text.is_empty() { Ok(String::new()) } else { self.text(property, text) }
    }

    fn text(self, property: &Property, text: &str) -> Result<String, Wrong> {
        let known = |value: &str| property.choices().iter().any(|(own, _)| *own == value);
        let choices = || property.choices().iter().map(|(own, _)| *own).collect::<Vec<_>>();
        let fits = match property.type_ {
            Type::Email if !is_address(text) => {
                return Err(("INVALID_EMAIL", format!("Email address {text} is invalid")));
            }
            Type::Email => return Ok(text.to_lowercase()),
            // Only what is no text is refused for spaces around it ("Enhanced validations").
            Type::Number => {
                let number = text.parse::<f64>().is_ok_and(f64::is_finite) && !text.contains('e');
                return if number {
                    Ok(text.to_owned())
                } else {
                    Err(("INVALID_INTEGER", format!("{text} was not a valid number.")))
                };
            }
            Type::Date | Type::Time => return moment(property.type_, text),
            Type::Many(_) => text.split(';').all(known),
            Type::One(_) | Type::Bool => known(text),
            Type::Owner => {
                text.parse::<usize>().is_ok_and(|id| (1..=self.size.owners).contains(&id))
            }
            Type::Pipeline => pipelines::of(self.kind).any(|own| own.id == text),
            Type::Text | Type::Lines | Type::Html | Type::Phone | Type::Stage => true,
        };
        let choices = match property.type_ {
            Type::Pipeline => pipelines::of(self.kind).map(|own| own.id).collect(),
            _ => choices(),
        };
        if fits { Ok(text.to_owned()) } else { Err(not_allowed(text, &choices)) }
    }

    fn refused(self, wrongs: &[(&str, Wrong)], written: &Fields) -> Error {
        let told: Vec<_> = wrongs
            .iter()
            .map(|(name, (code, words))| {
                json!({
                    "isValid": false, "message": words, "error": code, "name": name,
                    "localizedErrorMessage": words, "propertyValue": written.get(*name),
                    "portalId": self.portal.id,
                })
            })
            .collect();
        let errors: Vec<_> = wrongs
            .iter()
            .map(|(name, (code, words))| {
                json!({ "message": words, "code": code, "context": { "propertyName": [name] } })
            })
            .collect();
        // The sentence carries the whole list, as the real one does.
        let words = format!("Property values were not valid: {}", json!(told));
        Error::invalid(words).with("errors", json!(errors))
    }
}

fn not_allowed(text: &str, choices: &[&str]) -> Wrong {
    let words = format!("{text} was not one of the allowed options: [{}]", choices.join(", "));
    ("INVALID_OPTION", words)
}

/// Dates are kept as days, times with their milliseconds, however they came.
fn moment(type_: Type, text: &str) -> Result<String, Wrong> {
    let Some(ms) = times::read(text) else {
        return Err(("INVALID_LONG", format!("{text} was not a valid long.")));
    };
    match type_ {
        Type::Date if !times::is_midnight(ms) => {
            let words = format!("{text} is at {}, not midnight!", times::shown(ms));
            Err(("INVALID_DATE", words))
        }
        Type::Date => Ok(times::day_shown(ms)),
        _ => Ok(times::shown(ms)),
    }
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let parts = host.split('.').collect::<Vec<_>>();
    !name.is_empty()
        && parts.len() > 1
        && parts.iter().all(|part| !part.is_empty())
        && !host.contains('@')
        && !text.contains(char::is_whitespace)
}
