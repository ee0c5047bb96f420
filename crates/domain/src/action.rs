//! The shape of an action: what the engine and the pages need to know of it, without knowing how
//! it is carried out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An action of an integration, as seen from a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionShape {
    /// Its id, forever: `create_record`.
    pub id: String,
    /// What a person reads: `Create record`.
    pub title: String,
    /// What it does, in a sentence.
    #[serde(default)]
    pub description: String,
    /// What it takes.
    pub inputs: Vec<InputShape>,
    /// What it answers, so that later steps can refer to it without a test run.
    #[serde(default)]
    pub outputs: Vec<OutputShape>,
}

/// One input of an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputShape {
    /// Its key in a step's `inputs`.
    pub key: String,
    /// What a person reads.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// Whether the action refuses to run without it.
    #[serde(default)]
    pub required: bool,
    /// What to write here.
    #[serde(default)]
    pub help: String,
    /// The integration's source of choices for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The only values it takes, if they are few and fixed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub value: Value,
    /// What a person reads.
    pub label: String,
    /// A second line, to tell apart what is called the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// One value of an action's output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputShape {
    /// Its key in the output.
    pub key: String,
    /// What a person reads.
    pub title: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: InputType,
}

/// The type of an input or an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An object whose keys the provider names (the fields of a record).
    Fields,
    /// Which records are meant: `[[{field, operator, value}]]`.
    Filter,
    /// Any JSON.
    Json,
}
