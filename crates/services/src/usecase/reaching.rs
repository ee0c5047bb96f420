//! With which account a step reaches its provider: the workflow's own, or, for a step of another integration,
//! the same user's account there. A token is shown to nobody but the provider that gave it.

use super::credentials::{broken, ours};
use super::secret::Access;
use crate::Services;
use crate::access::storage;
use portico_domain::{CredentialId, CredentialStatus, Failure, FailureClass, ProjectId, Refusal};
use portico_storage::Credential;

impl Services {
    /// What a call of an integration needs, for the user of an account; and the account that it is of.
    ///
    /// # Errors
    /// As of [`Self::access`]; `not_connected`: the user has no account of that integration.
    pub(crate) async fn access_at(
        &self,
        project: ProjectId,
        id: CredentialId,
        kind: &str,
    ) -> Result<(CredentialId, Access), Failure> {
        let access = self.access(project, id).await?;
        if access.kind == kind {
            return Ok((id, access));
        }
        let own = self.store().credential(project, id).await.map_err(ours)?;
        let other = match own {
            Some(own) => self.account_at(&own, kind).await.map_err(broken)?,
            None => None,
        };
        let other = other.ok_or_else(|| no_account(kind))?;
        Ok((other.id, self.access(project, other.id).await?))
    }

    /// The account with which an integration is called for the user of an account: that one, or, where it is
    /// of another integration, the user's own there. Nothing if the user has none.
    pub(crate) async fn account_at(
        &self,
        account: &Credential,
        kind: &str,
    ) -> Result<Option<Credential>, Refusal> {
        let project = account.project;
        let integration = self.store().integration_of(project, kind).await.map_err(storage)?;
        let Some(integration) = integration else { return Ok(None) };
        if integration.id == account.integration {
            return Ok(Some(account.clone()));
        }
        let mut own = self.store().credentials_of(account.user).await.map_err(storage)?;
        own.retain(|own| own.project == project && own.integration == integration.id);
        // One that works before one that does not, the first that was connected before others.
        own.sort_by_key(|own| own.status != CredentialStatus::Valid);
        Ok(own.into_iter().next())
    }
}

/// The user has no account of the integration that a step calls.
pub(crate) fn no_account(kind: &str) -> Failure {
    let words =
        format!("The step calls {kind:?}, and this user has no account there; connect one.");
    Failure::new(FailureClass::Forbidden, "not_connected", words)
}
