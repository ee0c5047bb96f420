//! The grammar of `integration.toml`. Unknown keys are errors.

mod auth;
pub(crate) mod triggers;

pub(crate) use auth::{
    AccountTypeFile, AuthFile, ClientCredentialsFile, CredentialFieldFile, EnteredAccountFile,
    IdentityFile, KeyFile, OAuthFile, PlaceFile, TokenPointersFile,
};

use crate::http::Method;
use portico_domain::FailureClass;
use portico_domain::action::{InputType, OutputShape};
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
    pub(crate) limits: Vec<LimitFile>,
    #[serde(default)]
    pub(crate) failures: Vec<FailureFile>,
    /// How filters are written, where they are JSON.
    #[serde(default)]
    pub(crate) filters: Option<FiltersFile>,
    #[serde(default)]
    pub(crate) actions: Vec<ActionFile>,
    #[serde(default)]
    pub(crate) options: Vec<OptionsFile>,
    #[serde(default)]
    pub(crate) triggers: Vec<triggers::TriggerFile>,
    /// How the provider's deliveries are told from anybody's.
    #[serde(default)]
    pub(crate) webhook: Option<triggers::WebhookFile>,
}

/// The keys and the operators of a provider's filters: a list of groups, each an object with a list of
/// conditions.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FiltersFile {
    /// The key of a group's conditions.
    pub(crate) conditions: String,
    /// The keys of a condition.
    pub(crate) field: String,
    pub(crate) operator: String,
    pub(crate) value: String,
    pub(crate) values: String,
    /// Ours to theirs; what is not here cannot be asked.
    pub(crate) operators: BTreeMap<String, OperatorFile>,
}

/// The provider's word, and what it makes of the value: `*{value}*`.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum OperatorFile {
    Name(String),
    Pattern { name: String, value: String },
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
    /// The limits of calls that name none of their own.
    #[serde(default)]
    pub(crate) limits: Vec<String>,
}

/// How often an account may be called. Calls of one account share it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitFile {
    pub(crate) id: String,
    /// So many calls …
    #[serde(default)]
    pub(crate) calls: Option<u64>,
    /// … in so many seconds.
    #[serde(default)]
    pub(crate) per_s: Option<u64>,
    /// How many of them may come at once, where the provider allows bursts.
    #[serde(default)]
    pub(crate) burst: Option<u64>,
    /// So many calls under way.
    #[serde(default)]
    pub(crate) at_once: Option<u64>,
    /// What further tells them apart, made of inputs: `{channel}`.
    #[serde(default)]
    pub(crate) each: Option<String>,
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
    /// When a `quota` comes back.
    #[serde(default)]
    pub(crate) resets: Option<ResetsFile>,
    /// In words for the end user, instead of the provider's own.
    #[serde(default)]
    pub(crate) message: Option<String>,
    /// Where this error's parts stand, if not where all others' do.
    #[serde(default)]
    pub(crate) errors: Option<ErrorsFile>,
}

/// When an allowance that is used up comes back: so long after, or at a time of the day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetsFile {
    /// When to look again, in seconds.
    #[serde(default)]
    pub(crate) after_s: Option<u64>,
    /// `00:00`, on the clocks of `zone`.
    #[serde(default)]
    pub(crate) at: Option<String>,
    /// A name of the IANA database: `America/Chicago`.
    #[serde(default)]
    pub(crate) zone: Option<String>,
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
    /// There is something that is none of these.
    #[serde(default)]
    pub(crate) not_in: Option<Vec<Value>>,
    #[serde(default)]
    pub(crate) exists: Option<bool>,
    /// Another pointer: both say the same, a number as its digits.
    #[serde(default)]
    pub(crate) same_as: Option<String>,
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
    /// With which token: `bot`, `user`, or the input that says so: `{send_as}`.
    #[serde(default)]
    pub(crate) token: Option<String>,
    #[serde(default)]
    pub(crate) inputs: Vec<InputFile>,
    #[serde(default)]
    pub(crate) outputs: Vec<OutputShape>,
    pub(crate) request: RequestFile,
    /// How an answer that comes in pages is read to its end.
    #[serde(default)]
    pub(crate) pages: Option<PagesFile>,
    /// The part of the answer that is the output: a JSON pointer; the whole by default.
    #[serde(default)]
    pub(crate) output: String,
    /// Verdicts of this action, asked before the file's.
    #[serde(default)]
    pub(crate) failures: Vec<FailureFile>,
    /// The limits that it obeys, instead of the usual ones.
    #[serde(default)]
    pub(crate) limits: Option<Vec<String>>,
    /// Calls with one key must not overlap: pointers into the inputs, of which the first that leads
    /// to something counts.
    #[serde(default)]
    pub(crate) serial: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InputFile {
    pub(crate) key: String,
    pub(crate) title: String,
    #[serde(rename = "type")]
    pub(crate) kind: InputType,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) help: String,
    /// Choices for it: the id of one of `[[options]]`.
    #[serde(default)]
    pub(crate) source: Option<String>,
    /// Or the only values that it takes, if they are few and the same in every account.
    #[serde(default)]
    pub(crate) choices: Vec<ChoiceFile>,
    /// Numbers and yes or no are sent as text.
    #[serde(default)]
    pub(crate) as_text: bool,
}

