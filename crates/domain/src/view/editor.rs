//! The workflow editor: everything it needs at once, and what its calls answer.

use super::workflows::{AppEventView, FileProblem, WorkflowSummary};
use crate::action::ActionShape;
use crate::credential::CredentialStatus;
use crate::execution::{Call, Entry, ExecutionStatus, Rendered, Scope};
use crate::failure::Failure;
use crate::id::{ConfigurationId, ConnectedUserId, CredentialId, WorkflowId};
use crate::time::Timestamp;
use crate::trigger::TriggerShape;
use crate::workflow::{Setting, WorkflowDefinition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What the editor opens with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditorView {
    /// The workflow.
    pub summary: WorkflowSummary,
    /// The draft.
    pub draft: WorkflowDefinition,
    /// The draft's revision.
    pub revision: i64,
    /// What is deployed, if it is.
    pub deployed: Option<WorkflowDefinition>,
    /// What steps can be made of: the integrations that are active in the project.
    pub integrations: Vec<EditorIntegration>,
    /// The events of the project.
    pub events: Vec<AppEventView>,
    /// The settings that its integration shares with its workflows.
    pub shared: Vec<Setting>,
    /// The names of the project's secrets.
    pub secrets: Vec<String>,
    /// As whom it can be tested: users with an account of the workflow's integration, latest first.
    pub previews: Vec<PreviewAccount>,
}

/// An integration, as far as the editor needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditorIntegration {
    /// Its type: `salesforce`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its actions.
    pub actions: Vec<ActionShape>,
    /// Its triggers.
    pub triggers: Vec<TriggerShape>,
    /// Its sources of choices.
    pub sources: Vec<SourceShape>,
}

/// A source of choices, for settings and inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceShape {
    /// Its id: `lists`.
    pub id: String,
    /// What a person reads: `Lists`.
    pub title: String,
    /// What it asks for first, by key: the object whose fields it lists.
    pub needs: Vec<String>,
}

/// An account as which a workflow can be tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewAccount {
    /// The user.
    pub user: ConnectedUserId,
    /// The user, by the host app's own id.
    pub external_id: String,
    /// Its account.
    pub credential: CredentialId,
    /// Its configuration.
    pub configuration: ConfigurationId,
    /// The account's integration.
    pub integration: String,
    /// What a person reads: `ada@acme.com`.
    pub label: Option<String>,
    /// Whether it can be used.
    pub status: CredentialStatus,
    /// What templates see of it: settings, user, account. No secrets.
    pub scope: Scope,
}

/// What saving a draft answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum DraftStored {
    /// It is stored.
    Stored {
        /// The new revision.
        revision: i64,
        /// Why it kept the name that it had, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name_problem: Option<String>,
    },
    /// Somebody else stored another one meanwhile; nothing was changed.
    Conflict {
        /// Theirs.
        theirs: Box<WorkflowDefinition>,
        /// Its revision.
        revision: i64,
        /// The name they gave it.
        name: String,
    },
}

/// What deleting a workflow would stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkflowDeletion {
    /// How many accounts have it on.
    pub enabled: u64,
    /// How many executions run now.
    pub running: u64,
}

/// What a file became.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum WorkflowImported {
    /// A new workflow.
    Created {
        /// Its id.
        id: WorkflowId,
    },
    /// It cannot be read; nothing was stored.
    Unreadable {
        /// Why.
        problems: Vec<FileProblem>,
    },
}

/// A problem of a draft, at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedProblem {
    /// JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// What deploying a draft would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeploySummary {
    /// What keeps it from being deployed.
    pub problems: Vec<PlacedProblem>,
    /// What becomes different, in words, a line each; empty: nothing.
    pub changes: Vec<Change>,
    /// Accounts that have the workflow on.
    pub enabled: u64,
    /// Of those, the ones it will no longer run for until their users do something.
    pub affected: Vec<AffectedUsers>,
}

/// One difference between two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What happened to it.
    pub kind: ChangeKind,
    /// JSON pointer of it, in the later version; of what was removed, in the earlier.
    pub pointer: String,
    /// What it is, in words: `Step "Create record": First name`.
    pub what: String,
    /// What it said before, as a line of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it says now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What happened to a part of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
    /// It stands elsewhere.
    Moved,
}

/// Users for whom a deployed draft would not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AffectedUsers {
    /// Why, in words: `The setting "List" has no value`.
    pub reason: String,
    /// How many accounts.
    pub count: u64,
    /// Some of them, by the host app's own ids.
    pub examples: Vec<String>,
}

/// A deployed version in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionSummary {
    /// Its number.
    pub number: i64,
    /// When it was deployed.
    pub created_at: Timestamp,
    /// Whether it is the one that runs.
    pub current: bool,
}

/// What is to be tested, as which account, with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestInput {
    /// The draft as it stands in the editor, saved or not.
    pub definition: WorkflowDefinition,
    /// As whom.
    pub credential: CredentialId,
    /// With whose answers.
    pub configuration: ConfigurationId,
    /// What starts it.
    pub trigger: Value,
    /// What earlier steps brought, by their ids; where there is nothing, their templates are empty.
    #[serde(default)]
    pub steps: Map<String, Value>,
}

/// How the test of one step went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTested {
    /// The inputs as they were sent, secrets shown as `•••`.
    pub input: Option<Rendered>,
    /// What it brought, long arrays cut; nothing if it failed.
    pub output: Option<Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The call, if there was one.
    pub call: Option<Call>,
}

/// How the test of a workflow went: delays are skipped, nothing is tried twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowTested {
    /// How it ended.
    pub status: ExecutionStatus,
    /// What happened, as in an execution.
    pub history: Vec<Entry>,
}

/// Which choices an input or a question of the editor asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChoicesAsked {
    /// As whom: where the source is of another integration than this account, its user's account there is
    /// asked.
    pub credential: CredentialId,
    /// The integration whose source it is.
    pub integration: String,
    /// The source, by its id.
    pub source: String,
    /// What the source asks for first, by key.
    #[serde(default)]
    pub inputs: Map<String, Value>,
    /// What the person typed.
    #[serde(default)]
    pub search: Option<String>,
    /// From the page before, as it was given.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Asks the provider again, whatever is remembered.
    #[serde(default)]
    pub refresh: bool,
    /// Only the choice with this value: what it is called.
    #[serde(default)]
    pub value: Option<Value>,
}

/// What a file of a workflow says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum FileRead {
    /// It can be read; nothing was stored.
    Workflow {
        /// The workflow.
        definition: Box<WorkflowDefinition>,
    },
    /// It cannot be read.
    Unreadable {
        /// Why.
        problems: Vec<FileProblem>,
    },
}
