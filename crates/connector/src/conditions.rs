//! Filters in SOQL, in which no value can leave its literal and no name is more than a name.

use crate::request::invalid;
use portico_domain::filter::{Condition, Operand, Operator};
use portico_domain::time::date_time;
use portico_domain::{Failure, Filter};

/// Everything after `WHERE`.
pub(crate) fn render(filter: &Filter) -> Result<String, Failure> {
    let groups = filter.groups();
    let said = groups.iter().map(|group| {
        let said = group.iter().map(condition).collect::<Result<Vec<_>, _>>()?.join(" AND ");
        Ok(if groups.len() > 1 { format!("({said})") } else { said })
    });
    let said = said.collect::<Result<Vec<_>, _>>()?.join(" OR ");
    // Whatever stands beside it.
    Ok(if groups.len() > 1 { format!("({said})") } else { said })
}

fn condition(condition: &Condition) -> Result<String, Failure> {
    let Condition { field, operator, values } = condition;
    if !is_path(field) {
        return Err(invalid("soql", format!("{field:?} is no name of a field.")));
    }
    let one = || values.first().map_or_else(|| Ok("NULL".to_owned()), literal);
    let like = |before, after| {
        values.first().map_or_else(|| Ok("NULL".to_owned()), |value| pattern(value, before, after))
    };
    let many = || {
        let said = values.iter().map(literal).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("({})", said.join(", ")))
    };
    Ok(match operator {
        Operator::Equals => format!("{field} = {}", one()?),
        Operator::NotEquals => format!("{field} != {}", one()?),
        Operator::LessThan => format!("{field} < {}", one()?),
        Operator::LessOrEqual => format!("{field} <= {}", one()?),
        Operator::GreaterThan => format!("{field} > {}", one()?),
        Operator::GreaterOrEqual => format!("{field} >= {}", one()?),
        Operator::Contains => format!("{field} LIKE {}", like("%", "%")?),
        Operator::NotContains => format!("(NOT {field} LIKE {})", like("%", "%")?),
        Operator::StartsWith => format!("{field} LIKE {}", like("", "%")?),
        Operator::EndsWith => format!("{field} LIKE {}", like("%", "")?),
        Operator::In => format!("{field} IN {}", many()?),
        Operator::NotIn => format!("{field} NOT IN {}", many()?),
        Operator::Includes => format!("{field} INCLUDES {}", many()?),
        Operator::Excludes => format!("{field} EXCLUDES {}", many()?),
        Operator::IsEmpty => format!("{field} = NULL"),
        Operator::IsNotEmpty => format!("{field} != NULL"),
    })
}

/// Numbers, yes or no and dates stand without quotes; a text never does.
fn literal(value: &Operand) -> Result<String, Failure> {
    match value {
        Operand::Text(text) => Ok(format!("'{}'", escaped(text)?)),
        Operand::Number(number) => Ok(number.to_string()),
        Operand::Boolean(bool) => Ok(bool.to_string()),
        Operand::Date(date) => {
            Ok(date_time(date).map_or_else(|| date.clone(), |moment| moment.rfc3339()))
        }
    }
}

/// For `LIKE`, where `%` and `_` stand for something else.
fn pattern(value: &Operand, before: &str, after: &str) -> Result<String, Failure> {
    let text = match value {
        Operand::Text(text) | Operand::Date(text) => text.clone(),
        Operand::Number(number) => number.to_string(),
        Operand::Boolean(bool) => bool.to_string(),
    };
    let text = escaped(&text)?.replace('%', "\\%").replace('_', "\\_");
    Ok(format!("'{before}{text}{after}'"))
}

fn escaped(text: &str) -> Result<String, Failure> {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() => {
                return Err(invalid("soql", "A value has a control character in it."));
            }
            letter => out.push(letter),
        }
    }
    Ok(out)
}

