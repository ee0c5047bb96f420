//! Preparing a replay: where it begins, on which version, with what; and what it would do once more.

use super::base::address;
use super::parts::{act, counted, loaded, problem_of};
use super::time::at;
use crate::components::{Button, ButtonKind};
use crate::server_fns::replays::{
    begin_replay, begin_replays, preview_replay, preview_replays, replay_batch,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use portico_domain::StepPath;
use portico_domain::view::{
    BatchPreview, CountedReason, ExecutionDetail, ReplayBatchView, ReplayBeginning, ReplayChoice,
    ReplayPreview, ReplaySelection, ReplayVersion,
};

/// A replay of one execution.
#[component]
pub(super) fn ReplayPanel(
    /// What is repeated.
    own: ExecutionDetail,
    /// Whose.
    project: String,
    /// The step that was chosen; none: from the start.
    from: Option<StepPath>,
    /// Puts the panel away.
    close: impl Fn() + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let id = own.summary.id.to_string();
    let version = RwSignal::new(ReplayVersion::Original);
    let changed = RwSignal::new(false);
    let input = RwSignal::new(serde_json::to_string_pretty(&own.payload).unwrap_or_default());
    let (problem, busy) = (RwSignal::new(None), RwSignal::new(false));
    let begin = from.clone();
    let choice = move || ReplayChoice { from: begin.clone(), version: version.get(), input: None };
    let looked = {
        let (project, id) = (project.clone(), id.clone());
        Resource::new(choice.clone(), move |choice| {
            preview_replay(project.clone(), id.clone(), choice)
        })
    };
    let navigate = use_navigate();
    let go = Callback::new(move |key: String| {
        let mut choice = choice();
        if changed.get_untracked() {
            match serde_json::from_str(&input.get_untracked()) {
                Ok(object) => choice.input = Some(object),
                Err(error) => {
                    problem.set(Some(format!("What it begins with is no JSON object: {error}.")));
                    return;
                }
            }
        }
        let (navigate, project) = (navigate.clone(), project.clone());
        let begun = begin_replay(project.clone(), id.clone(), choice, key);
        busy.set(true);
        let work = async move {
            let begun = begun.await;
            busy.set(false);
            begun
        };
        act(work, problem, move |begun| {
            navigate(&format!("/dashboard/{project}/executions/{begun}"), Default::default());
        });
    });
    let title = match from.as_ref().and_then(|path| own.definition.step(path.step())) {
        Some(step) => format!("Replay from {:?}", step.title),
        None => "Replay from the start".to_owned(),
    };
    let deployed = own.deployed_version.filter(|number| *number != own.workflow_version);
    let choose = move |own: ReplayVersion| move |_| version.set(own);
    view! {
        <section class="card" aria-label="Replay">
            <h2>{title}</h2>
            <p class="muted">"It uses the settings and the account as they are now. What the steps before brought is recalled, not done again."</p>
            {problem_of(problem)}
            <fieldset class="checks" hidden=deployed.is_none()>
                <legend class="label">"Version"</legend>
                <label class="row"><input type="radio" name="version" checked on:change=choose(ReplayVersion::Original) />{format!("{}, which it ran on", own.workflow_version)}</label>
                <label class="row"><input type="radio" name="version" on:change=choose(ReplayVersion::Deployed) />{deployed.map(|number| format!("{number}, which is deployed now"))}</label>
            </fieldset>
            <label class="row"><input type="checkbox" bind:checked=changed />"Change what it begins with"</label>
            <div class="field" hidden=move || !changed.get()>
                <label for="replay-input">"What it begins with, a JSON object"</label>
                <textarea id="replay-input" class="input" rows="8" spellcheck="false" bind:value=input></textarea>
            </div>
            {loaded(looked, move |preview| view! { <Looked preview busy go close=Callback::new(move |()| close()) /> })}
        </section>
    }
}

#[component]
fn Looked(
    preview: ReplayPreview,
    busy: RwSignal<bool>,
    go: Callback<String>,
    close: Callback<()>,
) -> impl IntoView {
    let key = preview.key.to_string();
    let none = preview.again.is_empty();
    let again: Vec<_> = preview
        .again
        .into_iter()
        .map(|own| {
            let words = if own.certain { " succeeded " } else { " may have been done " };
            let round = own.path.0.contains('/').then(|| format!(" ({})", own.path));
            view! { <li>{format!("{:?}", own.title)}{round}{words}{at(own.at)}" and will be done again."</li> }
        })
        .collect();
    let recalled =
        (preview.recalled > 0).then(|| format!("{} recalled. ", counted(preview.recalled, "step")));
    view! {
        <p>{recalled}{format!("It runs on version {}.", preview.version)}</p>
        <div class="callout callout-warning" hidden=none><ul>{again}</ul></div>
        <div class="row">
            <Button kind=ButtonKind::Primary busy=busy on_press=move |()| go.run(key.clone())>"Replay now"</Button>
            <Button on_press=close>"Not now"</Button>
        </div>
    }
}

/// Many replays: what they would do, then how far they are.
#[component]
pub(super) fn ReplayMany(
    /// Whose.
    project: String,
    /// What is repeated.
    selection: ReplaySelection,
    /// Puts the panel away.
    close: impl Fn() + Send + Sync + Copy + 'static,
) -> impl IntoView {
    let beginning = RwSignal::new(ReplayBeginning::FailedStep);
    let version = RwSignal::new(ReplayVersion::Original);
    let begun = RwSignal::new(None::<String>);
    let problem = RwSignal::new(None);
    let looked = {
        let (project, selection) = (project.clone(), selection.clone());
        Resource::new(
            move || (beginning.get(), version.get()),
            move |(beginning, version)| {
                preview_replays(project.clone(), selection.clone(), beginning, version)
            },
        )
    };
    let go = {
        let project = project.clone();
        Callback::new(move |key: String| {
            let (beginning, version) = (beginning.get_untracked(), version.get_untracked());
            let selection = selection.clone();
            let work = begin_replays(project.clone(), selection, beginning, version, key.clone());
            act(work, problem, move |()| begun.set(Some(key)));
        })
    };
    view! {
        <section class="card" aria-label="Replay many">
            <h2>"Replay all of them"</h2>
            {problem_of(problem)}
            {move || match begun.get() {
                Some(batch) => view! { <Progress project=project.clone() batch /> }.into_any(),
                None => {
                    view! {
                        <div class="filters">
                            <div class="field">
                                <label for="many-from">"Each begins"</label>
                                <select id="many-from" class="input" on:change=move |event| {
                                    beginning.set(if event_target_value(&event) == "start" { ReplayBeginning::Start } else { ReplayBeginning::FailedStep });
                                }>
                                    <option value="failed_step">"At the step that failed"</option>
                                    <option value="start">"At its start"</option>
                                </select>
                            </div>
                            <div class="field">
                                <label for="many-version">"On"</label>
                                <select id="many-version" class="input" on:change=move |event| {
                                    version.set(if event_target_value(&event) == "deployed" { ReplayVersion::Deployed } else { ReplayVersion::Original });
                                }>
                                    <option value="original">"The version it ran on"</option>
                                    <option value="deployed">"The version deployed now"</option>
                                </select>
                            </div>
                        </div>
                        {loaded(looked, move |preview| view! { <LookedAtMany preview go /> })}
                    }
                    .into_any()
                }
            }}
            <div><Button on_press=move |()| close()>{move || if begun.get().is_some() { "Close" } else { "Not now" }}</Button></div>
        </section>
    }
}

#[component]
fn LookedAtMany(preview: BatchPreview, go: Callback<String>) -> impl IntoView {
    let key = preview.key.to_string();
    let again: Vec<_> = preview
        .again
        .into_iter()
        .map(|own| {
            let unsure = (own.uncertain > 0)
                .then(|| format!(", and may have been done in {} more", own.uncertain));
            view! { <li>{format!("{:?} succeeded in {}", own.title, own.certain)}{unsure}": it will be done again."</li> }
        })
        .collect();
    let none = again.is_empty();
    let partly = (preview.looked_at < preview.count)
        .then(|| format!(" Of the newest {}:", preview.looked_at));
    view! {
        <p>{counted(preview.count, "execution")}"."{partly}</p>
        <div class="callout callout-warning" hidden=none><ul>{again}</ul></div>
        {reasons(preview.refused)}
        <div><Button kind=ButtonKind::Primary on_press=move |()| go.run(key.clone())>{format!("Replay {}", preview.count)}</Button></div>
    }
}

fn reasons(refused: Vec<CountedReason>) -> Option<impl IntoView> {
    (!refused.is_empty()).then(|| {
        let lines: Vec<_> = refused
            .into_iter()
            .map(|own| view! { <li>{own.count}" left out: "{own.reason}</li> })
            .collect();
        view! { <div class="callout"><ul>{lines}</ul></div> }
    })
}

/// How far many replays are.
#[component]
fn Progress(project: String, batch: String) -> impl IntoView {
    let found = {
        let project = project.clone();
        Resource::new(|| (), move |()| replay_batch(project.clone(), batch.clone()))
    };
    super::parts::follow_executions(found, Memo::new(move |_| project.clone()), None);
    loaded(found, |own: ReplayBatchView| {
        let told = own.total - own.waiting;
        let words = if own.ended_at.is_some() {
            "All have begun."
        } else {
            "They begin one after the other; you can leave this page."
        };
        view! {
            <progress class="bar" max=own.total value=told aria-label="Begun"></progress>
            <p role="status">
                {format!("{told} of {} begun: {} succeeded, {} failed again. {words}", own.total, own.succeeded, own.failed)}
            </p>
            {reasons(own.refused)}
        }
    })
}

/// The executions that have a trouble.
pub(super) fn of_failures(project: &str, workflow: &str, key: &str) -> String {
    address!("/dashboard/{project}/executions?workflow={workflow}&failure={}", encoded(key))
}

/// A text as a value in an address.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
