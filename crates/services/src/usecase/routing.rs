//! What an event of a user can start: a snapshot per user, cached. `accept` re-checks its revisions
//! inside its transaction, so that a cached snapshot can be old but never wrong.

use crate::access::{internal, storage};
use crate::{Catalogue, Services};
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{ConnectedUserId, ProjectId, Refusal, WorkflowId};
use portico_storage::RoutingSnapshot;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// More cached users than this are forgotten all at once.
const MOST_USERS: usize = 20_000;
/// More cached versions than this are forgotten all at once.
const MOST_VERSIONS: usize = 5_000;

/// Snapshots by user, and parsed workflow versions (which never change).
#[derive(Default)]
pub(crate) struct RoutingCache {
    users: Mutex<HashMap<ConnectedUserId, Arc<Routing>>>,
    versions: Mutex<HashMap<(WorkflowId, i64), Arc<WorkflowDefinition>>>,
}

/// What events of a user are planned with. A change of a project's own definition raises the project's
/// revision, so that this can be old but never wrong.
pub(crate) struct Routing {
    pub(crate) snapshot: RoutingSnapshot,
    pub(crate) catalogue: Catalogue,
}

impl RoutingCache {
    pub(crate) fn forget(&self, user: ConnectedUserId) {
        self.users.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
    }
}

impl Services {
    /// What is known of a user's routing, possibly old.
    pub(crate) async fn routing(
        &self,
        project: ProjectId,
        user: ConnectedUserId,
    ) -> Result<Arc<Routing>, Refusal> {
        let cache = &self.inner.routes.users;
        if let Some(found) = cache.lock().unwrap_or_else(PoisonError::into_inner).get(&user) {
            return Ok(found.clone());
        }
        let snapshot = self
            .store()
            .routing(project, user)
            .await
            .map_err(storage)?
            .ok_or_else(Refusal::user_token)?;
        let catalogue = self.catalogue(project).await?;
        let routing = Arc::new(Routing { snapshot, catalogue });
        let mut users = cache.lock().unwrap_or_else(PoisonError::into_inner);
        if users.len() >= MOST_USERS {
            users.clear();
        }
        users.insert(user, routing.clone());
        Ok(routing)
    }

    /// A workflow version as a definition; parsed once, as versions never change.
    ///
    /// # Errors
    /// The version is not there or cannot be read.
    pub async fn workflow_version(
        &self,
        workflow: WorkflowId,
        number: i64,
    ) -> Result<Arc<WorkflowDefinition>, Refusal> {
        if let Some(found) = self.cached_version(workflow, number) {
            return Ok(found);
        }
        let version = self.store().version(workflow, number).await.map_err(storage)?;
        let version = version.ok_or_else(|| {
            tracing::error!(%workflow, number, "a workflow version is missing");
            internal()
        })?;
        self.parsed_version(workflow, number, &version.definition)
    }

    /// The same, where the document is at hand.
    pub(crate) fn parsed_version(
        &self,
        workflow: WorkflowId,
        number: i64,
        document: &Value,
    ) -> Result<Arc<WorkflowDefinition>, Refusal> {
        if let Some(found) = self.cached_version(workflow, number) {
            return Ok(found);
        }
        let definition: WorkflowDefinition =
            serde_json::from_value(document.clone()).map_err(|error| {
                tracing::error!(%workflow, number, %error, "a workflow version cannot be read");
                internal()
            })?;
        let definition = Arc::new(definition);
        let mut versions =
            self.inner.routes.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if versions.len() >= MOST_VERSIONS {
            versions.clear();
        }
        versions.insert((workflow, number), definition.clone());
        Ok(definition)
    }

    fn cached_version(&self, workflow: WorkflowId, number: i64) -> Option<Arc<WorkflowDefinition>> {
        let versions = self.inner.routes.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.get(&(workflow, number)).cloned()
    }
}
