//! What calls need of a credential, renewed under a lease where the provider says that it has ended.

use super::credentials::{broken, disconnected, ends, login_host, ours};
use super::secret::{Access, Opened, Secret, UserSecret};
use crate::Services;
use portico_connector::{Auth, Tokens, UserToken};
use portico_domain::{CredentialId, Failure, FailureClass, ProjectId, Timestamp};
use portico_storage::{Credential, Integration, RefreshLease, TokenUpdate};
use std::time::Duration;

/// A token that ends within this is refreshed before it is used.
const EARLY: Duration = Duration::from_secs(60);
/// How long one refresh may take before another node tries.
const LEASE: Duration = Duration::from_secs(60);
/// How often a caller that waits for another's refresh looks.
const LOOK_AGAIN: Duration = Duration::from_millis(150);

/// Whose renewal counts.
enum Renewed {
    /// Ours, and when the app's token ends.
    Here(Opened, Option<Timestamp>),
    /// Another node's.
    Elsewhere(Opened),
}

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

    /// Renews what can be renewed, one after the other under one lease: what came of each is on disk
    /// before the next is asked for, and before it is used.
    async fn refresh_held(&self, opened: Opened, lease: &str) -> Result<Access, Failure> {
        let user = opened.secret.user.as_ref();
        let renews_user = user.is_some_and(|user| user.refresh_token.is_some());
        if renews_user && opened.secret.refresh_token.is_none() {
            return self.refresh_user(opened, lease, None).await;
        }
        match self.refresh_first(opened, lease, renews_user).await? {
            Renewed::Here(opened, app_ends) if renews_user => {
                self.refresh_user(opened, lease, app_ends).await
            }
            Renewed::Here(opened, _) | Renewed::Elsewhere(opened) => Ok(Access::of(opened)),
        }
    }

    /// The token that every account has; `and_user`: another one is renewed after it.
    async fn refresh_first(
        &self,
        mut opened: Opened,
        lease: &str,
        and_user: bool,
    ) -> Result<Renewed, Failure> {
        let Opened { credential, integration, secret } = &opened;
        let answer = self.ask_for_tokens(credential, integration, secret).await;
        let tokens = match answer {
            Ok(tokens) => tokens,
            Err(failure) => {
                let other = self.refresh_refused(credential, lease, failure).await?;
                return Ok(Renewed::Elsewhere(other));
            }
        };
        let now = self.ports().now();
        let app_ends = ends(tokens.expires_in_s, now);
        let renewed = Secret {
            access_token: tokens.access_token.clone(),
            // A provider that does not rotate sends none: the old one goes on.
            refresh_token: tokens.refresh_token.clone().or_else(|| secret.refresh_token.clone()),
            entered: secret.entered.clone(),
            user: secret.user.clone(),
        };
        opened.credential.connection.extend(tokens.facts);
        opened.credential.token_expires_at = first_end(app_ends, renewed.user.as_ref());
        opened.secret = renewed;
        self.store_renewed(opened, (lease, and_user.then(|| now + LEASE)), app_ends).await
    }

    /// The token for acting as the person. Where it is one beside another, the account is good
    /// without it.
    async fn refresh_user(
        &self,
        mut opened: Opened,
        lease: &str,
        app_ends: Option<Timestamp>,
    ) -> Result<Access, Failure> {
        let answer = self.ask_for_user_token(&opened).await;
        let now = self.ports().now();
        let spared = opened.secret.access_token.is_some();
        let mut user = opened.secret.user.take();
        let expires_at = match answer {
            Ok(token) => {
                let mut renewed = UserSecret::of(&token, now);
                if renewed.refresh_token.is_none() {
                    renewed.refresh_token = user.as_ref().and_then(|old| old.refresh_token.clone());
                }
                user = Some(renewed);
                first_end(app_ends, user.as_ref())
            }
            Err(failure) if spared => {
                tracing::info!(credential = %opened.credential.id, code = failure.code, "a person's token was not renewed");
                if failure.class == FailureClass::Revoked {
                    user = None;
                }
                // It is asked for again when a call finds that it has ended.
                app_ends
            }
            Err(failure) => {
                let other = self.refresh_refused(&opened.credential, lease, failure).await?;
                return Ok(Access::of(other));
            }
        };
        opened.secret.user = user;
        opened.credential.token_expires_at = expires_at;
        match self.store_renewed(opened, (lease, None), app_ends).await? {
            Renewed::Here(opened, _) | Renewed::Elsewhere(opened) => Ok(Access::of(opened)),
        }
    }

    /// Stores what was renewed; nothing of it has been used yet.
    async fn store_renewed(
        &self,
        mut opened: Opened,
        (lease, lease_until): (&str, Option<Timestamp>),
        app_ends: Option<Timestamp>,
    ) -> Result<Renewed, Failure> {
        let Opened { credential, secret, .. } = &opened;
        let (project, id) = (credential.project, credential.id);
        let update = TokenUpdate {
            secret: self.seal_secret(project, id, secret).await.map_err(broken)?,
            expires_at: credential.token_expires_at,
            connection: Some(credential.connection.clone()),
            probe_at: self.next_probe(),
            lease: lease.to_owned(),
            lease_until,
            now: self.ports().now(),
        };
        let stored = self.store().store_token(project, id, credential.token_version, update).await;
        match stored.map_err(ours)? {
            Some(version) => {
                opened.credential.token_version = version;
                Ok(Renewed::Here(opened, app_ends))
            }
            // Our lease ran out and another node stored its own: that one counts.
            None => Ok(Renewed::Elsewhere(self.open_credential(project, id).await?)),
        }
    }

    async fn ask_for_user_token(&self, opened: &Opened) -> Result<UserToken, Failure> {
        let catalogue = self.catalogue_of(&opened.integration).await.map_err(broken)?;
        let oauth = catalogue.oauth(&opened.integration.kind).map_err(broken)?;
        let user = opened.secret.user.as_ref();
        let refresh_token = user.and_then(|user| user.refresh_token.as_deref());
        let client = self.oauth_client(&opened.integration).await.map_err(broken)?;
        let host = login_host(&opened.credential);
        let request = oauth.refresh(&host, client.borrow(), refresh_token.unwrap_or_default())?;
        oauth.user_token(&self.ports().http.send(request).await)
    }

    async fn ask_for_tokens(
        &self,
        credential: &Credential,
        integration: &Integration,
        secret: &Secret,
    ) -> Result<Tokens, Failure> {
        let catalogue = self.catalogue_of(integration).await.map_err(broken)?;
        let definition = catalogue.definition(&integration.kind);
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
        let oauth = catalogue.oauth(&integration.kind).map_err(broken)?;
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
    ) -> Result<Opened, Failure> {
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
        self.open_credential(project, id).await
    }
}

/// When the first of an account's tokens ends.
pub(crate) fn first_end(
    app_ends: Option<Timestamp>,
    user: Option<&UserSecret>,
) -> Option<Timestamp> {
    [app_ends, user.and_then(UserSecret::ends)].into_iter().flatten().min()
}
