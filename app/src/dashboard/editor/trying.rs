//! What one sees of tests: as whom, of one step, of the whole workflow.

use super::super::icon::{Icon, icon};
use super::super::json_tree::JsonTree;
use super::super::parts::{Tone, status};
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::{Draft, Selected};
use super::testing::{NOBODY, told};
use leptos::prelude::*;
use portico_domain::ExecutionStatus;
use portico_domain::view::{PreviewAccount, StepTested, WorkflowTested};
use serde_json::Value;

/// As whom it is tried.
#[component]
pub(super) fn PreviewUser(draft: Draft) -> impl IntoView {
    move || match draft.previews.get() {
        own if own.is_empty() => view! { <p class="hint">{NOBODY}</p> }.into_any(),
        own => chooser(draft, own).into_any(),
    }
}

fn chooser(draft: Draft, own: Vec<PreviewAccount>) -> impl IntoView {
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
    let took = tested.call.as_ref().map(|call| match call.request.as_str() {
        // A function calls nobody.
        "" => format!("{} ms", call.took_ms),
        request => format!("{request} · {} ms", call.took_ms),
    });
    let failed = tested.failure.map(|failure| {
        view! {
            <div class="callout callout-danger" role="alert">
                <span class="row">{icon(Icon::CircleX)}{failure.message}</span>
                <code>{failure.code}</code>
            </div>
        }
    });
    let output =
        tested.output.map(|value| view! { <h4>"Output"</h4> <JsonTree value what="output" /> });
    let input = tested.input.map(|input| {
        view! {
            <details>
                <summary>"What was sent"</summary>
                <JsonTree value=Value::Object(input.json) what="input" />
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
                            draft.look_at(place.clone());
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
