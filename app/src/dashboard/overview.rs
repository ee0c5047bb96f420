//! The overview of a project.

use super::base::address;
use super::chart::bars;
use super::copy::CopyableBlock;
use super::icon::{Icon, icon};
use super::parts::{Head, Tone, counted, loaded, param, status, stay_live};
use super::replay::of_failures;
use super::time::{at, took};
use crate::server_fns::projects::overview;
use crate::server_fns::replays::{charts, failure_groups};
use leptos::prelude::*;
use portico_domain::view::{self, ChartSpan, Charts, Checklist, FailureState};

/// What needs somebody, what happened, and until it is done what to do first.
#[component]
pub(super) fn Overview() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), overview);
    stay_live(found);
    let top = move |own: view::Overview| {
        let base = address!("/dashboard/{}", project.get_untracked());
        let running = (own.running > 0).then(|| {
            let words = format!("{} running", counted(own.running, "execution"));
            view! { <a href=format!("{base}/executions?status=running")>{status(Tone::Info, Icon::Clock, &words)}</a> }
        });
        let broken = (own.invalid_accounts > 0).then(|| {
            let words = format!("{} to reconnect", counted(own.invalid_accounts, "account"));
            view! { <a href=format!("{base}/users")>{status(Tone::Warning, Icon::Triangle, &words)}</a> }
        });
        let to_do = (!own.checklist.is_complete()).then(|| checklist(&own.checklist, &base));
        view! {
            <Head title=own.project.name purpose="What happened, and what needs you.">
                {running}
                {broken}
            </Head>
            {to_do}
        }
    };
    view! {
        {loaded(found, top)}
        <Attention project />
        <Happened project />
        <Usage project />
    }
}

/// Four charts of the last day or the last week.
#[component]
fn Happened(project: Memo<String>) -> impl IntoView {
    let days = RwSignal::new(1_u32);
    let found =
        Resource::new(move || (project.get(), days.get()), |(project, days)| charts(project, days));
    stay_live(found);
    let pressed = move |own: u32| move || if days.get() == own { "true" } else { "false" };
    view! {
        <div class="card-head">
        <h2>"Over time"</h2>
        <div class="row" role="group" aria-label="Time shown">
            <button type="button" class="button" aria-pressed=pressed(1) on:click=move |_| days.set(1)>"24 hours"</button>
            <button type="button" class="button" aria-pressed=pressed(7) on:click=move |_| days.set(7)>"7 days"</button>
        </div>
        </div>
        {loaded(found, four_charts)}
    }
}

fn four_charts(own: Charts) -> impl IntoView {
    let counts = |of: fn(&ChartSpan) -> u64| own.spans.iter().map(of).collect::<Vec<_>>();
    let all = own.spans.iter().fold(ChartSpan::default(), |sum, span| ChartSpan {
        events: sum.events + span.events,
        executions: sum.executions + span.executions,
        succeeded: sum.succeeded + span.succeeded,
        failed: sum.failed + span.failed,
        p95_ms: sum.p95_ms.max(span.p95_ms),
    });
    let rate =
        all.success_rate().map_or_else(|| "Nothing ended".to_owned(), |rate| format!("{rate} %"));
    let slow = all.p95_ms.map_or_else(|| "Nothing ended".to_owned(), took);
    let charts = [
        ("Events", all.events.to_string(), counts(|span| span.events)),
        ("Executions", all.executions.to_string(), counts(|span| span.executions)),
        ("Success rate", rate, counts(|span| span.success_rate().unwrap_or(0))),
        ("95 % done within", slow, counts(|span| span.p95_ms.unwrap_or(0))),
    ];
    let cards: Vec<_> = charts
        .into_iter()
        .map(|(title, number, counts)| {
            let words = format!("{title} over time: {number}");
            view! {
                <div class="card card-tight">
                    <span class="muted">{title}</span>
                    <span class="card-number">{number}</span>
                    {bars(&counts, &words)}
                </div>
            }
        })
        .collect();
    let rows: Vec<_> = own
        .spans
        .iter()
        .enumerate()
        .map(|(index, span)| {
            let begins = own.since + std::time::Duration::from_millis(own.width_ms * index as u64);
            let rate = span.success_rate().map(|rate| format!("{rate} %"));
            view! {
                <tr><td>{at(begins)}</td><td>{span.events}</td><td>{span.executions}</td><td>{rate}</td><td>{span.p95_ms.map(took)}</td></tr>
            }
        })
        .collect();
    view! {
        <div class="charts">{cards}</div>
        <details>
            <summary>"The charts as a table"</summary>
            <div class="table-frame" tabindex="0">
                <table class="table">
                    <thead><tr><th>"From"</th><th>"Events"</th><th>"Executions"</th><th>"Success rate"</th><th>"95 % done within"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </details>
    }
}

/// The newest troubles that nobody has looked at.
#[component]
fn Attention(project: Memo<String>) -> impl IntoView {
    /// How many of them.
    const MOST: usize = 3;
    let found = Resource::new(move || project.get(), failure_groups);
    stay_live(found);
    loaded(found, move |groups| {
        let project = project.get_untracked();
        let open = groups.into_iter().filter(|group| group.state == FailureState::Open);
        let lines: Vec<_> = open
            .take(MOST)
            .map(|group| {
                let to = of_failures(&project, &group.workflow_id.to_string(), &group.key);
                let told = format!("{}, {}", counted(group.count, "failure"), counted(group.users, "user"));
                view! {
                    <li class="item item-head">
                        <a href=to>{group.failure.message}</a>
                        <span class="hint">{group.workflow} ": " {told} ", last " {at(group.last_at)}</span>
                    </li>
                }
            })
            .collect();
        let none = lines.is_empty();
        view! {
            <section class="card" hidden=none>
                <div class="card-head">
                    <h2>"Needs attention"</h2>
                    <a href=address!("/dashboard/{project}/failures")>"All failures"</a>
                </div>
                <ul class="plain">{lines}</ul>
            </section>
        }
    })
}

/// How the host app calls the project.
#[component]
fn Usage(project: Memo<String>) -> impl IntoView {
    let text = move || {
        let project = project.get();
        format!(
            "await portico.authenticate(\n  \"{project}\",\n  userToken,\n);\n\
             await portico.connect(\"salesforce\");\n\
             await portico.event(\"Lead Created\", {{\n  first_name: \"Ada\",\n}});"
        )
    };
    view! {
        <section class="card">
            <h2>"Use it in your app"</h2>
            <p class="muted">"The token is signed by your backend with a signing key of this project."</p>
            {move || view! { <CopyableBlock text=text() what="code" /> }}
        </section>
    }
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
