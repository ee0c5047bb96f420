//! What a workflow names that stands elsewhere: the project's secrets, which have to be there before it is deployed,
//! and settings.

use crate::Problem;
use crate::references::named;
use portico_domain::nearest;
use portico_domain::workflow::WorkflowDefinition;
use serde_json::Value;
use std::collections::BTreeSet;

/// A secret of the project, and where a workflow names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSecret {
    /// A JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// Its name.
    pub name: String,
}

/// The secrets that a workflow names, in the order of its document.
pub fn named_secrets(workflow: &WorkflowDefinition) -> Vec<NamedSecret> {
    let mut found = Vec::new();
    // The whole document: wherever a template can stand, now or one day.
    if let Ok(document) = serde_json::to_value(workflow) {
        collect(&document, "secrets", "", &mut found);
    }
    found
}

/// The settings that a workflow uses, its own and those that its integration shares, by their keys.
pub fn used_settings(workflow: &WorkflowDefinition) -> BTreeSet<String> {
    let mut found = Vec::new();
    if let Ok(document) = serde_json::to_value(workflow) {
        collect(&document, "settings", "", &mut found);
    }
    found.into_iter().map(|own| own.name).collect()
}

/// What keeps a workflow from being deployed: secrets that are not among those that the project has.
pub fn secret_problems(workflow: &WorkflowDefinition, known: &[String]) -> Vec<Problem> {
    let missing = named_secrets(workflow).into_iter().filter(|own| !known.contains(&own.name));
    missing
        .map(|own| {
            let advice = match nearest(&own.name, known.iter().map(String::as_str)) {
                Some(near) => format!("Did you mean {near:?}?"),
                None => "Add it under Settings first.".to_owned(),
            };
            Problem::new(own.pointer, format!("There is no secret {:?}. {advice}", own.name))
        })
        .collect()
}

/// What is named right behind a root, wherever a template can stand.
fn collect(value: &Value, root: &str, at: &str, found: &mut Vec<NamedSecret>) {
    match value {
        Value::String(text) => {
            let names = named(text, root).into_iter().map(|range| text[range].to_owned());
            found.extend(names.map(|name| NamedSecret { pointer: at.to_owned(), name }));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, root, &format!("{at}/{index}"), found);
            }
        }
        // A function's code is no template: what it is to see, it is given as inputs.
        Value::Object(map) => {
            for (key, item) in map.iter().filter(|(key, _)| *key != "code") {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(item, root, &format!("{at}/{key}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{named_secrets, secret_problems, used_settings};
    use serde_json::json;

    #[test]
    fn secrets_are_found_wherever_templates_stand() {
        let workflow = serde_json::from_value(json!({
            "format": 1,
            "trigger": { "kind": "app_event", "event": "secrets.none" },
            "steps": [
                { "id": "call", "title": "Call", "kind": "request", "inputs": {
                    "url": "https://example.com/{{ secrets.key }}",
                    "headers": { "a/b": "{{ secrets['other'] ~ secrets.key }}" },
                    "body": "{{ settings.owner }} {{ settings['team'] }} settings.none",
                } },
                { "id": "if", "title": "If", "kind": "condition", "rules": [], "then": [
                    { "id": "fn", "title": "Fn", "kind": "function", "code": "`{{ secrets.code }}`",
                      "inputs": { "x": "{{ trigger.secrets.y }} secrets.z" } },
                    { "id": "do", "title": "Do", "kind": "action", "integration": "i", "action": "a",
                      "inputs": { "list": ["{{ secrets.deep }}"] } },
                ] },
            ],
        }));
        let workflow = workflow.expect("a workflow");
        let found = named_secrets(&workflow);
        let found: Vec<_> =
            found.iter().map(|own| (own.pointer.as_str(), own.name.as_str())).collect();
        assert_eq!(
            found,
            [
                ("/steps/0/inputs/url", "key"),
                ("/steps/0/inputs/headers/a~1b", "other"),
                ("/steps/0/inputs/headers/a~1b", "key"),
                ("/steps/1/then/1/inputs/list/0", "deep"),
            ]
        );
        let used: Vec<_> = used_settings(&workflow).into_iter().collect();
        assert_eq!(used, ["owner", "team"]);
        let known = ["key", "others"].map(str::to_owned);
        let missing: Vec<_> =
            secret_problems(&workflow, &known).into_iter().map(|own| own.message).collect();
        assert_eq!(
            missing,
            [
                "There is no secret \"other\". Did you mean \"others\"?",
                "There is no secret \"deep\". Add it under Settings first.",
            ]
        );
    }
}
