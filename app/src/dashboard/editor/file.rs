//! The workflow as a file: to be read, copied, kept elsewhere and brought back.

use super::super::icon::{Icon, icon};
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::Draft;
use crate::dashboard::upload::{ACCEPT, Chosen, read_file};
use crate::server_fns::editor::{export_workflow, import_workflow};
use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::{FileProblem, FileRead};
use portico_engine::edit::Edit;
use wasm_bindgen::{JsCast, JsValue};

#[component]
pub(super) fn AsFile(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::AsFile));
    let text = RwSignal::new(String::new());
    let problems = RwSignal::new(Vec::<FileProblem>::new());
    let failed = RwSignal::new(None::<String>);
    let busy = RwSignal::new(true);
    Effect::new(move |_| {
        if !shown.get() {
            return;
        }
        busy.set(true);
        problems.set(Vec::new());
        failed.set(None);
        let facts = draft.facts();
        let document = draft.document.get_untracked();
        spawn_local(async move {
            match export_workflow(facts.project.clone(), facts.workflow.clone(), document).await {
                Ok(file) => text.set(file),
                Err(error) => failed.set(Some(words(&error))),
            }
            busy.set(false);
        });
    });
    let take = move |_| {
        busy.set(true);
        problems.set(Vec::new());
        failed.set(None);
        let (facts, file) = (draft.facts(), text.get_untracked());
        spawn_local(async move {
            match import_workflow(facts.project.clone(), facts.workflow.clone(), file).await {
                Ok(FileRead::Workflow { definition }) => {
                    draft.edit(Edit::Whole(definition));
                    draft.keep_selection();
                    draft.said.set(
                        "The draft is what the file says. Undo brings the other back.".to_owned(),
                    );
                    dialogs.close();
                }
                Ok(FileRead::Unreadable { problems: found }) => problems.set(found),
                Err(error) => failed.set(Some(words(&error))),
            }
            busy.set(false);
        });
    };
    view! {
        <Dialog dialogs shown title="The workflow as a file" wide=true>
            <div class="stack">
                <p class="muted">"TOML. A text in quotes is a template. Download it to keep it, choose a file to bring one back, or change it here."</p>
                <div class="row">
                    <button type="button" class="button" disabled=move || busy.get() on:click=move |_| download(&draft.name.get_untracked(), &text.get_untracked())>
                        {icon(Icon::Download)}
                        "Download"
                    </button>
                    <input
                        type="file"
                        aria-label="Choose a file"
                        accept=ACCEPT
                        on:change=move |event| {
                            problems.set(Vec::new());
                            failed.set(None);
                            read_file(&event, Callback::new(move |read: Result<Chosen, String>| match read {
                                Ok(file) => text.set(file.text),
                                Err(why) => failed.set(Some(why)),
                            }));
                        }
                    />
                </div>
                <textarea
                    class="input ed-file"
                    aria-label="The file"
                    spellcheck="false"
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                ></textarea>
                <ul class="problems" role="status">
                    {move || {
                        problems
                            .get()
                            .into_iter()
                            .map(|own| {
                                let place = (own.line > 0).then(|| format!("Line {}: ", own.line));
                                view! { <li class="status-danger">{icon(Icon::CircleAlert)}" "{place}{own.message}</li> }
                            })
                            .collect::<Vec<_>>()
                    }}
                </ul>
                {move || failed.get().map(|why| view! { <div class="callout callout-danger" role="alert">{why}</div> })}
                <div class="row">
                    <button type="button" class="button button-primary" disabled=move || busy.get() on:click=take>"Use this file"</button>
                    <button type="button" class="button" on:click=move |_| dialogs.close()>"Close"</button>
                </div>
            </div>
        </Dialog>
    }
}

/// Gives the browser a file to keep.
fn download(name: &str, text: &str) {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let url = web_sys::Blob::new_with_str_sequence(&parts)
        .and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob));
    let (Ok(url), Ok(link)) = (url, document().create_element("a")) else { return };
    let _ = link.set_attribute("href", &url);
    let _ = link.set_attribute("download", &file_name(name));
    if let Ok(link) = link.dyn_into::<web_sys::HtmlElement>() {
        link.click();
    }
    let _ = web_sys::Url::revoke_object_url(&url);
}

/// A name that every system takes.
fn file_name(workflow: &str) -> String {
    let plain = |letter: char| if letter.is_alphanumeric() { letter } else { '-' };
    let name: String = workflow.chars().map(plain).collect();
    let parts: Vec<_> = name.split('-').filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => "workflow.toml".to_owned(),
        false => format!("{}.toml", parts.join("-").to_lowercase()),
    }
}
