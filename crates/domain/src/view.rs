//! What pages and APIs show: read models, made by services, carried by server functions.
//!
//! They hold no secrets and no internal state; a field that is here may be seen by whoever may call
//! the service that answers it.

use crate::action::{ActionShape, Choice};
use crate::credential::{CredentialStatus, LastCheck};
use crate::event::Decision;
use crate::execution::{Entry, ExecutionStatus, StepPath};
use crate::failure::Failure;
use crate::id::*;
use crate::time::Timestamp;
use crate::workflow::{Setting, WorkflowDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The person who is signed in, and the projects there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The projects of this installation.
    pub projects: Vec<ProjectLink>,
}

/// A project, to be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectLink {
    /// Its id, the first argument of `authenticate`.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
}

/// The overview page: what is done, what happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The project.
    pub project: ProjectLink,
    /// The steps to a first lead, each ticking itself.
    pub checklist: Checklist,
    /// Counts of the last 24 hours.
    pub day: DayCounts,
    /// Accounts whose provider no longer accepts them.
    pub invalid_accounts: u64,
}

/// The steps to a first execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checklist {
    /// A signing key exists.
    pub signing_key: bool,
    /// An origin is allowed.
    pub origin: bool,
    /// An integration is active.
    pub integration: bool,
    /// A workflow is deployed.
    pub workflow: bool,
    /// A user connected an account.
    pub account: bool,
    /// An event came in.
    pub event: bool,
    /// An execution succeeded.
    pub success: bool,
}

/// Counts over a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCounts {
    /// Events received.
    pub events: u64,
    /// Executions still running.
    pub running: u64,
    /// Executions that succeeded.
    pub succeeded: u64,
    /// Executions that failed.
    pub failed: u64,
}

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

/// A workflow in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowSummary {
    /// Its id.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
    /// The type of its integration.
    pub integration: String,
    /// The event that starts it.
    pub event: Option<String>,
    /// The deployed version, if it is deployed.
    pub deployed_version: Option<i64>,
    /// Whether the draft differs from what is deployed.
    pub changed: bool,
}

/// A workflow's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowDetail {
    /// As in the list.
    pub summary: WorkflowSummary,
    /// The draft.
    pub draft: WorkflowDefinition,
    /// The draft as a file.
    pub file: String,
    /// The draft's revision: saving another one is refused if it has changed meanwhile.
    pub revision: i64,
    /// What keeps the draft from being deployed.
    pub problems: Vec<FileProblem>,
}

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileProblem {
    /// The line, counted from 1; 0 if it is about the whole.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// What saving a draft answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Saved {
    /// It is stored.
    Stored {
        /// The new revision.
        revision: i64,
        /// What keeps it from being deployed.
        problems: Vec<FileProblem>,
    },
    /// It cannot be read; nothing was stored.
    Unreadable {
        /// Why.
        problems: Vec<FileProblem>,
    },
}

/// An App Event as defined in the project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppEventView {
    /// Its name.
    pub name: String,
    /// An example payload.
    pub example: Value,
    /// Deployed workflows that it starts.
    pub workflows: u64,
}

/// An event name that came in without being defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownEventView {
    /// The name.
    pub name: String,
    /// How often.
    pub count: i64,
    /// When last.
    pub last_at: Timestamp,
}

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
}

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

/// A public key by which user tokens are verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyView {
    /// Its id.
    pub id: SigningKeyId,
    /// Its name.
    pub name: String,
    /// Its RFC 7638 thumbprint.
    pub kid: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a token of it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A user token that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalView {
    /// When.
    pub at: Timestamp,
    /// A stable code.
    pub reason: String,
    /// In words.
    pub detail: String,
}

/// The settings page of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSettingsView {
    /// The project.
    pub project: ProjectLink,
    /// Where Portico is reached.
    pub public_url: String,
    /// Its keys, newest first.
    pub signing_keys: Vec<SigningKeyView>,
    /// The origins whose pages may use it.
    pub origins: Vec<String>,
    /// Tokens refused lately, newest first.
    pub refusals: Vec<RefusalView>,
}

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
