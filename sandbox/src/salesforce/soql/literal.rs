//! What a field is held against: texts, numbers, days.

use super::filter::Literal;
use super::parse::Reader;
use super::token::{Letter, What};
use super::wrong;
use crate::clock::{day_parsed, parsed, salesforce_time};
use crate::salesforce::failure::Error;
use crate::salesforce::field::{Field, Type};
use crate::salesforce::ids;
use serde_json::{Value, json};

const DAY_MS: i64 = 86_400_000;

impl Reader<'_> {
    /// What stands behind an operator, if the field can be held against it.
    pub(super) fn literal(&mut self, field: &Field) -> Result<Literal, Error> {
        let token = self.take();
        if matches!(&token.what, What::Word(own) if own.eq_ignore_ascii_case("NULL")) {
            return Ok(Literal::Value(Value::Null));
        }
        let (type_, quoted) = match field.type_ {
            Type::Boolean => ("boolean", false),
            Type::Date => ("date", false),
            Type::DateTime => ("dateTime", false),
            Type::Int => ("int", false),
            _ if field.is_number() => ("double", false),
            _ => ("string", true),
        };
        let read = match (&token.what, type_) {
            (What::Text(letters), "string") => {
                return self.quoted(field, token.at, &plain(letters));
            }
            (What::Word(own), "boolean") if own.eq_ignore_ascii_case("TRUE") => Some(json!(true)),
            (What::Word(own), "boolean") if own.eq_ignore_ascii_case("FALSE") => Some(json!(false)),
            (What::Number(own), "int" | "double") => Some(json!(own)),
            (What::Time(own), "date") => day_parsed(own).map(|_| json!(own)),
            (What::Time(own), "dateTime") => parsed(own).map(|at| json!(salesforce_time(at))),
            (What::Word(own), "date" | "dateTime") => {
                return self.days(own, type_).ok_or_else(|| self.unexpected(&token));
            }
            (What::Symbol(_) | What::End, _) => return Err(self.unexpected(&token)),
            _ => None,
        };
        read.map(Literal::Value).ok_or_else(|| {
            let should = if quoted { "should" } else { "should not" };
            let words = format!(
                "value of filter criterion for field '{}' must be of type {type_} and {should} be enclosed in quotes",
                field.name
            );
            wrong(self.query, token.at, "INVALID_FIELD", &words)
        })
    }

    fn quoted(&self, field: &Field, at: usize, text: &str) -> Result<Literal, Error> {
        if !matches!(field.type_, Type::Id | Type::Reference(_)) || text.is_empty() {
            return Ok(Literal::Value(json!(text)));
        }
        let id = ids::normal(text).ok_or_else(|| {
            let words = format!("invalid ID field: {text}");
            wrong(self.query, at, "INVALID_QUERY_FILTER_OPERATOR", &words)
        })?;
        Ok(Literal::Value(json!(id)))
    }

    /// `TODAY`, `LAST_N_DAYS:7` and the like.
    fn days(&self, word: &str, type_: &str) -> Option<Literal> {
        let today = self.now.div_euclid(DAY_MS);
        let upper = word.to_ascii_uppercase();
        let (name, count) = match upper.split_once(':') {
            Some((name, count)) => (name, count.parse::<i64>().ok()?),
            None => (upper.as_str(), 0),
        };
        let (start, end) = match name {
            "TODAY" => (today, today + 1),
            "YESTERDAY" => (today - 1, today),
            "TOMORROW" => (today + 1, today + 2),
            "LAST_N_DAYS" => (today - count, today + 1),
            "NEXT_N_DAYS" => (today + 1, today + 1 + count),
            _ => return None,
        };
        let shown = |day: i64| {
            let at = salesforce_time(day * DAY_MS);
            if type_ == "date" { json!(at[..10]) } else { json!(at) }
        };
        Some(Literal::Span(shown(start), shown(end)))
    }
}

pub(super) fn plain(letters: &[Letter]) -> String {
    letters.iter().map(|own| own.char()).collect()
}
