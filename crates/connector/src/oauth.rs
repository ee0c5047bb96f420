//! OAuth 2.0 with a code (RFC 6749 §4.1), PKCE S256 (RFC 7636).

use crate::definition::Scope;
use crate::failures::{Repeat, Verdicts};
use crate::file::{OAuthFile, TokenPointersFile};
use crate::hosts::Hosts;
use crate::http::{Delivery, HttpRequest, Method};
use crate::identity::{Account, Identity};
use crate::login::LoginHost;
use crate::revocation::{HeldTokens, Revocation};
use crate::slip::Slip;
use crate::tokens::{Tokens, UserToken, granted, no_token};
use portico_domain::view::CredentialField;
use portico_domain::{Failure, FailureClass, FieldProblem};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::Url;
use url::form_urlencoded::Serializer;

/// The person said no (RFC 6749 §4.1.2.1).
const DENIED: &str = "access_denied";

/// How accounts of an integration are connected.
pub struct OAuthCode {
    pkce: bool,
    scope_separator: String,
    authorize: String,
    token: String,
    revocation: Option<Revocation>,
    authorize_parameters: BTreeMap<String, String>,
    facts: BTreeMap<String, String>,
    identity: Option<Identity>,
    /// What to do about an error with which the browser comes back.
    redirect_errors: BTreeMap<String, String>,
    scopes: Vec<Scope>,
    /// Account type to login host.
    login_hosts: Vec<(String, LoginHost)>,
    /// Where a token for acting as the person stands.
    user_token: Option<TokenPointersFile>,
    verdicts: Verdicts,
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

/// How a flow ended without a code, in words for the end user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectError {
    /// The person said no.
    Denied(String),
    /// Something went wrong.
    Failed(String),
}

impl OAuthCode {
    pub(crate) fn read(file: OAuthFile, hosts: &Hosts, slips: &mut Vec<Slip>) -> Option<Self> {
        let revocation = Revocation::read(&file, slips);
        let facts: Vec<String> = file.facts.keys().cloned().collect();
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
            Some(own) => Some(Identity::read(own, &facts, slips)?),
        };
        for code in file.redirect_errors.keys().filter(|code| *code == DENIED) {
            slips.push(Slip::new(code, "That a person said no has words already."));
        }
        let mut login_hosts = Vec::new();
        for kind in file.account_types {
            let id = kind.id.clone();
            login_hosts.push((id, LoginHost::read(kind, hosts, slips)?));
        }
        Some(Self {
            pkce: file.pkce,
            scope_separator: file.scope_separator,
            authorize: file.authorize,
            token: file.token,
            revocation,
            authorize_parameters: file.authorize_parameters,
            facts: file.facts,
            identity,
            redirect_errors: file.redirect_errors,
            scopes: file.scopes,
            login_hosts,
            user_token: file.tokens.user,
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

    /// The kinds of account there are, and what is asked for each.
    pub(crate) fn account_types(&self) -> impl Iterator<Item = (&str, Option<&CredentialField>)> {
        self.login_hosts.iter().map(|(id, host)| (id.as_str(), host.shown()))
    }

    /// The host that is asked for accounts of a type: with what was entered for it, or else with the
    /// host of `before`, where the account is one that is connected again.
    ///
    /// # Errors
    /// There is no such type, or what was entered is not a host of the provider's.
    pub fn login_host(
        &self,
        account_type: &str,
        inputs: &Map<String, Value>,
        before: Option<&str>,
    ) -> Result<String, FieldProblem> {
        let found = self.login_hosts.iter().find(|(kind, _)| kind == account_type);
        let (_, host) = found.ok_or_else(|| FieldProblem {
            field: "accountType".to_owned(),
            message: format!("There is no account type {account_type:?}."),
        })?;
        host.host(inputs, before)
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

    /// Revokes a token, where the provider can and there is one.
    pub fn revoke(
        &self,
        login_host: &str,
        client: ClientCredentials<'_>,
        held: HeldTokens<'_>,
    ) -> Option<HttpRequest> {
        self.revocation.as_ref()?.request(login_host, client, held)
    }

    /// Whether the provider ended it.
    ///
    /// # Errors
    /// The verdict.
    pub fn revoked(&self, delivery: &Delivery) -> Result<(), Failure> {
        self.verdicts.judge(delivery, Repeat::Safe).map(|_| ())
    }

    /// Reads a token answer.
    ///
    /// # Errors
    /// The verdict: `revoked` means that the account must be connected again, `forbidden` that our own
    /// client is at fault, `transient` that it can be tried again.
    pub fn tokens(&self, delivery: &Delivery) -> Result<Tokens, Failure> {
        Tokens::read(&self.verdicts, (&self.facts, self.user_token.as_ref()), delivery)
    }

    /// Reads the answer to a refresh of the token for acting as the person.
    ///
    /// # Errors
    /// As of [`Self::tokens`].
    pub fn user_token(&self, delivery: &Delivery) -> Result<UserToken, Failure> {
        let tokens = self.tokens(delivery)?;
        // Asked for alone, it stands where tokens stand.
        tokens.user.or_else(|| Tokens { user: None, ..tokens }.into_user()).ok_or_else(no_token)
    }

    /// Asks who was connected, where that takes a request.
    pub fn identity(
        &self,
        facts: &Map<String, Value>,
        client: ClientCredentials<'_>,
        access_token: &str,
    ) -> Option<Result<HttpRequest, Failure>> {
        Some(self.identity.as_ref()?.request(facts, client, access_token))
    }

    /// Reads who was connected.
    ///
    /// # Errors
    /// The verdict.
    pub fn account(&self, delivery: &Delivery) -> Result<Account, Failure> {
        let body = granted(&self.verdicts, delivery)?;
        Ok(self.identity.as_ref().map(|own| own.account(&body)).unwrap_or_default())
    }

    /// The errors of a redirect that have words of their own.
    pub(crate) fn redirect_errors(&self) -> impl Iterator<Item = &str> {
        self.redirect_errors.keys().map(String::as_str)
    }

    /// What came back instead of a code (RFC 6749 §4.1.2.1), in words.
    pub fn redirect_error(&self, error: &str, description: Option<&str>) -> RedirectError {
        if error == DENIED {
            return RedirectError::Denied(
                "You did not allow the connection. Nothing was connected.".to_owned(),
            );
        }
        if let Some(words) = self.redirect_errors.get(error) {
            return RedirectError::Failed(words.clone());
        }
        let plain =
            |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(200).collect() };
        let words = description.map(plain).filter(|text| !text.is_empty());
        RedirectError::Failed(format!(
            "The provider refused: {}.",
            words.unwrap_or_else(|| plain(error)).trim_end_matches('.')
        ))
    }
}

/// A path on the login host; a whole address stands for itself.
pub(crate) fn on_host(host: &str, path: &str) -> Result<Url, Failure> {
    let url = if path.starts_with('/') { format!("https://{host}{path}") } else { path.to_owned() };
    Url::parse(&url).map_err(|_| {
        Failure::new(FailureClass::Invalid, "login_host", "The login host makes no address.")
    })
}

pub(crate) fn posted(url: Url, form: &[(&str, &str)]) -> HttpRequest {
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
