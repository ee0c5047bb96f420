//! What a template becomes, shown while it is written; and a template in pieces, so that it can be drawn.

use crate::Engine;
use crate::context::{Known, context};
use crate::hole::punch;
use crate::references::{expressions, path, spelled};
use portico_domain::execution::Scope;
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
        let context = context(&Known {
            trigger: known.trigger,
            steps: known.steps.clone(),
            settings: &known.scope.settings,
            sealed: &known.scope.sealed,
            user: &known.scope.user,
            account: &known.scope.account,
            item: known.item,
        });
        let Some(mut value) = self.renderer.value(written, &context)? else { return Ok(None) };
        punch(&mut value, "", &mut Vec::new()).map_err(|problem| problem.0)?;
        Ok(Some(value))
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
