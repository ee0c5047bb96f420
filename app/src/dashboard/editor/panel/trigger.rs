//! The trigger: what starts the workflow, only if, and an example of what it brings.

use super::super::draft::Draft;
use super::super::fields::{Form, Inputs, RulesField, Where};
use super::super::node::integration_mark;
use super::super::trying::PreviewUser;
use super::request::{Request, Webhook};
use super::schedule::{DAILY, Scheduler, own_zone};
use crate::dashboard::icon::{Icon, icon};
use crate::server_fns::words;
use crate::server_fns::workflows::{app_events, define_app_event};
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::workflow::Trigger;
use portico_engine::edit::Edit;
use serde_json::{Map, Value};

#[component]
pub(super) fn TriggerPanel(draft: Draft) -> impl IntoView {
    let kind = Memo::new(move |_| draft.document.with(|document| document.trigger.kind()));
    let facts = draft.facts();
    // A workflow hears of its own integration only, for whose accounts it runs.
    let has_triggers = facts.known(&facts.integration).is_some_and(|own| !own.triggers.is_empty());
    let first = facts.integration.clone();
    let set = move |kind: &str| {
        let to = match kind {
            "request" => Trigger::Request { fields: Vec::new() },
            "webhook" => Trigger::Webhook { fields: Vec::new() },
            "scheduler" => Trigger::Scheduler { cron: DAILY.to_owned(), time_zone: own_zone() },
            "integration" => Trigger::Integration {
                integration: first.clone(),
                trigger: String::new(),
                inputs: Map::new(),
            },
            "integration_enabled" => Trigger::IntegrationEnabled {},
            _ => Trigger::AppEvent { event: String::new() },
        };
        draft.tests.trigger.set(None);
        draft.edit(Edit::SetTrigger(to));
    };
    let option = move |value: &'static str, label: &'static str| {
        view! { <option value=value selected=move || kind.get() == value>{label}</option> }
    };
    view! {
        <header class="ed-panel-head">
            <span class="ed-card-mark">{icon(Icon::Zap)}</span>
            <div class="ed-row-words"><h2>"Trigger"</h2><span class="hint">"What starts the workflow."</span></div>
        </header>
        <section class="ed-section">
            <div class="field ed-field">
                <label for="trigger-kind">"It starts when"</label>
                <select class="input" id="trigger-kind" on:change=move |event| set(&event_target_value(&event))>
                    {option("app_event", "Your app sends an event")}
                    {has_triggers.then(|| option("integration", "Something happens at a provider"))}
                    {option("scheduler", "A time has come")}
                    {option("request", "Your app calls it")}
                    {option("webhook", "Somebody calls an account's address")}
                    {option("integration_enabled", "An account is connected and set up")}
                </select>
            </div>
            {move || match kind.get() {
                "app_event" => view! { <AppEvent draft /> }.into_any(),
                "scheduler" => view! { <Scheduler draft /> }.into_any(),
                "request" => view! { <Request draft /> }.into_any(),
                "webhook" => view! { <Webhook draft /> }.into_any(),
                "integration" => view! { <OfIntegration draft /> }.into_any(),
                _ => view! { <p class="hint">"Once for each account, when it is connected and every required setting is answered."</p> }.into_any(),
            }}
        </section>
        <Filter draft />
        <PreviewUser draft />
        <Sample draft />
    }
}

