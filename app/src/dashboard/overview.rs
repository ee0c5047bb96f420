//! Projects, and the overview of one.

use super::base::address;
use super::copy::CopyableBlock;
use super::icon::{Icon, icon};
use super::parts::{Head, act, loaded, param, problem_of, stay_live};
use crate::components::{Button, ButtonKind};
use crate::server_fns::projects::{create_project, overview, session};
use leptos::prelude::*;
use portico_domain::view::Checklist;

/// Every project, and a new one.
#[component]
pub(super) fn Projects() -> impl IntoView {
    let here = Resource::new(|| (), |()| session());
    let name = RwSignal::new(String::new());
    let problem = RwSignal::new(None);
    let create = move |()| {
        act(create_project(name.get_untracked()), problem, move |_| {
            name.set(String::new());
            here.refetch();
        });
    };
    view! {
        <header class="top">
            <a class="brand" href=address!("/dashboard")>
                <img src=address!("/favicon.svg") alt="" width="20" height="20" />
                <span>"Portico"</span>
            </a>
            <span class="top-space"></span>
            <form method="post" action=address!("/sign-out")>
                <button type="submit" class="menu-button">{icon(Icon::LogOut)}"Sign out"</button>
            </form>
        </header>
        <main class="content alone">
            <Head title="Projects".to_owned() purpose="One for each app, or for each of its environments." />
            {loaded(
                here,
                |session| {
                    let list: Vec<_> = session
                        .projects
                        .into_iter()
                        .map(|project| {
                            view! {
                                <a class="card card-tight" href=address!("/dashboard/{}", project.id)>
                                    <strong>{project.name}</strong>
                                    <span class="hint">{project.id.to_string()}</span>
                                </a>
                            }
                        })
                        .collect();
                    view! { <div class="cards">{list}</div> }
                },
            )}
            <section class="card">
                <h2>"New project"</h2>
                {problem_of(problem)}
                <div class="filters">
                    <div class="field">
                        <label for="project-name">"Name of the new project"</label>
                        <input id="project-name" class="input" bind:value=name />
                    </div>
                    <Button kind=ButtonKind::Primary on_press=create>"Create project"</Button>
                </div>
            </section>
        </main>
    }
}

/// What is done, what happened.
#[component]
pub(super) fn Overview() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), overview);
    stay_live(found);
    loaded(found, move |found| {
        let base = address!("/dashboard/{}", project.get_untracked());
        let cards = [
            (found.day.events, "Events in 24 h", "events"),
            (found.day.running, "Executions running", "executions?status=running"),
            (found.day.succeeded, "Succeeded in 24 h", "executions?status=succeeded"),
            (found.day.failed, "Failed in 24 h", "executions?status=failed"),
            (found.invalid_accounts, "Accounts to reconnect", "users"),
        ];
        let cards: Vec<_> = cards
            .into_iter()
            .map(|(number, words, to)| {
                view! {
                    <a class="card card-tight" href=format!("{base}/{to}")>
                        <span class="muted">{words}</span>
                        <span class="card-number">{number}</span>
                    </a>
                }
            })
            .collect();
        view! {
            <Head title=found.project.name.clone() purpose="What is set up, and what happened in the last 24 hours." />
            <div class="cards cards-small">{cards}</div>
            <div class="columns">
                {checklist(&found.checklist, &base)}
                <section class="card">
                    <h2>"Use it in your app"</h2>
                    <p class="muted">"The token is signed by your backend with a signing key of this project."</p>
                    <CopyableBlock text=usage(&found.project.id.to_string()) what="code" />
                </section>
            </div>
        }
    })
}

fn usage(project: &str) -> String {
    format!(
        "await portico.authenticate(\n  \"{project}\",\n  userToken,\n);\n\
         await portico.connect(\"salesforce\");\n\
         await portico.event(\"Lead Created\", {{\n  first_name: \"Ada\",\n}});"
    )
}

fn checklist(done: &Checklist, base: &str) -> impl IntoView + use<> {
    let steps = [
        (done.signing_key, "settings", "Create a signing key"),
        (done.origin, "settings", "Allow the origin of your app"),
        (done.integration, "integrations", "Activate an integration with your OAuth app"),
        (done.workflow, "workflows", "Deploy a workflow"),
        (done.account, "try-it", "Connect an account as a test user"),
        (done.event, "try-it", "Send an event"),
        (done.success, "executions", "See an execution succeed"),
    ];
    let (all, so_far) = (steps.len(), steps.iter().filter(|(done, ..)| *done).count());
    let steps: Vec<_> = steps
        .into_iter()
        .map(|(done, to, words)| {
            let (drawing, state) =
                if done { (Icon::CircleCheck, "Done: ") } else { (Icon::Circle, "To do: ") };
            view! {
                <li class=if done { "done" } else { "" }>
                    <a href=format!("{base}/{to}")>
                        {icon(drawing)}
                        <span><span class="visually-hidden">{state}</span>{words}</span>
                        {icon(Icon::Chevron)}
                    </a>
                </li>
            }
        })
        .collect();
    view! {
        <section class="card" aria-label="Getting started">
            <div class="card-head">
                <h2>"Getting started"</h2>
                <span class="row hint">
                    {so_far} " of " {all}
                    <progress class="progress" max=all value=so_far aria-label="Done"></progress>
                </span>
            </div>
            <ol class="checklist">{steps}</ol>
        </section>
    }
}
