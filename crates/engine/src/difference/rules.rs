//! Rules as a line of text.

use super::values;
use portico_domain::workflow::{Operands, Rule, Rules};
use serde_json::Value;

/// Rules as a person reads them; nothing if there are none.
pub(super) fn line(rules: &Rules) -> Option<String> {
    let groups: Vec<_> = rules
        .iter()
        .map(|group| group.iter().map(rule).collect::<Vec<_>>().join(" and "))
        .collect();
    (!groups.is_empty()).then(|| groups.join(", or "))
}

fn rule(rule: &Rule) -> String {
    let left = side(&rule.left);
    match rule.operator.operands() {
        Operands::One => format!("{left} {}", rule.operator.title()),
        Operands::Two => format!("{left} {} {}", rule.operator.title(), side(&rule.right)),
    }
}

fn side(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains("{{") => values::line(value),
        Value::String(text) => format!("{text:?}"),
        other => values::line(other),
    }
}
