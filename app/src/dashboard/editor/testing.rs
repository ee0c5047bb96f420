//! Trying: one step or the whole workflow, as the preview user, with what came of it shown in place. What a test
//! brought is the sample from which previews and the variables are made.

use super::super::icon::{Icon, icon};
use super::super::parts::{Tone, status};
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::{Draft, Selected};
use super::fields::Where;
use super::output::JsonTree;
use crate::server_fns::editor::{test_step, test_workflow};
use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::execution::{Fact, Scope};
use portico_domain::view::{StepTested, TestInput, WorkflowTested};
use portico_domain::workflow::{Branch, Trigger};
use portico_domain::{ExecutionStatus, StepPath};
use portico_engine::preview::PreviewKnown;
use portico_engine::variables::{VariableContext, VariableGroup, variables};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What tests brought. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Tests {
    /// What starts the workflow in a test, as somebody wrote it; absent: the example.
    pub(super) trigger: RwSignal<Option<Value>>,
    /// How the latest test of each step went.
    pub(super) steps: RwSignal<BTreeMap<String, StepTested>>,
    pub(super) busy: RwSignal<Option<String>>,
    pub(super) problem: RwSignal<Option<String>>,
}

/// How a step went, on its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Busy,
    Well(Option<u64>),
    Failed,
}

impl Told {
    pub(super) fn badge(&self) -> impl IntoView + use<> {
        match self {
            Self::Busy => status(Tone::Info, Icon::CircleDot, "Testing…").into_any(),
            Self::Well(None) => status(Tone::Success, Icon::CircleCheck, "Done").into_any(),
            Self::Well(Some(ms)) => {
                status(Tone::Success, Icon::CircleCheck, &format!("{ms} ms")).into_any()
            }
            Self::Failed => status(Tone::Danger, Icon::CircleX, "Failed").into_any(),
        }
    }
}

impl Tests {
    pub(super) fn new() -> Self {
        Self {
            trigger: RwSignal::new(None),
            steps: RwSignal::new(BTreeMap::new()),
            busy: RwSignal::new(None),
            problem: RwSignal::new(None),
        }
    }

    pub(super) fn told(self, id: &str) -> Option<Told> {
        if self.busy.with(|busy| busy.as_deref() == Some(id)) {
            return Some(Told::Busy);
        }
        self.steps.with(|steps| {
            steps.get(id).map(|own| match &own.failure {
                Some(_) => Told::Failed,
                None => Told::Well(own.call.as_ref().map(|call| call.took_ms)),
            })
        })
    }

    /// What starts the workflow in a test: what somebody wrote, the event's example, or something of the kind.
    pub(super) fn sample(self, draft: Draft) -> Value {
        if let Some(own) = self.trigger.get() {
            return own;
        }
        draft.document.with(|document| match &document.trigger {
            Trigger::AppEvent { event } => draft.events.with(|events| {
                events
                    .iter()
                    .find(|own| own.name == *event)
                    .map(|own| own.example.clone())
                    .unwrap_or_else(|| json!({}))
            }),
            Trigger::Request { .. } => json!({ "body": {}, "query": {}, "headers": {} }),
            Trigger::Scheduler { .. } => json!({ "scheduled_at": "2026-01-01T09:00:00Z" }),
            Trigger::Integration { .. } | Trigger::IntegrationEnabled {} => json!({}),
        })
    }

    /// What the steps brought that were tested.
    fn outputs(self) -> Map<String, Value> {
        self.steps.with(|steps| {
            let brought =
                |(id, own): (&String, &StepTested)| Some((id.clone(), own.output.clone()?));
            steps.iter().filter_map(brought).collect()
        })
    }

    fn samples(self, draft: Draft) -> Map<String, Value> {
        let mut samples = self.outputs();
        samples.insert("trigger".to_owned(), self.sample(draft));
        samples
    }

