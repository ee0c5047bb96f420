//! Workflows and the events that start them.

use crate::id::{EventId, WorkflowId};
use crate::schema::{Difference, SchemaCheck};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A workflow in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSummary {
    /// Its id.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
    /// The type of its integration.
    pub integration: String,
    /// Its integration's name.
    pub integration_name: String,
    /// What starts it, for people: the name of an event, a schedule, what happens at the provider.
    pub starts: String,
    /// The deployed version, if it is deployed.
    pub deployed_version: Option<i64>,
    /// Whether the draft differs from what is deployed.
    pub changed: bool,
}

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProblem {
    /// The line, counted from 1; 0 if it is about the whole.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// What saving a draft answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Saved {
    /// It is stored.
    Stored {
        /// The new revision.
        revision: i64,
        /// What keeps it from being deployed.
        problems: Vec<FileProblem>,
    },
    /// It cannot be read; nothing was stored.
    Unreadable {
        /// Why.
        problems: Vec<FileProblem>,
    },
}

/// An App Event as defined in the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppEventView {
    /// Its name.
    pub name: String,
    /// An example payload.
    pub example: Value,
    /// Deployed workflows that it starts.
    pub workflows: u64,
    /// What its payloads are held to, and how they kept it.
    #[serde(default)]
    pub contract: EventContract,
}

/// What an event's payloads are held to, who counts on it, and how they kept it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventContract {
    /// Its JSON Schema.
    pub schema: Option<Value>,
    /// What happens with payloads that do not fit.
    pub check: SchemaCheck,
    /// The workflows that name it, deployed or not.
    pub used_by: Vec<EventUser>,
    /// In what payloads differed and nobody has said that it is fine, newest first.
    pub drifts: Vec<DriftView>,
    /// How many of those are kept: where there are as many, others are not told.
    pub most_drifts: u64,
    /// What the schema has refused since it was written, if it has.
    pub refusals: Option<EventRefusalsView>,
}

/// Payloads that a schema has refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRefusalsView {
    /// How many.
    pub count: u64,
    /// When the first of them came.
    pub first_at: Timestamp,
    /// When the last one did.
    pub last_at: Timestamp,
    /// Why that was refused.
    pub differences: Vec<Difference>,
}

/// A workflow that an event starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventUser {
    /// Its id.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
}

/// In what a payload differed from what is expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DriftView {
    /// What to name when it is dismissed.
    pub key: String,
    /// The first event that differed so.
    pub event: EventId,
    /// When it came in.
    pub first_at: Timestamp,
    /// In what.
    pub difference: Difference,
}

/// An event name that came in without being defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownEventView {
    /// The name.
    pub name: String,
    /// How often.
    pub count: i64,
    /// When last.
    pub last_at: Timestamp,
}
