//! Choosing from what the preview user's account has: a list, a channel, an object.

use super::{Inputs, as_text};
use crate::dashboard::icon::{Icon, icon};
use crate::server_fns::editor::editor_choices;
use crate::server_fns::words;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::ChoicesAsked;
use portico_domain::{Choice, CredentialId};
use serde_json::{Map, Value};

/// Choices of a source, page by page.
#[derive(Clone, Copy)]
pub(super) struct Choices {
    inputs: Inputs,
    source: StoredValue<String>,
    pub(super) found: RwSignal<Vec<Choice>>,
    next: RwSignal<Option<String>>,
    pub(super) busy: RwSignal<bool>,
    pub(super) problem: RwSignal<Option<String>>,
    provider_searches: RwSignal<bool>,
    /// Of the answers under way only the latest count.
    round: StoredValue<u32>,
}

impl Choices {
    pub(super) fn new(inputs: Inputs, source: String) -> Self {
        Self {
            inputs,
            source: StoredValue::new(source),
            found: RwSignal::new(Vec::new()),
            next: RwSignal::new(None),
            busy: RwSignal::new(false),
            problem: RwSignal::new(None),
            provider_searches: RwSignal::new(true),
            round: StoredValue::new(0),
        }
    }

    /// The account that has them.
    fn account(self) -> Option<CredentialId> {
        let facts = self.inputs.draft.facts();
        let kind = self.inputs.integration.get_value()?;
        let preview = self.inputs.draft.preview.get_untracked();
        let own = preview.as_ref().filter(|own| own.integration == kind).map(|own| own.credential);
        // A step of another integration: the same user's account of it.
        own.or_else(|| {
            let user = preview.map(|own| own.user);
            let mut others = facts.previews.iter().filter(|own| own.integration == kind);
            let of_user = others.clone().find(|own| Some(own.user) == user);
            of_user.or_else(|| others.next()).map(|own| own.credential)
        })
    }

    pub(super) fn begin(self, search: String) {
        self.found.set(Vec::new());
        self.next.set(None);
        self.load(search, None);
    }

    pub(super) fn more(self, search: String) {
        if let Some(next) = self.next.get_untracked().filter(|_| !self.busy.get_untracked()) {
            self.load(search, Some(next));
        }
    }

    fn load(self, search: String, cursor: Option<String>) {
        let facts = self.inputs.draft.facts();
        let Some(credential) = self.account() else {
            self.problem.set(Some(
                "Nobody has connected an account yet. Connect one under Try it to choose here; until then, write the value."
                    .to_owned(),
            ));
            return;
        };
        let kind = self.inputs.integration.get_value().unwrap_or_default();
        let source = self.source.get_value();
        let needs = facts
            .known(&kind)
            .and_then(|known| {
                known.sources.iter().find(|own| own.id == source).map(|own| own.needs.clone())
            })
            .unwrap_or_default();
        let values = self.inputs.values.get_untracked();
        let inputs: Map<String, Value> = needs
            .into_iter()
            .filter_map(|need| values.get(&need).map(|value| (need, value.clone())))
            .filter(|(_, value)| !value.as_str().is_some_and(|text| text.contains("{{")))
            .collect();
        let asked = ChoicesAsked {
            credential,
            integration: kind,
            source,
            inputs,
            search: Some(search).filter(|own| !own.is_empty()),
            cursor,
            refresh: false,
        };
        let round = self.round.get_value() + 1;
        self.round.set_value(round);
        self.busy.set(true);
        self.problem.set(None);
        spawn_local(async move {
            let answer = editor_choices(facts.project.clone(), asked).await;
            if self.round.get_value() != round {
                return;
            }
            self.busy.set(false);
            match answer {
                Ok(page) => {
                    self.found.update(|found| found.extend(page.choices));
                    self.provider_searches.set(page.provider_searches);
                    self.next.set(page.next);
                }
                Err(error) => self.problem.set(Some(words(&error))),
            }
        });
    }

    /// Those that fit what was typed. Where the provider does not search, what is loaded is searched here.
    fn fitting(self, search: &str) -> Vec<Choice> {
        let search = search.to_lowercase();
        self.found.with(|found| {
            let fits = |own: &&Choice| {
                search.is_empty()
                    || self.provider_searches.get()
                    || own.label.to_lowercase().contains(&search)
            };
            found.iter().filter(fits).take(300).cloned().collect()
        })
    }
}

