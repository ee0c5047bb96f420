//! Questions to the end user: their words around the control that answers them.

use super::answers::{Answers, Given, Note};
use super::choosing::{Chooser, PairOfChoices};
use super::controls::{Control, Copied, File, Password, Permissions};
use super::mapping::Mapping;
use leptos::prelude::*;
use portico_domain::setting::{Setting, SettingKind};
use serde_json::{Map, Value};

/// One question as its controls know it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) answers: Answers,
    pub(super) setting: StoredValue<Setting>,
    /// The id of its control; its label, hint and problem have it with an ending.
    pub(super) id: StoredValue<String>,
    pub(super) note: RwSignal<Note>,
}

impl Asked {
    pub(super) fn key(self) -> String {
        self.setting.with_value(|setting| setting.key.clone())
    }

    /// The id of a part of it.
    pub(super) fn part(self, name: &str) -> String {
        self.id.with_value(|id| format!("{id}-{name}"))
    }

    pub(super) fn id(self) -> String {
        self.id.get_value()
    }

    /// The answer, followed as it changes.
    pub(super) fn value(self) -> Value {
        self.answers.values.with(|all| own(all, &self.key()))
    }

    /// The answer to another question, beside this one or shared, followed as it changes.
    pub(super) fn sibling(self, key: &str) -> Value {
        let beside = self.answers.values.with(|all| own(all, key));
        if beside.is_null() { self.answers.shared.with(|all| own(all, key)) } else { beside }
    }

    /// The answer as it is now.
    pub(super) fn now(self) -> Value {
        self.answers.values.with_untracked(|all| own(all, &self.key()))
    }

    /// The answer as text, followed as it changes.
    pub(super) fn text(self) -> String {
        plain(&self.value())
    }

    /// What the chosen answer is called, or a part of it, followed as it changes.
    pub(super) fn label(self, part: &str) -> Option<String> {
        self.answers.labels.with(|all| called(&own(all, &self.key()), part))
    }

    /// The same, as it is now.
    pub(super) fn label_now(self, part: &str) -> Option<String> {
        called(&self.labels_now(), part)
    }

    /// What all parts are called now.
    pub(super) fn labels_now(self) -> Value {
        self.answers.labels.with_untracked(|all| own(all, &self.key()))
    }

    pub(super) fn give(self, given: Given) {
        self.answers.give(&self.key(), given, self.note);
    }

    pub(super) fn described(self) -> String {
        format!("{} {}", self.part("hint"), self.part("problem"))
    }

    pub(super) fn is_refused(self) -> bool {
        matches!(self.note.get(), Note::Refused(_))
    }
}

/// A list of questions.
#[component]
pub(super) fn Questions(answers: Answers) -> impl IntoView {
    let whose =
        answers.workflow.map_or_else(|| answers.configuration.to_string(), |id| id.to_string());
    let all = answers.settings.get_value();
    let all: Vec<_> = all
        .into_iter()
        .map(|setting| {
            let id = StoredValue::new(format!("{whose}-{}", setting.key));
            let setting = StoredValue::new(setting);
            let asked = Asked { answers, setting, id, note: RwSignal::default() };
            view! { <Question asked /> }
        })
        .collect();
    view! { <div class="stack">{all}</div> }
}

#[component]
fn Question(asked: Asked) -> impl IntoView {
    let Setting { key, title, kind, required, tooltip, .. } = asked.setting.get_value();
    let several = matches!(
        kind,
        SettingKind::Combo(_)
            | SettingKind::DynamicCombo { .. }
            | SettingKind::FieldMapper(_)
            | SettingKind::Permission { .. }
    );
    let required = required && !matches!(kind, SettingKind::Copyable { .. });
    let control = match kind {
        SettingKind::DynamicEnum(_) | SettingKind::CustomDropdown { .. } => {
            view! { <Chooser asked /> }.into_any()
        }
        SettingKind::Combo(pair) => {
            view! { <PairOfChoices asked pair variables=None /> }.into_any()
        }
        SettingKind::DynamicCombo { pair, variables } => {
            view! { <PairOfChoices asked pair variables=Some(variables) /> }.into_any()
        }
        SettingKind::FieldMapper(mapper) => view! { <Mapping asked mapper /> }.into_any(),
        SettingKind::Permission { scopes } => view! { <Permissions asked scopes /> }.into_any(),
        SettingKind::Password => view! { <Password asked /> }.into_any(),
        SettingKind::File { accept, max_bytes } => {
            view! { <File asked accept=accept.join(",") max_bytes /> }.into_any()
        }
        SettingKind::Copyable { .. } => {
            view! { <Copied id=asked.id() described=asked.described() text=plain(&asked.now()) /> }
                .into_any()
        }
        kind => view! { <Control asked kind /> }.into_any(),
    };
    let lost = move || {
        asked.answers.lost.with(|all| all.get(&key).and_then(Value::as_str).map(str::to_owned))
    };
    let saved = move || match asked.note.get() {
        Note::Saving => Some("Saving…"),
        Note::Saved => Some("✓ Saved"),
        _ => None,
    };
    let refused = move || match asked.note.get() {
        Note::Refused(words) => Some(words),
        _ => None,
    };
    let label = asked.part("label");
    let words = view! { {title} {required.then_some(" *")} };
    let name = if several {
        view! { <span id=label.clone() class="field-name">{words}</span> }.into_any()
    } else {
        view! { <label id=label.clone() for=asked.id() class="field-name">{words}</label> }
            .into_any()
    };
    view! {
        <div class="field" role=several.then_some("group") aria-labelledby=several.then_some(label)>
            <div class="field-head">
                {name} <span class="hint" role="status">{saved}</span>
            </div>
            {control}
            <p id=asked.part("hint") class="hint">{tooltip}</p>
            <p id=asked.part("problem") class="field-problem" role="alert">{refused}</p>
            <p class="field-lost" role="status">{lost}</p>
        </div>
    }
}

fn own(all: &Map<String, Value>, key: &str) -> Value {
    all.get(key).cloned().unwrap_or_default()
}

fn called(label: &Value, part: &str) -> Option<String> {
    match label {
        Value::Object(parts) => parts.get(part)?.as_str().map(str::to_owned),
        Value::String(label) => Some(label.clone()),
        _ => None,
    }
}

pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
