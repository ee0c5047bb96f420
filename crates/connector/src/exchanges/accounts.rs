//! The parts of connecting an account: where one signs in, what is answered there, what was entered.

use super::Exchange;
use crate::auth::Auth;
use crate::definition::Definition;
use crate::http::Delivery;
use crate::key::KeyCheck;
use crate::oauth::{ClientCredentials, OAuthCode, RedirectError};
use portico_domain::{Failure, FailureClass};
use serde_json::{Value, json};

/// Whether what is asked while an account is connected is what was recorded, and what is answered
/// holds the tokens that were.
pub(super) fn compare(
    definition: &Definition,
    exchange: &Exchange,
    delivery: &Delivery,
) -> Result<(), String> {
    if let (Some(expected), Auth::OAuthCode(oauth)) = (&exchange.tokens, definition.auth()) {
        let tokens = oauth.tokens(delivery).map_err(|failure| format!("it failed: {failure}"))?;
        let bot = tokens.access_token.iter().map(|_| "bot");
        let held: Vec<_> = bot.chain(tokens.user.iter().map(|_| "user")).collect();
        if *expected != held {
            return Err(format!("the answer holds {held:?}"));
        }
    }
    let Some(expected) = &exchange.request else { return Ok(()) };
    let client = ClientCredentials { id: "client", secret: "secret" };
    let asked = match (definition.auth(), exchange.of.as_str()) {
        (Auth::OAuthCode(_), "tokens") => return Ok(()),
        (Auth::OAuthCode(oauth), _) => oauth
            .identity(&exchange.facts, client, "token")
            .ok_or("there is no identity request")?,
        (Auth::ClientCredentials(grant), _) => grant.request(&exchange.inputs),
        (Auth::Key(_), _) => return Err("a key asks for no tokens".to_owned()),
    };
    expected.compare(&asked.map_err(|failure| failure.to_string())?)
}

/// Where one signs in, by the account type and what is entered for it.
pub(super) fn login(
    definition: &Definition,
    exchange: &Exchange,
) -> Result<Result<Value, Failure>, String> {
    let Auth::OAuthCode(oauth) = definition.auth() else {
        return Err("one signs in with `oauth_code` only".to_owned());
    };
    let kind = exchange.inputs.get("account_type").and_then(Value::as_str).unwrap_or("default");
    Ok(match oauth.login_host(kind, &exchange.inputs, None) {
        Ok(host) => Ok(json!({ "login_host": host })),
        Err(problem) => {
            let failure = Failure::new(FailureClass::Invalid, "input", problem.message);
            Err(Failure { fields: vec![problem.field], ..failure })
        }
    })
}

/// An error with which the browser came back: its parameters stand where an answer does.
pub(super) fn redirected(oauth: &OAuthCode, delivery: &Delivery) -> Result<Failure, String> {
    let body = match delivery {
        Delivery::Answered(response) => response.json().unwrap_or_default(),
        _ => Value::Null,
    };
    let error = body["error"].as_str().ok_or("a redirect has an `error`")?;
    let words = match oauth.redirect_error(error, body["error_description"].as_str()) {
        RedirectError::Denied(words) | RedirectError::Failed(words) => words,
    };
    Ok(Failure::new(FailureClass::Forbidden, error, words))
}

/// What was entered, tried: the account that it makes.
pub(super) fn tested(
    definition: &Definition,
    exchange: &Exchange,
    delivery: &Delivery,
) -> Result<Result<Value, Failure>, String> {
    let Auth::Key(key) = definition.auth() else {
        return Err("there is no [auth.test]".to_owned());
    };
    let KeyCheck::Test(test) = key.check() else {
        return Err("there is no [auth.test]".to_owned());
    };
    exchange.compare(definition, |connection| test.request(connection))?;
    Ok(test.facts(delivery).map(|found| {
        let mut facts = exchange.facts.clone();
        facts.extend(found);
        let account = key.form().account(&facts);
        json!({ "provider_id": account.provider_id, "label": account.label, "facts": facts })
    }))
}
