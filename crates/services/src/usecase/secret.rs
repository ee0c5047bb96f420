//! The sealed part of a credential, and the same opened for a call.

use super::credentials::ends;
use portico_connector::{Authorization, Connection, EntryForm, UserToken};
use portico_domain::Timestamp;
use portico_storage::{Credential, Integration};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The sealed part of a credential.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret {
    /// Absent where calls show what was entered.
    #[serde(default)]
    pub(crate) access_token: Option<String>,
    pub(crate) refresh_token: Option<String>,
    /// What the user entered: what tokens are asked for with, or what calls show.
    #[serde(default)]
    pub(crate) entered: Vec<(String, String)>,
    /// For acting as the person who connected the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserSecret>,
}

/// A token for acting as a person.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct UserSecret {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    /// When it ends, in milliseconds, if the provider tells.
    pub(crate) ends_at: Option<i64>,
}

impl UserSecret {
    /// As the provider gave it.
    pub(crate) fn of(token: &UserToken, now: Timestamp) -> Self {
        Self {
            access_token: token.access_token.clone(),
            refresh_token: token.refresh_token.clone(),
            ends_at: ends(token.expires_in_s, now).map(Timestamp::millis),
        }
    }

    pub(crate) fn ends(&self) -> Option<Timestamp> {
        self.ends_at.map(Timestamp::from_millis)
    }
}

impl Secret {
    pub(crate) fn entered(&self) -> Map<String, Value> {
        let entered = self.entered.iter();
        entered.map(|(key, text)| (key.clone(), Value::from(text.as_str()))).collect()
    }
}

/// A credential with what is needed to talk to its provider.
pub(crate) struct Opened {
    pub(crate) credential: Credential,
    pub(crate) integration: Integration,
    pub(crate) secret: Secret,
}

impl Opened {
    /// Whether there is something to ask for a new token with.
    pub(crate) fn can_refresh(&self) -> bool {
        self.secret.refresh_token.is_some()
    }
}

/// What a call needs of a credential. Has no `Debug`: it is mostly secret.
pub struct Access {
    secret: Secret,
    entered: Map<String, Value>,
    /// The type of the integration that it is of: nobody else is shown it.
    pub(crate) kind: String,
    /// What to name when the provider no longer accepts it.
    pub version: i64,
    /// The public facts of the connection: `instance_url`.
    pub facts: Map<String, Value>,
}

impl Access {
    pub(crate) fn of(opened: Opened) -> Self {
        Self {
            entered: opened.secret.entered(),
            secret: opened.secret,
            kind: opened.integration.kind,
            version: opened.credential.token_version,
            facts: opened.credential.connection,
        }
    }

    /// For the connector.
    pub fn connection(&self) -> Connection<'_> {
        let authorization = match (self.token(), self.user_token()) {
            (None, None) => Authorization::Entered(&self.entered),
            (app, user) => Authorization::Tokens { app, user },
        };
        Connection { facts: &self.facts, authorization }
    }

    /// The access token, if there is one. Never log it.
    pub fn token(&self) -> Option<&str> {
        self.secret.access_token.as_deref()
    }

    pub(crate) fn user_token(&self) -> Option<&str> {
        self.secret.user.as_ref().map(|user| user.access_token.as_str())
    }

    /// Whether the token for acting as the person is one beside another: without it the account is
    /// still good.
    pub fn spares_user_token(&self) -> bool {
        self.secret.access_token.is_some()
    }

    /// Whether the token for acting as the person can be renewed.
    pub fn renews_user_token(&self) -> bool {
        self.secret.user.as_ref().is_some_and(|user| user.refresh_token.is_some())
    }

    /// Whether there is something to ask for a new token with.
    pub(crate) fn renews(&self) -> bool {
        let granted = self.secret.refresh_token.is_some() || !self.secret.entered.is_empty();
        (self.spares_user_token() && granted) || self.renews_user_token()
    }

    /// What no log says: whatever is no public fact of the connection.
    pub fn unsaid(&self) -> impl Iterator<Item = &str> {
        let open = |key: &String| self.facts.contains_key(key);
        let entered = self.secret.entered.iter().filter(move |(key, _)| !open(key));
        entered.map(|(_, text)| text.as_str()).chain(self.tokens())
    }

    /// What must not be kept even as data: the tokens, and of what was entered what `form` calls secret. A
    /// name that was entered is a word that records have too.
    pub fn secrets(&self, form: Option<&EntryForm>) -> impl Iterator<Item = &str> {
        let secret = move |key: &String| {
            form.is_none_or(|form| form.fields().any(|own| own.secret && own.key == *key))
        };
        let entered = self.secret.entered.iter().filter(move |(key, _)| secret(key));
        entered.map(|(_, text)| text.as_str()).chain(self.tokens())
    }

    fn tokens(&self) -> impl Iterator<Item = &str> {
        let user = self.secret.user.as_ref();
        let refresh = self.secret.refresh_token.as_deref();
        let user_refresh = user.and_then(|user| user.refresh_token.as_deref());
        self.token().into_iter().chain(self.user_token()).chain(refresh).chain(user_refresh)
    }
}

#[cfg(test)]
mod tests {
    use super::super::redaction::Redaction;
    use super::{Access, Secret};
    use serde_json::{Map, json};

    #[test]
    fn what_was_sealed_before_there_were_keys_is_still_read() {
        let sealed = json!({ "access_token": "t", "refresh_token": null });
        let secret: Secret = serde_json::from_value(sealed).expect("a secret");
        assert_eq!(secret.access_token.as_deref(), Some("t"));
    }

    #[test]
    fn a_log_shows_no_secret() {
        let secret = Secret {
            access_token: Some("token-1234".to_owned()),
            refresh_token: None,
            user: None,
            entered: vec![
                ("key".to_owned(), "key-5678".to_owned()),
                ("site".to_owned(), "acme.shop.test".to_owned()),
            ],
        };
        let facts = Map::from_iter([("site".to_owned(), json!("acme.shop.test"))]);
        let (entered, kind) = (secret.entered(), "acme".to_owned());
        let access = Access { entered, secret, kind, version: 1, facts };
        let redaction = Redaction::of(access.unsaid());
        let told = redaction.hide("GET acme.shop.test/token-1234: no key key-5678");
        assert_eq!(told, "GET acme.shop.test/•••: no key •••");
    }
}
