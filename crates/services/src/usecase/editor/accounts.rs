//! The accounts that the editor works with: of the project, and of the integration that is asked.

use crate::Services;
use crate::access::storage;
use portico_domain::{CredentialId, CredentialStatus, ProjectId, Refusal, RefusalCode};
use portico_storage::Credential;

impl Services {
    /// A connected account of a project.
    pub(super) async fn account(
        &self,
        project: ProjectId,
        id: CredentialId,
    ) -> Result<Credential, Refusal> {
        let found = self.store().credential(project, id).await.map_err(storage)?;
        found.filter(|own| own.disconnected_at.is_none()).ok_or_else(|| {
            let words = "There is no such account any more; choose another one to test as.";
            Refusal::new(RefusalCode::CredentialUnknown, words)
        })
    }

    /// The account with which an integration is called for the user of an account: that one, or, where it is
    /// of another integration, the user's own there. Nothing if the user has none.
    pub(super) async fn account_at(
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
