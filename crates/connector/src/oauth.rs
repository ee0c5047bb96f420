//! OAuth 2.0 with a code (RFC 6749 §4.1), PKCE S256 (RFC 7636).

use crate::definition::{Scope, Slip, named};
use crate::failures::{Repeat, Verdicts, undelivered};
use crate::file::{IdentityFile, OAuthFile};
use crate::http::{Delivery, HttpRequest, HttpResponse, Method};
use crate::text::Text;
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;
use url::form_urlencoded::Serializer;

/// How accounts of an integration are connected.
pub struct OAuthCode {
    pkce: bool,
    scope_separator: String,
    authorize: String,
    token: String,
    revoke: Option<String>,
    authorize_parameters: BTreeMap<String, String>,
    facts: BTreeMap<String, String>,
    identity: Option<Identity>,
    scopes: Vec<Scope>,
    /// Account type to login host.
    login_hosts: Vec<(String, String)>,
    verdicts: Verdicts,
}

struct Identity {
    url: Text,
    provider_id: String,
    label: String,
    facts: BTreeMap<String, String>,
}

/// What the authorize address is made of.
#[derive(Clone, Copy)]
pub struct AuthorizeRequest<'a> {
    /// The host that is asked.
    pub login_host: &'a str,
    /// The OAuth client's id.
    pub client_id: &'a str,
    /// Where the browser comes back to.
    pub redirect_uri: &'a str,
    /// The one-time state.
    pub state: &'a str,
    /// The PKCE challenge.
    pub challenge: Option<&'a str>,
    /// What is asked for.
    pub scopes: &'a [String],
}

/// The OAuth client.
#[derive(Clone, Copy)]
pub struct ClientCredentials<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its secret. Never log it.
    pub secret: &'a str,
}

/// What a code is exchanged with.
#[derive(Clone, Copy)]
pub struct CodeExchange<'a> {
    /// The host that was asked.
    pub login_host: &'a str,
    /// The OAuth client.
    pub client: ClientCredentials<'a>,
    /// As it was in the authorize address, byte for byte.
    pub redirect_uri: &'a str,
    /// The code.
    pub code: &'a str,
    /// The PKCE verifier.
    pub verifier: Option<&'a str>,
}

/// What a token endpoint gave. Has no `Debug`: it is all secret.
pub struct Tokens {
    /// For calls.
    pub access_token: String,
    /// For the next refresh; absent where the old one goes on.
    pub refresh_token: Option<String>,
    /// How long the access token lives, in seconds, if the provider tells.
    pub expires_in_s: Option<u64>,
    /// Public facts of the connection.
    pub facts: Map<String, Value>,
}

/// Who was connected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Its id at the provider.
    pub provider_id: Option<String>,
    /// What a person reads.
    pub label: Option<String>,
    /// Public facts of the account.
    pub facts: Map<String, Value>,
}

/// How a flow ended without a code, in words for the end user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectError {
    /// The person said no.
    Denied(String),
    /// Something went wrong.
    Failed(String),
}

impl OAuthCode {
    pub(crate) fn read(file: OAuthFile, facts: &[String], slips: &mut Vec<Slip>) -> Option<Self> {
        if file.account_types.is_empty() {
            slips.push(Slip::new("[auth]", "An account type with a login host is needed."));
        }
        let verdicts = match Verdicts::read(file.failures, file.errors) {
            Ok(verdicts) => verdicts,
            Err(why) => {
                slips.push(Slip::new("[[auth.failures]]", why));
                return None;
            }
        };
        let identity = match file.identity {
            None => None,
            Some(IdentityFile { url, provider_id, label, facts: own }) => {
                let url = named(&url, facts, slips)?;
                Some(Identity { url, provider_id, label, facts: own })
            }
        };
        Some(Self {
            pkce: file.pkce,
            scope_separator: file.scope_separator,
            authorize: file.authorize,
            token: file.token,
            revoke: file.revoke,
            authorize_parameters: file.authorize_parameters,
            facts: file.facts,
            identity,
            scopes: file.scopes,
            login_hosts: file
                .account_types
                .into_iter()
                .map(|kind| (kind.id, kind.login_host))
                .collect(),
            verdicts,
        })
    }

    pub(crate) fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    pub(crate) fn verdicts(&self) -> &Verdicts {
        &self.verdicts
    }

    /// Whether it is done with PKCE.
    pub fn uses_pkce(&self) -> bool {
        self.pkce
    }

    /// The host that is asked for accounts of a type.
    pub fn login_host(&self, account_type: &str) -> Option<&str> {
        let found = self.login_hosts.iter().find(|(kind, _)| kind == account_type);
        found.map(|(_, host)| host.as_str())
    }

