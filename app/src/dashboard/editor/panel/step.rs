//! A step: what it is called, what it is filled in with, what happens when it fails, its test.

use super::super::commands;
use super::super::dialog::Dialogs;
use super::super::draft::{Draft, Selected};
use super::super::fields::{Form, Inputs, Line, Rows, RulesField, Where};
use super::super::node::{integration_mark, kind_icon, pointer_of};
use super::super::trying::{PreviewUser, StepTest};
use super::pages::RequestForm;
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::paging;
use portico_domain::workflow::{OnFailure, Step, StepKind, USUAL_PARALLEL};
use portico_engine::edit::{Edit, Way};
use serde_json::{Map, Value};

#[component]
pub(super) fn StepPanel(draft: Draft, dialogs: Dialogs, id: String) -> impl IntoView {
    let facts = draft.facts();
    let Some(first) = draft.step(&id) else {
        return view! { <p class="muted">"This step is gone."</p> }.into_any();
    };
    let of = id.clone();
    let step = Memo::new(move |_| draft.document.with(|document| document.step(&of).cloned()));
    let of = id.clone();
    let pointer = Memo::new(move |_| {
        draft.document.with(|document| pointer_of(document, &of)).unwrap_or_default()
    });
    let change = change(draft, &id);
    let mark = match first.kind.integration() {
        Some(kind) => integration_mark(&facts.project, kind, 28).into_any(),
        None => icon(kind_icon(&first.kind)).into_any(),
    };
    let about = facts.shape(&first).map(|own| own.description).unwrap_or_default();
    let title = Memo::new(move |_| {
        step.with(|step| step.as_ref().map(|own| own.title.clone()).unwrap_or_default())
    });
    view! {
        <header class="ed-panel-head">
            <span class="ed-card-mark">{mark}</span>
            <div class="ed-row-words">
                <input
                    class="ed-title"
                    aria-label="Title of the step"
                    prop:value=move || title.get()
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        change.run(Box::new(move |step| step.title.clone_from(&text)));
                    }
                />
                <span class="hint">{about}</span>
            </div>
        </header>
        <Menu draft dialogs id=id.clone() />
        {kind_fields(draft, (&id, &first), step, pointer)}
        <Failing step change />
        <Naming draft id=id.clone() />
        <PreviewUser draft />
        <StepTest draft id />
    }
    .into_any()
}

/// Something that changes a step.
type Change = Box<dyn FnOnce(&mut Step) + Send>;

/// Changes a step as somebody types.
fn change(draft: Draft, id: &str) -> Callback<Change> {
    let id = id.to_owned();
    Callback::new(move |what: Change| {
        if let Some(mut step) = draft.step(&id) {
            what(&mut step);
            draft.type_on(Edit::Replace { id: id.clone(), step: Box::new(step) });
        }
    })
}

#[component]
fn Menu(draft: Draft, dialogs: Dialogs, id: String) -> impl IntoView {
    let (copied, removed) = (id.clone(), id);
    view! {
        <div class="ed-tools" role="toolbar" aria-label="The step">
            <button type="button" class="ed-icon" aria-label="Move up" title="Move up (Alt ↑)" on:click=move |_| commands::move_by(draft, Way::Up)>{icon(Icon::ChevronUp)}</button>
            <button type="button" class="ed-icon" aria-label="Move down" title="Move down (Alt ↓)" on:click=move |_| commands::move_by(draft, Way::Down)>{icon(Icon::ChevronDown)}</button>
            <button type="button" class="ed-icon" aria-label="Duplicate" title="Duplicate (Ctrl D)" on:click=move |_| commands::duplicate(draft, &copied)>{icon(Icon::Copy)}</button>
            <button type="button" class="ed-icon" aria-label="Add a step below" title="Add a step below (A)" on:click=move |_| commands::add_below(draft, dialogs)>{icon(Icon::Plus)}</button>
            <button type="button" class="ed-icon" aria-label="Remove" title="Remove (Delete)" on:click=move |_| commands::remove(draft, &removed)>{icon(Icon::Trash)}</button>
        </div>
    }
}

