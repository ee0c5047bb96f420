//! Edits and their inverses, over workflows nobody thought of.

use portico_domain::setting::{Setting, SettingKind, Source};
use portico_domain::workflow::{
    Branch, Comparison, OnFailure, Rule, Step, StepKind, Trigger, WorkflowDefinition,
    WorkflowOptions,
};
use portico_engine::edit::{
    Coalesce, Edit, EditLog, EditRefused, Spot, Way, apply, beyond, duplicate, fresh_id, spot,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const BRANCHES: [Branch; 3] = [Branch::Then, Branch::Else, Branch::Body];

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn step(id: &str, kind: StepKind) -> Step {
    Step {
        id: id.to_owned(),
        title: id.to_uppercase(),
        kind,
        retry: None,
        on_failure: OnFailure::Stop,
    }
}

fn action(id: &str, text: &str) -> Step {
    let inputs = map(json!({ "text": text, "fields": { "Name": "{{ trigger.name }}" } }));
    let (integration, action) = ("chat".to_owned(), "post".to_owned());
    step(id, StepKind::Action { integration, action, inputs })
}

fn rule(left: &str) -> Rule {
    Rule { left: json!(left), operator: Comparison::Equals, right: json!("{{ settings.list }}") }
}

fn condition(id: &str, then: Vec<Step>, otherwise: Vec<Step>) -> Step {
    let rules = vec![vec![rule("{{ steps.s0.text }}")]];
    step(id, StepKind::Condition { rules, then, otherwise })
}

fn fan_out(id: &str, body: Vec<Step>) -> Step {
    let inputs = map(json!({ "items": "{{ steps.s1.list }}" }));
    step(id, StepKind::FanOut { inputs, parallel: None, body })
}

fn setting(key: &str, kind: SettingKind) -> Setting {
    Setting {
        key: key.to_owned(),
        title: key.to_uppercase(),
        kind,
        required: true,
        tooltip: None,
        placeholder: None,
        default: None,
    }
}

fn workflow(steps: Vec<Step>) -> WorkflowDefinition {
    let source = Source {
        source: "lists".to_owned(),
        inputs: Map::new(),
        depends_on: [("team".to_owned(), "team".to_owned())].into(),
    };
    WorkflowDefinition {
        format: 1,
        trigger: Trigger::AppEvent { event: "Lead Created".to_owned() },
        only_if: vec![vec![rule("{{ trigger.email }}")]],
        settings: vec![
            setting("team", SettingKind::Text),
            setting("list", SettingKind::DynamicEnum(source)),
        ],
        steps,
        options: WorkflowOptions::default(),
    }
}

/// A tree whose steps have no ids yet.
fn tree() -> impl Strategy<Value = Vec<Step>> {
    let leaf =
        (0_usize..12).prop_map(|index| action("", &format!("{{{{ steps.s{index}.text }}}}")));
    let inner = leaf.prop_recursive(3, 16, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (list(), list()).prop_map(|(then, otherwise)| condition("", then, otherwise)),
            list().prop_map(|body| fan_out("", body)),
        ]
    });
    prop::collection::vec(inner, 1..5)
}

fn numbered(steps: &mut [Step], next: &mut usize) {
    for step in steps {
        step.id = format!("s{next}");
        *next += 1;
        for branch in BRANCHES {
            if let Some(steps) = step.kind.branch_mut(branch) {
                numbered(steps, next);
            }
        }
    }
}

fn workflows() -> impl Strategy<Value = WorkflowDefinition> {
    tree().prop_map(|mut steps| {
        numbered(&mut steps, &mut 0);
        workflow(steps)
    })
}

/// Numbers of which an edit is made, so that it fits whatever the workflow is by then.
type Dice = (u8, u8, u8, u8);

fn dice() -> impl Strategy<Value = Vec<Dice>> {
    prop::collection::vec(any::<Dice>(), 1..24)
}

fn some_spot(workflow: &WorkflowDefinition, (list, index): (u8, u8)) -> Spot {
    let mut lists = vec![(None, workflow.steps.len())];
    for placed in workflow.walk() {
        for (branch, steps) in placed.step.kind.branches() {
            lists.push((Some((placed.step.id.clone(), branch)), steps.len()));
        }
    }
    let (within, length) = lists[usize::from(list) % lists.len()].clone();
    // Now and then behind the end, which is refused.
    Spot { within, index: usize::from(index) % (length + 2) }
}

