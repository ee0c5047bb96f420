//! One condition of a search ("Search the CRM", "Filter operators").

use super::failure::Error;
use super::property::{Property, Type};
use super::store::Record;
use super::times;
use super::types::Kind;
use serde::Deserialize;
use std::cmp::Ordering;

/// A condition as a request writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    property_name: String,
    operator: Operator,
    value: Option<String>,
    high_value: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// Thirteen of them; any other word is refused as the body is read.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Operator {
    Eq,
    Neq,
    Lt,
    Lte,
    Gt,
    Gte,
    Between,
    In,
    NotIn,
    HasProperty,
    NotHasProperty,
    ContainsToken,
    NotContainsToken,
}

impl Filter {
    /// The property is there, and so are the values that the operator needs.
    pub(super) fn check(&self, kind: &Kind) -> Result<(), Error> {
        let Self { property_name, operator, value, high_value, values } = self;
        let told = |words: String| {
            Err(Error::invalid(format!("There was a problem with the request. {words}")))
        };
        if kind.property(property_name).is_none() {
            return told(format!("{property_name} is not a property of {}.", kind.plural));
        }
        match operator {
            Operator::HasProperty | Operator::NotHasProperty => Ok(()),
            Operator::In | Operator::NotIn if values.is_empty() => {
                told(format!("values are missing for {property_name}."))
            }
            Operator::In | Operator::NotIn => Ok(()),
            Operator::Between if high_value.is_none() || value.is_none() => {
                told(format!("value and highValue are needed for {property_name}."))
            }
            _ if value.is_none() => told(format!("value is missing for {property_name}.")),
            _ => Ok(()),
        }
    }

    /// Whether a record fits.
    pub(super) fn fits(&self, kind: &Kind, record: &Record) -> bool {
        let Some(property) = kind.property(&self.property_name) else { return false };
        let own = record.value(kind, property.name);
        let Some(own) = own else {
            return matches!(
                self.operator,
                Operator::NotHasProperty
                    | Operator::Neq
                    | Operator::NotIn
                    | Operator::NotContainsToken
            );
        };
        let value = self.value.as_deref().unwrap_or_default();
        let compared = || order(property, &own, value);
        match self.operator {
            Operator::HasProperty => true,
            Operator::NotHasProperty => false,
            Operator::Eq => same(property, &own, value),
            Operator::Neq => !same(property, &own, value),
            Operator::Lt => compared() == Ordering::Less,
            Operator::Lte => compared() != Ordering::Greater,
            Operator::Gt => compared() == Ordering::Greater,
            Operator::Gte => compared() != Ordering::Less,
            Operator::Between => {
                let high = self.high_value.as_deref().unwrap_or_default();
                compared() != Ordering::Less && order(property, &own, high) != Ordering::Greater
            }
            Operator::In => self.values.iter().any(|value| listed(property, &own, value)),
            Operator::NotIn => !self.values.iter().any(|value| listed(property, &own, value)),
            Operator::ContainsToken => has_token(&own, value),
            Operator::NotContainsToken => !has_token(&own, value),
        }
    }
}

/// Text is compared without regard to case; numbers and times as what they are.
fn same(property: &Property, own: &str, value: &str) -> bool {
    match property.type_ {
        Type::Many(_) => own.split(';').any(|part| part == value),
        Type::One(_) | Type::Bool | Type::Owner => own == value,
        _ => order(property, own, value) == Ordering::Equal,
    }
}

/// "Values of string properties must be lowercase": written otherwise they are not found.
fn listed(property: &Property, own: &str, value: &str) -> bool {
    match property.type_ {
        Type::Text | Type::Lines | Type::Html | Type::Email | Type::Phone => {
            own.to_lowercase() == value
        }
        _ => same(property, own, value),
    }
}

/// How two values of a property are ordered.
pub(super) fn order(property: &Property, one: &str, other: &str) -> Ordering {
    let text = || one.to_lowercase().cmp(&other.to_lowercase());
    match property.type_ {
        Type::Number => match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(one), Ok(other)) => one.total_cmp(&other),
            _ => text(),
        },
        Type::Date | Type::Time => match (times::read(one), times::read(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => text(),
        },
        _ => text(),
    }
}

/// A word of the text, of which `*` may leave open how it begins or ends.
fn has_token(own: &str, value: &str) -> bool {
    let (own, value) = (own.to_lowercase(), value.to_lowercase());
    let wanted = value.trim_matches('*');
    let (open_start, open_end) = (value.starts_with('*'), value.ends_with('*'));
    let fits = |word: &str| match (open_start, open_end) {
        (true, true) => word.contains(wanted),
        (true, false) => word.ends_with(wanted),
        (false, true) => word.starts_with(wanted),
        (false, false) => word == wanted,
    };
    fits(&own) || own.split(|letter: char| !letter.is_alphanumeric()).any(fits)
}
