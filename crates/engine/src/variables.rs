//! What may be referred to at a place of a workflow: the menu that opens on `{{`.
//!
//! The rule is the one by which a document is checked: earlier steps, those in branches before, no rounds of
//! a fan-out from outside; a law under `tests/variables.rs` holds the two together. What a step brings is
//! known from its action's declared outputs; what a test brought, or an example, says more.

mod example;
mod flatten;
mod search;
mod seen;

pub use example::trigger_example;
pub use search::search;

use crate::Actions;
use crate::course::shape;
use crate::references::{path, resolved, with_key};
use flatten::Flattened;
use portico_domain::action::OutputShape;
use portico_domain::execution::Scope;
use portico_domain::setting::{Setting, SettingKind};
use portico_domain::view::AppEventView;
use portico_domain::workflow::{
    OnFailure, Step, StepKind, Trigger, WorkflowDefinition, trigger_outputs,
};
use serde_json::{Map, Value, json};

/// Variables of one origin.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableGroup {
    /// What a person reads: `Trigger`, or a step's title.
    pub title: String,
    /// Where they come from.
    pub origin: Origin,
    /// The variables, in the order in which a person reads them.
    pub variables: Vec<Variable>,
}

/// Where a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// What started the workflow.
    Trigger,
    /// The item of the fan-out around the place.
    Item,
    /// A step, by its id.
    Step(String),
    /// What the end user answered.
    Settings,
    /// The end user.
    User,
    /// The connected account.
    Account,
    /// The project's secrets.
    Secrets,
}

/// Something that can be referred to.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// As it is written between the braces: `trigger.first_name`.
    pub path: String,
    /// What a person reads.
    pub title: String,
    /// What it is.
    pub kind: ValueKind,
    /// What it was, or may be.
    pub example: Option<Value>,
    /// How deep it stands in another one of the group.
    pub depth: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
    /// A text that is a day or an instant.
    Date,
    /// Something that can be put somewhere and is shown to nobody.
    Secret,
    /// Nobody knows before it is there.
    Any,
}

impl ValueKind {
    /// What a person reads.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "yes or no",
            Self::List => "list",
            Self::Object => "object",
            Self::Date => "date",
            Self::Secret => "secret",
            Self::Any => "anything",
        }
    }
}

/// What is known beside the workflow.
#[derive(Clone, Copy)]
pub struct VariableContext<'a> {
    /// The project's events, of which one may be the trigger.
    pub events: &'a [AppEventView],
    /// The shapes of actions and triggers.
    pub actions: &'a dyn Actions,
    /// The settings that the integration shares with its workflows.
    pub shared: &'a [Setting],
    /// The names of the project's secrets.
    pub secrets: &'a [String],
    /// The preview user's answers, user and account.
    pub scope: Option<&'a Scope>,
    /// What the last run brought: by the ids of steps, and under `trigger`.
    pub samples: &'a Map<String, Value>,
}

/// Where something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// In a step, by its id.
    Step(&'a str),
    /// In what narrows the trigger: before anything has happened.
    Trigger,
    /// In the trigger's filter.
    Filter,
    /// In who may see the workflow.
    Permissions,
    /// In a setting that is shown to be copied.
    Setting,
}

/// What may be referred to at a place, in groups; none of them is empty.
pub fn variables(
    workflow: &WorkflowDefinition,
    context: &VariableContext<'_>,
    at: Place<'_>,
) -> Vec<VariableGroup> {
    let menu = Menu { workflow, context };
    let mut groups = match at {
        Place::Permissions => vec![menu.user()],
        Place::Setting => vec![menu.user(), menu.account(Secrets::Hidden)],
        Place::Trigger => {
            vec![menu.settings(Secrets::Hidden), menu.user(), menu.account(Secrets::Hidden)]
        }
        Place::Filter => {
            vec![
                menu.trigger(),
                menu.settings(Secrets::Hidden),
                menu.user(),
                menu.account(Secrets::Hidden),
            ]
        }
        Place::Step(id) => menu.step(id),
    };
    groups.retain(|group| !group.variables.is_empty());
    groups
}

/// Whether secrets can be used at a place: they can be sent, not compared and not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Offered,
    Hidden,
}

struct Menu<'a> {
    workflow: &'a WorkflowDefinition,
    context: &'a VariableContext<'a>,
}

impl<'a> Menu<'a> {
    fn step(&self, id: &str) -> Vec<VariableGroup> {
        let Some(seen) = seen::at(self.workflow, id) else { return Vec::new() };
        // A rule compares, and a secret cannot be compared.
        let secrets = match self.workflow.step(id).map(|step| &step.kind) {
            Some(StepKind::Condition { .. }) => Secrets::Hidden,
            _ => Secrets::Offered,
        };
        let mut groups = vec![self.trigger()];
        groups.extend(seen.fan_outs.last().map(|_| self.item(&seen.fan_outs)));
        groups.extend(seen.steps.iter().map(|step| self.outputs(step)));
        groups.push(self.settings(secrets));
        groups.push(self.user());
        groups.push(self.account(secrets));
        if secrets == Secrets::Offered {
            groups.push(self.secrets());
        }
        groups
    }

