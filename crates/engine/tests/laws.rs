//! The engine's laws, over workflows and providers nobody thought of.

use portico_domain::execution::{Call, Entry, Recollection, Scope};
use portico_domain::workflow::{
    Comparison, OnFailure, Rule, Step, StepKind, Trigger, WorkflowDefinition,
};
use portico_domain::{
    ActionShape, ExecutionId, Failure, FailureClass, InputShape, InputType, StepPath, Timestamp,
};
use portico_engine::{
    Actions, Advance, Command, DoneElsewhere, Engine, Run, Signal, State, plan_replay,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};

struct Known(ActionShape);

impl Actions for Known {
    fn action(&self, _: &str, _: &str) -> Option<&ActionShape> {
        Some(&self.0)
    }
}

fn known() -> Known {
    Known(ActionShape {
        id: "act".to_owned(),
        title: "Act".to_owned(),
        description: String::new(),
        inputs: vec![InputShape {
            key: "x".to_owned(),
            title: "X".to_owned(),
            kind: InputType::Text,
            required: true,
            help: String::new(),
            source: None,
            choices: Vec::new(),
        }],
        outputs: Vec::new(),
    })
}

/// A step: one thing to do, which finds its input or not and may fail or not; or one that holds others.
#[derive(Clone, Debug)]
enum Shape {
    Act {
        fillable: bool,
        may_fail: bool,
        retries: usize,
    },
    Wait {
        hours: u8,
    },
    /// `None`: what it looks at cannot be compared.
    Either {
        holds: Option<bool>,
        then: Vec<Shape>,
        otherwise: Vec<Shape>,
        may_fail: bool,
    },
    /// `None`: there is no list.
    Each {
        rounds: Option<u8>,
        parallel: u32,
        body: Vec<Shape>,
        may_fail: bool,
    },
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let act =
        (any::<bool>(), any::<bool>(), 0_usize..4).prop_map(|(fillable, may_fail, retries)| {
            Shape::Act { fillable: fillable || retries > 1, may_fail, retries }
        });
    let leaf = prop_oneof![4 => act, 1 => (0_u8..3).prop_map(|hours| Shape::Wait { hours })];
    let shape = leaf.prop_recursive(3, 16, 4, |inner| {
        let list = || prop::collection::vec(inner.clone(), 0..3);
        let holds = prop::option::weighted(0.9, any::<bool>());
        let rounds = prop::option::weighted(0.9, 0_u8..4);
        prop_oneof![
            (holds, list(), list(), any::<bool>()).prop_map(
                |(holds, then, otherwise, may_fail)| {
                    Shape::Either { holds, then, otherwise, may_fail }
                }
            ),
            (rounds, 1_u32..4, list(), any::<bool>()).prop_map(
                |(rounds, parallel, body, may_fail)| Shape::Each {
                    rounds,
                    parallel,
                    body,
                    may_fail
                }
            ),
        ]
    });
    prop::collection::vec(shape, 0..5)
}

/// The steps of shapes, each with an id of its own.
fn steps(shapes: &[Shape], next: &mut usize) -> Vec<Step> {
    shapes.iter().map(|shape| step(shape, next)).collect()
}

fn step(shape: &Shape, next: &mut usize) -> Step {
    let id = format!("s{next}");
    *next += 1;
    let object = |value: Value| value.as_object().cloned().unwrap_or_default();
    let (kind, may_fail, retries) = match shape {
        Shape::Act { fillable, may_fail, retries } => {
            let input = if *fillable { "{{ trigger.x }}" } else { "{{ trigger.gone }}" };
            let kind = StepKind::Action {
                integration: "any".to_owned(),
                action: "act".to_owned(),
                inputs: object(json!({ "x": input })),
            };
            (kind, *may_fail, *retries)
        }
        Shape::Wait { hours } => {
            let inputs = object(json!({ "amount": hours, "unit": "hours" }));
            (StepKind::Delay { inputs }, false, 0)
        }
        Shape::Either { holds, then, otherwise, may_fail } => {
            let left = match holds {
                Some(true) => json!(2),
                Some(false) => json!(0),
                None => json!("many"),
            };
            let rule = Rule { left, operator: Comparison::GreaterThan, right: json!(1) };
            let (then, otherwise) = (steps(then, next), steps(otherwise, next));
            (StepKind::Condition { rules: vec![vec![rule]], then, otherwise }, *may_fail, 0)
        }
        Shape::Each { rounds, parallel, body, may_fail } => {
            let items = rounds.map(|rounds| (0..rounds).collect::<Vec<_>>());
            let inputs =
                object(json!({ "items": items.map_or(json!("no list"), |own| json!(own)) }));
            let (parallel, body) = (Some(*parallel), steps(body, next));
            (StepKind::FanOut { inputs, parallel, body }, *may_fail, 0)
        }
    };
    Step {
        id,
        title: "Step".to_owned(),
        kind,
        retry: Some(vec![10; retries]),
        on_failure: if may_fail { OnFailure::Continue } else { OnFailure::Stop },
    }
}

