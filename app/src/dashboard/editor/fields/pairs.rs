//! An object filled in key by key: the fields of a record, headers, a function's own inputs.

use super::choice::ChoiceButton;
use super::{Inputs, TemplateField, as_text, from_text};
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::Choice;
use serde_json::{Map, Value};

/// The rows of an object, or one template for the whole of it.
#[component]
pub(super) fn Pairs(
    inputs: Inputs,
    key: String,
    id: String,
    source: Option<String>,
) -> impl IntoView {
    let value = inputs.value(key.clone());
    let whole = Memo::new(move |_| value.with(|own| own.as_ref().is_some_and(Value::is_string)));
    let object = Memo::new(move |_| {
        value.with(|own| own.as_ref().and_then(Value::as_object).cloned().unwrap_or_default())
    });
    let set = inputs.set;
    let (rows_key, whole_key, switch_key) = (key.clone(), key.clone(), key);
    let on_change = Callback::new(move |map: Map<String, Value>| {
        let value = (!map.is_empty()).then_some(Value::Object(map));
        set.run((rows_key.clone(), value));
    });
    let field = id.clone();
    view! {
        {move || match whole.get() {
            true => {
                let key = whole_key.clone();
                let text = Signal::derive(move || value.get().map(|own| as_text(&own)).unwrap_or_default());
                view! {
                    <TemplateField
                        draft=inputs.draft
                        place=inputs.place.get_value()
                        id=field.clone()
                        value=text
                        on_input=Callback::new(move |text: String| set.run((key.clone(), Some(Value::from(text)))))
                        lines=false
                    />
                }
                    .into_any()
            }
            false => view! { <Rows inputs id=field.clone() object on_change source=source.clone() /> }.into_any(),
        }}
        <button
            type="button"
            class="ed-quiet"
            on:click=move |_| {
                let to = if whole.get_untracked() { None } else { Some(Value::from("")) };
                set.run((switch_key.clone(), to));
            }
        >
            {move || if whole.get() { "Fill in field by field" } else { "Use one variable for all of it" }}
        </button>
    }
}

/// The rows themselves.
#[component]
pub(in super::super) fn Rows(
    inputs: Inputs,
    id: String,
    object: Memo<Map<String, Value>>,
    on_change: Callback<Map<String, Value>>,
    source: Option<String>,
) -> impl IntoView {
    let names = Memo::new(move |_| object.with(|map| map.keys().cloned().collect::<Vec<_>>()));
    let adding = RwSignal::new(String::new());
    let add = move |name: String| {
        let name = name.trim().to_owned();
        if name.is_empty() || object.with_untracked(|map| map.contains_key(&name)) {
            return;
        }
        let mut map = object.get_untracked();
        map.insert(name, Value::from(""));
        on_change.run(map);
        adding.set(String::new());
    };
    let row_id = id.clone();
    let chooser = source.map(|source| {
        let on_choose = Callback::new(move |choice: Choice| add(as_text(&choice.value)));
        view! { <ChoiceButton inputs id=format!("{id}-choose") source on_choose chosen=Signal::derive(|| None) words="Choose a field" /> }
    });
    view! {
        <div class="ed-pairs">
            <For each=move || names.get() key=Clone::clone let:name>
                <Row inputs id=format!("{row_id}-{name}") name object on_change />
            </For>
            <div class="ed-pair-add" data-own-undo="">
                {chooser}
                <input
                    class="input"
                    id=id
                    aria-label="Name of a field to add"
                    placeholder="Name of a field"
                    autocomplete="off"
                    prop:value=move || adding.get()
                    on:input=move |event| adding.set(event_target_value(&event))
                    on:keydown=move |event| {
                        if event.key() == "Enter" {
                            event.prevent_default();
                            add(adding.get_untracked());
                        }
                    }
                />
                <button type="button" class="button" on:click=move |_| add(adding.get_untracked())>{icon(Icon::Plus)}"Add"</button>
            </div>
        </div>
    }
}

#[component]
fn Row(
    inputs: Inputs,
    id: String,
    name: String,
    object: Memo<Map<String, Value>>,
    on_change: Callback<Map<String, Value>>,
) -> impl IntoView {
    let own = name.clone();
    let text =
        Memo::new(move |_| object.with(|map| map.get(&own).map(as_text).unwrap_or_default()));
    let (typed, removed) = (name.clone(), name.clone());
    view! {
        <div class="ed-pair">
            <span class="ed-pair-name" title=name.clone()>{name.clone()}</span>
            <TemplateField
                draft=inputs.draft
                place=inputs.place.get_value()
                id
                value=text
                label=name.clone()
                on_input=Callback::new(move |text: String| {
                    let mut map = object.get_untracked();
                    map.insert(typed.clone(), from_text(&text, false).unwrap_or_else(|| Value::from("")));
                    on_change.run(map);
                })
                lines=true
            />
            <button
                type="button"
                class="ed-icon"
                aria-label=format!("Remove {name}")
                on:click=move |_| {
                    let mut map = object.get_untracked();
                    map.shift_remove(&removed);
                    on_change.run(map);
                }
            >
                {icon(Icon::Trash)}
            </button>
        </div>
    }
}
