//! What keeps a workflow from being deployed: everything that can be known before it runs.

mod named;
mod trigger;

pub use trigger::foreign_trigger;

use crate::settings::{self, is_slug};
use crate::template::Renderer;
use crate::{Actions, Problem, course};
use portico_domain::nearest::did_you_mean;
use portico_domain::paging::{self, Paging};
use portico_domain::workflow::{
    Branch, Operands, Rules, Setting, Step, StepKind, WorkflowDefinition,
};
use portico_domain::{Filter, InputShape, InputType};
use serde_json::{Map, Value};
use std::collections::HashSet;

const MOST_STEPS: usize = 200;
/// How deep branches may stand in branches.
const MOST_DEPTH: usize = 8;
const MOST_RETRIES: usize = 10;
/// The longest wait before a retry, in seconds: a day.
const LONGEST_WAIT: u64 = 86_400;
/// The longest code of a function, in bytes.
const LONGEST_CODE: usize = 100_000;
const ROOTS: [&str; 6] = ["trigger", "steps", "settings", "user", "account", "secrets"];
/// What a fan-out adds to them, for the steps in it.
const ROUND: [&str; 2] = ["item", "index"];

pub(crate) fn validate(
    renderer: &Renderer,
    workflow: &WorkflowDefinition,
    shared: &[Setting],
    actions: &dyn Actions,
) -> Vec<Problem> {
    let mut check = Check { renderer, workflow, shared, actions, problems: Vec::new() };
    check.trigger();
    check.settings();
    check.options();
    check.steps();
    check.problems
}

struct Check<'a> {
    renderer: &'a Renderer,
    workflow: &'a WorkflowDefinition,
    shared: &'a [Setting],
    actions: &'a dyn Actions,
    problems: Vec<Problem>,
}

/// What can be referred to at a place.
#[derive(Clone, Default)]
struct Seen<'a> {
    /// Steps that stand before it, whether they ran or not.
    steps: Vec<&'a str>,
    /// Steps of the rounds of an earlier fan-out, and that fan-out.
    rounds: Vec<(&'a str, &'a str)>,
    /// Whether it stands in a fan-out.
    item: bool,
    /// Whether there are steps at all: a trigger's filter stands before all of them.
    outside: bool,
    /// Where it stands, when that cannot take everything.
    place: Place,
    depth: usize,
}

/// What is made of a value, which decides what can be taken.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// It is an input.
    #[default]
    Input,
    /// It is compared.
    Rule,
    /// It is compared to tell for whom a workflow is, before anything has happened.
    Permission,
    /// It is told to whoever called.
    Answer,
}

