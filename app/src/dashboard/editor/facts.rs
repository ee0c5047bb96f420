//! What the editor knows beside the document: integrations with their shapes, shared settings.

use super::draft::Draft;
use leptos::prelude::*;
use portico_domain::view::{AppEventView, EditorIntegration, EditorView, PlacedProblem};
use portico_domain::workflow::{Setting, Step, StepKind, WorkflowDefinition, builtin_shape};
use portico_domain::{ActionShape, TriggerShape};
use portico_engine::{Actions, foreign_trigger, secret_problems, source_problems};

/// What does not change while the editor is open.
pub(super) struct Facts {
    pub(super) project: String,
    pub(super) workflow: String,
    /// The type of the workflow's own integration.
    pub(super) integration: String,
    pub(super) integrations: Vec<EditorIntegration>,
    pub(super) shared: Vec<Setting>,
}

impl Facts {
    pub(super) fn new(view: &EditorView, project: String, workflow: String) -> Self {
        let own = view.summary.integration.clone();
        let mut integrations = view.integrations.clone();
        // The workflow's own comes first wherever one is chosen.
        integrations.sort_by_key(|known| (known.kind != own, known.name.to_lowercase()));
        Self { project, workflow, integration: own, integrations, shared: view.shared.clone() }
    }

    pub(super) fn known(&self, kind: &str) -> Option<&EditorIntegration> {
        self.integrations.iter().find(|known| known.kind == kind)
    }

    /// What a step takes and brings.
    pub(super) fn shape(&self, step: &Step) -> Option<ActionShape> {
        match &step.kind {
            StepKind::Action { integration, action, .. } => {
                self.action(integration, action).cloned()
            }
            kind => builtin_shape(kind),
        }
    }

    /// What keeps a document from being deployed: what the server says of it at deployment, with the same words.
    pub(super) fn problems(
        &self,
        draft: Draft,
        document: &WorkflowDefinition,
        events: &[AppEventView],
    ) -> Vec<PlacedProblem> {
        let engine = draft.engine.get_value();
        let mut found = engine.validate(document, &self.shared, self);
        if let Some(own) = self.known(&self.integration) {
            found.extend(source_problems(&own.kind, &own.sources, &document.settings, "/settings"));
        }
        found.extend(foreign_trigger(document, &self.integration));
        found.extend(draft.secrets.with_untracked(|known| secret_problems(document, known)));
        let mut problems: Vec<_> = found
            .into_iter()
            .map(|own| PlacedProblem { pointer: own.pointer, message: own.message })
            .collect();
        if let Some(event) = document.trigger.app_event().filter(|event| !event.trim().is_empty())
            && !events.iter().any(|known| known.name == event)
        {
            problems.push(PlacedProblem {
                pointer: "/trigger/event".to_owned(),
                message: format!(
                    "The event {event:?} is not defined. Choose one, or create it here."
                ),
            });
        }
        problems
    }
}

impl Actions for Facts {
    fn action(&self, integration: &str, action: &str) -> Option<&ActionShape> {
        self.known(integration)?.actions.iter().find(|own| own.id == action)
    }

    fn trigger(&self, integration: &str, trigger: &str) -> Option<&TriggerShape> {
        self.known(integration)?.triggers.iter().find(|own| own.id == trigger)
    }
}
