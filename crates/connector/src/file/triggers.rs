//! The grammar of `[[triggers]]` and `[webhook]`.

use super::{InputFile, PredicateFile, RequestFile};
use crate::moment::Unit;
use crate::trigger::Lifecycle;
use crate::verify::{Encoding, SecretSource};
use portico_domain::action::OutputShape;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Something that happens at the provider: heard of by asking, or by being told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriggerFile {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    /// Scopes that it needs beside those of the account.
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) inputs: Vec<InputFile>,
    #[serde(default)]
    pub(crate) outputs: Vec<OutputShape>,
    /// The part of an item that a workflow sees: a JSON pointer; the whole by default.
    #[serde(default)]
    pub(crate) output: String,
    /// Inputs that narrow it, and where what a workflow sees must say the same.
    #[serde(default)]
    pub(crate) matches: BTreeMap<String, MatchFile>,
    /// Items that start nothing: our own writes. One row that holds is enough.
    #[serde(default)]
    pub(crate) ignore: Vec<RowFile>,
    /// It is about the account itself, not for workflows.
    #[serde(default)]
    pub(crate) lifecycle: Option<Lifecycle>,
    #[serde(default)]
    pub(crate) poll: Option<PollFile>,
    #[serde(default)]
    pub(crate) webhook: Option<SubscriptionFile>,
}

/// Predicates that must all hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowFile {
    pub(crate) when: Vec<PredicateFile>,
}

/// A JSON pointer, alone or in a table.
pub(crate) struct MatchFile {
    pub(crate) pointer: String,
    pub(crate) or: Vec<SaysFile>,
}

/// The table: what says the same in other words too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MatchTable {
    pointer: String,
    #[serde(default)]
    or: Vec<SaysFile>,
}

/// What of these predicates all hold says each of the values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaysFile {
    pub(crate) values: Vec<Value>,
    pub(crate) when: Vec<PredicateFile>,
}

impl<'de> Deserialize<'de> for MatchFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PointerOrTable)
    }
}

struct PointerOrTable;

impl<'de> Visitor<'de> for PointerOrTable {
    type Value = MatchFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON pointer, or a table with a `pointer`")
    }

    fn visit_str<E: Error>(self, pointer: &str) -> Result<MatchFile, E> {
        Ok(MatchFile { pointer: pointer.to_owned(), or: Vec::new() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MatchFile, A::Error> {
        let MatchTable { pointer, or } = MatchTable::deserialize(MapAccessDeserializer::new(map))?;
        Ok(MatchFile { pointer, or })
    }
}

/// Heard of by asking again and again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PollFile {
    /// JSON pointer to the list; an absent list is empty.
    pub(crate) items: String,
    /// JSON pointers into each whose values together tell it from all others.
    pub(crate) dedupe: Vec<String>,
    #[serde(default)]
    pub(crate) occurred_at: Option<MomentFile>,
    pub(crate) cursor: CursorFile,
    /// Further pages of one answer; one page without.
    #[serde(default)]
    pub(crate) next: Option<FollowFile>,
    pub(crate) request: RequestFile,
}

/// What is kept between two polls.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CursorFile {
    /// The latest moment that an item named; items come oldest first. The request uses `{since}`.
    Greatest(GreatestFile),
    /// A token that every answer brings. The request uses `{cursor}`.
    Token(Box<TokenFile>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GreatestFile {
    pub(crate) of: MomentFile,
    /// How far back is asked again, for what was begun earlier and became visible later.
    pub(crate) overlap_s: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenFile {
    /// JSON pointer, in the answers of both requests.
    pub(crate) token: String,
    /// JSON pointer to something that is true as long as there is more, even after an empty page.
    pub(crate) more: String,
    /// Gives the first token; it uses `{since}`.
    pub(crate) first: RequestFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowFile {
    /// JSON pointer to the address of the next page; null, empty or absent at the end.
    pub(crate) address: String,
    /// The next page is no longer there: the poll begins anew from what was read.
    #[serde(default)]
    pub(crate) expired: Vec<PredicateFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MomentFile {
    pub(crate) pointer: String,
    #[serde(default)]
    pub(crate) unit: Unit,
}

/// Heard of by being told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscriptionFile {
    /// Which items are it: one row that holds is enough; all of them without rows.
    #[serde(default)]
    pub(crate) deliveries: Vec<RowFile>,
}

/// The provider's envelope, the same for all its triggers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookFile {
    #[serde(default)]
    pub(crate) verify: Option<VerifyFile>,
    #[serde(default)]
    pub(crate) challenge: Option<ChallengeFile>,
    /// JSON pointer to what was delivered: a list, or one thing; the whole body by default.
    #[serde(default)]
    pub(crate) items: String,
    /// Whose it is: the first row that holds.
    #[serde(default)]
    pub(crate) account: Vec<AccountRowFile>,
    /// JSON pointers into each item whose values together tell it from all others.
    pub(crate) dedupe: Vec<String>,
    #[serde(default)]
    pub(crate) occurred_at: Option<MomentFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRowFile {
    #[serde(default)]
    pub(crate) when: Vec<PredicateFile>,
    /// JSON pointer into an item.
    pub(crate) pointer: String,
    /// The fact of an account that says the same.
    pub(crate) fact: String,
    /// Facts that it must have beside it.
    #[serde(default)]
    pub(crate) with: BTreeMap<String, Value>,
}

/// The provider asks whether the address is ours, before it delivers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeFile {
    pub(crate) when: Vec<PredicateFile>,
    /// JSON pointer to what is sent back, as plain text.
    pub(crate) answer: String,
}

#[derive(Deserialize)]
#[serde(tag = "scheme", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum VerifyFile {
    /// RFC 2104, of a text that the file describes.
    HmacSha256(SignedFile),
    /// SHA-256 of the secret and the text behind it.
    Sha256(SignedFile),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedFile {
    pub(crate) secret: SecretSource,
    pub(crate) signature: SignatureFile,
    #[serde(default)]
    pub(crate) timestamp: Option<SignedTimeFile>,
    /// Made of `{method}`, `{uri}`, `{body}` and `{timestamp}`.
    pub(crate) signed: String,
    /// Characters whose percent-escapes in the address are decoded before it is signed.
    #[serde(default)]
    pub(crate) uri_decodes: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureFile {
    pub(crate) header: String,
    #[serde(default)]
    pub(crate) prefix: String,
    pub(crate) encoding: Encoding,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedTimeFile {
    pub(crate) header: String,
    pub(crate) unit: Unit,
    #[serde(default = "five_minutes")]
    pub(crate) max_age_s: u32,
}

fn five_minutes() -> u32 {
    300
}
