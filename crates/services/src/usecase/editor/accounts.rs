//! The accounts that the editor works with: those of the project.

use crate::Services;
use crate::access::storage;
use portico_domain::{CredentialId, ProjectId, Refusal, RefusalCode};
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
}
