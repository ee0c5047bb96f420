//! Tables of verdicts among the exchanges: many codes of a provider's catalogue, one class.

use crate::definition::Definition;
use crate::exchanges::{Covered, Response, judged, note};
use crate::http::Delivery;
use crate::options::Asked;
use portico_domain::FailureClass;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Answers that differ in a status and a code, and what they mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// As in an exchange.
    of: String,
    class: FailureClass,
    /// A part of the words.
    says: Option<String>,
    #[serde(default = "ok")]
    statuses: Vec<u16>,
    #[serde(default)]
    headers: Map<String, Value>,
    /// `"{code}"` stands for each of the codes.
    json: Option<Value>,
    text: Option<String>,
    #[serde(default)]
    codes: Vec<Value>,
}

fn ok() -> Vec<u16> {
    vec![200]
}

impl Table {
    /// What differs, one line per answer.
    pub(crate) fn check(&self, definition: &Definition, covered: &mut Covered) -> Vec<String> {
        let once = [Value::Null];
        let codes = if self.codes.is_empty() { &once[..] } else { &self.codes };
        let mut wrong = Vec::new();
        for status in &self.statuses {
            for code in codes {
                covered.exchanges += 1;
                if let Err(why) = self.judge(definition, *status, code, covered) {
                    wrong.push(format!("{} {status} {code}: {why}", self.of));
                }
            }
        }
        wrong
    }

    fn judge(
        &self,
        definition: &Definition,
        status: u16,
        code: &Value,
        covered: &mut Covered,
    ) -> Result<(), String> {
        let json = self.json.clone().map(|json| with_code(json, code));
        let response = Response {
            status,
            headers: self.headers.clone(),
            json,
            text: self.text.clone(),
            lost: None,
            not_sent: None,
            larger_than: None,
        };
        let delivery = response.read();
        if let Delivery::Answered(answer) = &delivery {
            note(definition, &self.of, answer, covered);
        }
        let failure = match judged(definition, &self.of, &Asked::default(), &delivery)? {
            Ok(output) => return Err(format!("it answered {output}")),
            Err(failure) => failure,
        };
        let expected = code.as_str().map_or_else(|| code.to_string(), str::to_owned);
        let told = code.is_null() || failure.code == expected;
        let says = self.says.as_ref().is_none_or(|words| failure.message.contains(words));
        if failure.class == self.class && told && says {
            Ok(())
        } else {
            Err(format!("its verdict is {failure}"))
        }
    }
}

fn with_code(json: Value, code: &Value) -> Value {
    match json {
        Value::String(text) if text == "{code}" => code.clone(),
        Value::Array(items) => items.into_iter().map(|item| with_code(item, code)).collect(),
        Value::Object(map) => {
            map.into_iter().map(|(key, item)| (key, with_code(item, code))).collect()
        }
        other => other,
    }
}