impl<'a> Check<'a> {
    fn problem(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(pointer, message));
    }

    fn settings(&mut self) {
        let own = &self.workflow.settings;
        self.problems.extend(settings::problems(self.renderer, own, self.shared, "/settings"));
    }

    fn options(&mut self) {
        let before = Seen { outside: true, place: Place::Permission, ..Seen::default() };
        self.rules(&self.workflow.options.permissions, "/options/permissions", &before);
    }

    fn steps(&mut self) {
        let workflow = self.workflow;
        if workflow.steps.is_empty() {
            self.problem("/steps", "A workflow needs a step.");
        }
        let all = workflow.walk();
        if all.len() > MOST_STEPS {
            let most = format!("{} steps; a workflow has {MOST_STEPS} at most.", all.len());
            self.problem("/steps", most);
        }
        let mut ids = HashSet::new();
        for placed in &all {
            if !ids.insert(placed.step.id.as_str()) {
                let message = format!("The id {:?} is used twice.", placed.step.id);
                self.problem(format!("{}/id", placed.pointer), message);
            }
        }
        self.list(&workflow.steps, "/steps", &mut Seen::default());
    }

    fn list(&mut self, steps: &'a [Step], at: &str, seen: &mut Seen<'a>) {
        if seen.depth > MOST_DEPTH && !steps.is_empty() {
            let message = format!("Branches stand {MOST_DEPTH} deep in each other at most.");
            return self.problem(at, message);
        }
        for (index, step) in steps.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.step(step, &at);
            self.kind(step, &at, seen);
            let mut inner = Seen { depth: seen.depth + 1, ..seen.clone() };
            inner.steps.push(&step.id);
            for (branch, steps) in step.kind.branches() {
                let at = format!("{at}/{}", branch.name());
                let mut own = match branch {
                    Branch::Then | Branch::Else => inner.clone(),
                    // A fan-out is not done while its rounds are.
                    Branch::Body => Seen { item: true, depth: seen.depth + 1, ..seen.clone() },
                };
                let (steps_before, rounds_before) = (own.steps.len(), own.rounds.len());
                self.list(steps, &at, &mut own);
                let within = own.steps.split_off(steps_before);
                let rounds = own.rounds.split_off(rounds_before);
                match branch {
                    Branch::Then | Branch::Else => seen.steps.extend(within),
                    Branch::Body => {
                        let fan_out = step.id.as_str();
                        seen.rounds.extend(within.into_iter().map(|id| (id, fan_out)));
                    }
                }
                seen.rounds.extend(rounds);
            }
            seen.steps.push(&step.id);
        }
    }

    fn step(&mut self, step: &Step, at: &str) {
        if !is_slug(&step.id) {
            let slug = "An id is lower-case letters, digits and _, beginning with a letter.";
            self.problem(format!("{at}/id"), slug);
        }
        if step.title.trim().is_empty() {
            self.problem(format!("{at}/title"), "Give the step a title.");
        }
        if let Some(retry) = &step.retry {
            if retry.len() > MOST_RETRIES {
                self.problem(format!("{at}/retry"), "Ten retries at most.");
            }
            if retry.iter().any(|wait| *wait > LONGEST_WAIT) {
                self.problem(format!("{at}/retry"), "A wait is a day (86400 s) at most.");
            }
        }
    }

    fn kind(&mut self, step: &'a Step, at: &str, seen: &Seen<'a>) {
        match &step.kind {
            StepKind::Condition { rules, .. } => {
                if rules.is_empty() {
                    self.problem(format!("{at}/rules"), "Say what the condition looks at.");
                }
                return self.rules(rules, &format!("{at}/rules"), seen);
            }
            StepKind::Function { code, .. } if code.trim().is_empty() => {
                self.problem(format!("{at}/code"), "Write the function.");
            }
            StepKind::Function { code, .. } if code.len() > LONGEST_CODE => {
                self.problem(format!("{at}/code"), "A function has 100 kB at most.");
            }
            StepKind::Response { .. } if self.workflow.trigger.called_with().is_none() => {
                let words = "Only a workflow that a request or a webhook starts has someone to \
                             answer; change the trigger or remove the step.";
                self.problem(at, words);
            }
            StepKind::Delay { inputs } => self.delay(inputs, at),
            StepKind::FanOut { parallel: Some(rounds), .. } if !is_parallel(*rounds) => {
                let words = format!("Between 1 and {} rounds run at once.", course::MOST_ROUNDS);
                self.problem(format!("{at}/parallel"), words);
            }
            _ => {}
        }
        match course::shape(step, self.actions) {
            Ok(shape) => {
                if let Some(inputs) = step.kind.inputs() {
                    self.inputs(inputs, (&shape.id, &shape.inputs), at);
                    if matches!(&step.kind, StepKind::Action { action, .. } if action == paging::ACTION)
                    {
                        self.pages(inputs, at);
                    }
                }
            }
            Err(_) => {
                if let StepKind::Action { integration, action, .. } = &step.kind {
                    let words = format!("There is no action {action:?} of {integration:?}.");
                    self.problem(format!("{at}/action"), words);
                }
            }
        }
        let place = match &step.kind {
            StepKind::Response { .. } => Place::Answer,
            _ => Place::Input,
        };
        let seen = &Seen { place, ..seen.clone() };
        for (key, value) in step.kind.inputs().into_iter().flatten() {
            self.templates(value, &format!("{at}/inputs/{}", escaped(key)), seen);
        }
    }

    /// What a delay says outright can be checked before it runs.
    fn delay(&mut self, inputs: &Map<String, Value>, at: &str) {
        let unit = inputs.get("unit").and_then(Value::as_str).unwrap_or_default();
        let seconds = course::seconds_of(unit);
        if seconds.is_none() && !unit.is_empty() && !unit.contains("{{") {
            let message =
                format!("{unit:?} is no unit of time; seconds, minutes, hours and days are.");
            self.problem(format!("{at}/inputs/unit"), message);
        }
        let amount = match inputs.get("amount") {
            Some(Value::Number(number)) => number.as_f64(),
            Some(Value::String(text)) if text.contains("{{") || text.trim().is_empty() => return,
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => return,
        };
        let at = format!("{at}/inputs/amount");
        match amount {
            Some(amount) if amount < 0.0 => self.problem(at, "A delay is not negative."),
            Some(amount)
                if seconds
                    .is_some_and(|unit| amount * unit > course::LONGEST_DELAY_DAYS * 86_400.0) =>
            {
                self.problem(at, "A delay is 366 days at most.");
            }
            Some(_) => {}
            None => self.problem(at, "Write a number."),
        }
    }

    fn rules(&mut self, rules: &'a Rules, at: &str, seen: &Seen<'a>) {
        let place = if seen.place == Place::Permission { Place::Permission } else { Place::Rule };
        let seen = &Seen { place, ..seen.clone() };
        for (group, rules) in rules.iter().enumerate() {
            let at = format!("{at}/{group}");
            if rules.is_empty() {
                self.problem(&at, "A group without rules would always hold; leave it out.");
            }
            for (index, rule) in rules.iter().enumerate() {
                let at = format!("{at}/{index}");
                let empty = |side: &Value| side.as_str().is_some_and(|text| text.trim().is_empty());
                if rule.left.is_null() || empty(&rule.left) {
                    self.problem(
                        format!("{at}/left"),
                        "Say what is looked at: {{ trigger.email }}.",
                    );
                }
                if rule.operator.operands() == Operands::Two && rule.right.is_null() {
                    let message = format!("Say what {:?} compares with.", rule.operator.title());
                    self.problem(format!("{at}/right"), message);
                }
                self.templates(&rule.left, &format!("{at}/left"), seen);
                self.templates(&rule.right, &format!("{at}/right"), seen);
            }
        }
    }

    fn inputs(
        &mut self,
        inputs: &Map<String, Value>,
        (id, shapes): (&str, &[InputShape]),
        at: &str,
    ) {
        for input in shapes.iter().filter(|input| input.required) {
            let empty = match inputs.get(&input.key) {
                None | Some(Value::Null) => true,
                Some(Value::String(text)) => text.trim().is_empty(),
                Some(_) => false,
            };
            if empty {
                let message = format!("The input {:?} ({}) is required.", input.key, input.title);
                self.problem(format!("{at}/inputs/{}", input.key), message);
            }
        }
        for input in shapes {
            let Some(written) = inputs.get(&input.key) else { continue };
            let at = format!("{at}/inputs/{}", input.key);
            if input.kind == InputType::Filter {
                for problem in Filter::problems(written, |text| text.contains("{{")) {
                    self.problem(format!("{at}{}", problem.at), problem.message);
                }
            }
            let said = written.as_str().is_some_and(|text| text.is_empty() || text.contains("{{"));
            if !input.choices.is_empty()
                && !said
                && !input.choices.iter().any(|choice| choice.value == *written)
            {
                let known: Vec<_> = input.choices.iter().map(|own| own.label.as_str()).collect();
                let values = input.choices.iter().filter_map(|own| own.value.as_str());
                let advice = did_you_mean(written.as_str().unwrap_or_default(), values);
                self.problem(at, format!("Choose one of: {}.{advice}", known.join(", ")));
            }
        }
        let keys: Vec<&str> = shapes.iter().map(|input| input.key.as_str()).collect();
        for key in inputs.keys().filter(|key| !keys.contains(&key.as_str())) {
            let advice = did_you_mean(key, keys.iter().copied());
            let message = format!("{id:?} has no input {key:?}.{advice}");
            self.problem(format!("{at}/inputs/{}", escaped(key)), message);
        }
    }

    /// How any request reads an answer in pages.
    fn pages(&mut self, inputs: &Map<String, Value>, at: &str) {
        for problem in Paging::problems(inputs, |text| text.contains("{{")) {
            let at = format!("{at}/inputs{}", problem.at);
            // Of what a filter says wrongly, the first is told.
            if !self.problems.iter().any(|own| own.pointer == at) {
                self.problem(at, problem.message);
            }
        }
    }

    fn templates(&mut self, value: &Value, at: &str, seen: &Seen<'a>) {
        match value {
            Value::String(text) => self.template(text, at, seen),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.templates(item, &format!("{at}/{index}"), seen);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.templates(item, &format!("{at}/{}", escaped(key)), seen);
                }
            }
            _ => {}
        }
    }
}

/// Whether so many rounds can run at once.
fn is_parallel(rounds: u32) -> bool {
    (1..=course::MOST_ROUNDS).contains(&usize::try_from(rounds).unwrap_or(usize::MAX))
}

/// A key as it stands in a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