    /// The item that a step inside a fan-out sees in previews: the first of the tested list.
    fn item(self, draft: Draft, place: &Where) -> Option<Value> {
        let Where::Step(id) = place else { return None };
        let over = draft.document.with(|document| {
            let placed = document.walk().into_iter().find(|placed| placed.step.id == *id)?;
            let (holder, _) = placed.within.iter().rfind(|(_, branch)| *branch == Branch::Body)?;
            holder.kind.inputs()?.get("items").cloned()
        })?;
        let items = self.preview(draft, &Where::Filter, &over).ok().flatten();
        items.as_ref().and_then(Value::as_array).and_then(|items| items.first()).cloned()
    }

    /// What a template becomes with what is known.
    pub(super) fn preview(
        self,
        draft: Draft,
        place: &Where,
        written: &Value,
    ) -> Result<Option<Value>, String> {
        let (trigger, steps) = (self.sample(draft), self.outputs());
        let scope = draft
            .preview
            .with(|own| own.as_ref().map(|own| own.scope.clone()).unwrap_or_else(empty_scope));
        let item = self.item(draft, place);
        let known = PreviewKnown {
            trigger: &trigger,
            steps: &steps,
            scope: &scope,
            item: item.as_ref().map(|own| (own, 0)),
        };
        draft.engine.with_value(|engine| engine.preview(written, &known))
    }

    /// What can be referred to at a place.
    pub(super) fn variables(self, draft: Draft, place: &Where) -> Vec<VariableGroup> {
        let facts = draft.facts();
        let samples = self.samples(draft);
        let preview = draft.preview.get();
        draft.events.with(|events| {
            let context = VariableContext {
                events,
                actions: &*facts,
                shared: &facts.shared,
                secrets: &facts.secrets,
                scope: preview.as_ref().map(|own| &own.scope),
                samples: &samples,
            };
            draft.document.with(|document| variables(document, &context, place.place()))
        })
    }

    fn input(self, draft: Draft) -> Option<TestInput> {
        let preview = draft.preview.get_untracked()?;
        Some(TestInput {
            definition: draft.document.get_untracked(),
            credential: preview.credential,
            configuration: preview.configuration,
            trigger: untrack(|| self.sample(draft)),
            steps: untrack(|| self.outputs()),
        })
    }

    /// Carries one step out for real.
    pub(super) fn step(self, draft: Draft, id: String) {
        let Some(input) = self.input(draft) else {
            self.problem.set(Some(NOBODY.to_owned()));
            return;
        };
        let facts = draft.facts();
        self.busy.set(Some(id.clone()));
        self.problem.set(None);
        spawn_local(async move {
            let answer =
                test_step(facts.project.clone(), facts.workflow.clone(), input, id.clone()).await;
            self.busy.set(None);
            match answer {
                Ok(tested) => {
                    let words = if tested.failure.is_some() {
                        "The test failed."
                    } else {
                        "The test went well."
                    };
                    draft.said.set(words.to_owned());
                    self.steps.update(|steps| drop(steps.insert(id, tested)));
                }
                Err(error) => self.problem.set(Some(words(&error))),
            }
        });
    }

    /// Carries the whole workflow out for real.
    fn workflow(self, draft: Draft, done: RwSignal<Option<WorkflowTested>>) {
        let Some(input) = self.input(draft) else {
            self.problem.set(Some(NOBODY.to_owned()));
            return;
        };
        let facts = draft.facts();
        self.busy.set(Some(String::new()));
        self.problem.set(None);
        done.set(None);
        spawn_local(async move {
            let answer = test_workflow(facts.project.clone(), facts.workflow.clone(), input).await;
            self.busy.set(None);
            match answer {
                Ok(tested) => {
                    self.steps.set(told(&tested));
                    done.set(Some(tested));
                }
                Err(error) => self.problem.set(Some(words(&error))),
            }
        });
    }
}

/// What to do where nobody can be tried as.
const NOBODY: &str = "Nobody has connected an account of this integration yet. Open Try it, connect one as a test user, then come back.";

fn empty_scope() -> Scope {
    Scope::default()
}

