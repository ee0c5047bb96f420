//! The variables that can be chosen at a place, in groups, found by typing.

use super::Where;
use super::template::Opened;
use crate::dashboard::editor::draft::Draft;
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_engine::variables::{Origin, Variable, VariableGroup, search};

/// The most variables that are shown at once.
const MOST: usize = 200;

/// The menu under a field. The keys are the field's: it passes on those that are meant for the menu.
#[component]
pub(super) fn Menu(
    draft: Draft,
    place: Where,
    opened: RwSignal<Option<Opened>>,
    id: String,
    on_choose: Callback<String>,
) -> impl IntoView {
    // As it is now: the menu closes before anything of it changes.
    let groups = untrack(|| draft.tests.variables(draft, &place));
    let active = RwSignal::new(0_usize);
    let query = Memo::new(move |_| {
        opened.with(|now| now.as_ref().map(|now| now.query.clone()).unwrap_or_default())
    });
    let groups = StoredValue::new(groups);
    let found = Memo::new(move |_| {
        active.set(0);
        groups.with_value(|groups| cut(search(groups, &query.get())))
    });
    let count =
        move || found.with(|groups| groups.iter().map(|own| own.variables.len()).sum::<usize>());
    let path_at = move |at: usize| {
        found.with_untracked(|groups| {
            groups.iter().flat_map(|own| &own.variables).nth(at).map(|own| own.path.clone())
        })
    };
    let name = id.clone();
    Effect::new(move |_| {
        let key = opened.with(|now| now.as_ref().and_then(|now| now.key.clone()));
        let Some(key) = key else { return };
        opened.update_untracked(|now| {
            if let Some(now) = now {
                now.key = None;
            }
        });
        match key.as_str() {
            "ArrowDown" => active.update(|at| *at = (*at + 1).min(count().saturating_sub(1))),
            "ArrowUp" => active.update(|at| *at = at.saturating_sub(1)),
            "Enter" | "Tab" => {
                if let Some(path) = path_at(active.get_untracked()) {
                    on_choose.run(path);
                }
                return;
            }
            _ => return,
        }
        let row = format!("{name}-active");
        request_animation_frame(move || {
            if let Some(row) = document().get_element_by_id(&row) {
                let nearest = web_sys::ScrollIntoViewOptions::new();
                nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
                row.scroll_into_view_with_scroll_into_view_options(&nearest);
            }
        });
    });
    let list = id.clone();
    view! {
        <div class="ed-variables" id=list role="listbox" aria-label="Variables" on:mousedown=move |event| event.prevent_default()>
            {move || {
                let found = found.get();
                if found.is_empty() {
                    return view! { <p class="muted ed-nothing">"No variable is called that. Go on typing to write an expression."</p> }.into_any();
                }
                let mut at = 0;
                found
                    .into_iter()
                    .map(|group| {
                        let rows: Vec<_> = group
                            .variables
                            .into_iter()
                            .map(|own| {
                                at += 1;
                                row(own, at - 1, active, (&id, on_choose))
                            })
                            .collect();
                        view! {
                            <p class="ed-group" role="presentation">{icon(drawing(&group.origin))}{group.title}</p>
                            {rows}
                        }
                    })
                    .collect::<Vec<_>>()
                    .into_any()
            }}
        </div>
    }
}

/// Whether a key is the menu's while it is open.
pub(super) fn takes(key: &str) -> bool {
    matches!(key, "ArrowDown" | "ArrowUp" | "Enter" | "Tab" | "Escape")
}

fn row(
    own: Variable,
    at: usize,
    active: RwSignal<usize>,
    (id, on_choose): (&str, Callback<String>),
) -> impl IntoView + use<> {
    let (chosen, path) = (own.path.clone(), own.path.clone());
    let example = own.example.as_ref().map(super::as_text).unwrap_or_default();
    let example: String = example.chars().take(60).collect();
    let name = format!("{id}-active");
    let depth = own.depth.min(5);
    view! {
        <div
            class="ed-variable"
            class=("ed-depth", depth > 0)
            role="option"
            id=move || (active.get() == at).then(|| name.clone())
            aria-selected=move || if active.get() == at { "true" } else { "false" }
            title=path
            style:padding-inline-start=format!("{}px", 10 + depth * 14)
            on:mousemove=move |_| {
                if active.get_untracked() != at {
                    active.set(at);
                }
            }
            on:click=move |_| on_choose.run(chosen.clone())
        >
            <span class="ed-variable-name">{own.title}</span>
            <span class="ed-variable-kind">{own.kind.title()}</span>
            <span class="ed-variable-example">{example}</span>
        </div>
    }
}

fn cut(groups: Vec<VariableGroup>) -> Vec<VariableGroup> {
    let mut left = MOST;
    groups
        .into_iter()
        .filter_map(|mut group| {
            group.variables.truncate(left);
            left -= group.variables.len();
            (!group.variables.is_empty()).then_some(group)
        })
        .collect()
}

fn drawing(origin: &Origin) -> Icon {
    match origin {
        Origin::Trigger => Icon::Zap,
        Origin::Item => Icon::Repeat,
        Origin::Step(_) => Icon::Workflow,
        Origin::Settings => Icon::Settings,
        Origin::User => Icon::Users,
        Origin::Account => Icon::Plug,
        Origin::Secrets => Icon::Lock,
    }
}
