//! What became different between two versions of a workflow, in words.

mod rules;
mod steps;
mod values;

use crate::Actions;
use portico_domain::setting::Setting;
use portico_domain::view::{Change, ChangeKind};
use portico_domain::workflow::{RequestField, RequestPlace, Trigger, WorkflowDefinition};
use serde_json::Value;
use std::collections::HashMap;
use values::{inputs, line};

/// What became different, in the order in which a person reads a workflow. Without an earlier version
/// everything is new.
pub fn changes(
    before: Option<&WorkflowDefinition>,
    after: &WorkflowDefinition,
    actions: &dyn Actions,
) -> Vec<Change> {
    let mut found = Found { actions, changes: Vec::new() };
    found.trigger(before.map(|own| &own.trigger), &after.trigger);
    let old = before.map(|own| rules::line(&own.only_if)).unwrap_or_default();
    found.said("/only_if", "Only if", (old, rules::line(&after.only_if)));
    found.settings(before.map_or(&[][..], |own| &own.settings), &after.settings);
    found.steps(before, after);
    found.options(before, after);
    found.changes
}

struct Found<'a> {
    actions: &'a dyn Actions,
    changes: Vec<Change>,
}

impl Found<'_> {
    fn push(&mut self, kind: ChangeKind, pointer: &str, what: &str) {
        self.changes.push(Change {
            kind,
            pointer: pointer.to_owned(),
            what: what.to_owned(),
            before: None,
            after: None,
        });
    }

    /// A line that says something else, something now, or nothing any more.
    fn said(
        &mut self,
        pointer: &str,
        what: &str,
        (before, after): (Option<String>, Option<String>),
    ) {
        let kind = match (&before, &after) {
            (before, after) if before == after => return,
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        };
        let (pointer, what) = (pointer.to_owned(), what.to_owned());
        self.changes.push(Change { kind, pointer, what, before, after });
    }

    fn trigger(&mut self, before: Option<&Trigger>, after: &Trigger) {
        let old = before.map(|own| self.trigger_line(own));
        let new = self.trigger_line(after);
        self.said("/trigger", "Trigger", (old, Some(new)));
        let Trigger::Integration { integration, trigger, inputs: new } = after else { return };
        let nothing = serde_json::Map::new();
        let old = match before {
            Some(Trigger::Integration { integration: own, trigger: id, inputs })
                if own == integration && id == trigger =>
            {
                inputs
            }
            _ => &nothing,
        };
        let shape = self.actions.trigger(integration, trigger);
        let shapes = shape.map_or(&[][..], |shape| &shape.inputs);
        let found = inputs(("/trigger", "Trigger"), shapes, (old, new));
        self.changes.extend(found);
    }

    fn trigger_line(&self, trigger: &Trigger) -> String {
        match trigger {
            Trigger::AppEvent { event } => format!("App event {event:?}"),
            Trigger::Request { fields } if fields.is_empty() => "A request".to_owned(),
            Trigger::Request { fields } => {
                let fields: Vec<_> = fields.iter().map(request_field).collect();
                format!("A request with {}", fields.join(", "))
            }
            Trigger::Webhook { fields } if fields.is_empty() => "A webhook".to_owned(),
            Trigger::Webhook { fields } => {
                let fields: Vec<_> = fields.iter().map(request_field).collect();
                format!("A webhook with {}", fields.join(", "))
            }
            Trigger::Scheduler { cron, time_zone } => format!("At {cron} in {time_zone}"),
            Trigger::Integration { integration, trigger, .. } => {
                match self.actions.trigger(integration, trigger) {
                    Some(shape) => format!("{integration}: {}", shape.title),
                    None => format!("{integration}: {trigger}"),
                }
            }
            Trigger::IntegrationEnabled {} => "An account is connected".to_owned(),
        }
    }

    fn settings(&mut self, before: &[Setting], after: &[Setting]) {
        let old: HashMap<_, _> = before.iter().map(|own| (own.key.as_str(), own)).collect();
        for (index, own) in before.iter().enumerate() {
            if !after.iter().any(|new| new.key == own.key) {
                let what = format!("Setting {:?}", own.title);
                self.said(&format!("/settings/{index}"), &what, (Some(setting_line(own)), None));
            }
        }
        for (index, own) in after.iter().enumerate() {
            let what = format!("Setting {:?}", own.title);
            let old = old.get(own.key.as_str()).map(|old| setting_line(old));
            let new = setting_line(own);
            self.said(&format!("/settings/{index}"), &what, (old, Some(new)));
        }
        let keys = |settings: &[Setting]| settings.iter().map(|own| own.key.clone()).collect();
        let (old, new): (Vec<String>, Vec<String>) = (keys(before), keys(after));
        for key in values::moved(&old, &new) {
            if let Some(index) = new.iter().position(|own| *own == key) {
                let what = format!("Setting {:?}", after[index].title);
                self.push(ChangeKind::Moved, &format!("/settings/{index}"), &what);
            }
        }
    }

    fn options(&mut self, before: Option<&WorkflowDefinition>, after: &WorkflowDefinition) {
        let usual = portico_domain::workflow::WorkflowOptions::default();
        let old = before.map_or(&usual, |own| &own.options);
        let new = &after.options;
        let text = |text: &str| (!text.is_empty()).then(|| line(&Value::from(text)));
        self.said(
            "/options/description",
            "Description",
            (text(&old.description), text(&new.description)),
        );
        for (key, title, old, new) in [
            (
                "default_enabled",
                "On for accounts that connect",
                old.default_enabled,
                new.default_enabled,
            ),
            ("hidden", "Hidden in the portal", old.hidden, new.hidden),
        ] {
            let word = |on: bool| Some(if on { "Yes" } else { "No" }.to_owned());
            self.said(&format!("/options/{key}"), title, (word(old), word(new)));
        }
        let order = (Some(old.order.to_string()), Some(new.order.to_string()));
        self.said("/options/order", "Place in the portal", order);
        let permissions = (rules::line(&old.permissions), rules::line(&new.permissions));
        self.said("/options/permissions", "Who may use it", permissions);
    }
}

fn request_field(field: &RequestField) -> String {
    let place = match field.place {
        RequestPlace::Body => "",
        RequestPlace::Query => "query parameter ",
        RequestPlace::Header => "header ",
    };
    let required = if field.required { "" } else { " (optional)" };
    match &field.equals {
        Some(value) => format!("{place}{} = {value:?}", field.name),
        None => format!("{place}{}{required}", field.name),
    }
}

/// A question in a line: what it is called, then whatever else is said of it.
fn setting_line(setting: &Setting) -> String {
    let mut said = vec![setting.kind.code().to_owned()];
    if setting.required {
        said.push("required".to_owned());
    }
    let written = serde_json::to_value(setting).unwrap_or_default();
    for (key, value) in written.as_object().into_iter().flatten() {
        let told = ["key", "title", "type", "required"].contains(&key.as_str());
        if !told && !value.is_null() {
            said.push(format!("{key}: {}", line(value)));
        }
    }
    format!("{} ({})", setting.title, said.join(", "))
}
