//! The workflow editor: a room of its own (docs/adr/0013). It reads a workflow once, edits it here, checks it with
//! the crate that runs it, and saves as one goes.
//!
//! `draft` is what is edited; `canvas` draws it, `panel` fills in what is selected with `fields`; `saving`,
//! `testing`, `deploying` and `versions` speak with the server; `commands` are what keys and the palette do.

mod adding;
mod bar;
mod canvas;
mod commands;
mod conflict;
mod deleting;
mod deploying;
mod dialog;
mod draft;
mod facts;
mod fields;
mod file;
mod finder;
mod node;
mod palette;
mod panel;
mod saving;
mod testing;
mod trying;
mod versions;

use super::base::{Base, address};
use super::icon::{Icon, icon};
use crate::server_fns::editor::editor_view;
use crate::server_fns::words;
use draft::Draft;
use leptos::prelude::*;
use portico_domain::view::EditorView;
use std::time::Duration;

/// How long one reads what was done.
const SAID_FOR: Duration = Duration::from_secs(4);

/// Puts the editor in the place of what the server wrote.
pub fn mount() {
    console_error_panic_hook::set_once();
    let read = |name: &str| {
        let root = document().document_element();
        root.and_then(|root| root.get_attribute(name)).unwrap_or_default()
    };
    let (base, project, workflow) =
        (read("data-base"), read("data-project"), read("data-workflow"));
    if !base.is_empty() {
        // The server functions' client wants an address for the life of the page.
        let origin = window().location().origin().unwrap_or_default();
        leptos::server_fn::client::set_server_url(Box::leak(
            format!("{origin}{base}").into_boxed_str(),
        ));
    }
    if let Some(body) = document().body() {
        body.set_inner_html("");
    }
    leptos::mount::mount_to_body(move || {
        provide_context(Base(base));
        super::time::provide_now();
        view! { <Room project workflow /> }
    });
}

/// The workflow as it loads, fails to, is there.
#[component]
fn Room(project: String, workflow: String) -> impl IntoView {
    let found = RwSignal::new(None::<Result<EditorView, String>>);
    let (of, which) = (project.clone(), workflow.clone());
    let load = Callback::new(move |()| {
        let (project, workflow) = (of.clone(), which.clone());
        found.set(None);
        leptos::task::spawn_local(async move {
            let read = editor_view(project, workflow).await;
            found.set(Some(read.map_err(|error| words(&error))));
        });
    });
    load.run(());
    move || {
        match found.get() {
        None => view! {
            <main class="ed-loading" role="status" aria-label="Loading the editor">
                <div class="skeleton ed-bar"></div>
                <div class="skeleton ed-node"></div>
                <div class="skeleton ed-node"></div>
                <div class="skeleton ed-node"></div>
            </main>
        }
        .into_any(),
        Some(Err(why)) => view! {
            <main class="content alone">
                <h1>"This workflow cannot be opened"</h1>
                <div class="callout callout-danger" role="alert">
                    <span class="row">{icon(Icon::CircleAlert)}{why}</span>
                </div>
                <div class="row">
                    <button type="button" class="button" on:click=move |_| load.run(())>"Try again"</button>
                    <a class="button" href=address!("/dashboard/{project}/workflows")>"All workflows"</a>
                </div>
            </main>
        }
        .into_any(),
        Some(Ok(view)) => {
            view! { <Editor view project=project.clone() workflow=workflow.clone() /> }.into_any()
        }
    }
    }
}

/// The editor itself: the bar, the canvas, the panel.
#[component]
fn Editor(view: EditorView, project: String, workflow: String) -> impl IntoView {
    let draft = Draft::new(view, project, workflow);
    let saving = saving::Saving::begin(draft);
    let dialogs = dialog::Dialogs::new();
    commands::listen(draft, saving, dialogs);
    read_again_on_return(draft);
    Effect::new(move |_| document().set_title(&format!("{} · Portico", draft.name.get())));
    view! {
        <div class="ed" class:ed-panel-open=move || draft.panel.get()>
            <bar::Bar draft saving dialogs />
            <canvas::Canvas draft dialogs />
            <panel::Panel draft dialogs />
            <adding::StepPicker draft dialogs />
            <palette::Palette draft saving dialogs />
            <palette::Shortcuts dialogs />
            <deploying::Deploying draft saving dialogs />
            <conflict::Conflict draft saving dialogs />
            <deleting::Deleting draft saving dialogs />
            <versions::Versions draft dialogs />
            <file::AsFile draft dialogs />
            <trying::WorkflowTest draft dialogs />
            <Said words=draft.said />
        </div>
    }
}

/// Accounts are connected and secrets are added on other pages: who comes back finds them here.
fn read_again_on_return(draft: Draft) {
    let handle = window_event_listener(leptos::ev::focus, move |_| {
        let facts = draft.facts();
        leptos::task::spawn_local(async move {
            // What could not be read is as it was.
            if let Ok(view) = editor_view(facts.project.clone(), facts.workflow.clone()).await {
                draft.take_in(view);
            }
        });
    });
    on_cleanup(move || handle.remove());
}

/// What was just done, for a moment.
#[component]
fn Said(words: RwSignal<String>) -> impl IntoView {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        if words.with(String::is_empty) {
            return;
        }
        if let Some(earlier) = waiting.get_value() {
            earlier.clear();
        }
        waiting.set_value(set_timeout_with_handle(move || words.set(String::new()), SAID_FOR).ok());
    });
    view! { <p class="ed-said" role="status">{move || words.get()}</p> }
}
