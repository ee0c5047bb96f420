//! Authorizations: one OAuth attempt each, started and finished in the same browser.
//!
//! The popup opens at a constant address and gets its one-time start ticket from the same-origin
//! window that opened it. Exchanging the ticket sets a cookie in that browser; the callback
//! ([`super::callback`]) requires the state *and* that cookie before it asks for tokens. A link that
//! somebody forwarded connects nothing.

use crate::access::{as_user, internal, storage};
use crate::security::ticket::{self, Ticket};
use crate::usecase::credentials::login_host;
use crate::{Catalogue, Services};
use portico_connector::AuthorizeRequest;
use portico_domain::actor::Via;
use portico_domain::view::{AuthorizationStatus, AuthorizationStatusView, AuthorizationTicket};
use portico_domain::workflow::Trigger;
use portico_domain::{
    Actor, AuthorizationId, ConnectedUserId, CredentialId, ProjectId, Refusal, RefusalCode,
};
use portico_storage::{Authorization, AuthorizationState, Integration};
use serde_json::{Map, Value};
use std::time::Duration;
use url::Url;

/// How long a start ticket lives.
const TICKET_LIFE: Duration = Duration::from_secs(60);
/// How long a person has at the provider.
const AUTHORIZATION_LIFE: Duration = Duration::from_secs(600);

/// What an authorization is to connect.
#[derive(Clone, Debug, Default)]
pub struct NewAuthorization {
    /// The integration's type.
    pub integration: String,
    /// The kind of account; the definition's first if absent.
    pub account_type: Option<String>,
    /// The account to reconnect; a new one if absent.
    pub credential_id: Option<CredentialId>,
    /// What the account type asks for: the host where its owner signs in.
    pub inputs: Map<String, Value>,
}

/// A started authorization: where the browser goes, and what binds it to that browser.
#[derive(Clone, Debug)]
pub struct StartedAuthorization {
    /// The provider's consent page.
    pub location: Url,
    /// The name of the cookie.
    pub cookie_name: String,
    /// Its value.
    pub cookie: String,
    /// How long it lives.
    pub life: Duration,
}

/// The name of the cookie that binds a flow to a browser: several flows do not meet.
pub(crate) fn cookie_name(state_hash: &str) -> String {
    format!("__Host-portico_auth_{}", &state_hash[..8])
}

impl Services {
    /// Begins an authorization of the acting user.
    ///
    /// # Errors
    /// The integration is unknown or not activated; the account is not the user's; the account type
    /// is not one of the definition's; what was entered for it is no host of the provider's; a portal session may only connect its own integration.
    pub async fn begin_authorization(
        &self,
        actor: &Actor,
        new: NewAuthorization,
    ) -> Result<AuthorizationTicket, Refusal> {
        let (project, user) = as_user(actor)?;
        self.inner.rates.connecting(user, self.ports().now())?;
        let integration = self.active_integration(project, &new.integration).await?;
        let session = self.own_session(actor, &integration).await?;
        let reconnected = match new.credential_id {
            None => None,
            Some(id) => Some(self.own_credential(user, &integration, id).await?),
        };
        let catalogue = self.catalogue_of(&integration).await?;
        let oauth = catalogue.oauth(&integration.kind)?;
        let account_type = match (&new.account_type, &reconnected) {
            (Some(chosen), _) => chosen.clone(),
            (None, Some(credential)) => credential.account_type.clone(),
            (None, None) => first_account_type(&catalogue, &integration.kind),
        };
        // Connected again, it signs in where it did before.
        let same = reconnected.filter(|credential| credential.account_type == account_type);
        let before = same.as_ref().map(login_host);
        let login_host = oauth
            .login_host(&account_type, &new.inputs, before.as_deref())
            .map_err(|problem| Refusal::fields(vec![problem]))?;
        let ticket = Ticket::new(self.ports());
        let now = self.ports().now();
        let id = self.ports().id(AuthorizationId::from_parts);
        let authorization = Authorization {
            id,
            project,
            integration: integration.id,
            user,
            portal_session: session,
            credential: new.credential_id,
            account_type,
            login_host,
            redirect_uri: self.redirect_url(project, &integration.kind),
            status: AuthorizationState::Pending,
            verifier: None,
            message: None,
            result_credential: None,
            created_at: now,
            expires_at: now + AUTHORIZATION_LIFE,
        };
        let expires_at = now + TICKET_LIFE;
        self.store()
            .insert_authorization(&authorization, &ticket.hash, expires_at)
            .await
            .map_err(storage)?;
        Ok(AuthorizationTicket { id, ticket: ticket.secret, expires_at })
    }

