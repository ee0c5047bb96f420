//! Event destinations: addresses that hear of what happens in a project.

use crate::id::DestinationId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a destination can hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HappeningKind {
    /// An execution failed for good.
    #[serde(rename = "execution.failed")]
    ExecutionFailed,
    /// A provider no longer accepts an account.
    #[serde(rename = "credential.failed")]
    CredentialFailed,
    /// An account was connected, or connected again.
    #[serde(rename = "credential.connected")]
    CredentialConnected,
    /// An account was disconnected.
    #[serde(rename = "credential.disconnected")]
    CredentialDisconnected,
    /// A workflow was deployed.
    #[serde(rename = "workflow.deployed")]
    WorkflowDeployed,
    /// Nothing happened: somebody tries the destination.
    #[serde(rename = "test")]
    Test,
}

impl HappeningKind {
    /// Every kind that can be chosen.
    pub const CHOSEN: [Self; 5] = [
        Self::ExecutionFailed,
        Self::CredentialFailed,
        Self::CredentialConnected,
        Self::CredentialDisconnected,
        Self::WorkflowDeployed,
    ];

    /// Its name in messages and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExecutionFailed => "execution.failed",
            Self::CredentialFailed => "credential.failed",
            Self::CredentialConnected => "credential.connected",
            Self::CredentialDisconnected => "credential.disconnected",
            Self::WorkflowDeployed => "workflow.deployed",
            Self::Test => "test",
        }
    }

    /// What people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ExecutionFailed => "An execution failed",
            Self::CredentialFailed => "An account is no longer accepted",
            Self::CredentialConnected => "An account was connected",
            Self::CredentialDisconnected => "An account was disconnected",
            Self::WorkflowDeployed => "A workflow was deployed",
            Self::Test => "A test",
        }
    }
}

impl std::str::FromStr for HappeningKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::CHOSEN
            .into_iter()
            .chain([Self::Test])
            .find(|own| own.name() == text)
            .ok_or_else(|| format!("{text:?} is nothing that a destination hears of"))
    }
}

/// A destination, without its secret and without the values of its headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationView {
    /// Its id.
    pub id: DestinationId,
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// What it hears of.
    pub kinds: Vec<HappeningKind>,
    /// The names of its own headers.
    pub headers: Vec<String>,
    /// Whether anything is sent to it.
    pub active: bool,
    /// Why it was switched off, if it was not by a person.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A destination as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationForm {
    /// What people call it.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// What it hears of.
    pub kinds: Vec<HappeningKind>,
    /// Its own headers, a line each: `name: value`. They are sealed, and never shown again.
    pub headers: String,
}

/// A destination that was made, or whose secret is new: the secret is shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationSecret {
    /// Which.
    pub id: DestinationId,
    /// What signs: `whsec_…`.
    pub secret: String,
}

impl std::fmt::Debug for DestinationSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DestinationSecret({})", self.id)
    }
}

/// A message and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryView {
    /// The message's id.
    pub message: String,
    /// What it tells of.
    pub kind: HappeningKind,
    /// When that happened.
    pub happened_at: Timestamp,
    /// Whether it has arrived: `waiting`, `delivered`, `failed`.
    pub state: String,
    /// How often it was sent.
    pub attempts: u64,
    /// When it is sent again.
    pub due_at: Option<Timestamp>,
    /// The last answer's status.
    pub status: Option<u16>,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// What is sent.
    pub body: Option<String>,
}
