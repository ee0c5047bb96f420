//! Choosing one of many: a list or a channel of the account, page by page, searched as one types.

use super::live;
use super::panel::Shown;
use leptos::prelude::*;
use portico_domain::{Choice, ConfigurationId, WorkflowId};

/// How many rows are drawn at once; scrolling draws more.
const DRAWN: usize = 100;

/// What a picker shows; `live` fills it. Cheap to copy.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser asks for choices"))]
#[derive(Clone, Copy)]
pub(super) struct Picking {
    pub(super) shown: Shown,
    pub(super) configuration: ConfigurationId,
    pub(super) workflow: WorkflowId,
    pub(super) setting: StoredValue<String>,
    pub(super) query: RwSignal<String>,
    pub(super) choices: RwSignal<Vec<Choice>>,
    pub(super) next: RwSignal<Option<String>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
    /// Whether the provider searches; if not, everything is loaded and searched here.
    pub(super) provider_searches: RwSignal<bool>,
    /// Of the answers under way only those of the latest round count.
    pub(super) round: RwSignal<u32>,
}

impl Picking {
    fn new(
        shown: Shown,
        configuration: ConfigurationId,
        workflow: WorkflowId,
        setting: String,
    ) -> Self {
        Self {
            shown,
            configuration,
            workflow,
            setting: StoredValue::new(setting),
            query: RwSignal::new(String::new()),
            choices: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            provider_searches: RwSignal::new(false),
            round: RwSignal::new(0),
        }
    }

    /// What is loaded and fits the query.
    fn fitting(self) -> Vec<Choice> {
        let query = self.query.get().trim().to_lowercase();
        self.choices.with(|choices| {
            let fits = |choice: &&Choice| {
                query.is_empty()
                    || self.provider_searches.get()
                    || choice.label.to_lowercase().contains(&query)
            };
            choices.iter().filter(fits).cloned().collect()
        })
    }
}

/// A picker: a button with the chosen one on it, which unfolds a search and a list.
#[component]
pub(super) fn Picker(
    shown: Shown,
    configuration: ConfigurationId,
    workflow: WorkflowId,
    setting: String,
    /// The id of the button, for its label.
    field: String,
    /// What is chosen is called; nothing if nothing is.
    chosen: Option<String>,
    on_choose: Callback<Choice>,
) -> impl IntoView {
    let picking = Picking::new(shown, configuration, workflow, setting);
    let open = RwSignal::new(false);
    let active = RwSignal::new(0_usize);
    let drawn = RwSignal::new(DRAWN);
    let fitting = Memo::new(move |_| picking.fitting());
    let button = NodeRef::<leptos::html::Button>::new();
    let search = NodeRef::<leptos::html::Input>::new();
    let list_id = format!("{field}-list");
    let row_id = {
        let field = field.clone();
        move |index: usize| format!("{field}-{index}")
    };
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let choose = move |choice: Choice| {
        close();
        on_choose.run(choice);
    };
    let unfold = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() && picking.choices.with_untracked(Vec::is_empty) {
            live::load_choices(picking, true);
        }
    };
    Effect::new(move |_| {
        if open.get()
            && let Some(search) = search.get()
        {
            let _ = search.focus();
        }
    });
    let typed = move |event| {
        picking.query.set(event_target_value(&event));
        active.set(0);
        drawn.set(DRAWN);
        live::search_choices(picking);
    };
    let row_of_active = row_id.clone();
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let count = fitting.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => {
                active.update(|at| *at = (*at + 1).min(count - 1));
                if active.get_untracked() + 1 >= drawn.get_untracked() {
                    drawn.update(|drawn| *drawn += DRAWN);
                }
                if active.get_untracked() + 5 >= count {
                    live::load_choices(picking, false);
                }
            }
            "ArrowUp" => active.update(|at| *at = at.saturating_sub(1)),
            "Enter" => {
                let picked = fitting.with_untracked(|all| all.get(active.get_untracked()).cloned());
                if let Some(choice) = picked {
                    choose(choice);
                }
            }
            "Escape" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
        live::scroll_into_view(&row_of_active(active.get_untracked()));
    };
    let scrolled = move |event: leptos::ev::Event| {
        if live::is_near_end(&event) {
            if drawn.get_untracked() < fitting.with_untracked(Vec::len) {
                drawn.update(|drawn| *drawn += DRAWN);
            } else {
                live::load_choices(picking, false);
            }
        }
    };
    let current = StoredValue::new(chosen.clone());
    let label = chosen.clone().unwrap_or_else(|| "Choose…".to_owned());
    let (for_rows, for_active) = (row_id.clone(), row_id);
    let (list, owned) = (list_id.clone(), list_id.clone());
    view! {
        <div class="picker">
            <button
                type="button"
                node_ref=button
                id=field
                class="input picker-button"
                aria-haspopup="listbox"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=unfold
            >
                <span class:muted=chosen.is_none()>{label}</span>
                <span aria-hidden="true">"▾"</span>
            </button>
            <div class="picker-panel" hidden=move || !open.get()>
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
                    aria-controls=owned
                    aria-activedescendant=move || {
                        (fitting.with(Vec::len) > 0).then(|| for_active(active.get()))
                    }
                    prop:value=move || picking.query.get()
                    on:input=typed
                    on:keydown=keys
                />
                <ul id=list class="picker-list" role="listbox" aria-label="Choices" on:scroll=scrolled>
                    {move || {
                        fitting
                            .get()
                            .into_iter()
                            .take(drawn.get())
                            .enumerate()
                            .map(|(index, choice)| {
                                let is_current = current
                                    .with_value(|own| own.as_deref() == Some(choice.label.as_str()));
                                let picked = choice.clone();
                                view! {
                                    <li
                                        id=for_rows(index)
                                        role="option"
                                        class="picker-row"
                                        class:picker-active=move || active.get() == index
                                        aria-selected=if is_current { "true" } else { "false" }
                                        on:click=move |_| choose(picked.clone())
                                    >
                                        <span>{choice.label}</span>
                                        <span class="hint">{choice.detail}</span>
                                    </li>
                                }
                            })
                            .collect::<Vec<_>>()
                    }}
                </ul>
                <p class="hint" role="status">{move || status(picking, fitting.with(Vec::len))}</p>
                {move || {
                    picking
                        .problem
                        .get()
                        .map(|words| {
                            view! {
                                <div class="callout callout-danger" role="alert">
                                    <p>{words}</p>
                                    <button
                                        type="button"
                                        class="button"
                                        on:click=move |_| live::load_choices(picking, true)
                                    >
                                        "Try again"
                                    </button>
                                </div>
                            }
                        })
                }}
            </div>
        </div>
    }
}

/// What there is and whether more comes, in words.
fn status(picking: Picking, fitting: usize) -> String {
    let loaded = picking.choices.with(Vec::len);
    let searching = !picking.query.get().trim().is_empty() && !picking.provider_searches.get();
    match (picking.busy.get(), picking.problem.get().is_some()) {
        (_, true) => String::new(),
        (true, _) if searching => format!("Searching… {loaded} looked at, {fitting} found"),
        (true, _) if loaded == 0 => "Loading…".to_owned(),
        (true, _) => format!("Loading more… {loaded} so far"),
        (false, _) if fitting == 0 && searching => "Nothing is called that.".to_owned(),
        (false, _) if fitting == 0 => "There is nothing to choose in this account.".to_owned(),
        (false, _) if picking.next.get().is_some() => {
            format!("{fitting} of more; scroll to load them")
        }
        (false, _) => format!("{fitting} to choose from"),
    }
}
