//! Whether a page is the last one that somebody wants: a filter whose fields are pointers into the page.

use crate::text::as_text;
use portico_domain::Filter;
use portico_domain::filter::{Condition, Operand, Operator};
use serde_json::Value;
use std::cmp::Ordering;

/// Whether one group holds whole; a filter without groups holds for nothing.
pub(crate) fn holds(filter: &Filter, page: &Value) -> bool {
    filter.groups().iter().any(|group| group.iter().all(|own| condition(own, page)))
}

fn condition(own: &Condition, page: &Value) -> bool {
    let found = page.pointer(&own.field).filter(|found| !found.is_null());
    let any = |test: &dyn Fn(&Operand) -> bool| own.values.iter().any(test);
    let order = |wanted: &[Ordering]| {
        any(&|value| {
            let order = found.and_then(|found| compared(found, value));
            order.is_some_and(|order| wanted.contains(&order))
        })
    };
    let text = |test: &dyn Fn(&str, &str) -> bool| {
        any(&|value| as_text(found).is_some_and(|found| test(&found, &said(value))))
    };
    let is_same = |found: &Value| any(&|value| as_text(Some(found)) == Some(said(value)));
    let includes = || match found {
        Some(Value::Array(items)) => items.iter().any(is_same),
        found => found.is_some_and(is_same),
    };
    let contains = || match found {
        Some(Value::Array(items)) => items.iter().any(is_same),
        _ => text(&|found, value| found.contains(value)),
    };
    match own.operator {
        Operator::Equals | Operator::In => found.is_some_and(is_same),
        Operator::NotEquals | Operator::NotIn => !found.is_some_and(is_same),
        Operator::Contains => contains(),
        Operator::NotContains => !contains(),
        Operator::StartsWith => text(&|found, value| found.starts_with(value)),
        Operator::EndsWith => text(&|found, value| found.ends_with(value)),
        Operator::LessThan => order(&[Ordering::Less]),
        Operator::LessOrEqual => order(&[Ordering::Less, Ordering::Equal]),
        Operator::GreaterThan => order(&[Ordering::Greater]),
        Operator::GreaterOrEqual => order(&[Ordering::Greater, Ordering::Equal]),
        Operator::Includes => includes(),
        Operator::Excludes => !includes(),
        Operator::IsEmpty => is_empty(found),
        Operator::IsNotEmpty => !is_empty(found),
    }
}

fn is_empty(found: Option<&Value>) -> bool {
    match found {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

/// As moments where both are, as numbers where both are, else by the alphabet.
fn compared(found: &Value, value: &Operand) -> Option<Ordering> {
    let (found, said) = (as_text(Some(found))?, said(value));
    let moment = |text: &str| portico_domain::time::read(text.trim());
    if let (Some(found), Some(said)) = (moment(&found), moment(&said)) {
        return Some(found.cmp(&said));
    }
    match (found.trim().parse::<f64>(), said.trim().parse::<f64>()) {
        (Ok(found), Ok(said)) => found.partial_cmp(&said),
        _ => Some(found.cmp(&said)),
    }
}

fn said(value: &Operand) -> String {
    match value {
        Operand::Text(text) | Operand::Date(text) => text.clone(),
        Operand::Number(number) => number.to_string(),
        Operand::Boolean(bool) => bool.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::holds;
    use portico_domain::Filter;
    use portico_domain::filter::Operator;
    use serde_json::{Value, json};

    #[test]
    fn every_operator_looks_into_the_page() {
        let page = json!({
            "status": 200, "headers": { "x-left": "9" },
            "body": { "done": true, "at": "2026-05-02T00:00:00Z", "tags": ["a", "b"], "name": "last", "none": [] },
        });
        let rows: [(&str, &str, Value, bool); 22] = [
            ("/status", "equals", json!(200), true),
            ("/body/done", "equals", json!("true"), true),
            ("/body/gone", "equals", json!(1), false),
            ("/body/gone", "not_equals", json!(1), true),
            ("/body/name", "contains", json!("as"), true),
            ("/body/tags", "contains", json!("a"), true),
            ("/body/name", "not_contains", json!("x"), true),
            ("/body/name", "starts_with", json!("la"), true),
            ("/body/name", "ends_with", json!("la"), false),
            ("/headers/x-left", "less_than", json!(10), true),
            ("/headers/x-left", "less_or_equal", json!(9), true),
            ("/headers/x-left", "greater_than", json!(9), false),
            ("/headers/x-left", "greater_or_equal", json!("9"), true),
            ("/body/at", "less_than", json!("2026-05-03"), true),
            ("/body/gone", "less_than", json!(3), false),
            ("/body/name", "in", json!(["first", "last"]), true),
            ("/body/name", "not_in", json!(["first"]), true),
            ("/body/tags", "includes", json!(["x", "b"]), true),
            ("/body/tags", "excludes", json!(["b"]), false),
            ("/body/none", "is_empty", Value::Null, true),
            ("/body/gone", "is_empty", Value::Null, true),
            ("/body/tags", "is_not_empty", Value::Null, true),
        ];
        for (field, operator, value, expected) in &rows {
            let filter = json!([[{ "field": field, "operator": operator, "value": value }]]);
            let filter = Filter::read(&filter).expect("a filter");
            assert_eq!(holds(&filter, &page), *expected, "{field} {operator} {value}");
        }
        for operator in Operator::ALL {
            assert!(rows.iter().any(|row| row.1 == operator.id()), "{operator:?} is not shown");
        }
        assert!(!holds(&Filter::default(), &page), "nothing asked for stops nothing");
    }
}
