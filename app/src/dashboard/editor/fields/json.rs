//! Any JSON, or a template that gives some.

use super::{Inputs, TemplateField};
use leptos::prelude::*;
use serde_json::Value;

/// A field for JSON: what reads as an object or a list is kept as one, its texts being templates; anything else is
/// a text.
#[component]
pub(super) fn JsonField(inputs: Inputs, key: String, id: String) -> impl IntoView {
    let value = inputs.value(key.clone());
    let written = |value: Option<Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => serde_json::to_string_pretty(&other).unwrap_or_default(),
    };
    // What is typed is kept as it is typed: reading it and writing it anew would move the caret.
    let text = RwSignal::new(written(value.get_untracked()));
    let read = |text: &str| match text.trim() {
        "" => None,
        own if own.starts_with(['{', '[']) && !own.starts_with("{{") => {
            Some(serde_json::from_str::<Value>(own).unwrap_or_else(|_| Value::from(text)))
        }
        _ => Some(Value::from(text)),
    };
    Effect::new(move |_| {
        let now = value.get();
        // Undone, restored: somebody else than this field has changed it.
        if read(&text.get_untracked()) != now {
            text.set(written(now));
        }
    });
    let broken = Memo::new(move |_| {
        let text = text.get();
        let own = text.trim();
        if !own.starts_with(['{', '[']) || own.starts_with("{{") {
            return None;
        }
        serde_json::from_str::<Value>(own)
            .err()
            .map(|error| format!("This is not JSON yet: {error}."))
    });
    view! {
        <TemplateField
            draft=inputs.draft
            place=inputs.place.get_value()
            id
            value=text
            on_input=Callback::new(move |typed: String| {
                let value = read(&typed);
                text.set(typed);
                inputs.set.run((key.clone(), value));
            })
            lines=true
            invalid=Signal::derive(move || broken.get().is_some())
        />
        <p class="field-problem">{move || broken.get()}</p>
    }
}
