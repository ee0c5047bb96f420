//! SOQL, as far as it needs no relationships ("SOQL and SOSL Reference").

mod filter;
mod literal;
mod parse;
mod token;

pub(super) use parse::{Query, Select, read};

use super::failure::Error;
use super::store::{Record, Table};
use serde_json::Value;
use std::cmp::Ordering;

/// Where in a query something is wrong, with the words of the complaint.
pub(super) fn wrong(query: &str, at: usize, code: &'static str, words: &str) -> Error {
    let before = query.get(..at).unwrap_or(query);
    let column = before.chars().count();
    // As much of it as helps to find the place.
    let start = column.saturating_sub(20);
    let shown: String = query.chars().skip(start).take(40).collect();
    let shown = shown.replace(['\n', '\r'], " ");
    let caret = " ".repeat(column - start);
    let (row, column) = match before.rsplit_once('\n') {
        Some((above, line)) => (above.matches('\n').count() + 2, line.chars().count() + 1),
        None => (1, column + 1),
    };
    Error::bad(code, format!("\n{shown}\n{caret}^\nERROR at Row:{row}:Column:{column}\n{words}"))
}

impl Query {
    /// The ids of the records that fit, in order.
    pub(super) fn ids(&self, table: &Table, deleted: bool) -> Vec<String> {
        let fits = |own: &&Record| {
            (deleted || !own.deleted) && self.filter.as_ref().is_none_or(|filter| filter.fits(own))
        };
        let mut found: Vec<&Record> = table.values().filter(fits).collect();
        if !self.order.is_empty() {
            found.sort_by(|one, other| {
                let by = self.order.iter().map(|order| {
                    let (one, other) = (one.value(order.field), other.value(order.field));
                    match (one.is_null(), other.is_null()) {
                        (true, true) => Ordering::Equal,
                        (true, false) if order.nulls_last => Ordering::Greater,
                        (false, true) if order.nulls_last => Ordering::Less,
                        (true, false) => Ordering::Less,
                        (false, true) => Ordering::Greater,
                        (false, false) => {
                            let order_of = compared(&one, &other).unwrap_or(Ordering::Equal);
                            if order.descending { order_of.reverse() } else { order_of }
                        }
                    }
                });
                by.into_iter().find(|own| own.is_ne()).unwrap_or(Ordering::Equal)
            });
        }
        let most = self.limit.unwrap_or(usize::MAX);
        found.into_iter().skip(self.offset).take(most).map(|own| own.id.clone()).collect()
    }
}

/// Text is compared without its case; times and dates in Salesforce's form sort as text.
fn compared(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            Some(one.to_lowercase().cmp(&other.to_lowercase()))
        }
        (Value::Number(one), Value::Number(other)) => one.as_f64()?.partial_cmp(&other.as_f64()?),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ => None,
    }
}
