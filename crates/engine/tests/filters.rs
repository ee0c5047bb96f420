//! A filter in a step is judged when its workflow is deployed, as far as it is written.

use portico_domain::workflow::{OnFailure, Step, StepKind, Trigger, WorkflowDefinition};
use portico_domain::{ActionShape, InputShape, InputType};
use portico_engine::{Actions, Engine};
use serde_json::{Value, json};

struct Search(ActionShape);

impl Actions for Search {
    fn action(&self, _: &str, _: &str) -> Option<&ActionShape> {
        Some(&self.0)
    }
}

fn problems(filter: Value) -> Vec<String> {
    let input = InputShape {
        key: "filter".to_owned(),
        title: "Filter".to_owned(),
        kind: InputType::Filter,
        required: false,
        help: String::new(),
        source: None,
        choices: Vec::new(),
    };
    let search = Search(ActionShape {
        id: "search".to_owned(),
        title: "Search".to_owned(),
        description: String::new(),
        inputs: vec![input],
        outputs: Vec::new(),
    });
    let inputs = json!({ "filter": filter }).as_object().cloned().unwrap_or_default();
    let workflow = WorkflowDefinition {
        format: 1,
        trigger: Trigger::AppEvent { event: "E".to_owned() },
        only_if: Vec::new(),
        settings: Vec::new(),
        steps: vec![Step {
            id: "find".to_owned(),
            title: "Find".to_owned(),
            kind: StepKind::Action {
                integration: "any".to_owned(),
                action: "search".to_owned(),
                inputs,
            },
            retry: None,
            on_failure: OnFailure::Stop,
        }],
        options: Default::default(),
    };
    let found = Engine::default().validate(&workflow, &[], &search);
    found.into_iter().map(|problem| format!("{} {}", problem.pointer, problem.message)).collect()
}

#[test]
fn a_filter_with_templates_can_be_deployed() {
    let condition =
        json!({ "field": "Email", "operator": "equals", "value": "{{ trigger.email }}" });
    assert_eq!(problems(json!([[condition]])), Vec::<String>::new());
    assert_eq!(problems(json!("{{ trigger.filter }}")), Vec::<String>::new());
}

#[test]
fn a_mistake_in_a_filter_is_shown_where_it_stands() {
    let found = problems(json!([[{ "field": "Email", "operator": "equal", "value": 1 }]]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("/steps/0/inputs/filter/0/0/operator "), "{found:?}");
    assert!(found[0].contains("\"equals\""), "{found:?}");
}
