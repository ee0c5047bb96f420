//! What keeps a workflow from being deployed is told where it stands.

use portico_domain::{ActionShape, InputShape, InputType, TriggerShape};
use portico_engine::{Actions, Engine, parse};
use serde_json::{Value, json};

struct Known(ActionShape, TriggerShape);

impl Actions for Known {
    fn action(&self, integration: &str, action: &str) -> Option<&ActionShape> {
        (integration == "any" && action == "act").then_some(&self.0)
    }

    fn trigger(&self, integration: &str, trigger: &str) -> Option<&TriggerShape> {
        (integration == "any" && trigger == "made").then_some(&self.1)
    }
}

fn known() -> Known {
    let input = |key: &str, required| InputShape {
        key: key.to_owned(),
        title: key.to_uppercase(),
        kind: InputType::Json,
        required,
        help: String::new(),
        source: None,
        choices: Vec::new(),
    };
    let action = ActionShape {
        id: "act".to_owned(),
        title: "Act".to_owned(),
        description: String::new(),
        inputs: vec![input("x", true), input("y", false)],
        outputs: Vec::new(),
    };
    let trigger = TriggerShape {
        id: "made".to_owned(),
        title: "Made".to_owned(),
        description: String::new(),
        inputs: vec![input("object", true)],
        outputs: Vec::new(),
        scopes: Vec::new(),
    };
    Known(action, trigger)
}

fn act(id: &str, x: &str) -> Value {
    json!({ "id": id, "title": "Act", "kind": "action", "integration": "any", "action": "act", "inputs": { "x": x } })
}

fn each(id: &str, body: Value) -> Value {
    json!({ "id": id, "title": "Each", "kind": "fan_out", "inputs": { "items": "{{ trigger.all }}" }, "body": body })
}

fn either(id: &str, then: Value) -> Value {
    let rules = json!([[{ "left": "{{ trigger.a }}", "operator": "exists" }]]);
    json!({ "id": id, "title": "If", "kind": "condition", "rules": rules, "then": then })
}

fn problems(steps: Value, trigger: Value) -> Vec<String> {
    let document = json!({ "format": 1, "trigger": trigger, "steps": steps });
    let found = match parse(&document) {
        Ok(definition) => Engine::new().validate(&definition, &[], &known()),
        Err(found) => found,
    };
    found.into_iter().map(|own| format!("{} {}", own.pointer, own.message)).collect()
}

fn event() -> Value {
    json!({ "kind": "app_event", "event": "E" })
}

