//! Choosing from what the preview user's account has: a list, a channel, an object. Of a long list only the rows
//! near the eye are drawn.

use super::choices::Choices;
use super::{Inputs, as_text};
use crate::components::long_list::{
    DRAWN, Load, NEAR, first_drawn, has_left, scroll_to, scrolled, show_row,
};
use crate::dashboard::icon::{Icon, icon};
use leptos::html;
use leptos::prelude::*;
use portico_domain::Choice;
use serde_json::Value;
use std::time::Duration;

/// The height of a row, in pixels; the stylesheet says the same.
const ROW: usize = 44;
/// How long a value that is written by hand must rest before it is asked what it is called.
const WRITTEN: Duration = Duration::from_millis(600);

/// A button that opens the choices, and the list.
#[component]
pub(in super::super) fn ChoiceField(inputs: Inputs, key: String, source: String) -> impl IntoView {
    let set_key = key.clone();
    let on_choose = Callback::new(move |choice: Choice| {
        inputs.set.run((set_key.clone(), Some(choice.value)));
    });
    let id = format!("{}-choose", inputs.field_id(&key));
    let chosen = inputs.value(key);
    view! { <ChoiceButton inputs id source on_choose chosen words="Choose" /> }
}

/// The same for whatever is to be done with what is chosen.
#[component]
pub(super) fn ChoiceButton(
    inputs: Inputs,
    /// What the ids in it begin with.
    id: String,
    source: String,
    on_choose: Callback<Choice>,
    #[prop(into)] chosen: Signal<Option<Value>>,
    words: &'static str,
) -> impl IntoView {
    let choices = Choices::new(inputs, source);
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let whole = NodeRef::<html::Div>::new();
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |first: Option<()>| {
        let Some(value) = chosen.get() else { return };
        if let Some(earlier) = waiting.get_value() {
            earlier.clear();
        }
        let wait = if first.is_none() { Duration::ZERO } else { WRITTEN };
        waiting.set_value(set_timeout_with_handle(move || choices.call(&value), wait).ok());
    });
    on_cleanup(move || {
        if let Some(handle) = waiting.try_get_value().flatten() {
            handle.clear();
        }
    });
    let close = Callback::new(move |()| {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    });
    let on_choose = Callback::new(move |choice: Choice| {
        choices.remember(&choice);
        on_choose.run(choice);
    });
    let label = move || chosen.get().and_then(|value| choices.label(&value));
    view! {
        <div
            class="ed-choose"
            node_ref=whole
            on:focusout=move |event| {
                if has_left(&event, whole) {
                    open.set(false);
                }
            }
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    event.stop_propagation();
                    close.run(());
                }
            }
        >
            <button
                node_ref=button
                type="button"
                class="button"
                aria-haspopup="listbox"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| {
                    open.update(|open| *open = !*open);
                    if open.get_untracked() {
                        choices.open();
                    }
                }
            >
                <span class="ed-chosen">{move || label().unwrap_or_else(|| words.to_owned())}</span>
                {icon(Icon::ChevronDown)}
            </button>
            {move || {
                let id = id.clone();
                open.get().then(|| view! { <Unfolded choices id chosen on_choose close /> })
            }}
        </div>
    }
}

