//! What happened: events, executions.

use crate::event::{Decision, EventSource};
use crate::execution::{Entry, ExecutionStatus, StepPath};
use crate::failure::Failure;
use crate::id::{ConnectedUserId, EventId, ExecutionId, WorkflowId};
use crate::time::Timestamp;
use crate::view::ReplayLink;
use crate::workflow::WorkflowDefinition;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Where the next page begins; absent on the last.
    pub next: Option<String>,
}

/// An execution in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionSummary {
    /// Its id.
    pub id: ExecutionId,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// Its workflow's name.
    pub workflow: String,
    /// The user it ran for, by the host app's own id.
    pub user: String,
    /// The user's id here.
    pub user_id: ConnectedUserId,
    /// The event that started it.
    pub event_id: EventId,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// An execution's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExecutionDetail {
    /// As in the list.
    pub summary: ExecutionSummary,
    /// The version it runs on.
    pub workflow_version: i64,
    /// That version's definition.
    pub definition: WorkflowDefinition,
    /// The account it runs for.
    pub account: Option<String>,
    /// The event's name.
    pub event_name: String,
    /// The event's payload.
    pub payload: Value,
    /// Its history.
    pub history: Vec<Entry>,
    /// Steps that wait for a limit of the provider.
    pub waiting: Vec<WaitingStep>,
    /// The execution that it repeats.
    pub replay_of: Option<ExecutionId>,
    /// The newest executions that repeat it.
    pub replays: Vec<ReplayLink>,
    /// The version that is deployed now.
    pub deployed_version: Option<i64>,
}

/// A step that waits for a limit of the provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingStep {
    /// Which step.
    pub path: StepPath,
    /// The limit, in words.
    pub limit: String,
    /// When its turn comes; `None`: when another call ends.
    pub until: Option<Timestamp>,
}

/// An event in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventSummary {
    /// Its id.
    pub id: EventId,
    /// Its name.
    pub name: String,
    /// What kind of happening it is.
    #[serde(default)]
    pub source: EventSource,
    /// The user it came from, by the host app's own id.
    pub user: String,
    /// The user's id here.
    pub user_id: ConnectedUserId,
    /// When it was received.
    pub received_at: Timestamp,
    /// How many executions it started.
    pub started: u64,
    /// How many workflows could have run.
    pub considered: u64,
}

/// An event's page: what came in and what was decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventDetail {
    /// As in the list.
    pub summary: EventSummary,
    /// What was sent.
    pub payload: Value,
    /// One decision per workflow and configuration, with the names a person knows.
    pub decisions: Vec<NamedDecision>,
}

/// A decision with names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDecision {
    /// The decision.
    pub decision: Decision,
    /// The workflow's name.
    pub workflow: String,
    /// The account's label.
    pub account: Option<String>,
}

/// Which executions are asked for: as the address of the page says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionsAsked {
    /// Of this user.
    pub user: Option<String>,
    /// Of this workflow.
    pub workflow: Option<String>,
    /// In this state.
    pub status: Option<String>,
    /// Failed in this way.
    pub failure: Option<String>,
    /// Of workflows of this integration.
    pub integration: Option<String>,
    /// Begun on this day or later: `2026-11-28`, UTC.
    pub since: Option<String>,
    /// Begun on this day or earlier.
    pub until: Option<String>,
    /// After this one.
    pub after: Option<String>,
}
