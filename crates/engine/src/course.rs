//! The course of an execution: from where it stands to what comes next, down the tree of its steps.
//!
//! The tree is gone through from its top every time. What is done is passed, what is under way is waited
//! for, what was not reached yet is begun; so that no pointer into the tree has to be kept or repaired.

use crate::advance::{Command, Story};
use crate::context::{Known, Trigger, made};
use crate::mentions::Mentions;
use crate::rules::holds;
use crate::size;
use crate::state::StepState;
use minijinja::Value as Jinja;
use portico_domain::execution::{Fact, Rendered, StepPath};
use portico_domain::workflow::{OnFailure, Rules, Step, StepKind, USUAL_PARALLEL, builtin_shape};
use portico_domain::{
    ActionShape, ExecutionStatus, Failure, FailureClass, InputShape, InputType, Timestamp,
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// The most rounds of a fan-out.
pub(crate) const MOST_ROUNDS: usize = 1_000;
/// The most rounds of all the fan-outs of an execution: those that stand in each other multiply.
const MOST_ROUNDS_IN_ALL: usize = 10_000;
/// The most that the steps of an execution are given and bring, in bytes: a node holds it while it runs.
const MOST_BYTES: usize = 128 << 20;
/// The longest delay, in days.
pub(crate) const LONGEST_DELAY_DAYS: f64 = 366.0;

/// How a list of steps stands once everything was begun that can be.
enum Reach {
    /// Every step is done.
    Done,
    /// Something is under way.
    Waiting,
    /// A step failed that must not.
    Failed,
}

/// Where a list of steps stands: in which round of which fan-out.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// What comes before a step's id in its path.
    within: &'a str,
    /// The item of the innermost round, and its place.
    item: Option<(&'a Value, usize)>,
}

impl Story<'_, '_> {
    /// Begins what comes next, or ends the execution.
    pub(crate) fn go_on(&mut self) {
        let workflow = self.run.workflow;
        let top = Place { within: "", item: None };
        let status = match self.list(&workflow.steps, top) {
            Reach::Waiting => return,
            Reach::Done => ExecutionStatus::Succeeded,
            Reach::Failed => ExecutionStatus::Failed,
        };
        self.tell(Fact::Finished { status });
    }

    fn list(&mut self, steps: &[Step], place: Place<'_>) -> Reach {
        for step in steps {
            let path = StepPath(format!("{}{}", place.within, step.id));
            let reach = match &step.kind {
                StepKind::Condition { .. } => self.condition(step, &path, place),
                StepKind::FanOut { .. } => self.fan_out(step, &path, place),
                _ => self.plain(step, &path, place),
            };
            match reach {
                Reach::Done => {}
                Reach::Failed if step.on_failure == OnFailure::Continue => {}
                reach => return reach,
            }
        }
        Reach::Done
    }

    fn condition(&mut self, step: &Step, path: &StepPath, place: Place<'_>) -> Reach {
        let StepKind::Condition { rules, then, otherwise } = &step.kind else {
            return Reach::Done;
        };
        let decided = match self.state.step(path) {
            Some(StepState::Decided { holds }) => *holds,
            Some(_) => return Reach::Failed,
            None => match self.decide(rules, place) {
                Ok(holds) => {
                    self.tell(Fact::Decided { path: path.clone(), holds });
                    holds
                }
                Err(why) => {
                    return self.fail(path, Failure::new(FailureClass::Invalid, "rule", why));
                }
            },
        };
        let branch = if decided { then } else { otherwise };
        match self.list(branch, place) {
            // Whether a branch may fail is said by its own steps, not by the condition.
            Reach::Failed if step.on_failure == OnFailure::Stop => Reach::Failed,
            reach => reach,
        }
    }

    fn fan_out(&mut self, step: &Step, path: &StepPath, place: Place<'_>) -> Reach {
        let StepKind::FanOut { parallel, body, .. } = &step.kind else { return Reach::Done };
        let items = match self.state.step(path) {
            Some(StepState::Rounds { items }) => Arc::clone(items),
            Some(StepState::Succeeded { .. }) => return Reach::Done,
            Some(_) => return Reach::Failed,
            None => match self.items(step, place) {
                Ok(items) => {
                    self.tell(Fact::FannedOut { path: path.clone(), items: items.clone() });
                    Arc::new(items)
                }
                Err(failure) => return self.fail(path, failure),
            },
        };
        let parallel = usize::try_from(parallel.unwrap_or(USUAL_PARALLEL)).unwrap_or(MOST_ROUNDS);
        let (mut open, mut failed) = (0, Vec::new());
        for (index, item) in items.iter().enumerate() {
            // Rounds begin in the order of the list, so that none behind the last one that may be open is.
            if open >= parallel.max(1) {
                return Reach::Waiting;
            }
            let within = format!("{path}.{index}/");
            match self.list(body, Place { within: &within, item: Some((item, index)) }) {
                Reach::Done => {}
                Reach::Waiting => open += 1,
                Reach::Failed => failed.push(index),
            }
        }
        // One round that fails leaves the others to their end, whether they have begun or not: what comes of
        // a list is the same however many of its rounds are open at once.
        if open > 0 {
            return Reach::Waiting;
        }
        match failed.first() {
            None => {
                let rounds: Vec<_> = (0..items.len())
                    .map(|index| Value::Object(self.state.values_in(&format!("{path}.{index}/"))))
                    .collect();
                let output = json!({ "items": rounds });
                if let Err(failure) = self.room_for(size::of(&output)) {
                    return self.fail(path, failure);
                }
                self.tell(Fact::Concluded { path: path.clone(), output });
                Reach::Done
            }
            Some(first) => {
                let why = self.first_failure(&format!("{path}.{first}/"));
                let message = format!(
                    "{} of {} rounds failed; of item {first}: {}",
                    failed.len(),
                    items.len(),
                    why.as_ref().map_or("a step failed.", |why| why.message.as_str()),
                );
                let failure = match why {
                    Some(why) => Failure { message, retry_after_ms: None, ..why },
                    None => Failure::new(FailureClass::Invalid, "round", message),
                };
                self.fail(path, failure)
            }
        }
    }

    /// Why a round failed: the failure of the step in it that failed.
    fn first_failure(&self, within: &str) -> Option<Failure> {
        self.state.failures_in(within).next().cloned()
    }

    fn items(&self, step: &Step, place: Place<'_>) -> Result<Vec<Value>, Failure> {
        let input = self.render(step, place)?;
        if !input.holes.is_empty() {
            let words = "A secret cannot be gone through.";
            return Err(Failure::new(FailureClass::Invalid, "items", words));
        }
        let begun = self.state.rounds();
        let message = match input.json.get("items") {
            Some(Value::Array(items)) if items.len() > MOST_ROUNDS => format!(
                "The list has {} items; a fan-out goes through {MOST_ROUNDS} at most. Send fewer, \
                 or split the list before.",
                items.len()
            ),
            Some(Value::Array(items)) if begun + items.len() > MOST_ROUNDS_IN_ALL => format!(
                "The list has {} items, and the execution has {begun} rounds already; all its \
                 fan-outs together have {MOST_ROUNDS_IN_ALL} at most. Send fewer.",
                items.len()
            ),
            Some(Value::Array(items)) => {
                self.room_for(size::of_list(items))?;
                return Ok(items.clone());
            }
            other => format!(
                "A fan-out goes through a list, and this is {}.",
                other.map_or("nothing", kind_of)
            ),
        };
        Err(Failure::new(FailureClass::Invalid, "items", message))
    }

    /// A step that is one thing to do.
    fn plain(&mut self, step: &Step, path: &StepPath, place: Place<'_>) -> Reach {
        match self.state.step(path) {
            Some(StepState::Outstanding { .. }) => return Reach::Waiting,
            Some(StepState::Succeeded { .. }) => return Reach::Done,
            Some(_) => return Reach::Failed,
            None => {}
        }
        let begun = self.render(step, place).and_then(|input| {
            self.room_for(size::of_map(&input.json))?;
            let due = match &step.kind {
                StepKind::Delay { .. } => delayed(self.now, &input.json)?,
                _ => self.now,
            };
            Ok((input, due))
        });
        let (input, due) = match begun {
            Ok(begun) => begun,
            Err(failure) => return self.fail(path, failure),
        };
        if let StepKind::Response { .. } = step.kind {
            let output = Value::Object(input.json);
            self.tell(Fact::Concluded { path: path.clone(), output });
            return Reach::Done;
        }
        self.tell(Fact::StepStarted { path: path.clone(), input });
        self.advance.commands.push(Command { path: path.clone(), attempt: 1, due });
        Reach::Waiting
    }

    /// Whether the execution can hold so many bytes more.
    fn room_for(&self, bytes: usize) -> Result<(), Failure> {
        if self.state.size() + bytes <= MOST_BYTES {
            return Ok(());
        }
        let words = format!(
            "What the steps of this execution were given and brought would be more than {} MB. Go \
             through fewer items, or hand on only what is needed of each.",
            MOST_BYTES >> 20
        );
        Err(Failure::new(FailureClass::Invalid, "too_large", words))
    }

    /// A step that failed before anything was done.
    fn fail(&mut self, path: &StepPath, failure: Failure) -> Reach {
        self.tell(Fact::StepFailed { path: path.clone(), attempt: 0, call: None, failure });
        Reach::Failed
    }

    fn render(&self, step: &Step, place: Place<'_>) -> Result<Rendered, Failure> {
        let shape = shape(step, self.run.actions)?;
        let nothing = Map::new();
        let inputs = step.kind.inputs().unwrap_or(&nothing);
        self.engine
            .renderer
            .inputs(inputs, &shape, &self.known(place, &Mentions::of(inputs.values())))
            .map_err(|problem| Failure::new(FailureClass::Invalid, "input", problem.0))
    }

    fn decide(&self, rules: &Rules, place: Place<'_>) -> Result<bool, String> {
        let sides = rules.iter().flatten().flat_map(|rule| [&rule.left, &rule.right]);
        let known = self.known(place, &Mentions::of(sides));
        holds(&self.engine.renderer, rules, &known)
    }

    fn known<'k>(&'k self, place: Place<'k>, mentions: &Mentions) -> Known<'k> {
        let scope = self.state.scope();
        let trigger = match mentions.trigger {
            true => self.trigger.get_or_init(|| made(self.run.trigger)).clone(),
            false => Jinja::UNDEFINED,
        };
        Known {
            trigger: Trigger::Made(trigger),
            steps: self.state.step_values(place.within, mentions),
            settings: &scope.settings,
            sealed: &scope.sealed,
            user: &scope.user,
            account: &scope.account,
            item: place.item,
        }
    }
}

/// What a step takes and brings.
pub(crate) fn shape<'a>(
    step: &Step,
    actions: &'a dyn crate::Actions,
) -> Result<Cow<'a, ActionShape>, Failure> {
    if let StepKind::Action { integration, action, .. } = &step.kind {
        return actions.action(integration, action).map(Cow::Borrowed).ok_or_else(|| {
            Failure::new(
                FailureClass::Invalid,
                "action_removed",
                format!("The action {action:?} of {integration:?} is no longer available."),
            )
        });
    }
    let mut shape = builtin_shape(&step.kind).ok_or_else(|| {
        let words = format!("A step of kind {:?} cannot be run.", step.kind.name());
        Failure::new(FailureClass::Invalid, "step_kind", words)
    })?;
    if let StepKind::Function { inputs, .. } = &step.kind {
        shape.inputs = inputs.keys().map(|name| named_freely(name)).collect();
    }
    Ok(Cow::Owned(shape))
}

