//! Events: what came in, and why each workflow ran or did not.

use super::base::address;
use super::parts::{Empty, Head, Older, at, json, loaded, param, query, stay_live};
use crate::server_fns::activity::{event, events};
use leptos::prelude::*;
use portico_domain::Outcome;
use portico_domain::view::NamedDecision;

/// Events, newest first.
#[component]
pub(super) fn List() -> impl IntoView {
    let (project, after) = (param("project"), query("after"));
    let found = Resource::new(
        move || (project.get(), after.get()),
        |(project, after)| events(project, after),
    );
    stay_live(found);
    view! {
        <Head title="Events".to_owned() purpose="What your app sent. Open one to see why each workflow ran or did not.">
            <span class="live"><span aria-hidden="true">"●"</span>"Live"</span>
        </Head>
        {loaded(
            found,
            move |page| {
                if page.rows.is_empty() {
                    return view! { <Empty title="No events yet" words="Send one with portico.event(…), or from Try it." /> }.into_any();
                }
                let project = project.get_untracked();
                let rows: Vec<_> = page
                    .rows
                    .into_iter()
                    .map(|own| {
                        view! {
                            <tr>
                                <td data-label="Received"><a href=address!("/dashboard/{project}/events/{}", own.id)>{at(own.received_at)}</a></td>
                                <td data-label="Event">{own.name}</td>
                                <td data-label="User"><a href=address!("/dashboard/{project}/users/{}", own.user_id)>{own.user}</a></td>
                                <td data-label="Started">{own.started} " of " {own.considered}</td>
                            </tr>
                        }
                    })
                    .collect();
                view! {
                    <table class="table">
                        <thead><tr><th>"Received"</th><th>"Event"</th><th>"User"</th><th>"Started"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    <Older next=page.next path=address!("/dashboard/{project}/events") />
                }
                .into_any()
            },
        )}
    }
}

/// One event and its decisions.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, id) = (param("project"), param("id"));
    let found =
        Resource::new(move || (project.get(), id.get()), |(project, id)| event(project, id));
    loaded(found, move |own| {
        let base = address!("/dashboard/{}", project.get_untracked());
        let rows: Vec<_> =
            own.decisions.iter().map(|decision| decision_row(decision, &base)).collect();
        let none = rows.is_empty();
        view! {
            <Head title=own.summary.name.clone() purpose=format!("From {}", own.summary.user)>
                {at(own.summary.received_at)}
            </Head>
            <section class="card">
                <h2>"Why it ran, or did not"</h2>
                <p class="muted" hidden=!none>"No deployed workflow waits for this event."</p>
                <table class="table" hidden=none>
                    <thead><tr><th>"Workflow"</th><th>"Account"</th><th>"Decision"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
            <section class="card">
                <h2>"What was sent"</h2>
                {json(&own.payload)}
            </section>
        }
    })
}

fn decision_row(named: &NamedDecision, base: &str) -> impl IntoView + use<> {
    let (class, words, link) = match &named.decision.outcome {
        Outcome::Started { execution_id } => (
            "status status-success",
            "✓ Started".to_owned(),
            Some(format!("{base}/executions/{execution_id}")),
        ),
        Outcome::Disabled => ("status muted", "○ The user has not switched it on".to_owned(), None),
        Outcome::NotConnected => {
            ("status muted", "○ The user has connected no account".to_owned(), None)
        }
        Outcome::CredentialInvalid => {
            ("status status-danger", "▲ The account must be reconnected".to_owned(), None)
        }
        Outcome::SettingMissing { setting } => {
            ("status status-warning", format!("▲ The setting {setting:?} has no value"), None)
        }
    };
    let link = link.map(|to| view! { <a href=to>"See the execution"</a> });
    view! {
        <tr>
            <td data-label="Workflow"><a href=format!("{base}/workflows/{}", named.decision.workflow_id)>{named.workflow.clone()}</a></td>
            <td data-label="Account">{named.account.clone()}</td>
            <td data-label="Decision"><span class=class>{words}</span> " " {link}</td>
        </tr>
    }
}
