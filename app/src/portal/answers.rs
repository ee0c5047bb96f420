//! The answers to a list of questions: shown as soon as they are given, kept by the server, put back
//! with words when it refuses them.

use super::live;
use super::panel::Shown;
use leptos::prelude::*;
use portico_domain::setting::{Setting, dependents};
use portico_domain::{ConfigurationId, WorkflowId};
use serde_json::{Map, Value, json};

/// The answers under a configuration to one workflow's questions, or to those that all share. Cheap
/// to copy.
#[derive(Clone, Copy)]
pub(super) struct Answers {
    pub(super) shown: Shown,
    pub(super) configuration: ConfigurationId,
    pub(super) workflow: Option<WorkflowId>,
    pub(super) settings: StoredValue<Vec<Setting>>,
    pub(super) values: RwSignal<Map<String, Value>>,
    pub(super) labels: RwSignal<Map<String, Value>>,
    /// The answers that all workflows share: choices can depend on them.
    pub(super) shared: RwSignal<Map<String, Value>>,
    /// Words about choices that are no more, by the key of the setting.
    pub(super) lost: RwSignal<Map<String, Value>>,
}

/// What became of an answer.
#[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser saves"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Note {
    #[default]
    Nothing,
    Saving,
    Saved,
    /// The answer of before is back; why, in words.
    Refused(String),
}

/// An answer that is on its way, and what it replaces.
#[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser saves"))]
pub(super) struct Change {
    pub(super) key: String,
    pub(super) note: RwSignal<Note>,
    /// What is sent: secrets and files are in here only.
    pub(super) settings: Map<String, Value>,
    pub(super) labels: Map<String, Value>,
    before: (Map<String, Value>, Map<String, Value>),
}

/// An answer as it is given.
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) label: Value,
    /// What the page shows of it from now on.
    pub(super) shown: Value,
}

impl Given {
    pub(super) fn plain(value: Value) -> Self {
        Self { shown: value.clone(), value, label: Value::Null }
    }

    /// One that is not shown: there is one, and perhaps what it is called.
    pub(super) fn kept(value: Value, label: Value) -> Self {
        let shown = if value.is_null() { Value::Null } else { json!(true) };
        Self { value, label, shown }
    }
}

impl Answers {
    /// Shows an answer, and has it kept.
    pub(super) fn give(self, key: &str, given: Given, note: RwSignal<Note>) {
        let before = (self.values.get_untracked(), self.labels.get_untracked());
        let mut settings = Map::from_iter([(key.to_owned(), given.value)]);
        let mut labels = Map::from_iter([(key.to_owned(), given.label)]);
        // What was chosen under the choice of before means nothing under this one.
        self.settings.with_value(|all| {
            for child in dependents(all, key) {
                settings.insert(child.to_owned(), Value::Null);
                labels.insert(child.to_owned(), Value::Null);
            }
        });
        let shown = Some((key.to_owned(), given.shown));
        self.values.update(|all| merge(all, settings.clone().into_iter().chain(shown)));
        self.labels.update(|all| merge(all, labels.clone()));
        self.lost.update(|all| {
            all.remove(key);
        });
        note.set(Note::Saving);
        live::keep(self, Change { key: key.to_owned(), note, settings, labels, before });
    }

    /// Puts back what a refused answer replaced.
    #[cfg(feature = "mount")]
    pub(super) fn put_back(self, change: &Change) {
        let keys = || change.settings.keys();
        let of = |all: &Map<String, Value>| -> Vec<_> {
            keys().map(|key| (key.clone(), all.get(key).cloned().unwrap_or_default())).collect()
        };
        self.values.update(|all| merge(all, of(&change.before.0)));
        self.labels.update(|all| merge(all, of(&change.before.1)));
    }
}

fn merge(all: &mut Map<String, Value>, given: impl IntoIterator<Item = (String, Value)>) {
    for (key, value) in given {
        if value.is_null() {
            all.remove(&key);
        } else {
            all.insert(key, value);
        }
    }
}
