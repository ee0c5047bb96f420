//! Failures as troubles: what failed in the same way, whoever's.

use crate::failure::Failure;
use crate::id::WorkflowId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Executions that failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureGroup {
    /// Their workflow.
    pub workflow_id: WorkflowId,
    /// Their workflow's name.
    pub workflow: String,
    /// What they have in common, with the workflow: [`Failure::key`].
    pub key: String,
    /// What people call the step that failed.
    pub step: String,
    /// The newest of the failures.
    pub failure: Failure,
    /// How many there are.
    pub count: u64,
    /// How many of them were replayed.
    pub replayed: u64,
    /// How many users they concern.
    pub users: u64,
    /// When the first one failed.
    pub first_at: Timestamp,
    /// When the newest one failed.
    pub last_at: Timestamp,
    /// How many failed over time, oldest first.
    pub over_time: Vec<u64>,
    /// What somebody said of them.
    pub state: FailureState,
}

/// What is thought of a trouble.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureState {
    /// It needs attention.
    #[default]
    Open,
    /// Known and left alone, until it concerns more users or another version.
    Ignored,
    /// Done with, until it occurs again.
    Resolved,
}

impl FailureState {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Ignored => "ignored",
            Self::Resolved => "resolved",
        }
    }
}

impl std::str::FromStr for FailureState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Open, Self::Ignored, Self::Resolved]
            .into_iter()
            .find(|own| own.name() == text)
            .ok_or_else(|| format!("{text:?} is no state of failures"))
    }
}