/// One thing to choose that is the same in every account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChoiceFile {
    /// What is stored.
    pub(crate) value: Value,
    /// What a person reads.
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) detail: Option<String>,
}

/// Choices for people.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionsFile {
    pub(crate) id: String,
    pub(crate) title: String,
    /// What must be known before: names that the request can use.
    #[serde(default)]
    pub(crate) inputs: Vec<String>,
    pub(crate) request: RequestFile,
    /// JSON pointer to the list.
    pub(crate) items: String,
    /// Pointers into each of them that must hold; all of them without.
    #[serde(default)]
    pub(crate) only: Vec<PredicateFile>,
    /// JSON pointers into each.
    pub(crate) value: String,
    pub(crate) label: String,
    #[serde(default)]
    pub(crate) detail: Option<String>,
    /// What is there in every account, and in no answer; it comes first.
    #[serde(default)]
    pub(crate) always: Vec<ChoiceFile>,
    /// Who may not ask has only what is there in every account.
    #[serde(default)]
    pub(crate) optional: bool,
    /// How the next page is found; one page without.
    #[serde(default)]
    pub(crate) next: Option<NextFile>,
    /// How one choice is found by its value; without it the whole list is read to find it.
    #[serde(default)]
    pub(crate) lookup: Option<LookupFile>,
    /// The limits that it obeys, instead of the usual ones.
    #[serde(default)]
    pub(crate) limits: Option<Vec<String>>,
}

/// How one choice is found by its value, which the request names `{value}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupFile {
    pub(crate) request: RequestFile,
    /// JSON pointer to the item; without it, the answer is a list like that of all choices.
    #[serde(default)]
    pub(crate) item: Option<String>,
}

/// How an action reads an answer that comes in pages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PagesFile {
    /// JSON pointer to the list.
    pub(crate) items: String,
    /// JSON pointer to a path or an address that is followed as it stands.
    #[serde(default)]
    pub(crate) next: Option<String>,
    /// Or what `[[options]].next` says of the cursor.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
    #[serde(default)]
    pub(crate) page_size: Option<u64>,
    #[serde(default)]
    pub(crate) more: Option<String>,
    #[serde(default)]
    pub(crate) first: Option<Value>,
    /// How many items are read at most; 10,000 without.
    #[serde(default)]
    pub(crate) most: Option<usize>,
}

/// Where the next page begins.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextFile {
    /// JSON pointer to what is sent as `{cursor}`; null, empty or absent at the end.
    #[serde(default)]
    pub(crate) cursor: Option<String>,
    /// Or: the cursor is counted in items, and a page with fewer than these is the last.
    #[serde(default)]
    pub(crate) page_size: Option<u64>,
    /// JSON pointer to something that is true as long as there is more.
    #[serde(default)]
    pub(crate) more: Option<String>,
    /// What is sent as `{cursor}` for the first page; nothing without.
    #[serde(default)]
    pub(crate) first: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestFile {
    pub(crate) method: Method,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    /// Further parameters of the query, written in SOQL.
    #[serde(default)]
    pub(crate) soql: BTreeMap<String, String>,
    /// Over those of `[http]`; values can have names in them.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// Sent as JSON. At most one of this and `form`.
    #[serde(default)]
    pub(crate) body: Option<Value>,
    /// Sent as `application/x-www-form-urlencoded`; a list is said one by one.
    #[serde(default)]
    pub(crate) form: Option<BTreeMap<String, String>>,
}
