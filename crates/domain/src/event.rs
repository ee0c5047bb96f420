//! App Events and their decision trace: "why didn't it run?" has an answer for every workflow.

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
    /// The workflow starts only on some of these, and this is none of them.
    FilterFalse,
}
