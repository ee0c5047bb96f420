//! The shape of a provider's trigger: what the engine and the pages need to know of it, without
//! knowing how it is heard of.

use crate::action::{InputShape, OutputShape};
use serde::{Deserialize, Serialize};

/// Something that happens at a provider and can start a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TriggerShape {
    /// Its id, forever: `record_created`.
    pub id: String,
    /// What a person reads: `Record created`.
    pub title: String,
    /// When it starts a workflow, in a sentence.
    #[serde(default)]
    pub description: String,
    /// What narrows it: the object, the channel.
    pub inputs: Vec<InputShape>,
    /// What a workflow sees, so that steps can refer to it without a test run.
    #[serde(default)]
    pub outputs: Vec<OutputShape>,
    /// Scopes that it needs beside those of the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}