/// What a kind of step is filled in with.
fn kind_fields(
    draft: Draft,
    (id, first): (&str, &Step),
    step: Memo<Option<Step>>,
    pointer: Memo<String>,
) -> AnyView {
    let facts = draft.facts();
    let owned = id.to_owned();
    if let StepKind::Condition { .. } = &first.kind {
        let rules = Signal::derive(move || {
            step.with(|step| match step.as_ref().map(|own| &own.kind) {
                Some(StepKind::Condition { rules, .. }) => rules.clone(),
                _ => Vec::new(),
            })
        });
        let change = change(draft, id);
        let on_change = Callback::new(move |to| {
            change.run(Box::new(move |step| {
                if let StepKind::Condition { rules, .. } = &mut step.kind {
                    *rules = to;
                }
            }));
        });
        let at = Signal::derive(move || format!("{}/rules", pointer.get()));
        return view! {
            <section class="ed-section">
                <h3>"It goes along Yes if"</h3>
                <RulesField draft place=Where::Step(owned.clone()) id=format!("rules-{owned}") rules on_change pointer=at />
            </section>
        }
        .into_any();
    }
    let values = Memo::new(move |_| {
        step.with(|step| {
            step.as_ref().and_then(|own| own.kind.inputs()).cloned().unwrap_or_default()
        })
    });
    let set_id = owned.clone();
    let inputs = Inputs {
        draft,
        place: StoredValue::new(Where::Step(owned.clone())),
        integration: StoredValue::new(first.kind.integration().map(str::to_owned)),
        values: values.into(),
        set: Callback::new(move |(key, value)| {
            draft.type_on(Edit::SetInput { id: set_id.clone(), key, value });
        }),
        pointer: Signal::derive(move || format!("{}/inputs", pointer.get())),
        prefix: StoredValue::new(format!("in-{owned}")),
    };
    if let StepKind::Function { .. } = &first.kind {
        return view! { <Function draft inputs id=owned step values /> }.into_any();
    }
    match facts.shape(first) {
        Some(shape) => {
            let shapes = shape.inputs;
            if matches!(&first.kind, StepKind::Action { .. }) && shape.id == paging::ACTION {
                return view! { <RequestForm inputs shapes /> }.into_any();
            }
            let parallel = matches!(first.kind, StepKind::FanOut { .. })
                .then(|| view! { <Parallel step change=change(draft, id) /> });
            view! { <section class="ed-section" aria-label="Inputs"><Form inputs shapes />{parallel}</section> }.into_any()
        }
        None => view! {
            <div class="callout callout-warning" role="alert">
                "This action is no longer part of its integration. Remove the step, or choose another one."
            </div>
        }
        .into_any(),
    }
}

/// How many rounds of a fan-out run at once.
#[component]
fn Parallel(step: Memo<Option<Step>>, change: Callback<Change>) -> impl IntoView {
    let value = move || {
        step.with(|step| match step.as_ref().map(|own| &own.kind) {
            Some(StepKind::FanOut { parallel: Some(rounds), .. }) => rounds.to_string(),
            _ => String::new(),
        })
    };
    view! {
        <div class="field ed-field">
            <label for="parallel">"Rounds at once"</label>
            <input
                class="input"
                id="parallel"
                type="number"
                min="1"
                max="1000"
                placeholder=USUAL_PARALLEL.to_string()
                prop:value=value
                on:input=move |event| {
                    let to = event_target_value(&event).parse().ok();
                    change.run(Box::new(move |step| {
                        if let StepKind::FanOut { parallel, .. } = &mut step.kind {
                            *parallel = to;
                        }
                    }));
                }
            />
            <p class="hint">"1: one after the other."</p>
        </div>
    }
}

/// A function: its inputs under names of one's own, and its code.
#[component]
fn Function(
    draft: Draft,
    inputs: Inputs,
    id: String,
    step: Memo<Option<Step>>,
    values: Memo<Map<String, Value>>,
) -> impl IntoView {
    let code = Memo::new(move |_| {
        step.with(|step| match step.as_ref().map(|own| &own.kind) {
            Some(StepKind::Function { code, .. }) => code.clone(),
            _ => String::new(),
        })
    });
    let write = change(draft, &id);
    let set_all = change(draft, &id);
    let on_change = Callback::new(move |map: Map<String, Value>| {
        set_all.run(Box::new(move |step| {
            if let Some(inputs) = step.kind.inputs_mut() {
                *inputs = map;
            }
        }));
    });
    let lines = move || {
        let count = code.with(|code| code.matches('\n').count() + 1);
        (1..=count).map(|own| own.to_string()).collect::<Vec<_>>().join("\n")
    };
    view! {
        <section class="ed-section">
            <h3>"Inputs"</h3>
            <p class="hint">"What the function sees as its first argument."</p>
            <Rows inputs id=format!("in-{id}") object=values on_change source=None />
        </section>
        <section class="ed-section">
            <label class="ed-label" for=format!("code-{id}")>"JavaScript"</label>
            <div class="ed-code">
                <pre class="ed-code-lines" aria-hidden="true">{lines}</pre>
                <textarea
                    id=format!("code-{id}")
                    class="ed-code-area"
                    spellcheck="false"
                    autocomplete="off"
                    rows=move || code.with(|code| (code.matches('\n').count() + 2).clamp(8, 40)).to_string()
                    prop:value=move || code.get()
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        write.run(Box::new(move |step| {
                            if let StepKind::Function { code, .. } = &mut step.kind {
                                *code = text;
                            }
                        }));
                    }
                ></textarea>
            </div>
            <p class="hint">"One second, 16 MB, no network. What run returns is the step's result; console.log is kept."</p>
        </section>
    }
}