#[test]
fn a_problem_stands_at_its_place_in_the_tree() {
    let delay =
        |inputs: Value| json!([{ "id": "d", "title": "D", "kind": "delay", "inputs": inputs }]);
    let rows = [
        (json!([either("if", json!([act("a", "")]))]), "/steps/0/then/0/inputs/x The input"),
        (
            json!([each("e", json!([act("a", "1"), act("a", "1")]))]),
            "/steps/0/body/1/id The id \"a\" is used twice",
        ),
        (
            json!([act("a", "{{ item.x }}")]),
            "/steps/0/inputs/x \"item\" is known inside a fan-out only.",
        ),
        (
            json!([each("e", json!([act("a", "{{ item }}")])), act("b", "{{ steps.a.id }}")]),
            "/steps/1/inputs/x \"a\" stands in the rounds of \"e\"; write steps.e.items",
        ),
        (
            json!([each("e", json!([act("a", "{{ steps.e.items }}")]))]),
            "There is no earlier step \"e\"",
        ),
        (
            json!([either("if", json!([act("a", "{{ steps.b.id }}")])), act("b", "1")]),
            "There is no earlier step \"b\"",
        ),
        (
            json!([{ "id": "if", "title": "If", "kind": "condition", "rules": [[]] }]),
            "/steps/0/rules/0 A group without rules",
        ),
        (
            json!([{ "id": "if", "title": "If", "kind": "condition", "rules": [[{ "left": "a", "operator": "equals" }]] }]),
            "/steps/0/rules/0/0/right Say what \"is\" compares with.",
        ),
        (
            json!([{ "id": "if", "title": "If", "kind": "condition", "rules": [[{ "left": "a", "operator": "equal", "right": 1 }]] }]),
            "there is no operator \"equal\". Did you mean \"equals\"?",
        ),
        (
            json!([{ "id": "f", "title": "F", "kind": "function", "code": " " }]),
            "/steps/0/code Write the function.",
        ),
        (
            json!([{ "id": "r", "title": "R", "kind": "response" }]),
            "/steps/0 Only a workflow that a request or a webhook starts",
        ),
        (
            delay(json!({ "amount": -1, "unit": "days" })),
            "/steps/0/inputs/amount A delay is not negative.",
        ),
        (delay(json!({ "amount": 367, "unit": "days" })), "366 days at most"),
        (delay(json!({ "amount": "soon", "unit": "days" })), "Write a number."),
        (delay(json!({ "amount": 1, "unit": "weeks" })), "Choose one of: Seconds"),
        (
            json!([{ "id": "d", "title": "D", "kind": "delay", "input": {} }]),
            "/steps/0/input There is no key \"input\" here. Did you mean \"inputs\"?",
        ),
        (
            json!([{ "id": "d", "title": "D", "kind": "dely" }]),
            "/steps/0/kind There is no kind \"dely\". Did you mean \"delay\"?",
        ),
        (
            json!([{ "id": "e", "title": "E", "kind": "fan_out", "body": [] }]),
            "/steps/0/inputs/items The input",
        ),
    ];
    for (steps, words) in rows {
        let found = problems(steps.clone(), event());
        assert!(found.iter().any(|own| own.contains(words)), "{steps}: {words}: {found:?}");
    }
}

#[test]
fn what_stands_before_can_be_referred_to_from_every_branch() {
    let steps = json!([
        act("first", "{{ trigger.a }}"),
        either("if", json!([act("inner", "{{ steps.first.id }} {{ steps.if.holds }}")])),
        each(
            "e",
            json!([
                act("round", "{{ item.x }} {{ index }} {{ steps.first.id }} {{ steps.inner.id }}"),
                act("again", "{{ steps.round.id }}"),
            ])
        ),
        act("last", "{{ steps.e.items | length }} {{ steps.inner.id }}"),
    ]);
    assert_eq!(problems(steps, event()), Vec::<String>::new());
}

#[test]
fn a_trigger_says_what_it_lacks() {
    let fine = || json!([act("a", "1")]);
    let rows = [
        (json!({ "kind": "app_event", "event": " " }), "/trigger/event Name the event"),
        (json!({ "kind": "scheduler", "cron": "" }), "/trigger/cron Say when"),
        (
            json!({ "kind": "request", "fields": [{ "in": "body", "name": "" }] }),
            "/trigger/fields/0/name",
        ),
        (
            json!({ "kind": "integration", "integration": "any", "trigger": "mode", "inputs": {} }),
            "/trigger/trigger There is no trigger",
        ),
        (
            json!({ "kind": "integration", "integration": "any", "trigger": "made", "inputs": {} }),
            "/trigger/inputs/object The input",
        ),
        (json!({ "kind": "request", "event": "E" }), "/trigger/event There is no key"),
    ];
    for (trigger, words) in rows {
        let found = problems(fine(), trigger.clone());
        assert!(found.iter().any(|own| own.contains(words)), "{trigger}: {found:?}");
    }
    assert_eq!(problems(fine(), json!({ "kind": "integration_enabled" })), Vec::<String>::new());
    let document = json!({
        "format": 1, "trigger": event(), "steps": fine(),
        "only_if": [[{ "left": "{{ steps.a.id }}", "operator": "exists" }]],
    });
    let definition = parse(&document).expect("a definition");
    let found = Engine::new().validate(&definition, &[], &known());
    assert!(found[0].message.contains("Steps have brought nothing yet"), "{found:?}");
}

