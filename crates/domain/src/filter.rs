//! Which records are meant: conditions that must all hold, in groups of which one must.
//!
//! One shape for every integration, `[[{field, operator, value}]]`: the outer list is *or*, the inner
//! ones are *and*. What a condition says at a provider is the connector's business.

mod operator;

use crate::nearest::did_you_mean;
pub use operator::{Arity, Operator};
use serde_json::{Number, Value};

/// Groups of conditions, of which one must hold; none at all means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter(Vec<Vec<Condition>>);

/// One thing that must be so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The provider's name of the field.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what: one value, several for `in` and its like, none for `is_empty`.
    pub values: Vec<Operand>,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// Text.
    Text(String),
    /// A number.
    Number(Number),
    /// True or false.
    Boolean(bool),
    /// A day or an instant, as ISO 8601 writes it.
    Date(String),
}

/// What is wrong with a filter, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterProblem {
    /// JSON pointer into the filter.
    pub at: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl FilterProblem {
    fn new(at: impl Into<String>, message: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into() }
    }
}

const SHAPE: &str = "A filter is a list of groups of conditions: [[{field, operator, value}]].";

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// The first thing that is wrong. A condition whose value is missing is never left out: that would
    /// mean more records than were asked for.
    pub fn read(written: &Value) -> Result<Self, FilterProblem> {
        if let Some(problem) = Self::problems(written, |_| false).into_iter().next() {
            return Err(problem);
        }
        let groups = written.as_array().into_iter().flatten().enumerate();
        let groups = groups.map(|(group, conditions)| {
            let conditions = conditions.as_array().into_iter().flatten().enumerate();
            let read =
                |(index, condition)| Condition::read(condition, &format!("/{group}/{index}"));
            conditions.map(read).collect()
        });
        groups.collect::<Result<_, _>>().map(Self)
    }

    /// What is wrong with a filter as it is written; texts that are `open` get their value later.
    pub fn problems(written: &Value, open: impl Fn(&str) -> bool) -> Vec<FilterProblem> {
        let open = |value: &Value| value.as_str().is_some_and(&open);
        let mut problems = Vec::new();
        if open(written) {
            return problems;
        }
        let Some(groups) = written.as_array() else {
            return vec![FilterProblem::new("", SHAPE)];
        };
        for (group, conditions) in groups.iter().enumerate() {
            if open(conditions) {
                continue;
            }
            let at = format!("/{group}");
            match conditions.as_array() {
                None => problems.push(FilterProblem::new(at, SHAPE)),
                Some(conditions) if conditions.is_empty() => {
                    let message = "A group without conditions would mean everything; leave it out.";
                    problems.push(FilterProblem::new(at, message));
                }
                Some(conditions) => {
                    for (index, condition) in conditions.iter().enumerate() {
                        if !open(condition) {
                            let at = format!("{at}/{index}");
                            Condition::problems(condition, &at, &open, &mut problems);
                        }
                    }
                }
            }
        }
        problems
    }

    /// Its groups: one must hold, and of it everything.
    pub fn groups(&self) -> &[Vec<Condition>] {
        &self.0
    }
}

/// What the values of a condition are, where JSON does not say it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Numbers, yes or no, and what is written like a date.
    Told,
    Text,
    Number,
    Boolean,
    Date,
}

const KEYS: [&str; 4] = ["field", "operator", "value", "type"];
const KINDS: [(&str, Kind); 4] = [
    ("text", Kind::Text),
    ("number", Kind::Number),
    ("boolean", Kind::Boolean),
    ("date", Kind::Date),
];

