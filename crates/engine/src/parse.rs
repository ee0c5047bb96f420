//! Reading a document strictly: an unknown key is a slip of the pen, and is told as one.

use crate::Problem;
use crate::settings::{self, sentence};
use portico_domain::nearest::did_you_mean;
use portico_domain::workflow::{FORMAT, WorkflowDefinition};
use serde_json::Value;

const ROOT: &[&str] = &["format", "trigger", "settings", "steps", "options"];
const TRIGGER: &[&str] = &["kind", "event"];
const STEP: &[&str] =
    &["id", "title", "kind", "integration", "action", "inputs", "retry", "on_failure"];
const OPTIONS: &[&str] = &["description", "default_enabled", "hidden", "order"];

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
    let mut known = |value: Option<&Value>, pointer: &str, keys: &[&str]| {
        if let Some(Value::Object(map)) = value {
            for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
                problems.push(Problem::new(
                    format!("{pointer}/{key}"),
                    format!(
                        "There is no key {key:?} here.{}",
                        did_you_mean(key, keys.iter().copied())
                    ),
                ));
            }
        }
    };
    known(Some(document), "", ROOT);
    known(document.get("trigger"), "/trigger", TRIGGER);
    known(document.get("options"), "/options", OPTIONS);
    for (index, step) in items(document.get("steps")) {
        known(Some(step), &format!("/steps/{index}"), STEP);
    }
    if let Some(settings) = document.get("settings") {
        settings::unknown_keys(settings, "/settings", &mut problems);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    serde_json::from_value(document.clone()).map_err(|whole| vec![located(document, &whole)])
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
