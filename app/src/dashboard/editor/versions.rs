//! The versions that were deployed: each compared with the draft, each to be taken back into it.

use super::super::icon::{Icon, icon};
use super::super::time;
use super::deploying::changes;
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::Draft;
use crate::server_fns::editor::{version, versions};
use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::VersionSummary;
use portico_domain::workflow::WorkflowDefinition;
use portico_engine::difference;
use portico_engine::edit::Edit;

#[component]
pub(super) fn Versions(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::Versions));
    let list = RwSignal::new(None::<Result<Vec<VersionSummary>, String>>);
    let chosen = RwSignal::new(None::<(i64, Result<WorkflowDefinition, String>)>);
    Effect::new(move |_| {
        if !shown.get() {
            return;
        }
        list.set(None);
        chosen.set(None);
        let facts = draft.facts();
        spawn_local(async move {
            let read = versions(facts.project.clone(), facts.workflow.clone()).await;
            list.set(Some(read.map_err(|error| words(&error))));
        });
    });
    let open = move |number: i64| {
        let facts = draft.facts();
        spawn_local(async move {
            let read = version(facts.project.clone(), facts.workflow.clone(), number).await;
            chosen.set(Some((number, read.map_err(|error| words(&error)))));
        });
    };
    view! {
        <Dialog dialogs shown title="Versions" wide=true>
            {move || match list.get() {
                None => view! { <div class="skeleton" role="status" aria-label="Loading"></div> }.into_any(),
                Some(Err(why)) => view! { <div class="callout callout-danger" role="alert">{why}</div> }.into_any(),
                Some(Ok(list)) if list.is_empty() => view! { <p class="muted">"Nothing was deployed yet. Every deployment becomes a version here."</p> }.into_any(),
                Some(Ok(list)) => {
                    let rows: Vec<_> = list
                        .into_iter()
                        .map(|own| {
                            let number = own.number;
                            view! {
                                <li>
                                    <button
                                        type="button"
                                        class="ed-row"
                                        aria-pressed=move || if chosen.with(|now| now.as_ref().is_some_and(|now| now.0 == number)) { "true" } else { "false" }
                                        on:click=move |_| open(number)
                                    >
                                        {icon(Icon::History)}
                                        <span class="ed-row-words"><span>{format!("Version {number}")}</span><span class="hint">{time::at(own.created_at)}</span></span>
                                        {own.current.then(|| view! { <span class="status status-success">"Runs now"</span> })}
                                    </button>
                                </li>
                            }
                        })
                        .collect();
                    view! { <div class="ed-versions"><ul>{rows}</ul>{move || chosen.get().map(|(number, read)| compared(draft, dialogs, number, read))}</div> }.into_any()
                }
            }}
        </Dialog>
    }
}

/// What the draft says otherwise than a version.
fn compared(
    draft: Draft,
    dialogs: Dialogs,
    number: i64,
    read: Result<WorkflowDefinition, String>,
) -> AnyView {
    let version = match read {
        Ok(version) => version,
        Err(why) => {
            return view! { <div class="callout callout-danger" role="alert">{why}</div> }
                .into_any();
        }
    };
    let facts = draft.facts();
    let found = draft
        .document
        .with_untracked(|document| difference::changes(Some(&version), document, &*facts));
    let same = found.is_empty();
    view! {
        <div class="stack">
            <h3>{format!("What the draft changed since version {number}")}</h3>
            {changes(found)}
            <div class="row">
                <button
                    type="button"
                    class="button"
                    disabled=same
                    on:click=move |_| {
                        draft.edit(Edit::Whole(Box::new(version.clone())));
                        draft.keep_selection();
                        draft.said.set(format!("The draft is version {number} again. Undo brings the other back."));
                        dialogs.close();
                    }
                >
                    {icon(Icon::Undo)}
                    {format!("Restore version {number}")}
                </button>
            </div>
        </div>
    }
    .into_any()
}