    fn trigger(&self) -> VariableGroup {
        let trigger = &self.workflow.trigger;
        let declared = match trigger {
            Trigger::Integration { integration, trigger, .. } => {
                let shape = self.context.actions.trigger(integration, trigger);
                shape.map(|shape| shape.outputs.clone()).unwrap_or_default()
            }
            _ => trigger_outputs(trigger),
        };
        let sample = self.trigger_sample();
        let mut found = Flattened::default();
        found.declared("trigger", &declared, sample.as_ref());
        if !found.is_empty() {
            found.whole("trigger", "Everything it brings", sample.as_ref());
        }
        group("Trigger", Origin::Trigger, found)
    }

    /// What started the last run, or would start one.
    fn trigger_sample(&self) -> Option<Value> {
        if let Some(sample) = self.context.samples.get("trigger") {
            return Some(sample.clone());
        }
        trigger_example(&self.workflow.trigger, self.context.events)
    }

    fn outputs(&self, step: &Step) -> VariableGroup {
        let root = with_key("steps", &step.id);
        let sample = self.context.samples.get(&step.id);
        let declared = self.declared(step);
        let mut found = Flattened::default();
        found.declared(&root, &declared, sample);
        if !found.is_empty() {
            found.whole(&root, "Everything it brings", sample);
        }
        if step.on_failure == OnFailure::Continue {
            let sample = sample.and_then(|sample| sample.get("error"));
            for (key, title) in [("code", "Failure: code"), ("message", "Failure: message")] {
                let example = sample.and_then(|error| error.get(key)).cloned();
                found.push(Variable {
                    path: format!("{root}.error.{key}"),
                    title: title.to_owned(),
                    kind: ValueKind::Text,
                    example,
                    depth: 0,
                });
            }
        }
        group(&step.title, Origin::Step(step.id.clone()), found)
    }

    fn declared(&self, step: &Step) -> Vec<OutputShape> {
        shape(step, self.context.actions).map(|shape| shape.outputs.clone()).unwrap_or_default()
    }

    /// The item of the innermost of the fan-outs around a place.
    fn item(&self, around: &[&Step]) -> VariableGroup {
        let example = self.item_example(around);
        let mut found = Flattened::default();
        found.value("item", "Item", example.as_ref());
        found.push(Variable {
            path: "index".to_owned(),
            title: "Its place, from 0".to_owned(),
            kind: ValueKind::Number,
            example: Some(json!(0)),
            depth: 0,
        });
        group("Item", Origin::Item, found)
    }

    /// The first item of the list that a fan-out goes through, as far as it can be seen without a run.
    fn item_example(&self, around: &[&Step]) -> Option<Value> {
        let (innermost, outer) = around.split_last()?;
        let items = innermost.kind.inputs()?.get("items")?;
        let text = match items {
            Value::String(text) => text,
            Value::Array(items) => return items.first().cloned(),
            _ => return None,
        };
        let expression = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
        let parts = path(expression)?;
        let scope = self.context.scope;
        let known = json!({
            "trigger": self.trigger_sample(),
            "steps": self.context.samples,
            "item": self.item_example(outer),
            "settings": scope.map(|scope| &scope.settings),
            "user": scope.map(|scope| &scope.user),
            "account": scope.map(|scope| &scope.account),
        });
        resolved(&parts, &known)?.as_array()?.first().cloned()
    }

    fn settings(&self, secrets: Secrets) -> VariableGroup {
        let mut found = Flattened::default();
        for setting in self.workflow.settings.iter().chain(self.context.shared) {
            let kind = &setting.kind;
            let path = with_key("settings", &setting.key);
            let given = self.context.scope.and_then(|scope| scope.settings.get(&setting.key));
            let example = given.or(setting.default.as_ref());
            match kind {
                // It is shown, not answered.
                SettingKind::Copyable { .. } => {}
                _ if kind.is_secret() => {
                    if secrets == Secrets::Offered {
                        found.secret(path, &setting.title);
                    }
                }
                _ => found.answer(&path, setting, example),
            }
        }
        group("Settings", Origin::Settings, found)
    }

    fn user(&self) -> VariableGroup {
        let mut found = Flattened::default();
        let known = self.context.scope.map(|scope| &scope.user);
        let of = |key: &str| known.and_then(|user| user.get(key));
        found.known("user.id", "User ID", ValueKind::Text, of("id"));
        found.known("user.meta", "Metadata", ValueKind::Object, of("meta"));
        group("User", Origin::User, found)
    }

    fn account(&self, secrets: Secrets) -> VariableGroup {
        let mut found = Flattened::default();
        let known = self.context.scope.map(|scope| &scope.account);
        let of = |key: &str| known.and_then(|account| account.get(key));
        let usual =
            [("label", "Name"), ("provider_id", "ID at the provider"), ("id", "Account ID")];
        for (key, title) in usual {
            found.known(&with_key("account", key), title, ValueKind::Text, of(key));
        }
        for (key, value) in known.into_iter().flatten() {
            if !usual.iter().any(|(own, _)| own == key) {
                found.value(&with_key("account", key), key, Some(value));
            }
        }
        if secrets == Secrets::Offered {
            found.secret("account.access_token".to_owned(), "Access token");
        }
        group("Account", Origin::Account, found)
    }

    fn secrets(&self) -> VariableGroup {
        let mut found = Flattened::default();
        for name in self.context.secrets {
            found.secret(with_key("secrets", name), name);
        }
        group("Secrets", Origin::Secrets, found)
    }
}

fn group(title: &str, origin: Origin, found: Flattened) -> VariableGroup {
    VariableGroup { title: title.to_owned(), origin, variables: found.variables }
}
