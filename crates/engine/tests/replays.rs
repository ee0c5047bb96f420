//! Replays as a person plans them: what stands, what is done again, what cannot be.

use portico_domain::execution::{Call, Entry, Fact, Recollection, Rendered, StepPath};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Failure, FailureClass, Timestamp};
use portico_engine::{CannotReplay, DoneElsewhere, ReplayPlan, plan_replay, stopped_at};
use serde_json::{Value, json};

/// Finds a record, then sends something for each of a list, then tells somebody.
fn workflow() -> WorkflowDefinition {
    let act = |id: &str| json!({ "id": id, "title": id, "kind": "action", "integration": "any", "action": "act" });
    let each = json!({ "id": "each", "title": "Each", "kind": "fan_out", "inputs": { "items": "{{ trigger.list }}" },
        "body": [act("find"), act("send")] });
    serde_json::from_value(json!({ "format": 1, "trigger": { "kind": "app_event", "event": "E" },
        "steps": [act("create"), each, act("tell")] }))
    .expect("a workflow")
}

fn path(text: &str) -> StepPath {
    StepPath(text.to_owned())
}

fn at(seconds: i64, fact: Fact) -> Entry {
    Entry { at: Timestamp::from_millis(seconds * 1000), fact }
}

fn begun(text: &str) -> Entry {
    at(0, Fact::StepStarted { path: path(text), input: Rendered::default() })
}

fn done(seconds: i64, text: &str) -> Entry {
    let output = json!({ "of": text });
    at(seconds, Fact::StepSucceeded { path: path(text), attempt: 1, call: Call::default(), output })
}

fn failed(seconds: i64, text: &str, class: FailureClass) -> Entry {
    let failure = Failure::new(class, "code", "words");
    at(seconds, Fact::StepFailed { path: path(text), attempt: 1, call: None, failure })
}

/// Two rounds: the first sent, the second's sending is `class`.
fn history(class: FailureClass) -> Vec<Entry> {
    vec![
        begun("create"),
        done(1, "create"),
        at(1, Fact::FannedOut { path: path("each"), items: vec![json!("a"), json!("b")] }),
        begun("each.0/find"),
        begun("each.1/find"),
        done(2, "each.0/find"),
        done(3, "each.1/find"),
        begun("each.0/send"),
        begun("each.1/send"),
        done(4, "each.0/send"),
        failed(5, "each.1/send", class),
        failed(5, "each", class),
    ]
}

/// A plan for one that nothing repeats and that repeats nothing.
fn plan(history: &[Entry], from: Option<&StepPath>) -> Result<ReplayPlan, CannotReplay> {
    plan_replay(&workflow(), history, &DoneElsewhere::default(), from)
}

fn planned(class: FailureClass, from: Option<&str>) -> (Vec<String>, Vec<(String, bool)>) {
    let from = from.map(path);
    let plan = plan(&history(class), from.as_ref()).expect("a plan");
    let recalled = plan.recalled.into_iter().map(|own| own.path.0).collect();
    (recalled, plan.again.into_iter().map(|own| (own.path.0, own.certain)).collect())
}

#[test]
fn from_the_start_everything_that_was_done_is_named() {
    let (recalled, again) = planned(FailureClass::Invalid, None);
    assert!(recalled.is_empty());
    let names: Vec<_> = again.iter().map(|own| own.0.as_str()).collect();
    assert_eq!(names, ["create", "each.0/find", "each.1/find", "each.0/send"]);
}