    /// A fresh ticket for an authorization that is still pending: *Reopen window*.
    ///
    /// # Errors
    /// It is not the user's, or no longer pending.
    pub async fn renew_authorization(
        &self,
        actor: &Actor,
        id: AuthorizationId,
    ) -> Result<AuthorizationTicket, Refusal> {
        let authorization = self.own_authorization(actor, id).await?;
        self.inner.rates.connecting(authorization.user, self.ports().now())?;
        let ticket = Ticket::new(self.ports());
        let now = self.ports().now();
        let expires_at = now + TICKET_LIFE;
        let renewed = authorization.expires_at > now
            && self
                .store()
                .renew_ticket(authorization.project, id, &ticket.hash, expires_at)
                .await
                .map_err(storage)?;
        if !renewed {
            return Err(unknown_authorization());
        }
        Ok(AuthorizationTicket { id, ticket: ticket.secret, expires_at })
    }

    /// How an authorization stands.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn authorization_status(
        &self,
        actor: &Actor,
        id: AuthorizationId,
    ) -> Result<AuthorizationStatusView, Refusal> {
        let authorization = self.own_authorization(actor, id).await?;
        let over = authorization.expires_at <= self.ports().now();
        let status = match authorization.status {
            AuthorizationState::Pending | AuthorizationState::Exchanging if over => {
                AuthorizationStatus::Expired
            }
            AuthorizationState::Pending | AuthorizationState::Exchanging => {
                AuthorizationStatus::Pending
            }
            AuthorizationState::Connected => AuthorizationStatus::Connected,
            AuthorizationState::Denied => AuthorizationStatus::Denied,
            AuthorizationState::Failed => AuthorizationStatus::Failed,
            AuthorizationState::Expired => AuthorizationStatus::Expired,
        };
        Ok(AuthorizationStatusView {
            status,
            credential_id: authorization.result_credential,
            message: authorization.message,
        })
    }

    /// Uses up a start ticket: binds the flow to the browser that gets the cookie and says where it
    /// goes. The ticket is the authority; there is no actor.
    ///
    /// # Errors
    /// The ticket was used or has ended, or the integration was switched off.
    pub async fn start_authorization(&self, ticket: &str) -> Result<StartedAuthorization, Refusal> {
        let now = self.ports().now();
        let ticket_hash = ticket::hash(ticket);
        let found = self.store().ticket(&ticket_hash, now).await.map_err(storage)?;
        let authorization = found.ok_or_else(unknown_authorization)?;
        let integration = self
            .store()
            .integration(authorization.project, authorization.integration)
            .await
            .map_err(storage)?
            .filter(|integration| integration.active)
            .ok_or_else(unknown_authorization)?;
        let catalogue = self.catalogue_of(&integration).await?;
        let oauth = catalogue.oauth(&integration.kind)?;
        let client = self.oauth_client(&integration).await?;
        let state = Ticket::new(self.ports());
        let cookie = Ticket::new(self.ports());
        // 32 random bytes in base64url: the 43 characters that RFC 7636 §4.1 asks for.
        let verifier = oauth.uses_pkce().then(|| Ticket::new(self.ports()).secret);
        let sealed = match &verifier {
            None => None,
            Some(verifier) => {
                let place = verifier_place(&authorization);
                let vault = &self.inner.vault;
                Some(vault.seal(self.store(), self.ports(), place, verifier.as_bytes()).await?)
            }
        };
        let challenge = verifier.as_deref().map(ticket::challenge);
        let mut scopes = scopes(&catalogue, &integration);
        let heard = self.scopes_of_triggers(&catalogue, &integration).await?;
        for scope in heard {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        let url = oauth
            .authorize_url(&AuthorizeRequest {
                login_host: &authorization.login_host,
                client_id: client.id(),
                redirect_uri: &authorization.redirect_uri,
                state: &state.secret,
                challenge: challenge.as_deref(),
                scopes: &scopes,
            })
            .map_err(|failure| {
                tracing::error!(%failure, "an authorize URL could not be made");
                internal()
            })?;
        let started = self
            .store()
            .start_authorization(
                authorization.id,
                &ticket_hash,
                portico_storage::StartedFlow {
                    state_hash: state.hash.clone(),
                    cookie_hash: cookie.hash,
                    verifier: sealed,
                },
                now,
            )
            .await
            .map_err(storage)?;
        if !started {
            return Err(unknown_authorization());
        }
        Ok(StartedAuthorization {
            location: self.ports().http.for_browser(&url),
            cookie_name: cookie_name(&state.hash),
            cookie: cookie.secret,
            life: AUTHORIZATION_LIFE,
        })
    }

    /// To be registered at the provider, byte for byte: distinct per project and integration.
    pub fn redirect_url(&self, project: ProjectId, kind: &str) -> String {
        format!("{}/oauth/{project}/{kind}", self.settings().base())
    }

    /// A portal session connects its own integration only.
    pub(crate) async fn own_session(
        &self,
        actor: &Actor,
        integration: &Integration,
    ) -> Result<Option<portico_domain::PortalSessionId>, Refusal> {
        let Actor::ConnectedUser { via: Via::PortalSession(id), .. } = actor else {
            return Ok(None);
        };
        let session = self.store().portal_session_by_id(*id).await.map_err(storage)?;
        match session {
            Some(session) if session.integration == integration.id => Ok(Some(*id)),
            _ => Err(Refusal::new(
                RefusalCode::PortalSessionExpired,
                "This window belongs to another integration; open it again from your app.",
            )),
        }
    }

    pub(crate) async fn own_credential(
        &self,
        user: ConnectedUserId,
        integration: &Integration,
        id: CredentialId,
    ) -> Result<portico_storage::Credential, Refusal> {
        let owned = self.store().credentials_of(user).await.map_err(storage)?;
        owned
            .into_iter()
            .find(|credential| credential.id == id && credential.integration == integration.id)
            .ok_or_else(|| {
                Refusal::new(RefusalCode::CredentialUnknown, "There is no such connected account.")
            })
    }

    async fn own_authorization(
        &self,
        actor: &Actor,
        id: AuthorizationId,
    ) -> Result<Authorization, Refusal> {
        let (project, user) = as_user(actor)?;
        let found = self.store().authorization(project, id).await.map_err(storage)?;
        found.filter(|found| found.user == user).ok_or_else(unknown_authorization)
    }
}

