//! A workflow as a file: TOML that people edit, with every problem at its line.

use portico_domain::view::FileProblem;
use portico_domain::workflow::WorkflowDefinition;
use portico_engine::Problem;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Writes a definition as a file.
pub(crate) fn write(definition: &WorkflowDefinition) -> String {
    // JSON first: TOML has no null, and a definition's nulls are absences.
    let document = serde_json::to_value(definition).unwrap_or_default();
    toml::to_string_pretty(&without_nulls(document)).unwrap_or_default()
}

/// Reads a file.
pub(crate) fn read(text: &str) -> Result<WorkflowDefinition, Vec<FileProblem>> {
    let document: Value = match toml::from_str::<toml::Table>(text) {
        Ok(table) => serde_json::to_value(table).unwrap_or_default(),
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(text, span.start));
            return Err(vec![FileProblem { line, message: error.message().to_owned() }]);
        }
    };
    portico_engine::parse(&document).map_err(|problems| at_lines(text, problems))
}

/// Problems of a document at the lines of its file.
pub(crate) fn at_lines(text: &str, problems: Vec<Problem>) -> Vec<FileProblem> {
    let table = DeTable::parse(text).ok();
    problems
        .into_iter()
        .map(|problem| FileProblem {
            line: table.as_ref().map_or(0, |table| line_at(text, table, &problem.pointer)),
            message: problem.message,
        })
        .collect()
}

/// The line of a JSON pointer: of the deepest part that is written in the file.
fn line_at(text: &str, table: &Spanned<DeTable<'_>>, pointer: &str) -> usize {
    let mut at = 0;
    let mut here: Option<&DeValue<'_>> = None;
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        let next = match here {
            None => in_table(table.get_ref(), &part),
            Some(DeValue::Table(inner)) => in_table(inner, &part),
            Some(DeValue::Array(items)) => part
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index).map(|item| (item.span().start, item.get_ref()))),
            Some(_) => None,
        };
        let Some((start, value)) = next else { break };
        at = line_of(text, start);
        here = Some(value);
    }
    at
}

fn in_table<'t, 'v>(table: &'t DeTable<'v>, key: &str) -> Option<(usize, &'t DeValue<'v>)> {
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
    Some((name.span().start, value.get_ref()))
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    const FILE: &str = r#"
format = 1

[trigger]
kind = "app_event"
event = "Lead Created"

[[steps]]
id = "create_record"
title = "Create record"
kind = "action"
integration = "salesforce"
action = "create_record"

[steps.inputs]
object = "Lead"
"#;

    #[test]
    fn what_is_written_reads_back() {
        let definition = read(FILE).expect("a definition");
        assert_eq!(read(&write(&definition)), Ok(definition));
    }

    #[test]
    fn a_problem_stands_at_its_line() {
        let problems = read(&FILE.replace("title =", "titel =")).expect_err("an unknown key");
        assert!(problems.iter().any(|problem| problem.line == 10), "{problems:?}");
        let broken = read("format = 1\ntrigger = \n").expect_err("no TOML");
        assert_eq!(broken[0].line, 2, "{broken:?}");
    }
}
