//! The provider's redirect back to us: everything is checked before the token request.

use crate::Services;
use crate::access::{internal, storage};
use crate::security::ticket;
use crate::usecase::accounts::{NewAccount, foreign_host};
use crate::usecase::authorizations::{cookie_name, verifier_place};
use portico_connector::{Account, CodeExchange, Definition, OAuthCode, RedirectError, Tokens};
use portico_domain::{CredentialId, Failure, ProjectId, Refusal, RefusalCode};
use portico_storage::{Authorization, AuthorizationState, Integration};
use subtle::ConstantTimeEq;

/// What came back with the browser.
#[derive(Clone, Debug, Default)]
pub struct CallbackQuery {
    /// As we sent it.
    pub state: Option<String>,
    /// What tokens are asked with.
    pub code: Option<String>,
    /// What went wrong at the provider.
    pub error: Option<String>,
    /// The same, in the provider's words.
    pub error_description: Option<String>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackOutcome {
    /// An account is connected.
    Connected,
    /// The person said no.
    Denied,
    /// It went wrong.
    Failed,
    /// This browser did not begin this flow, or the flow is over: nothing happened.
    Stranger,
}

/// What the popup shows before it closes itself.
#[derive(Clone, Debug)]
pub struct CallbackAnswer {
    /// How it ended.
    pub outcome: CallbackOutcome,
    /// The same, in words for the end user.
    pub message: String,
    /// The cookie that has done its work, to be removed.
    pub spent_cookie: Option<String>,
}

impl CallbackAnswer {
    fn stranger() -> Self {
        Self {
            outcome: CallbackOutcome::Stranger,
            message: "Nothing was connected: this address works once, in the window that was \
                      opened from your app. Go back to your app and press Connect again."
                .to_owned(),
            spent_cookie: None,
        }
    }
}

impl Services {
    /// Finishes an authorization. State, cookie, redirect address and pending state are checked
    /// before anything is asked of the provider.
    ///
    /// # Errors
    /// The database failed. Everything else is an outcome.
    pub async fn finish_callback(
        &self,
        project: &str,
        kind: &str,
        query: CallbackQuery,
        cookie: impl Fn(&str) -> Option<String>,
    ) -> Result<CallbackAnswer, Refusal> {
        let Some((authorization, integration, name)) =
            self.bound_flow(project, kind, &query, cookie).await?
        else {
            return Ok(CallbackAnswer::stranger());
        };
        let now = self.ports().now();
        if !self.store().begin_exchange(authorization.id, now).await.map_err(storage)? {
            return Ok(CallbackAnswer::stranger());
        }
        let (outcome, state, message, credential) =
            match self.connect_account(&authorization, &integration, &query).await? {
                Ok((id, label)) => (
                    CallbackOutcome::Connected,
                    AuthorizationState::Connected,
                    format!("{label} is connected."),
                    Some(id),
                ),
                Err(RedirectError::Denied(words)) => {
                    (CallbackOutcome::Denied, AuthorizationState::Denied, words, None)
                }
                Err(RedirectError::Failed(words)) => {
                    (CallbackOutcome::Failed, AuthorizationState::Failed, words, None)
                }
            };
        self.store()
            .finish_authorization(authorization.id, state, Some(message.clone()), credential)
            .await
            .map_err(storage)?;
        self.inner.routes.forget(authorization.user);
        Ok(CallbackAnswer { outcome, message, spent_cookie: Some(name) })
    }

