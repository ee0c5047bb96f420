//! What stands in the portal's body, on the server and in the browser alike.

use super::account::Account;
use super::entered::{ConnectForm, Field, Form};
use super::live;
use crate::components::{Button, ButtonKind};
use leptos::prelude::*;
use portico_domain::view::{CredentialField, PortalView};

/// Which tab is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Overview,
    Configuration,
}

impl Tab {
    fn id(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Configuration => "configuration",
        }
    }
}

/// What is under way.
#[cfg_attr(not(feature = "mount"), expect(dead_code, reason = "only a browser saves"))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing.
    Idle,
    /// A popup is open at the provider.
    Connecting,
    /// A change is being saved.
    Saving,
}

/// What the page shows; `live` changes it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub(super) view: RwSignal<PortalView>,
    pub(super) tab: RwSignal<Tab>,
    pub(super) phase: RwSignal<Phase>,
    /// What went wrong, in words.
    pub(super) problem: RwSignal<Option<String>>,
    /// What went well, in words, for screen readers and people.
    pub(super) said: RwSignal<Option<String>>,
    pub(super) account_type: RwSignal<String>,
    /// What the account type asks for.
    pub(super) asked: Form,
}

impl Shown {
    /// The question of the chosen account type.
    pub(super) fn question(self) -> Option<CredentialField> {
        let chosen = self.account_type.get();
        self.view.with(|view| {
            let types = view.integration.account_types.iter();
            types.filter(|kind| kind.id == chosen).find_map(|kind| kind.input.clone())
        })
    }
}

/// The portal's body.
#[component]
pub fn Portal(
    /// What it shows first.
    view: PortalView,
    /// The path prefix of `public_url`.
    base: String,
) -> impl IntoView {
    let connected = !view.accounts.is_empty();
    let tab = match (view.options.tab.as_deref(), connected) {
        (Some("overview"), _) | (_, false) => Tab::Overview,
        (_, true) => Tab::Configuration,
    };
    let account_type = view
        .options
        .account_type
        .clone()
        .or_else(|| view.integration.account_types.first().map(|kind| kind.id.clone()))
        .unwrap_or_default();
    let integration = view.integration.clone();
    let shown = Shown {
        view: RwSignal::new(view),
        tab: RwSignal::new(tab),
        phase: RwSignal::new(Phase::Idle),
        problem: RwSignal::new(None),
        said: RwSignal::new(None),
        account_type: RwSignal::new(account_type),
        asked: Form::new(),
    };
    live::listen(shown);
    let icon = format!("{base}{}", integration.icon);
    let name = integration.name.clone();
    view! {
        <div class="portal">
            <header class="portal-head">
                <img class="mark" src=icon alt="" width="40" height="40" />
                <div>
                    <h1>{integration.name.clone()}</h1>
                    <p class="muted">{integration.description.clone()}</p>
                </div>
                <button
                    type="button"
                    class="button button-quiet portal-close"
                    aria-label="Close"
                    on:click=move |_| live::close(shown)
                >
                    "✕"
                </button>
            </header>
            <div class="tabs" role="tablist" aria-label=name>
                <TabButton shown tab=Tab::Overview title="Overview" />
                <TabButton shown tab=Tab::Configuration title="Configuration" />
            </div>
            <main class="portal-body">
                <p class="visually-hidden" role="status">{move || shown.said.get()}</p>
                {move || {
                    shown
                        .problem
                        .get()
                        .map(|words| {
                            view! { <div class="callout callout-danger" role="alert">{words}</div> }
                        })
                }}
                <section
                    id="panel-overview"
                    role="tabpanel"
                    aria-labelledby="tab-overview"
                    hidden=move || shown.tab.get() != Tab::Overview
                >
                    <Overview shown html=integration.overview_html abilities=integration.abilities />
                </section>
                <section
                    id="panel-configuration"
                    role="tabpanel"
                    aria-labelledby="tab-configuration"
                    hidden=move || shown.tab.get() != Tab::Configuration
                >
                    {move || {
                        // Drawn over the same elements: what has the focus keeps it.
                        let accounts = shown.view.get().accounts.into_iter();
                        accounts.map(|account| view! { <Account shown account /> }).collect::<Vec<_>>()
                    }}
                    <Another shown />
                </section>
            </main>
            <footer class="portal-foot muted">"Your access is stored encrypted and only used for what you switch on."<p class="portal-powered">"Powered by Portico"</p></footer>
        </div>
    }
}