#[test]
fn from_a_round_the_other_rounds_stand() {
    let (recalled, again) = planned(FailureClass::Invalid, Some("each.1/send"));
    assert_eq!(recalled, ["create", "each", "each.0/find", "each.0/send", "each.1/find"]);
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn from_the_fan_out_all_its_rounds_are_done_again() {
    let (recalled, again) = planned(FailureClass::Invalid, Some("each"));
    assert_eq!(recalled, ["create"]);
    assert_eq!(again.len(), 3);
}

#[test]
fn what_may_have_been_done_is_named_as_such() {
    let (_, again) = planned(FailureClass::Unknown, Some("each.1/send"));
    assert_eq!(again, [("each.1/send".to_owned(), false)]);
    let stopped = [begun("create")];
    let plan = plan(&stopped, None).expect("a plan");
    assert!(matches!(plan.again.as_slice(), [one] if !one.certain));
}

#[test]
fn a_replay_of_a_replay_recalls_what_the_first_execution_did() {
    let from = path("each.1/send");
    let first = plan(&history(FailureClass::Invalid), Some(&from)).expect("a plan");
    let mut again: Vec<_> =
        first.recalled.into_iter().map(|own| at(100, Fact::Recalled(own))).collect();
    again.push(begun("each.1/send"));
    again.push(failed(101, "each.1/send", FailureClass::Invalid));
    let second = plan(&again, Some(&from)).expect("a plan");
    let create = &second.recalled[0];
    assert_eq!(
        (create.path.0.as_str(), create.happened_at),
        ("create", Timestamp::from_millis(1000))
    );
    let output: Value = json!({ "of": "create" });
    assert_eq!(create.outcome, Recollection::Succeeded { output });
    let whole = plan(&again, None).expect("a plan");
    assert_eq!(
        whole.again[0].at,
        Timestamp::from_millis(1000),
        "it was done then, not when it was recalled"
    );
}

#[test]
fn a_step_that_is_not_there_or_was_not_come_to_is_refused_in_words() {
    let plan = |from: &str| plan(&history(FailureClass::Invalid), Some(&path(from)));
    assert_eq!(plan("gone"), Err(CannotReplay::UnknownStep("gone".to_owned())));
    assert_eq!(plan("tell"), Err(CannotReplay::NotReached(path("tell"))));
    assert_eq!(plan("each.7/send"), Err(CannotReplay::NotReached(path("each.7/send"))));
}

#[test]
fn what_another_replay_has_done_is_named_whichever_of_them_is_replayed() {
    let from = path("each.1/send");
    let first = history(FailureClass::Invalid);
    // A replay of it sends, and tells somebody; a second one is in the middle of sending.
    let recalled = plan(&first, Some(&from)).expect("a plan").recalled;
    let recalled: Vec<_> = recalled.into_iter().map(|own| at(100, Fact::Recalled(own))).collect();
    let mut sent = recalled.clone();
    sent.extend([begun("each.1/send"), done(101, "each.1/send"), begun("tell"), done(102, "tell")]);
    let mut sends = recalled;
    sends.push(at(200, Fact::StepStarted { path: from.clone(), input: Rendered::default() }));
    let told = |histories: &[&[Entry]]| {
        let mut elsewhere = DoneElsewhere::default();
        histories.iter().for_each(|own| elsewhere.note(own));
        let plan = plan_replay(&workflow(), &first, &elsewhere, Some(&from)).expect("a plan");
        let again = plan.again.into_iter();
        again.map(|own| (own.path.0, own.at.millis() / 1000, own.certain)).collect::<Vec<_>>()
    };
    let step = |name: &str, at, certain| (name.to_owned(), at, certain);
    assert_eq!(told(&[]), [], "nobody has sent it");
    assert_eq!(told(&[&sent]), [step("each.1/send", 101, true), step("tell", 102, true)]);
    assert_eq!(told(&[&sends]), [step("each.1/send", 200, false)]);
    let both = [step("each.1/send", 101, true), step("tell", 102, true)];
    assert_eq!(told(&[&sends, &sent]), both, "what is certain counts, whatever may be beside it");
}

#[test]
fn an_execution_stopped_at_the_innermost_step_that_failed_or_was_under_way() {
    assert_eq!(stopped_at(&history(FailureClass::Invalid)), Some(path("each.1/send")));
    let cancelled = [begun("create"), done(1, "create"), begun("tell")];
    assert_eq!(stopped_at(&cancelled), Some(path("tell")));
    assert_eq!(stopped_at(&cancelled[..2]), None);
}