fn workflow(shapes: &[Shape]) -> WorkflowDefinition {
    WorkflowDefinition {
        format: 1,
        trigger: Trigger::AppEvent { event: "E".to_owned() },
        only_if: Vec::new(),
        settings: Vec::new(),
        steps: steps(shapes, &mut 0),
        options: Default::default(),
    }
}

fn answers() -> impl Strategy<Value = Vec<Option<FailureClass>>> {
    let answer = prop::option::of((0..FailureClass::ALL.len()).prop_map(|i| FailureClass::ALL[i]));
    prop::collection::vec(answer, 64)
}

/// Drives an execution to its end, looking at every moment.
struct Driver {
    engine: Engine,
    workflow: WorkflowDefinition,
    actions: Known,
    trigger: Value,
    state: State,
    history: Vec<Entry>,
    open: Vec<Command>,
    commanded: HashSet<(StepPath, u32)>,
    now: Timestamp,
}

impl Driver {
    fn new(shapes: &[Shape]) -> Self {
        Self {
            engine: Engine::new(),
            workflow: workflow(shapes),
            actions: known(),
            trigger: json!({ "x": "there" }),
            state: State::new(),
            history: Vec::new(),
            open: Vec::new(),
            commanded: HashSet::new(),
            now: Timestamp::from_millis(1_000),
        }
    }

    fn ask(&self, signal: Signal) -> Advance {
        let run = Run {
            execution: ExecutionId::from_parts(1, [3; 10]),
            workflow: &self.workflow,
            actions: &self.actions,
            trigger: &self.trigger,
        };
        self.engine.advance(&run, &self.state, signal, self.now)
    }

    fn tell(&mut self, signal: Signal) {
        let advance = self.ask(signal);
        for entry in advance.entries {
            self.state.apply(&entry);
            self.history.push(entry);
        }
        for command in advance.commands {
            let once = self.commanded.insert((command.path.clone(), command.attempt));
            assert!(once, "{command:?} was commanded twice");
            self.open.push(command);
        }
        assert_eq!(State::fold(&self.history), self.state, "a replay comes to the same state");
        let waiting: BTreeSet<_> =
            self.state.outstanding().map(|(path, attempt)| (path.clone(), attempt)).collect();
        let open: BTreeSet<_> =
            self.open.iter().map(|command| (command.path.clone(), command.attempt)).collect();
        assert_eq!(waiting, open, "what is outstanding is what was commanded");
        self.assert_that_no_more_rounds_are_open_than_may_be();
        assert_eq!(
            self.state.status().is_final(),
            waiting.is_empty(),
            "a live execution waits for something, an ended one for nothing"
        );
    }

    fn assert_that_no_more_rounds_are_open_than_may_be(&self) {
        let mut open: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for Command { path: StepPath(path), .. } in &self.open {
            for (end, _) in path.match_indices('/') {
                let (fan_out, round) = path[..end].rsplit_once('.').expect("a round");
                open.entry(fan_out).or_default().insert(round);
            }
        }
        for (fan_out, rounds) in open {
            let step = self.workflow.step(StepPath(fan_out.to_owned()).step());
            let Some(StepKind::FanOut { parallel: Some(most), .. }) = step.map(|step| &step.kind)
            else {
                panic!("{fan_out} is no fan-out")
            };
            assert!(rounds.len() <= *most as usize, "{fan_out} has {rounds:?} open, of {most}");
        }
    }