    /// The flow that this browser began, if it is still pending at this very address.
    async fn bound_flow(
        &self,
        project: &str,
        kind: &str,
        query: &CallbackQuery,
        cookie: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<(Authorization, Integration, String)>, Refusal> {
        let (Some(state), Ok(project)) = (&query.state, project.parse::<ProjectId>()) else {
            return Ok(None);
        };
        let state_hash = ticket::hash(state);
        let found = self.store().by_state(&state_hash).await.map_err(storage)?;
        let Some((authorization, Some(cookie_hash))) = found else { return Ok(None) };
        let name = cookie_name(&state_hash);
        let same_browser = cookie(&name).is_some_and(|cookie| {
            ticket::hash(cookie).as_bytes().ct_eq(cookie_hash.as_bytes()).into()
        });
        let pending = authorization.status == AuthorizationState::Pending
            && authorization.expires_at > self.ports().now();
        if !same_browser || !pending || authorization.project != project {
            return Ok(None);
        }
        let integration =
            self.store().integration(project, authorization.integration).await.map_err(storage)?;
        Ok(integration
            .filter(|integration| integration.kind == kind)
            .map(|integration| (authorization, integration, name)))
    }

    async fn connect_account(
        &self,
        authorization: &Authorization,
        integration: &Integration,
        query: &CallbackQuery,
    ) -> Result<Result<(CredentialId, String), RedirectError>, Refusal> {
        let catalogue = self.catalogue_of(integration).await?;
        let oauth = catalogue.oauth(&integration.kind)?;
        if let Some(error) = &query.error {
            return Ok(Err(oauth.redirect_error(error, query.error_description.as_deref())));
        }
        let Some(code) = &query.code else {
            return Ok(Err(RedirectError::Failed(
                "The provider sent no code back. Press Connect again.".to_owned(),
            )));
        };
        let Some(definition) = catalogue.definition(&integration.kind) else {
            return Err(internal());
        };
        let exchanged =
            self.exchange((definition, oauth), authorization, integration, code).await?;
        let (tokens, account) = match exchanged {
            Ok(exchanged) => exchanged,
            Err(failure) => {
                tracing::info!(%failure, "an authorization failed");
                return Ok(Err(RedirectError::Failed(failure.message)));
            }
        };
        let new = NewAccount {
            project: authorization.project,
            integration: authorization.integration,
            user: authorization.user,
            account_type: authorization.account_type.clone(),
            login_host: Some(authorization.login_host.clone()),
            reconnected: authorization.credential,
            entered: Vec::new(),
            tokens,
            account,
        };
        Ok(self.save_account(new).await?.map_err(RedirectError::Failed))
    }

    async fn exchange(
        &self,
        (definition, oauth): (&Definition, &OAuthCode),
        authorization: &Authorization,
        integration: &Integration,
        code: &str,
    ) -> Result<Result<(Tokens, Account), Failure>, Refusal> {
        let client = self.oauth_client(integration).await?;
        let verifier = match &authorization.verifier {
            None => None,
            Some(sealed) => {
                let place = verifier_place(authorization);
                let plain = self.inner.vault.open(self.store(), place, sealed).await?;
                Some(String::from_utf8(plain.to_vec()).map_err(|_| internal())?)
            }
        };
        let exchange = CodeExchange {
            login_host: &authorization.login_host,
            client: client.borrow(),
            redirect_uri: &authorization.redirect_uri,
            code,
            verifier: verifier.as_deref(),
        };
        let http = &self.ports().http;
        let asked = async {
            let delivery = http.send(oauth.exchange(&exchange)?).await;
            let tokens = oauth.tokens(&delivery)?;
            let token = tokens.first().unwrap_or_default();
            let account = match oauth.identity(&tokens.facts, client.borrow(), token) {
                None => Account::default(),
                Some(request) => {
                    // Where it goes is what the provider answered: the token goes nowhere else.
                    let request = request?;
                    if !definition.allows_host(&request.url) {
                        return Err(foreign_host());
                    }
                    oauth.account(&http.send(request).await)?
                }
            };
            Ok((tokens, account))
        };
        Ok(asked.await)
    }

    /// An integration that users can connect.
    pub(crate) async fn active_integration(
        &self,
        project: ProjectId,
        kind: &str,
    ) -> Result<Integration, Refusal> {
        let catalogue = self.catalogue_for(project, [kind]).await?;
        let Some(definition) = catalogue.definition(kind) else {
            let known = catalogue.definitions().map(|definition| definition.kind());
            let advice = portico_domain::nearest(kind, known)
                .map(|nearest| format!(" Did you mean {nearest:?}?"))
                .unwrap_or_default();
            return Err(Refusal::new(
                RefusalCode::IntegrationUnknown,
                format!("There is no integration {kind:?}.{advice}"),
            ));
        };
        let found = self.store().integration_of(project, kind).await.map_err(storage)?;
        found.filter(|integration| integration.active).ok_or_else(|| {
            Refusal::new(
                RefusalCode::IntegrationNotActivated,
                format!(
                    "{} is not activated in this project; an admin activates it in the dashboard.",
                    definition.name()
                ),
            )
        })
    }
}
