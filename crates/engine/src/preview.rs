//! What a template becomes, shown while it is written; and a template in pieces, so that it can be drawn.

use crate::context::{Known, context};
use crate::course::shape;
use crate::hole::punch;
use crate::references::{expressions, path, spelled};
use crate::{Actions, Engine, rules};
use portico_domain::execution::{Rendered, Scope};
use portico_domain::workflow::{Branch, Rules, Step, WorkflowDefinition};
use portico_domain::{Failure, FailureClass};
use serde_json::{Map, Value};

/// What a preview is made of.
#[derive(Clone, Copy)]
pub struct PreviewKnown<'a> {
    /// What starts the workflow.
    pub trigger: &'a Value,
    /// What earlier steps brought, by their ids.
    pub steps: &'a Map<String, Value>,
    /// Settings, user and account.
    pub scope: &'a Scope,
    /// Inside a fan-out: an item and its place.
    pub item: Option<(&'a Value, usize)>,
}

impl Engine {
    /// What is written somewhere, rendered as a step would: secrets as `•••`. Nothing: it would be left out.
    ///
    /// # Errors
    /// Why it cannot be rendered, in words.
    pub fn preview(
        &self,
        written: &Value,
        known: &PreviewKnown<'_>,
    ) -> Result<Option<Value>, String> {
        let context = context(&known.as_known());
        let Some(mut value) = self.renderer.value(written, &context)? else { return Ok(None) };
        punch(&mut value, "", &mut Vec::new()).map_err(|problem| problem.0)?;
        Ok(Some(value))
    }

    /// The inputs of a step as an execution would render them, secrets as holes.
    ///
    /// # Errors
    /// The failure that an execution would have: a required input is missing, the action is no more.
    pub fn step_inputs(
        &self,
        step: &Step,
        actions: &dyn Actions,
        known: &PreviewKnown<'_>,
    ) -> Result<Rendered, Failure> {
        let shape = shape(step, actions)?;
        let nothing = Map::new();
        let inputs = step.kind.inputs().unwrap_or(&nothing);
        let rendered = self.renderer.inputs(inputs, &shape, &known.as_known());
        rendered.map_err(|problem| Failure::new(FailureClass::Invalid, "input", problem.0))
    }

    /// Whether the rules of a condition hold.
    ///
    /// # Errors
    /// The failure that an execution would have.
    pub fn decide(&self, rules: &Rules, known: &PreviewKnown<'_>) -> Result<bool, Failure> {
        let held = rules::holds(&self.renderer, rules, &known.as_known());
        held.map_err(|why| Failure::new(FailureClass::Invalid, "rule", why))
    }

    /// What a step would see as `item` in the first rounds of the fan-outs around it; nothing if there is
    /// no fan-out or no item.
    ///
    /// # Errors
    /// The failure that a fan-out would have.
    pub fn first_item(
        &self,
        (workflow, step): (&WorkflowDefinition, &str),
        actions: &dyn Actions,
        known: &PreviewKnown<'_>,
    ) -> Result<Option<Value>, Failure> {
        let walked = workflow.walk();
        let placed = walked.iter().find(|placed| placed.step.id == step);
        let mut item: Option<Value> = None;
        for (around, branch) in placed.into_iter().flat_map(|placed| &placed.within) {
            if *branch == Branch::Body {
                let known = PreviewKnown { item: item.as_ref().map(|item| (item, 0)), ..*known };
                let rendered = self.step_inputs(around, actions, &known)?;
                let items = rendered.json.get("items").and_then(Value::as_array);
                item = items.and_then(|items| items.first()).cloned();
            }
        }
        Ok(item)
    }
}

impl<'a> PreviewKnown<'a> {
    fn as_known(&self) -> Known<'a> {
        Known {
            trigger: self.trigger.into(),
            steps: self.steps.clone(),
            settings: &self.scope.settings,
            sealed: &self.scope.sealed,
            user: &self.scope.user,
            account: &self.scope.account,
            item: self.item,
        }
    }
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// What stands between `{{` and `}}`.
    Expression {
        /// As it is written, with the spaces around it.
        source: String,
        /// The variable, where it is nothing but one, spelled as the menu spells it.
        path: Option<String>,
    },
}

impl Piece {
    /// The piece that a chosen variable becomes.
    pub fn variable(path: &str) -> Self {
        Self::Expression { source: format!(" {path} "), path: Some(path.to_owned()) }
    }
}

/// A template in pieces; [`join`] makes the same text of them.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut from = 0;
    let plain = |text: &str, found: &mut Vec<Piece>| {
        if !text.is_empty() {
            found.push(Piece::Text(text.to_owned()));
        }
    };
    for range in expressions(text) {
        plain(&text[from..range.start], &mut found);
        from = range.end;
        let source = &text[range.start + 2..range.end - 2];
        let path = path(source).map(|parts| spelled(&parts));
        found.push(Piece::Expression { source: source.to_owned(), path });
    }
    plain(&text[from..], &mut found);
    found
}

/// The template that pieces make.
pub fn join(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(own) => text.push_str(own),
            Piece::Expression { source, .. } => {
                text.push_str("{{");
                text.push_str(source);
                text.push_str("}}");
            }
        }
    }
    text
}
