//! Workflow documents: one JSON shape for the draft, for every deployed version and for files.
//!
//! A workflow is a tree: a list of steps, some of which hold lists of steps. It belongs to one
//! integration; a step names the integration it calls. An input that is a string is a template,
//! anything else is a literal.

mod rule;
mod shape;
mod step;

pub use crate::setting::{Setting, SettingKind, SettingOption};
pub use rule::{Comparison, Operands, Rule, Rules};
pub use shape::{builtin_shape, trigger_outputs};
pub use step::{Branch, OnFailure, Placed, Step, StepKind, USUAL_PARALLEL};

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
    /// It starts only if this holds of `trigger`, `settings`, `user` and `account`; empty: always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_if: Rules,
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
    /// Every step with the place where it is written, in the order in which a person reads them: a step,
    /// then those that it holds.
    pub fn walk(&self) -> Vec<Placed<'_>> {
        step::walk(&self.steps)
    }

    /// A step by its id, wherever it stands.
    pub fn step(&self, id: &str) -> Option<&Step> {
        step::find(&self.steps, id)
    }

    /// The types of the integrations that it calls or hears of, one per place that names one.
    pub fn integrations(&self) -> impl Iterator<Item = &str> {
        let heard = match &self.trigger {
            Trigger::Integration { integration, .. } => Some(integration.as_str()),
            _ => None,
        };
        let called = self.walk().into_iter().filter_map(|placed| placed.step.kind.integration());
        heard.into_iter().chain(called)
    }
}

/// What starts a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// The host app sent an event of this name. `trigger` is its payload.
    AppEvent {
        /// The event's name, as defined in the project.
        event: String,
    },
    /// The host app called the workflow's own address for a user. `trigger` is `{body, query, headers}`.
    Request {
        /// What a request must carry; empty: anything is taken.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<RequestField>,
    },
    /// Somebody called the address that an account has for the workflow. `trigger` is `{body, query, headers}`.
    Webhook {
        /// What a call must carry; empty: anything is taken.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<RequestField>,
    },
    /// A clock, for every user who has it on. `trigger` is `{scheduled_at}`.
    Scheduler {
        /// Six fields, seconds first: `0 0 9 * * Mon`; or five without seconds.
        cron: String,
        /// An IANA name: `Europe/Vienna`.
        #[serde(default = "utc")]
        time_zone: String,
    },
    /// Something happened at the provider. `trigger` is as the integration's trigger declares.
    Integration {
        /// The integration's type: `salesforce`.
        integration: String,
        /// The trigger's id: `record_created`.
        trigger: String,
        /// What narrows it.
        #[serde(default)]
        inputs: Map<String, Value>,
    },
    /// An account was connected and every required setting is filled: once per account. `trigger` is empty.
    IntegrationEnabled {},
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Trigger {
    /// The App Event that starts the workflow, if one does.
    pub fn app_event(&self) -> Option<&str> {
        match self {
            Self::AppEvent { event } => Some(event),
            _ => None,
        }
    }

    /// What a call must carry, if a call starts the workflow: then there is somebody to answer.
    pub fn called_with(&self) -> Option<&[RequestField]> {
        match self {
            Self::Request { fields } | Self::Webhook { fields } => Some(fields),
            _ => None,
        }
    }

    /// Its kind, as it is written.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::AppEvent { .. } => "app_event",
            Self::Request { .. } => "request",
            Self::Webhook { .. } => "webhook",
            Self::Scheduler { .. } => "scheduler",
            Self::Integration { .. } => "integration",
            Self::IntegrationEnabled {} => "integration_enabled",
        }
    }
}

/// One thing that a request to a workflow's address must carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestField {
    /// Where it stands.
    #[serde(rename = "in")]
    pub place: RequestPlace,
    /// Its name; of a header in lower case.
    pub name: String,
    /// Its type, for those in the body.
    #[serde(rename = "type", default)]
    pub kind: RequestType,
    /// Whether a request without it is refused.
    #[serde(default)]
    pub required: bool,
    /// The only value that is taken, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
}

/// Where a request carries something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestPlace {
    /// A key of the JSON body.
    #[default]
    Body,
    /// A parameter of the address.
    Query,
    /// A header.
    Header,
}

/// The type of something in a request's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestType {
    /// Anything.
    #[default]
    Any,
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A JSON object.
    Object,
    /// A JSON array.
    Array,
}

/// How a workflow appears in the portal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Only users of whom this holds (over `user`) see it and can run it; empty: everybody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Rules,
}
