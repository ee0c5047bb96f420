//! Projects, and the overview of one.

use super::base::address;
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
        <main class="content">
            <Head title="Projects".to_owned() purpose="One for each app, or for each of its environments." />
            {loaded(
                here,
                |session| {
                    let list: Vec<_> = session
                        .projects
                        .into_iter()
                        .map(|project| {
                            view! {
                                <a class="card" href=address!("/dashboard/{}", project.id)>
                                    <strong>{project.name}</strong>
                                    <code>{project.id.to_string()}</code>
                                </a>
                            }
                        })
                        .collect();
                    view! { <div class="cards">{list}</div> }
                },
            )}
            {problem_of(problem)}
            <div class="filters">
                <div class="field">
                    <label for="project-name">"New project"</label>
                    <input id="project-name" class="input" bind:value=name />
                </div>
                <Button kind=ButtonKind::Primary on_press=create>"Create project"</Button>
            </div>
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
            (found.day.events, "events in 24 h", "events"),
            (found.day.running, "executions running", "executions?status=running"),
            (found.day.succeeded, "succeeded in 24 h", "executions?status=succeeded"),
            (found.day.failed, "failed in 24 h", "executions?status=failed"),
            (found.invalid_accounts, "accounts to reconnect", "users"),
        ];
        let cards: Vec<_> = cards
            .into_iter()
            .map(|(number, words, to)| {
                view! {
                    <a class="card" href=format!("{base}/{to}")>
                        <span class="card-number">{number}</span>
                        <span class="muted">{words}</span>
                    </a>
                }
            })
            .collect();
        view! {
            <Head title=found.project.name.clone() purpose="What is set up, and what happened in the last 24 hours." />
            <div class="cards">{cards}</div>
            <section class="card" aria-label="Getting started">
                <h2>"Getting started"</h2>
                {checklist(&found.checklist, &base)}
            </section>
            <section class="card">
                <h2>"Use it in your app"</h2>
                <pre class="json">{usage(&found.project.id.to_string())}</pre>
            </section>
        }
    })
}

fn usage(project: &str) -> String {
    format!(
        "await portico.authenticate(\"{project}\", userToken);\nawait portico.connect(\"salesforce\");\nawait portico.event(\"Lead Created\", {{ first_name: \"Ada\" }});"
    )
}

fn checklist(done: &Checklist, base: &str) -> impl IntoView + use<> {
    let steps = [
        (
            done.signing_key,
            "settings",
            "Create a signing key, with which your backend signs user tokens",
        ),
        (done.origin, "settings", "Allow the origin of your app"),
        (done.integration, "integrations", "Activate an integration with your OAuth app"),
        (done.workflow, "workflows", "Deploy a workflow"),
        (done.account, "try-it", "Connect an account as a test user"),
        (done.event, "events", "Send an event"),
        (done.success, "executions", "See an execution succeed"),
    ];
    let steps: Vec<_> = steps
        .into_iter()
        .map(|(done, to, words)| {
            let (mark, state) = if done { ("✓", "Done: ") } else { ("○", "To do: ") };
            view! {
                <li class=if done { "done" } else { "" }>
                    <span aria-hidden="true">{mark}</span>
                    <span>
                        <span class="visually-hidden">{state}</span>
                        <a href=format!("{base}/{to}")>{words}</a>
                    </span>
                </li>
            }
        })
        .collect();
    view! { <ol class="checklist">{steps}</ol> }
}