impl Condition {
    fn problems(
        written: &Value,
        at: &str,
        open: &impl Fn(&Value) -> bool,
        problems: &mut Vec<FilterProblem>,
    ) {
        let Some(condition) = written.as_object() else {
            problems.push(FilterProblem::new(at, SHAPE));
            return;
        };
        for key in condition.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let message = format!("A condition has no {key:?}.{}", did_you_mean(key, KEYS));
            problems.push(FilterProblem::new(at, message));
        }
        if condition
            .get("field")
            .and_then(Value::as_str)
            .is_none_or(|field| field.trim().is_empty())
        {
            problems.push(FilterProblem::new(at, "A condition needs the name of a field."));
        }
        if let Some(kind) = condition.get("type").filter(|kind| !open(kind))
            && !KINDS.iter().any(|(id, _)| kind == *id)
        {
            let message = "A type is \"text\", \"number\", \"boolean\" or \"date\".";
            problems.push(FilterProblem::new(format!("{at}/type"), message));
        }
        match condition.get("operator") {
            Some(operator) if open(operator) => {}
            Some(Value::String(id)) => match Operator::of(id) {
                Some(operator) => Self::value_problems(condition, operator, at, open, problems),
                None => {
                    let ids = Operator::ALL.iter().map(|operator| operator.id());
                    let message = format!("There is no operator {id:?}.{}", did_you_mean(id, ids));
                    problems.push(FilterProblem::new(format!("{at}/operator"), message));
                }
            },
            _ => problems.push(FilterProblem::new(at, "A condition needs an operator: equals.")),
        }
    }

    fn value_problems(
        condition: &serde_json::Map<String, Value>,
        operator: Operator,
        at: &str,
        open: &impl Fn(&Value) -> bool,
        problems: &mut Vec<FilterProblem>,
    ) {
        let field = condition.get("field").and_then(Value::as_str).unwrap_or_default();
        let value = condition.get("value");
        let message = match (operator.arity(), value) {
            (Arity::None, None | Some(Value::Null)) => return,
            (Arity::None, Some(_)) => format!("{:?} takes no value.", operator.id()),
            (_, None | Some(Value::Null)) => {
                format!("The condition on {field:?} has no value; is_empty finds what is empty.")
            }
            (_, Some(value)) if open(value) => return,
            (Arity::One, Some(Value::Array(_))) | (_, Some(Value::Object(_))) => {
                format!("The condition on {field:?} takes one value; several go with \"in\".")
            }
            (_, Some(Value::Array(items))) if items.is_empty() => {
                format!("The condition on {field:?} has an empty list of values.")
            }
            (_, Some(Value::Array(items)))
                if items
                    .iter()
                    .any(|item| item.is_array() || item.is_object() || item.is_null()) =>
            {
                format!("The values for {field:?} are texts, numbers, yes or no.")
            }
            _ => return,
        };
        problems.push(FilterProblem::new(at, message));
    }

    /// Of a condition without problems.
    fn read(written: &Value, at: &str) -> Result<Self, FilterProblem> {
        let shapeless = || FilterProblem::new(at, SHAPE);
        let text = |key: &str| written.get(key).and_then(Value::as_str);
        let field = text("field").ok_or_else(shapeless)?.trim().to_owned();
        let operator = text("operator").and_then(Operator::of).ok_or_else(shapeless)?;
        let kind = text("type").and_then(|id| KINDS.iter().find(|(own, _)| *own == id));
        let kind = kind.map_or(Kind::Told, |(_, kind)| *kind);
        let values = match written.get("value") {
            _ if operator.arity() == Arity::None => &[],
            Some(Value::Array(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let read = |value| {
            Operand::read(value, kind).ok_or_else(|| {
                let message = format!("The value for {field:?} is not what its type says.");
                FilterProblem::new(format!("{at}/value"), message)
            })
        };
        let values = values.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { field, operator, values })
    }
}

impl Operand {
    fn read(value: &Value, kind: Kind) -> Option<Self> {
        match (kind, value) {
            (Kind::Told, Value::String(text)) if is_date(text) => Some(Self::Date(text.clone())),
            (Kind::Told | Kind::Text, Value::String(text)) => Some(Self::Text(text.clone())),
            (Kind::Told | Kind::Number, Value::Number(number)) => {
                Some(Self::Number(number.clone()))
            }
            (Kind::Told | Kind::Boolean, Value::Bool(bool)) => Some(Self::Boolean(*bool)),
            (Kind::Text, Value::Number(number)) => Some(Self::Text(number.to_string())),
            (Kind::Text, Value::Bool(bool)) => Some(Self::Text(bool.to_string())),
            (Kind::Number, Value::String(text)) => {
                serde_json::from_str(text.trim()).ok().map(Self::Number)
            }
            (Kind::Boolean, Value::String(text)) => text.trim().parse().ok().map(Self::Boolean),
            (Kind::Date, Value::String(text)) if is_date(text.trim()) => {
                Some(Self::Date(text.trim().to_owned()))
            }
            _ => None,
        }
    }
}

/// `2026-05-01`, or `2026-05-01T07:25:37.000Z` with an offset (`+02:00`, `+0000`); nothing else.
fn is_date(text: &str) -> bool {
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let split = |text: &str, marks: &[char], counts: [usize; 3]| {
        let parts: Vec<&str> = text.split(marks).collect();
        parts.len() == 3 && parts.iter().zip(counts).all(|(part, count)| digits(part, count))
    };
    let is_day = |day: &str| split(day, &['-'], [4, 2, 2]);
    let Some((day, rest)) = text.split_once('T') else { return is_day(text) };
    let Some(at) = rest.find(['Z', '+', '-']) else { return false };
    let (time, zone) = rest.split_at(at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let fraction = (1..=9).contains(&fraction.len()) && digits(fraction, fraction.len());
    let zone = zone == "Z" || {
        let offset = &zone[1..];
        !zone.starts_with('Z')
            && (digits(offset, 4)
                || offset.split_once(':').is_some_and(|(h, m)| digits(h, 2) && digits(m, 2)))
    };
    is_day(day) && split(time, &[':'], [2, 2, 2]) && fraction && zone
}

#[cfg(test)]
mod tests {
    use super::{Filter, Operand, is_date};
    use serde_json::{Value, json};

    fn refused(written: Value) -> String {
        let problem = Filter::read(&written).expect_err("a problem");
        format!("{} {}", problem.at, problem.message)
    }

    #[test]
    fn values_keep_their_types_and_dates_are_told_by_their_form() {
        let filter = Filter::read(&json!([[
            { "field": "Name", "operator": "equals", "value": "Ada" },
            { "field": "Age", "operator": "less_than", "value": 40 },
            { "field": "Vip", "operator": "equals", "value": true },
            { "field": "CreatedDate", "operator": "greater_than", "value": "2026-05-01T07:25:37Z" },
            { "field": "Code", "operator": "equals", "value": "2026-05-01", "type": "text" },
            { "field": "Size", "operator": "equals", "value": "7", "type": "number" },
            { "field": "Gone", "operator": "is_empty" },
        ]]))
        .expect("a filter");
        let values: Vec<_> =
            filter.groups()[0].iter().map(|condition| condition.values.first().cloned()).collect();
        assert_eq!(
            values,
            [
                Some(Operand::Text("Ada".to_owned())),
                Some(Operand::Number(40.into())),
                Some(Operand::Boolean(true)),
                Some(Operand::Date("2026-05-01T07:25:37Z".to_owned())),
                Some(Operand::Text("2026-05-01".to_owned())),
                Some(Operand::Number(7.into())),
                None,
            ]
        );
    }

    #[test]
    fn a_value_that_is_missing_is_refused_and_never_left_out() {
        let says = refused(json!([[{ "field": "Email", "operator": "equals" }]]));
        assert!(says.starts_with("/0/0 ") && says.contains("\"Email\" has no value"), "{says}");
        assert!(refused(json!([[]])).contains("would mean everything"));
        let none = json!([[{ "field": "Id", "operator": "not_in", "value": [] }]]);
        assert!(refused(none).contains("empty list"));
    }

    #[test]
    fn a_mistake_says_what_to_write() {
        for (written, says) in [
            (json!({ "field": "a" }), "[[{field, operator, value}]]"),
            (json!([{ "field": "a" }]), "[[{field, operator, value}]]"),
            (json!([[{ "field": "a", "operator": "equal", "value": 1 }]]), "\"equals\""),
            (json!([[{ "field": "a", "operater": "equals" }]]), "\"operator\""),
            (json!([[{ "field": " ", "operator": "is_empty" }]]), "name of a field"),
            (json!([[{ "field": "a", "operator": "is_empty", "value": 1 }]]), "takes no value"),
            (json!([[{ "field": "a", "operator": "equals", "value": [1] }]]), "\"in\""),
            (
                json!([[{ "field": "a", "operator": "equals", "value": "x", "type": "date" }]]),
                "what its type says",
            ),
        ] {
            let found = refused(written.clone());
            assert!(found.contains(says), "{written}: {found}");
        }
    }

    #[test]
    fn what_gets_its_value_later_is_not_judged_before() {
        let open = |text: &str| text.contains("{{");
        for written in [
            json!("{{ trigger.filter }}"),
            json!([[{ "field": "{{ settings.field }}", "operator": "{{ settings.how }}" }]]),
            json!([[{ "field": "Id", "operator": "in", "value": "{{ trigger.ids }}" }]]),
        ] {
            assert_eq!(Filter::problems(&written, open), [], "{written}");
        }
        let wrong = json!([[{ "field": "Id", "operator": "is", "value": "{{ trigger.id }}" }]]);
        assert_eq!(Filter::problems(&wrong, open).len(), 1);
    }

    #[test]
    fn a_date_is_told_from_text() {
        for date in [
            "2026-05-01",
            "2026-05-01T07:25:37Z",
            "2026-05-01T07:25:37.123+0000",
            "2026-05-01T07:25:37-02:00",
        ] {
            assert!(is_date(date), "{date}");
        }
        for text in [
            "",
            "2026",
            "2026-5-1",
            "2026-05-01 ",
            "2026-05-01T07:25",
            "2026-05-01T07:25:37",
            "2026-05-01' OR",
            "2026-05-01T07:25:37Z)",
            "T",
            "2026-05-01T07:25:37Zé",
            "2026-05-01T07:25:37+é",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }
}
