//! Filters as a provider wants them: groups of conditions in JSON, its words for the operators.

use crate::file::{FiltersFile, OperatorFile};
use crate::request::invalid;
use crate::slip::Slip;
use crate::text::Text;
use portico_domain::filter::{Arity, Condition, Operand, Operator};
use portico_domain::nearest::did_you_mean;
use portico_domain::{Failure, Filter};
use serde_json::{Map, Value};

/// What `[filters]` says.
pub(crate) struct FilterGroups {
    conditions: String,
    field: String,
    operator: String,
    value: String,
    values: String,
    operators: Vec<(Operator, Word)>,
}

/// A provider's word for an operator, and what becomes of the value.
struct Word {
    name: String,
    value: Option<Text>,
}

impl FilterGroups {
    pub(crate) fn read(file: FiltersFile, slips: &mut Vec<Slip>) -> Self {
        let mut operators = Vec::new();
        for (id, word) in file.operators {
            let Some(operator) = Operator::of(&id) else {
                let ids = Operator::ALL.iter().map(|operator| operator.id());
                let advice = did_you_mean(&id, ids);
                slips.push(Slip::new(&id, format!("There is no operator {id:?}.{advice}")));
                continue;
            };
            let word = match word {
                OperatorFile::Name(name) => Word { name, value: None },
                OperatorFile::Pattern { name, value } => {
                    let known = ["value".to_owned()];
                    Word { name, value: crate::slip::named(&value, &known, slips) }
                }
            };
            operators.push((operator, word));
        }
        Self {
            conditions: file.conditions,
            field: file.field,
            operator: file.operator,
            value: file.value,
            values: file.values,
            operators,
        }
    }

    /// A filter as the provider reads it.
    pub(crate) fn render(&self, filter: &Filter) -> Result<Value, Failure> {
        let groups = filter.groups().iter().map(|group| {
            let conditions = group.iter().map(|condition| self.condition(condition));
            let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
            Ok(Value::Object(Map::from_iter([(self.conditions.clone(), conditions.into())])))
        });
        groups.collect::<Result<Vec<_>, _>>().map(Value::Array)
    }

    fn condition(&self, condition: &Condition) -> Result<Value, Failure> {
        let own = self.operators.iter().find(|(operator, _)| *operator == condition.operator);
        let Some((operator, word)) = own else {
            let known: Vec<_> = self.operators.iter().map(|(operator, _)| operator.id()).collect();
            let message = format!(
                "The provider cannot compare {:?} with {:?}; it knows {}.",
                condition.field,
                condition.operator.id(),
                known.join(", ")
            );
            return Err(invalid("filter", message));
        };
        let values = condition.values.iter().map(|value| Value::String(word.said(value)));
        let mut said = Map::new();
        said.insert(self.field.clone(), Value::String(condition.field.clone()));
        said.insert(self.operator.clone(), Value::String(word.name.clone()));
        match operator.arity() {
            Arity::None => {}
            Arity::One => said.extend(values.take(1).map(|value| (self.value.clone(), value))),
            Arity::Many => {
                said.insert(self.values.clone(), values.collect());
            }
        }
        Ok(Value::Object(said))
    }
}

impl Word {
    fn said(&self, value: &Operand) -> String {
        let text = match value {
            Operand::Text(text) | Operand::Date(text) => text.clone(),
            Operand::Number(number) => number.to_string(),
            Operand::Boolean(bool) => bool.to_string(),
        };
        let around = |pattern: &Text| {
            let values = Map::from_iter([("value".to_owned(), Value::String(text.clone()))]);
            pattern.plain(&values).ok()
        };
        self.value.as_ref().and_then(around).unwrap_or(text)
    }
}

/// A filter among the inputs, read.
pub(crate) fn read(written: &Value, title: &str) -> Result<Filter, Failure> {
    Filter::read(written).map_err(|problem| {
        let at = if problem.at.is_empty() { String::new() } else { format!(" at {}", problem.at) };
        invalid("filter", format!("The input {title:?} is not right{at}: {}", problem.message))
    })
}

#[cfg(test)]
mod tests {
    use super::FilterGroups;
    use crate::file::{FiltersFile, OperatorFile};
    use portico_domain::Filter;
    use serde_json::{Value, json};

    fn groups() -> FilterGroups {
        let name = |name: &str| OperatorFile::Name(name.to_owned());
        let around = |value: &str| OperatorFile::Pattern {
            name: "CONTAINS".to_owned(),
            value: value.to_owned(),
        };
        let operators = [
            ("equals", name("EQ")),
            ("in", name("IN")),
            ("is_empty", name("NONE")),
            ("starts_with", around("{value}*")),
        ];
        let file = FiltersFile {
            conditions: "filters".to_owned(),
            field: "property".to_owned(),
            operator: "op".to_owned(),
            value: "value".to_owned(),
            values: "values".to_owned(),
            operators: operators.map(|(id, word)| (id.to_owned(), word)).into(),
        };
        let mut slips = Vec::new();
        let groups = FilterGroups::read(file, &mut slips);
        assert!(slips.is_empty());
        groups
    }

    fn said(filter: Value) -> Result<Value, String> {
        let filter = Filter::read(&filter).expect("a filter");
        groups().render(&filter).map_err(|failure| failure.message)
    }

    #[test]
    fn a_filter_is_said_in_the_providers_words() {
        let filter = json!([
            [
                { "field": "email", "operator": "starts_with", "value": "ada" },
                { "field": "age", "operator": "in", "value": [36, 37] },
            ],
            [{ "field": "phone", "operator": "is_empty" }],
        ]);
        assert_eq!(
            said(filter),
            Ok(json!([
                { "filters": [
                    { "property": "email", "op": "CONTAINS", "value": "ada*" },
                    { "property": "age", "op": "IN", "values": ["36", "37"] },
                ] },
                { "filters": [{ "property": "phone", "op": "NONE" }] },
            ]))
        );
        assert_eq!(said(json!([])), Ok(json!([])));
    }

    #[test]
    fn what_the_provider_cannot_ask_is_refused_with_what_it_can() {
        let filter = json!([[{ "field": "name", "operator": "ends_with", "value": "x" }]]);
        let words = said(filter).expect_err("a refusal");
        assert!(words.contains("\"ends_with\"") && words.contains("equals, in"), "{words}");
    }
}
