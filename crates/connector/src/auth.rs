//! The ways in which accounts are connected.

use crate::entered::EntryForm;
use crate::failures::Verdicts;
use crate::file::{AuthFile, CredentialFieldFile, KeyFile};
use crate::grant::ClientCredentialsGrant;
use crate::key::KeyAuth;
use crate::oauth::OAuthCode;
use crate::place::Place;
use crate::request::Shared;
use crate::slip::Slip;
use portico_domain::view::CredentialField;

/// How accounts are connected.
pub enum Auth {
    /// OAuth 2.0 with a code (RFC 6749 §4.1).
    OAuthCode(Box<OAuthCode>),
    /// The end user enters client credentials of their own (RFC 6749 §4.4).
    ClientCredentials(ClientCredentialsGrant),
    /// The end user enters a key, or a name and a password (RFC 7617), which each call shows.
    Key(KeyAuth),
}

/// A kind of account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountType {
    /// Its id: `default`, `sandbox`.
    pub id: String,
    /// Its title: `Production`.
    pub title: String,
    /// What is asked for it: the host where its owner signs in.
    pub input: Option<CredentialField>,
}

/// What reading the ways to connect needs of the rest of a file.
pub(crate) struct Around<'a> {
    /// The ids of `[[options]]`.
    pub(crate) sources: &'a [String],
    pub(crate) shared: &'a Shared,
    /// The file's failures.
    pub(crate) verdicts: &'a Verdicts,
}

impl Auth {
    /// What is asked of the end user; nothing where one signs in at the provider.
    pub fn form(&self) -> Option<&EntryForm> {
        match self {
            Self::OAuthCode(_) => None,
            Self::ClientCredentials(grant) => Some(grant.form()),
            Self::Key(key) => Some(key.form()),
        }
    }

    /// Whether it takes an OAuth client, which an admin enters.
    pub fn needs_client(&self) -> bool {
        matches!(self, Self::OAuthCode(_))
    }

    /// The verdicts on an authorization server.
    pub(crate) fn verdicts(&self) -> Option<&Verdicts> {
        match self {
            Self::OAuthCode(oauth) => Some(oauth.verdicts()),
            Self::ClientCredentials(grant) => Some(grant.verdicts()),
            Self::Key(_) => None,
        }
    }

    pub(crate) fn read(
        file: AuthFile,
        around: &Around<'_>,
        slips: &mut Vec<Slip>,
    ) -> (Option<Self>, Vec<AccountType>) {
        let only = vec![AccountType {
            id: "default".to_owned(),
            title: "Default".to_owned(),
            input: None,
        }];
        match file {
            AuthFile::OauthCode(file) => {
                let titles: Vec<_> =
                    file.account_types.iter().map(|kind| kind.title.clone()).collect();
                let Some(oauth) = OAuthCode::read(file, &around.shared.hosts, slips) else {
                    return (None, Vec::new());
                };
                let types = oauth.account_types().zip(titles);
                let types = types.map(|((id, input), title)| AccountType {
                    id: id.to_owned(),
                    title,
                    input: input.cloned(),
                });
                let types = types.collect();
                (Some(Self::OAuthCode(Box::new(oauth))), types)
            }
            AuthFile::ClientCredentials(file) => {
                let grant = ClientCredentialsGrant::read(file, around, slips);
                (grant.map(Self::ClientCredentials), only)
            }
            AuthFile::ApiKey(file) => (KeyAuth::read(file, around, slips).map(Self::Key), only),
            AuthFile::Basic(file) => {
                let key = KeyAuth::read(file, around, slips);
                let key = key.map(|key| match &around.shared.place {
                    Place::Basic(user, _) => key.without_colons(user.names()),
                    Place::Bearer | Place::Own { .. } => key,
                });
                (key.map(Self::Key), only)
            }
        }
    }
}

impl AuthFile {
    /// What a connection's address can be made of.
    pub(crate) fn fact_names(&self) -> Vec<String> {
        match self {
            Self::OauthCode(file) => file.facts.keys().cloned().collect(),
            Self::ClientCredentials(file) => ClientCredentialsGrant::fact_names(file),
            // What is tried before anything is known of the account goes there too.
            Self::ApiKey(file) | Self::Basic(file) => open(&file.fields),
        }
    }

    /// Whether an account can have a token for acting as the person who connected it.
    pub(crate) fn has_user_token(&self) -> bool {
        matches!(self, Self::OauthCode(file) if file.tokens.user.is_some())
    }

    /// How calls show whose they are.
    pub(crate) fn place(&self, slips: &mut Vec<Slip>) -> Option<Place> {
        let keys = |file: &KeyFile| -> Vec<String> {
            file.fields.iter().map(|field| field.key.clone()).collect()
        };
        match self {
            Self::OauthCode(_) | Self::ClientCredentials(_) => Some(Place::Bearer),
            Self::ApiKey(file) => Place::own(&file.place, &keys(file), slips),
            Self::Basic(file) => Place::basic(&file.place, &keys(file), slips),
        }
    }
}

/// The keys of what is entered and can be seen.
pub(crate) fn open(fields: &[CredentialFieldFile]) -> Vec<String> {
    fields.iter().filter(|field| !field.secret).map(|field| field.key.clone()).collect()
}
