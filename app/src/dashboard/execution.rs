//! One execution: the path it took on the left, one step of it on the right; above, what can be done with it.

use super::base::address;
use super::copy::CopyButton;
use super::icon::{Icon, icon};
use super::json_tree::JsonTree;
use super::parts::{
    Confirmed, Head, Tone, act, execution_status, hear_of_executions, loaded, param, problem_of,
    status,
};
use super::replay::ReplayPanel;
use super::run_step::{Told, failure_view, step_view, told};
use super::run_tree::{Drawing, path_of_steps};
use super::time::{at, took};
use crate::components::Button;
use crate::server_fns::activity::execution;
use crate::server_fns::replays::cancel_execution;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::execution::Fact;
use portico_domain::view::ExecutionDetail;
use portico_domain::{Failure, StepPath};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is selected when nobody has chosen: the trigger has no id of its own.
const TRIGGER: &str = "";

/// What a person has chosen on the page. It stays when news are drawn.
#[derive(Clone, Copy)]
struct Choices {
    step: RwSignal<Option<String>>,
    rounds: RwSignal<BTreeMap<String, usize>>,
    /// The replay that is being prepared: from which step.
    replay: RwSignal<Option<Option<StepPath>>>,
    problem: RwSignal<Option<String>>,
}

/// One execution.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, id) = (param("project"), param("id"));
    let found =
        Resource::new(move || (project.get(), id.get()), |(project, id)| execution(project, id));
    let choices = Choices {
        step: RwSignal::new(None),
        rounds: RwSignal::new(BTreeMap::new()),
        replay: RwSignal::new(None),
        problem: RwSignal::new(None),
    };
    Effect::new(move |_| {
        // Another execution: what was chosen of the last one says nothing of it.
        id.track();
        choices.step.set(None);
        choices.rounds.set(BTreeMap::new());
        choices.replay.set(None);
    });
    view! {
        {problem_of(choices.problem)}
        {loaded(found, move |own| view! { <Page own project choices /> })}
    }
}

/// An execution as it goes on. What is news of it changes what is drawn and nothing else: whoever types,
/// searches or is being asked something goes on with it.
fn followed(own: &ExecutionDetail, project: Memo<String>) -> RwSignal<ExecutionDetail> {
    let latest = RwSignal::new(own.clone());
    let id = own.summary.id.to_string();
    let only = id.clone();
    let again = Callback::new(move |()| {
        // What has ended does not change.
        if latest.with_untracked(|own| own.summary.status.is_final()) {
            return;
        }
        let (project, id) = (project.get_untracked(), id.clone());
        spawn_local(async move {
            let Ok(now) = execution(project, id).await else { return };
            // Two answers can overtake each other; a history only grows.
            latest.try_update(|own| {
                if now.history.len() >= own.history.len() {
                    *own = now;
                }
            });
        });
    });
    hear_of_executions(again, project, Some(Memo::new(move |_| only.clone())));
    latest
}

#[component]
fn Page(own: ExecutionDetail, project: Memo<String>, choices: Choices) -> impl IntoView {
    let latest = followed(&own, project);
    let project = project.get_untracked();
    let base = address!("/dashboard/{project}");
    let id = own.summary.id.to_string();
    let status = Memo::new(move |_| latest.with(|own| own.summary.status));
    let running = move || !status.get().is_final();
    let cancelled = Memo::new(move |_| {
        latest.with(|own| {
            own.history.iter().find_map(|entry| match &entry.fact {
                Fact::Cancelled { reason } => Some(reason.clone()),
                _ => None,
            })
        })
    });
    let all_took = move || {
        latest.with(|own| {
            let end = own.summary.ended_at?;
            let ms = end.since(own.summary.started_at).as_millis();
            Some(took(u64::try_from(ms).unwrap_or(0)))
        })
    };
    let failure = Memo::new(move |_| {
        latest.with(|own| {
            let failure = own.summary.failure.clone()?;
            Some((failed_step(own, &failure).map(str::to_owned), failure))
        })
    });
    let stop = {
        let (project, id) = (project.clone(), id.clone());
        move |()| {
            act(cancel_execution(project.clone(), id.clone()), choices.problem, |()| ());
        }
    };
    let repeated = own.replay_of.map(|first| {
        let to = format!("{base}/executions/{first}");
        view! { <p class="callout">{icon(Icon::History)} " This is a replay of " <a href=to>"an earlier execution"</a> "."</p> }
    });
    let replays: Vec<_> = own
        .replays
        .iter()
        .map(|replay| {
            let to = format!("{base}/executions/{}", replay.id);
            view! { <li class="row"><a href=to>{at(replay.started_at)}</a>{execution_status(replay.status)}</li> }
        })
        .collect();
    let none = replays.is_empty();
    let (up, link) = (format!("{base}/executions"), format!("{base}/executions/{id}"));
    view! {
        <Head
            up=(up, "Executions".to_owned())
            title=own.summary.workflow.clone()
            purpose=format!("Version {} for {}", own.workflow_version, own.summary.user)
        >
            {move || execution_status(status.get())}
            <CopyLink path=link />
            <span hidden=move || !running()>
                <Confirmed
                    ask="Cancel"
                    words="Nothing more of it is begun. What it has done at the provider stays done."
                    yes="Cancel execution"
                    on_yes=stop
                />
            </span>
            <span hidden=running>
                <Button on_press=move |()| choices.replay.set(Some(None))>"Replay"</Button>
            </span>
        </Head>
        {repeated}
        {
            let project = project.clone();
            move || {
                choices
                    .replay
                    .get()
                    .map(|from| {
                        let own = latest.get_untracked();
                        view! { <ReplayPanel own project=project.clone() from close=move || choices.replay.set(None) /> }
                    })
            }
        }
        {move || failure.get().map(|(step, failure)| failure_view(step.as_deref(), &failure))}
        {move || cancelled.get().map(|reason| {
            view! { <p class="callout callout-warning">"It was cancelled: " {reason} "."</p> }
        })}
        <dl class="facts-wide card">
            <div><dt>"User"</dt><dd><a href=format!("{base}/users/{}", own.summary.user_id)>{own.summary.user.clone()}</a></dd></div>
            <div><dt>"Account"</dt><dd>{own.account.clone()}</dd></div>
            <div><dt>"Event"</dt><dd><a href=format!("{base}/events/{}", own.summary.event_id)>{own.event_name.clone()}</a></dd></div>
            <div><dt>"Workflow"</dt><dd><a rel="external" href=format!("{base}/workflows/{}", own.summary.workflow_id)>{own.summary.workflow.clone()}</a></dd></div>
            <div><dt>"Started"</dt><dd>{at(own.summary.started_at)}</dd></div>
            <div><dt>"Took"</dt><dd>{all_took}</dd></div>
        </dl>
        <section class="card" hidden=none>
            <h2>"Replays"</h2>
            <ul class="plain">{replays}</ul>
        </section>
        <Run own latest choices />
    }
}

