//! Rules that decide: groups of which one must hold, each with something looked at, how, and with what.

use super::{TemplateField, Where, as_text, from_text};
use crate::dashboard::editor::draft::Draft;
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::workflow::{Comparison, Operands, Rule, Rules};
use serde_json::Value;

/// Rules, one by one.
#[component]
pub(in super::super) fn RulesField(
    draft: Draft,
    place: Where,
    #[prop(into)] id: String,
    #[prop(into)] rules: Signal<Rules>,
    on_change: Callback<Rules>,
    /// Where they stand in the document.
    #[prop(into)]
    pointer: Signal<String>,
) -> impl IntoView {
    let place = StoredValue::new(place);
    let counts =
        Memo::new(move |_| rules.with(|rules| rules.iter().map(Vec::len).collect::<Vec<_>>()));
    let empty =
        || Rule { left: Value::from(""), operator: Comparison::Equals, right: Value::from("") };
    view! {
        <div class="ed-rules">
            {move || {
                counts
                    .get()
                    .into_iter()
                    .enumerate()
                    .map(|(group, count)| {
                        let rows: Vec<_> = (0..count)
                            .map(|index| {
                                let id = format!("{id}-{group}-{index}");
                                view! { <OneRule draft place=place.get_value() id at=(group, index) rules on_change pointer /> }
                            })
                            .collect();
                        view! {
                            {(group > 0).then(|| view! { <p class="ed-or">"or"</p> })}
                            <div class="ed-rule-group">
                                {rows}
                                <button
                                    type="button"
                                    class="ed-quiet"
                                    on:click=move |_| {
                                        let mut all = rules.get_untracked();
                                        if let Some(own) = all.get_mut(group) {
                                            own.push(empty());
                                        }
                                        on_change.run(all);
                                    }
                                >
                                    {icon(Icon::Plus)}
                                    "And"
                                </button>
                            </div>
                        }
                    })
                    .collect::<Vec<_>>()
            }}
            <button
                type="button"
                class="button"
                on:click=move |_| {
                    let mut all = rules.get_untracked();
                    all.push(vec![empty()]);
                    on_change.run(all);
                }
            >
                {icon(Icon::Plus)}
                {move || if counts.with(Vec::is_empty) { "Add a rule" } else { "Or" }}
            </button>
        </div>
    }
}

#[component]
fn OneRule(
    draft: Draft,
    place: Where,
    id: String,
    at: (usize, usize),
    rules: Signal<Rules>,
    on_change: Callback<Rules>,
    pointer: Signal<String>,
) -> impl IntoView {
    let (group, index) = at;
    let own = Memo::new(move |_| {
        rules.with(|rules| rules.get(group).and_then(|own| own.get(index)).cloned())
    });
    let change = move |what: &dyn Fn(&mut Rule)| {
        let mut all = rules.get_untracked();
        if let Some(rule) = all.get_mut(group).and_then(|own| own.get_mut(index)) {
            what(rule);
        }
        on_change.run(all);
    };
    let left = Memo::new(move |_| {
        own.with(|own| own.as_ref().map(|own| as_text(&own.left)).unwrap_or_default())
    });
    let right = Memo::new(move |_| {
        own.with(|own| own.as_ref().map(|own| as_text(&own.right)).unwrap_or_default())
    });
    let operator = Memo::new(move |_| {
        own.with(|own| own.as_ref().map_or(Comparison::Equals, |own| own.operator))
    });
    let problem =
        Memo::new(move |_| draft.problem_at(&format!("{}/{group}/{index}", pointer.get())));
    let place = StoredValue::new(place);
    let right_id = format!("{id}-right");
    view! {
        <div class="ed-rule">
            <TemplateField
                draft
                place=place.get_value()
                id=format!("{id}-left")
                value=left
                label="What is looked at"
                placeholder="{{ trigger.… }}"
                on_input=Callback::new(move |text: String| change(&|rule| rule.left = Value::from(text.clone())))
                lines=false
            />
            <select
                class="input"
                aria-label="How"
                prop:value=move || operator.get().id()
                on:change=move |event| {
                    let chosen = Comparison::of(&event_target_value(&event)).unwrap_or(Comparison::Equals);
                    change(&|rule| {
                        rule.operator = chosen;
                        if chosen.operands() == Operands::One {
                            rule.right = Value::Null;
                        }
                    });
                }
            >
                {groups(operator)}
            </select>
            {move || {
                let id = right_id.clone();
                (operator.get().operands() == Operands::Two)
                    .then(|| {
                        view! {
                            <TemplateField
                                draft
                                place=place.get_value()
                                id
                                value=right
                                label="With what"
                                on_input=Callback::new(move |text: String| {
                                    change(&|rule| rule.right = from_text(&text, false).unwrap_or_else(|| Value::from("")));
                                })
                                lines=false
                            />
                        }
                    })
            }}
            <button
                type="button"
                class="ed-icon"
                aria-label="Remove the rule"
                on:click=move |_| {
                    let mut all = rules.get_untracked();
                    if let Some(own) = all.get_mut(group).filter(|own| index < own.len()) {
                        own.remove(index);
                    }
                    all.retain(|own| !own.is_empty());
                    on_change.run(all);
                }
            >
                {icon(Icon::Trash)}
            </button>
            <p class="field-problem">{move || problem.get()}</p>
        </div>
    }
}

/// The comparisons under their headings.
fn groups(operator: Memo<Comparison>) -> Vec<AnyView> {
    let mut headings: Vec<&str> = Vec::new();
    for own in Comparison::ALL {
        if !headings.contains(&own.group()) {
            headings.push(own.group());
        }
    }
    headings
        .into_iter()
        .map(|heading| {
            let options: Vec<_> = Comparison::ALL
                .iter()
                .filter(|own| own.group() == heading)
                .map(|own| view! { <option value=own.id() selected=move || operator.get() == *own>{own.title()}</option> })
                .collect();
            view! { <optgroup label=heading>{options}</optgroup> }.into_any()
        })
        .collect()
}
