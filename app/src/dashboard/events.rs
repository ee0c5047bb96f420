//! Events: what came in, and why each workflow ran or did not.

use super::base::address;
use super::icon::Icon;
use super::parts::{
    Empty, Head, Older, Tone, integration_mark, json, loaded, param, query, status, stay_live,
};
use super::time::at;
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
        <Head title="Events".to_owned() purpose="What happened: in your app, at providers, by the clock. Open one to see why each workflow ran or did not.">
            <span class="live">"Live"</span>
        </Head>
        {loaded(
            found,
            move |page| {
                if page.rows.is_empty() {
                    return view! { <Empty drawing=Icon::Inbox title="No events yet" words="Send one with portico.event(…), or from Try it." /> }.into_any();
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
                                <td data-label="Source">{own.source.title()}</td>
                                <td data-label="User"><a href=address!("/dashboard/{project}/users/{}", own.user_id)>{own.user}</a></td>
                                <td data-label="Started">{own.started} " of " {own.considered}</td>
                            </tr>
                        }
                    })
                    .collect();
                view! {
                    <div class="table-frame">
                        <table class="table">
                            <thead><tr><th>"Received"</th><th>"Event"</th><th>"Source"</th><th>"User"</th><th>"Started"</th></tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
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
            <Head
                up=(format!("{base}/events"), "Events".to_owned())
                title=own.summary.name.clone()
                purpose=format!("{} · {}", own.summary.source.title(), own.summary.user)
            >
                {at(own.summary.received_at)}
            </Head>
            <section class="card card-flush">
                <div class="card-head"><h2>"Why it ran, or did not"</h2></div>
                <p class="muted card" hidden=!none>"No deployed workflow waits for this event."</p>
                <div class="table-frame" hidden=none>
                    <table class="table">
                        <thead><tr><th>"Workflow"</th><th>"Account"</th><th>"Decision"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
            <section class="card">
                <h2>"What was sent"</h2>
                {json(&own.payload)}
            </section>
        }
    })
}

fn decision_row(named: &NamedDecision, base: &str) -> impl IntoView + use<> {
    let why = match &named.decision.outcome {
        Outcome::Started { .. } => status(Tone::Success, Icon::CircleCheck, "Started"),
        Outcome::Disabled => status(Tone::Muted, Icon::Circle, "The user has not switched it on"),
        Outcome::PermissionUnmet => {
            status(Tone::Muted, Icon::Ban, "The workflow is not for this user")
        }
        Outcome::FilterFalse => {
            status(Tone::Muted, Icon::Circle, "The workflow's filter did not match")
        }
        Outcome::PermissionFailed { reason } => status(
            Tone::Danger,
            Icon::Triangle,
            &format!("For whom the workflow is cannot be told: {reason}"),
        ),
        Outcome::FilterFailed { reason } => {
            status(Tone::Danger, Icon::Triangle, &format!("The workflow's filter failed: {reason}"))
        }
        Outcome::NotConnected => {
            status(Tone::Muted, Icon::Circle, "The user has connected no account")
        }
        Outcome::CredentialInvalid => {
            status(Tone::Danger, Icon::Triangle, "The account must be reconnected")
        }
        Outcome::SettingMissing { setting } => {
            status(Tone::Warning, Icon::Triangle, &format!("The setting {setting:?} has no value"))
        }
    };
    let link = match &named.decision.outcome {
        Outcome::Started { execution_id } => {
            let to = format!("{base}/executions/{execution_id}");
            Some(view! { <a href=to>"See the execution"</a> })
        }
        _ => None,
    };
    let integration = &named.decision.integration;
    let mark = (!integration.is_empty()).then(|| integration_mark(integration, 20));
    view! {
        <tr>
            <td data-label="Workflow"><span class="with-mark">{mark}<a rel="external" href=format!("{base}/workflows/{}", named.decision.workflow_id)>{named.workflow.clone()}</a></span></td>
            <td data-label="Account">{named.account.clone()}</td>
            <td data-label="Decision">{why} " " {link}</td>
        </tr>
    }
}