/// An input whose name is the author's own.
fn named_freely(name: &str) -> InputShape {
    InputShape {
        key: name.to_owned(),
        title: name.to_owned(),
        kind: InputType::Json,
        required: false,
        help: String::new(),
        source: None,
        choices: Vec::new(),
    }
}

/// When a delay is over.
fn delayed(now: Timestamp, input: &Map<String, Value>) -> Result<Timestamp, Failure> {
    let wrong = |words: String| Failure::new(FailureClass::Invalid, "delay", words);
    let unit = input.get("unit").and_then(Value::as_str).unwrap_or_default();
    let seconds = seconds_of(unit).ok_or_else(|| {
        wrong(format!("{unit:?} is no unit of time; seconds, minutes, hours and days are."))
    })?;
    let written = input.get("amount").unwrap_or(&Value::Null);
    let amount = match written {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let wait = amount.filter(|amount| *amount >= 0.0).map(|amount| amount * seconds);
    match wait {
        Some(wait) if wait <= LONGEST_DELAY_DAYS * 86_400.0 => {
            Ok(now + Duration::from_secs_f64(wait))
        }
        Some(_) => Err(wrong("A delay is 366 days at most.".to_owned())),
        None => Err(wrong(format!("A delay needs a number that is not negative, not {written}."))),
    }
}

/// How long a unit of time is.
pub(crate) fn seconds_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "seconds" => 1.0,
        "minutes" => 60.0,
        "hours" => 3_600.0,
        "days" => 86_400.0,
        _ => return None,
    })
}

/// What a value is, for people.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
