//! Reading a document strictly: an unknown key is a slip of the pen, and is told as one.

use crate::Problem;
use crate::settings::{self, sentence};
use portico_domain::nearest::did_you_mean;
use portico_domain::workflow::{FORMAT, WorkflowDefinition};
use serde_json::Value;

const ROOT: &[&str] = &["format", "trigger", "only_if", "settings", "steps", "options"];
const OPTIONS: &[&str] = &["description", "default_enabled", "hidden", "order", "permissions"];
const RULE: &[&str] = &["left", "operator", "right"];
const FIELD: &[&str] = &["in", "name", "type", "required", "equals"];
/// What every step has.
const STEP: &[&str] = &["id", "title", "kind", "retry", "on_failure"];

/// The keys of a trigger, by its kind.
const TRIGGERS: [(&str, &[&str]); 6] = [
    ("app_event", &["kind", "event"]),
    ("request", &["kind", "fields"]),
    ("webhook", &["kind", "fields"]),
    ("scheduler", &["kind", "cron", "time_zone"]),
    ("integration", &["kind", "integration", "trigger", "inputs"]),
    ("integration_enabled", &["kind"]),
];

/// The keys of a step beside those that all have, by its kind.
const KINDS: [(&str, &[&str]); 7] = [
    ("action", &["integration", "action", "inputs"]),
    ("request", &["inputs"]),
    ("function", &["inputs", "code"]),
    ("delay", &["inputs"]),
    ("response", &["inputs"]),
    ("condition", &["rules", "then", "else"]),
    ("fan_out", &["inputs", "parallel", "body"]),
];

/// Reads a workflow document.
///
/// # Errors
/// Every unknown key with the nearest known one; or the first thing of a wrong type.
pub fn parse(document: &Value) -> Result<WorkflowDefinition, Vec<Problem>> {
    match document.get("format").and_then(Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => {}
        Some(format) => {
            return Err(vec![Problem::new(
                "/format",
                format!("This is format {format}; this program reads format {FORMAT}."),
            )]);
        }
        None => {
            return Err(vec![Problem::new("", format!("Begin with format = {FORMAT}."))]);
        }
    }
    let mut problems = Vec::new();
    known(Some(document), "", ROOT, &mut problems);
    known(document.get("options"), "/options", OPTIONS, &mut problems);
    rules(document.get("only_if"), "/only_if", &mut problems);
    let permissions = document.get("options").and_then(|options| options.get("permissions"));
    rules(permissions, "/options/permissions", &mut problems);
    trigger(document.get("trigger"), &mut problems);
    steps(document.get("steps"), "/steps", &mut problems);
    if let Some(settings) = document.get("settings") {
        settings::unknown_keys(settings, "/settings", &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_json::from_value(document.clone()).map_err(|whole| vec![located(document, &whole)])
}

fn known(value: Option<&Value>, pointer: &str, keys: &[&str], problems: &mut Vec<Problem>) {
    let Some(Value::Object(map)) = value else { return };
    for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
        let advice = did_you_mean(key, keys.iter().copied());
        let message = format!("There is no key {key:?} here.{advice}");
        problems.push(Problem::new(format!("{pointer}/{key}"), message));
    }
}

/// The keys that belong to a kind; what has an unknown kind is told so instead.
fn keys_of(
    value: &Value,
    kinds: &[(&str, &'static [&'static str])],
    at: &str,
    problems: &mut Vec<Problem>,
) -> Option<&'static [&'static str]> {
    let kind = value.get("kind")?.as_str()?;
    let found = kinds.iter().find(|(known, _)| *known == kind);
    if found.is_none() {
        let advice = did_you_mean(kind, kinds.iter().map(|(known, _)| *known));
        let message = format!("There is no kind {kind:?}.{advice}");
        problems.push(Problem::new(format!("{at}/kind"), message));
    }
    found.map(|(_, keys)| *keys)
}

fn trigger(value: Option<&Value>, problems: &mut Vec<Problem>) {
    let Some(value) = value else { return };
    if let Some(keys) = keys_of(value, &TRIGGERS, "/trigger", problems) {
        known(Some(value), "/trigger", keys, problems);
    }
    for (index, field) in items(value.get("fields")) {
        known(Some(field), &format!("/trigger/fields/{index}"), FIELD, problems);
    }
}

fn steps(list: Option<&Value>, at: &str, problems: &mut Vec<Problem>) {
    for (index, step) in items(list) {
        let at = format!("{at}/{index}");
        let Some(keys) = keys_of(step, &KINDS, &at, problems) else { continue };
        let keys: Vec<&str> = STEP.iter().chain(keys).copied().collect();
        known(Some(step), &at, &keys, problems);
        rules(step.get("rules"), &format!("{at}/rules"), problems);
        for branch in ["then", "else", "body"] {
            steps(step.get(branch), &format!("{at}/{branch}"), problems);
        }
    }
}

fn rules(groups: Option<&Value>, at: &str, problems: &mut Vec<Problem>) {
    for (group, rules) in items(groups) {
        for (index, rule) in items(Some(rules)) {
            known(Some(rule), &format!("{at}/{group}/{index}"), RULE, problems);
        }
    }
}

fn items(list: Option<&Value>) -> impl Iterator<Item = (usize, &Value)> {
    list.and_then(Value::as_array).into_iter().flatten().enumerate()
}

/// Finds the step or setting that cannot be read, so that its line can be shown.
fn located(document: &Value, whole: &serde_json::Error) -> Problem {
    use portico_domain::workflow::{Setting, Step, Trigger};
    let first = |list: &str, read: fn(&Value) -> Result<(), serde_json::Error>| {
        items(document.get(list)).find_map(|(index, item)| {
            let error = read(item).err()?;
            Some(Problem::new(format!("/{list}/{index}"), sentence(&error.to_string())))
        })
    };
    let trigger = document.get("trigger").and_then(|trigger| {
        let error = serde_json::from_value::<Trigger>(trigger.clone()).err()?;
        Some(Problem::new("/trigger", sentence(&error.to_string())))
    });
    trigger
        .or_else(|| first("steps", |item| serde_json::from_value::<Step>(item.clone()).map(drop)))
        .or_else(|| {
            first("settings", |item| serde_json::from_value::<Setting>(item.clone()).map(drop))
        })
        .unwrap_or_else(|| Problem::new("", sentence(&whole.to_string())))
}
