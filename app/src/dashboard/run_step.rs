//! One step of an execution: what the history tells of it, and how that is shown.

use super::icon::Icon;
use super::json_tree::JsonTree;
use super::parts::{Tone, status};
use super::time::{at, took};
use leptos::prelude::*;
use portico_domain::execution::{Call, Entry, Fact, Recollection};
use portico_domain::view::WaitingStep;
use portico_domain::{Failure, StepPath, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the history tells about a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// What it was given.
    input: Option<Value>,
    /// What it brought.
    output: Option<Value>,
    /// Why it failed.
    pub(super) failure: Option<Failure>,
    /// Of a condition: which way it went.
    pub(super) holds: Option<bool>,
    /// Of a fan-out: its items.
    pub(super) items: Option<Vec<Value>>,
    /// Of a step that was not done again: when it was done.
    recalled: Option<Timestamp>,
    waiting: Option<WaitingStep>,
    attempts: Vec<Attempt>,
}

#[derive(Clone, Debug, PartialEq)]
struct Attempt {
    number: u32,
    call: Option<Call>,
    failure: Option<Failure>,
}

/// What the history tells, by path.
pub(super) fn told(history: &[Entry], waiting: &[WaitingStep]) -> BTreeMap<String, Told> {
    let mut all: BTreeMap<String, Told> = BTreeMap::new();
    for entry in history {
        if let Some(path) = path_of(&entry.fact) {
            all.entry(path.0.clone()).or_default().hear(&entry.fact);
        }
    }
    for one in waiting {
        all.entry(one.path.0.clone()).or_default().waiting = Some(one.clone());
    }
    all
}

fn path_of(fact: &Fact) -> Option<&StepPath> {
    match fact {
        Fact::StepStarted { path, .. }
        | Fact::StepSucceeded { path, .. }
        | Fact::AttemptFailed { path, .. }
        | Fact::StepFailed { path, .. }
        | Fact::Decided { path, .. }
        | Fact::FannedOut { path, .. }
        | Fact::Concluded { path, .. } => Some(path),
        Fact::Recalled(recalled) => Some(&recalled.path),
        Fact::Started { .. } | Fact::Finished { .. } | Fact::Cancelled { .. } => None,
    }
}

impl Told {
    fn hear(&mut self, fact: &Fact) {
        match fact {
            Fact::StepStarted { input, .. } => self.input = Some(Value::Object(input.json.clone())),
            Fact::StepSucceeded { attempt, call, output, .. } => {
                self.attempt(*attempt, Some(call), None);
                self.output = Some(output.clone());
            }
            Fact::AttemptFailed { attempt, call, failure, .. } => {
                self.attempt(*attempt, Some(call), Some(failure));
            }
            Fact::StepFailed { attempt, call, failure, .. } => {
                if *attempt > 0 {
                    self.attempt(*attempt, call.as_ref(), Some(failure));
                }
                self.failure = Some(failure.clone());
            }
            Fact::Decided { holds, .. } => self.holds = Some(*holds),
            Fact::FannedOut { items, .. } => self.items = Some(items.clone()),
            Fact::Concluded { output, .. } => self.output = Some(output.clone()),
            Fact::Recalled(recalled) => {
                self.recalled = Some(recalled.happened_at);
                match &recalled.outcome {
                    Recollection::Decided { holds } => self.holds = Some(*holds),
                    Recollection::FannedOut { items } => self.items = Some(items.clone()),
                    Recollection::Succeeded { output } => self.output = Some(output.clone()),
                    Recollection::Failed { failure } => self.failure = Some(failure.clone()),
                }
            }
            Fact::Started { .. } | Fact::Finished { .. } | Fact::Cancelled { .. } => {}
        }
    }

    fn attempt(&mut self, number: u32, call: Option<&Call>, failure: Option<&Failure>) {
        self.attempts.push(Attempt { number, call: call.cloned(), failure: failure.cloned() });
    }

    /// Whether the execution came to it.
    pub(super) fn is_reached(&self) -> bool {
        self.input.is_some()
            || self.failure.is_some()
            || self.holds.is_some()
            || self.items.is_some()
            || self.output.is_some()
    }

    /// Whether it ended well.
    pub(super) fn is_done(&self) -> bool {
        self.output.is_some() || self.holds.is_some()
    }

    /// How it stands: an icon, a word, a colour.
    pub(super) fn status(&self) -> AnyView {
        if self.failure.is_some() {
            return status(Tone::Danger, Icon::CircleX, "Failed").into_any();
        }
        if let Some(holds) = self.holds {
            let word = if holds { "Yes" } else { "No" };
            return status(Tone::Success, Icon::CircleCheck, word).into_any();
        }
        match (&self.output, self.recalled) {
            (Some(_), Some(_)) => status(Tone::Success, Icon::History, "Recalled").into_any(),
            (Some(_), None) => status(Tone::Success, Icon::CircleCheck, "Succeeded").into_any(),
            (None, _) if self.waiting.is_some() => {
                status(Tone::Info, Icon::Clock, "Waiting").into_any()
            }
            (None, _) if self.is_reached() => {
                status(Tone::Info, Icon::CircleDot, "Under way").into_any()
            }
            (None, _) => status(Tone::Muted, Icon::Circle, "Not reached").into_any(),
        }
    }
}

