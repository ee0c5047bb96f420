//! Whether accounts still work: asked when a person wants to know, and now and then.
//!
//! A provider's *no* is believed, everything else is not: an account is never given up because the
//! network failed, the provider was busy, or our own OAuth client is wrong.

use super::accounts::foreign_host;
use super::credentials::{broken, ours};
use super::secret::Access;
use crate::Services;
use crate::access::{administrate, as_user, storage};
use portico_connector::{Auth, Definition};
use portico_domain::{
    Actor, CredentialId, CredentialStatus, Failure, FailureClass, ProjectId, Refusal, RefusalCode,
    Timestamp,
};
use portico_storage::{DueProbe, StorageError};
use std::time::Duration;
use tokio::task::JoinSet;

/// How long an account is trusted after it was seen to work.
const TRUSTED: Duration = Duration::from_secs(24 * 3600);
/// Within which the next look falls, so that what was connected together is not asked together.
const SPREAD: Duration = Duration::from_secs(2 * 3600);
/// When to look again after the provider could not be asked.
const AFTER_TROUBLE: Duration = Duration::from_secs(3600);
/// A person's look within this of the last one is the same look.
pub(crate) const SAME_LOOK: Duration = Duration::from_secs(5);
/// How many accounts are asked after at once.
const AT_ONCE: usize = 4;

/// What asking came to.
pub(crate) enum Probe {
    /// The provider accepts the account.
    Works,
    /// It does not: the account is marked so, with this.
    Refused(Failure),
    /// Nobody knows: nothing was changed.
    Unknown(Failure),
    /// The definition does not say what to ask.
    NothingToAsk,
}

impl Services {
    /// Asks the provider whether an account of a project still works, and notes it.
    ///
    /// # Errors
    /// There is no such account; the provider could not be asked: then nothing was changed.
    pub async fn check_account(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.check_known(project, id).await
    }

    /// The same, of an account of the acting user.
    ///
    /// # Errors
    /// As of [`Self::check_account`]; it is not the user's.
    pub async fn check_own_account(&self, actor: &Actor, id: CredentialId) -> Result<(), Refusal> {
        let (project, user) = as_user(actor)?;
        let owned = self.store().credentials_of(user).await.map_err(storage)?;
        if !owned.iter().any(|credential| credential.id == id && credential.project == project) {
            return Err(unknown());
        }
        self.check_known(project, id).await
    }

    async fn check_known(&self, project: ProjectId, id: CredentialId) -> Result<(), Refusal> {
        let known = self.store().credential(project, id).await.map_err(storage)?;
        known.filter(|known| known.disconnected_at.is_none()).ok_or_else(unknown)?;
        if !self.inner.touches.due(&format!("probe {id}"), self.ports().now(), SAME_LOOK) {
            return Ok(());
        }
        match self.probe(project, id).await {
            Probe::Works | Probe::Refused(_) => Ok(()),
            Probe::Unknown(failure) => Err(Refusal::new(
                RefusalCode::ProviderRefused,
                format!(
                    "The account could not be checked; nothing was changed. {}",
                    failure.message
                ),
            )),
            Probe::NothingToAsk => Err(Refusal::new(
                RefusalCode::ProviderRefused,
                "This integration does not say how an account is checked; its next call will show \
                 whether it works.",
            )),
        }
    }

