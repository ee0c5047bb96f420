//! In what a payload differs from its schema.

use super::{OtherKeys, Schema, escaped, type_of};
use crate::refusal::FieldProblem;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// More differences than this are not told.
const MOST: usize = 50;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// A JSON pointer (RFC 6901) into the payload; `-` stands for any item of a list.
    pub at: String,
    /// What is different there.
    #[serde(flatten)]
    pub change: Change,
}

/// How a payload differs at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A key that is not named.
    Added {
        /// Its type.
        found: String,
    },
    /// The same, where only named keys may stand.
    NotAllowed {
        /// Its type.
        found: String,
    },
    /// A key that must be there is not.
    Missing,
    /// Another type.
    Type {
        /// As written.
        expected: String,
        /// As sent.
        found: String,
    },
    /// None of the values there are.
    Value {
        /// Those there are.
        allowed: String,
    },
}

impl Difference {
    /// Whether it breaks the schema; a key more does not.
    pub fn is_wrong(&self) -> bool {
        !matches!(self.change, Change::Added { .. })
    }

    /// In words, for a sentence's end.
    pub fn words(&self) -> String {
        match &self.change {
            Change::Added { found } => format!("is new ({found})"),
            Change::NotAllowed { found } => format!("is no key of this event ({found})"),
            Change::Missing => "is missing".to_owned(),
            Change::Type { expected, found } => format!("is {found} instead of {expected}"),
            Change::Value { allowed } => format!("is none of {allowed}"),
        }
    }

    /// As a field of a refusal.
    pub fn as_problem(&self) -> FieldProblem {
        let field = format!("payload{}", self.at);
        FieldProblem { message: format!("{field} {}.", self.words()), field }
    }
}

impl Schema {
    /// In what a payload differs, in the order of the schema. Items of a list count as one.
    pub fn differences(&self, payload: &Value) -> Vec<Difference> {
        let mut found = Vec::new();
        self.compare(payload, "", &mut found);
        found.truncate(MOST);
        found
    }

    fn compare(&self, value: &Value, at: &str, found: &mut Vec<Difference>) {
        if found.len() >= MOST {
            return;
        }
        let mut note = |change: Change| {
            let own = Difference { at: at.to_owned(), change };
            if !found.contains(&own) {
                found.push(own);
            }
        };
        if !self.takes(type_of(value)) {
            let expected = self.types.join(" or ");
            // A person says number of both.
            let kind = if value.is_number() { "number" } else { type_of(value) };
            let kind =
                if expected.contains("integer") && kind == "number" { "fraction" } else { kind };
            return note(Change::Type { expected, found: kind.to_owned() });
        }
        if let Some(choices) = &self.choices
            && !choices.contains(value)
        {
            let allowed = choices.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
            return note(Change::Value { allowed });
        }
        match value {
            Value::Object(map) => {
                for key in self.required.iter().filter(|key| !map.contains_key(*key)) {
                    let at = format!("{at}/{}", escaped(key));
                    push(found, Difference { at, change: Change::Missing });
                }
                for (key, inner) in map {
                    let known = self.properties.iter().find(|(own, _)| own == key);
                    match known {
                        Some((_, schema)) => {
                            schema.compare(inner, &format!("{at}/{}", escaped(key)), found);
                        }
                        None => self.unnamed(key, inner, at, found),
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = &self.items {
                    let at = format!("{at}/-");
                    items.iter().for_each(|item| schema.compare(item, &at, found));
                }
            }
            _ => {}
        }
    }

    fn unnamed(&self, key: &str, value: &Value, at: &str, found: &mut Vec<Difference>) {
        let kind = if value.is_number() { "number" } else { type_of(value) }.to_owned();
        let change = match self.others {
            OtherKeys::Refused => Change::NotAllowed { found: kind },
            // A schema that names no key at all says nothing about keys.
            OtherKeys::Allowed if self.properties.is_empty() => return,
            OtherKeys::Allowed => Change::Added { found: kind },
        };
        push(found, Difference { at: format!("{at}/{}", escaped(key)), change });
    }
}

fn push(found: &mut Vec<Difference>, own: Difference) {
    if found.len() < MOST && !found.contains(&own) {
        found.push(own);
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::{Schema, inferred};
    use serde_json::{Value, json};

    fn told(schema: &Value, payload: &Value) -> Vec<String> {
        let schema = Schema::read(schema).expect("a schema");
        let lines = schema.differences(payload).into_iter();
        lines.map(|own| format!("{} {} {}", own.at, own.words(), own.is_wrong())).collect()
    }

    #[test]
    fn a_payload_is_compared_key_by_key() {
        let example = json!({
            "name": "Ada", "age": 36, "company": { "id": 1 }, "tags": ["a"],
            "contacts": [{ "mail": "a@x", "vip": true }, { "mail": "b@x" }], "any": null,
        });
        let schema = inferred(&example);
        assert_eq!(told(&schema, &example), Vec::<String>::new(), "an example fits itself");
        let payload = json!({
            "name": 7, "age": 36.5, "company": { "id": "x", "city": "Vienna" }, "tags": [1, 2, "a"],
            "contacts": [{ "vip": true }, {}], "any": [1], "new/key": [],
        });
        assert_eq!(
            told(&schema, &payload),
            [
                "/name is number instead of string true",
                "/company/id is string instead of number true",
                "/company/city is new (string) false",
                "/tags/- is number instead of string true",
                "/contacts/-/mail is missing true",
                "/new~1key is new (array) false",
            ]
        );
    }

    #[test]
    fn a_written_schema_says_more() {
        let schema = json!({
            "type": "object", "required": ["plan"], "additionalProperties": false,
            "properties": { "plan": { "enum": ["free", "pro"] }, "seats": { "type": ["integer", "null"] } },
        });
        assert_eq!(told(&schema, &json!({ "plan": "free", "seats": 3.0 })), Vec::<String>::new());
        assert_eq!(told(&schema, &json!({ "plan": "pro", "seats": null })), Vec::<String>::new());
        assert_eq!(
            told(&schema, &json!({ "plan": "gold", "seats": 1.5, "x": true })),
            [
                "/plan is none of \"free\", \"pro\" true",
                "/seats is fraction instead of integer or null true",
                "/x is no key of this event (boolean) true",
            ]
        );
        assert_eq!(told(&schema, &json!({})), ["/plan is missing true"]);
        assert_eq!(told(&json!({}), &json!({ "anything": 1 })), Vec::<String>::new());
    }
}
