//! What an App Event's payload looks like: a small, honest part of JSON Schema.
//!
//! `type`, `properties`, `required`, `items`, `enum` and `additionalProperties: false` count; words about a
//! schema (`title`, `description`, `format`, …) are kept and ignored; any other keyword is refused where it
//! is written, as checking less than what is written would be a lie.

mod difference;
mod infer;
mod shape;

pub use difference::{Change, Difference};
pub use infer::inferred;
pub use shape::fingerprint;

use crate::nearest::did_you_mean;
use crate::refusal::FieldProblem;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What happens with a payload that does not fit its schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SchemaCheck {
    /// Nothing.
    #[default]
    Off,
    /// It is taken, and noted.
    Warn,
    /// It is refused.
    Enforce,
}

impl SchemaCheck {
    /// Its spelling in the database and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Enforce => "enforce",
        }
    }
}

impl std::str::FromStr for SchemaCheck {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Off, Self::Warn, Self::Enforce]
            .into_iter()
            .find(|own| own.name() == text)
            .ok_or_else(|| format!("{text:?} is no check of a schema"))
    }
}

/// Whether keys that are not named may stand there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OtherKeys {
    #[default]
    Allowed,
    Refused,
}

/// A schema that has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Empty: any.
    pub(crate) types: Vec<String>,
    pub(crate) properties: Vec<(String, Schema)>,
    pub(crate) required: Vec<String>,
    pub(crate) items: Option<Box<Schema>>,
    pub(crate) choices: Option<Vec<Value>>,
    pub(crate) others: OtherKeys,
}

const TYPES: [&str; 7] = ["object", "array", "string", "number", "integer", "boolean", "null"];
const COUNTING: [&str; 6] =
    ["type", "properties", "required", "items", "enum", "additionalProperties"];
const WORDS: [&str; 9] = [
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "format",
    "default",
    "examples",
    "deprecated",
];
/// How deep schemas may stand in each other.
const MOST_DEPTH: usize = 16;

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// What is wrong with it, each at its JSON pointer.
    pub fn read(document: &Value) -> Result<Self, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let schema = read(document, "", 0, &mut problems);
        if problems.is_empty() && !schema.types.is_empty() && !schema.takes("object") {
            let message = "An event's payload is an object: \"type\": \"object\".".to_owned();
            problems.push(FieldProblem { field: "/type".to_owned(), message });
        }
        if problems.is_empty() { Ok(schema) } else { Err(problems) }
    }

    pub(crate) fn takes(&self, kind: &str) -> bool {
        self.types.is_empty()
            || self.types.iter().any(|own| own == kind || (own == "number" && kind == "integer"))
    }
}

fn read(document: &Value, at: &str, depth: usize, problems: &mut Vec<FieldProblem>) -> Schema {
    let mut schema = Schema::default();
    let mut wrong =
        |at: String, message: String| problems.push(FieldProblem { field: at, message });
    let Value::Object(map) = document else {
        wrong(at.to_owned(), "A schema is a JSON object.".to_owned());
        return schema;
    };
    if depth > MOST_DEPTH {
        wrong(at.to_owned(), format!("Schemas stand {MOST_DEPTH} deep in each other at most."));
        return schema;
    }
    for key in map.keys() {
        if !COUNTING.contains(&key.as_str()) && !WORDS.contains(&key.as_str()) {
            let near = did_you_mean(key, COUNTING);
            let message =
                format!("{key:?} is not checked here: {} are.{near}", COUNTING.join(", "));
            wrong(format!("{at}/{key}"), message);
        }
    }
    match map.get("type") {
        None => {}
        Some(Value::String(own)) => schema.types.push(own.clone()),
        Some(Value::Array(all)) if all.iter().all(Value::is_string) => {
            schema.types.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        Some(_) => wrong(format!("{at}/type"), "A type is a name or a list of names.".to_owned()),
    }
    for own in schema.types.iter().filter(|own| !TYPES.contains(&own.as_str())) {
        let near = did_you_mean(own, TYPES);
        wrong(format!("{at}/type"), format!("{own:?} is no type of JSON.{near}"));
    }
    match map.get("required") {
        None => {}
        Some(Value::Array(all)) if all.iter().all(Value::is_string) => {
            schema.required = all.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        Some(_) => {
            wrong(format!("{at}/required"), "What is required is a list of keys.".to_owned())
        }
    }
    match map.get("enum") {
        None => {}
        Some(Value::Array(all)) if !all.is_empty() => schema.choices = Some(all.clone()),
        Some(_) => wrong(format!("{at}/enum"), "An enum is a list of values.".to_owned()),
    }
    match map.get("additionalProperties") {
        None | Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => schema.others = OtherKeys::Refused,
        Some(_) => {
            wrong(format!("{at}/additionalProperties"), "It is true or false here.".to_owned());
        }
    }
    match map.get("properties") {
        None => {}
        Some(Value::Object(all)) => schema.properties = properties(all, at, depth, problems),
        Some(_) => problems.push(FieldProblem {
            field: format!("{at}/properties"),
            message: "Properties are an object: a schema for each key.".to_owned(),
        }),
    }
    if let Some(items) = map.get("items") {
        let inner = read(items, &format!("{at}/items"), depth + 1, problems);
        schema.items = Some(Box::new(inner));
    }
    schema
}

fn properties(
    all: &Map<String, Value>,
    at: &str,
    depth: usize,
    problems: &mut Vec<FieldProblem>,
) -> Vec<(String, Schema)> {
    all.iter()
        .map(|(key, own)| {
            let at = format!("{at}/properties/{}", escaped(key));
            (key.clone(), read(own, &at, depth + 1, problems))
        })
        .collect()
}

/// A key as it stands in a JSON pointer.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The type of a value, as a schema calls it.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|n| n.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::Schema;
    use serde_json::json;

    #[test]
    fn what_would_not_be_checked_is_refused_where_it_is_written() {
        for (schema, at, words) in [
            (
                json!({ "properties": { "a/b": { "minLength": 1 } } }),
                "/properties/a~1b/minLength",
                "not checked",
            ),
            (json!({ "propertis": {} }), "/propertis", "Did you mean \"properties\"?"),
            (json!({ "type": "text" }), "/type", "no type of JSON"),
            (json!({ "type": "array" }), "/type", "is an object"),
            (json!({ "items": { "type": 7 } }), "/items/type", "a name or a list"),
            (json!({ "required": "a" }), "/required", "a list of keys"),
            (json!({ "enum": [] }), "/enum", "a list of values"),
            (
                json!({ "additionalProperties": { "type": "string" } }),
                "/additionalProperties",
                "true or false",
            ),
            (json!([]), "", "a JSON object"),
        ] {
            let problems = Schema::read(&schema).expect_err("a slip");
            let found = &problems[0];
            assert_eq!(found.field, at, "{schema}");
            assert!(found.message.contains(words), "{schema}: {}", found.message);
        }
        let words =
            json!({ "$schema": "x", "title": "Lead", "format": "email", "description": "" });
        assert!(Schema::read(&words).is_ok());
    }
}
