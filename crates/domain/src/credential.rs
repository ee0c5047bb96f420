//! The state of a connected account.

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
