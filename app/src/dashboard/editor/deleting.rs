//! Deleting the workflow: whom that concerns, and the way on.

use super::super::base::address;
use super::super::icon::{Icon, icon};
use super::super::parts::counted;
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::Draft;
use super::saving::Saving;
use crate::server_fns::words;
use crate::server_fns::workflows::{delete_workflow, workflow_deletion};
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::WorkflowDeletion;

#[component]
pub(super) fn Deleting(draft: Draft, saving: Saving, dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::Deleting));
    let stopped = RwSignal::new(None::<WorkflowDeletion>);
    let problem = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    Effect::new(move |_| {
        if !shown.get() {
            return;
        }
        stopped.set(None);
        problem.set(None);
        let facts = draft.facts();
        spawn_local(async move {
            match workflow_deletion(facts.project.clone(), facts.workflow.clone()).await {
                Ok(found) => stopped.set(Some(found)),
                Err(error) => problem.set(Some(words(&error))),
            }
        });
    });
    let up = address!("/dashboard/{}/workflows", draft.facts().project);
    let delete = Callback::new(move |()| {
        let (facts, up) = (draft.facts(), up.clone());
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            match delete_workflow(facts.project.clone(), facts.workflow.clone()).await {
                Ok(()) => {
                    saving.let_go();
                    let _ = window().location().set_href(&up);
                }
                Err(error) => {
                    busy.set(false);
                    problem.set(Some(words(&error)));
                }
            }
        });
    });
    view! {
        <Dialog dialogs shown title="Delete workflow">
            <div class="stack">
                {move || problem.get().map(|why| view! { <div class="callout callout-danger" role="alert">{why}</div> })}
                {move || match stopped.get() {
                    None if problem.with(Option::is_some) => ().into_any(),
                    None => view! { <div class="skeleton" role="status" aria-label="Looking at who has it on"></div> }.into_any(),
                    Some(own) => view! {
                        <p>{format!("{} is deleted for everybody. This cannot be undone.", draft.name.get_untracked())}</p>
                        <ul>
                            <li>{on(own.enabled)}" Nothing starts it any more."</li>
                            <li>{running(own.running)}</li>
                            <li>"What it did stays under Executions for as long as those are kept. Its name is free at once."</li>
                        </ul>
                        <div class="row">
                            <button
                                type="button"
                                class="button button-danger"
                                disabled=move || busy.get()
                                aria-busy=move || busy.get().then_some("true")
                                on:click=move |_| delete.run(())
                            >
                                {icon(Icon::Trash)}
                                {move || if busy.get() { "Deleting…" } else { "Delete this workflow" }}
                            </button>
                            <button type="button" class="button" on:click=move |_| dialogs.close()>"Keep it"</button>
                        </div>
                    }
                    .into_any(),
                }}
            </div>
        </Dialog>
    }
}

fn on(accounts: u64) -> String {
    match accounts {
        0 => "Nobody has it on.".to_owned(),
        1 => "1 account has it on.".to_owned(),
        _ => format!("{} have it on.", counted(accounts, "account")),
    }
}

fn running(executions: u64) -> String {
    match executions {
        0 => "No execution runs now.".to_owned(),
        1 => "1 execution runs now; it ends as cancelled, before its next step.".to_owned(),
        _ => format!(
            "{} run now; they end as cancelled, before their next step.",
            counted(executions, "execution")
        ),
    }
}