/// The event that starts it: one of the project's, or a new one.
#[component]
fn AppEvent(draft: Draft) -> impl IntoView {
    let event = Memo::new(move |_| {
        draft.document.with(|document| document.trigger.app_event().unwrap_or_default().to_owned())
    });
    let creating = RwSignal::new(false);
    let (name, example) = (
        RwSignal::new(String::new()),
        RwSignal::new("{\n  \"email\": \"ada@example.com\"\n}".to_owned()),
    );
    let problem = RwSignal::new(None::<String>);
    let choose = move |name: String| {
        draft.tests.trigger.set(None);
        draft.edit(Edit::SetTrigger(Trigger::AppEvent { event: name }));
    };
    let create = move |_| {
        let facts = draft.facts();
        let (named, written) = (name.get_untracked().trim().to_owned(), example.get_untracked());
        problem.set(None);
        spawn_local(async move {
            let project = facts.project.clone();
            let done = match define_app_event(project.clone(), named.clone(), written).await {
                Ok(()) => app_events(project).await,
                Err(error) => Err(error),
            };
            match done {
                Ok((events, _)) => {
                    draft.events.set(events);
                    choose(named);
                    creating.set(false);
                }
                Err(error) => problem.set(Some(words(&error))),
            }
        });
    };
    let begin = move || {
        creating.set(true);
        request_animation_frame(|| {
            let field = document().get_element_by_id("event-name");
            if let Some(field) = field
                .and_then(|own| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlElement>(own).ok())
            {
                let _ = field.focus();
            }
        });
    };
    let wrong = Memo::new(move |_| draft.problem_at("/trigger/event"));
    view! {
        <div class="field ed-field">
            <label for="trigger-event">"Event"</label>
            <select
                class="input"
                id="trigger-event"
                on:change=move |event| {
                    let chosen = event_target_value(&event);
                    if chosen == "\u{0}new" { begin() } else { choose(chosen) }
                }
            >
                <option value="" selected=move || event.with(String::is_empty)>"Choose…"</option>
                {move || {
                    let mut names: Vec<String> = draft.events.with(|events| events.iter().map(|own| own.name.clone()).collect());
                    let now = event.get();
                    if !now.is_empty() && !names.contains(&now) {
                        names.push(now.clone());
                    }
                    names
                        .into_iter()
                        .map(|own| {
                            let selected = own == now;
                            view! { <option value=own.clone() selected=selected>{own.clone()}</option> }
                        })
                        .collect::<Vec<_>>()
                }}
                <option value="\u{0}new">"New event…"</option>
            </select>
            <p class="field-problem">{move || wrong.get()}</p>
        </div>
        <button type="button" class="ed-quiet" hidden=move || creating.get() on:click=move |_| begin()>{icon(Icon::Plus)}"New event"</button>
        <div class="ed-inset stack" data-own-undo="" hidden=move || !creating.get()>
            <div class="field ed-field">
                <label for="event-name">"Name of the event"</label>
                <input class="input" id="event-name" placeholder="Lead Created" autocomplete="off" prop:value=move || name.get() on:input=move |event| name.set(event_target_value(&event)) />
            </div>
            <div class="field ed-field">
                <label for="event-example">"What it brings, for example"</label>
                <textarea class="input" id="event-example" rows="7" spellcheck="false" prop:value=move || example.get() on:input=move |event| example.set(event_target_value(&event))></textarea>
                <p class="hint">"JSON. Its fields become variables."</p>
            </div>
            <p class="field-problem" role="alert">{move || problem.get()}</p>
            <div class="row">
                <button type="button" class="button button-primary" on:click=create>"Create event"</button>
                <button type="button" class="button" on:click=move |_| creating.set(false)>"Cancel"</button>
            </div>
        </div>
    }
}

