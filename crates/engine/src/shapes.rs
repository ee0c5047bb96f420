//! The shapes of a page: what the server told of the integrations, for the code that runs in the browser.

use crate::Actions;
use portico_domain::view::EditorIntegration;
use portico_domain::{ActionShape, TriggerShape};

impl Actions for Vec<EditorIntegration> {
    fn action(&self, integration: &str, action: &str) -> Option<&ActionShape> {
        let own = self.iter().find(|own| own.kind == integration)?;
        own.actions.iter().find(|own| own.id == action)
    }

    fn trigger(&self, integration: &str, trigger: &str) -> Option<&TriggerShape> {
        let own = self.iter().find(|own| own.kind == integration)?;
        own.triggers.iter().find(|own| own.id == trigger)
    }
}