/// `Name`, `Account.Owner.Name`, `Amount__c`.
fn is_path(text: &str) -> bool {
    text.split('.').all(is_name)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use crate::soql::Soql;
    use portico_domain::Filter;
    use portico_domain::filter::Operator;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn said(filter: Value) -> Result<String, String> {
        let filter = Filter::read(&filter).expect("a filter");
        super::render(&filter).map_err(|failure| failure.message)
    }

    /// What stands outside of quoted texts, and the texts, read as the language is read.
    fn parts(query: &str) -> (String, Vec<String>) {
        let (mut outside, mut texts) = (String::new(), Vec::new());
        let mut letters = query.chars();
        while let Some(letter) = letters.next() {
            if letter != '\'' {
                outside.push(letter);
                continue;
            }
            let mut text = String::new();
            loop {
                match letters.next().expect("a text has an end") {
                    '\'' => break,
                    '\\' => text.push(match letters.next().expect("an escaped letter") {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        letter => letter,
                    }),
                    letter => text.push(letter),
                }
            }
            outside.push('?');
            texts.push(text);
        }
        (outside, texts)
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_literal(value in any::<String>(), operator in 0..Operator::ALL.len()) {
            let id = Operator::ALL[operator].id();
            let mut condition = json!({ "field": "Name", "operator": id, "type": "text" });
            if !id.contains("empty") {
                condition["value"] = json!(value);
            }
            if let Ok(said) = said(json!([[condition]])) {
                let (outside, texts) = parts(&said);
                prop_assert!(texts.len() <= 1);
                for text in texts {
                    let same = text == value || text.trim_matches('%') == value.trim_matches('%');
                    prop_assert!(same, "{} of {}", text, value);
                }
                let plain = |c: char| c.is_ascii_alphabetic() || " ()=!<>?".contains(c);
                prop_assert!(outside.chars().all(plain), "{}", outside);
            } else {
                prop_assert!(value.chars().any(char::is_control));
            }
        }

        #[test]
        fn no_field_is_more_than_a_name(name in "[A-Za-z0-9_.,'()= -]{0,12}|\\PC{1,6}") {
            let field = format!("F{name}");
            let is_said = said(json!([[{ "field": field, "operator": "is_empty" }]])).is_ok();
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            prop_assert!(!is_said || field.trim().chars().all(fits));
        }
    }

    #[test]
    fn a_filter_is_said_in_soql() {
        let filter = json!([
            [
                { "field": "LastName", "operator": "equals", "value": "O'Brien \\ Söhne" },
                { "field": "Amount__c", "operator": "greater_or_equal", "value": 10.5 },
                { "field": "IsConverted", "operator": "not_equals", "value": false },
            ],
            [
                { "field": "Email", "operator": "contains", "value": "50%_off" },
                { "field": "CreatedDate", "operator": "less_than", "value": "2026-05-01T02:00:00+0200" },
                { "field": "Birthdate", "operator": "equals", "value": "2026-05-01" },
                { "field": "Status", "operator": "in", "value": ["Open", "New"] },
                { "field": "Owner.Phone", "operator": "is_empty" },
            ],
        ]);
        assert_eq!(
            said(filter).as_deref(),
            Ok(
                "((LastName = 'O\\'Brien \\\\ Söhne' AND Amount__c >= 10.5 AND IsConverted != false) OR \
                (Email LIKE '%50\\%\\_off%' AND CreatedDate < 2026-05-01T00:00:00.000Z AND \
                Birthdate = 2026-05-01 AND Status IN ('Open', 'New') AND Owner.Phone = NULL))"
            )
        );
    }

    #[test]
    fn a_filter_stands_in_a_query_or_is_left_out() {
        let query = Soql::parse("SELECT Id FROM {object}[ WHERE {filter}]").expect("a query");
        let filter = json!([[{ "field": "Name", "operator": "starts_with", "value": "A" }]]);
        for (inputs, expected) in [
            (
                json!({ "object": "Lead", "filter": filter }),
                "SELECT Id FROM Lead WHERE Name LIKE 'A%'",
            ),
            (json!({ "object": "Lead", "filter": [] }), "SELECT Id FROM Lead"),
            (json!({ "object": "Lead" }), "SELECT Id FROM Lead"),
        ] {
            let said = query.render(inputs.as_object().expect("inputs"));
            assert_eq!(said.as_deref(), Ok(expected));
        }
        let wrong = json!({ "object": "Lead", "filter": [[{ "field": "Name" }]] });
        assert!(query.render(wrong.as_object().expect("inputs")).is_err());
    }
}
