//! The secrets of the project that a workflow names: what has to be there before it is deployed.

use crate::references::named;
use portico_domain::workflow::WorkflowDefinition;
use serde_json::Value;

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
        collect(&document, "", &mut found);
    }
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<NamedSecret>) {
    match value {
        Value::String(text) => {
            let names = named(text, "secrets").into_iter().map(|range| text[range].to_owned());
            found.extend(names.map(|name| NamedSecret { pointer: at.to_owned(), name }));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, &format!("{at}/{index}"), found);
            }
        }
        // A function's code is no template: what it is to see, it is given as inputs.
        Value::Object(map) => {
            for (key, item) in map.iter().filter(|(key, _)| *key != "code") {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(item, &format!("{at}/{key}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::named_secrets;
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
                } },
                { "id": "if", "title": "If", "kind": "condition", "rules": [], "then": [
                    { "id": "fn", "title": "Fn", "kind": "function", "code": "`{{ secrets.code }}`",
                      "inputs": { "x": "{{ trigger.secrets.y }} secrets.z" } },
                    { "id": "do", "title": "Do", "kind": "action", "integration": "i", "action": "a",
                      "inputs": { "list": ["{{ secrets.deep }}"] } },
                ] },
            ],
        }));
        let found = named_secrets(&workflow.expect("a workflow"));
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
    }
}
