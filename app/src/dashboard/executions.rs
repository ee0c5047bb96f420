//! Executions: what ran, filtered by the address; several can be chosen to be repeated.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{
    Empty, Head, Older, execution_status, execution_word, follow_executions, loaded, param, query,
};
use super::replay::{ReplayMany, encoded};
use super::time::{at, took};
use crate::components::Button;
use crate::server_fns::activity::executions;
use crate::server_fns::workflows::workflows;
use leptos::prelude::*;
use portico_domain::view::{ExecutionSummary, ExecutionsAsked, ReplaySelection};
use portico_domain::{ExecutionId, ExecutionStatus};
use std::collections::BTreeSet;

/// What narrows the list, as it stands in the address.
#[derive(Clone, Copy)]
struct Filters {
    user: Memo<Option<String>>,
    workflow: Memo<Option<String>>,
    status: Memo<Option<String>>,
    failure: Memo<Option<String>>,
    integration: Memo<Option<String>>,
    since: Memo<Option<String>>,
    until: Memo<Option<String>>,
}

impl Filters {
    fn of_address() -> Self {
        Self {
            user: query("user"),
            workflow: query("workflow"),
            status: query("status"),
            failure: query("failure"),
            integration: query("integration"),
            since: query("since"),
            until: query("until"),
        }
    }

    /// Those that are in force: the name in the address, what a person reads, the value.
    fn in_force(self) -> Vec<(&'static str, &'static str, String)> {
        [
            ("status", "Status", self.status),
            ("workflow", "Workflow", self.workflow),
            ("integration", "Integration", self.integration),
            ("user", "User", self.user),
            ("since", "From", self.since),
            ("until", "To", self.until),
            ("failure", "Failure", self.failure),
        ]
        .into_iter()
        .filter_map(|(name, title, value)| Some((name, title, value.get()?)))
        .collect()
    }

    /// The list's address without one of them.
    fn without(self, project: &str, left_out: &str) -> String {
        let own: Vec<_> = self
            .in_force()
            .into_iter()
            .filter(|(name, ..)| *name != left_out)
            .map(|(name, _, value)| format!("{name}={}", encoded(&value)))
            .collect();
        let join = if own.is_empty() { "" } else { "?" };
        address!("/dashboard/{project}/executions{join}{}", own.join("&"))
    }
}