#[test]
fn a_workflow_has_only_so_many_steps_levels_rounds_and_letters() {
    let flat = |count: usize| {
        let steps: Vec<_> = (0..count).map(|own| act(&format!("s{own}"), "1")).collect();
        Value::from(steps)
    };
    let deep = |levels: usize| {
        let innermost = act("innermost", "1");
        (0..levels).fold(innermost, |inner, own| either(&format!("if{own}"), json!([inner])))
    };
    let code = |letters: usize| {
        let code = "x".repeat(letters);
        json!([{ "id": "f", "title": "F", "kind": "function", "code": code }])
    };
    let rounds = |parallel: u32| {
        let mut step = each("e", json!([act("a", "1")]));
        step["parallel"] = json!(parallel);
        json!([step])
    };
    let fits = [flat(200), json!([deep(8)]), code(100_000), rounds(1), rounds(1_000), rounds(10)];
    for steps in fits {
        assert_eq!(problems(steps, event()), Vec::<String>::new());
    }
    for (steps, words) in [
        (flat(201), "/steps 201 steps; a workflow has 200 at most."),
        (json!([deep(9)]), "Branches stand 8 deep in each other at most."),
        (code(100_001), "/steps/0/code A function has 100 kB at most."),
        (rounds(0), "/steps/0/parallel Between 1 and 1000 rounds run at once."),
        (rounds(1_001), "/steps/0/parallel Between 1 and 1000 rounds run at once."),
    ] {
        let found = problems(steps, event());
        assert!(found.len() == 1 && found[0].ends_with(words), "{words}: {found:?}");
    }
}

#[test]
fn what_is_not_there_or_cannot_be_taken_is_told_at_its_place() {
    let compared = |left: &str| {
        let rules = json!([[{ "left": left, "operator": "exists" }]]);
        json!([{ "id": "if", "title": "If", "kind": "condition", "rules": rules, "then": [act("a", "1")] }])
    };
    for (steps, words) in [
        (json!([act("a", "{{ steps['gone'] }}")]), "There is no earlier step \"gone\"."),
        (json!([act("a", "{{ steps.gone.id }}")]), "There is no earlier step \"gone\"."),
        (json!([act("a", "{{ settings[\"gone\"] }}")]), "There is no setting \"gone\"."),
        (compared("{{ secrets.key }}"), "A secret cannot be compared."),
        (compared("{{ account.access_token }}"), "A secret cannot be compared."),
    ] {
        let found = problems(steps, event());
        assert!(found.len() == 1 && found[0].ends_with(words), "{words}: {found:?}");
    }
    assert_eq!(problems(json!([act("a", "{{ secrets.key }}")]), event()), Vec::<String>::new());

    let answer = json!([{ "id": "r", "title": "R", "kind": "response",
        "inputs": { "status": 200, "body": "{{ secrets.key }}" } }]);
    let found = problems(answer, json!({ "kind": "request" }));
    assert!(found[0].contains("not told to whoever called"), "{found:?}");
}

#[test]
fn for_whom_a_workflow_is_depends_on_its_user_alone() {
    let told = |left: &str| {
        let rules = json!([[{ "left": left, "operator": "not_equals", "right": "x" }]]);
        let definition = parse(&json!({ "format": 1, "trigger": event(),
            "steps": [act("a", "1")], "options": { "permissions": rules } }));
        Engine::new().validate(&definition.expect("a workflow"), &[], &known())
    };
    assert_eq!(told("{{ user.meta.plan }}"), []);
    for left in ["{{ trigger.plan }}", "{{ account.label }}", "{{ settings.plan }}"] {
        let found = told(left);
        assert_eq!(found.len(), 1, "{left}: {found:?}");
        assert!(found[0].message.contains("only what is known of the user"), "{found:?}");
    }
}
