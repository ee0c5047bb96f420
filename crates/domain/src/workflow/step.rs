//! Steps: what a workflow does, and the branches that some of them hold.

use super::rule::Rules;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many rounds of a fan-out are under way at once unless it says otherwise.
pub const USUAL_PARALLEL: u32 = 10;

/// One step. (serde cannot refuse unknown keys beside a flattened enum; validation does.)
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// A slug, unique in the workflow: the name in `steps.<id>`.
    pub id: String,
    /// What people read.
    pub title: String,
    /// What it does.
    #[serde(flatten)]
    pub kind: StepKind,
    /// The waits before each retry in seconds; absent means the usual ones, empty means none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Vec<u64>>,
    /// What happens when it fails for good.
    #[serde(default)]
    pub on_failure: OnFailure,
}

/// What a step does. What its inputs are is said by the action's shape, or by
/// [`builtin_shape`](super::builtin_shape).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepKind {
    /// Calls an action of an integration.
    Action {
        /// The integration's type: `salesforce`.
        integration: String,
        /// The action's id: `create_record`.
        action: String,
        /// Its inputs: strings are templates, anything else is a literal.
        #[serde(default)]
        inputs: Map<String, Value>,
    },
    /// Sends a request to any address on the web.
    Request {
        /// `method`, `url`, `query`, `headers`, `body`, `auth`.
        #[serde(default)]
        inputs: Map<String, Value>,
    },
    /// Runs JavaScript. Its output is `{result, logs}`.
    Function {
        /// What the code sees as its first argument, under names of one's own.
        #[serde(default)]
        inputs: Map<String, Value>,
        /// A function that is called with the inputs: `function run(inputs) { … }`.
        code: String,
    },
    /// Waits.
    Delay {
        /// `amount` and `unit`.
        #[serde(default)]
        inputs: Map<String, Value>,
    },
    /// Answers the request that started the workflow.
    Response {
        /// `status`, `headers`, `body`.
        #[serde(default)]
        inputs: Map<String, Value>,
    },
    /// Goes one of two ways, which meet again below. Its output is `{holds}`.
    Condition {
        /// What decides.
        rules: Rules,
        /// The way if it holds.
        #[serde(default)]
        then: Vec<Step>,
        /// The way if it does not.
        #[serde(default, rename = "else")]
        otherwise: Vec<Step>,
    },
    /// Does the same for every item of an array, several at once. Its output is `{items}`: for each item the
    /// outputs of the steps in it, by their ids.
    FanOut {
        /// `items`.
        #[serde(default)]
        inputs: Map<String, Value>,
        /// How many rounds are under way at once; absent means [`USUAL_PARALLEL`], 1 means one after the other.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parallel: Option<u32>,
        /// What is done; `item` is the item, `index` its place.
        #[serde(default)]
        body: Vec<Step>,
    },
}

impl StepKind {
    /// Its kind, as it is written.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Action { .. } => "action",
            Self::Request { .. } => "request",
            Self::Function { .. } => "function",
            Self::Delay { .. } => "delay",
            Self::Response { .. } => "response",
            Self::Condition { .. } => "condition",
            Self::FanOut { .. } => "fan_out",
        }
    }

    /// The integration that it calls.
    pub fn integration(&self) -> Option<&str> {
        match self {
            Self::Action { integration, .. } => Some(integration),
            _ => None,
        }
    }

    /// Its inputs; a condition has rules instead.
    pub fn inputs(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Action { inputs, .. }
            | Self::Request { inputs }
            | Self::Function { inputs, .. }
            | Self::Delay { inputs }
            | Self::Response { inputs }
            | Self::FanOut { inputs, .. } => Some(inputs),
            Self::Condition { .. } => None,
        }
    }

    /// The same, to be changed.
    pub fn inputs_mut(&mut self) -> Option<&mut Map<String, Value>> {
        match self {
            Self::Action { inputs, .. }
            | Self::Request { inputs }
            | Self::Function { inputs, .. }
            | Self::Delay { inputs }
            | Self::Response { inputs }
            | Self::FanOut { inputs, .. } => Some(inputs),
            Self::Condition { .. } => None,
        }
    }

    /// The lists of steps that it holds.
    pub fn branches(&self) -> Vec<(Branch, &Vec<Step>)> {
        match self {
            Self::Condition { then, otherwise, .. } => {
                vec![(Branch::Then, then), (Branch::Else, otherwise)]
            }
            Self::FanOut { body, .. } => vec![(Branch::Body, body)],
            _ => Vec::new(),
        }
    }

    /// One of them, to be changed.
    pub fn branch_mut(&mut self, branch: Branch) -> Option<&mut Vec<Step>> {
        match (self, branch) {
            (Self::Condition { then, .. }, Branch::Then) => Some(then),
            (Self::Condition { otherwise, .. }, Branch::Else) => Some(otherwise),
            (Self::FanOut { body, .. }, Branch::Body) => Some(body),
            _ => None,
        }
    }
}