fn edit(workflow: &WorkflowDefinition, (which, a, b, c): Dice) -> Edit {
    let walked = workflow.walk();
    let some = |dice: u8| match walked.len() {
        0 => "gone".to_owned(),
        length => walked[usize::from(dice) % length].step.id.clone(),
    };
    let fresh = fresh_id(workflow, &format!("s{}", c % 20));
    match which % 13 {
        0 => Edit::SetTrigger(Trigger::IntegrationEnabled {}),
        1 => Edit::SetOnlyIf(vec![vec![rule(&format!("{{{{ trigger.n{a} }}}}"))]]),
        2 => Edit::Insert {
            at: some_spot(workflow, (a, b)),
            step: Box::new(fan_out(&fresh, vec![action(&format!("{fresh}_in"), "{{ item }}")])),
        },
        3 => Edit::Remove { id: some(a) },
        4 => Edit::Move { id: some(a), to: some_spot(workflow, (b, c)) },
        5 => Edit::Replace { id: some(a), step: Box::new(action(&fresh, "{{ steps.s2 }}")) },
        // The new id may be one that is referred to already.
        6 => Edit::Rename { id: some(a), to: format!("s{}", b % 20) },
        7 => Edit::SetInput {
            id: some(a),
            key: ["text", "items", "new"][usize::from(b) % 3].to_owned(),
            value: (c % 3 > 0).then(|| json!(format!("{{{{ steps.{}.x }}}}", some(c)))),
        },
        8 => Edit::SetSettings(vec![
            setting("team", SettingKind::Url),
            setting("other", SettingKind::Text),
        ]),
        9 => Edit::RenameSetting {
            key: "team".to_owned(),
            to: ["crew", "list"][usize::from(b) % 2].to_owned(),
        },
        10 => {
            Edit::SetOptions(WorkflowOptions { order: i64::from(a), ..WorkflowOptions::default() })
        }
        11 => duplicate(workflow, &some(a)).unwrap_or(Edit::Several(Vec::new())),
        _ => Edit::Several(vec![
            Edit::Remove { id: some(a) },
            // Of a step that is gone by now, if it is the same one or stands in it.
            Edit::SetInput { id: some(b), key: "text".to_owned(), value: Some(json!("x")) },
        ]),
    }
}

fn ids_are_unique(workflow: &WorkflowDefinition) -> bool {
    let mut seen = HashSet::new();
    workflow.walk().iter().all(|placed| seen.insert(placed.step.id.clone()))
}

/// The text of a document: it tells the order of keys as well.
fn text(workflow: &WorkflowDefinition) -> String {
    serde_json::to_string(workflow).unwrap_or_default()
}

proptest! {
    #[test]
    fn an_edit_and_its_inverse_change_nothing(workflow in workflows(), dice in dice()) {
        let mut now = workflow;
        for dice in dice {
            let before = now.clone();
            let edit = edit(&now, dice);
            match apply(&mut now, edit.clone()) {
                Ok(inverse) => {
                    let after = now.clone();
                    let again = apply(&mut now, inverse.clone());
                    prop_assert!(again.is_ok(), "{inverse:?} takes back {edit:?}: {again:?}");
                    prop_assert_eq!(&now, &before, "{:?} takes back {:?}", inverse, edit);
                    prop_assert!(apply(&mut now, again.expect("an inverse")).is_ok());
                    prop_assert_eq!(&now, &after, "{:?} is done again", edit);
                }
                Err(_) => prop_assert_eq!(text(&now), text(&before), "a refused edit changes nothing"),
            }
            prop_assert!(ids_are_unique(&now), "{edit:?}");
        }
    }

    #[test]
    fn a_step_comes_by_every_place_one_after_the_other(workflow in workflows(), which in any::<u8>()) {
        let mut now = workflow;
        let walked = now.walk();
        let id = walked[usize::from(which) % walked.len()].step.id.clone();
        while let Some(to) = beyond(&now, &id, Way::Up) {
            apply(&mut now, Edit::Move { id: id.clone(), to }).expect("a place");
        }
        prop_assert_eq!(spot(&now, &id), Some(Spot { within: None, index: 0 }));
        // Every place in a list that the step does not hold itself.
        let mut others = now.clone();
        apply(&mut others, Edit::Remove { id: id.clone() }).expect("a place");
        let held = others.walk().into_iter().flat_map(|placed| placed.step.kind.branches());
        let places: usize = held.map(|(_, steps)| steps.len() + 1).sum();
        let mut seen = vec![text(&now)];
        while let Some(to) = beyond(&now, &id, Way::Down) {
            let before = now.clone();
            apply(&mut now, Edit::Move { id: id.clone(), to }).expect("a place");
            seen.push(text(&now));
            let mut back = now.clone();
            let to = beyond(&now, &id, Way::Up).expect("the place before");
            apply(&mut back, Edit::Move { id: id.clone(), to }).expect("a place");
            prop_assert_eq!(back, before, "up takes back down");
        }
        prop_assert_eq!(seen.len(), others.steps.len() + 1 + places);
        prop_assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len());
    }

    #[test]
    fn everything_can_be_taken_back_and_done_again(workflow in workflows(), dice in dice()) {
        let mut now = workflow.clone();
        let mut log = EditLog::new();
        for dice in dice {
            let coalesce = if dice.3 % 2 == 0 { Coalesce::WithLast } else { Coalesce::Apart };
            let edit = edit(&now, dice);
            // A refused one leaves no trace, which the end of this test would tell.
            let _ = log.apply(&mut now, edit, coalesce);
            if dice.1 % 7 == 0 && log.can_undo() {
                let before = now.clone();
                prop_assert!(log.undo(&mut now).is_some() && log.redo(&mut now).is_some());
                prop_assert_eq!(&now, &before);
            }
        }
        let last = now.clone();
        while log.can_undo() {
            prop_assert!(log.undo(&mut now).is_some());
            prop_assert!(ids_are_unique(&now));
        }
        prop_assert_eq!(&now, &workflow);
        while log.can_redo() {
            prop_assert!(log.redo(&mut now).is_some());
        }
        prop_assert_eq!(now, last);
    }
}