impl Services {
    /// What deployed workflows need beside the account's own scopes to hear of what they wait for.
    async fn scopes_of_triggers(
        &self,
        catalogue: &Catalogue,
        integration: &Integration,
    ) -> Result<Vec<String>, Refusal> {
        let definition = catalogue.definition(&integration.kind);
        let mut scopes = Vec::new();
        let deployed = self.store().deployed(integration.project).await.map_err(storage)?;
        for workflow in deployed.iter().filter(|own| own.integration == integration.id) {
            let document = &workflow.definition;
            let parsed = self.parsed_version(workflow.id, workflow.version, document)?;
            if let Trigger::Integration { trigger, .. } = &parsed.trigger {
                let known = definition.and_then(|own| own.trigger(trigger));
                scopes.extend(known.into_iter().flat_map(|own| own.shape().scopes.clone()));
            }
        }
        Ok(scopes)
    }
}

/// The scopes that are asked for: the admin's, else the definition's.
fn scopes(catalogue: &Catalogue, integration: &Integration) -> Vec<String> {
    integration.scopes.clone().unwrap_or_else(|| {
        let definition = catalogue.definition(&integration.kind);
        let scopes = definition.map(|definition| definition.scopes()).unwrap_or_default();
        scopes.iter().map(|scope| scope.name.clone()).collect()
    })
}

fn first_account_type(catalogue: &Catalogue, kind: &str) -> String {
    let definition = catalogue.definition(kind);
    let first = definition.and_then(|definition| definition.account_types().first());
    first.map_or_else(|| "default".to_owned(), |first| first.id.clone())
}

/// Where the sealed verifier lies.
pub(crate) fn verifier_place(
    authorization: &Authorization,
) -> (&'static str, &'static str, uuid::Uuid, ProjectId) {
    ("authorizations", "verifier", authorization.id.uuid(), authorization.project)
}

fn unknown_authorization() -> Refusal {
    Refusal::new(
        RefusalCode::AuthorizationUnknown,
        "This attempt to connect has ended. Press Connect again.",
    )
}