/// Executions, newest first, filtered by the address.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let (filters, after) = (Filters::of_address(), query("after"));
    let Filters { user, workflow, status, failure, integration, since, until } = filters;
    let asked = move || ExecutionsAsked {
        user: user.get(),
        workflow: workflow.get(),
        status: status.get(),
        failure: failure.get(),
        integration: integration.get(),
        since: since.get(),
        until: until.get(),
        after: after.get(),
    };
    let found = Resource::new(
        move || (project.get(), asked()),
        |(project, asked)| executions(project, asked),
    );
    follow_executions(found, project, None);
    let selected = RwSignal::new(BTreeSet::<ExecutionId>::new());
    let many = RwSignal::new(None::<ReplaySelection>);
    let replay = move |()| {
        let ids = selected.get_untracked().into_iter().collect();
        many.set(Some(ReplaySelection::Executions { ids }));
    };
    view! {
        <Head title="Executions".to_owned() purpose="Every run of every workflow, newest first.">
            <span class="live">"Live"</span>
            <a class="button" href=move || address!("/dashboard/{}/failures", project.get())>"Failures"</a>
        </Head>
        <FilterForm project filters />
        {move || many.get().map(|selection| view! { <ReplayMany project=project.get_untracked() selection close=move || { many.set(None); selected.set(BTreeSet::new()); } /> })}
        <div class="row" hidden=move || selected.with(BTreeSet::is_empty) || many.with(Option::is_some)>
            <strong role="status">{move || format!("{} selected", selected.with(BTreeSet::len))}</strong>
            <Button on_press=replay>"Replay them"</Button>
            <Button on_press=move |()| selected.set(BTreeSet::new())>"Select none"</Button>
        </div>
        {loaded(
            found,
            move |page| {
                if page.rows.is_empty() {
                    return view! { <Empty drawing=Icon::Activity title="Nothing ran" words="An execution begins when an event comes in for a user who has the workflow on." /> }.into_any();
                }
                let project = project.get_untracked();
                let here = filters.without(&project, "");
                let rows: Vec<_> = page
                    .rows
                    .into_iter()
                    .map(|own| row(own, &project, selected))
                    .collect();
                view! {
                    <div class="table-frame">
                        <table class="table">
                            <thead><tr><th><span class="visually-hidden">"Select"</span></th><th>"Started"</th><th>"Workflow"</th><th>"User"</th><th>"Status"</th><th>"Took"</th><th>"Why"</th></tr></thead>
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

fn row(
    own: ExecutionSummary,
    project: &str,
    selected: RwSignal<BTreeSet<ExecutionId>>,
) -> impl IntoView + use<> {
    let id = own.id;
    let ended = own.status.is_final();
    let all_took = own
        .ended_at
        .map(|end| took(u64::try_from(end.since(own.started_at).as_millis()).unwrap_or(0)));
    let choose = move |event| {
        let on = event_target_checked(&event);
        selected.update(|selected| {
            if on {
                selected.insert(id);
            } else {
                selected.remove(&id);
            }
        });
    };
    view! {
        <tr>
            <td>
                <input
                    type="checkbox"
                    aria-label=format!("Select the execution of {} for {}", own.workflow, own.user)
                    disabled=!ended
                    prop:checked=move || selected.with(|selected| selected.contains(&id))
                    on:change=choose
                />
            </td>
            <td data-label="Started"><a href=address!("/dashboard/{project}/executions/{id}")>{at(own.started_at)}</a></td>
            <td data-label="Workflow">{own.workflow}</td>
            <td data-label="User"><a href=address!("/dashboard/{project}/users/{}", own.user_id)>{own.user}</a></td>
            <td data-label="Status">{execution_status(own.status)}</td>
            <td data-label="Took">{all_took}</td>
            <td data-label="Why" class="cut">{own.failure.map(|failure| failure.message)}</td>
        </tr>
    }
}

/// What can be narrowed, and what is.
#[component]
fn FilterForm(project: Memo<String>, filters: Filters) -> impl IntoView {
    let Filters { user, workflow, status, failure, integration, since, until } = filters;
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
    let names = RwSignal::new(Vec::<(String, String)>::new());
    Effect::new(move |_| {
        if let Some(Ok(list)) = known.get() {
            names.set(list.into_iter().map(|own| (own.id.to_string(), own.name)).collect());
        }
    });
    let chips = move || {
        filters
            .in_force()
            .into_iter()
            .map(|(name, title, value)| {
                let own = names
                    .with(|names| names.iter().find(|own| own.0 == value).map(|own| own.1.clone()));
                let shown = match name {
                    "workflow" => own.unwrap_or(value),
                    // An id says nothing to a person; its page is one click away.
                    "user" => "one".to_owned(),
                    _ => value,
                };
                let words = format!("Without the filter {title}");
                view! {
                    <a class="pill" href=filters.without(&project.get(), name)>
                        {title} ": " {shown} {icon(Icon::X)}
                        <span class="visually-hidden">{words}</span>
                    </a>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <form class="filters" method="get">
            <div class="field">
                <label for="status">"Status"</label>
                <select id="status" name="status" class="input">
                    <option value="">"Any"</option>
                    {statuses}
                </select>
            </div>
            {loaded(
                known,
                move |list| {
                    let kinds: BTreeSet<_> = list.iter().map(|own| own.integration.clone()).collect();
                    let kinds: Vec<_> = kinds
                        .into_iter()
                        .map(|kind| {
                            let chosen = integration.get_untracked().as_deref() == Some(kind.as_str());
                            view! { <option value=kind.clone() selected=chosen>{kind.clone()}</option> }
                        })
                        .collect();
                    let list: Vec<_> = list
                        .into_iter()
                        .map(|own| {
                            let id = own.id.to_string();
                            let chosen = workflow.get_untracked().as_deref() == Some(id.as_str());
                            view! { <option value=id selected=chosen>{own.name}</option> }
                        })
                        .collect();
                    view! {
                        <div class="field">
                            <label for="workflow">"Workflow"</label>
                            <select id="workflow" name="workflow" class="input"><option value="">"Any"</option>{list}</select>
                        </div>
                        <div class="field">
                            <label for="integration">"Integration"</label>
                            <select id="integration" name="integration" class="input"><option value="">"Any"</option>{kinds}</select>
                        </div>
                    }
                },
            )}
            <div class="field">
                <label for="since">"From"</label>
                <input id="since" name="since" type="date" class="input" value=move || since.get() />
            </div>
            <div class="field">
                <label for="until">"To"</label>
                <input id="until" name="until" type="date" class="input" value=move || until.get() />
            </div>
            <input type="hidden" name="user" value=move || user.get().unwrap_or_default() />
            <input type="hidden" name="failure" value=move || failure.get().unwrap_or_default() />
            <button class="button" type="submit">"Filter"</button>
        </form>
        <div class="row" role="group" aria-label="Filters">{chips}</div>
    }
}
