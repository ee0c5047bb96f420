//! What a token endpoint answers, however it was asked (RFC 6749 §5).

use crate::failures::{Repeat, Verdicts, undelivered};
use crate::file::TokenPointersFile;
use crate::http::{Delivery, HttpResponse};
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a token endpoint gave. Has no `Debug`: it is all secret.
#[derive(Default)]
pub struct Tokens {
    /// For calls; absent where an account is connected without any.
    pub access_token: Option<String>,
    /// For the next refresh; absent where the old one goes on.
    pub refresh_token: Option<String>,
    /// How long the access token lives, in seconds, if the provider tells.
    pub expires_in_s: Option<u64>,
    /// For acting as the person who connected the account, where that is told apart.
    pub user: Option<UserToken>,
    /// Public facts of the connection.
    pub facts: Map<String, Value>,
}

/// A token for acting as the person who connected an account. Has no `Debug`: it is all secret.
pub struct UserToken {
    /// For calls.
    pub access_token: String,
    /// For the next refresh; absent where there is none.
    pub refresh_token: Option<String>,
    /// How long the access token lives, in seconds, if the provider tells.
    pub expires_in_s: Option<u64>,
}

impl Tokens {
    /// Reads a token answer: its facts, and where a token for acting as the person stands.
    pub(crate) fn read(
        verdicts: &Verdicts,
        (facts, user): (&BTreeMap<String, String>, Option<&TokenPointersFile>),
        delivery: &Delivery,
    ) -> Result<Self, Failure> {
        let body = granted(verdicts, delivery)?;
        let text = |pointer: &str| {
            let found = body.pointer(pointer).and_then(Value::as_str);
            found.filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let seconds = |pointer: &str| body.pointer(pointer).and_then(Value::as_u64);
        let user = user.and_then(|at| {
            Some(UserToken {
                access_token: text(&at.access_token)?,
                refresh_token: at.refresh_token.as_deref().and_then(text),
                expires_in_s: at.expires_in.as_deref().and_then(seconds),
            })
        });
        let access_token = text("/access_token");
        if access_token.is_none() && user.is_none() {
            return Err(no_token());
        }
        Ok(Self {
            access_token,
            refresh_token: text("/refresh_token"),
            expires_in_s: seconds("/expires_in"),
            user,
            facts: facts_of(facts, &body),
        })
    }

    /// The token as one for acting as the person.
    pub(crate) fn into_user(self) -> Option<UserToken> {
        Some(UserToken {
            access_token: self.access_token?,
            refresh_token: self.refresh_token,
            expires_in_s: self.expires_in_s,
        })
    }

    /// The token to ask with who was connected.
    pub fn first(&self) -> Option<&str> {
        let user = self.user.as_ref().map(|user| user.access_token.as_str());
        self.access_token.as_deref().or(user)
    }
}

pub(crate) fn no_token() -> Failure {
    Failure::new(
        FailureClass::Transient,
        "no_access_token",
        "The provider's answer has no access token.",
    )
}

/// The answer of an authorization server, if it is a success.
pub(crate) fn granted(verdicts: &Verdicts, delivery: &Delivery) -> Result<Value, Failure> {
    if let Some(failure) = undelivered(delivery, Repeat::Safe) {
        return Err(failure);
    }
    let Delivery::Answered(response) = delivery else {
        return Err(not_json(None));
    };
    if !(200..300).contains(&response.status) || verdicts.row(response).is_some() {
        return Err(refused(verdicts, response));
    }
    response.json().ok_or_else(|| not_json(Some(response.status)))
}

/// RFC 6749 §5.2 under the file's rows.
fn refused(verdicts: &Verdicts, response: &HttpResponse) -> Failure {
    let mut failure = verdicts.of(response, Repeat::Safe);
    if verdicts.row(response).is_none() {
        let body = response.json();
        let error = body.as_ref().and_then(|body| body.get("error")?.as_str());
        let class = match error {
            Some("invalid_grant") => FailureClass::Revoked,
            Some("invalid_client" | "unauthorized_client") => FailureClass::Forbidden,
            _ => return failure,
        };
        failure.class = class;
    }
    failure
}

fn not_json(status: Option<u16>) -> Failure {
    let mut failure = Failure::new(
        FailureClass::Transient,
        "not_json",
        "The provider answered with something that is not JSON.",
    );
    failure.status = status;
    failure
}

pub(crate) fn facts_of(pointers: &BTreeMap<String, String>, body: &Value) -> Map<String, Value> {
    pointers
        .iter()
        .filter_map(|(name, pointer)| Some((name.clone(), body.pointer(pointer)?.clone())))
        .collect()
}