    /// Asks after accounts that nobody has heard of for a day: `most` of them, a few at a time, each
    /// by one node. Answers how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn probe_due(&self, most: i64) -> Result<usize, StorageError> {
        let due = self.store().due_probes(self.ports().now(), most).await?;
        let mut asking = JoinSet::new();
        let mut asked = 0;
        for account in due {
            if asking.len() >= AT_ONCE {
                asking.join_next().await;
            }
            let after = self.ports().now() + AFTER_TROUBLE;
            if !self.store().claim_probe(account, after).await? {
                continue;
            }
            asked += 1;
            let services = self.clone();
            asking.spawn(async move { services.probe_claimed(account, after).await });
        }
        while asking.join_next().await.is_some() {}
        Ok(asked)
    }

    async fn probe_claimed(&self, account: DueProbe, after: Timestamp) {
        match self.probe(account.project, account.credential).await {
            Probe::Works | Probe::Refused(_) => {}
            Probe::Unknown(failure) => {
                tracing::info!(credential = %account.credential, code = failure.code, "not checked");
            }
            Probe::NothingToAsk => {
                let claimed = DueProbe { probe_at: after, ..account };
                if let Err(error) = self.store().claim_probe(claimed, self.next_probe()).await {
                    tracing::error!(%error, "a probe could not be put off");
                }
            }
        }
    }

    /// When an account that works now is to be looked at again.
    pub(crate) fn next_probe(&self) -> Timestamp {
        let [a, b, c, d] = self.ports().random();
        let share = f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX);
        self.ports().now() + TRUSTED + SPREAD.mul_f64(share)
    }

    /// Asks the provider whether an account still works, and notes it.
    pub(crate) async fn probe(&self, project: ProjectId, id: CredentialId) -> Probe {
        match self.ask_after(project, id).await {
            Ok(probe) => probe,
            // A refresh on the way was refused and has marked the account.
            Err(failure) if failure.class == FailureClass::Revoked => Probe::Refused(failure),
            Err(failure) => Probe::Unknown(failure),
        }
    }

    async fn ask_after(&self, project: ProjectId, id: CredentialId) -> Result<Probe, Failure> {
        let stored = self.open_stored(project, id).await?;
        let valid = stored.credential.status == CredentialStatus::Valid;
        let integration = stored.integration.clone();
        let catalogue = self.catalogue_of(&integration).await.map_err(broken)?;
        let definition = catalogue.definition(&integration.kind).ok_or_else(no_definition)?;
        // One that is marked may work again: it is tried with what there is.
        let (user, can_refresh) = (stored.credential.user, stored.can_refresh());
        let mut access = if valid { self.access(project, id).await? } else { Access::of(stored) };
        let mut renewed = !valid;
        loop {
            let failure = match self.ask_with(definition, &integration, &access).await {
                Ok(true) => break,
                // A refresh is an answer too, where there is a token to refresh with.
                Ok(false) if valid && can_refresh => {
                    self.renew_access(project, id, access.version).await?;
                    return Ok(Probe::Works);
                }
                Ok(false) => return Ok(Probe::NothingToAsk),
                Err(failure) => failure,
            };
            match failure.class {
                FailureClass::Unauthorized if !renewed => {
                    access = self.renew_access(project, id, access.version).await?;
                    renewed = true;
                }
                FailureClass::Unauthorized | FailureClass::Revoked => {
                    let noted =
                        self.credential_refused(project, id, access.version, &failure).await;
                    noted.map_err(broken)?;
                    self.inner.routes.forget(user);
                    return Ok(Probe::Refused(failure));
                }
                _ => return Ok(Probe::Unknown(failure)),
            }
        }
        let now = self.ports().now();
        let changed = self
            .store()
            .mark_checked((project, id), access.version, now, self.next_probe())
            .await
            .map_err(ours)?;
        if let Some(user) = changed {
            self.inner.routes.forget(user);
        }
        Ok(Probe::Works)
    }

    /// One request that a working account answers; `false` if the definition knows none.
    async fn ask_with(
        &self,
        definition: &Definition,
        integration: &portico_storage::Integration,
        access: &Access,
    ) -> Result<bool, Failure> {
        match definition.auth() {
            Auth::OAuthCode(oauth) => {
                let client = self.oauth_client(integration).await.map_err(broken)?;
                let token = access.token().or_else(|| access.user_token()).unwrap_or_default();
                let Some(request) = oauth.identity(&access.facts, client.borrow(), token) else {
                    return Ok(false);
                };
                let request = request?;
                if !definition.allows_host(&request.url) {
                    return Err(foreign_host());
                }
                oauth.account(&self.ports().http.send(request).await)?;
            }
            Auth::ClientCredentials(grant) => {
                self.verify(definition, grant.check(), &access.connection()).await?;
            }
            Auth::Key(key) => {
                self.verify(definition, key.check(), &access.connection()).await?;
            }
        }
        Ok(true)
    }
}

fn unknown() -> Refusal {
    Refusal::new(RefusalCode::CredentialUnknown, "There is no such connected account.")
}

/// The definition is gone: nothing can be asked, and nothing is the account's fault.
fn no_definition() -> Failure {
    Failure::new(
        FailureClass::Forbidden,
        "definition_missing",
        "The definition of its integration is not loaded.",
    )
}
