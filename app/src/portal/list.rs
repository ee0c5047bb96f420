//! Lists of choices: who has them, and how they are read.

use leptos::prelude::*;
use serde_json::{Map, Value};

/// Where choices come from.
#[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser asks for choices"))]
#[derive(Clone)]
pub(super) enum List {
    /// The account has them; they depend on what was chosen before.
    Account { part: &'static str, inputs: Signal<Map<String, Value>> },
    /// The host app passes them; what it is asked.
    Host { question: Signal<Map<String, Value>> },
}

impl List {
    /// What the host app has under a name.
    pub(super) fn host(kind: &str, name: &str) -> Self {
        let question = Map::from_iter([(kind.to_owned(), Value::from(name))]);
        Self::Host { question: Signal::stored(question) }
    }
}
