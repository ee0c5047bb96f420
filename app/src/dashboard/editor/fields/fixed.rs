//! Fields without templates: one of few choices, a line of text, yes or no.

use super::{Inputs, TemplateField, as_text};
use leptos::prelude::*;
use serde_json::Value;

/// What stands for "written by hand" among the choices.
const BY_HAND: &str = "\u{0}template";

/// One of fixed choices, or a template instead.
#[component]
pub(in super::super) fn Options(
    inputs: Inputs,
    key: String,
    id: String,
    choices: Vec<(Value, String)>,
    required: bool,
) -> impl IntoView {
    let value = inputs.value(key.clone());
    let choices = StoredValue::new(choices);
    let known = move |value: &Value| {
        choices.with_value(|choices| choices.iter().position(|(own, _)| own == value))
    };
    // What is no choice is a template, which somebody wrote.
    let by_hand = RwSignal::new(value.get_untracked().is_some_and(|own| known(&own).is_none()));
    let set = inputs.set;
    let (chosen_key, typed_key) = (key.clone(), key);
    let selected = move || match value.get() {
        _ if by_hand.get() => BY_HAND.to_owned(),
        None => String::new(),
        Some(own) => known(&own).map_or_else(|| BY_HAND.to_owned(), |at| at.to_string()),
    };
    let field = id.clone();
    view! {
        <select
            class="input"
            id=id.clone()
            prop:value=selected
            on:change=move |event| {
                let chosen = event_target_value(&event);
                by_hand.set(chosen == BY_HAND);
                let value = chosen.parse::<usize>().ok().and_then(|at| {
                    choices.with_value(|choices| choices.get(at).map(|(own, _)| own.clone()))
                });
                inputs.set.run((chosen_key.clone(), value));
            }
        >
            <option value="">{if required { "Choose…" } else { "—" }}</option>
            {choices.with_value(|choices| {
                choices
                    .iter()
                    .enumerate()
                    .map(|(at, (own, label))| {
                        let own = own.clone();
                        view! { <option value=at.to_string() selected=move || value.get().as_ref() == Some(&own)>{label.clone()}</option> }
                    })
                    .collect::<Vec<_>>()
            })}
            <option value=BY_HAND selected=move || by_hand.get()>"A variable…"</option>
        </select>
        {move || {
            let key = typed_key.clone();
            let text = Signal::derive(move || value.get().map(|own| as_text(&own)).unwrap_or_default());
            by_hand
                .get()
                .then(|| {
                    view! {
                        <TemplateField
                            draft=inputs.draft
                            place=inputs.place.get_value()
                            id=format!("{field}-template")
                            value=text
                            on_input=Callback::new(move |text: String| set.run((key.clone(), super::from_text(&text, false))))
                            lines=false
                        />
                    }
                })
        }}
    }
}

/// A line of text.
#[component]
pub(in super::super) fn Line(
    #[prop(into)] id: String,
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<String>,
    on_input: Callback<String>,
    #[prop(optional, into)] hint: String,
    #[prop(optional, into)] placeholder: String,
    /// The element that lists what can be chosen.
    #[prop(optional)]
    list: &'static str,
    #[prop(optional, into)] problem: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <div class="field ed-field">
            <label for=id.clone()>{label}</label>
            <input
                class="input"
                id=id
                placeholder=placeholder
                list=(!list.is_empty()).then_some(list)
                autocomplete="off"
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=move || value.get()
                on:input=move |event| on_input.run(event_target_value(&event))
            />
            {(!hint.is_empty()).then(|| view! { <p class="hint">{hint.clone()}</p> })}
            <p class="field-problem">{move || problem.get()}</p>
        </div>
    }
}

/// Yes or no.
#[component]
pub(in super::super) fn Check(
    #[prop(into)] label: String,
    #[prop(into)] value: Signal<bool>,
    on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="row ed-check">
            <input
                type="checkbox"
                prop:checked=move || value.get()
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
            {label}
        </label>
    }
}
