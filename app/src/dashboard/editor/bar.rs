//! The bar above: where one is, whether it is saved, what is wrong, what can be done.

use super::super::base::address;
use super::super::icon::{Icon, icon};
use super::dialog::{Dialogs, Open};
use super::draft::{Draft, Selected};
use super::node::integration_mark;
use super::saving::{Saving, Stored};
use crate::dashboard::theme::ThemeChoice;
use crate::server_fns::workflows::undeploy_workflow;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(super) fn Bar(draft: Draft, saving: Saving, dialogs: Dialogs) -> impl IntoView {
    let facts = draft.facts();
    let up = address!("/dashboard/{}/workflows", facts.project);
    let deployable = move || draft.problems.with(Vec::is_empty);
    view! {
        <header class="ed-bar">
            <a class="ed-icon" href=up aria-label="All workflows">{icon(Icon::ArrowLeft)}</a>
            {integration_mark(&facts.project, &facts.integration, 24)}
            <Name draft />
            <SaveState saving dialogs />
            <span class="ed-space"></span>
            <Problems draft />
            <button type="button" class="ed-icon" aria-label="Undo" title="Undo (Ctrl Z)" disabled=move || !draft.can_undo() on:click=move |_| draft.undo()>{icon(Icon::Undo)}</button>
            <button type="button" class="ed-icon" aria-label="Redo" title="Redo (Ctrl Shift Z)" disabled=move || !draft.can_redo() on:click=move |_| draft.redo()>{icon(Icon::Redo)}</button>
            <button type="button" class="ed-icon" aria-label="Versions" title="Versions" on:click=move |_| dialogs.open(Open::Versions)>{icon(Icon::History)}</button>
            <button type="button" class="ed-icon" aria-label="Workflow settings" title="Workflow settings (Esc)" on:click=move |_| draft.look_at(Selected::Workflow)>{icon(Icon::Settings)}</button>
            <More draft dialogs />
            <button type="button" class="button" on:click=move |_| dialogs.open(Open::TestWorkflow)>{icon(Icon::Flask)}<span class="ed-wide">"Test"</span></button>
            <button
                type="button"
                class="button button-primary"
                title=move || if deployable() { "" } else { "Solve the problems first" }
                on:click=move |_| dialogs.open(Open::Deploying)
            >
                "Deploy"
            </button>
        </header>
    }
}

/// The workflow's name. One that cannot be stored stays here, with the reason; everything else is stored.
#[component]
fn Name(draft: Draft) -> impl IntoView {
    view! {
        <div class="ed-naming" data-own-undo="">
            <input
                class="ed-name"
                aria-label="Name of the workflow"
                aria-describedby="name-problem"
                aria-invalid=move || draft.name_problem.with(Option::is_some).then_some("true")
                maxlength="100"
                prop:value=move || draft.name.get()
                on:change=move |event| draft.call(event_target_value(&event))
            />
            <p class="field-problem ed-name-problem" id="name-problem" role="alert">{move || draft.name_problem.get()}</p>
        </div>
    }
}

#[component]
fn SaveState(saving: Saving, dialogs: Dialogs) -> impl IntoView {
    move || {
        match saving.stored.get() {
        Stored::Yes => view! { <span class="status muted ed-saved" role="status">{icon(Icon::CircleCheck)}<span class="ed-wide">"Draft saved"</span></span> }.into_any(),
        Stored::Soon | Stored::Now => view! { <span class="status muted ed-saved" role="status">{icon(Icon::CircleDot)}<span class="ed-wide">"Saving…"</span></span> }.into_any(),
        Stored::Failed(why) => view! {
            <span class="status status-danger" role="alert">
                {icon(Icon::CircleAlert)}
                {format!("Not saved: {why}")}
                <button type="button" class="button" on:click=move |_| saving.retry()>"Try again"</button>
            </span>
        }
        .into_any(),
        Stored::Conflict(_) => view! {
            <div class="ed-conflict" role="alert">
                <span class="status status-warning">{icon(Icon::Triangle)}"Somebody else changed this workflow."</span>
                <button type="button" class="button" on:click=move |_| dialogs.open(Open::Conflict)>"See what differs"</button>
            </div>
        }
        .into_any(),
    }
    }
}