fn example() -> WorkflowDefinition {
    workflow(vec![
        action("find", "{{ trigger.email }}"),
        condition(
            "known",
            vec![action("greet", "Hello {{ steps.find.name }}")],
            vec![fan_out("each", vec![action("send", "{{ steps.find['name'] ~ item }}")])],
        ),
        action("last", "{{ steps.finder.x }} {{ steps.find.id }} steps.find"),
    ])
}

fn input(workflow: &WorkflowDefinition, id: &str, key: &str) -> Value {
    let step = workflow.step(id).unwrap_or_else(|| panic!("no step {id}"));
    step.kind.inputs().and_then(|inputs| inputs.get(key)).cloned().unwrap_or_default()
}

#[test]
fn a_renamed_step_takes_its_references_along() {
    let mut workflow = example();
    let edit = Edit::Rename { id: "find".to_owned(), to: "look_up".to_owned() };
    apply(&mut workflow, edit).expect("a new id");
    assert_eq!(input(&workflow, "greet", "text"), "Hello {{ steps.look_up.name }}");
    assert_eq!(input(&workflow, "send", "text"), "{{ steps.look_up['name'] ~ item }}");
    let last = input(&workflow, "last", "text");
    assert_eq!(last, "{{ steps.finder.x }} {{ steps.look_up.id }} steps.find");
    for (to, why) in [
        ("greet", EditRefused::Taken("greet".to_owned())),
        ("Look up", EditRefused::NotAName("Look up".to_owned())),
    ] {
        let edit = Edit::Rename { id: "look_up".to_owned(), to: to.to_owned() };
        assert_eq!(apply(&mut workflow, edit), Err(why));
    }
}

#[test]
fn a_renamed_setting_takes_what_depends_on_it_along() {
    let mut workflow = example();
    for (key, to) in [("list", "mailing_list"), ("team", "crew")] {
        let edit = Edit::RenameSetting { key: key.to_owned(), to: to.to_owned() };
        apply(&mut workflow, edit).expect("a new key");
    }
    assert_eq!(workflow.only_if[0][0].right, json!("{{ settings.mailing_list }}"));
    let SettingKind::DynamicEnum(source) = &workflow.settings[1].kind else { panic!("a source") };
    assert_eq!(source.depends_on["team"], "crew");
}

