//! What one execution can be asked for is bounded, and told in words where it is too much.

use portico_domain::execution::{Call, Entry, Fact, Scope};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{
    ActionShape, ExecutionId, ExecutionStatus, Failure, InputShape, InputType, StepPath, Timestamp,
};
use portico_engine::{Actions, Command, Engine, Run, Signal, State, parse};
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Any action, with an input that can be anything.
struct Anything(ActionShape);

impl Actions for Anything {
    fn action(&self, _: &str, _: &str) -> Option<&ActionShape> {
        Some(&self.0)
    }
}

fn anything() -> Anything {
    Anything(ActionShape {
        id: "send".to_owned(),
        title: "Send".to_owned(),
        description: String::new(),
        inputs: vec![InputShape {
            key: "body".to_owned(),
            title: "Body".to_owned(),
            kind: InputType::Json,
            required: false,
            help: String::new(),
            source: None,
            choices: Vec::new(),
        }],
        outputs: Vec::new(),
    })
}

fn send(id: &str, body: &Value) -> Value {
    json!({ "id": id, "title": id, "kind": "action", "integration": "any", "action": "send", "inputs": { "body": body } })
}

fn each(id: &str, items: &str, parallel: u32, body: Value) -> Value {
    json!({ "id": id, "title": id, "kind": "fan_out", "parallel": parallel, "inputs": { "items": items }, "body": [body] })
}

fn workflow(step: Value) -> WorkflowDefinition {
    let document =
        json!({ "format": 1, "trigger": { "kind": "app_event", "event": "E" }, "steps": [step] });
    parse(&document).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What came of an execution whose every step brings `brings`.
struct Played {
    status: ExecutionStatus,
    history: Vec<Entry>,
    /// The most commands of one advance.
    most_at_once: usize,
}

impl Played {
    fn of(step: Value, trigger: &Value, brings: &Value) -> Self {
        let (engine, actions, workflow) = (Engine::new(), anything(), workflow(step));
        let now = Timestamp::from_millis(0);
        let run = Run {
            execution: ExecutionId::from_parts(1, [1; 10]),
            workflow: &workflow,
            actions: &actions,
            trigger,
        };
        let (mut state, mut history, mut open) =
            (State::new(), Vec::new(), VecDeque::<Command>::new());
        let mut most_at_once = 0;
        let mut signal = Some(Signal::Start { scope: Scope::default() });
        while let Some(now_told) = signal.take() {
            let advance = engine.advance(&run, &state, now_told, now);
            for entry in advance.entries {
                state.apply(&entry);
                history.push(entry);
            }
            most_at_once = most_at_once.max(advance.commands.len());
            open.extend(advance.commands);
            signal = open.pop_front().map(|Command { path, attempt, .. }| {
                let (call, result) = (Some(Call::default()), Ok(brings.clone()));
                Signal::AttemptEnded { path, attempt, call, result }
            });
        }
        Self { status: state.status(), history, most_at_once }
    }

    fn count(&self, is: impl Fn(&Fact) -> bool) -> usize {
        self.history.iter().filter(|entry| is(&entry.fact)).count()
    }

    fn failures(&self) -> Vec<(&StepPath, &Failure)> {
        let failures = self.history.iter().filter_map(|entry| match &entry.fact {
            Fact::StepFailed { path, failure, .. } => Some((path, failure)),
            _ => None,
        });
        failures.collect()
    }
}

fn numbers(count: usize) -> Value {
    json!({ "items": (0..count).collect::<Vec<_>>() })
}

#[test]
fn a_list_may_have_a_thousand_items_and_no_more() {
    let step = || each("each", "{{ trigger.items }}", 1_000, send("one", &json!("{{ item }}")));
    let fits = Played::of(step(), &numbers(1_000), &json!({}));
    assert_eq!((fits.status, fits.most_at_once), (ExecutionStatus::Succeeded, 1_000));
    let too_long = Played::of(step(), &numbers(1_001), &json!({}));
    assert_eq!((too_long.status, too_long.most_at_once), (ExecutionStatus::Failed, 0));
    let (path, failure) = too_long.failures()[0];
    assert_eq!((path.0.as_str(), failure.code.as_str()), ("each", "items"));
    assert!(failure.message.contains("has 1001 items; a fan-out goes through 1000"), "{failure:?}");
}

#[test]
fn ten_rounds_are_open_unless_it_is_said_otherwise() {
    let mut step = each("each", "{{ trigger.items }}", 1, send("one", &json!("{{ item }}")));
    step.as_object_mut().expect("a step").remove("parallel");
    let played = Played::of(step, &numbers(50), &json!({}));
    assert_eq!((played.status, played.most_at_once), (ExecutionStatus::Succeeded, 10));
    assert_eq!(played.count(|fact| matches!(fact, Fact::StepStarted { .. })), 50);
}

#[test]
fn rounds_in_rounds_are_counted_together() {
    let mut inner = each("inner", "{{ trigger.items }}", 100, json!({}));
    inner["body"] = json!([]);
    let outer = each("outer", "{{ trigger.items }}", 1, inner);
    // 100 and 99 times 100 are allowed; the hundredth inner fan-out would be one too many.
    let played = Played::of(outer, &numbers(100), &json!({}));
    assert_eq!(played.status, ExecutionStatus::Failed);
    assert_eq!(played.count(|fact| matches!(fact, Fact::FannedOut { .. })), 1 + 99);
    let (path, failure) = played.failures()[0];
    assert_eq!((path.0.as_str(), failure.code.as_str()), ("outer.99/inner", "items"));
    let words = "all its fan-outs together have 10000 at most";
    assert!(failure.message.contains(words), "{failure:?}");
}

#[test]
fn an_execution_holds_only_so_much_of_what_it_sends() {
    let megabyte = "x".repeat(1 << 20);
    let mut trigger = numbers(130);
    trigger["text"] = json!(megabyte);
    let body = json!("{{ trigger.text }}");
    let played = Played::of(
        each("each", "{{ trigger.items }}", 1_000, send("one", &body)),
        &trigger,
        &json!({}),
    );
    assert_eq!(played.status, ExecutionStatus::Failed);
    assert_eq!(played.most_at_once, 127, "of 1 MB each");
    let (path, failure) = played.failures()[0];
    assert_eq!((path.0.as_str(), failure.code.as_str()), ("each.127/one", "too_large"));
    assert!(failure.message.contains("more than 128 MB"), "{failure:?}");
}

#[test]
fn an_execution_holds_only_so_much_of_what_it_is_answered() {
    let answer = json!({ "text": "x".repeat(1 << 20) });
    let step = each("each", "{{ trigger.items }}", 10, send("one", &json!("{{ item }}")));
    let played = Played::of(step, &numbers(1_000), &answer);
    assert_eq!(played.status, ExecutionStatus::Failed);
    let done = played.count(|fact| matches!(fact, Fact::StepSucceeded { .. }));
    assert!((127..=137).contains(&done), "{done} of 1 MB each, and those that were under way");
    assert!(played.failures().iter().all(|(_, failure)| failure.code == "too_large"));
}
