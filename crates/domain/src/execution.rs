//! Executions: their states and their append-only history.

use crate::failure::Failure;
use crate::lane::Waited;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where an execution stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Something of it is queued or under way.
    Running,
    /// Every step ended well, or was allowed to fail.
    Succeeded,
    /// A step failed for good.
    Failed,
    /// It was stopped from outside.
    Cancelled,
}

impl ExecutionStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// Its name in APIs and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Running)
    }
}

impl std::str::FromStr for ExecutionStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .ok_or_else(|| format!("{text:?} is not an execution status"))
    }
}

/// Where a step stands in a running workflow: its id, behind the rounds of the loops that hold
/// it (`each.3/send`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepPath(pub String);

impl StepPath {
    /// The id of the step that stands there.
    pub fn step(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(_, step)| step)
    }
}

impl std::fmt::Display for StepPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of an execution's history. History is only ever appended to; an execution's state is
/// the fold of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What can stand in a history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The execution began, with what templates can see beside the trigger's payload.
    Started {
        /// Settings, user and account as they were at that moment.
        scope: Scope,
    },
    /// A step was reached and its inputs rendered; its first attempt is commanded.
    StepStarted {
        /// Which step.
        path: StepPath,
        /// The inputs as they will be sent, secrets shown as `•••`.
        input: Rendered,
    },
    /// An attempt ended well, and with it the step.
    StepSucceeded {
        /// Which step.
        path: StepPath,
        /// Counted from 1.
        attempt: u32,
        /// How the call went.
        call: Call,
        /// What the action answered.
        output: Value,
    },
    /// An attempt failed and another one will be made.
    AttemptFailed {
        /// Which step.
        path: StepPath,
        /// Counted from 1.
        attempt: u32,
        /// How the call went.
        call: Call,
        /// The verdict.
        failure: Failure,
        /// When the next attempt is due.
        retry_at: Timestamp,
    },
    /// A step failed for good: its last attempt, or its inputs could not be rendered (attempt 0).
    StepFailed {
        /// Which step.
        path: StepPath,
        /// Counted from 1; 0 if there was no call.
        attempt: u32,
        /// How the call went, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<Call>,
        /// The verdict.
        failure: Failure,
    },
    /// A condition was looked at: which way it goes.
    Decided {
        /// Which step.
        path: StepPath,
        /// Whether it holds.
        holds: bool,
    },
    /// A fan-out was reached: a round of its steps begins for every item.
    FannedOut {
        /// Which step.
        path: StepPath,
        /// The items, in the order of the rounds.
        items: Vec<Value>,
    },
    /// A step ended well by itself, without an attempt: a fan-out whose rounds are done, a response.
    Concluded {
        /// Which step.
        path: StepPath,
        /// What it brought.
        output: Value,
    },
    /// What an earlier execution brought stands: the step is not carried out again.
    Recalled(Recalled),
    /// Nothing more will happen.
    Finished {
        /// [`ExecutionStatus::Succeeded`] or [`ExecutionStatus::Failed`].
        status: ExecutionStatus,
    },
    /// It was stopped from outside.
    Cancelled {
        /// Why: `disconnected`.
        reason: String,
    },
}

/// What is known of a step from the execution that is replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// Which step.
    pub path: StepPath,
    /// When it was done, however many replays ago.
    pub happened_at: Timestamp,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Recollection,
}

/// What came of a step, as a replay recalls it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Recollection {
    /// A condition: which way it went.
    Decided {
        /// Whether it held.
        holds: bool,
    },
    /// A fan-out, in one of whose rounds the replay begins.
    FannedOut {
        /// The items, in the order of the rounds.
        items: Vec<Value>,
    },
    /// It ended well.
    Succeeded {
        /// What it brought.
        output: Value,
    },
    /// It failed, and was allowed to.
    Failed {
        /// The verdict.
        failure: Failure,
    },
}

/// What templates can see beside the trigger's payload and earlier steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// The answers of the end user, integration-level and workflow-level together.
    pub settings: Map<String, Value>,
    /// The settings whose answers are sealed: templates can name them, nobody can see them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<String>,
    /// `id` and `meta` of the connected user.
    pub user: Map<String, Value>,
    /// `id`, `provider_id` and public facts of the account.
    pub account: Map<String, Value>,
}

/// Inputs with their templates rendered. Secrets are holes: shown as `•••` here, filled by the
/// worker just before sending.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rendered {
    /// The inputs.
    pub json: Map<String, Value>,
    /// Where a secret belongs: JSON pointer into `json`, and the secret's name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holes: Vec<Hole>,
}

/// A place in rendered inputs where a secret belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hole {
    /// A JSON pointer.
    pub pointer: String,
    /// The secret: `secrets.api_key` or `account.access_token`.
    pub secret: String,
}

/// How a call went, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it was sent.
    pub sent_at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// `POST https://acme.my.salesforce.com/services/data/v66.0/sobjects/Lead`, without secrets. Of an
    /// answer in pages, the first page's.
    pub request: String,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many pages were read, where the answer comes in pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// The wait for a limit of the provider before it, if there was a noticeable one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<Waited>,
}
