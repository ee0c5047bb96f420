//! Integrations as a project has them.

use super::editor::SourceShape;
use super::workflows::{EventUser, WorkflowSummary};
use crate::action::ActionShape;
use crate::id::IntegrationId;
use crate::look::PortalLook;
use crate::time::Timestamp;
use crate::workflow::Setting;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// An integration in a list: a definition, activated or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationSummary {
    /// Its id once it is part of the project.
    pub id: Option<IntegrationId>,
    /// Its type: `salesforce`.
    pub kind: String,
    /// Whether the project defines it itself.
    pub custom: bool,
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// Whether users can connect.
    pub active: bool,
    /// Connected accounts.
    pub accounts: u64,
    /// Deployed workflows.
    pub deployed_workflows: u64,
}

/// An integration's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntegrationDetail {
    /// As in the list.
    pub summary: IntegrationSummary,
    /// Whether an OAuth client is needed; if not, users enter credentials of their own.
    pub needs_client: bool,
    /// The OAuth client's id.
    pub client_id: Option<String>,
    /// Whether a client secret is stored; it is never shown.
    pub has_client_secret: bool,
    /// To be registered at the provider, byte for byte.
    pub redirect_url: String,
    /// What is asked of users, with the definition's words.
    pub scopes: Vec<ScopeWords>,
    /// How to set up the provider's side, as HTML made from the definition's own text.
    pub guide_html: String,
    /// Its workflows.
    pub workflows: Vec<WorkflowSummary>,
    /// The questions that they share.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// Its actions, for writing workflows.
    pub actions: Vec<ActionShape>,
    /// How the provider's deliveries come here, if it sends any.
    #[serde(default)]
    pub webhook: Option<WebhookView>,
}

/// Where a provider delivers, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookView {
    /// The address to be entered at the provider.
    pub url: String,
    /// Whether deliveries are signed with a secret of their own, not with the client's.
    pub needs_signing_secret: bool,
    /// Whether it is stored; it is never shown.
    pub has_signing_secret: bool,
    /// What there is to subscribe to.
    pub triggers: Vec<TriggerWords>,
    /// How many deliveries were believed.
    pub deliveries: u64,
    /// When the last of them came.
    pub delivered_at: Option<Timestamp>,
    /// How much of them was about accounts that are not connected here.
    pub strangers: u64,
    /// How many deliveries were not believed.
    pub refused: u64,
    /// When the last of them came, and why it was not: `missing`, `wrong`, `old`, `unreadable`.
    pub last_refusal: Option<(Timestamp, String)>,
}

/// A trigger and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerWords {
    /// What a person reads.
    pub title: String,
    /// When it starts a workflow.
    pub description: String,
}

/// What is asked of an end user who connects by entering something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialField {
    /// Its key.
    pub key: String,
    /// What a person reads.
    pub title: String,
    /// Where it is found.
    pub help: String,
    /// What it looks like.
    pub placeholder: String,
    /// Whether it is hidden while it is typed, and sealed.
    pub secret: bool,
    /// Whether it is a host of the provider.
    pub host: bool,
}

/// A scope and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeWords {
    /// As the provider names it.
    pub name: String,
    /// In plain words.
    pub description: String,
}

/// A kind of account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTypeView {
    /// Its id: `default`, `sandbox`.
    pub id: String,
    /// Its title: `Production`.
    pub title: String,
    /// What is asked for it: the host where its owner signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<CredentialField>,
}

/// What the portal editor of an integration needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalEditorView {
    /// The integration's type.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Whether users can connect.
    pub active: bool,
    /// What the project says.
    pub look: PortalLook,
    /// The definition's line, where the project says none.
    pub usual_description: String,
    /// The definition's overview, in Markdown.
    pub usual_overview: String,
    /// The questions that its workflows share, as they are written.
    pub settings: Value,
    /// Where choices can come from.
    pub sources: Vec<SourceShape>,
    /// Its workflows, as they stand in the portal.
    pub workflows: Vec<EventUser>,
    /// By the keys of questions, the deployed workflows that use their answers.
    pub used: BTreeMap<String, Vec<String>>,
    /// What it is edited from: saving names it.
    pub revision: String,
}

/// What saving a portal answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum PortalStored {
    /// It is stored.
    Stored {
        /// The new revision.
        revision: String,
    },
    /// Somebody else stored another one meanwhile; nothing was changed.
    Conflict {
        /// What to do, in words.
        message: String,
    },
}