/// The title of the step whose failure became that of the execution.
fn failed_step<'a>(own: &'a ExecutionDetail, failure: &Failure) -> Option<&'a str> {
    let path = own.history.iter().rev().find_map(|entry| match &entry.fact {
        Fact::StepFailed { path, failure: own, .. } if own == failure => Some(path),
        _ => None,
    })?;
    own.definition.step(path.step()).map(|step| step.title.as_str())
}

/// The page's own address, to be passed on.
#[component]
fn CopyLink(path: String) -> impl IntoView {
    #[cfg(feature = "browser")]
    let path = format!("{}{path}", window().location().origin().unwrap_or_default());
    view! { <CopyButton text=path what="link" /> }
}

/// The path, and what is chosen of it.
#[component]
fn Run(own: ExecutionDetail, latest: RwSignal<ExecutionDetail>, choices: Choices) -> impl IntoView {
    let known = Memo::new(move |_| latest.with(|own| Arc::new(told(&own.history, &own.waiting))));
    let open =
        Memo::new(move |_| choices.step.get().unwrap_or_else(|| known.with(|all| first_of(all))));
    let drawing = Drawing { told: known, chosen: choices.step, open, rounds: choices.rounds };
    let nodes = path_of_steps(drawing, &own.definition.steps, "");
    let trigger_open = move || if open.get() == TRIGGER { "true" } else { "false" };
    let (event, payload) = (own.event_name.clone(), own.payload.clone());
    let ended = Memo::new(move |_| latest.with(|own| own.summary.status.is_final()));
    view! {
        <div class="run">
            <ol class="run-path" aria-label="The path it took">
                <li>
                    <button
                        type="button"
                        class="node"
                        aria-pressed=trigger_open
                        on:click=move |_| choices.step.set(Some(TRIGGER.to_owned()))
                    >
                        <span class="node-mark">{icon(Icon::Zap)}</span>
                        <span class="node-title">{event.clone()}</span>
                        <span class="node-state">{status(Tone::Success, Icon::CircleCheck, "Received")}</span>
                    </button>
                </li>
                {nodes}
            </ol>
            <section class="card" aria-live="polite">
                {move || {
                    let path = StepPath(open.get());
                    match own.definition.step(path.step()) {
                        Some(step) => {
                            let told = drawing.told_of(&path.0);
                            let can = move || ended.get() && told.with(Told::is_reached);
                            view! {
                                {step_view(&step.title, told)}
                                <div hidden=move || !can()>
                                    <Button on_press=move |()| choices.replay.set(Some(Some(path.clone())))>"Replay from here"</Button>
                                </div>
                            }
                            .into_any()
                        }
                        None => {
                            view! {
                                <div class="card-head">
                                    <h2>{event.clone()}</h2>
                                    {status(Tone::Success, Icon::CircleCheck, "Received")}
                                </div>
                                <h3>"What was sent"</h3>
                                <JsonTree value=payload.clone() what="input" />
                            }
                            .into_any()
                        }
                    }
                }}
            </section>
        </div>
    }
}

/// What is shown until somebody chooses: the innermost step that failed, or the last one that was come to.
fn first_of(known: &BTreeMap<String, Told>) -> String {
    let failed = known.iter().filter(|(_, told)| told.failure.is_some());
    failed
        .max_by_key(|(path, _)| path.matches('/').count())
        .or_else(|| known.iter().rev().find(|(_, told)| told.is_reached()))
        .map_or_else(|| TRIGGER.to_owned(), |(path, _)| path.clone())
}
