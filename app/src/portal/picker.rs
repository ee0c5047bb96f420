//! Choosing one of many: a list or a channel of the account, page by page, searched as one types. Of
//! fifty thousand rows only those near the eye are drawn.

use super::list::List;
use super::live;
use super::questions::{Asked, plain};
use crate::components::long_list::{DRAWN, Listed, Load, NEAR, first_drawn};
use leptos::prelude::*;
use portico_domain::Choice;
use portico_domain::setting::SettingKind;
use serde_json::{Map, Value};

/// The height of a row, in pixels; the stylesheet says the same.
const ROW: usize = 36;

/// What a picker shows; `live` fills it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Picking {
    pub(super) asked: Asked,
    pub(super) list: StoredValue<List>,
    pub(super) query: RwSignal<String>,
    pub(super) choices: RwSignal<Vec<Choice>>,
    /// The places of those that fit the query.
    pub(super) found: RwSignal<Vec<usize>>,
    pub(super) next: RwSignal<Option<String>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
    /// The provider wants us to wait for so many seconds.
    pub(super) waiting: RwSignal<Option<u32>>,
    /// Whether the provider searches; if not, everything is loaded and searched here.
    pub(super) provider_searches: RwSignal<bool>,
    /// The choices of before under which it was loaded.
    #[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser loads"))]
    pub(super) under: StoredValue<Option<Map<String, Value>>>,
    /// Of the answers under way only those of the latest round count.
    #[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser loads"))]
    pub(super) round: RwSignal<u32>,
}

impl Picking {
    pub(super) fn new(asked: Asked, list: List) -> Self {
        Self {
            asked,
            list: StoredValue::new(list),
            query: RwSignal::new(String::new()),
            choices: RwSignal::new(Vec::new()),
            found: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            waiting: RwSignal::new(None),
            provider_searches: RwSignal::new(false),
            under: StoredValue::new(None),
            round: RwSignal::new(0),
        }
    }

    fn choice(self, row: usize) -> Option<Choice> {
        let at = self.found.with_untracked(|found| found.get(row).copied())?;
        self.choices.with_untracked(|choices| choices.get(at).cloned())
    }
}

/// What is chosen: its value, and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    value: Value,
    called: Option<String>,
}

impl Chosen {
    pub(super) fn new(value: Value, called: Option<String>) -> Self {
        let called = called.or_else(|| Some(plain(&value)).filter(|text| !text.is_empty()));
        let called = called.filter(|_| !value.is_null());
        Self { value, called }
    }
}

/// A picker: a button with the chosen one on it, which unfolds a search and a list.
#[component]
pub(super) fn Picker(
    asked: Asked,
    list: List,
    /// The id of the button.
    id: String,
    /// The id of its label.
    labelled: String,
    chosen: Signal<Chosen>,
    /// Whether something else is to be chosen first.
    waits: Signal<bool>,
    on_choose: Callback<Choice>,
) -> impl IntoView {
    let picking = Picking::new(asked, list);
    let open = RwSignal::new(false);
    let button = NodeRef::<leptos::html::Button>::new();
    let whole = NodeRef::<leptos::html::Div>::new();
    let close = Callback::new(move |()| {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    });
    let unfold = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            picking.query.set(String::new());
            live::open_choices(picking);
        }
    };
    let left = move |event: leptos::ev::FocusEvent| {
        if live::has_left(&event, whole) {
            open.set(false);
        }
    };
    let label = move || {
        let nothing = if waits.get() { "Make the choice before this first" } else { "Choose…" };
        chosen.with(|own| own.called.clone()).unwrap_or_else(|| nothing.to_owned())
    };
    let named = format!("{labelled} {id}");
    let panel = {
        let (id, labelled) = (id.clone(), labelled.clone());
        move || {
            open.get().then(|| {
                let (id, labelled) = (id.clone(), labelled.clone());
                view! { <Panel picking id labelled chosen on_choose close /> }
            })
        }
    };
    view! {
        <div
            class="picker"
            node_ref=whole
            on:focusout=left
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    event.stop_propagation();
                    close.run(());
                }
            }
        >
            <button
                type="button"
                node_ref=button
                id=id
                class="input picker-button"
                aria-haspopup="listbox"
                aria-labelledby=named
                aria-describedby=asked.described()
                aria-expanded=move || if open.get() { "true" } else { "false" }
                disabled=waits
                on:click=unfold
            >
                <span class:muted=move || chosen.with(|own| own.called.is_none())>{label}</span>
                <span aria-hidden="true">"▾"</span>
            </button>
            {panel}
        </div>
    }
}