/// Something that happens at a provider.
#[component]
fn OfIntegration(draft: Draft) -> impl IntoView {
    let facts = draft.facts();
    let chosen = Memo::new(move |_| {
        draft.document.with(|document| match &document.trigger {
            Trigger::Integration { integration, trigger, .. } => {
                (integration.clone(), trigger.clone())
            }
            _ => Default::default(),
        })
    });
    let options: Vec<_> = facts
        .known(&facts.integration)
        .into_iter()
        .flat_map(|known| {
            known.triggers.iter().map(|own| {
                let value = format!("{}/{}", known.kind, own.id);
                let (kind, id) = (known.kind.clone(), own.id.clone());
                let selected = move || chosen.with(|(integration, trigger)| *integration == kind && *trigger == id);
                view! { <option value=value selected=selected>{format!("{} · {}", known.name, own.title)}</option> }
            })
        })
        .collect();
    let wrong = Memo::new(move |_| draft.problem_at("/trigger/trigger"));
    let project = facts.project.clone();
    view! {
        <div class="field ed-field">
            <label for="trigger-of">"What happens"</label>
            <select
                class="input"
                id="trigger-of"
                on:change=move |event| {
                    let value = event_target_value(&event);
                    if let Some((integration, trigger)) = value.split_once('/') {
                        draft.tests.trigger.set(None);
                        draft.edit(Edit::SetTrigger(Trigger::Integration {
                            integration: integration.to_owned(),
                            trigger: trigger.to_owned(),
                            inputs: Map::new(),
                        }));
                    }
                }
            >
                <option value="" selected=move || chosen.with(|own| own.1.is_empty())>"Choose…"</option>
                {options}
            </select>
            <p class="field-problem">{move || wrong.get()}</p>
        </div>
        {move || {
            let (integration, trigger) = chosen.get();
            let known = facts.known(&integration)?;
            let shape = known.triggers.iter().find(|own| own.id == trigger)?.clone();
            let values = Memo::new(move |_| {
                draft.document.with(|document| match &document.trigger {
                    Trigger::Integration { inputs, .. } => inputs.clone(),
                    _ => Map::new(),
                })
            });
            let kind = integration.clone();
            let inputs = Inputs {
                draft,
                place: StoredValue::new(Where::Trigger),
                integration: StoredValue::new(Some(integration.clone())),
                values: values.into(),
                set: Callback::new(move |(key, value): (String, Option<Value>)| {
                    let mut inputs = values.get_untracked();
                    match value {
                        Some(value) => drop(inputs.insert(key, value)),
                        None => drop(inputs.shift_remove(&key)),
                    }
                    draft.type_on(Edit::SetTrigger(Trigger::Integration { integration: kind.clone(), trigger: trigger.clone(), inputs }));
                }),
                pointer: Signal::derive(|| "/trigger/inputs".to_owned()),
                prefix: StoredValue::new("in-trigger".to_owned()),
            };
            Some(view! {
                <p class="hint row">{integration_mark(&project, &integration, 20)}{shape.description.clone()}</p>
                <Form inputs shapes=shape.inputs />
            })
        }}
    }
}

/// Only if something holds.
#[component]
fn Filter(draft: Draft) -> impl IntoView {
    let rules = Memo::new(move |_| draft.document.with(|document| document.only_if.clone()));
    let on_change = Callback::new(move |to| draft.type_on(Edit::SetOnlyIf(to)));
    let open = !rules.get_untracked().is_empty();
    view! {
        <details class="ed-section" open=open>
            <summary>"Only if"</summary>
            <p class="hint">"It starts only when this holds; why it did not is told under Events."</p>
            <RulesField draft place=Where::Filter id="only-if" rules on_change pointer=Signal::derive(|| "/only_if".to_owned()) />
        </details>
    }
}

/// An example of what the trigger brings: previews and tests use it.
#[component]
fn Sample(draft: Draft) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let sample = draft.tests.sample(draft);
        let same =
            serde_json::from_str::<Value>(&text.get_untracked()).is_ok_and(|own| own == sample);
        if !same {
            text.set(serde_json::to_string_pretty(&sample).unwrap_or_default());
        }
    });
    view! {
        <details class="ed-section" open=true>
            <summary>"Example"</summary>
            <div class="field ed-field" data-own-undo="">
                <label for="trigger-sample">"What it brings, for previews and tests"</label>
                <textarea
                    class="input"
                    id="trigger-sample"
                    rows="8"
                    spellcheck="false"
                    prop:value=move || text.get()
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        match serde_json::from_str(&typed) {
                            Ok(value) => {
                                wrong.set(None);
                                draft.tests.trigger.set(Some(value));
                            }
                            Err(error) => wrong.set(Some(format!("This is not JSON yet: {error}."))),
                        }
                        text.set(typed);
                    }
                ></textarea>
                <p class="hint">"It changes nothing of the workflow."</p>
                <p class="field-problem">{move || wrong.get()}</p>
            </div>
        </details>
    }
}