/// How each step went, from a history; of a round, the first.
fn told(tested: &WorkflowTested) -> BTreeMap<String, StepTested> {
    let mut all = BTreeMap::<String, StepTested>::new();
    let mut note = |path: &StepPath, what: &dyn Fn(&mut StepTested)| {
        let first = !path.0.contains('/') || path.0.contains(".0/");
        if first {
            let blank = StepTested { input: None, output: None, failure: None, call: None };
            what(all.entry(path.step().to_owned()).or_insert(blank));
        }
    };
    for entry in &tested.history {
        match &entry.fact {
            Fact::StepStarted { path, input } => note(path, &|own| own.input = Some(input.clone())),
            Fact::StepSucceeded { path, call, output, .. } => note(path, &|own| {
                own.output = Some(output.clone());
                own.call = Some(call.clone());
            }),
            Fact::Concluded { path, output } => {
                note(path, &|own| own.output = Some(output.clone()))
            }
            Fact::Decided { path, holds } => {
                note(path, &|own| own.output = Some(json!({ "holds": holds })))
            }
            Fact::StepFailed { path, failure, call, .. } => note(path, &|own| {
                own.failure = Some(failure.clone());
                own.call.clone_from(call);
            }),
            _ => {}
        }
    }
    all
}

/// As whom it is tried.
#[component]
pub(super) fn PreviewUser(draft: Draft) -> impl IntoView {
    let facts = draft.facts();
    let own: Vec<_> =
        facts.previews.iter().filter(|own| own.integration == facts.integration).cloned().collect();
    if own.is_empty() {
        return view! { <p class="hint">{NOBODY}</p> }.into_any();
    }
    let known = own.clone();
    let options: Vec<_> = own
        .into_iter()
        .enumerate()
        .map(|(at, own)| {
            let words = match &own.label {
                Some(label) => format!("{} · {label}", own.external_id),
                None => own.external_id.clone(),
            };
            let configuration = own.configuration;
            let selected = move || {
                draft
                    .preview
                    .with(|now| now.as_ref().is_some_and(|now| now.configuration == configuration))
            };
            view! { <option value=at.to_string() selected=selected>{words}</option> }
        })
        .collect();
    view! {
        <label class="ed-preview-user">
            <span>"Preview as"</span>
            <select
                class="input"
                on:change=move |event| {
                    let chosen = event_target_value(&event).parse::<usize>().ok();
                    draft.preview.set(chosen.and_then(|at| known.get(at).cloned()));
                }
            >
                {options}
            </select>
        </label>
    }
    .into_any()
}

/// The test of one step, and what came of it.
#[component]
pub(super) fn StepTest(draft: Draft, id: String) -> impl IntoView {
    let tests = draft.tests;
    let (of, own) = (id.clone(), id.clone());
    let busy = Memo::new(move |_| tests.busy.with(|busy| busy.as_deref() == Some(own.as_str())));
    let tested = Memo::new(move |_| tests.steps.with(|steps| steps.get(&of).cloned()));
    view! {
        <section class="ed-section" aria-label="Test">
            <div class="ed-section-head">
                <h3>"Test"</h3>
                <button
                    type="button"
                    class="button"
                    aria-busy=move || busy.get().then_some("true")
                    disabled=move || busy.get()
                    on:click=move |_| tests.step(draft, id.clone())
                >
                    {icon(Icon::Flask)}
                    {move || if busy.get() { "Testing…" } else { "Test step" }}
                </button>
            </div>
            <p class="hint">"Carries the step out for real, as the preview user."</p>
            {move || tests.problem.get().map(|why| view! { <div class="callout callout-danger" role="alert">{why}</div> })}
            {move || tested.get().map(outcome)}
        </section>
    }
}

/// What came of a step.
fn outcome(tested: StepTested) -> impl IntoView {
    let took = tested.call.as_ref().map(|call| format!("{} · {} ms", call.request, call.took_ms));
    let failed = tested.failure.map(|failure| {
        view! {
            <div class="callout callout-danger" role="alert">
                <span class="row">{icon(Icon::CircleX)}{failure.message}</span>
                <code>{failure.code}</code>
            </div>
        }
    });
    let output = tested.output.map(|value| view! { <JsonTree value label="Output" /> });
    let input = tested.input.map(|input| {
        view! {
            <details>
                <summary>"What was sent"</summary>
                <JsonTree value=Value::Object(input.json) label="Input" />
            </details>
        }
    });
    view! {
        <div class="stack ed-outcome">
            {failed}
            {output}
            {input}
            {took.map(|words| view! { <p class="hint">{words}</p> })}
        </div>
    }
}

