//! One account: its state, its workflows, the way out.

use super::entered::ConnectForm;
use super::live;
use super::panel::{Phase, Shown};
use super::picker::Picker;
use crate::components::{Button, ButtonKind};
use leptos::prelude::*;
use portico_domain::view::{PortalAccount, PortalWorkflow};
use portico_domain::workflow::{Setting, SettingType};
use portico_domain::{Choice, ConfigurationId, CredentialStatus};
use serde_json::{Value, json};

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
    let configuration = account.configuration_id;
    let workflows: Vec<_> = account
        .workflows
        .iter()
        .cloned()
        .map(|workflow| view! { <Workflow shown configuration workflow valid /> })
        .collect();
    let none = workflows.is_empty();
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
            <h2>"Workflows"</h2>
            <p class="muted" hidden=!none>"There is nothing to switch on yet."</p>
            <ul class="workflows">{workflows}</ul>
        </div>
    }
}

#[component]
fn Workflow(
    shown: Shown,
    configuration: ConfigurationId,
    workflow: PortalWorkflow,
    valid: bool,
) -> impl IntoView {
    let (id, on) = (workflow.id, workflow.enabled);
    let busy = move || !valid || shown.phase.get() != Phase::Idle;
    let title = format!("workflow-{id}");
    let (values, labels) = (workflow.values.clone(), workflow.labels.clone());
    let settings: Vec<_> = workflow
        .settings
        .into_iter()
        .map(|setting| {
            let (all, names) = (values.clone(), labels.clone());
            let save = move |key: String, value: Value, label: Option<String>| {
                let (mut all, mut names) = (all.clone(), names.clone());
                if let Some(label) = label {
                    names.insert(key.clone(), json!(label));
                }
                all.insert(key, value);
                live::answer(shown, configuration, id, all, names);
            };
            let value = values.get(&setting.key).cloned().or_else(|| setting.default.clone());
            let field = format!("{id}-{}", setting.key);
            if setting.kind == SettingType::DynamicEnum {
                let key = setting.key.clone();
                let called = labels.get(&key).and_then(Value::as_str).map(str::to_owned);
                let chosen = value.map(|value| called.unwrap_or_else(|| plain(&value)));
                let on_choose = Callback::new(move |choice: Choice| {
                    save(key.clone(), choice.value, Some(choice.label));
                });
                return view! {
                    <Asked setting=setting.clone() field=field.clone()>
                        <Picker
                            shown
                            configuration
                            workflow=id
                            setting=setting.key
                            field
                            chosen
                            on_choose
                        />
                    </Asked>
                }
                .into_any();
            }
            let on_answer = Callback::new(move |(key, value)| save(key, value, None));
            view! { <Question setting value field on_answer /> }.into_any()
        })
        .collect();
    view! {
        <li class="workflow">
            <button
                type="button"
                role="switch"
                class="switch"
                aria-checked=if on { "true" } else { "false" }
                aria-labelledby=title.clone()
                disabled=busy
                on:click=move |_| live::switch(shown, configuration, id, !on)
            >
                <span class="switch-knob" aria-hidden="true"></span>
            </button>
            <div>
                <p id=title class="workflow-name">{workflow.name}</p>
                <p class="muted">{workflow.description}</p>
                <div class="stack">{settings}</div>
            </div>
        </li>
    }
}

/// One question of a workflow; its answer is saved when the field is left.
#[component]
fn Question(
    setting: Setting,
    value: Option<Value>,
    field: String,
    on_answer: Callback<(String, Value)>,
) -> impl IntoView {
    let Setting { key, kind, options, .. } = setting.clone();
    let text = match &value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let input = match kind {
        SettingType::Enum => {
            let list: Vec<_> = options
                .into_iter()
                .map(|option| {
                    let chosen = option.value == text;
                    view! { <option value=option.value selected=chosen>{option.label}</option> }
                })
                .collect();
            view! {
                <select
                    id=field.clone()
                    class="input"
                    on:change=move |event| {
                        on_answer.run((key.clone(), json!(event_target_value(&event))));
                    }
                >
                    <option value="" selected=text.is_empty()>"Choose…"</option>
                    {list}
                </select>
            }
            .into_any()
        }
        SettingType::Switch => {
            let on = value == Some(Value::Bool(true));
            view! {
                <input
                    type="checkbox"
                    id=field.clone()
                    checked=on
                    on:change=move |event| {
                        on_answer.run((key.clone(), json!(event_target_checked(&event))));
                    }
                />
            }
            .into_any()
        }
        other => {
            let number = other == SettingType::Number;
            let html = match other {
                SettingType::Number => "number",
                SettingType::Email => "email",
                SettingType::Url => "url",
                _ => "text",
            };
            view! {
                <input
                    type=html
                    id=field.clone()
                    class="input"
                    value=text
                    on:change=move |event| {
                        let text = event_target_value(&event);
                        let value = match text.parse::<f64>() {
                            Ok(parsed) if number => json!(parsed),
                            _ => json!(text),
                        };
                        on_answer.run((key.clone(), value));
                    }
                />
            }
            .into_any()
        }
    };
    view! {
        <Asked setting field>
            {input}
        </Asked>
    }
}

/// A question's words around what answers it.
#[component]
fn Asked(setting: Setting, field: String, children: Children) -> impl IntoView {
    let Setting { title, required, tooltip, .. } = setting;
    view! {
        <div class="field">
            <label for=field>{title} {required.then_some(" *")}</label>
            {children()}
            <p class="hint">{tooltip}</p>
        </div>
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