/// A list of steps that a step holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Branch {
    /// Of a condition: it holds.
    Then,
    /// Of a condition: it does not hold.
    Else,
    /// Of a fan-out: for every item.
    Body,
}

impl Branch {
    /// Its key in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Then => "then",
            Self::Else => "else",
            Self::Body => "body",
        }
    }
}

/// What happens when a step fails for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The execution fails.
    #[default]
    Stop,
    /// The next step runs; the failure stands in `steps.<id>.error`.
    Continue,
}

/// A step and where it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed<'a> {
    /// The step.
    pub step: &'a Step,
    /// JSON pointer (RFC 6901) into the document: `/steps/0/then/1`.
    pub pointer: String,
    /// The steps that hold it, the outermost first, each with the branch it stands in.
    pub within: Vec<(&'a Step, Branch)>,
}

pub(super) fn walk(steps: &[Step]) -> Vec<Placed<'_>> {
    let mut found = Vec::new();
    list(steps, "/steps", &[], &mut found);
    found
}

fn list<'a>(
    steps: &'a [Step],
    at: &str,
    within: &[(&'a Step, Branch)],
    found: &mut Vec<Placed<'a>>,
) {
    for (index, step) in steps.iter().enumerate() {
        let pointer = format!("{at}/{index}");
        found.push(Placed { step, pointer: pointer.clone(), within: within.to_vec() });
        for (branch, steps) in step.kind.branches() {
            let mut inner = within.to_vec();
            inner.push((step, branch));
            list(steps, &format!("{pointer}/{}", branch.name()), &inner, found);
        }
    }
}

pub(super) fn find<'a>(steps: &'a [Step], id: &str) -> Option<&'a Step> {
    steps.iter().find_map(|step| {
        if step.id == id {
            return Some(step);
        }
        step.kind.branches().into_iter().find_map(|(_, steps)| find(steps, id))
    })
}

#[cfg(test)]
mod tests {
    use crate::workflow::{Branch, WorkflowDefinition};
    use serde_json::json;

    #[test]
    fn a_step_is_found_wherever_it_stands_and_says_where() {
        let workflow: WorkflowDefinition = serde_json::from_value(json!({
            "format": 1,
            "trigger": { "kind": "integration_enabled" },
            "steps": [
                { "id": "if", "title": "If", "kind": "condition", "rules": [], "then": [
                    { "id": "each", "title": "Each", "kind": "fan_out", "body": [
                        { "id": "wait", "title": "Wait", "kind": "delay" },
                    ] },
                ] },
            ],
        }))
        .expect("a workflow");
        let walked = workflow.walk();
        let placed = &walked[2];
        assert_eq!(
            (placed.step.id.as_str(), placed.pointer.as_str()),
            ("wait", "/steps/0/then/0/body/0")
        );
        let within: Vec<_> =
            placed.within.iter().map(|(step, branch)| (step.id.as_str(), *branch)).collect();
        assert_eq!(within, [("if", Branch::Then), ("each", Branch::Body)]);
        assert_eq!(workflow.step("wait"), Some(placed.step));
        assert_eq!(workflow.step("gone"), None);
    }
}