    /// Answers one of what is under way; which one is anybody's guess.
    fn answer(&mut self, answer: Option<FailureClass>) -> Signal {
        let which = self.history.len() % self.open.len();
        let command = self.open.remove(which);
        self.now = self.now.max(command.due);
        Signal::AttemptEnded {
            path: command.path,
            attempt: command.attempt,
            call: Some(Call::default()),
            result: match answer {
                None => Ok(json!({ "ok": true })),
                Some(class) => Err(Failure::new(class, "code", "words")),
            },
        }
    }
}

/// Answers until nothing is under way.
fn finish(driver: &mut Driver, answers: &[Option<FailureClass>]) {
    for answer in answers.iter().cycle() {
        if driver.open.is_empty() {
            break;
        }
        let signal = driver.answer(*answer);
        driver.tell(signal);
    }
}

proptest! {
    #[test]
    fn a_replay_does_no_recalled_step_again_and_ends(
        shapes in shapes(),
        (answers, again) in (answers(), answers()),
        which in any::<prop::sample::Index>(),
    ) {
        let mut first = Driver::new(&shapes);
        first.tell(Signal::Start { scope: Scope::default() });
        finish(&mut first, &answers);
        let reached: Vec<_> = first.commanded.iter().map(|(path, _)| path.clone()).collect();
        prop_assume!(!reached.is_empty());
        let from = &reached[which.index(reached.len())];
        let plan = plan_replay(&first.workflow, &first.history, &DoneElsewhere::default(), Some(from)).expect("a step that was reached");
        let mut second = Driver::new(&shapes);
        second.tell(Signal::Replay { scope: Scope::default(), recalled: plan.recalled.clone() });
        finish(&mut second, &again);
        prop_assert!(second.state.status().is_final());
        prop_assert!(second.commanded.contains(&(from.clone(), 1)), "the step is done again");
        for one in &plan.recalled {
            prop_assert!(!second.commanded.iter().any(|(path, _)| *path == one.path));
            if let Recollection::Succeeded { output } = &one.outcome {
                prop_assert_eq!(first.state.output(&one.path), Some(output));
                prop_assert_eq!(second.state.output(&one.path), Some(output));
            }
        }
        for one in &plan.again {
            prop_assert!(!plan.recalled.iter().any(|own| own.path == one.path));
        }
        let all = plan_replay(&first.workflow, &first.history, &DoneElsewhere::default(), None).expect("from the start");
        prop_assert!(all.recalled.is_empty());
        prop_assert!(all.again.len() >= plan.again.len());
    }

    #[test]
    fn every_execution_ends_when_every_command_is_answered(shapes in shapes(), answers in answers()) {
        let mut driver = Driver::new(&shapes);
        driver.tell(Signal::Start { scope: Scope::default() });
        for answer in answers.into_iter().cycle() {
            if driver.open.is_empty() {
                break;
            }
            let signal = driver.answer(answer);
            driver.tell(signal.clone());
            prop_assert_eq!(driver.ask(signal), Advance::default(), "a repeated signal changes nothing");
            let again = Signal::Start { scope: Scope::default() };
            prop_assert_eq!(driver.ask(again), Advance::default(), "it begins once");
        }
        prop_assert!(driver.state.status().is_final());
    }

    #[test]
    fn after_a_cancel_nothing_is_commanded(shapes in shapes(), answers in answers(), after in 0_usize..6) {
        let mut driver = Driver::new(&shapes);
        driver.tell(Signal::Start { scope: Scope::default() });
        for answer in answers.iter().take(after) {
            if driver.open.is_empty() {
                break;
            }
            let signal = driver.answer(*answer);
            driver.tell(signal);
        }
        let late: Vec<_> = driver.open.drain(..).collect();
        driver.tell(Signal::Cancel { reason: "disconnected".to_owned() });
        for command in late {
            let signal = Signal::AttemptEnded {
                path: command.path,
                attempt: command.attempt,
                call: None,
                result: Ok(Value::Null),
            };
            prop_assert_eq!(driver.ask(signal), Advance::default());
        }
        let twice = Signal::Cancel { reason: "again".to_owned() };
        prop_assert_eq!(driver.ask(twice), Advance::default());
    }
}
