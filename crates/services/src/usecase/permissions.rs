//! For whom a workflow is: its permissions over what is known of a user.

use super::events::about_user;
use crate::Services;
use portico_domain::execution::Scope;
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Refusal, RefusalCode};
use portico_storage::ConnectedUser;
use serde_json::Value;

impl Services {
    /// Whether a workflow is for a user. Permissions that cannot be looked at are nobody's.
    pub(crate) fn is_for(&self, workflow: &WorkflowDefinition, user: &ConnectedUser) -> bool {
        self.permitted(workflow, user).unwrap_or_else(|why| {
            tracing::debug!(user = %user.id, why, "permissions could not be looked at");
            false
        })
    }

    /// Whether a workflow is for a user; or why that cannot be told, in words.
    pub(crate) fn permitted(
        &self,
        workflow: &WorkflowDefinition,
        user: &ConnectedUser,
    ) -> Result<bool, String> {
        let rules = &workflow.options.permissions;
        if rules.is_empty() {
            return Ok(true);
        }
        let scope = Scope { user: about_user(user), ..Scope::default() };
        self.engine().holds(rules, &Value::Null, &scope)
    }

    /// Whether what happened is something that the workflow starts on; or why that cannot be told, in words.
    pub(crate) fn starts_on(
        &self,
        workflow: &WorkflowDefinition,
        trigger: &Value,
        scope: &Scope,
    ) -> Result<bool, String> {
        if workflow.only_if.is_empty() {
            return Ok(true);
        }
        self.engine().holds(&workflow.only_if, trigger, scope)
    }
}

pub(crate) fn not_for_this_user() -> Refusal {
    Refusal::new(RefusalCode::PermissionUnmet, "This workflow is not for this user.")
}