/// A button that opens the choices, and the list.
#[component]
pub(in super::super) fn ChoiceField(inputs: Inputs, key: String, source: String) -> impl IntoView {
    let set_key = key.clone();
    let on_choose = Callback::new(move |choice: Choice| {
        inputs.set.run((set_key.clone(), Some(choice.value)));
    });
    let chosen = inputs.value(key);
    view! { <ChoiceButton inputs source on_choose chosen words="Choose" /> }
}

/// The same for whatever is to be done with what is chosen.
#[component]
pub(super) fn ChoiceButton(
    inputs: Inputs,
    source: String,
    on_choose: Callback<Choice>,
    #[prop(into)] chosen: Signal<Option<Value>>,
    words: &'static str,
) -> impl IntoView {
    let choices = Choices::new(inputs, source);
    let open = RwSignal::new(false);
    let query = RwSignal::new(String::new());
    let field = NodeRef::<html::Input>::new();
    let button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let label = move || {
        let chosen = chosen.get()?;
        choices
            .found
            .with(|found| found.iter().find(|own| own.value == chosen).map(|own| own.label.clone()))
    };
    let active = RwSignal::new(0_usize);
    let fitting = Memo::new(move |_| choices.fitting(&query.get()));
    let search = move |text: String| {
        query.set(text.clone());
        active.set(0);
        if choices.provider_searches.get_untracked() {
            choices.begin(text);
        } else {
            choices.more(String::new());
        }
    };
    view! {
        <div class="ed-choose">
            <button
                node_ref=button
                type="button"
                class="button"
                aria-haspopup="listbox"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| {
                    if open.get_untracked() {
                        close();
                    } else {
                        open.set(true);
                        query.set(String::new());
                        choices.begin(String::new());
                    }
                }
            >
                {move || label().unwrap_or_else(|| words.to_owned())}
                {icon(Icon::ChevronDown)}
            </button>
            {move || {
                open.get()
                    .then(|| {
                        view! {
                            <div class="ed-choices">
                                <input
                                    node_ref=field
                                    class="input"
                                    aria-label="Search"
                                    placeholder="Search…"
                                    autocomplete="off"
                                    role="combobox"
                                    aria-expanded="true"
                                    aria-controls="ed-choice-list"
                                    prop:value=move || query.get()
                                    on:input=move |event| search(event_target_value(&event))
                                    on:keydown=move |event| {
                                        match event.key().as_str() {
                                            "Escape" => close(),
                                            "ArrowDown" => active.update(|at| *at = (*at + 1).min(fitting.with_untracked(Vec::len).saturating_sub(1))),
                                            "ArrowUp" => active.update(|at| *at = at.saturating_sub(1)),
                                            "Enter" => {
                                                if let Some(choice) = fitting.with_untracked(|all| all.get(active.get_untracked()).cloned()) {
                                                    on_choose.run(choice);
                                                    close();
                                                }
                                            }
                                            _ => return,
                                        }
                                        event.prevent_default();
                                        event.stop_propagation();
                                    }
                                />
                                <div
                                    class="ed-choice-list"
                                    id="ed-choice-list"
                                    role="listbox"
                                    aria-label="Choices"
                                    tabindex="-1"
                                    on:scroll=move |event| {
                                        let list: web_sys::Element = event_target(&event);
                                        if list.scroll_top() + list.client_height() + 120 > list.scroll_height() {
                                            choices.more(query.get_untracked());
                                        }
                                    }
                                >
                                    {move || {
                                        fitting
                                            .get()
                                            .into_iter()
                                            .enumerate()
                                            .map(|(at, choice)| {
                                                let (label, detail) = (choice.label.clone(), choice.detail.clone().unwrap_or_else(|| as_text(&choice.value)));
                                                view! {
                                                    <div
                                                        class="ed-row"
                                                        role="option"
                                                        aria-selected=move || if active.get() == at { "true" } else { "false" }
                                                        on:click=move |_| {
                                                            on_choose.run(choice.clone());
                                                            close();
                                                        }
                                                    >
                                                        <span class="ed-row-words"><span>{label}</span><span class="hint">{detail}</span></span>
                                                    </div>
                                                }
                                            })
                                            .collect::<Vec<_>>()
                                    }}
                                    {move || choices.busy.get().then(|| view! { <p class="muted ed-nothing" role="status">"Loading…"</p> })}
                                    {move || choices.problem.get().map(|why| view! { <p class="field-problem ed-nothing" role="alert">{why}</p> })}
                                    {move || {
                                        let nothing = fitting.with(Vec::is_empty) && !choices.busy.get() && choices.problem.with(Option::is_none);
                                        nothing.then(|| view! { <p class="muted ed-nothing">"Nothing to choose from."</p> })
                                    }}
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
