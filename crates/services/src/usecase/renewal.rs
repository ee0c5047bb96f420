//! What calls need of a credential, renewed under a lease where the provider says that it has ended.

use super::credentials::{broken, disconnected, ends, login_host, ours};
use super::secret::{Access, Opened, Secret};
use crate::Services;
use portico_connector::Auth;
use portico_domain::{CredentialId, Failure, FailureClass, ProjectId};
use portico_storage::{Credential, Integration, RefreshLease, TokenUpdate};
use std::time::Duration;

/// A token that ends within this is refreshed before it is used.
const EARLY: Duration = Duration::from_secs(60);
/// How long one refresh may take before another node tries.
const LEASE: Duration = Duration::from_secs(60);
/// How often a caller that waits for another's refresh looks.
const LOOK_AGAIN: Duration = Duration::from_millis(150);

impl Services {
    /// What a call needs of a credential.
    ///
    /// # Errors
    /// As a failure of the call: the account was disconnected or is no longer accepted, its refresh
    /// failed, or (`transient`) our own database did.
    pub async fn access(&self, project: ProjectId, id: CredentialId) -> Result<Access, Failure> {
        let opened = self.open_credential(project, id).await?;
        let ends_soon = opened
            .credential
            .token_expires_at
            .is_some_and(|ends| ends <= self.ports().now() + EARLY);
        if ends_soon {
            let version = opened.credential.token_version;
            return self.renew_access(project, id, version).await;
        }
        Ok(Access::of(opened))
    }

    /// What is newer than `version`, which the provider did not accept: refreshed once by whoever
    /// holds the lease; the others wait and get what it stored.
    ///
    /// # Errors
    /// As of [`Self::access`].
    pub async fn renew_access(
        &self,
        project: ProjectId,
        id: CredentialId,
        version: i64,
    ) -> Result<Access, Failure> {
        let lease = crate::security::ticket::Ticket::new(self.ports()).hash;
        loop {
            let opened = self.open_credential(project, id).await?;
            if opened.credential.token_version > version {
                return Ok(Access::of(opened));
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

    async fn refresh_held(&self, opened: Opened, lease: &str) -> Result<Access, Failure> {
        let Opened { mut credential, integration, secret } = opened;
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
            Some(version) => {
                credential.token_version = version;
                credential.connection = connection;
                Ok(Access::of(Opened { credential, integration, secret: renewed }))
            }
            // Our lease ran out and another node stored its own: that one counts.
            None => Ok(Access::of(self.open_credential(project, id).await?)),
        }
    }

    async fn ask_for_tokens(
        &self,
        credential: &Credential,
        integration: &Integration,
        secret: &Secret,
    ) -> Result<portico_connector::Tokens, Failure> {
        let definition = self.catalogue().definition(&integration.kind);
        match definition.map(|definition| (definition, definition.auth())) {
            Some((definition, Auth::ClientCredentials(grant))) => {
                return self.ask_with_entered(definition, grant, &secret.entered()).await;
            }
            // There is nothing to renew: what was entered is no longer accepted.
            Some((_, Auth::Key(_))) => {
                return Err(Failure::new(
                    FailureClass::Revoked,
                    "key_refused",
                    "The provider no longer accepts what was entered. Reconnect the account.",
                ));
            }
            Some((_, Auth::OAuthCode(_))) | None => {}
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
    ) -> Result<Access, Failure> {
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
        Ok(Access::of(self.open_credential(project, id).await?))
    }
}
