//! A query in SOQL with names in it. A value is worth what its place allows: between quotes it is
//! escaped, elsewhere it is a name, a list of names, a number, a truth, a moment or a filter, and nothing else
//! ("SOQL and SOSL Reference": quoted string escape sequences).

use crate::conditions;
use crate::text::as_text;
use portico_domain::Filter;
use portico_domain::time::date_time;
use serde_json::{Map, Value};

/// `SELECT Id[, {fields}] FROM {object} WHERE Name = '{name}'`. What stands in brackets is left out if
/// a value in it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Soql(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Name { name: String, place: Place },
    Optional(Vec<Part>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// `'…'`.
    Quoted,
    /// `LIKE '…'`, where `%` and `_` stand for others.
    Pattern,
    Bare,
}

/// A value that does not fit where it would stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    pub(crate) name: String,
    /// In words, behind the input's title.
    pub(crate) why: &'static str,
}

impl Soql {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: text, place: Place::Bare, before: String::new() };
        let mut parts = Vec::new();
        while !reader.rest.is_empty() {
            if let Some(after) = reader.opens('[') {
                reader.rest = after;
                let mut inner = Vec::new();
                loop {
                    if let Some(after) = reader.opens(']') {
                        reader.rest = after;
                        break;
                    }
                    if reader.rest.is_empty() || reader.opens('[').is_some() {
                        return Err(format!("{text:?} has a [ without ]"));
                    }
                    inner.push(reader.part()?);
                }
                parts.push(Part::Optional(inner));
            } else if reader.opens(']').is_some() {
                return Err(format!("{text:?} has a ] without ["));
            } else {
                parts.push(reader.part()?);
            }
        }
        if reader.place == Place::Bare {
            Ok(Self(parts))
        } else {
            Err(format!("{text:?} has a ' without ')"))
        }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        fn of(parts: &[Part]) -> Vec<&str> {
            let each = parts.iter().flat_map(|part| match part {
                Part::Literal(_) => Vec::new(),
                Part::Name { name, .. } => vec![name.as_str()],
                Part::Optional(inner) => of(inner),
            });
            each.collect()
        }
        of(&self.0)
    }

    pub(crate) fn render(&self, values: &Map<String, Value>) -> Result<String, Unfit> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Optional(inner) => {
                    if inner.iter().all(|part| part.has_value(values)) {
                        for part in inner {
                            part.write(values, &mut out)?;
                        }
                    }
                }
                part => part.write(values, &mut out)?,
            }
        }
        Ok(out)
    }
}

struct Reader<'t> {
    rest: &'t str,
    place: Place,
    /// What was read outside of quotes, to know the word before one.
    before: String,
}

impl<'t> Reader<'t> {
    /// What comes after a bracket, if one stands here, outside of quotes.
    fn opens(&self, bracket: char) -> Option<&'t str> {
        self.rest.strip_prefix(bracket).filter(|_| self.place == Place::Bare)
    }

    /// A name, or a literal up to what ends it.
    fn part(&mut self) -> Result<Part, String> {
        if let Some(after) = self.rest.strip_prefix('{') {
            let (name, after) = after.split_once('}').ok_or("a { has no }")?;
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!("{{{name}}} is no name; a name is letters, digits and _"));
            }
            self.rest = after;
            self.before.push('x');
            return Ok(Part::Name { name: name.to_owned(), place: self.place });
        }
        let mut literal = String::new();
        while let Some(c) = self.rest.chars().next() {
            let bracket = matches!(c, '[' | ']') && self.place == Place::Bare;
            if c == '{' || bracket {
                break;
            }
            self.rest = &self.rest[c.len_utf8()..];
            literal.push(c);
            match (self.place, c) {
                (Place::Bare, '\'') => {
                    let like = self.before.trim_end().to_ascii_uppercase().ends_with(" LIKE");
                    self.place = if like { Place::Pattern } else { Place::Quoted };
                }
                (Place::Bare, c) => self.before.push(c),
                (_, '\'') => self.place = Place::Bare,
                (_, '\\') => {
                    if let Some(escaped) = self.rest.chars().next() {
                        self.rest = &self.rest[escaped.len_utf8()..];
                        literal.push(escaped);
                    }
                }
                _ => {}
            }
        }
        Ok(Part::Literal(literal))
    }
}

impl Part {
    fn has_value(&self, values: &Map<String, Value>) -> bool {
        match self {
            Self::Literal(_) | Self::Optional(_) => true,
            Self::Name { name, .. } => match values.get(name) {
                Some(Value::Array(items)) => !items.is_empty(),
                value => as_text(value).is_some(),
            },
        }
    }

    fn write(&self, values: &Map<String, Value>, out: &mut String) -> Result<(), Unfit> {
        match self {
            Self::Optional(_) => {}
            Self::Literal(text) => out.push_str(text),
            Self::Name { name, place } => {
                let unfit = |why| Unfit { name: name.clone(), why };
                let value = values.get(name).filter(|_| self.has_value(values));
                let value = value.ok_or_else(|| unfit("has no value"))?;
                match place {
                    Place::Bare if is_filter(value) => {
                        let filter = Filter::read(value).ok();
                        let said = filter.and_then(|filter| conditions::render(&filter).ok());
                        out.push_str(&said.ok_or_else(|| unfit("is not a filter"))?);
                    }
                    Place::Bare => out.push_str(&bare(value).ok_or_else(|| {
                        unfit("is not a name, a list of names, a number or a moment")
                    })?),
                    place => {
                        let text = as_text(Some(value)).ok_or_else(|| unfit("is not a text"))?;
                        escape(&text, *place, out);
                    }
                }
            }
        }
        Ok(())
    }
}

