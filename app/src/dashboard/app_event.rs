//! One app event: what it looks like, what it is held to, and how payloads kept it.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{Confirmed, act, problem_of};
use super::time::at;
use crate::components::Button;
use crate::server_fns::workflows::{
    define_app_event, dismiss_drift, remove_app_event, set_event_schema,
};
use leptos::prelude::*;
use portico_domain::schema::{Difference, Schema, SchemaCheck, inferred};
use portico_domain::view::{AppEventView, DriftView, EventRefusalsView, EventUser};
use serde_json::Value;

/// What the parts of an event's card share.
#[derive(Clone, Copy)]
struct Card {
    project: Memo<String>,
    name: StoredValue<String>,
    problem: RwSignal<Option<String>>,
    again: Callback<()>,
}

/// An event's card.
#[component]
pub(super) fn AppEvent(
    /// The event as it was read last. What somebody writes in the card stays.
    event: Memo<AppEventView>,
    project: Memo<String>,
    again: Callback<()>,
) -> impl IntoView {
    let first = event.get_untracked();
    let card = Card {
        project,
        name: StoredValue::new(first.name.clone()),
        problem: RwSignal::new(None),
        again,
    };
    let remove = move |()| {
        let work = remove_app_event(project.get_untracked(), card.name.get_value());
        act(work, card.problem, move |()| again.run(()));
    };
    let used_by = Memo::new(move |_| event.with(|own| own.contract.used_by.clone()));
    let unused = move || used_by.with(Vec::is_empty);
    let user = move |own: EventUser| {
        let to = address!("/dashboard/{}/workflows/{}", project.get_untracked(), own.id);
        view! { <li><a rel="external" href=to>{own.name}</a></li> }
    };
    let refusals = Memo::new(move |_| event.with(|own| own.contract.refusals.clone()));
    let refused = move || refusals.get().map(|refusals| view! { <Refused refusals /> });
    let is_full = Memo::new(move |_| {
        event.with(|own| own.contract.drifts.len() as u64 >= own.contract.most_drifts)
    });
    let drifts = Memo::new(move |_| event.with(|own| own.contract.drifts.clone()));
    let example = RwSignal::new(pretty(&first.example));
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{first.name.clone()}</h2>
                <a href=address!("/dashboard/{}/try-it", project.get_untracked())>"Send as a test user"</a>
            </div>
            {problem_of(card.problem)}
            {refused}
            {move || drifts.get().into_iter().map(|drift| view! { <Drift drift card /> }).collect::<Vec<_>>()}
            <p class="hint" hidden=move || !is_full.get()>
                "No more differences are kept until you say of some that they are fine."
            </p>
            <div>
                <p class="muted" hidden=move || !unused()>"No workflow starts with it yet."</p>
                <p class="hint" hidden=unused>"Starts"</p>
                <ul class="plain" hidden=unused aria-label="Starts these workflows">{move || used_by.get().into_iter().map(user).collect::<Vec<_>>()}</ul>
            </div>
            <Example example event card />
            <Held example event=first card />
            <div>
                <Confirmed
                    ask="Remove event"
                    words="Your app's calls with this name are refused from now on, and workflows that wait for it no longer start."
                    yes="Remove this event"
                    on_yes=remove
                />
            </div>
        </section>
    }
}

#[component]
fn Example(example: RwSignal<String>, event: Memo<AppEventView>, card: Card) -> impl IntoView {
    let id = format!("example-{}", card.name.get_value());
    let changed = Memo::new(move |_| match serde_json::from_str::<Value>(&example.get()) {
        Ok(written) => event.with(|own| written != own.example),
        Err(_) => true,
    });
    let wrong = move || match serde_json::from_str::<Value>(&example.get()) {
        Ok(Value::Object(_)) => None,
        Ok(_) => Some("An example is a JSON object.".to_owned()),
        Err(error) => Some(format!("This is not JSON yet: {error}.")),
    };
    let save = move |()| {
        let name = card.name.get_value();
        let work = define_app_event(card.project.get_untracked(), name, example.get_untracked());
        act(work, card.problem, move |()| card.again.run(()));
    };
    view! {
        <details>
            <summary>"Example"</summary>
            <div class="stack">
                <div class="field">
                    <label for=id.clone()>"Example, as JSON"</label>
                    <textarea id=id.clone() class="input" spellcheck="false" rows="8" bind:value=example></textarea>
                    <p class="hint" role="status">{wrong}</p>
                </div>
                <div hidden=move || !changed.get()><Button on_press=save>"Save example"</Button></div>
            </div>
        </details>
    }
}