#[component]
fn TabButton(shown: Shown, tab: Tab, title: &'static str) -> impl IntoView {
    let open = move || shown.tab.get() == tab;
    let shut =
        move || tab == Tab::Configuration && shown.view.with(|view| view.accounts.is_empty());
    let other = match tab {
        Tab::Overview => Tab::Configuration,
        Tab::Configuration => Tab::Overview,
    };
    view! {
        <button
            type="button"
            role="tab"
            class="tab"
            id=format!("tab-{}", tab.id())
            aria-controls=format!("panel-{}", tab.id())
            aria-selected=move || if open() { "true" } else { "false" }
            tabindex=move || if open() { "0" } else { "-1" }
            disabled=shut
            title=move || shut().then_some("Connect an account first")
            on:click=move |_| shown.tab.set(tab)
            on:keydown=move |event| {
                let reachable = other == Tab::Overview
                    || shown.view.with(|view| !view.accounts.is_empty());
                if matches!(event.key().as_str(), "ArrowRight" | "ArrowLeft") && reachable {
                    shown.tab.set(other);
                    live::focus_tab(other.id());
                }
            }
        >
            {title}
        </button>
    }
}

#[component]
fn Overview(shown: Shown, html: String, abilities: Vec<String>) -> impl IntoView {
    let connected = Memo::new(move |_| shown.view.with(|view| !view.accounts.is_empty()));
    let abilities: Vec<_> =
        abilities.into_iter().map(|ability| view! { <li>{ability}</li> }).collect();
    view! {
        <div class="prose" inner_html=html></div>
        <h2>"It will be able to"</h2>
        <ul class="abilities">{abilities}</ul>
        {move || (!connected.get()).then(|| view! { <Connect shown /> })}
    }
}

/// The way to a further account, under those that are connected.
#[component]
fn Another(shown: Shown) -> impl IntoView {
    let open = RwSignal::new(false);
    // A new account is what it was open for.
    let accounts = Memo::new(move |_| shown.view.with(|view| view.accounts.len()));
    Effect::new(move |before: Option<usize>| {
        let now = accounts.get();
        if before.is_some_and(|before| before != now) {
            open.set(false);
        }
        now
    });
    view! {
        <div class="more" hidden=move || accounts.get() == 0>
            <button
                type="button"
                class="button button-quiet"
                aria-expanded=move || if open.get() { "true" } else { "false" }
                on:click=move |_| open.update(|open| *open = !*open)
            >
                "Connect another account"
            </button>
            {move || open.get().then(|| view! { <Connect shown /> })}
        </div>
    }
}

/// How a new account is connected: its type where there are several, then a window or a form.
#[component]
fn Connect(shown: Shown) -> impl IntoView {
    let types = shown.view.with_untracked(|view| view.integration.account_types.clone());
    let several = types.len() > 1;
    let entered = shown.view.with_untracked(|view| !view.integration.fields.is_empty());
    view! {
        <div class="stack">
            <div class="field" hidden=!several>
                <label for="account-type">"Account type"</label>
                <select
                    id="account-type"
                    class="input"
                    on:change=move |event| shown.account_type.set(event_target_value(&event))
                >
                    {types
                        .into_iter()
                        .map(|kind| {
                            let chosen = shown.account_type.get_untracked() == kind.id;
                            view! { <option value=kind.id selected=chosen>{kind.title}</option> }
                        })
                        .collect::<Vec<_>>()}
                </select>
            </div>
            {move || {
                shown
                    .question()
                    .map(|field| view! { <Field form=shown.asked field prefix="account-".to_owned() /> })
            }}
            {if entered {
                view! { <ConnectForm shown credential=None /> }.into_any()
            } else {
                view! { <ConnectButton shown /> }.into_any()
            }}
        </div>
    }
}

/// Connect; while the popup is open, what can be done about it.
#[component]
pub(super) fn ConnectButton(shown: Shown) -> impl IntoView {
    let name = shown.view.with_untracked(|view| view.integration.name.clone());
    let waiting = Signal::derive(move || shown.phase.get() == Phase::Connecting);
    let label = move || {
        if waiting.get() { format!("Waiting for {name}…") } else { format!("Connect {name}") }
    };
    view! {
        <Button
            kind=ButtonKind::Primary
            busy=waiting
            on_press=move |()| live::connect(shown, None)
        >
            {label}
        </Button>
        <div class="row" hidden=move || !waiting.get()>
            <Button on_press=move |()| live::reopen(shown)>"Reopen window"</Button>
            <Button on_press=move |()| live::cancel(shown)>"Cancel"</Button>
        </div>
    }
}
