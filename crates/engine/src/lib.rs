//! The workflow engine: what happened plus a signal gives what happens next.
//!
//! Pure and synchronous: time and identity are given, nothing is sent. An execution's state is the
//! fold of its append-only history, so a queue is only an index that can be rebuilt. It compiles to
//! wasm, so that a page can check a document with the code that runs it.
//!
//! To add a kind of step: a variant of `StepKind` in the domain, its keys in `parse`, its rules in
//! `validate`, its branch in `course`, a scenario under `tests/scenarios`.

mod advance;
mod answer;
mod context;
mod course;
pub mod difference;
pub mod edit;
mod exact;
mod filters;
mod hole;
mod mapping;
mod mentions;
mod narrowing;
mod parse;
pub mod preview;
mod references;
mod replay;
mod requested;
mod retry;
mod rules;
pub mod schedule;
mod secrets;
mod settings;
mod size;
mod sources;
mod state;
mod template;
mod validate;
pub mod variables;

pub use advance::{Advance, Command, Engine, Run, Signal};
pub use answer::{check_answer, is_answered, is_empty, usual_answer};
pub use hole::{MissingSecret, fill};
pub use parse::parse;
pub use replay::{Again, CannotReplay, DoneElsewhere, ReplayPlan, plan_replay, stopped_at};
pub use requested::check_request;
pub use secrets::{NamedSecret, named_secrets, secret_problems, used_settings};
pub use settings::{is_slug, parse_settings};
pub use sources::source_problems;
pub use state::State;
pub use validate::foreign_trigger;

use portico_domain::{ActionShape, TriggerShape};

/// What the engine needs to know of the integrations: the shapes of their actions.
pub trait Actions: Send + Sync {
    /// The shape of an action, if there is one.
    fn action(&self, integration: &str, action: &str) -> Option<&ActionShape>;

    /// The shape of an integration's trigger, if there is one.
    fn trigger(&self, _integration: &str, _trigger: &str) -> Option<&TriggerShape> {
        None
    }
}

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A JSON pointer (RFC 6901) into the document.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}
