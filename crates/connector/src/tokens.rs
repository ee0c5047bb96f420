//! What a token endpoint answers, however it was asked (RFC 6749 §5).

use crate::failures::{Repeat, Verdicts, undelivered};
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
    /// Public facts of the connection.
    pub facts: Map<String, Value>,
}

impl Tokens {
    /// Reads a token answer.
    pub(crate) fn read(
        verdicts: &Verdicts,
        facts: &BTreeMap<String, String>,
        delivery: &Delivery,
    ) -> Result<Self, Failure> {
        let body = granted(verdicts, delivery)?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let access_token =
            text("access_token").filter(|token| !token.is_empty()).ok_or_else(|| {
                Failure::new(
                    FailureClass::Transient,
                    "no_access_token",
                    "The provider's answer has no access token.",
                )
            })?;
        Ok(Self {
            access_token: Some(access_token),
            refresh_token: text("refresh_token").filter(|token| !token.is_empty()),
            expires_in_s: body.get("expires_in").and_then(Value::as_u64),
            facts: facts_of(facts, &body),
        })
    }
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