/// The test of the whole workflow.
#[component]
pub(super) fn WorkflowTest(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let tests = draft.tests;
    let shown = Signal::derive(move || dialogs.now() == Some(Open::TestWorkflow));
    let done = RwSignal::new(None::<WorkflowTested>);
    let written = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if shown.get() {
            let sample = untrack(|| tests.sample(draft));
            written.set(serde_json::to_string_pretty(&sample).unwrap_or_default());
            tests.problem.set(None);
        }
    });
    let busy = move || tests.busy.with(Option::is_some);
    let run = move |_| match serde_json::from_str::<Value>(&written.get_untracked()) {
        Ok(value) => {
            wrong.set(None);
            tests.trigger.set(Some(value));
            tests.workflow(draft, done);
        }
        Err(error) => wrong.set(Some(format!("This is not JSON: {error}."))),
    };
    view! {
        <Dialog dialogs shown title="Test the workflow" wide=true>
            <div class="stack">
                <p class="muted">"Carries every step out for real, as the preview user. Delays are skipped, nothing is tried twice."</p>
                <PreviewUser draft />
                <div class="field">
                    <label for="test-trigger">"What starts it"</label>
                    <textarea
                        id="test-trigger"
                        class="input"
                        rows="8"
                        spellcheck="false"
                        prop:value=move || written.get()
                        on:input=move |event| written.set(event_target_value(&event))
                    ></textarea>
                    <p class="field-problem">{move || wrong.get()}</p>
                </div>
                <div class="row">
                    <button type="button" class="button button-primary" aria-busy=move || busy().then_some("true") disabled=busy on:click=run>
                        {icon(Icon::Flask)}
                        {move || if busy() { "Testing…" } else { "Run the test" }}
                    </button>
                    <button type="button" class="ed-quiet" on:click=move |_| {
                        tests.trigger.set(None);
                        let sample = untrack(|| tests.sample(draft));
                        written.set(serde_json::to_string_pretty(&sample).unwrap_or_default());
                    }>"Back to the example"</button>
                </div>
                {move || tests.problem.get().map(|why| view! { <div class="callout callout-danger" role="alert">{why}</div> })}
                {move || done.get().map(|tested| results(draft, dialogs, &tested))}
            </div>
        </Dialog>
    }
}

/// What came of each step, in order.
fn results(draft: Draft, dialogs: Dialogs, tested: &WorkflowTested) -> impl IntoView + use<> {
    let (tone, drawing, words) = match tested.status {
        ExecutionStatus::Succeeded => (Tone::Success, Icon::CircleCheck, "The workflow succeeded"),
        ExecutionStatus::Failed => (Tone::Danger, Icon::CircleX, "The workflow failed"),
        ExecutionStatus::Running | ExecutionStatus::Cancelled => {
            (Tone::Warning, Icon::Clock, "It did not come to its end")
        }
    };
    let steps = told(tested);
    let rows: Vec<_> = draft
        .order()
        .into_iter()
        .filter_map(|place| {
            let Selected::Step(id) = &place else { return None };
            let title = draft.step(id)?.title;
            let outcome = match steps.get(id) {
                None => status(Tone::Muted, Icon::Circle, "Not reached").into_any(),
                Some(own) => match &own.failure {
                    Some(failure) => {
                        status(Tone::Danger, Icon::CircleX, &failure.message).into_any()
                    }
                    None => status(Tone::Success, Icon::CircleCheck, "Done").into_any(),
                },
            };
            Some(view! {
                <li>
                    <button
                        type="button"
                        class="ed-row"
                        on:click=move |_| {
                            dialogs.close();
                            draft.selected.set(place.clone());
                        }
                    >
                        <span class="ed-row-words"><span>{title}</span></span>
                        {outcome}
                    </button>
                </li>
            })
        })
        .collect();
    view! {
        <div class="stack" role="status">
            {status(tone, drawing, words)}
            <ul class="ed-results">{rows}</ul>
        </div>
    }
}
