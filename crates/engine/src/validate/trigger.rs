//! What is wrong with what starts a workflow.

use super::{Check, Seen, escaped};
use crate::Problem;
use crate::schedule::{self, Cron};
use portico_domain::workflow::{Trigger, WorkflowDefinition};

/// That a workflow of an integration waits for something at another one, if it does.
pub fn foreign_trigger(workflow: &WorkflowDefinition, own: &str) -> Option<Problem> {
    match &workflow.trigger {
        // Until one is chosen there is nothing to be wrong.
        Trigger::Integration { integration, .. }
            if !integration.is_empty() && integration != own =>
        {
            let words = "A workflow hears of its own integration only, for whose accounts it runs.";
            Some(Problem::new("/trigger/integration", words))
        }
        _ => None,
    }
}

impl Check<'_> {
    pub(super) fn trigger(&mut self) {
        match &self.workflow.trigger {
            Trigger::AppEvent { event } if event.trim().is_empty() => {
                self.problem("/trigger/event", "Name the event that starts this workflow.");
            }
            Trigger::Scheduler { cron, .. } if cron.trim().is_empty() => {
                self.problem(
                    "/trigger/cron",
                    "Say when it starts: 0 9 * * Mon is Mondays at nine.",
                );
            }
            Trigger::Scheduler { cron, time_zone } => {
                let part = if Cron::read(cron).is_err() { "cron" } else { "time_zone" };
                if let Err(why) = schedule::check(cron, time_zone) {
                    self.problem(format!("/trigger/{part}"), why);
                }
            }
            Trigger::Request { fields } | Trigger::Webhook { fields } => {
                for (index, field) in fields.iter().enumerate() {
                    if field.name.trim().is_empty() {
                        let at = format!("/trigger/fields/{index}/name");
                        self.problem(at, "Name the field that must be there.");
                    }
                }
            }
            Trigger::Integration { integration, trigger, inputs } => {
                match self.actions.trigger(integration, trigger) {
                    None if integration.is_empty() || trigger.is_empty() => {
                        self.problem("/trigger/trigger", "Choose what starts this workflow.");
                    }
                    None => self.problem(
                        "/trigger/trigger",
                        format!("There is no trigger {trigger:?} of {integration:?}."),
                    ),
                    Some(shape) => {
                        let known = (shape.id.as_str(), shape.inputs.as_slice());
                        self.inputs(inputs, known, "/trigger");
                        let before = Seen { outside: true, ..Seen::default() };
                        for (key, value) in inputs {
                            let at = format!("/trigger/inputs/{}", escaped(key));
                            self.templates(value, &at, &before);
                        }
                    }
                }
            }
            Trigger::AppEvent { .. } | Trigger::IntegrationEnabled {} => {}
        }
        let before = Seen { outside: true, ..Seen::default() };
        self.rules(&self.workflow.only_if, "/only_if", &before);
    }
}

#[cfg(test)]
mod tests {
    use super::foreign_trigger;
    use serde_json::json;

    #[test]
    fn a_workflow_hears_of_its_own_integration_only() {
        let of = |integration: &str| {
            let trigger =
                json!({ "kind": "integration", "integration": integration, "trigger": "created" });
            serde_json::from_value(json!({ "format": 1, "trigger": trigger, "steps": [] }))
                .expect("a workflow")
        };
        assert_eq!(foreign_trigger(&of("crm"), "crm"), None);
        assert_eq!(foreign_trigger(&of(""), "crm"), None, "none is chosen yet");
        let told = foreign_trigger(&of("chat"), "crm").expect("a problem");
        assert_eq!(told.pointer, "/trigger/integration");
    }
}
