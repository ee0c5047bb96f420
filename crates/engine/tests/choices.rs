//! An input with fixed choices takes these and nothing else, unless a variable says it.

use portico_domain::{ActionShape, Choice, InputShape, InputType, TriggerShape};
use portico_engine::{Actions, Engine, parse};
use serde_json::{Value, json};

struct Known(ActionShape);

impl Actions for Known {
    fn action(&self, _: &str, _: &str) -> Option<&ActionShape> {
        Some(&self.0)
    }

    fn trigger(&self, _: &str, _: &str) -> Option<&TriggerShape> {
        None
    }
}

fn problems(status: Value) -> Vec<String> {
    let choice = |value: &str, label: &str| Choice {
        value: json!(value),
        label: label.to_owned(),
        detail: None,
    };
    let input = InputShape {
        key: "status".to_owned(),
        title: "Status".to_owned(),
        kind: InputType::Text,
        required: false,
        help: String::new(),
        source: None,
        choices: vec![choice("NOT_STARTED", "Not started"), choice("COMPLETED", "Completed")],
    };
    let action = ActionShape {
        id: "act".to_owned(),
        title: "Act".to_owned(),
        description: String::new(),
        inputs: vec![input],
        outputs: Vec::new(),
    };
    let document = json!({
        "format": 1,
        "trigger": { "kind": "app_event", "event": "E" },
        "steps": [{
            "id": "a", "title": "A", "kind": "action", "integration": "any", "action": "act",
            "inputs": { "status": status },
        }],
    });
    let definition = parse(&document).expect("a definition");
    let found = Engine::new().validate(&definition, &[], &Known(action));
    found.into_iter().map(|own| format!("{} {}", own.pointer, own.message)).collect()
}

#[test]
fn what_is_none_of_the_choices_is_refused_with_the_nearest() {
    for allowed in [json!("COMPLETED"), json!("{{ trigger.status }}"), json!("")] {
        assert_eq!(problems(allowed.clone()), [""; 0], "{allowed}");
    }
    let at = "/steps/0/inputs/status Choose one of: Not started, Completed.";
    assert_eq!(problems(json!("COMPLETE")), [format!("{at} Did you mean \"COMPLETED\"?")]);
    assert_eq!(problems(json!("completed")), [format!("{at} Did you mean \"COMPLETED\"?")]);
    assert_eq!(problems(json!("something else")), [at]);
    assert_eq!(problems(json!(7)), [at]);
}