/// What is wrong, each leading to its place.
#[component]
fn Problems(draft: Draft) -> impl IntoView {
    let count = move || draft.problems.with(Vec::len);
    view! {
        <button
            type="button"
            class="ed-problems"
            popovertarget="problems"
            aria-label=move || format!("Problems: {}", count())
        >
            {move || match count() {
                0 => view! { <span class="status status-success">{icon(Icon::CircleCheck)}<span class="ed-wide">"No problems"</span></span> }.into_any(),
                count => view! { <span class="status status-warning">{icon(Icon::Triangle)}<span class="ed-wide">"Problems"</span>{count}</span> }.into_any(),
            }}
        </button>
        <div id="problems" class="menu menu-end ed-menu" popover="auto">
            {move || {
                let problems = draft.problems.get();
                if problems.is_empty() {
                    return view! { <p class="menu-words muted">"It can be deployed as it is."</p> }.into_any();
                }
                problems
                    .into_iter()
                    .map(|problem| {
                        let (place, words) = place_of(draft, &problem.pointer);
                        view! {
                            <button
                                type="button"
                                popovertarget="problems"
                                popovertargetaction="hide"
                                on:click=move |_| draft.look_at(place.clone())
                            >
                                {icon(Icon::Triangle)}
                                <span class="ed-row-words"><span>{problem.message}</span><span class="hint">{words}</span></span>
                            </button>
                        }
                    })
                    .collect::<Vec<_>>()
                    .into_any()
            }}
        </div>
    }
}

/// Where a problem stands: what is to be selected, and its name.
pub(super) fn place_of(draft: Draft, pointer: &str) -> (Selected, String) {
    if pointer.starts_with("/trigger") || pointer.starts_with("/only_if") {
        return (Selected::Trigger, "Trigger".to_owned());
    }
    let found = draft.document.with_untracked(|document| {
        let walked = document.walk();
        // The deepest step whose place the pointer begins with.
        walked
            .into_iter()
            .rfind(|placed| {
                pointer
                    .strip_prefix(placed.pointer.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .map(|placed| (placed.step.id.clone(), placed.step.title.clone()))
    });
    match found {
        Some((id, title)) => (Selected::Step(id), title),
        None => (Selected::Workflow, "Workflow".to_owned()),
    }
}

#[component]
fn More(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let undeploying = RwSignal::new(false);
    let undeploy = move |_| {
        let facts = draft.facts();
        spawn_local(async move {
            match undeploy_workflow(facts.project.clone(), facts.workflow.clone()).await {
                Ok(()) => {
                    draft.deployed.set(None);
                    undeploying.set(false);
                    draft.said.set("Undeployed: events no longer start it.".to_owned());
                }
                Err(error) => draft.said.set(crate::server_fns::words(&error)),
            }
        });
    };
    view! {
        <button type="button" class="ed-icon" popovertarget="more" aria-label="More">{icon(Icon::Dots)}</button>
        <div id="more" class="menu menu-end ed-menu" popover="auto">
            <button type="button" popovertarget="more" popovertargetaction="hide" on:click=move |_| dialogs.open(Open::Palette)>{icon(Icon::Search)}"Commands" <kbd>"Ctrl K"</kbd></button>
            <button type="button" popovertarget="more" popovertargetaction="hide" on:click=move |_| dialogs.open(Open::AsFile)>{icon(Icon::Code)}"Edit as a file"</button>
            <button type="button" popovertarget="more" popovertargetaction="hide" on:click=move |_| dialogs.open(Open::Shortcuts)>{icon(Icon::Keyboard)}"Keyboard shortcuts"</button>
            <hr />
            <ThemeChoice />
            {move || {
                draft
                    .deployed
                    .with(Option::is_some)
                    .then(|| {
                        view! {
                            <hr />
                            {move || match undeploying.get() {
                                false => view! { <button type="button" on:click=move |_| undeploying.set(true)>{icon(Icon::Ban)}"Undeploy"</button> }.into_any(),
                                true => view! {
                                    <div class="menu-words" role="alertdialog" aria-label="Undeploy">
                                        <p>"Events no longer start it, for any user. What runs comes to its end."</p>
                                        <div class="row">
                                            <button type="button" class="button button-danger" on:click=undeploy>"Undeploy workflow"</button>
                                            <button type="button" class="button" on:click=move |_| undeploying.set(false)>"Keep it"</button>
                                        </div>
                                    </div>
                                }
                                .into_any(),
                            }}
                        }
                    })
            }}
            <hr />
            <button type="button" popovertarget="more" popovertargetaction="hide" on:click=move |_| dialogs.open(Open::Deleting)>{icon(Icon::Trash)}"Delete workflow"</button>
        </div>
    }
}
