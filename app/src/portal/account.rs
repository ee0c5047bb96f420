//! One account: its state, its workflows, the way out.

use super::answers::Answers;
use super::controls::Copied;
use super::entered::ConnectForm;
use super::live::{self, Switch};
use super::panel::{Phase, Shown};
use super::questions::Questions;
use crate::components::{Button, ButtonKind};
use leptos::prelude::*;
use portico_domain::CredentialStatus;
use portico_domain::setting::Setting;
use portico_domain::view::{PortalAccount, PortalWorkflow};

/// One account.
#[component]
pub(super) fn Account(shown: Shown, account: PortalAccount) -> impl IntoView {
    let asking = RwSignal::new(false);
    let label = account.label.clone().unwrap_or_else(|| "this account".to_owned());
    let valid = account.status == CredentialStatus::Valid;
    let busy = Signal::derive(move || shown.phase.get() != Phase::Idle);
    let connecting = Signal::derive(move || shown.phase.get() == Phase::Connecting);
    let id = account.credential_id;
    let entered = shown.view.with_untracked(|view| !view.integration.fields.is_empty());
    let failure = account
        .failure
        .clone()
        .unwrap_or_else(|| "The provider no longer accepts this connection.".to_owned());
    let shared_values = RwSignal::new(account.values.clone());
    let answers = |workflow: Option<&PortalWorkflow>, settings: Vec<Setting>| Answers {
        shown,
        configuration: account.configuration_id,
        workflow: workflow.map(|own| own.id),
        settings: StoredValue::new(settings),
        values: workflow.map_or(shared_values, |own| RwSignal::new(own.values.clone())),
        shared: shared_values,
        labels: RwSignal::new(workflow.map_or(&account.labels, |own| &own.labels).clone()),
        lost: RwSignal::default(),
    };
    let shared = shown.view.with_untracked(|view| view.integration.settings.clone());
    let no_settings = shared.is_empty();
    let shared = answers(None, shared);
    let mut all = vec![shared];
    let workflows: Vec<_> = account
        .workflows
        .iter()
        .cloned()
        .map(|workflow| {
            let answers = answers(Some(&workflow), workflow.settings.clone());
            all.push(answers);
            view! { <Workflow answers workflow valid /> }
        })
        .collect();
    let none = workflows.is_empty();
    Effect::new(move |_| {
        if valid {
            live::look_for_lost(all.clone());
        }
    });
    let gone = account.clone();
    let question = format!(
        "Disconnect {label}? Its workflows stop at once. Your settings are kept for 30 days in case you connect it again."
    );
    view! {
        <div class="account">
            <div class="account-head">
                <span class=if valid { "status status-success" } else { "status status-danger" }>
                    <span aria-hidden="true">{if valid { "●" } else { "▲" }}</span>
                    {if valid { format!("Connected as {label}") } else { format!("Reconnect {label}") }}
                </span>
                <Button disabled=busy on_press=move |()| live::check(shown, id)>"Check now"</Button>
                <Button disabled=busy on_press=move |()| asking.set(true)>"Disconnect"</Button>
            </div>
            {account.checked.map(|check| view! {
                <p class="hint" title=check.at.rfc3339()>"Checked " {check.ago()}</p>
            })}
            <div class="callout callout-warning" hidden=valid>
                <p>{failure}</p>
                {if entered {
                    view! { <ConnectForm shown credential=Some(id) /> }.into_any()
                } else {
                    view! {
                        <Button
                            kind=ButtonKind::Primary
                            busy=connecting
                            on_press=move |()| live::connect(shown, Some(id))
                        >
                            "Reconnect"
                        </Button>
                    }
                        .into_any()
                }}
                <div class="row" hidden=move || !connecting.get()>
                    <Button on_press=move |()| live::reopen(shown)>"Reopen window"</Button>
                    <Button on_press=move |()| live::cancel(shown)>"Cancel"</Button>
                </div>
            </div>
            <div
                class="callout"
                role="alertdialog"
                aria-label="Disconnect"
                hidden=move || !asking.get()
            >
                <p>{question}</p>
                <div class="row">
                    <Button
                        kind=ButtonKind::Danger
                        disabled=busy
                        on_press=move |()| live::disconnect(shown, &gone)
                    >
                        "Disconnect account"
                    </Button>
                    <Button on_press=move |()| asking.set(false)>"Keep it"</Button>
                </div>
            </div>
            <div class="stack" hidden=no_settings>
                <h2>"Settings"</h2>
                <Questions answers=shared />
            </div>
            <h2>"Workflows"</h2>
            <p class="muted" hidden=!none>"There is nothing to switch on yet."</p>
            <ul class="workflows">{workflows}</ul>
        </div>
    }
}

/// A workflow with its switch and its questions.
#[component]
fn Workflow(answers: Answers, workflow: PortalWorkflow, valid: bool) -> impl IntoView {
    let PortalWorkflow { id, name, description, enabled, webhook, .. } = workflow;
    let shown = answers.shown;
    let switch = Switch {
        configuration: answers.configuration,
        workflow: id,
        on: RwSignal::new(enabled),
        problem: RwSignal::new(None),
    };
    // While it is saved it keeps the focus; a further press is not heard.
    let shut = move || !valid || shown.phase.get() == Phase::Connecting;
    let title = format!("workflow-{id}");
    let problem = format!("{title}-problem");
    view! {
        <li class="workflow">
            <button
                type="button"
                role="switch"
                class="switch"
                aria-checked=move || if switch.on.get() { "true" } else { "false" }
                aria-labelledby=title.clone()
                aria-describedby=problem.clone()
                disabled=shut
                on:click=move |_| live::switch(shown, switch)
            >
                <span class="switch-knob" aria-hidden="true"></span>
            </button>
            <div>
                <p id=title class="workflow-name">{name}</p>
                <p class="muted">{description}</p>
                <p id=problem class="field-problem" role="alert">{move || switch.problem.get()}</p>
                {webhook
                    .map(|url| {
                        view! {
                            <div class="field" hidden=move || !switch.on.get()>
                                <label for=format!("{id}-webhook")>"Webhook address"</label>
                                <Copied id=format!("{id}-webhook") described="".to_owned() text=url />
                            </div>
                        }
                    })}
                <Questions answers />
            </div>
        </li>
    }
}
