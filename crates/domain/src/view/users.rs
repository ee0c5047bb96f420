//! Connected users and their accounts.

use crate::credential::{CredentialStatus, LastCheck};
use crate::id::{ConfigurationId, ConnectedUserId, CredentialId, WorkflowId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A connected user in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSummary {
    /// Its id.
    pub id: ConnectedUserId,
    /// The host app's own id.
    pub external_id: String,
    /// `Name` of its metadata.
    pub name: Option<String>,
    /// `Email` of its metadata.
    pub email: Option<String>,
    /// Whether its calls are accepted.
    pub active: bool,
    /// Connected accounts.
    pub accounts: u64,
    /// Accounts that must be reconnected.
    pub invalid_accounts: u64,
    /// When it was last heard of.
    pub seen_at: Timestamp,
}

/// A connected user's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserDetail {
    /// As in the list.
    pub summary: UserSummary,
    /// Its metadata.
    pub meta: Map<String, Value>,
    /// Its accounts.
    pub accounts: Vec<AccountView>,
}

/// An account of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountView {
    /// Its id.
    pub credential_id: CredentialId,
    /// Its integration's type.
    pub integration: String,
    /// Its integration's name.
    pub integration_name: String,
    /// What a person reads: `ada@acme.com`.
    pub label: Option<String>,
    /// Its id at the provider.
    pub provider_id: Option<String>,
    /// Whether it can be used.
    pub status: CredentialStatus,
    /// Why not, in words.
    pub failure: Option<String>,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// When its token was last renewed.
    pub refreshed_at: Option<Timestamp>,
    /// When its provider last said whether it can be used.
    pub checked: Option<LastCheck>,
    /// The names of the workflows that are on.
    pub enabled_workflows: Vec<String>,
    /// Its addresses for those of them that a webhook starts.
    pub webhooks: Vec<WebhookAddress>,
}

/// An account's address for a workflow. Whoever knows it can start the workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookAddress {
    /// The workflow's name.
    pub workflow: String,
    /// Its id.
    pub workflow_id: WorkflowId,
    /// The configuration that has it on.
    pub configuration_id: ConfigurationId,
    /// Where to send a POST.
    pub url: String,
}
