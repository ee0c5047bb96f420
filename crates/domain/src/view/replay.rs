//! Replays: what can be chosen, what will happen, what became of many.

use crate::execution::{ExecutionStatus, StepPath};
use crate::id::{ExecutionId, ReplayBatchId, WorkflowId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How an execution is to be repeated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplayChoice {
    /// The step from which everything is done again; absent: from the start.
    #[serde(default)]
    pub from: Option<StepPath>,
    /// On which version.
    #[serde(default)]
    pub version: ReplayVersion,
    /// What it begins with instead of what it began with.
    #[serde(default)]
    pub input: Option<Map<String, Value>>,
}

/// The version on which a replay runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayVersion {
    /// The one that the repeated execution ran on.
    #[default]
    Original,
    /// The one that is deployed now.
    Deployed,
}

impl ReplayVersion {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Original => "original",
            Self::Deployed => "deployed",
        }
    }
}

impl std::str::FromStr for ReplayVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Original, Self::Deployed]
            .into_iter()
            .find(|own| own.name() == text)
            .ok_or_else(|| format!("{text:?} is no version of a replay"))
    }
}

/// What a replay would do, before it is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayPreview {
    /// The id that the new execution will have: asking twice with it begins one.
    pub key: ExecutionId,
    /// The version that it would run on.
    pub version: i64,
    /// How many steps stand as they were.
    pub recalled: u64,
    /// What may have changed something outside and would be done once more.
    pub again: Vec<DoneAgain>,
}

/// A step that is done once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneAgain {
    /// Which.
    pub path: StepPath,
    /// What people call it.
    pub title: String,
    /// When it was done, or may have been.
    pub at: Timestamp,
    /// Whether it is known to have been done.
    pub certain: bool,
}

/// A replay, seen from the execution that it repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayLink {
    /// Its id.
    pub id: ExecutionId,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// When it began.
    pub started_at: Timestamp,
}

/// Which executions are to be repeated at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "select", rename_all = "snake_case")]
pub enum ReplaySelection {
    /// These.
    Executions {
        /// Their ids.
        ids: Vec<ExecutionId>,
    },
    /// Those with this trouble that were not replayed yet.
    Failures {
        /// Of this workflow.
        workflow: WorkflowId,
        /// With this key.
        key: String,
    },
}

/// Where each of many replays begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayBeginning {
    /// At its first step.
    Start,
    /// At the step that failed.
    #[default]
    FailedStep,
}

impl ReplayBeginning {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::FailedStep => "failed_step",
        }
    }
}

impl std::str::FromStr for ReplayBeginning {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Start, Self::FailedStep]
            .into_iter()
            .find(|own| own.name() == text)
            .ok_or_else(|| format!("{text:?} is no beginning of a replay"))
    }
}

/// What many replays would do, before they are done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchPreview {
    /// The id that the batch will have: asking twice with it makes one.
    pub key: ReplayBatchId,
    /// How many executions would be repeated.
    pub count: u64,
    /// Of how many of them the rest tells: the newest.
    pub looked_at: u64,
    /// What would be done once more, by step.
    pub again: Vec<CountedAgain>,
    /// Why some of them would be refused, with how many.
    pub refused: Vec<CountedReason>,
}

/// A step that would be done once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedAgain {
    /// What people call it.
    pub title: String,
    /// In how many executions it is known to have been done.
    pub certain: u64,
    /// In how many nobody knows.
    pub uncertain: u64,
}

/// A reason, and how often it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedReason {
    /// In words.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// What became of many replays so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayBatchView {
    /// Its id.
    pub id: ReplayBatchId,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When the last one was begun or refused.
    pub ended_at: Option<Timestamp>,
    /// How many there are.
    pub total: u64,
    /// How many still wait for their turn.
    pub waiting: u64,
    /// How many have begun.
    pub started: u64,
    /// Of these, how many have succeeded.
    pub succeeded: u64,
    /// Of these, how many have failed again.
    pub failed: u64,
    /// Why the others were refused.
    pub refused: Vec<CountedReason>,
}
