//! What can be said of a portal.

use super::Shape;
use crate::components::{Mover, SettingEditor, moved};
use leptos::prelude::*;
use portico_domain::look::{Colour, PortalFoot, PortalTheme};
use portico_domain::view::{EventUser, PortalEditorView};

/// The form.
#[component]
pub(super) fn Form(own: PortalEditorView, shape: Shape) -> impl IntoView {
    let Shape { description, overview, accent, theme, foot, order, settings } = shape;
    let themes = PortalTheme::ALL.map(|own| {
        let words = match own {
            PortalTheme::System => "As their system",
            PortalTheme::Light => "Light",
            PortalTheme::Dark => "Dark",
        };
        view! { <option value=own.name() selected=theme.get_untracked() == own>{words}</option> }
    });
    let light = move |event| {
        let name = event_target_value(&event);
        theme.set(PortalTheme::ALL.into_iter().find(|own| own.name() == name).unwrap_or_default());
    };
    let name_us = move |event| {
        foot.set(if event_target_checked(&event) { PortalFoot::Named } else { PortalFoot::Plain });
    };
    let no_workflows = own.workflows.is_empty();
    view! {
        <div class="stack">
            <section class="card">
                <h2>"Words and colour"</h2>
                <div class="field">
                    <label for="portal-description">"One line under the name"</label>
                    <input id="portal-description" class="input" maxlength="200" placeholder=own.usual_description.clone() bind:value=description />
                </div>
                <div class="field">
                    <label for="portal-overview">"Overview, in Markdown"</label>
                    <textarea id="portal-overview" class="input" rows="8" placeholder=own.usual_overview.clone() bind:value=overview></textarea>
                    <p class="hint">"Empty: the integration's own words, shown here in grey."</p>
                </div>
                <div class="filters">
                    <div class="field">
                        <label for="portal-accent">"Accent colour"</label>
                        <input id="portal-accent" class="input" spellcheck="false" placeholder="#5b5bd6" bind:value=accent />
                    </div>
                    <div class="field">
                        <label for="portal-colour">"Pick one"</label>
                        <input id="portal-colour" class="input colour" type="color" prop:value=move || picked(&accent.get()) on:input=move |event| accent.set(event_target_value(&event)) />
                    </div>
                </div>
                <p class="hint" role="status">{move || accent_words(&accent.get())}</p>
                <div class="filters">
                    <div class="field">
                        <label for="portal-theme">"Theme, unless your app says"</label>
                        <select id="portal-theme" class="input" on:change=light>{themes}</select>
                    </div>
                </div>
                <label class="row">
                    <input type="checkbox" prop:checked=move || foot.get() == PortalFoot::Named on:change=name_us />
                    "Name Portico in the foot"
                </label>
            </section>
            <section class="card" hidden=no_workflows>
                <h2>"Order of workflows"</h2>
                <p class="muted">"As they stand in the portal. It needs no deployment."</p>
                <Order order />
            </section>
            <section class="card">
                <h2>"Questions for all workflows"</h2>
                <p class="muted">"Users answer these once per account."</p>
                <SettingEditor edited=settings sources=own.sources.clone() />
            </section>
        </div>
    }
}

#[component]
fn Order(order: RwSignal<Vec<EventUser>>) -> impl IntoView {
    let dragged = RwSignal::new(None::<usize>);
    view! {
        <ol class="plain">
            <For each=move || order.get() key=|own| own.id let:own>
                <Ordered own order dragged />
            </For>
        </ol>
    }
}

#[component]
fn Ordered(
    own: EventUser,
    order: RwSignal<Vec<EventUser>>,
    dragged: RwSignal<Option<usize>>,
) -> impl IntoView {
    let EventUser { id, name } = own;
    let at =
        Memo::new(move |_| order.with(|all| all.iter().position(|one| one.id == id)).unwrap_or(0));
    let count = Memo::new(move |_| order.with(Vec::len));
    let on_move = Callback::new(move |(from, to): (usize, usize)| {
        order.update(|all| moved(all, from, to));
    });
    let drop_here = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        if let Some(from) = dragged.get_untracked() {
            dragged.set(None);
            on_move.run((from, at.get_untracked()));
        }
    };
    let said = name.clone();
    view! {
        <li class="item" on:dragover=|event| event.prevent_default() on:drop=drop_here>
            <div class="item-head">
                <Mover name=Signal::derive(move || said.clone()) at count dragged on_move />
                <span>{name}</span>
            </div>
        </li>
    }
}

/// What the colour field shows.
fn picked(accent: &str) -> String {
    let known = Colour::read(accent).map(|_| accent.trim().to_owned());
    known.unwrap_or_else(|| "#5b5bd6".to_owned())
}

/// How text is read on the accent.
fn accent_words(accent: &str) -> String {
    if accent.trim().is_empty() {
        return "Empty: Portico's own accent.".to_owned();
    }
    match Colour::read(accent) {
        None => "Write # and six digits: #5b5bd6.".to_owned(),
        Some(colour) => {
            let contrast = colour.contrast(colour.text_on());
            format!("Text on it is chosen for you: a contrast of {contrast:.1} to 1.")
        }
    }
}
