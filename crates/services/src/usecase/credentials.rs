//! Credentials: tokens opened for a call, refreshed under a lease, destroyed on disconnect.

use crate::Services;
use crate::access::{administrate, as_user, storage};
use portico_connector::{Auth, ClientCredentials, OAuthCode};
use portico_domain::execution::{Entry, Fact};
use portico_domain::{
    Actor, CredentialId, CredentialStatus, Failure, FailureClass, ProjectId, Refusal, RefusalCode,
    Timestamp,
};
use portico_storage::{Credential, Integration, RefreshLease, StorageError, TokenUpdate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A token that ends within this is refreshed before it is used.
const EARLY: Duration = Duration::from_secs(60);
/// How long one refresh may take before another node tries.
const LEASE: Duration = Duration::from_secs(60);
/// How often a caller that waits for another's refresh looks.
const LOOK_AGAIN: Duration = Duration::from_millis(150);

/// The sealed part of a credential.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    /// What the user entered, where tokens are asked for with that.
    #[serde(default)]
    pub(crate) entered: Vec<(String, String)>,
}

/// What a call needs of a credential.
pub struct AccessToken {
    /// The token. Never log it.
    pub secret: zeroize::Zeroizing<String>,
    /// Its version: what to name when the provider no longer accepts it.
    pub version: i64,
    /// The public facts of the connection: `instance_url`.
    pub facts: Map<String, Value>,
}

/// A credential with what is needed to talk to its provider.
struct Opened {
    credential: Credential,
    integration: Integration,
    secret: Secret,
}