/// What unfolds.
#[component]
fn Panel(
    picking: Picking,
    id: String,
    labelled: String,
    chosen: Signal<Chosen>,
    on_choose: Callback<Choice>,
    close: Callback<()>,
) -> impl IntoView {
    let active = RwSignal::new(0_usize);
    // How far the list is scrolled, in rows.
    let top = RwSignal::new(0_usize);
    let search = NodeRef::<leptos::html::Input>::new();
    let list = NodeRef::<leptos::html::Ul>::new();
    let id = StoredValue::new(id);
    let row_id = move |row: usize| id.with_value(|id| format!("{id}-{row}"));
    let count = Memo::new(move |_| picking.found.with(Vec::len));
    let choose = move |row: usize| {
        if let Some(choice) = picking.choice(row) {
            close.run(());
            on_choose.run(choice);
        }
    };
    Effect::new(move |_| {
        if let Some(search) = search.get() {
            let _ = search.focus();
        }
    });
    let typed = move |event| {
        picking.query.set(event_target_value(&event));
        active.set(0);
        top.set(0);
        live::scroll_to(list, 0);
        live::search_choices(picking);
    };
    // Of a mapping a field can be taken back; what must be mapped is told.
    let required = picking.asked.setting.with_value(|setting| {
        setting.required && !matches!(setting.kind, SettingKind::FieldMapper(_))
    });
    let clear = move |_| {
        close.run(());
        on_choose.run(Choice { value: Value::Null, label: String::new(), detail: None });
    };
    let near_end = move |row: usize| {
        if row + NEAR >= count.get_untracked() {
            live::load_choices(picking, Load::Next);
        }
    };
    let go = move |row: usize| {
        active.set(row);
        top.set(live::show_row(list, row * ROW, ROW) / ROW);
        near_end(row);
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let last = count.get_untracked().saturating_sub(1);
        let at = active.get_untracked();
        match event.key().as_str() {
            "ArrowDown" => go((at + 1).min(last)),
            "ArrowUp" => go(at.saturating_sub(1)),
            "PageDown" => go((at + 10).min(last)),
            "PageUp" => go(at.saturating_sub(10)),
            "Enter" => choose(at),
            _ => return,
        }
        event.prevent_default();
    };
    let scrolled = move |_| {
        let row = live::scrolled(list) / ROW;
        top.set(row);
        near_end(row + NEAR);
    };
    let first = Memo::new(move |_| first_drawn(top.get(), count.get()));
    let drawn = Memo::new(move |_| {
        let from = first.get();
        picking.found.with(|found| {
            let rows = found.iter().enumerate().skip(from).take(DRAWN);
            rows.map(|(row, at)| (row, *at)).collect::<Vec<_>>()
        })
    });
    let size = move || match picking.next.with(Option::is_some) {
        // More comes: nobody knows how many there are.
        true => "-1".to_owned(),
        false => count.get().to_string(),
    };
    let row = move |(row, at): (usize, usize)| {
        let Choice { value, label, detail } = picking
            .choices
            .with_untracked(|all| all.get(at).cloned())
            .unwrap_or(Choice { value: Value::Null, label: String::new(), detail: None });
        let is_chosen =
            move || chosen.with(|own| !own.value.is_null() && plain(&own.value) == plain(&value));
        view! {
            <li
                id=row_id(row)
                role="option"
                class="picker-row"
                class:picker-active=move || active.get() == row
                aria-selected=move || if is_chosen() { "true" } else { "false" }
                aria-posinset=(row + 1).to_string()
                aria-setsize=size
                on:click=move |_| choose(row)
            >
                <span>{label}</span>
                <span class="hint">{detail}</span>
            </li>
        }
    };
    let room = move |rows: usize| format!("{}px", rows * ROW);
    let list_id = id.with_value(|id| format!("{id}-list"));
    view! {
        <div class="picker-panel">
            <input
                type="text"
                node_ref=search
                class="input"
                role="combobox"
                autocomplete="off"
                placeholder="Search"
                aria-label="Search"
                aria-expanded="true"
                aria-autocomplete="list"
                aria-controls=list_id.clone()
                aria-activedescendant=move || (count.get() > 0).then(|| row_id(active.get()))
                prop:value=move || picking.query.get()
                on:input=typed
                on:keydown=keys
            />
            <ul
                id=list_id
                node_ref=list
                class="picker-list"
                role="listbox"
                tabindex="-1"
                aria-labelledby=labelled
                aria-busy=move || picking.busy.get().then_some("true")
                on:scroll=scrolled
            >
                <li role="presentation" style:height=move || room(first.get())></li>
                {move || {
                    // The same places may hold other choices now.
                    picking.choices.track();
                    drawn.get().into_iter().map(&row).collect::<Vec<_>>()
                }}
                <li
                    role="presentation"
                    style:height=move || {
                        room(count.get().saturating_sub(first.get() + drawn.with(Vec::len)))
                    }
                ></li>
            </ul>
            <progress hidden=move || !picking.busy.get() aria-label="Loading"></progress>
            <div class="picker-foot">
                <p class="hint" role="status">{move || status(picking, count.get())}</p>
                <button
                    type="button"
                    class="button button-quiet"
                    hidden=move || required || chosen.with(|own| own.value.is_null())
                    on:click=clear
                >
                    "Clear"
                </button>
                <button
                    type="button"
                    class="button button-quiet"
                    on:click=move |_| live::load_choices(picking, Load::Again)
                >
                    "Refresh"
                </button>
            </div>
            {move || {
                picking
                    .problem
                    .get()
                    .map(|words| {
                        view! { <div class="callout callout-danger" role="alert">{words}</div> }
                    })
            }}
        </div>
    }
}

/// What there is and whether more comes, in words.
fn status(picking: Picking, found: usize) -> String {
    let loaded = picking.choices.with(Vec::len);
    let here = picking.list.with_value(|list| match list {
        List::Account { .. } => {
            picking.asked.answers.shown.view.with_untracked(|view| view.integration.name.clone())
        }
        List::Host { .. } => "This app".to_owned(),
    });
    if let Some(seconds) = picking.waiting.get() {
        return format!("{here} asks us to wait; {loaded} so far, going on in {seconds} s…");
    }
    if picking.problem.with(Option::is_some) {
        return String::new();
    }
    let listed = Listed {
        whose: &here,
        loaded,
        found,
        is_busy: picking.busy.get(),
        is_sought: picking.query.with(|query| !query.trim().is_empty()),
        provider_searches: picking.provider_searches.get(),
        has_more: picking.next.with(Option::is_some),
    };
    listed.words()
}
