//! What went wrong with a call, as a verdict with a class: the class decides what happens next.

use serde::{Deserialize, Serialize};

/// The ten classes. A definition file maps every answer of a provider onto one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// Passing: server errors, network. Retried.
    Transient,
    /// Too fast: retried after the time the provider names.
    RateLimited,
    /// An allowance is used up: retried after its reset.
    Quota,
    /// The access token was not accepted: refreshed, then the call is repeated once.
    Unauthorized,
    /// The credential is dead: its user must reconnect.
    Revoked,
    /// A scope or a permission is missing.
    Forbidden,
    /// What was sent is wrong: never retried.
    Invalid,
    /// What was addressed is not there.
    NotFound,
    /// It is there already.
    Conflict,
    /// Whether it happened is not known: never repeated blindly, shown to a person.
    Unknown,
}

impl FailureClass {
    /// Every class.
    pub const ALL: [Self; 10] = [
        Self::Transient,
        Self::RateLimited,
        Self::Quota,
        Self::Unauthorized,
        Self::Revoked,
        Self::Forbidden,
        Self::Invalid,
        Self::NotFound,
        Self::Conflict,
        Self::Unknown,
    ];

    /// Its name in files, APIs and history.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::Unauthorized => "unauthorized",
            Self::Revoked => "revoked",
            Self::Forbidden => "forbidden",
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Unknown => "unknown",
        }
    }
}

impl std::fmt::Display for FailureClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A time of the day at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyReset {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// A name of the IANA database: `America/Chicago`.
    pub zone: String,
}

/// A failed call, ready to be stored and to be read by a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Decides what happens next.
    pub class: FailureClass,
    /// The provider's own code, or ours in snake case (`connection_failed`).
    pub code: String,
    /// What happened, in words, without secrets.
    pub message: String,
    /// The fields of the request that the provider refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// How long the provider asks to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// When an allowance that is used up comes back, where that is at a time of the day. Whoever knows the
    /// time makes a wait of it, and the wait is what is kept.
    #[serde(skip)]
    pub resets: Option<Box<DailyReset>>,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
}

impl Failure {
    /// A failure of our own finding, without a provider's answer.
    pub fn new(class: FailureClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            fields: Vec::new(),
            retry_after_ms: None,
            resets: None,
            status: None,
        }
    }
}

impl Failure {
    /// What failures of a workflow's step have in common that are one trouble, whoever's: `step:class:fields:code`.
    /// The words differ from record to record and are left out.
    pub fn key(&self, step: &str) -> String {
        /// Longer codes and lists of fields are cut: they tell no two troubles apart.
        const LONGEST: usize = 200;
        let text = format!("{step}:{}:{}:{}", self.class, self.fields.join(","), self.code);
        text.chars().take(LONGEST).collect()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}: {})", self.message, self.class, self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, FailureClass};

    #[test]
    fn one_trouble_has_one_key_whatever_its_words() {
        let failure = |words: &str, code: &str| Failure {
            fields: vec!["LastName".to_owned()],
            ..Failure::new(FailureClass::Invalid, code, words)
        };
        let (one, two) =
            (failure("Lovelace is too long", "LONG"), failure("Hopper is too long", "LONG"));
        assert_eq!(one.key("send"), "send:invalid:LastName:LONG");
        assert_eq!(one.key("send"), two.key("send"));
        assert_ne!(one.key("send"), one.key("other"));
        assert_ne!(one.key("send"), failure("", "MISSING").key("send"));
        assert_eq!(failure("", &"x".repeat(500)).key("send").chars().count(), 200);
    }

    #[test]
    fn the_name_of_a_class_is_its_spelling_in_json() {
        for class in FailureClass::ALL {
            assert_eq!(serde_json::json!(class), serde_json::json!(class.name()));
        }
    }
}