    /// Where the browser goes.
    ///
    /// # Errors
    /// The login host makes no address.
    pub fn authorize_url(&self, about: &AuthorizeRequest<'_>) -> Result<Url, Failure> {
        let mut url = on_host(about.login_host, &self.authorize)?;
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", about.client_id)
                .append_pair("redirect_uri", about.redirect_uri)
                .append_pair("scope", &about.scopes.join(&self.scope_separator))
                .append_pair("state", about.state);
            if let Some(challenge) = about.challenge {
                query
                    .append_pair("code_challenge", challenge)
                    .append_pair("code_challenge_method", "S256");
            }
            for (key, value) in &self.authorize_parameters {
                query.append_pair(key, value);
            }
        }
        Ok(url)
    }

    /// Asks for tokens with a code.
    ///
    /// # Errors
    /// The login host makes no address.
    pub fn exchange(&self, about: &CodeExchange<'_>) -> Result<HttpRequest, Failure> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", about.code),
            ("client_id", about.client.id),
            ("client_secret", about.client.secret),
            ("redirect_uri", about.redirect_uri),
        ];
        form.extend(about.verifier.map(|verifier| ("code_verifier", verifier)));
        Ok(posted(on_host(about.login_host, &self.token)?, &form))
    }

    /// Asks for tokens with a refresh token.
    ///
    /// # Errors
    /// The login host makes no address.
    pub fn refresh(
        &self,
        login_host: &str,
        client: ClientCredentials<'_>,
        refresh_token: &str,
    ) -> Result<HttpRequest, Failure> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", client.id),
            ("client_secret", client.secret),
        ];
        Ok(posted(on_host(login_host, &self.token)?, &form))
    }

    /// Revokes a token, where the provider can.
    pub fn revoke(&self, login_host: &str, token: &str) -> Option<HttpRequest> {
        let url = on_host(login_host, self.revoke.as_deref()?).ok()?;
        Some(posted(url, &[("token", token)]))
    }

    /// Reads a token answer.
    ///
    /// # Errors
    /// The verdict: `revoked` means that the account must be connected again, `forbidden` that our own
    /// client is at fault, `transient` that it can be tried again.
    pub fn tokens(&self, delivery: &Delivery) -> Result<Tokens, Failure> {
        let body = self.success(delivery)?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let access_token =
            text("access_token").filter(|token| !token.is_empty()).ok_or_else(|| {
                Failure::new(
                    FailureClass::Transient,
                    "no_access_token",
                    "The provider's answer has no access token.",
                )
            })?;
        Ok(Tokens {
            access_token,
            refresh_token: text("refresh_token").filter(|token| !token.is_empty()),
            expires_in_s: body.get("expires_in").and_then(Value::as_u64),
            facts: facts_of(&self.facts, &body),
        })
    }

    /// Asks who was connected, where that takes a request.
    pub fn identity(
        &self,
        facts: &Map<String, Value>,
        access_token: &str,
    ) -> Option<Result<HttpRequest, Failure>> {
        let identity = self.identity.as_ref()?;
        let failed = || {
            Failure::new(
                FailureClass::Invalid,
                "identity",
                "The provider did not say where to ask who was connected.",
            )
        };
        let url = identity.url.plain(facts).ok().and_then(|text| Url::parse(&text).ok());
        Some(url.ok_or_else(failed).map(|url| HttpRequest {
            method: Method::Get,
            url,
            headers: vec![
                ("accept".to_owned(), "application/json".to_owned()),
                ("authorization".to_owned(), format!("Bearer {access_token}")),
            ],
            body: Vec::new(),
        }))
    }

    /// Reads who was connected.
    ///
    /// # Errors
    /// The verdict.
    pub fn account(&self, delivery: &Delivery) -> Result<Account, Failure> {
        let body = self.success(delivery)?;
        let Some(identity) = &self.identity else { return Ok(Account::default()) };
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Ok(Account {
            provider_id: text(&identity.provider_id),
            label: text(&identity.label),
            facts: facts_of(&identity.facts, &body),
        })
    }

    /// What came back instead of a code (RFC 6749 §4.1.2.1), in words.
    pub fn redirect_error(&self, error: &str, description: Option<&str>) -> RedirectError {
        if error == "access_denied" {
            return RedirectError::Denied(
                "You did not allow the connection. Nothing was connected.".to_owned(),
            );
        }
        let plain =
            |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(200).collect() };
        let words = description.map(plain).filter(|text| !text.is_empty());
        RedirectError::Failed(format!(
            "The provider refused: {}.",
            words.unwrap_or_else(|| plain(error)).trim_end_matches('.')
        ))
    }

    fn success(&self, delivery: &Delivery) -> Result<Value, Failure> {
        if let Some(failure) = undelivered(delivery, Repeat::Safe) {
            return Err(failure);
        }
        let Delivery::Answered(response) = delivery else {
            return Err(not_json(None));
        };
        if !(200..300).contains(&response.status) || self.verdicts.row(response).is_some() {
            return Err(self.refused(response));
        }
        response.json().ok_or_else(|| not_json(Some(response.status)))
    }

    /// RFC 6749 §5.2 under the file's rows.
    fn refused(&self, response: &HttpResponse) -> Failure {
        let mut failure = self.verdicts.of(response, Repeat::Safe);
        if self.verdicts.row(response).is_none() {
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

fn facts_of(pointers: &BTreeMap<String, String>, body: &Value) -> Map<String, Value> {
    pointers
        .iter()
        .filter_map(|(name, pointer)| Some((name.clone(), body.pointer(pointer)?.clone())))
        .collect()
}

fn on_host(host: &str, path: &str) -> Result<Url, Failure> {
    Url::parse(&format!("https://{host}{path}")).map_err(|_| {
        Failure::new(FailureClass::Invalid, "login_host", "The login host makes no address.")
    })
}

fn posted(url: Url, form: &[(&str, &str)]) -> HttpRequest {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    HttpRequest {
        method: Method::Post,
        url,
        headers: vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ],
        body: body.into_bytes(),
    }
}