impl Services {
    /// A token for a call.
    ///
    /// # Errors
    /// As a failure of the call: the account was disconnected or is no longer accepted, its refresh
    /// failed, or (`transient`) our own database did.
    pub async fn access_token(
        &self,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<AccessToken, Failure> {
        let opened = self.open_credential(project, id).await?;
        let ends_soon = opened
            .credential
            .token_expires_at
            .is_some_and(|ends| ends <= self.ports().now() + EARLY);
        if ends_soon {
            let version = opened.credential.token_version;
            return self.refresh_token(project, id, version).await;
        }
        Ok(token_of(&opened))
    }

    /// A token newer than `version`, which the provider did not accept: refreshed once by whoever
    /// holds the lease; the others wait and get what it stored.
    ///
    /// # Errors
    /// As of [`Self::access_token`].
    pub async fn refresh_token(
        &self,
        project: ProjectId,
        id: CredentialId,
        version: i64,
    ) -> Result<AccessToken, Failure> {
        let lease = crate::security::ticket::Ticket::new(self.ports()).hash;
        loop {
            let opened = self.open_credential(project, id).await?;
            if opened.credential.token_version > version {
                return Ok(token_of(&opened));
            }
            let now = self.ports().now();
            let granted = self
                .store()
                .lease_refresh((project, id), version, &lease, now, now + LEASE)
                .await
                .map_err(ours)?;
            match granted {
                RefreshLease::Granted => return self.refresh_held(opened, &lease).await,
                RefreshLease::Held(until) => {
                    self.ports().clock.sleep_until(until.min(now + LOOK_AGAIN)).await;
                }
                RefreshLease::Newer => {}
                RefreshLease::Gone => return Err(disconnected()),
            }
        }
    }

    async fn refresh_held(&self, opened: Opened, lease: &str) -> Result<AccessToken, Failure> {
        let Opened { credential, integration, secret } = opened;
        let (project, id) = (credential.project, credential.id);
        let answer = self.ask_for_tokens(&credential, &integration, &secret).await;
        let tokens = match answer {
            Ok(tokens) => tokens,
            Err(failure) => return self.refresh_refused(&credential, lease, failure).await,
        };
        let now = self.ports().now();
        let renewed = Secret {
            access_token: tokens.access_token.clone(),
            // A provider that does not rotate sends none: the old one goes on.
            refresh_token: tokens.refresh_token.clone().or_else(|| secret.refresh_token.clone()),
            entered: secret.entered.clone(),
        };
        let sealed = self.seal_secret(project, id, &renewed).await.map_err(broken)?;
        let mut connection = credential.connection.clone();
        connection.extend(tokens.facts.clone());
        let update = TokenUpdate {
            secret: sealed,
            expires_at: ends(tokens.expires_in_s, now),
            connection: Some(connection.clone()),
            lease: lease.to_owned(),
            now,
        };
        // The new refresh token is on disk before the new access token is used.
        let stored = self
            .store()
            .store_token(project, id, credential.token_version, update)
            .await
            .map_err(ours)?;
        match stored {
            Some(version) => Ok(AccessToken {
                secret: zeroize::Zeroizing::new(renewed.access_token.clone()),
                version,
                facts: connection,
            }),
            // Our lease ran out and another node stored its own: that one counts.
            None => Ok(token_of(&self.open_credential(project, id).await?)),
        }
    }

    async fn ask_for_tokens(
        &self,
        credential: &Credential,
        integration: &Integration,
        secret: &Secret,
    ) -> Result<portico_connector::Tokens, Failure> {
        let definition = self.catalogue().definition(&integration.kind);
        if let Some(definition) = definition
            && let Auth::ClientCredentials(grant) = definition.auth()
        {
            let entered = secret.entered.iter();
            let kept = entered.map(|(key, text)| (key.clone(), Value::from(text.as_str())));
            return self.ask_with_entered(definition, grant, &kept.collect()).await;
        }
        let oauth = self.oauth(&integration.kind).map_err(broken)?;
        let Some(refresh_token) = &secret.refresh_token else {
            return Err(Failure::new(
                FailureClass::Revoked,
                "no_refresh_token",
                "The provider ended this connection and gave no way to renew it. Reconnect the account.",
            ));
        };
        let client = self.oauth_client(integration).await.map_err(broken)?;
        let host = login_host(credential);
        let request = oauth.refresh(&host, client.borrow(), refresh_token)?;
        oauth.tokens(&self.ports().http.send(request).await)
    }

    /// `invalid_grant` looks again before it declares the credential dead: another node may have
    /// rotated the token meanwhile. A wrong client of ours never disconnects a user.
    async fn refresh_refused(
        &self,
        credential: &Credential,
        lease: &str,
        failure: Failure,
    ) -> Result<AccessToken, Failure> {
        let (project, id) = (credential.project, credential.id);
        if failure.class != FailureClass::Revoked {
            self.store().release_refresh(id, lease).await.map_err(ours)?;
            return Err(failure);
        }
        let now = self.ports().now();
        let marked = self
            .store()
            .mark_invalid((project, id), credential.token_version, &failure, now)
            .await
            .map_err(ours)?;
        self.store().release_refresh(id, lease).await.map_err(ours)?;
        self.inner.routes.forget(credential.user);
        if marked {
            tracing::info!(credential = %id, code = failure.code, "a credential became invalid");
            return Err(failure);
        }
        Ok(token_of(&self.open_credential(project, id).await?))
    }

    /// Notes that the provider no longer accepts a credential at all.
    ///
    /// # Errors
    /// The database failed.
    pub async fn credential_refused(
        &self,
        project: ProjectId,
        id: CredentialId,
        version: i64,
        failure: &Failure,
    ) -> Result<(), Refusal> {
        let now = self.ports().now();
        self.store().mark_invalid((project, id), version, failure, now).await.map_err(storage)?;
        Ok(())
    }

    /// Disconnects an account of the acting user.
    ///
    /// # Errors
    /// It is not the user's.
    pub async fn disconnect(&self, actor: &Actor, id: CredentialId) -> Result<(), Refusal> {
        let (project, user) = as_user(actor)?;
        let owned = self.store().credentials_of(user).await.map_err(storage)?;
        if !owned.iter().any(|credential| credential.id == id && credential.project == project) {
            return Err(unknown_credential());
        }
        self.disconnect_known(project, id).await
    }

    /// Disconnects an account of any user of a project.
    ///
    /// # Errors
    /// There is no such account.
    pub async fn disconnect_account(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.disconnect_known(project, id).await
    }

    /// Seal destroyed, what waits cancelled, then (best effort) revoked at the provider.
    async fn disconnect_known(&self, project: ProjectId, id: CredentialId) -> Result<(), Refusal> {
        let now = self.ports().now();
        let was = self.store().disconnect(project, id, now).await.map_err(storage)?;
        let Some(was) = was else { return Err(unknown_credential()) };
        self.inner.routes.forget(was.user);
        let entry = Entry { at: now, fact: Fact::Cancelled { reason: "disconnected".to_owned() } };
        self.store().cancel_running(id, entry).await.map_err(storage)?;
        let services = self.clone();
        tokio::spawn(async move { services.revoke(was).await });
        Ok(())
    }

    async fn revoke(&self, credential: Credential) {
        let revoked = async {
            let integration = self
                .store()
                .integration(credential.project, credential.integration)
                .await
                .ok()
                .flatten()?;
            let oauth = self.oauth(&integration.kind).ok()?;
            let secret = self.open_secret(&credential).await.ok()?;
            let token = secret.refresh_token.as_deref().unwrap_or(&secret.access_token);
            let request = oauth.revoke(&login_host(&credential), token)?;
            Some(self.ports().http.send(request).await)
        };
        if revoked.await.is_none() {
            tracing::debug!(credential = %credential.id, "nothing to revoke at the provider");
        }
    }

    async fn open_credential(
        &self,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<Opened, Failure> {
        let credential = self.store().credential(project, id).await.map_err(ours)?;
        let credential = credential
            .filter(|credential| credential.disconnected_at.is_none())
            .ok_or_else(disconnected)?;
        if credential.status == CredentialStatus::Invalid {
            return Err(credential.failure.clone().unwrap_or_else(disconnected));
        }
        let integration =
            self.store().integration(project, credential.integration).await.map_err(ours)?;
        let integration = integration.ok_or_else(disconnected)?;
        let secret = self.open_secret(&credential).await.map_err(broken)?;
        Ok(Opened { credential, integration, secret })
    }

    pub(crate) async fn seal_secret(
        &self,
        project: ProjectId,
        id: CredentialId,
        secret: &Secret,
    ) -> Result<Vec<u8>, Refusal> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(secret).map_err(|error| {
            tracing::error!(%error, "a secret could not be written");
            crate::access::internal()
        })?);
        let place = ("credentials", "secret", id.uuid(), project);
        Ok(self.inner.vault.seal(self.store(), self.ports(), place, &plain).await?)
    }