#[test]
fn a_step_moves_anywhere_but_into_itself() {
    let mut workflow = example();
    let to = |within: Option<(&str, Branch)>, index| Spot {
        within: within.map(|(id, branch)| (id.to_owned(), branch)),
        index,
    };
    let shift = |id: &str, to: Spot| Edit::Move { id: id.to_owned(), to };
    apply(&mut workflow, shift("last", to(Some(("each", Branch::Body)), 1))).expect("a place");
    assert_eq!(spot(&workflow, "last"), Some(to(Some(("each", Branch::Body)), 1)));
    // Counted without it: from the first to the second of two.
    apply(&mut workflow, shift("find", to(None, 1))).expect("a place");
    assert_eq!(spot(&workflow, "find"), Some(to(None, 1)));
    let before = workflow.clone();
    for (edit, why) in [
        (
            shift("known", to(Some(("each", Branch::Body)), 0)),
            EditRefused::IntoItself("known".to_owned()),
        ),
        (
            shift("known", to(Some(("known", Branch::Then)), 0)),
            EditRefused::IntoItself("known".to_owned()),
        ),
        (shift("find", to(None, 2)), EditRefused::NoPlace(2)),
        (
            shift("find", to(Some(("each", Branch::Then)), 0)),
            EditRefused::NoBranch("each".to_owned()),
        ),
        (
            shift("find", to(Some(("gone", Branch::Then)), 0)),
            EditRefused::UnknownStep("gone".to_owned()),
        ),
    ] {
        assert_eq!(apply(&mut workflow, edit), Err(why));
    }
    assert_eq!(workflow, before);
}

#[test]
fn a_copy_has_ids_of_its_own_and_refers_to_itself() {
    let mut workflow = workflow(vec![fan_out(
        "each_2",
        vec![
            action("find", "{{ item }}"),
            action("send", "{{ steps.find.id }} {{ steps.other.id }}"),
        ],
    )]);
    let edit = duplicate(&workflow, "each_2").expect("a step");
    apply(&mut workflow, edit).expect("ids of its own");
    let ids: Vec<_> = workflow.walk().iter().map(|placed| placed.step.id.clone()).collect();
    assert_eq!(ids, ["each_2", "find", "send", "each", "find_2", "send_2"]);
    assert_eq!(input(&workflow, "send_2", "text"), "{{ steps.find_2.id }} {{ steps.other.id }}");
    assert_eq!(input(&workflow, "send", "text"), "{{ steps.find.id }} {{ steps.other.id }}");
}

#[test]
fn an_id_is_made_of_what_a_person_writes() {
    let workflow = example();
    for (wish, id) in [
        ("Create record", "create_record"),
        ("find", "find_2"),
        ("  Über & out! ", "ber_out"),
        ("3 times", "step_3_times"),
        ("", "step"),
        ("日本", "step"),
    ] {
        assert_eq!(fresh_id(&workflow, wish), id, "{wish:?}");
    }
    assert!(fresh_id(&workflow, &"long ".repeat(50)).len() <= 64);
}

#[test]
fn letters_typed_into_one_input_are_taken_back_at_once() {
    let mut workflow = example();
    let first = workflow.clone();
    let mut log = EditLog::new();
    let typed = |text: &str| Edit::SetInput {
        id: "find".to_owned(),
        key: "text".to_owned(),
        value: Some(json!(text)),
    };
    for text in ["a", "ab", "abc"] {
        log.apply(&mut workflow, typed(text), Coalesce::WithLast).expect("an input");
    }
    log.undo(&mut workflow);
    assert_eq!(workflow, first);
    assert!(!log.can_undo());
    log.redo(&mut workflow);
    assert_eq!(input(&workflow, "find", "text"), "abc");
    // What is typed after taking back or doing again stands for itself.
    log.apply(&mut workflow, typed("abcd"), Coalesce::WithLast).expect("an input");
    log.apply(&mut workflow, typed("abcde"), Coalesce::Apart).expect("an input");
    log.undo(&mut workflow);
    assert_eq!(input(&workflow, "find", "text"), "abcd");
    log.undo(&mut workflow);
    assert_eq!(input(&workflow, "find", "text"), "abc");
}

#[test]
fn what_is_no_edit_stands_between_two_of_one_input() {
    let mut now = workflow(vec![action("s0", "")]);
    let mut log = EditLog::new();
    let typed = |text: &str| Edit::SetInput {
        id: "s0".to_owned(),
        key: "text".to_owned(),
        value: Some(json!(text)),
    };
    log.apply(&mut now, typed("a"), Coalesce::WithLast).expect("an edit");
    log.apply(&mut now, typed("ab"), Coalesce::WithLast).expect("an edit");
    assert_eq!(log.interrupt(), 1, "letters of one input are one edit");
    log.apply(&mut now, typed("abc"), Coalesce::WithLast).expect("an edit");
    assert_eq!(log.count(), 2);
    log.undo(&mut now);
    assert_eq!(now.steps[0].kind.inputs().expect("inputs")["text"], "ab");
    log.interrupt();
    assert!(!log.can_redo(), "what was taken back is forgotten");
}