/// The schema, and what happens with payloads that do not fit.
#[component]
fn Held(example: RwSignal<String>, event: AppEventView, card: Card) -> impl IntoView {
    let schema = RwSignal::new(event.contract.schema.as_ref().map(pretty).unwrap_or_default());
    let check = RwSignal::new(event.contract.check);
    let make = move |()| match serde_json::from_str::<Value>(&example.get_untracked()) {
        Ok(example) => schema.set(pretty(&inferred(&example))),
        Err(error) => card.problem.set(Some(format!("The example is not JSON: {error}."))),
    };
    let save = move |()| {
        let (project, name) = (card.project.get_untracked(), card.name.get_value());
        let work = set_event_schema(project, name, schema.get_untracked(), check.get_untracked());
        act(work, card.problem, move |()| card.again.run(()));
    };
    let choices: Vec<_> = CHECKS
        .into_iter()
        .map(|(own, words)| {
            let chosen = check.get_untracked() == own;
            view! { <option value=own.name() selected=chosen>{words}</option> }
        })
        .collect();
    let choose = move |event| {
        if let Ok(chosen) = event_target_value(&event).parse() {
            check.set(chosen);
        }
    };
    let (field, select) =
        (format!("schema-{}", event.name), format!("schema-check-{}", event.name));
    view! {
        <details open=event.contract.check != SchemaCheck::Off>
            <summary>"Schema"</summary>
            <div class="stack">
                <div class="field">
                    <label for=field.clone()>"JSON Schema"</label>
                    <textarea id=field.clone() class="input" spellcheck="false" rows="8" bind:value=schema></textarea>
                    <p class="hint" role="status">{move || schema_problem(&schema.get())}</p>
                </div>
                <div class="field">
                    <label for=select.clone()>"Payloads that do not fit"</label>
                    <select id=select.clone() class="input" on:change=choose>{choices}</select>
                </div>
                <div class="row">
                    <Button on_press=save>"Save schema"</Button>
                    <Button on_press=make>"Make it from the example"</Button>
                </div>
            </div>
        </details>
    }
}

const CHECKS: [(SchemaCheck, &str); 3] = [
    (SchemaCheck::Off, "are taken"),
    (SchemaCheck::Warn, "are taken, and noted here"),
    (SchemaCheck::Enforce, "are refused"),
];

/// What the schema has refused: those events are lost to the workflows.
#[component]
fn Refused(refusals: EventRefusalsView) -> impl IntoView {
    let lines: Vec<_> = refusals.differences.iter().map(difference).collect();
    let words = match refusals.count {
        1 => "1 payload was refused".to_owned(),
        count => format!("{count} payloads were refused"),
    };
    view! {
        <div class="callout callout-danger">
            <span class="row">{icon(Icon::Triangle)}<strong>{words}</strong></span>
            <p class="hint">"First " {at(refusals.first_at)} ", last " {at(refusals.last_at)} ", because"</p>
            <ul>{lines}</ul>
        </div>
    }
}

fn difference(own: &Difference) -> impl IntoView + use<> {
    view! { <li><code>{own.at.clone()}</code> " " {own.words()}</li> }
}

/// In what a payload differed.
#[component]
fn Drift(drift: DriftView, card: Card) -> impl IntoView {
    let key = drift.key.clone();
    let dismiss = move |()| {
        let (project, name) = (card.project.get_untracked(), card.name.get_value());
        let work = dismiss_drift(project, name, key.clone());
        act(work, card.problem, move |()| card.again.run(()));
    };
    let line = difference(&drift.difference);
    let event = address!("/dashboard/{}/events/{}", card.project.get_untracked(), drift.event);
    view! {
        <div class="callout callout-warning">
            <span class="row">{icon(Icon::Triangle)}<strong>"Payloads differ from what is written here"</strong></span>
            <ul>{line}</ul>
            <p class="hint">"First in " <a href=event>"an event"</a> " " {at(drift.first_at)}</p>
            <div><Button on_press=dismiss>"That is fine"</Button></div>
        </div>
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// What keeps a schema from being saved, while it is written.
fn schema_problem(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    let document = match serde_json::from_str::<Value>(text) {
        Ok(document) => document,
        Err(error) => return Some(format!("This is not JSON yet: {error}.")),
    };
    let problems = Schema::read(&document).err()?;
    problems.first().map(|own| format!("{}: {}", own.field, own.message))
}
