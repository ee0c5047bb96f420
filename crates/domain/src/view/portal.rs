//! What the portal shows.

use super::integrations::{AccountTypeView, CredentialField};
use crate::action::Choice;
use crate::credential::{CredentialStatus, LastCheck};
use crate::id::{AuthorizationId, ConfigurationId, CredentialId, IntegrationId, WorkflowId};
use crate::time::Timestamp;
use crate::workflow::Setting;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the portal shows, whole: rendered on the server, live in the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalView {
    /// The integration it is about.
    pub integration: PortalIntegration,
    /// The user's accounts of it, oldest first.
    pub accounts: Vec<PortalAccount>,
    /// The one page that frames it and hears from it.
    pub origin: String,
    /// How it was opened.
    pub options: PortalOptions,
}

/// How a portal is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortalOptions {
    /// The account type that is chosen already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_type: Option<String>,
    /// The account it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<CredentialId>,
    /// The configuration it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_id: Option<ConfigurationId>,
    /// `light`, `dark` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// A BCP 47 tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// `overview` or `configuration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tab: Option<String>,
}

/// The integration as the portal shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalIntegration {
    /// Its id.
    pub id: IntegrationId,
    /// Its type.
    pub kind: String,
    /// Where its icon is, under the path of `public_url`.
    pub icon: String,
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// The Overview tab, as HTML made from Markdown.
    pub overview_html: String,
    /// What it will be able to do, in plain words.
    pub abilities: Vec<String>,
    /// The kinds of account there are to choose from.
    pub account_types: Vec<AccountTypeView>,
    /// What is entered to connect; empty where one signs in at the provider.
    pub fields: Vec<CredentialField>,
    /// The questions that its workflows share.
    #[serde(default)]
    pub settings: Vec<Setting>,
}

/// A choice that was made before and is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LostChoice {
    /// The workflow that asked; absent: its integration did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_id: Option<WorkflowId>,
    /// The key of the setting.
    pub setting: String,
    /// What to do, in words.
    pub message: String,
}

/// A page of choices for a setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChoicesView {
    /// In the provider's order.
    pub choices: Vec<Choice>,
    /// For the next page; absent at the end. A page can be empty and not the last.
    pub next: Option<String>,
    /// Whether the provider searches; if not, everything is loaded to be searched.
    pub provider_searches: bool,
}

/// An account as the portal shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalAccount {
    /// Its id.
    pub credential_id: CredentialId,
    /// Its default configuration.
    pub configuration_id: ConfigurationId,
    /// What a person reads.
    pub label: Option<String>,
    /// Its kind.
    pub account_type: String,
    /// Whether it can be used.
    pub status: CredentialStatus,
    /// Why not, in words.
    pub failure: Option<String>,
    /// When its provider last said whether it can be used.
    pub checked: Option<LastCheck>,
    /// The answers to the questions that its workflows share; `true` for one that is not shown.
    #[serde(default)]
    pub values: Map<String, Value>,
    /// What chosen values were called when they were chosen.
    #[serde(default)]
    pub labels: Map<String, Value>,
    /// Its workflows in their order.
    pub workflows: Vec<PortalWorkflow>,
}

/// A workflow as the portal shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalWorkflow {
    /// Its id.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The account's address for it, if a webhook starts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// Its questions.
    pub settings: Vec<Setting>,
    /// The answers so far; `true` for one that is not shown.
    pub values: Map<String, Value>,
    /// What chosen values were called when they were chosen.
    pub labels: Map<String, Value>,
}

/// An authorization that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationTicket {
    /// Its id.
    pub id: AuthorizationId,
    /// The start ticket: once, 60 seconds.
    pub ticket: String,
    /// When the ticket ends.
    pub expires_at: Timestamp,
}

/// How an authorization stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationStatusView {
    /// Where it stands.
    pub status: AuthorizationStatus,
    /// The account it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_id: Option<CredentialId>,
    /// What went wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Where an authorization stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationStatus {
    /// Nothing came back yet.
    Pending,
    /// An account was connected.
    Connected,
    /// The person said no.
    Denied,
    /// Nothing came back in time.
    Expired,
    /// It went wrong.
    Failed,
}
