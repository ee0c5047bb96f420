//! JSON as a tree that can be folded, searched and copied. It is made of `details` elements: the keyboard and
//! screen readers know them.

use super::copy::CopyButton;
use leptos::prelude::*;
use serde_json::Value;

/// Longer texts are shown in part.
const LONGEST: usize = 300;
/// Longer lists and objects are shown in part.
const MOST: usize = 50;
/// From so many lines on there is something to search for.
const SEARCHED: usize = 12;

/// A value, unfolded to its second level.
#[component]
pub(super) fn JsonTree(
    /// The value.
    value: Value,
    /// What it is, for the buttons: `output`.
    what: &'static str,
) -> impl IntoView {
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    let short = text.lines().count() < SEARCHED;
    let search = RwSignal::new(String::new());
    view! {
        <div class="tree">
            <div class="tree-head">
                <input
                    type="search"
                    class="input"
                    hidden=short
                    placeholder="Search"
                    aria-label=format!("Search the {what}")
                    bind:value=search
                />
                <CopyButton text what />
            </div>
            <div class="tree-body" tabindex="0" role="group" aria-label=what>
                {move || {
                    let sought = search.get().trim().to_lowercase();
                    if !sought.is_empty() && !has(None, &value, &sought) {
                        return view! { <p class="muted">"Nothing like it is in here."</p> }.into_any();
                    }
                    branch(None, &value, Depth { level: 0, sought: &sought })
                }}
            </div>
        </div>
    }
}

/// Where a value stands, and what is looked for.
#[derive(Clone, Copy)]
struct Depth<'a> {
    level: usize,
    sought: &'a str,
}

/// Whether what is looked for stands in a value or its name.
fn has(key: Option<&str>, value: &Value, sought: &str) -> bool {
    key.is_some_and(|key| key.to_lowercase().contains(sought))
        || match value {
            Value::Object(map) => map.iter().any(|(key, own)| has(Some(key), own, sought)),
            Value::Array(items) => items.iter().any(|own| has(None, own, sought)),
            Value::String(text) => text.to_lowercase().contains(sought),
            other => other.to_string().contains(sought),
        }
}

fn branch(key: Option<&str>, value: &Value, depth: Depth<'_>) -> AnyView {
    let (children, count): (Vec<(String, Value)>, String) = match value {
        Value::Object(map) if !map.is_empty() => {
            let count = format!("{{{}}}", map.len());
            (map.iter().map(|(key, own)| (key.clone(), own.clone())).collect(), count)
        }
        Value::Array(items) if !items.is_empty() => {
            let count = format!("[{}]", items.len());
            let named = items.iter().enumerate().map(|(i, own)| (i.to_string(), own.clone()));
            (named.collect(), count)
        }
        leaf => return view! { <div class="tree-leaf">{name(key)}{shown(leaf)}</div> }.into_any(),
    };
    let sought = depth.sought.to_owned();
    // What matches by its own name is shown whole; otherwise only what holds the match.
    let all = sought.is_empty() || key.is_some_and(|key| key.to_lowercase().contains(&sought));
    let children: Vec<_> =
        children.into_iter().filter(|(key, own)| all || has(Some(key), own, &sought)).collect();
    let open = depth.level < 2 || !sought.is_empty();
    let inner = if all { String::new() } else { sought };
    let level = depth.level + 1;
    let whole = RwSignal::new(children.len() <= MOST);
    let more = children.len();
    view! {
        <details open=open>
            <summary>{name(key)}<span class="muted">{count}</span></summary>
            <div class="tree-children">
                {move || {
                    let most = if whole.get() { usize::MAX } else { MOST };
                    let depth = Depth { level, sought: &inner };
                    children
                        .iter()
                        .take(most)
                        .map(|(key, own)| branch(Some(key), own, depth))
                        .collect::<Vec<_>>()
                }}
                {move || {
                    (!whole.get())
                        .then(|| {
                            view! {
                                <button type="button" class="tree-more" on:click=move |_| whole.set(true)>
                                    {format!("Show all {more}")}
                                </button>
                            }
                        })
                }}
            </div>
        </details>
    }
    .into_any()
}

fn name(key: Option<&str>) -> Option<impl IntoView + use<>> {
    key.map(|key| view! { <span class="tree-key">{key.to_owned()}</span> ": " })
}

/// A value that holds no others.
fn shown(value: &Value) -> AnyView {
    let class = match value {
        Value::String(_) => "tree-text",
        Value::Number(_) => "tree-number",
        _ => "muted",
    };
    let text = match value {
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    let length = text.chars().count();
    if length <= LONGEST {
        return view! { <span class=class>{text}</span> }.into_any();
    }
    let whole = RwSignal::new(false);
    let part: String = text.chars().take(LONGEST).collect();
    view! {
        <span class=class>{move || if whole.get() { text.clone() } else { format!("{part}…") }}</span>
        <button type="button" class="tree-more" hidden=move || whole.get() on:click=move |_| whole.set(true)>
            {format!("Show all {length} characters")}
        </button>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::has;
    use serde_json::json;

    #[test]
    fn a_search_finds_names_and_values_however_deep() {
        let value = json!({ "records": [{ "LastName": "Lovelace", "Score": 42 }] });
        for sought in ["lastname", "lovel", "42", "records"] {
            assert!(has(None, &value, sought), "{sought}");
        }
        assert!(!has(None, &value, "hopper"));
    }
}
