//! One execution: the path it took on the left, one step of it on the right.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{
    Head, Tone, execution_status, follow_executions, integration_mark, json, loaded, param, status,
};
use super::time::{at, took};
use crate::server_fns::activity::execution;
use leptos::prelude::*;
use portico_domain::Failure;
use portico_domain::execution::{Call, Fact};
use portico_domain::view::{ExecutionDetail, WaitingStep};
use portico_domain::workflow::Step;
use serde_json::Value;

/// What is selected when nobody has chosen: the trigger has no id of its own.
const TRIGGER: &str = "";

/// One execution.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, id) = (param("project"), param("id"));
    let found =
        Resource::new(move || (project.get(), id.get()), |(project, id)| execution(project, id));
    follow_executions(found, project, Some(id));
    // Outside of what is drawn anew when news arrive: a choice stays.
    let chosen = RwSignal::new(None::<String>);
    loaded(found, move |own| {
        let base = address!("/dashboard/{}", project.get_untracked());
        let cancelled = own.history.iter().find_map(|entry| match &entry.fact {
            Fact::Cancelled { reason } => Some(reason.clone()),
            _ => None,
        });
        let all_took = own.summary.ended_at.map(|end| {
            took(u64::try_from(end.since(own.summary.started_at).as_millis()).unwrap_or(0))
        });
        view! {
            <Head
                up=(format!("{base}/executions"), "Executions")
                title=own.summary.workflow.clone()
                purpose=format!("Version {} for {}", own.workflow_version, own.summary.user)
            >
                {execution_status(own.summary.status)}
            </Head>
            {own.summary.failure.as_ref().map(failure_view)}
            {cancelled.map(|reason| {
                view! { <p class="callout callout-warning">"It was cancelled: " {reason} "."</p> }
            })}
            <dl class="facts card">
                <dt>"User"</dt><dd><a href=format!("{base}/users/{}", own.summary.user_id)>{own.summary.user.clone()}</a></dd>
                <dt>"Account"</dt><dd>{own.account.clone()}</dd>
                <dt>"Event"</dt><dd><a href=format!("{base}/events/{}", own.summary.event_id)>{own.event_name.clone()}</a></dd>
                <dt>"Workflow"</dt><dd><a rel="external" href=format!("{base}/workflows/{}", own.summary.workflow_id)>{own.summary.workflow.clone()}</a></dd>
                <dt>"Started"</dt><dd>{at(own.summary.started_at)}</dd>
                <dt>"Took"</dt><dd>{all_took}</dd>
            </dl>
            <Run own chosen />
        }
    })
}

/// The path, and what is chosen of it.
#[component]
fn Run(own: ExecutionDetail, chosen: RwSignal<Option<String>>) -> impl IntoView {
    let steps: Vec<_> = own.definition.steps.iter().map(|step| Told::of(&own, step)).collect();
    let first = steps
        .iter()
        .find(|told| told.failure.is_some())
        .or_else(|| steps.iter().rev().find(|told| told.is_reached()))
        .map_or_else(|| TRIGGER.to_owned(), |told| told.step.id.clone());
    let open = Memo::new(move |_| chosen.get().unwrap_or_else(|| first.clone()));
    let nodes: Vec<_> = steps.iter().map(|told| node(told, chosen, open)).collect();
    let trigger_open = move || if open.get() == TRIGGER { "true" } else { "false" };
    let (event, payload) = (own.event_name.clone(), own.payload.clone());
    view! {
        <div class="run">
            <ol class="run-path" aria-label="The path it took">
                <li>
                    <button
                        type="button"
                        class="node"
                        aria-pressed=trigger_open
                        on:click=move |_| chosen.set(Some(TRIGGER.to_owned()))
                    >
                        <span class="node-mark">{icon(Icon::Zap)}</span>
                        <span class="node-title">{event.clone()}</span>
                        <span class="node-state">{status(Tone::Success, Icon::CircleCheck, "Received")}</span>
                    </button>
                </li>
                {nodes}
            </ol>
            <section class="card" aria-live="polite">
                {move || match steps.iter().find(|told| told.step.id == open.get()) {
                    Some(told) => step_view(told).into_any(),
                    None => {
                        view! {
                            <div class="card-head">
                                <h2>{event.clone()}</h2>
                                {status(Tone::Success, Icon::CircleCheck, "Received")}
                            </div>
                            <h3>"What was sent"</h3>
                            {json(&payload)}
                        }
                        .into_any()
                    }
                }}
            </section>
        </div>
    }
}

