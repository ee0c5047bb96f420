//! Workflows: what there is, and the way to a new one. Each is edited in a room of its own (`editor`).

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{Empty, Head, Tone, act, integration_mark, loaded, param, problem_of, status};
use super::upload::{ACCEPT, Chosen, read_file};
use crate::components::{Button, ButtonKind};
use crate::server_fns::integrations::integrations;
use crate::server_fns::workflows::{create_workflow, import_as_workflow, workflows};
use leptos::prelude::*;
use portico_domain::view::{FileProblem, WorkflowImported, WorkflowSummary};

/// A table of workflows.
pub(super) fn table(list: &[WorkflowSummary], project: &str) -> impl IntoView + use<> {
    if list.is_empty() {
        return view! { <Empty drawing=Icon::Workflow title="No workflows yet" words="Create one below, from nothing or from a file." /> }.into_any();
    }
    let rows: Vec<_> = list
        .iter()
        .map(|own| {
            let state = match (own.deployed_version, own.changed) {
                (None, _) => status(Tone::Muted, Icon::Circle, "Not deployed"),
                (Some(number), false) => {
                    status(Tone::Success, Icon::CircleCheck, &format!("Version {number}"))
                }
                (Some(number), true) => {
                    status(Tone::Info, Icon::CircleDot, &format!("Version {number}, draft changed"))
                }
            };
            view! {
                <tr>
                    <td data-label="Name"><a rel="external" href=address!("/dashboard/{project}/workflows/{}", own.id)>{own.name.clone()}</a></td>
                    <td data-label="Integration"><span class="with-mark">{integration_mark(&own.integration, 20)}{own.integration_name.clone()}</span></td>
                    <td data-label="Starts by">{own.starts.clone()}</td>
                    <td data-label="Status">{state}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-frame">
            <table class="table">
                <thead><tr><th>"Name"</th><th>"Integration"</th><th>"Starts by"</th><th>"Status"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Every workflow, and a new one.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), workflows);
    let kinds = Resource::new(move || project.get(), integrations);
    let (name, kind) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None);
    let file = RwSignal::new(None::<Chosen>);
    let problems = RwSignal::new(Vec::new());
    let create =
        Callback::new(move |()| {
            let (base, own) = (address!(""), project.get_untracked());
            let (kind, name) = (kind.get_untracked(), name.get_untracked());
            problems.set(Vec::new());
            let opened = {
                let own = own.clone();
                move |id: String| {
                    // A room of its own: the browser goes there, not the router.
                    let place = format!("{base}/dashboard/{own}/workflows/{id}");
                    let _ = window().location().set_href(&place);
                }
            };
            match file.get_untracked() {
                None => act(create_workflow(own, kind, name), problem, opened),
                Some(file) => {
                    act(import_as_workflow(own, kind, name, file.text), problem, move |made| {
                        match made {
                            WorkflowImported::Created { id } => opened(id.to_string()),
                            WorkflowImported::Unreadable { problems: found } => problems.set(found),
                        }
                    });
                }
            }
        });
    let choose = Callback::new(move |read: Result<Chosen, String>| {
        problem.set(None);
        problems.set(Vec::new());
        match read {
            Ok(chosen) => {
                if name.with_untracked(String::is_empty) {
                    name.set(chosen.name.trim_end_matches(".toml").to_owned());
                }
                file.set(Some(chosen));
            }
            Err(why) => {
                file.set(None);
                problem.set(Some(why));
            }
        }
    });
    view! {
        <Head title="Workflows".to_owned() purpose="What happens at a provider, and when." />
        {loaded(found, move |list| table(&list, &project.get_untracked()))}
        <section class="card">
            <h2>"New workflow"</h2>
            {problem_of(problem)}
            <div class="filters">
            <div class="field">
                <label for="workflow-name">"Name"</label>
                <input id="workflow-name" class="input" bind:value=name />
            </div>
            <div class="field">
                <label for="workflow-kind">"Integration"</label>
                <select id="workflow-kind" class="input" on:change=move |event| kind.set(event_target_value(&event))>
                    <option value="">"Choose…"</option>
                    {loaded(
                        kinds,
                        |list| {
                            list.into_iter()
                                .filter(|own| own.active)
                                .map(|own| view! { <option value=own.kind>{own.name}</option> })
                                .collect::<Vec<_>>()
                        },
                    )}
                </select>
            </div>
            <div class="field">
                <label for="workflow-file">"From a file, if you have one"</label>
                <input
                    id="workflow-file"
                    type="file"
                    accept=ACCEPT
                    aria-describedby="workflow-file-hint"
                    on:change=move |event| {
                        file.set(None);
                        read_file(&event, choose);
                    }
                />
                <p id="workflow-file-hint" class="hint">"TOML, as the editor's Edit as a file downloads it."</p>
            </div>
            <Button kind=ButtonKind::Primary on_press=create>"Create workflow"</Button>
            </div>
            {move || (!problems.with(Vec::is_empty)).then(|| problem_list(&problems.get()))}
        </section>
    }
}

/// What is wrong with a file, at its lines.
pub(super) fn problem_list(problems: &[FileProblem]) -> impl IntoView + use<> {
    if problems.is_empty() {
        return status(Tone::Success, Icon::CircleCheck, "No problems").into_any();
    }
    let rows: Vec<_> = problems
        .iter()
        .map(|problem| {
            let place = (problem.line > 0).then(|| format!("Line {}: ", problem.line));
            view! { <li class="status-danger">{icon(Icon::CircleAlert)} " " {place} {problem.message.clone()}</li> }
        })
        .collect();
    view! { <ul class="problems" role="status">{rows}</ul> }.into_any()
}
