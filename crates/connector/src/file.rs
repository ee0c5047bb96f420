//! The grammar of `integration.toml`. Unknown keys are errors.

use crate::http::Method;
use portico_domain::FailureClass;
use portico_domain::action::{InputShape, OutputShape};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// `salesforce`: its name in code, URLs and workflows.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) brand_color: String,
    /// What it will be able to do, in plain words, for the consent of the end user.
    pub(crate) abilities: Vec<String>,
    pub(crate) auth: AuthFile,
    pub(crate) connection: ConnectionFile,
    #[serde(default)]
    pub(crate) http: HttpFile,
    #[serde(default)]
    pub(crate) failures: Vec<FailureFile>,
    pub(crate) actions: Vec<ActionFile>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AuthFile {
    OauthCode(OAuthFile),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuthFile {
    #[serde(default = "yes")]
    pub(crate) pkce: bool,
    #[serde(default = "space")]
    pub(crate) scope_separator: String,
    /// Paths on the login host.
    pub(crate) authorize: String,
    pub(crate) token: String,
    #[serde(default)]
    pub(crate) revoke: Option<String>,
    /// Further parameters of the authorize address.
    #[serde(default)]
    pub(crate) authorize_parameters: BTreeMap<String, String>,
    /// Facts of the connection: name to JSON pointer into the token answer.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) identity: Option<IdentityFile>,
    pub(crate) scopes: Vec<crate::Scope>,
    pub(crate) account_types: Vec<AccountTypeFile>,
    #[serde(default)]
    pub(crate) errors: ErrorsFile,
    #[serde(default)]
    pub(crate) failures: Vec<FailureFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountTypeFile {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) login_host: String,
}

/// Who was connected: one request after the token was got.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityFile {
    /// An address made of facts of the connection.
    pub(crate) url: String,
    /// JSON pointers into the answer.
    pub(crate) provider_id: String,
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectionFile {
    /// Made of facts of the connection: `{instance_url}`.
    pub(crate) base: String,
    /// Hosts that may be called; `*.` stands for one label or more.
    pub(crate) hosts: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpFile {
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) errors: ErrorsFile,
}

/// Where an error's parts stand: JSON pointers into the answer.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorsFile {
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) fields: Option<String>,
}

/// A verdict and when it holds: all predicates must. The first that holds wins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailureFile {
    pub(crate) when: Vec<PredicateFile>,
    pub(crate) class: FailureClass,
    /// In words for the end user, instead of the provider's own.
    #[serde(default)]
    pub(crate) message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PredicateFile {
    #[serde(default)]
    pub(crate) status: Option<Vec<u16>>,
    #[serde(default)]
    pub(crate) header: Option<String>,
    #[serde(default)]
    pub(crate) pointer: Option<String>,
    #[serde(default)]
    pub(crate) is: Option<Value>,
    #[serde(default, rename = "in")]
    pub(crate) any_of: Option<Vec<Value>>,
    #[serde(default)]
    pub(crate) exists: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionFile {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    /// Whether doing it twice is as good as once.
    pub(crate) idempotent: bool,
    #[serde(default)]
    pub(crate) inputs: Vec<InputShape>,
    #[serde(default)]
    pub(crate) outputs: Vec<OutputShape>,
    pub(crate) request: RequestFile,
    /// The part of the answer that is the output: a JSON pointer; the whole by default.
    #[serde(default)]
    pub(crate) output: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestFile {
    pub(crate) method: Method,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

fn yes() -> bool {
    true
}

fn space() -> String {
    " ".to_owned()
}