/// A list of groups of conditions.
fn is_filter(value: &Value) -> bool {
    value.as_array().is_some_and(|groups| groups.iter().all(Value::is_array))
}

/// A value outside of quotes.
fn bare(value: &Value) -> Option<String> {
    match value {
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::String(text) => date_time(text).map(|moment| moment.rfc3339()).or_else(|| {
            let names: Option<Vec<_>> = text.split(',').map(identifier).collect();
            names.map(|names| names.join(", "))
        }),
        Value::Array(items) => {
            let names: Option<Vec<_>> =
                items.iter().map(|item| identifier(item.as_str()?)).collect();
            names.map(|names| names.join(", "))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// `Name`, `Owner.Name`, `Invoice__c`.
fn identifier(text: &str) -> Option<&str> {
    let text = text.trim();
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    (text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(fits)).then_some(text)
}

fn escape(text: &str, place: Place, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '%' | '_' if place == Place::Pattern => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Soql, Unfit};
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    fn values(json: Value) -> Map<String, Value> {
        json.as_object().cloned().expect("values")
    }

    fn rendered(text: &str, json: Value) -> Result<String, Unfit> {
        Soql::parse(text).expect("a query").render(&values(json))
    }

    #[test]
    fn a_value_is_written_as_its_place_asks() {
        for (text, json, expected) in [
            (
                "SELECT {f} FROM {o}",
                json!({ "f": "Id,Owner.Name", "o": "X__c" }),
                "SELECT Id, Owner.Name FROM X__c",
            ),
            ("SELECT {f} FROM A", json!({ "f": ["Id", "Name"] }), "SELECT Id, Name FROM A"),
            (
                "N = '{n}'",
                json!({ "n": "O'Neil\\ \"x\"\n_%" }),
                "N = 'O\\'Neil\\\\ \\\"x\\\"\\n_%'",
            ),
            ("N like '%{n}%'", json!({ "n": "100%_" }), "N like '%100\\%\\_%'"),
            (
                "N = 'it\\'s {n}' AND M > {m}",
                json!({ "n": "x", "m": 3 }),
                "N = 'it\\'s x' AND M > 3",
            ),
            (
                "T >= {t}",
                json!({ "t": "2026-05-01T07:25:37.000+0000" }),
                "T >= 2026-05-01T07:25:37.000Z",
            ),
            ("SELECT Id[, {f}] FROM A", json!({ "f": "Name" }), "SELECT Id, Name FROM A"),
            ("SELECT Id[, {f}] FROM A", json!({ "f": "" }), "SELECT Id FROM A"),
            ("N = '[{n}]'", json!({ "n": "x" }), "N = '[x]'"),
        ] {
            assert_eq!(rendered(text, json).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_stays_out_of_a_query() {
        for value in [
            "Lead WHERE Id != null",
            "Lead--",
            "(SELECT Id FROM Contacts)",
            "Id,",
            "1Lead",
            "'x'",
            "2026-05-01T07:25:37Z OR Id != null",
        ] {
            let refused = rendered("SELECT Id FROM {o}", json!({ "o": value }));
            assert!(refused.is_err(), "{value}");
        }
        let missing = rendered("SELECT Id FROM {o}", json!({}));
        assert_eq!(missing, Err(Unfit { name: "o".to_owned(), why: "has no value" }));
    }

    #[test]
    fn a_slip_in_a_query_is_found() {
        for text in ["SELECT {a", "SELECT {a b}", "N = '{n}", "SELECT [Id", "SELECT Id]", "[[{a}]]"]
        {
            assert!(Soql::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_value_never_ends_its_quotes(value in "\\PC*|['\"\\\\%_\n\r]{0,12}") {
            let query = Soql::parse("N LIKE '{n}'").expect("a query");
            if let Ok(text) = query.render(&values(json!({ "n": value }))) {
                let mut chars = text.strip_prefix("N LIKE '").expect("its beginning").chars();
                let mut ended = None;
                while let Some(c) = chars.next() {
                    match c {
                        '\\' => { chars.next(); }
                        '\'' => { ended = Some(chars.as_str().to_owned()); break; }
                        '\n' | '\r' => prop_assert!(false, "a line ends in {text:?}"),
                        _ => {}
                    }
                }
                prop_assert_eq!(ended.as_deref(), Some(""));
            }
        }

        #[test]
        fn a_bare_value_is_letters_digits_and_commas(value in "\\PC*|[a-zA-Z_., ';()-]{0,16}") {
            let query = Soql::parse("{n}").expect("a query");
            if let Ok(text) = query.render(&values(json!({ "n": value }))) {
                let fits = |c: char| c.is_ascii_alphanumeric() || "_., :-".contains(c);
                prop_assert!(text.chars().all(fits), "{text}");
                prop_assert!(!text.split(", ").any(|name| name.contains(' ')), "{text}");
            }
        }
    }
}
