//! Workflow documents: one JSON shape for the draft, for every deployed version and for files.
//!
//! A workflow is a tree: a list of steps, some of which hold lists of steps. It belongs to one
//! integration; a step names the integration it calls. An input that is a string is a template,
//! anything else is a literal.

pub use crate::setting::{Setting, SettingKind, SettingOption};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The only document format so far. An unknown one is refused.
pub const FORMAT: u32 = 1;

/// A workflow as written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkflowDefinition {
    /// [`FORMAT`].
    pub format: u32,
    /// What starts it.
    pub trigger: Trigger,
    /// The questions it asks the end user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// How it appears in the portal.
    #[serde(default)]
    pub options: WorkflowOptions,
}

impl WorkflowDefinition {
    /// The types of the integrations that it calls, one per step.
    pub fn integrations(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| match &step.kind {
            StepKind::Action { integration, .. } => integration.as_str(),
        })
    }
}

/// What starts a workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// The host app sent an event of this name.
    AppEvent {
        /// The event's name, as defined in the project.
        event: String,
    },
}

impl Trigger {
    /// The App Event that starts the workflow, if one does.
    pub fn app_event(&self) -> Option<&str> {
        match self {
            Self::AppEvent { event } => Some(event),
        }
    }
}

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

/// What a step does.
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

/// How a workflow appears in the portal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkflowOptions {
    /// What the end user reads under its name.
    pub description: String,
    /// On for accounts that connect from now on.
    pub default_enabled: bool,
    /// Not shown in the portal.
    pub hidden: bool,
    /// Its place in the portal, smallest first.
    pub order: i64,
}
