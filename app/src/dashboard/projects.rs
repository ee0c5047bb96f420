//! Every project.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{Head, act, loaded, problem_of};
use crate::components::{Button, ButtonKind};
use crate::server_fns::projects::{create_project, session};
use leptos::prelude::*;

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