/// What happens when the step fails, and how often it is tried again.
#[component]
fn Failing(step: Memo<Option<Step>>, change: Callback<Change>) -> impl IntoView {
    let tries = Memo::new(move |_| step.with(|own| own.as_ref().and_then(|own| own.retry.clone())));
    let goes_on = Memo::new(move |_| {
        step.with(|own| own.as_ref().is_some_and(|own| own.on_failure == OnFailure::Continue))
    });
    // Waits that are being written can be none for a moment: the field stays.
    let writing = RwSignal::new(false);
    let kind = move || match tries.get() {
        None => "usual",
        Some(own) if own.is_empty() && !writing.get() => "none",
        Some(_) => "own",
    };
    let is_own = Memo::new(move |_| kind() == "own");
    let waits = move || {
        let own = tries.get().unwrap_or_default();
        own.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    };
    let wrong = RwSignal::new(None::<String>);
    view! {
        <details class="ed-section">
            <summary>"If it fails"</summary>
            <div class="stack">
                <div class="field ed-field">
                    <label for="on-failure">"Then"</label>
                    <select
                        class="input"
                        id="on-failure"
                        on:change=move |event| {
                            let to = if event_target_value(&event) == "continue" { OnFailure::Continue } else { OnFailure::Stop };
                            change.run(Box::new(move |step| step.on_failure = to));
                        }
                    >
                        <option value="stop" selected=move || !goes_on.get()>"The execution fails"</option>
                        <option value="continue" selected=move || goes_on.get()>"The next step runs"</option>
                    </select>
                </div>
                <div class="field ed-field">
                    <label for="retries">"Tried again"</label>
                    <select
                        class="input"
                        id="retries"
                        on:change=move |event| {
                            let chosen = event_target_value(&event);
                            writing.set(chosen == "own");
                            let to = match chosen.as_str() {
                                "none" => Some(Vec::new()),
                                "own" => Some(vec![10, 60]),
                                _ => None,
                            };
                            change.run(Box::new(move |step| step.retry = to));
                        }
                    >
                        <option value="usual" selected=move || kind() == "usual">"After 10, 20, 30, 50 and 80 seconds"</option>
                        <option value="none" selected=move || kind() == "none">"Never"</option>
                        <option value="own" selected=move || kind() == "own">"After waits of your own"</option>
                    </select>
                </div>
                {move || {
                    is_own
                        .get()
                        .then(|| {
                            view! {
                                <Line
                                    id="waits"
                                    label="Waits, in seconds"
                                    value=Signal::derive(waits)
                                    hint="Separated by commas: 10, 60, 300."
                                    problem=Signal::derive(move || wrong.get())
                                    on_input=Callback::new(move |text: String| {
                                        let read: Result<Vec<u64>, _> = text.split(',').map(str::trim).filter(|own| !own.is_empty()).map(str::parse).collect();
                                        match read {
                                            Ok(own) => {
                                                wrong.set(None);
                                                writing.set(true);
                                                change.run(Box::new(move |step| step.retry = Some(own)));
                                            }
                                            Err(_) => wrong.set(Some("Write whole numbers with commas between them.".to_owned())),
                                        }
                                    })
                                />
                            }
                        })
                }}
            </div>
        </details>
    }
}

/// The name by which other steps refer to it.
#[component]
fn Naming(draft: Draft, id: String) -> impl IntoView {
    let shown = id.clone();
    let wrong = RwSignal::new(None::<String>);
    let rename = move |to: String| {
        wrong.set(None);
        if to == id {
            return;
        }
        match draft.attempt(Edit::Rename { id: id.clone(), to: to.clone() }) {
            Ok(()) => draft.selected.set(Selected::Step(to)),
            Err(refused) => wrong.set(Some(format!("{refused} It is still {id}."))),
        }
    };
    view! {
        <details class="ed-section">
            <summary>"Name in variables"</summary>
            <div class="field ed-field" data-own-undo="">
                <label for="step-id">"Name"</label>
                <input
                    class="input"
                    id="step-id"
                    value=shown.clone()
                    aria-describedby="step-id-problem"
                    aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                    on:change=move |event| rename(event_target_value(&event))
                />
                <p class="field-problem" id="step-id-problem" role="alert">{move || wrong.get()}</p>
                <p class="hint">"Other steps refer to it as "<code>{format!("steps.{shown}")}</code>". They follow when it changes."</p>
            </div>
        </details>
    }
}
