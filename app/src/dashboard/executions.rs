//! Executions: what ran, filtered by the address.

use super::base::address;
use super::icon::Icon;
use super::parts::{
    Empty, Head, Older, execution_status, execution_word, follow_executions, loaded, param, query,
};
use super::time::{at, took};
use crate::server_fns::activity::executions;
use crate::server_fns::workflows::workflows;
use leptos::prelude::*;
use portico_domain::ExecutionStatus;

/// Executions, newest first, filtered by the address.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let (user, workflow, status, after) =
        (query("user"), query("workflow"), query("status"), query("after"));
    let found = Resource::new(
        move || (project.get(), user.get(), workflow.get(), status.get(), after.get()),
        |(project, user, workflow, status, after)| {
            executions(project, user, workflow, status, after)
        },
    );
    follow_executions(found, project, None);
    let known = Resource::new(move || project.get(), workflows);
    let statuses = move || {
        ExecutionStatus::ALL
            .iter()
            .map(|own| {
                let chosen = status.get().as_deref() == Some(own.name());
                view! { <option value=own.name() selected=chosen>{execution_word(*own)}</option> }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <Head title="Executions".to_owned() purpose="Every run of every workflow, newest first.">
            <span class="live">"Live"</span>
        </Head>
        <form class="filters" method="get">
            <div class="field">
                <label for="status">"Status"</label>
                <select id="status" name="status" class="input">
                    <option value="">"Any"</option>
                    {statuses}
                </select>
            </div>
            <div class="field">
                <label for="workflow">"Workflow"</label>
                <select id="workflow" name="workflow" class="input">
                    <option value="">"Any"</option>
                    {loaded(
                        known,
                        move |list| {
                            list.into_iter()
                                .map(|own| {
                                    let id = own.id.to_string();
                                    let chosen = workflow.get_untracked().as_deref() == Some(id.as_str());
                                    view! { <option value=id selected=chosen>{own.name}</option> }
                                })
                                .collect::<Vec<_>>()
                        },
                    )}
                </select>
            </div>
            <input type="hidden" name="user" value=move || user.get().unwrap_or_default() />
            <button class="button" type="submit">"Filter"</button>
            <a class="button button-quiet" href=move || address!("/dashboard/{}/executions", project.get())>"Clear"</a>
        </form>
        {loaded(
            found,
            move |page| {
                if page.rows.is_empty() {
                    return view! { <Empty drawing=Icon::Activity title="Nothing ran" words="An execution begins when an event comes in for a user who has the workflow on." /> }.into_any();
                }
                let here = filtered(&project.get_untracked(), [
                    ("user", user.get_untracked()),
                    ("workflow", workflow.get_untracked()),
                    ("status", status.get_untracked()),
                ]);
                let project = project.get_untracked();
                let rows: Vec<_> = page
                    .rows
                    .into_iter()
                    .map(|own| {
                        view! {
                            <tr>
                                <td data-label="Started"><a href=address!("/dashboard/{project}/executions/{}", own.id)>{at(own.started_at)}</a></td>
                                <td data-label="Workflow">{own.workflow}</td>
                                <td data-label="User"><a href=address!("/dashboard/{project}/users/{}", own.user_id)>{own.user}</a></td>
                                <td data-label="Status">{execution_status(own.status)}</td>
                                <td data-label="Took">{own.ended_at.map(|end| took(u64::try_from(end.since(own.started_at).as_millis()).unwrap_or(0)))}</td>
                                <td data-label="Why" class="cut">{own.failure.map(|failure| failure.message)}</td>
                            </tr>
                        }
                    })
                    .collect();
                view! {
                    <div class="table-frame">
                        <table class="table">
                            <thead><tr><th>"Started"</th><th>"Workflow"</th><th>"User"</th><th>"Status"</th><th>"Took"</th><th>"Why"</th></tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                    <Older next=page.next path=here />
                }
                .into_any()
            },
        )}
    }
}

/// The list's address with the filters that are in force.
fn filtered(project: &str, filters: [(&str, Option<String>); 3]) -> String {
    let own: Vec<_> = filters
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
        .collect();
    let join = if own.is_empty() { "" } else { "?" };
    address!("/dashboard/{project}/executions{join}{}", own.join("&"))
}
