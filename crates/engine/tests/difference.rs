//! Differences between versions, as a person reads them.

use portico_domain::view::{Change, ChangeKind};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{ActionShape, InputShape, InputType};
use portico_engine::Actions;
use portico_engine::difference::changes;
use serde_json::{Value, json};

struct Known(ActionShape);

impl Actions for Known {
    fn action(&self, _: &str, action: &str) -> Option<&ActionShape> {
        (action == self.0.id).then_some(&self.0)
    }
}

fn known() -> Known {
    let input = |key: &str, title: &str| InputShape {
        key: key.to_owned(),
        title: title.to_owned(),
        kind: InputType::Json,
        required: false,
        help: String::new(),
        source: None,
        choices: Vec::new(),
    };
    Known(ActionShape {
        id: "create".to_owned(),
        title: "Create record".to_owned(),
        description: String::new(),
        inputs: vec![input("object", "Record type"), input("fields", "Fields")],
        outputs: Vec::new(),
    })
}

fn create(id: &str, fields: Value) -> Value {
    json!({
        "id": id, "title": format!("Make {id}"), "kind": "action", "integration": "crm", "action": "create",
        "inputs": { "object": "Lead", "fields": fields },
    })
}

fn document() -> Value {
    json!({
        "format": 1,
        "trigger": { "kind": "app_event", "event": "Lead Created" },
        "settings": [{ "key": "list", "title": "List", "type": "TEXT_NO_VARS", "required": true }],
        "steps": [
            create("one", json!({ "Name": "{{ trigger.name }}", "Age": 3 })),
            { "id": "if", "title": "If", "kind": "condition",
              "rules": [[{ "left": "{{ trigger.name }}", "operator": "exists" }]],
              "then": [create("two", json!({}))] },
            { "id": "wait", "title": "Wait", "kind": "delay", "inputs": { "amount": 5, "unit": "minutes" } },
        ],
    })
}

fn read(document: &Value) -> WorkflowDefinition {
    serde_json::from_value(document.clone()).expect("a workflow")
}

fn told(before: Option<&Value>, after: &Value) -> Vec<String> {
    let before = before.map(read);
    let after = read(after);
    changes(before.as_ref(), &after, &known())
        .into_iter()
        .map(|Change { kind, pointer, what, before, after }| {
            let kind = match kind {
                ChangeKind::Added => "+",
                ChangeKind::Removed => "-",
                ChangeKind::Changed => "~",
                ChangeKind::Moved => ">",
            };
            let side = |text: Option<String>| text.unwrap_or_default();
            format!("{kind} {pointer} {what} [{}] [{}]", side(before), side(after))
        })
        .collect()
}

/// What a change of the document tells.
fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let before = document();
    let mut after = before.clone();
    change(&mut after);
    told(Some(&before), &after)
}

#[test]
fn the_same_is_no_change() {
    assert_eq!(after(|_| ()), [""; 0]);
}

#[test]
fn an_input_says_what_it_said() {
    let found = after(|own| {
        own["steps"][0]["inputs"]["fields"] =
            json!({ "Name": "Mr {{ trigger.name }}", "Mail": "x" });
    });
    assert_eq!(
        found,
        [
            "~ /steps/0/inputs/fields/Name Step \"Make one\": Fields › Name [{{ trigger.name }}] [Mr {{ trigger.name }}]",
            "+ /steps/0/inputs/fields/Mail Step \"Make one\": Fields › Mail [] [x]",
            "- /steps/0/inputs/fields/Age Step \"Make one\": Fields › Age [3] []",
        ]
    );
}

#[test]
fn steps_come_go_and_move() {
    let found = after(|own| {
        let moved = own["steps"][1]["then"].as_array_mut().expect("steps").remove(0);
        let steps = own["steps"].as_array_mut().expect("steps");
        steps.remove(2);
        steps.insert(0, create("new", json!({})));
        steps.push(moved);
    });
    assert_eq!(
        found,
        [
            "- /steps/2 Step \"Wait\" [Delay] []",
            "+ /steps/0 Step \"Make new\" [] [crm: Create record]",
            "> /steps/3 Step \"Make two\" [] []",
        ]
    );
    let found = after(|own| own["steps"].as_array_mut().expect("steps").swap(0, 2));
    assert!(found.iter().all(|line| line.starts_with("> ")), "{found:?}");
    assert_eq!(found.len(), 2, "two of three were moved: {found:?}");
}

#[test]
fn a_step_under_another_id_is_the_same_step() {
    let found = after(|own| own["steps"][2]["id"] = json!("pause"));
    assert_eq!(found, ["~ /steps/2/id Step \"Wait\": ID [wait] [pause]"]);
    let found = after(|own| own["steps"][2]["title"] = json!("Pause"));
    assert_eq!(found, ["~ /steps/2/title Step \"Pause\": Title [Wait] [Pause]"]);
}

#[test]
fn everything_else_is_told_as_well() {
    let found = after(|own| {
        own["trigger"]["event"] = json!("Lead Changed");
        own["only_if"] =
            json!([[{ "left": "{{ trigger.n }}", "operator": "at_least", "right": 3 }]]);
        own["settings"][0]["required"] = json!(false);
        own["options"] = json!({ "description": "Sends.", "hidden": true });
        own["steps"][1]["rules"] = json!([
            [{ "left": "{{ trigger.a }}", "operator": "equals", "right": "x" },
             { "left": "{{ trigger.b }}", "operator": "is_true" }],
            [{ "left": "{{ trigger.c }}", "operator": "exists" }],
        ]);
        own["steps"][2]["retry"] = json!([10, 20]);
        own["steps"][2]["on_failure"] = json!("continue");
    });
    assert_eq!(
        found,
        [
            "~ /trigger Trigger [App event \"Lead Created\"] [App event \"Lead Changed\"]",
            "+ /only_if Only if [] [{{ trigger.n }} is at least 3]",
            "~ /settings/0 Setting \"List\" [List (TEXT_NO_VARS, required)] [List (TEXT_NO_VARS)]",
            "~ /steps/1/rules Step \"If\": Rules [{{ trigger.name }} exists] [{{ trigger.a }} is \"x\" and {{ trigger.b }} is true, or {{ trigger.c }} exists]",
            "~ /steps/2/retry Step \"Wait\": Retries [As usual] [After 10 s, 20 s]",
            "~ /steps/2/on_failure Step \"Wait\": If it fails [Stop] [Continue]",
            "+ /options/description Description [] [Sends.]",
            "~ /options/hidden Hidden in the portal [No] [Yes]",
        ]
    );
}

#[test]
fn of_a_first_version_everything_is_new() {
    let found = told(None, &document());
    assert!(found.iter().all(|line| line.starts_with("+ ")), "{found:?}");
    assert_eq!(found.len(), 6, "{found:?}");
}
