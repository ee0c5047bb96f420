//! Credentials: opened, sealed, destroyed on disconnect. [`super::renewal`] has what calls need of them.

use super::accounts::foreign_host;
use super::secret::{Opened, Secret};
use crate::access::{administrate, as_user, storage};
use crate::{Catalogue, Services};
use portico_connector::{Auth, ClientCredentials, HeldTokens, OAuthCode};
use portico_domain::execution::{Entry, Fact};
use portico_domain::{
    Actor, CredentialId, CredentialStatus, Failure, FailureClass, ProjectId, Refusal, RefusalCode,
    Timestamp,
};
use portico_storage::{Credential, Integration, StorageError};
use serde_json::Value;
use std::time::Duration;

impl Services {
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

    /// Seal destroyed, what waits cancelled, then (best effort) revoked at the provider, unless the same account is
    /// connected once more: providers end what belongs to an app and an account, not to one of its tokens.
    async fn disconnect_known(&self, project: ProjectId, id: CredentialId) -> Result<(), Refusal> {
        let now = self.ports().now();
        let was = self.store().disconnect(project, id, now).await.map_err(storage)?;
        let Some(was) = was else { return Err(unknown_credential()) };
        self.inner.routes.forget(was.user);
        let entry = Entry { at: now, fact: Fact::Cancelled { reason: "disconnected".to_owned() } };
        self.store().cancel_running(id, entry).await.map_err(storage)?;
        // Looked at before the next one can leave: whoever is the last tells the provider.
        if self.store().has_sibling(&was).await.map_err(storage)? {
            tracing::info!(credential = %was.id, "not revoked: it is connected once more");
            return Ok(());
        }
        let services = self.clone();
        tokio::spawn(async move { services.revoke(was).await });
        Ok(())
    }

    async fn revoke(&self, credential: Credential) {
        if let Err(failure) = self.revoke_at_provider(&credential).await {
            let (credential, code) = (credential.id, &failure.code);
            tracing::warn!(%credential, code, "a disconnected account was not revoked at its provider");
        }
    }

    /// Ends an account's tokens at its provider.
    async fn revoke_at_provider(&self, credential: &Credential) -> Result<(), Failure> {
        let found = self.store().integration(credential.project, credential.integration).await;
        let integration = found.map_err(ours)?.ok_or_else(disconnected)?;
        let catalogue = self.catalogue_of(&integration).await.map_err(broken)?;
        let (Some(definition), Ok(oauth)) =
            (catalogue.definition(&integration.kind), catalogue.oauth(&integration.kind))
        else {
            return Ok(());
        };
        let client = self.oauth_client(&integration).await.map_err(broken)?;
        let secret = self.open_secret(credential).await.map_err(broken)?;
        let host = login_host(credential);
        let person = secret.user.as_ref();
        for (access, refresh) in [
            (secret.access_token.as_deref(), secret.refresh_token.as_deref()),
            (
                person.map(|own| own.access_token.as_str()),
                person.and_then(|own| own.refresh_token.as_deref()),
            ),
        ] {
            let held = HeldTokens { access, refresh };
            let Some(request) = oauth.revoke(&host, client.borrow(), held) else { continue };
            if !definition.allows_host(&request.url) {
                return Err(foreign_host());
            }
            oauth.revoked(&self.ports().http.send(request).await)?;
        }
        Ok(())
    }

    pub(crate) async fn open_credential(
        &self,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<Opened, Failure> {
        let opened = self.open_stored(project, id).await?;
        if opened.credential.status == CredentialStatus::Invalid {
            return Err(opened.credential.failure.unwrap_or_else(disconnected));
        }
        Ok(opened)
    }

    /// The same, even if its provider no longer accepted it.
    pub(crate) async fn open_stored(
        &self,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<Opened, Failure> {
        let credential = self.store().credential(project, id).await.map_err(ours)?;
        let credential = credential
            .filter(|credential| credential.disconnected_at.is_none())
            .ok_or_else(disconnected)?;
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

    /// The catalogue, for use with an integration of a project.
    pub(crate) async fn catalogue_of(
        &self,
        integration: &Integration,
    ) -> Result<Catalogue, Refusal> {
        self.catalogue_for(integration.project, [integration.kind.as_str()]).await
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

impl Catalogue {
    /// How accounts of a type are connected, which is by signing in at the provider.
    pub(crate) fn oauth(&self, kind: &str) -> Result<&OAuthCode, Refusal> {
        match self.definition(kind).map(portico_connector::Definition::auth) {
            Some(Auth::OAuthCode(oauth)) => Ok(oauth),
            Some(Auth::ClientCredentials(_) | Auth::Key(_)) => Err(Refusal::field(
                "integration",
                format!("{kind:?} is connected by entering credentials in the Connect Portal."),
            )),
            None => Err(Refusal::new(
                RefusalCode::IntegrationUnknown,
                format!("No integration definition {kind:?} is loaded."),
            )),
        }
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

/// When a token ends, if the provider tells.
pub(crate) fn ends(expires_in_s: Option<u64>, now: Timestamp) -> Option<Timestamp> {
    expires_in_s.map(|seconds| now + Duration::from_secs(seconds))
}

/// The key under which the login host is kept among the facts of a connection.
pub(crate) const LOGIN_HOST: &str = "login_host";

pub(crate) fn login_host(credential: &Credential) -> String {
    credential.connection.get(LOGIN_HOST).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn unknown_credential() -> Refusal {
    Refusal::new(RefusalCode::CredentialUnknown, "There is no such connected account.")
}

pub(crate) fn disconnected() -> Failure {
    Failure::new(FailureClass::Revoked, "disconnected", "The account was disconnected.")
}

/// Our own database failed: the call is tried again later.
pub(crate) fn ours(error: StorageError) -> Failure {
    let refusal = storage(error);
    Failure::new(FailureClass::Transient, refusal.code.name(), refusal.message)
}

pub(crate) fn broken(refusal: Refusal) -> Failure {
    let class = match refusal.code {
        RefusalCode::StorageUnavailable => FailureClass::Transient,
        _ => FailureClass::Forbidden,
    };
    Failure::new(class, refusal.code.name(), refusal.message)
}
