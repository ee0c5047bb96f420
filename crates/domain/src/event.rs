//! What happened to a user, and its decision trace: "why didn't it run?" has an answer for every workflow.

use crate::id::{ConfigurationId, CredentialId, ExecutionId, WorkflowId};
use serde::{Deserialize, Serialize};

/// What was decided for one workflow and one configuration when an event came in.
///
/// There is one per (deployed workflow with this trigger × configuration of the user), and one
/// `not_connected` per workflow for which the user has no account at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The workflow that could have run.
    pub workflow_id: WorkflowId,
    /// The type of its integration: `salesforce`.
    #[serde(default)]
    pub integration: String,
    /// The account it would have run for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<CredentialId>,
    /// The configuration it would have run for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_id: Option<ConfigurationId>,
    /// The one reason.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What kind of happening an event is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSource {
    /// The host app sent it.
    #[default]
    AppEvent,
    /// The host app called a workflow's own address.
    Request,
    /// Somebody called an account's address for a workflow.
    Webhook,
    /// A clock.
    Schedule,
    /// It happened at a provider.
    Integration,
    /// An account was connected and set up.
    IntegrationEnabled,
}

impl EventSource {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::AppEvent,
        Self::Request,
        Self::Webhook,
        Self::Schedule,
        Self::Integration,
        Self::IntegrationEnabled,
    ];

    /// Its name in APIs and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AppEvent => "app_event",
            Self::Request => "request",
            Self::Webhook => "webhook",
            Self::Schedule => "schedule",
            Self::Integration => "integration",
            Self::IntegrationEnabled => "integration_enabled",
        }
    }

    /// What a person reads.
    pub const fn title(self) -> &'static str {
        match self {
            Self::AppEvent => "App Event",
            Self::Request => "Request",
            Self::Webhook => "Webhook",
            Self::Schedule => "Schedule",
            Self::Integration => "Provider",
            Self::IntegrationEnabled => "Account connected",
        }
    }
}

impl std::str::FromStr for EventSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|source| source.name() == text);
        found.ok_or_else(|| format!("{text:?} is no source of events"))
    }
}

/// Why a workflow ran, or did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It runs.
    Started {
        /// The execution.
        #[serde(rename = "executionId")]
        execution_id: ExecutionId,
    },
    /// The user has it switched off.
    Disabled,
    /// The user has no account of its integration.
    NotConnected,
    /// The account is no longer accepted by the provider.
    CredentialInvalid,
    /// A required setting has no value.
    SettingMissing {
        /// The setting's title.
        setting: String,
    },
    /// The workflow is not for this user.
    PermissionUnmet,
    /// For whom the workflow is could not be decided; it ran for nobody.
    PermissionFailed {
        /// Why, in words.
        reason: String,
    },
    /// The workflow starts only on some of these, and this is none of them.
    FilterFalse,
    /// Whether the workflow starts on this could not be decided; it did not.
    FilterFailed {
        /// Why, in words.
        reason: String,
    },
}
