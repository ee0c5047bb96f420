//! Deploying: what becomes different, whom it stops, and the way on.

use super::super::icon::{Icon, icon};
use super::bar::place_of;
use super::conflict::Choice;
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::Draft;
use super::saving::{Saving, Unsettled};
use crate::server_fns::editor::deploy_summary;
use crate::server_fns::words;
use crate::server_fns::workflows::deploy_workflow;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::{Change, ChangeKind, DeploySummary};

#[component]
pub(super) fn Deploying(draft: Draft, saving: Saving, dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::Deploying));
    let seen = RwSignal::new(Seen::NotYet);
    let busy = RwSignal::new(false);
    let problem = RwSignal::new(None::<String>);
    let look = Callback::new(move |()| {
        seen.set(Seen::NotYet);
        problem.set(None);
        let facts = draft.facts();
        // What is looked at is what is stored.
        saving.settled(Box::new(move |went| match went {
            Ok(()) => {
                let (project, workflow) = (facts.project.clone(), facts.workflow.clone());
                spawn_local(async move {
                    let read = deploy_summary(project, workflow).await;
                    seen.set(match read {
                        Ok(summary) => Seen::Summary(summary),
                        Err(error) => Seen::Failed(words(&error)),
                    });
                });
            }
            Err(Unsettled::Failed(why)) => {
                seen.set(Seen::Failed(format!("Your last edits are not saved: {why}")));
            }
            Err(Unsettled::Conflict) => seen.set(Seen::Conflict),
        }));
    });
    Effect::new(move |_| {
        if shown.get() {
            look.run(());
        }
    });
    let deploy = move |_| {
        let facts = draft.facts();
        busy.set(true);
        problem.set(None);
        spawn_local(async move {
            let revision = draft.revision.get_untracked();
            let done =
                deploy_workflow(facts.project.clone(), facts.workflow.clone(), revision).await;
            busy.set(false);
            match done {
                Ok(number) => {
                    draft.deployed.set(Some((number, draft.document.get_untracked())));
                    draft.said.set(format!("Version {number} is deployed."));
                    dialogs.close();
                }
                Err(error) => problem.set(Some(words(&error))),
            }
        });
    };
    view! {
        <Dialog dialogs shown title="Deploy" wide=true>
            {move || match seen.get() {
                Seen::NotYet => view! { <div class="skeleton" role="status" aria-label="Looking at what changes"></div> }.into_any(),
                Seen::Failed(why) => view! {
                    <div class="callout callout-danger" role="alert">{why}</div>
                    <div class="row"><button type="button" class="button" on:click=move |_| look.run(())>"Try again"</button></div>
                }
                .into_any(),
                Seen::Conflict => view! { <Choice draft saving on_done=look /> }.into_any(),
                Seen::Summary(own) => {
                    let ready = own.problems.is_empty();
                    let is_first = draft.deployed.with_untracked(Option::is_none);
                    let heading = if is_first { "What it will do" } else { "What becomes different" };
                    view! {
                        <div class="stack">
                            {told(draft, dialogs, own, heading)}
                            {move || problem.get().map(|why| view! { <div class="callout callout-danger" role="alert">{why}</div> })}
                            <div class="row">
                                <button
                                    type="button"
                                    class="button button-primary"
                                    disabled=move || !ready || busy.get()
                                    aria-busy=move || busy.get().then_some("true")
                                    on:click=deploy
                                >
                                    {move || if busy.get() { "Deploying…" } else { "Deploy workflow" }}
                                </button>
                                <button type="button" class="button" on:click=move |_| dialogs.close()>"Not now"</button>
                            </div>
                        </div>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
}

/// What is known of what deploying would do.
#[derive(Clone)]
enum Seen {
    NotYet,
    Failed(String),
    /// Whose draft would be deployed is to be chosen first.
    Conflict,
    Summary(DeploySummary),
}

fn told(
    draft: Draft,
    dialogs: Dialogs,
    own: DeploySummary,
    heading: &'static str,
) -> impl IntoView {
    let problems = (!own.problems.is_empty()).then(|| {
        let rows: Vec<_> = own
            .problems
            .iter()
            .map(|own| {
                let (place, words) = place_of(draft, &own.pointer);
                view! {
                    <li>
                        <button
                            type="button"
                            class="ed-row"
                            on:click=move |_| {
                                dialogs.close();
                                draft.look_at(place.clone());
                            }
                        >
                            <span class="ed-row-words"><span>{own.message.clone()}</span><span class="hint">{words}</span></span>
                        </button>
                    </li>
                }
            })
            .collect();
        view! {
            <div class="callout callout-warning" role="alert">
                <strong>"It cannot be deployed yet"</strong>
                <ul class="ed-results">{rows}</ul>
            </div>
        }
    });
    let users = match own.enabled {
        0 => "Nobody has it on yet.".to_owned(),
        1 => "1 account has it on.".to_owned(),
        count => format!("{count} accounts have it on."),
    };
    let affected: Vec<_> = own
        .affected
        .iter()
        .map(|own| {
            let accounts = if own.count == 1 { "1 account".to_owned() } else { format!("{} accounts", own.count) };
            let examples = own.examples.join(", ");
            view! { <li>{format!("{accounts}: {}", own.reason)}<br /><span class="hint">{examples}</span></li> }
        })
        .collect();
    let affected = (!affected.is_empty()).then(|| {
        view! {
            <div class="callout callout-warning">
                <strong>"It will not run for some until they do something"</strong>
                <ul>{affected}</ul>
            </div>
        }
    });
    view! {
        {problems}
        {affected}
        <p>{users}" What runs already finishes on the version it began with."</p>
        <h3>{heading}</h3>
        {changes(own.changes)}
    }
}

/// Differences, a line each.
pub(super) fn changes(all: Vec<Change>) -> impl IntoView {
    if all.is_empty() {
        return view! { <p class="muted">"Nothing is different."</p> }.into_any();
    }
    let rows: Vec<_> = all
        .into_iter()
        .map(|own| {
            let (drawing, class, word) = match own.kind {
                ChangeKind::Added => (Icon::Plus, "status status-success", "Added"),
                ChangeKind::Removed => (Icon::Minus, "status status-danger", "Removed"),
                ChangeKind::Changed => (Icon::Pencil, "status status-info", "Changed"),
                ChangeKind::Moved => (Icon::Move, "status muted", "Moved"),
            };
            let values = match (own.before, own.after) {
                (None, None) => None,
                (before, after) => Some(view! {
                    <span class="ed-change-values">
                        {before.map(|text| view! { <del>{text}</del> })}
                        {after.map(|text| view! { <ins>{text}</ins> })}
                    </span>
                }),
            };
            view! {
                <li>
                    <span class=class title=word>{icon(drawing)}<span class="visually-hidden">{word}</span></span>
                    <span class="ed-row-words"><span>{own.what}</span>{values}</span>
                </li>
            }
        })
        .collect();
    view! { <ul class="ed-changes">{rows}</ul> }.into_any()
}
