//! Finding one of many by typing: a command, a kind of step.

use super::super::icon::{Icon, icon};
use super::dialog::Dialogs;
use leptos::html;
use leptos::prelude::*;

/// The drawing of a row.
#[derive(Clone)]
pub(super) enum Drawing {
    Icon(Icon),
    Integration(String),
}

/// A thing to be found and chosen.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) words: String,
    pub(super) detail: String,
    pub(super) search: String,
    pub(super) keys: &'static str,
    /// Rows of one group stand together under its name.
    pub(super) group: String,
    pub(super) drawing: Drawing,
    pub(super) act: Callback<()>,
}

/// A search over rows, of which one is chosen with the arrows and Enter, or by a click.
#[component]
pub(super) fn Finder(
    rows: Vec<Row>,
    dialogs: Dialogs,
    label: &'static str,
    /// For the marks of a project's own integrations.
    project: String,
) -> impl IntoView {
    let rows = StoredValue::new(rows);
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let found = Memo::new(move |_| {
        let query = query.get().to_lowercase();
        let words: Vec<_> = query.split_whitespace().collect();
        rows.with_value(|rows| {
            let fits = |row: &Row| words.iter().all(|word| row.search.contains(word));
            rows.iter()
                .enumerate()
                .filter(|(_, row)| fits(row))
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        })
    });
    let choose = move |at: usize| {
        let act = rows.with_value(|rows| rows.get(at).map(|row| row.act));
        if let Some(act) = act {
            dialogs.close();
            act.run(());
        }
    };
    let option = |at: usize| format!("find-{at}");
    view! {
        <div class="ed-find">
            <input
                node_ref=field
                class="input"
                type="text"
                role="combobox"
                aria-label=label
                aria-expanded="true"
                aria-controls="found"
                aria-activedescendant=move || found.with(|found| found.get(active.get()).map(|at| option(*at)))
                placeholder=label
                autocomplete="off"
                prop:value=move || query.get()
                on:input=move |event| {
                    query.set(event_target_value(&event));
                    active.set(0);
                }
                on:keydown=move |event| {
                    let count = found.with_untracked(Vec::len);
                    match event.key().as_str() {
                        "ArrowDown" => active.update(|at| *at = (*at + 1).min(count.saturating_sub(1))),
                        "ArrowUp" => active.update(|at| *at = at.saturating_sub(1)),
                        "Enter" => {
                            let at = found.with_untracked(|found| found.get(active.get_untracked()).copied());
                            if let Some(at) = at {
                                choose(at);
                            }
                        }
                        _ => return,
                    }
                    event.prevent_default();
                    let shown = found.with_untracked(|found| found.get(active.get_untracked()).map(|at| option(*at)));
                    if let Some(row) = shown.and_then(|id| document().get_element_by_id(&id)) {
                        let nearest = web_sys::ScrollIntoViewOptions::new();
                        nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
                        row.scroll_into_view_with_scroll_into_view_options(&nearest);
                    }
                }
            />
            <div class="ed-found" id="found" role="listbox" aria-label=label tabindex="-1">
                {move || {
                    let found = found.get();
                    if found.is_empty() {
                        return view! { <p class="muted ed-nothing">"Nothing is called that."</p> }.into_any();
                    }
                    let mut group = String::new();
                    found
                        .into_iter()
                        .enumerate()
                        .map(|(place, at)| {
                            let row = rows.with_value(|rows| rows[at].clone());
                            let begins = (row.group != group).then(|| {
                                group.clone_from(&row.group);
                                view! { <p class="ed-group" role="presentation">{row.group.clone()}</p> }
                            });
                            let drawing = match &row.drawing {
                                Drawing::Icon(own) => icon(*own).into_any(),
                                Drawing::Integration(kind) => super::node::integration_mark(&project, kind, 24).into_any(),
                            };
                            view! {
                                {begins}
                                <div
                                    class="ed-row"
                                    role="option"
                                    id=option(at)
                                    aria-selected=move || if active.get() == place { "true" } else { "false" }
                                    on:mousemove=move |_| {
                                        if active.get_untracked() != place {
                                            active.set(place);
                                        }
                                    }
                                    on:click=move |_| choose(at)
                                >
                                    {drawing}
                                    <span class="ed-row-words">
                                        <span>{row.words}</span>
                                        {(!row.detail.is_empty()).then(|| view! { <span class="hint">{row.detail.clone()}</span> })}
                                    </span>
                                    {(!row.keys.is_empty()).then(|| view! { <kbd>{row.keys}</kbd> })}
                                </div>
                            }
                        })
                        .collect::<Vec<_>>()
                        .into_any()
                }}
            </div>
        </div>
    }
}
