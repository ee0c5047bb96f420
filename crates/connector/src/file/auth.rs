//! The grammar of `[auth]`: where one signs in, what is entered, which tokens come back.

use super::{ErrorsFile, FailureFile, RequestFile};
use crate::http::Method;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AuthFile {
    OauthCode(OAuthFile),
    ClientCredentials(ClientCredentialsFile),
    ApiKey(KeyFile),
    Basic(KeyFile),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OAuthFile {
    #[serde(default = "yes")]
    pub(crate) pkce: bool,
    #[serde(default = "space")]
    pub(crate) scope_separator: String,
    /// Paths on the login host, or whole addresses.
    pub(crate) authorize: String,
    pub(crate) token: String,
    #[serde(default)]
    pub(crate) revoke: Option<String>,
    /// What is sent there: `{token}`, `{token_type}`, `{client_id}`, `{client_secret}`. Empty: nothing but the
    /// access token, as in calls. Absent: the token.
    #[serde(default)]
    pub(crate) revoke_form: Option<BTreeMap<String, String>>,
    /// Further parameters of the authorize address.
    #[serde(default)]
    pub(crate) authorize_parameters: BTreeMap<String, String>,
    /// Facts of the connection: name to JSON pointer into the token answer.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) tokens: TokensFile,
    #[serde(default)]
    pub(crate) identity: Option<IdentityFile>,
    /// What to do about an error with which the browser comes back: its code, and words.
    #[serde(default)]
    pub(crate) redirect_errors: BTreeMap<String, String>,
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
    #[serde(default)]
    pub(crate) login_host: Option<String>,
    /// The end user's own login host, instead.
    #[serde(default)]
    pub(crate) input: Option<AccountInputFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountInputFile {
    pub(crate) key: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) help: String,
    #[serde(default)]
    pub(crate) placeholder: String,
    /// What hosts end with, each beginning with a dot. One that is written without gets the first.
    pub(crate) host_suffixes: Vec<String>,
}

/// Further tokens in an OAuth answer.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokensFile {
    /// For acting as the person who connected the account.
    #[serde(default)]
    pub(crate) user: Option<TokenPointersFile>,
}

/// JSON pointers into the answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenPointersFile {
    pub(crate) access_token: String,
    #[serde(default)]
    pub(crate) refresh_token: Option<String>,
    #[serde(default)]
    pub(crate) expires_in: Option<String>,
}

/// Who was connected: one request after the token was got.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityFile {
    /// An address made of facts of the connection.
    pub(crate) url: String,
    /// Sent as a form, if there is one: `{access_token}`, `{client_id}`, `{client_secret}`.
    #[serde(default)]
    pub(crate) form: BTreeMap<String, String>,
    /// A JSON pointer into the answer.
    pub(crate) provider_id: String,
    /// The same, or a text with the names of `facts`, and `{provider_id}`.
    pub(crate) label: String,
    /// JSON pointers into the answer.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
}

/// What the end user enters instead of signing in at the provider (RFC 6749 §4.4).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientCredentialsFile {
    pub(crate) fields: Vec<CredentialFieldFile>,
    pub(crate) token: TokenRequestFile,
    /// Facts of the connection: name to JSON pointer into the token answer. Fields that are not
    /// secret are facts too.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) account: EnteredAccountFile,
    /// The id of one of `[[options]]`: its first page is asked for before the account counts as
    /// connected,
    #[serde(default)]
    pub(crate) verify: Option<String>,
    /// or a request that must succeed.
    #[serde(default)]
    pub(crate) test: Option<RequestFile>,
    #[serde(default)]
    pub(crate) errors: ErrorsFile,
    #[serde(default)]
    pub(crate) failures: Vec<FailureFile>,
}

/// What the end user enters and each call shows.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFile {
    pub(crate) fields: Vec<CredentialFieldFile>,
    /// Where it stands in a request.
    #[serde(default)]
    pub(crate) place: PlaceFile,
    /// The id of one of `[[options]]` that must answer before the account counts as connected,
    #[serde(default)]
    pub(crate) verify: Option<String>,
    /// or a request that must.
    #[serde(default)]
    pub(crate) test: Option<RequestFile>,
    /// Facts of the account: name to JSON pointer into the answer to `test`.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
    pub(crate) account: EnteredAccountFile,
}

/// Texts made of fields: `headers` and `query` for a key, `user` and `password` for RFC 7617.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceFile {
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    pub(crate) password: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialFieldFile {
    pub(crate) key: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) help: String,
    #[serde(default)]
    pub(crate) placeholder: String,
    /// Sealed, never shown again.
    #[serde(default)]
    pub(crate) secret: bool,
    /// It is a host under this suffix, however it was written: with a scheme, a path, or only the
    /// part before the suffix.
    #[serde(default)]
    pub(crate) host_suffix: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequestFile {
    pub(crate) method: Method,
    /// Made of fields.
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    /// Sent as `application/x-www-form-urlencoded` (RFC 6749 §4.4.2).
    #[serde(default)]
    pub(crate) form: BTreeMap<String, String>,
}

/// Texts made of facts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnteredAccountFile {
    /// Without it nothing tells that an account was connected before.
    #[serde(default)]
    pub(crate) provider_id: Option<String>,
    pub(crate) label: String,
}

fn yes() -> bool {
    true
}

fn space() -> String {
    " ".to_owned()
}
