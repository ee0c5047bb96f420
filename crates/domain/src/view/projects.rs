//! Projects, whoever is signed in, keys.

use crate::id::{ProjectId, SigningKeyId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

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
    /// Executions that are running.
    pub running: u64,
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

impl Checklist {
    /// Whether nothing is left to do.
    pub const fn is_complete(&self) -> bool {
        self.signing_key
            && self.origin
            && self.integration
            && self.workflow
            && self.account
            && self.event
            && self.success
    }
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

/// A secret of a project. Its value is not shown again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretView {
    /// Its name: `secrets.<name>` in templates.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When its value was last set.
    pub updated_at: Timestamp,
    /// The names of the workflows that name it.
    pub workflows: Vec<String>,
}
