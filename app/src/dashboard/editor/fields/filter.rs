//! Which records are meant: groups of conditions, of which one must hold.

use super::choice::ChoiceButton;
use super::{Inputs, TemplateField, as_text, from_text};
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::Choice;
use portico_domain::filter::{Arity, Operator};
use serde_json::{Value, json};

/// A filter, condition by condition.
#[component]
pub(super) fn FilterField(
    inputs: Inputs,
    key: String,
    id: String,
    source: Option<String>,
) -> impl IntoView {
    let value = inputs.value(key.clone());
    let groups = Memo::new(move |_| {
        value.with(|own| own.as_ref().and_then(Value::as_array).cloned().unwrap_or_default())
    });
    let set = Callback::new(move |groups: Vec<Value>| {
        let groups: Vec<Value> = groups
            .into_iter()
            .filter(|group| group.as_array().is_none_or(|own| !own.is_empty()))
            .collect();
        let value = (!groups.is_empty()).then_some(Value::Array(groups));
        inputs.set.run((key.clone(), value));
    });
    let change = move |group: usize, what: &dyn Fn(&mut Vec<Value>)| {
        let mut all = groups.get_untracked();
        if let Some(own) = all.get_mut(group).and_then(Value::as_array_mut) {
            what(own);
        }
        set.run(all);
    };
    let source = StoredValue::new(source);
    let counts = Memo::new(move |_| {
        groups.with(|groups| {
            groups.iter().map(|own| own.as_array().map_or(0, Vec::len)).collect::<Vec<_>>()
        })
    });
    let name = id.clone();
    let empty = || json!({ "field": "", "operator": "equals", "value": "" });
    view! {
        <div class="ed-rules" id=name>
            {move || {
                counts
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(group, count)| {
                        let rows: Vec<_> = (0..count)
                            .map(|index| {
                                let at = format!("{id}-{group}-{index}");
                                view! { <Condition inputs groups set place=(group, index) id=at source=source.get_value() /> }
                            })
                            .collect();
                        view! {
                            {(group > 0).then(|| view! { <p class="ed-or">"or"</p> })}
                            <div class="ed-rule-group">
                                {rows}
                                <button type="button" class="ed-quiet" on:click=move |_| change(group, &|own| own.push(empty()))>{icon(Icon::Plus)}"And"</button>
                            </div>
                        }
                    })
                    .collect::<Vec<_>>()
            }}
            <button
                type="button"
                class="button"
                on:click=move |_| {
                    let mut all = groups.get_untracked();
                    all.push(json!([empty()]));
                    set.run(all);
                }
            >
                {icon(Icon::Plus)}
                {move || if counts.with(Vec::is_empty) { "Add a condition" } else { "Or" }}
            </button>
        </div>
    }
}

#[component]
fn Condition(
    inputs: Inputs,
    groups: Memo<Vec<Value>>,
    set: Callback<Vec<Value>>,
    place: (usize, usize),
    id: String,
    source: Option<String>,
) -> impl IntoView {
    let (group, index) = place;
    let own = Memo::new(move |_| {
        groups.with(|groups| {
            groups.get(group).and_then(|own| own.get(index)).cloned().unwrap_or_default()
        })
    });
    let change = move |key: &str, value: Value| {
        let mut all = groups.get_untracked();
        if let Some(condition) = all.get_mut(group).and_then(|own| own.get_mut(index)) {
            condition[key] = value;
        }
        set.run(all);
    };
    let operator =
        Memo::new(move |_| own.with(|own| own["operator"].as_str().unwrap_or("equals").to_owned()));
    let text = move |key: &'static str| {
        Memo::new(move |_| {
            own.with(|own| match &own[key] {
                Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(", "),
                other => as_text(other),
            })
        })
    };
    let field_text = text("field");
    let value_text = text("value");
    let chooser = source.map(|source| {
        let on_choose = Callback::new(move |choice: Choice| change("field", choice.value));
        view! { <ChoiceButton inputs id=format!("{id}-choose") source on_choose chosen=Signal::derive(|| None) words="Field" /> }
    });
    view! {
        <div class="ed-rule">
            <div class="ed-pair-add">
                {chooser}
                <input
                    class="input"
                    aria-label="Field"
                    placeholder="Field"
                    prop:value=move || field_text.get()
                    on:input=move |event| change("field", Value::from(event_target_value(&event)))
                />
            </div>
            <select
                class="input"
                aria-label="How"
                prop:value=move || operator.get()
                on:change=move |event| change("operator", Value::from(event_target_value(&event)))
            >
                {Operator::ALL.iter().map(|known| view! { <option value=known.id() selected=move || operator.get() == known.id()>{known.title()}</option> }).collect::<Vec<_>>()}
            </select>
            {move || {
                let arity = Operator::of(&operator.get()).map_or(Arity::One, Operator::arity);
                let id = id.clone();
                (arity != Arity::None)
                    .then(|| {
                        view! {
                            <TemplateField
                                draft=inputs.draft
                                place=inputs.place.get_value()
                                id
                                value=value_text
                                label="Value"
                                on_input=Callback::new(move |text: String| {
                                    let value = match arity {
                                        Arity::Many if !text.contains("{{") => {
                                            Value::from(text.split(',').map(|own| own.trim().to_owned()).collect::<Vec<_>>())
                                        }
                                        _ => from_text(&text, false).unwrap_or_else(|| Value::from("")),
                                    };
                                    change("value", value);
                                })
                                lines=false
                            />
                        }
                    })
            }}
            <button
                type="button"
                class="ed-icon"
                aria-label="Remove the condition"
                on:click=move |_| {
                    let mut all = groups.get_untracked();
                    if let Some(own) = all.get_mut(group).and_then(Value::as_array_mut)
                        && index < own.len()
                    {
                        own.remove(index);
                    }
                    set.run(all);
                }
            >
                {icon(Icon::Trash)}
            </button>
        </div>
    }
}
