//! As whom an action is carried out: as the app, or as the person who connected the account.

use crate::action::Connection;
use crate::place::Authorization;
use crate::request::invalid;
use crate::slip::{Slip, check_names};
use crate::text::Text;
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};

/// As whom an action is carried out.
pub(crate) enum Role {
    /// As whoever the account has a token for, the app first.
    Any,
    App,
    User,
    /// As an input says.
    Asked(String),
}

impl Role {
    /// `near` is a text near which its mistakes stand, `known` are the inputs.
    pub(crate) fn read(
        written: Option<&str>,
        (near, known): (&str, &[String]),
        slips: &mut Vec<Slip>,
    ) -> Self {
        match written {
            None => Self::Any,
            Some("bot") => Self::App,
            Some("user") => Self::User,
            Some(text) => {
                let parsed = Text::parse(text);
                match parsed.as_ref().ok().and_then(Text::only_name) {
                    Some(name) => {
                        check_names(near, std::iter::once(name), known, slips);
                        Self::Asked(name.to_owned())
                    }
                    None => {
                        let words = "A token is `bot`, `user`, or one input in braces.";
                        slips.push(Slip::new(near, words));
                        Self::Any
                    }
                }
            }
        }
    }

    /// Whether it takes the token of a person.
    pub(crate) fn is_user(&self, inputs: &Map<String, Value>) -> bool {
        match self {
            Self::User => true,
            Self::Asked(key) => inputs.get(key).is_some_and(|value| value == "user"),
            Self::Any | Self::App => false,
        }
    }

    /// The connection with only what the role takes.
    pub(crate) fn of<'c>(
        &self,
        inputs: &Map<String, Value>,
        connection: &Connection<'c>,
    ) -> Result<Connection<'c>, Failure> {
        let Authorization::Tokens { app, user } = connection.authorization else {
            return Ok(*connection);
        };
        if let Self::Asked(key) = self {
            let value = inputs.get(key).filter(|value| !value.is_null() && *value != "");
            if value.is_some_and(|value| value != "bot" && value != "user") {
                return Err(invalid("input", format!("The input {key:?} is `bot` or `user`.")));
            }
        }
        let authorization = match self {
            Self::Any => Authorization::Tokens { app, user },
            role if role.is_user(inputs) => Authorization::Tokens { app: None, user },
            _ => Authorization::Tokens { app, user: None },
        };
        if matches!(authorization, Authorization::Tokens { app: None, user: None }) {
            return Err(Failure::new(
                FailureClass::Forbidden,
                "token_missing",
                match self {
                    role if role.is_user(inputs) => {
                        "The account was connected without allowing this app to act as its user. \
                     Reconnect it to allow that."
                    }
                    _ => {
                        "The account was connected without allowing this app to act as itself. \
                     Reconnect it to allow that."
                    }
                },
            ));
        }
        Ok(Connection { facts: connection.facts, authorization })
    }
}