/// Why something failed, in words, and which step of it.
pub(super) fn failure_view(step: Option<&str>, failure: &Failure) -> impl IntoView + use<> {
    view! {
        <div class="callout callout-danger" role="alert">
            {step.map(|title| view! { <span>{title.to_owned()} " failed"</span> })}
            {words_of(failure)}
        </div>
    }
}

fn words_of(failure: &Failure) -> impl IntoView + use<> {
    let fields = failure.fields.join(", ");
    let no_fields = fields.is_empty();
    view! {
        <strong>{failure.message.clone()}</strong>
        <span hidden=no_fields>"Fields: " {fields}</span>
        <span class="hint">{failure.class.name()} " · " {failure.code.clone()}</span>
    }
}

/// Everything that happened to a step. Each part is drawn anew when it says something else, and only then.
pub(super) fn step_view(title: &str, told: Memo<Told>) -> impl IntoView + use<> {
    let input = Memo::new(move |_| {
        told.with(|told| {
            let items = || told.items.as_ref().map(|items| json!({ "items": items }));
            told.input.clone().or_else(items)
        })
    });
    let output = Memo::new(move |_| told.with(|told| told.output.clone()));
    let attempts = Memo::new(move |_| told.with(|told| told.attempts.clone()));
    let waiting = Memo::new(move |_| told.with(|told| told.waiting.clone()));
    let recalled = Memo::new(move |_| told.with(|told| told.recalled));
    // What the last attempt says is not said twice.
    let untold = Memo::new(move |_| {
        told.with(|told| {
            let last = told.attempts.last().and_then(|attempt| attempt.failure.as_ref());
            told.failure.clone().filter(|failure| last != Some(failure))
        })
    });
    let drawn = move || {
        attempts.with(|all| {
            let calls = all.iter().filter_map(|attempt| attempt.call.as_ref());
            let longest = calls.map(|call| call.took_ms).max().unwrap_or(0).max(1);
            all.iter().map(|attempt| attempt_view(attempt, longest)).collect::<Vec<_>>()
        })
    };
    view! {
        <div class="card-head"><h2>{title.to_owned()}</h2>{move || told.with(Told::status)}</div>
        {move || recalled.get().map(|when| view! { <p class="callout">"Done " {at(when)} " by an earlier execution, and not again."</p> })}
        {move || waiting.get().as_ref().map(waiting_view)}
        {move || untold.get().map(|failure| failure_view(None, &failure))}
        {move || input.get().map(|value| view! { <h3>"Input"</h3> <JsonTree value what="input" /> })}
        {move || output.get().map(|value| view! { <h3>"Output"</h3> <JsonTree value what="output" /> })}
        <h3 hidden=move || attempts.with(Vec::is_empty)>"Attempts"</h3>
        <ol class="attempts">{drawn}</ol>
        <p class="muted" hidden=move || told.with(Told::is_reached)>"The execution ended before this step, went another way, or has not come to it yet."</p>
    }
}

/// Waiting is no failure.
fn waiting_view(waiting: &WaitingStep) -> impl IntoView + use<> {
    let words = match waiting.until {
        Some(_) => "Waiting for the provider's limit until ",
        None => "Waiting until another call ends",
    };
    view! { <p class="callout">{words} {waiting.until.map(at)} " (" {waiting.limit.clone()} ")."</p> }
}

fn attempt_view(attempt: &Attempt, longest: u64) -> impl IntoView + use<> {
    let state = match &attempt.failure {
        None => status(Tone::Success, Icon::Check, &format!("Attempt {}", attempt.number)),
        Some(_) => status(Tone::Danger, Icon::CircleX, &format!("Attempt {}", attempt.number)),
    };
    let why = attempt.failure.as_ref().map(words_of);
    let call = attempt.call.as_ref().filter(|call| !call.request.is_empty());
    let line = call.map(|call| {
        let waited = call.waited.as_ref().map(|waited| {
            let (time, limit) = (took(waited.ms), &waited.limit);
            format!("Waited {time} for the provider's limit ({limit}).")
        });
        let answered = call.status.map(|status| format!(" → {status}")).unwrap_or_default();
        view! {
            {waited.map(|words| view! { <p class="hint">{words}</p> })}
            <code>{call.request.clone()} {answered}</code>
            <progress class="bar" max=longest value=call.took_ms aria-label="Time taken"></progress>
        }
    });
    let when = call.map(
        |call| view! { <span class="hint">{at(call.sent_at)} ", " {took(call.took_ms)} {pages(call)}</span> },
    );
    view! {
        <li class="attempt">
            <div class="item-head">{state}{when}</div>
            {why}
            {line}
        </li>
    }
}

/// How many pages were read, where the answer comes in pages.
fn pages(call: &Call) -> String {
    match call.pages {
        None => String::new(),
        Some(1) => ", 1 page".to_owned(),
        Some(pages) => format!(", {pages} pages"),
    }
}
