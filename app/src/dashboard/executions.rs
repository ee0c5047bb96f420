//! Executions: what ran, and one as it ran.

use super::base::address;
use super::parts::{
    Empty, Head, Older, at, execution_status, follow_executions, json, loaded, param, query,
};
use crate::server_fns::activity::{execution, executions};
use crate::server_fns::workflows::workflows;
use leptos::prelude::*;
use portico_domain::execution::{Call, Fact};
use portico_domain::view::ExecutionDetail;
use portico_domain::workflow::Step;
use portico_domain::{ExecutionStatus, Failure};

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
                view! { <option value=own.name() selected=chosen>{own.name()}</option> }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <Head title="Executions".to_owned() purpose="Every run of every workflow, newest first.">
            <span class="live"><span aria-hidden="true">"●"</span>"Live"</span>
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
                    return view! { <Empty title="Nothing ran" words="An execution begins when an event comes in for a user who has the workflow on." /> }.into_any();
                }
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
                                <td data-label="Why">{own.failure.map(|failure| failure.message)}</td>
                            </tr>
                        }
                    })
                    .collect();
                view! {
                    <table class="table">
                        <thead><tr><th>"Started"</th><th>"Workflow"</th><th>"User"</th><th>"Status"</th><th>"Why"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    <Older next=page.next path=address!("/dashboard/{project}/executions") />
                }
                .into_any()
            },
        )}
    }
}

/// One execution: the path it took, step by step.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, id) = (param("project"), param("id"));
    let found =
        Resource::new(move || (project.get(), id.get()), |(project, id)| execution(project, id));
    follow_executions(found, project, Some(id));
    loaded(found, move |own| {
        let base = address!("/dashboard/{}", project.get_untracked());
        let steps: Vec<_> = own.definition.steps.iter().map(|step| step_view(&own, step)).collect();
        let cancelled = own.history.iter().find_map(|entry| match &entry.fact {
            Fact::Cancelled { reason } => Some(reason.clone()),
            _ => None,
        });
        view! {
            <Head title=own.summary.workflow.clone() purpose=format!("Version {} for {}", own.workflow_version, own.summary.user)>
                {execution_status(own.summary.status)}
            </Head>
            {own.summary.failure.as_ref().map(failure_view)}
            <p class="status-warning">{cancelled.map(|reason| format!("It was cancelled: {reason}."))}</p>
            <dl class="facts card">
                <dt>"User"</dt><dd><a href=format!("{base}/users/{}", own.summary.user_id)>{own.summary.user.clone()}</a></dd>
                <dt>"Account"</dt><dd>{own.account.clone()}</dd>
                <dt>"Event"</dt><dd><a href=format!("{base}/events/{}", own.summary.event_id)>{own.event_name.clone()}</a></dd>
                <dt>"Started"</dt><dd>{at(own.summary.started_at)}</dd>
                <dt>"Ended"</dt><dd>{own.summary.ended_at.map(at)}</dd>
            </dl>
            <ol class="path">
                <li>
                    <div class="path-step">
                        <div class="path-head"><h2>{own.event_name.clone()}</h2><span class="status status-success">"✓ Received"</span></div>
                        {json(&own.payload)}
                    </div>
                </li>
                {steps}
            </ol>
        }
    })
}

fn failure_view(failure: &Failure) -> impl IntoView + use<> {
    let fields = failure.fields.join(", ");
    let no_fields = fields.is_empty();
    view! {
        <div class="callout callout-danger" role="alert">
            <strong>{failure.message.clone()}</strong>
            <span hidden=no_fields>"Fields: " {fields}</span>
            <span class="hint">{failure.class.name()} " · " {failure.code.clone()}</span>
        </div>
    }
}

/// A step with everything that happened to it.
fn step_view(own: &ExecutionDetail, step: &Step) -> impl IntoView + use<> {
    let mut input = None;
    let mut output = None;
    let mut failure = None;
    let mut attempts = Vec::new();
    for entry in &own.history {
        match &entry.fact {
            Fact::StepStarted { path, input: rendered } if path.0 == step.id => {
                input = Some(serde_json::Value::Object(rendered.json.clone()));
            }
            Fact::StepSucceeded { path, attempt, call, output: answered } if path.0 == step.id => {
                attempts.push(attempt_view(*attempt, Some(call), None));
                output = Some(answered.clone());
            }
            Fact::AttemptFailed { path, attempt, call, failure, .. } if path.0 == step.id => {
                attempts.push(attempt_view(*attempt, Some(call), Some(failure)));
            }
            Fact::StepFailed { path, attempt, call, failure: why } if path.0 == step.id => {
                attempts.push(attempt_view(*attempt, call.as_ref(), Some(why)));
                failure = Some(why.clone());
            }
            _ => {}
        }
    }
    let (class, state) = match (&output, &failure, &input) {
        (Some(_), _, _) => ("status status-success", "✓ Succeeded"),
        (None, Some(_), _) => ("status status-danger", "✕ Failed"),
        (None, None, Some(_)) => ("status status-info", "◔ Under way"),
        (None, None, None) => ("status muted", "Not reached"),
    };
    let no_attempts = attempts.is_empty();
    let reached = input.is_some() || failure.is_some();
    view! {
        <li class=if reached { "" } else { "untaken" }>
            <div class="path-step">
                <div class="path-head"><h2>{step.title.clone()}</h2><span class=class>{state}</span></div>
                {failure.as_ref().map(failure_view)}
                {input.as_ref().map(|input| view! { <h3>"Input"</h3> {json(input)} })}
                {output.as_ref().map(|output| view! { <h3>"Output"</h3> {json(output)} })}
                <h3 hidden=no_attempts>"Attempts"</h3>
                <ol class="stack">{attempts}</ol>
            </div>
        </li>
    }
}

fn attempt_view(
    number: u32,
    call: Option<&Call>,
    failure: Option<&Failure>,
) -> impl IntoView + use<> {
    let words = match failure {
        None => "✓".to_owned(),
        Some(failure) => format!("✕ {} ({})", failure.message, failure.class.name()),
    };
    let line = call.filter(|call| !call.request.is_empty()).map(|call| {
        let status = call.status.map(|status| format!(" → {status}")).unwrap_or_default();
        let pages = match call.pages {
            None => String::new(),
            Some(1) => ", 1 page".to_owned(),
            Some(pages) => format!(", {pages} pages"),
        };
        view! {
            <div>
                <code>{call.request.clone()} {status}</code>
                <span class="hint">" " {at(call.sent_at)} ", " {call.took_ms} " ms" {pages}</span>
                <progress class="bar" max="30000" value=call.took_ms aria-label="Time taken"></progress>
            </div>
        }
    });
    view! {
        <li>
            <p>"Attempt " {number} ": " {words}</p>
            {line}
        </li>
    }
}
