//! What belongs into the holes of rendered inputs: opened at the last moment, kept as long as one call takes.

use crate::Services;
use portico_domain::execution::Rendered;
use portico_domain::{ConfigurationId, Failure, ProjectId, WorkflowId};
use std::collections::HashMap;
use zeroize::Zeroizing;

/// Whose secrets and answers can be named.
#[derive(Clone, Copy, Debug)]
pub struct HoleScope {
    /// Whose project: `secrets.…`.
    pub project: ProjectId,
    /// The workflow whose questions were answered.
    pub workflow: WorkflowId,
    /// By whom: `settings.…`.
    pub configuration: ConfigurationId,
}

/// What belongs into holes, by the names that they have. Has no `Debug`: it is all secret.
pub struct OpenedHoles(HashMap<String, Zeroizing<String>>);

impl OpenedHoles {
    /// The secret of a hole, if there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|secret| secret.as_str())
    }

    /// What must not be kept of a call that was made with it.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|secret| secret.as_str())
    }
}

impl Services {
    /// Opens the secrets that inputs name: those of the project, and answers that are sealed. One that nobody
    /// has is left out.
    ///
    /// # Errors
    /// As a failure of the call: our own database failed, or what is sealed cannot be opened.
    pub async fn open_holes(
        &self,
        scope: HoleScope,
        input: &Rendered,
    ) -> Result<OpenedHoles, Failure> {
        let mut opened = HashMap::new();
        for hole in &input.holes {
            let name = hole.secret.as_str();
            if opened.contains_key(name) {
                continue;
            }
            let secret = if let Some(key) = name.strip_prefix("settings.") {
                let asked = (scope.workflow, key);
                self.secret_setting(scope.project, scope.configuration, asked).await?
            } else if let Some(key) = name.strip_prefix("secrets.") {
                self.project_secret(scope.project, key).await?
            } else {
                None
            };
            opened.extend(secret.map(|secret| (name.to_owned(), secret)));
        }
        Ok(OpenedHoles(opened))
    }
}
