//! Workflows: what there is, and one, edited as a file.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{
    Confirmed, Empty, Head, Tone, act, integration_mark, loaded, param, problem_of, status,
};
use crate::components::{Button, ButtonKind};
use crate::server_fns::integrations::integrations;
use crate::server_fns::workflows::{
    create_workflow, deploy_workflow, save_workflow, undeploy_workflow, workflow, workflows,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use portico_domain::view::{FileProblem, Saved, WorkflowDetail, WorkflowSummary};

/// A table of workflows.
pub(super) fn table(list: &[WorkflowSummary], project: &str) -> impl IntoView + use<> {
    if list.is_empty() {
        return view! { <Empty drawing=Icon::Workflow title="No workflows yet" words="Create one, or bring one with portico import." /> }.into_any();
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
                    <td data-label="Name"><a href=address!("/dashboard/{project}/workflows/{}", own.id)>{own.name.clone()}</a></td>
                    <td data-label="Integration"><span class="with-mark">{integration_mark(&own.integration, 20)}{own.integration.clone()}</span></td>
                    <td data-label="Event">{own.event.clone()}</td>
                    <td data-label="Status">{state}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-frame">
            <table class="table">
                <thead><tr><th>"Name"</th><th>"Integration"</th><th>"Event"</th><th>"Status"</th></tr></thead>
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
    let navigate = use_navigate();
    let create = Callback::new(move |()| {
        let navigate = navigate.clone();
        let project = project.get_untracked();
        let work = create_workflow(project.clone(), kind.get_untracked(), name.get_untracked());
        act(work, problem, move |id| {
            navigate(
                &format!("/dashboard/{project}/workflows/{id}"),
                leptos_router::NavigateOptions::default(),
            );
        });
    });
    view! {
        <Head title="Workflows".to_owned() purpose="What happens at a provider when an event comes in." />
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
            <Button kind=ButtonKind::Primary on_press=create>"Create workflow"</Button>
            </div>
        </section>
    }
}

/// One workflow.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, id) = (param("project"), param("id"));
    let found =
        Resource::new(move || (project.get(), id.get()), |(project, id)| workflow(project, id));
    loaded(found, move |own| {
        view! { <Editor own project id on_done=Callback::new(move |()| found.refetch()) /> }
    })
}

#[component]
fn Editor(
    own: WorkflowDetail,
    project: Memo<String>,
    id: Memo<String>,
    on_done: Callback<()>,
) -> impl IntoView {
    let name = RwSignal::new(own.summary.name.clone());
    let file = RwSignal::new(own.file.clone());
    let problems = RwSignal::new(own.problems.clone());
    let problem = RwSignal::new(None);
    let said = RwSignal::new(None::<String>);
    let revision = own.revision;
    let save = move |()| {
        let work = save_workflow(
            project.get_untracked(),
            id.get_untracked(),
            name.get_untracked(),
            file.get_untracked(),
            revision,
        );
        act(work, problem, move |saved| match saved {
            Saved::Stored { problems: found, .. } => {
                problems.set(found);
                said.set(Some("Saved.".to_owned()));
                on_done.run(());
            }
            Saved::Unreadable { problems: found } => {
                said.set(Some("Not saved: the file cannot be read.".to_owned()));
                problems.set(found);
            }
        });
    };
    let deploy = move |()| {
        let work = deploy_workflow(project.get_untracked(), id.get_untracked(), revision);
        act(work, problem, move |number| {
            said.set(Some(format!("Version {number} is deployed.")));
            on_done.run(());
        });
    };
    let undeploy = move |()| {
        let work = undeploy_workflow(project.get_untracked(), id.get_untracked());
        act(work, problem, move |()| on_done.run(()));
    };
    let deployed = own.summary.deployed_version;
    // Deploying the same again would make a version that differs in nothing.
    let is_current = deployed.is_some() && !own.summary.changed;
    let state = match (deployed, own.summary.changed) {
        (None, _) => "Not deployed: events do not start it.".to_owned(),
        (Some(number), false) => format!("Version {number} is deployed."),
        (Some(number), true) => format!("Version {number} is deployed; the draft differs from it."),
    };
    let (saved_file, saved_name) = (own.file.clone(), own.summary.name.clone());
    let changed = Memo::new(move |_| file.get() != saved_file || name.get() != saved_name);
    view! {
        <Head
            up=(address!("/dashboard/{}/workflows", project.get_untracked()), "Workflows")
            mark=own.summary.integration.clone()
            title=own.summary.name.clone()
            purpose=state
        >
            <Button on_press=save disabled=Signal::derive(move || !changed.get())>"Save draft"</Button>
            <Button kind=ButtonKind::Primary on_press=deploy disabled=Signal::derive(move || is_current || changed.get() || !problems.get().is_empty())>"Deploy"</Button>
            <div hidden=deployed.is_none()>
                <Confirmed
                    ask="Undeploy"
                    words="Events no longer start it, for any user. Executions that run come to their end; your users' settings are kept."
                    yes="Undeploy workflow"
                    on_yes=undeploy
                />
            </div>
        </Head>
        {problem_of(problem)}
        <div class="file">
            <div class="field">
                <label for="name">"Name"</label>
                <input id="name" class="input" bind:value=name />
            </div>
            <div class="field">
                <label for="file">"Workflow, as a file"</label>
                <textarea id="file" class="input" spellcheck="false" aria-describedby="problems" prop:value=move || file.get() on:input=move |event| {
                            said.set(None);
                            file.set(event_target_value(&event));
                        }>{own.file.clone()}</textarea>
                <p class="hint">"A text in quotes is a template: " <code>"{{ trigger.first_name }}"</code> ", " <code>"{{ steps.create_record.id }}"</code> ", " <code>"{{ settings.list }}"</code> ", " <code>"{{ user.id }}"</code> "."</p>
            </div>
            <div id="problems">{move || problem_list(&problems.get())}</div>
            <p class="muted" role="status">{move || said.get().or_else(|| changed.get().then(|| "Not saved yet.".to_owned()))}</p>
        </div>
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
