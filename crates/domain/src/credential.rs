//! The state of a connected account.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether an account can be used. The spelling is Paragon's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CredentialStatus {
    /// It worked when it was last used.
    Valid,
    /// The provider no longer accepts it: its user must reconnect.
    Invalid,
    /// Not finished yet.
    Pending,
}

/// When a provider last said whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCheck {
    /// The instant.
    pub at: Timestamp,
    /// How long ago that was when the page was made.
    pub seconds_ago: u64,
}

impl LastCheck {
    /// A check at `at`, seen at `now`.
    pub fn seen(at: Timestamp, now: Timestamp) -> Self {
        Self { at, seconds_ago: now.since(at).as_secs() }
    }

    /// `3 min ago`.
    pub fn ago(&self) -> String {
        match self.seconds_ago {
            0..60 => "just now".to_owned(),
            60..3_600 => format!("{} min ago", self.seconds_ago / 60),
            3_600..86_400 => format!("{} h ago", self.seconds_ago / 3_600),
            _ if self.seconds_ago < 2 * 86_400 => "1 day ago".to_owned(),
            _ => format!("{} days ago", self.seconds_ago / 86_400),
        }
    }
}

impl CredentialStatus {
    /// Its spelling in APIs and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::Invalid => "INVALID",
            Self::Pending => "PENDING",
        }
    }
}

impl std::str::FromStr for CredentialStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Valid, Self::Invalid, Self::Pending]
            .into_iter()
            .find(|status| status.name() == text)
            .ok_or_else(|| format!("{text:?} is not a credential status"))
    }
}

#[cfg(test)]
mod tests {
    use super::LastCheck;
    use crate::time::Timestamp;

    #[test]
    fn a_check_is_told_in_the_largest_unit_that_fits() {
        for (seconds, words) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (3_599, "59 min ago"),
            (7_300, "2 h ago"),
            (86_400, "1 day ago"),
            (200_000, "2 days ago"),
        ] {
            let now = Timestamp::from_millis(seconds * 1000);
            assert_eq!(LastCheck::seen(Timestamp::from_millis(0), now).ago(), words);
        }
    }
}
