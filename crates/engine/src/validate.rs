//! What keeps a workflow from being deployed: everything that can be known before it runs.

use crate::settings::{self, is_slug};
use crate::template::Renderer;
use crate::{Actions, Problem};
use portico_domain::nearest::did_you_mean;
use portico_domain::workflow::{Setting, Step, StepKind, Trigger, WorkflowDefinition};
use portico_domain::{ActionShape, Filter, InputType};
use serde_json::Value;

const MOST_STEPS: usize = 200;
const MOST_RETRIES: usize = 10;
/// The longest wait before a retry, in seconds: a day.
const LONGEST_WAIT: u64 = 86_400;
const ROOTS: [&str; 6] = ["trigger", "steps", "settings", "user", "account", "secrets"];

pub(crate) fn validate(
    renderer: &Renderer,
    workflow: &WorkflowDefinition,
    shared: &[Setting],
    actions: &dyn Actions,
) -> Vec<Problem> {
    let mut check = Check { renderer, workflow, shared, problems: Vec::new() };
    check.trigger();
    check.settings();
    check.steps(actions);
    check.problems
}

struct Check<'a> {
    renderer: &'a Renderer,
    workflow: &'a WorkflowDefinition,
    shared: &'a [Setting],
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(&mut self, pointer: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(pointer, message));
    }

    fn trigger(&mut self) {
        let Trigger::AppEvent { event } = &self.workflow.trigger else { return };
        if event.trim().is_empty() {
            self.problem("/trigger/event", "Name the event that starts this workflow.");
        }
    }

    fn settings(&mut self) {
        let own = &self.workflow.settings;
        self.problems.extend(settings::problems(self.renderer, own, self.shared, "/settings"));
    }

    fn steps(&mut self, actions: &dyn Actions) {
        let steps = &self.workflow.steps;
        if steps.is_empty() {
            self.problem("/steps", "A workflow needs a step.");
        }
        if steps.len() > MOST_STEPS {
            let most = format!("{} steps; a workflow has {MOST_STEPS} at most.", steps.len());
            self.problem("/steps", most);
        }
        let mut earlier = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let at = format!("/steps/{index}");
            self.step(step, &at, &earlier);
            let StepKind::Action { integration, action, inputs } = &step.kind else { continue };
            match actions.action(integration, action) {
                None => self.problem(
                    format!("{at}/action"),
                    format!("There is no action {action:?} of {integration:?}."),
                ),
                Some(shape) => self.inputs(inputs, shape, &at),
            }
            for (key, value) in inputs {
                self.templates(value, &format!("{at}/inputs/{key}"), &earlier);
            }
            earlier.push(step.id.as_str());
        }
    }

    fn step(&mut self, step: &Step, at: &str, earlier: &[&str]) {
        if !is_slug(&step.id) {
            let slug = "An id is lower-case letters, digits and _, beginning with a letter.";
            self.problem(format!("{at}/id"), slug);
        }
        if earlier.contains(&step.id.as_str()) {
            self.problem(format!("{at}/id"), format!("The id {:?} is used twice.", step.id));
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

    fn inputs(&mut self, inputs: &serde_json::Map<String, Value>, shape: &ActionShape, at: &str) {
        for input in shape.inputs.iter().filter(|input| input.required) {
            let empty = match inputs.get(&input.key) {
                None | Some(Value::Null) => true,
                Some(Value::String(text)) => text.trim().is_empty(),
                Some(_) => false,
            };
            if empty {
                let message = format!("The input {:?} ({}) is required.", input.key, input.title);
                self.problem(format!("{at}/inputs"), message);
            }
        }
        for input in shape.inputs.iter().filter(|input| input.kind == InputType::Filter) {
            let Some(written) = inputs.get(&input.key) else { continue };
            for problem in Filter::problems(written, |text| text.contains("{{")) {
                let at = format!("{at}/inputs/{}{}", input.key, problem.at);
                self.problem(at, problem.message);
            }
        }
        let keys: Vec<&str> = shape.inputs.iter().map(|input| input.key.as_str()).collect();
        for key in inputs.keys().filter(|key| !keys.contains(&key.as_str())) {
            let advice = did_you_mean(key, keys.iter().copied());
            let message = format!("{:?} has no input {key:?}.{advice}", shape.id);
            self.problem(format!("{at}/inputs/{key}"), message);
        }
    }

    fn templates(&mut self, value: &Value, at: &str, earlier: &[&str]) {
        match value {
            Value::String(text) => self.template(text, at, earlier),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.templates(item, &format!("{at}/{index}"), earlier);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    self.templates(item, &format!("{at}/{key}"), earlier);
                }
            }
            _ => {}
        }
    }

    fn template(&mut self, text: &str, at: &str, earlier: &[&str]) {
        if text.contains("{%") || text.contains("{#") {
            self.problem(at, "Only {{ … }} is understood here, not {% … %} or {# … #}.");
            return;
        }
        if !text.contains("{{") {
            return;
        }
        let references = match self.renderer.references(text) {
            Ok(references) => references,
            Err(why) => {
                self.problem(at, format!("{text} cannot be read: {why}."));
                return;
            }
        };
        let mut references: Vec<String> = references.into_iter().collect();
        references.sort();
        for reference in references {
            self.reference(&reference, at, earlier);
        }
    }

    fn reference(&mut self, reference: &str, at: &str, earlier: &[&str]) {
        let mut parts = reference.split('.');
        let root = parts.next().unwrap_or_default();
        let name = parts.next();
        match (root, name) {
            ("steps", Some(step)) if !earlier.contains(&step) => {
                let advice = did_you_mean(step, earlier.iter().copied());
                self.problem(at, format!("There is no earlier step {step:?}.{advice}"));
            }
            ("settings", Some(key)) => {
                let all = self.workflow.settings.iter().chain(self.shared);
                let keys: Vec<_> = all.map(|setting| setting.key.as_str()).collect();
                if !keys.contains(&key) {
                    let advice = did_you_mean(key, keys);
                    self.problem(at, format!("There is no setting {key:?}.{advice}"));
                }
            }
            (root, _) if !ROOTS.contains(&root) => {
                let advice = did_you_mean(root, ROOTS);
                self.problem(at, format!("{root:?} is unknown here.{advice}"));
            }
            _ => {}
        }
    }
}
