//! A value as a tree that can be folded, searched and copied.

use super::super::icon::{Icon, icon};
use leptos::prelude::*;
use serde_json::Value;

/// The most lines of a list or an object that are shown before one asks for all.
const MOST: usize = 50;
/// What is open at first.
const OPEN_DEPTH: usize = 2;

#[component]
pub(super) fn JsonTree(value: Value, label: &'static str) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    let copied = RwSignal::new(false);
    let big = text.len() > 400;
    let value = StoredValue::new(value);
    view! {
        <div class="ed-json" role="group" aria-label=label>
            <div class="ed-json-head">
                <span>{label}</span>
                {big.then(|| view! { <input class="input" aria-label=format!("Search the {}", label.to_lowercase()) placeholder="Search…" prop:value=move || query.get() on:input=move |event| query.set(event_target_value(&event)) /> })}
                <button
                    type="button"
                    class="ed-icon"
                    aria-label=format!("Copy the {}", label.to_lowercase())
                    on:click=move |_| {
                        // Refused only where the browser forbids it.
                        let _ = window().navigator().clipboard().write_text(&text);
                        copied.set(true);
                        set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
                    }
                >
                    {move || if copied.get() { icon(Icon::Check) } else { icon(Icon::Copy) }}
                </button>
            </div>
            <div class="ed-json-tree">
                {move || {
                    let query = query.get().to_lowercase();
                    value.with_value(|value| node(None, value, (0, &query)))
                }}
            </div>
        </div>
    }
}

/// One value, under its name.
fn node(name: Option<String>, value: &Value, (depth, query): (usize, &str)) -> AnyView {
    let label = name.clone().map(|own| view! { <span class="ed-json-key">{own}": "</span> });
    let rows: Vec<(String, Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, own)| (key.clone(), own.clone())).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, own)| (at.to_string(), own.clone())).collect()
        }
        plain => {
            let class = match plain {
                Value::String(_) => "ed-json-text",
                Value::Null => "muted",
                _ => "ed-json-plain",
            };
            let text = plain.to_string();
            let found = !query.is_empty()
                && (text.to_lowercase().contains(query)
                    || name.is_some_and(|own| own.to_lowercase().contains(query)));
            return view! { <div class="ed-json-row" class=("ed-json-found", found)>{label}<span class=class>{text}</span></div> }.into_any();
        }
    };
    let kept: Vec<_> = match query.is_empty() {
        true => rows,
        false => rows.into_iter().filter(|(key, own)| fits(key, own, query)).collect(),
    };
    let count = kept.len();
    let words = match value {
        Value::Array(_) => format!("list of {count}"),
        _ => format!("{count} fields"),
    };
    let all = RwSignal::new(false);
    let open = depth < OPEN_DEPTH || !query.is_empty();
    let query = query.to_owned();
    view! {
        <details class="ed-json-more" open=open>
            <summary>{label}<span class="muted">{words}</span></summary>
            {move || {
                let shown = if all.get() { count } else { MOST };
                kept.iter().take(shown).map(|(key, own)| node(Some(key.clone()), own, (depth + 1, &query))).collect::<Vec<_>>()
            }}
            {move || {
                (count > MOST && !all.get())
                    .then(|| view! { <button type="button" class="ed-quiet" on:click=move |_| all.set(true)>{format!("Show all {count}")}</button> })
            }}
        </details>
    }
    .into_any()
}

fn fits(key: &str, value: &Value, query: &str) -> bool {
    if key.to_lowercase().contains(query) {
        return true;
    }
    match value {
        Value::Object(map) => map.iter().any(|(key, own)| fits(key, own, query)),
        Value::Array(items) => items.iter().any(|own| fits("", own, query)),
        plain => plain.to_string().to_lowercase().contains(query),
    }
}