    async fn open_secret(&self, credential: &Credential) -> Result<Secret, Refusal> {
        let place = ("credentials", "secret", credential.id.uuid(), credential.project);
        let sealed = credential.secret.as_deref().ok_or_else(crate::access::internal)?;
        let plain = self.inner.vault.open(self.store(), place, sealed).await?;
        serde_json::from_slice(&plain).map_err(|_| {
            tracing::error!(credential = %credential.id, "an opened secret cannot be read");
            crate::access::internal()
        })
    }

    /// How an integration's accounts are connected.
    pub(crate) fn oauth(&self, kind: &str) -> Result<&OAuthCode, Refusal> {
        match self.catalogue().definition(kind).map(portico_connector::Definition::auth) {
            Some(Auth::OAuthCode(oauth)) => Ok(oauth),
            Some(Auth::ClientCredentials(_)) => Err(Refusal::field(
                "integration",
                format!("{kind:?} is connected by entering credentials in the Connect Portal."),
            )),
            None => Err(Refusal::new(
                RefusalCode::IntegrationUnknown,
                format!("No integration definition {kind:?} is loaded."),
            )),
        }
    }

    /// The OAuth client as entered by an admin, opened.
    pub(crate) async fn oauth_client(
        &self,
        integration: &Integration,
    ) -> Result<OAuthClient, Refusal> {
        let not_activated = || {
            Refusal::new(
                RefusalCode::IntegrationNotActivated,
                "This integration has no OAuth client yet; an admin enters it in the dashboard.",
            )
        };
        let id = integration.client_id.clone().ok_or_else(not_activated)?;
        let sealed = integration.client_secret.as_deref().ok_or_else(not_activated)?;
        let place = ("integrations", "client_secret", integration.id.uuid(), integration.project);
        let secret = self.inner.vault.open(self.store(), place, sealed).await?;
        let secret = String::from_utf8(secret.to_vec()).map_err(|_| crate::access::internal())?;
        Ok(OAuthClient { id, secret: zeroize::Zeroizing::new(secret) })
    }
}

/// An OAuth client, opened.
pub(crate) struct OAuthClient {
    id: String,
    secret: zeroize::Zeroizing<String>,
}

impl OAuthClient {
    pub(crate) fn borrow(&self) -> ClientCredentials<'_> {
        ClientCredentials { id: &self.id, secret: &self.secret }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

fn token_of(opened: &Opened) -> AccessToken {
    AccessToken {
        secret: zeroize::Zeroizing::new(opened.secret.access_token.clone()),
        version: opened.credential.token_version,
        facts: opened.credential.connection.clone(),
    }
}

/// When a token ends, if the provider tells.
pub(crate) fn ends(expires_in_s: Option<u64>, now: Timestamp) -> Option<Timestamp> {
    expires_in_s.map(|seconds| now + Duration::from_secs(seconds))
}

/// The key under which the login host is kept among the facts of a connection.
pub(crate) const LOGIN_HOST: &str = "login_host";

fn login_host(credential: &Credential) -> String {
    credential.connection.get(LOGIN_HOST).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn unknown_credential() -> Refusal {
    Refusal::new(RefusalCode::CredentialUnknown, "There is no such connected account.")
}

fn disconnected() -> Failure {
    Failure::new(FailureClass::Revoked, "disconnected", "The account was disconnected.")
}

/// Our own database failed: the call is tried again later.
pub(crate) fn ours(error: StorageError) -> Failure {
    let refusal = storage(error);
    Failure::new(FailureClass::Transient, refusal.code.name(), refusal.message)
}

fn broken(refusal: Refusal) -> Failure {
    let class = match refusal.code {
        RefusalCode::StorageUnavailable => FailureClass::Transient,
        _ => FailureClass::Forbidden,
    };
    Failure::new(class, refusal.code.name(), refusal.message)
}