/// What unfolds: a search, the rows near the eye, how many there are.
#[component]
fn Unfolded(
    choices: Choices,
    id: String,
    #[prop(into)] chosen: Signal<Option<Value>>,
    on_choose: Callback<Choice>,
    close: Callback<()>,
) -> impl IntoView {
    let active = RwSignal::new(0_usize);
    // How far the list is scrolled, in rows.
    let top = RwSignal::new(0_usize);
    let search = NodeRef::<html::Input>::new();
    let list = NodeRef::<html::Ul>::new();
    let panel = NodeRef::<html::Div>::new();
    let id = StoredValue::new(id);
    let row_id = move |row: usize| id.with_value(|id| format!("{id}-{row}"));
    let count = Memo::new(move |_| choices.found.with(Vec::len));
    Effect::new(move |_| {
        if let Some(search) = search.get() {
            let _ = search.focus();
        }
        // It opens below its button, which may be the last thing that is seen.
        if let Some(panel) = panel.get() {
            let nearest = web_sys::ScrollIntoViewOptions::new();
            nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
            panel.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let choose = move |row: usize| {
        if let Some(choice) = choices.choice(row) {
            close.run(());
            on_choose.run(choice);
        }
    };
    let near_end = move |row: usize| {
        if row + NEAR >= count.get_untracked() {
            choices.load(Load::Next);
        }
    };
    let go = move |row: usize| {
        active.set(row);
        top.set(show_row(list, row * ROW, ROW) / ROW);
        near_end(row);
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let last = count.get_untracked().saturating_sub(1);
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => go((at + 1).min(last)),
            "ArrowUp" => go(at.saturating_sub(1)),
            "PageDown" => go((at + 6).min(last)),
            "PageUp" => go(at.saturating_sub(6)),
            "Enter" => choose(at),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let first = Memo::new(move |_| first_drawn(top.get(), count.get()));
    let drawn = Memo::new(move |_| {
        let from = first.get();
        choices.found.with(|found| {
            let rows = found.iter().enumerate().skip(from).take(DRAWN);
            rows.map(|(row, at)| (row, *at)).collect::<Vec<_>>()
        })
    });
    let row = move |(row, at): (usize, usize)| {
        let choice = choices.all.with_untracked(|all| all.get(at).cloned())?;
        let detail = choice.detail.unwrap_or_else(|| as_text(&choice.value));
        let value = choice.value;
        let is_chosen = move || {
            chosen.with(|own| own.as_ref().is_some_and(|own| as_text(own) == as_text(&value)))
        };
        Some(view! {
            <li
                id=row_id(row)
                role="option"
                class="ed-choice"
                class:ed-active=move || active.get() == row
                aria-selected=move || if is_chosen() { "true" } else { "false" }
                aria-posinset=(row + 1).to_string()
                aria-setsize=move || choices.size()
                on:click=move |_| choose(row)
            >
                <span>{choice.label}</span>
                <span class="hint">{detail}</span>
            </li>
        })
    };
    // The active row may be scrolled away, and is not drawn then.
    let shown = move || drawn.with(|rows| rows.iter().any(|(row, _)| *row == active.get()));
    let room = move |rows: usize| format!("{}px", rows * ROW);
    let list_id = id.with_value(|id| format!("{id}-list"));
    view! {
        <div class="ed-choices" data-own-undo="" node_ref=panel>
            <input
                node_ref=search
                class="input"
                aria-label="Search"
                placeholder="Search…"
                autocomplete="off"
                role="combobox"
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls=list_id.clone()
                aria-activedescendant=move || shown().then(|| row_id(active.get()))
                prop:value=move || choices.query.get()
                on:input=move |event| {
                    choices.query.set(event_target_value(&event));
                    active.set(0);
                    top.set(0);
                    scroll_to(list, 0);
                    choices.search();
                }
                on:keydown=keys
            />
            <ul
                id=list_id
                node_ref=list
                class="ed-choice-list"
                role="listbox"
                aria-label="Choices"
                tabindex="-1"
                aria-busy=move || choices.busy.get().then_some("true")
                on:scroll=move |_| {
                    let row = scrolled(list) / ROW;
                    top.set(row);
                    near_end(row + NEAR);
                }
            >
                <li role="presentation" style:height=move || room(first.get())></li>
                {move || {
                    // The same places may hold other choices now.
                    choices.all.track();
                    drawn.get().into_iter().filter_map(&row).collect::<Vec<_>>()
                }}
                <li
                    role="presentation"
                    style:height=move || room(count.get().saturating_sub(first.get() + drawn.with(Vec::len)))
                ></li>
            </ul>
            <div class="ed-choices-foot">
                <p class="hint" role="status">{move || choices.status()}</p>
                <button type="button" class="ed-quiet" on:click=move |_| choices.load(Load::Again)>"Refresh"</button>
            </div>
            {move || choices.problem.get().map(|why| view! { <p class="field-problem" role="alert">{why}</p> })}
        </div>
    }
}