/// What the history tells about a step.
#[derive(Clone)]
struct Told {
    step: Step,
    input: Option<Value>,
    output: Option<Value>,
    failure: Option<Failure>,
    waiting: Option<WaitingStep>,
    attempts: Vec<Attempt>,
}

#[derive(Clone)]
struct Attempt {
    number: u32,
    call: Option<Call>,
    failure: Option<Failure>,
}

impl Told {
    fn of(own: &ExecutionDetail, step: &Step) -> Self {
        let mut told = Self {
            step: step.clone(),
            input: None,
            output: None,
            failure: None,
            waiting: own.waiting.iter().find(|waiting| waiting.path.0 == step.id).cloned(),
            attempts: Vec::new(),
        };
        for entry in &own.history {
            match &entry.fact {
                Fact::StepStarted { path, input } if path.0 == step.id => {
                    told.input = Some(Value::Object(input.json.clone()));
                }
                Fact::StepSucceeded { path, attempt, call, output } if path.0 == step.id => {
                    told.attempt(*attempt, Some(call), None);
                    told.output = Some(output.clone());
                }
                Fact::AttemptFailed { path, attempt, call, failure, .. } if path.0 == step.id => {
                    told.attempt(*attempt, Some(call), Some(failure));
                }
                Fact::StepFailed { path, attempt, call, failure } if path.0 == step.id => {
                    told.attempt(*attempt, call.as_ref(), Some(failure));
                    told.failure = Some(failure.clone());
                }
                _ => {}
            }
        }
        told
    }

    fn attempt(&mut self, number: u32, call: Option<&Call>, failure: Option<&Failure>) {
        self.attempts.push(Attempt { number, call: call.cloned(), failure: failure.cloned() });
    }

    fn is_reached(&self) -> bool {
        self.input.is_some() || self.failure.is_some()
    }

    fn status(&self) -> impl IntoView + use<> {
        match (&self.output, &self.failure, &self.input) {
            (Some(_), _, _) => status(Tone::Success, Icon::CircleCheck, "Succeeded"),
            (None, Some(_), _) => status(Tone::Danger, Icon::CircleX, "Failed"),
            (None, None, Some(_)) if self.waiting.is_some() => {
                status(Tone::Info, Icon::Clock, "Waiting")
            }
            (None, None, Some(_)) => status(Tone::Info, Icon::CircleDot, "Under way"),
            (None, None, None) => status(Tone::Muted, Icon::Circle, "Not reached"),
        }
    }
}

fn node(
    told: &Told,
    chosen: RwSignal<Option<String>>,
    open: Memo<String>,
) -> impl IntoView + use<> {
    let (id, own) = (told.step.id.clone(), told.step.id.clone());
    let mark = told.step.kind.integration().map(|kind| integration_mark(kind, 28));
    view! {
        <li class=if told.is_reached() { "" } else { "untaken" }>
            <button
                type="button"
                class="node"
                aria-pressed=move || if open.get() == own { "true" } else { "false" }
                on:click=move |_| chosen.set(Some(id.clone()))
            >
                <span class="node-mark">{mark}</span>
                <span class="node-title">{told.step.title.clone()}</span>
                <span class="node-state">{told.status()}</span>
            </button>
        </li>
    }
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
fn step_view(told: &Told) -> impl IntoView + use<> {
    let longest = told.attempts.iter().filter_map(|attempt| attempt.call.as_ref());
    let longest = longest.map(|call| call.took_ms).max().unwrap_or(0).max(1);
    let attempts: Vec<_> =
        told.attempts.iter().map(|attempt| attempt_view(attempt, longest)).collect();
    let no_attempts = attempts.is_empty();
    view! {
        <div class="card-head"><h2>{told.step.title.clone()}</h2>{told.status()}</div>
        {told.waiting.as_ref().map(waiting_view)}
        {told.failure.as_ref().map(failure_view)}
        {told.input.as_ref().map(|input| view! { <h3>"Input"</h3> {json(input)} })}
        {told.output.as_ref().map(|output| view! { <h3>"Output"</h3> {json(output)} })}
        <h3 hidden=no_attempts>"Attempts"</h3>
        <ol class="attempts">{attempts}</ol>
        <p class="muted" hidden=told.is_reached()>"The execution ended before this step, or has not come to it yet."</p>
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
    let why = attempt.failure.as_ref().map(|failure| {
        view! { <p>{failure.message.clone()} " " <span class="hint">{failure.class.name()}</span></p> }
    });
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
