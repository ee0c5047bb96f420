//! Ids: UUIDv7 newtypes, 36 lower-case characters in text.
//!
//! They are sortable by the moment they were made. Time and randomness are given, so that this
//! crate stays without either.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// An id made at `unix_ms` (milliseconds since 1970, UTC) from ten random bytes.
            pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }

            /// The id as a UUID.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            /// Reads the hyphenated form only: an id has one spelling.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let uuid = Uuid::try_parse(text)?;
                if uuid.hyphenated().to_string() == text {
                    Ok(Self(uuid))
                } else {
                    // `try_parse` accepts braces, upper case and the 32-digit form.
                    Uuid::try_parse("").map(Self)
                }
            }
        }
    )*};
}

ids! {
    /// A company's project: its keys, integrations, workflows and users.
    ProjectId;
    /// A person who may sign in to the dashboard.
    AdminId;
    /// A public key of the host app, by which user tokens are verified.
    SigningKeyId;
    /// A key that seals the secrets of one project.
    DataKeyId;
    /// One value of a secret of a project.
    ProjectSecretId;
    /// A provider as activated in a project.
    IntegrationId;
    /// A definition of a project's own.
    CustomIntegrationId;
    /// An end user of the host app, addressed from outside by the host app's own id.
    ConnectedUserId;
    /// One provider account that a connected user connected.
    CredentialId;
    /// Settings and enabled workflows under a credential.
    ConfigurationId;
    /// One OAuth attempt.
    AuthorizationId;
    /// One opening of the Connect Portal.
    PortalSessionId;
    /// Something of a workflow and a configuration that a clock looks after.
    WatchId;
    /// A workflow: its draft and its versions.
    WorkflowId;
    /// An App Event as received.
    EventId;
    /// One run of a workflow version for one configuration.
    ExecutionId;
    /// A piece of queued work.
    JobId;
    /// Many replays that were asked for at once.
    ReplayBatchId;
    /// An address that hears of what happens in a project.
    DestinationId;
}

#[cfg(test)]
mod tests {
    use super::ExecutionId;

    #[test]
    fn ids_sort_by_the_moment_they_were_made() {
        let early = ExecutionId::from_parts(1_000, [0xff; 10]);
        let late = ExecutionId::from_parts(1_001, [0; 10]);
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
        assert_eq!(early.uuid().get_version_num(), 7);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = ExecutionId::from_parts(1_700_000_000_000, [0xab; 10]);
        assert_eq!(id.to_string().parse::<ExecutionId>().ok(), Some(id));
        for other in [
            id.to_string().to_uppercase(),
            id.uuid().simple().to_string(),
            format!("{{{id}}}"),
            String::new(),
        ] {
            assert!(other.parse::<ExecutionId>().is_err(), "{other}");
        }
    }
}
