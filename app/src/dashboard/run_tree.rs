//! The path an execution took, drawn on its workflow: of a condition the way that was gone, the other one folded below
//! it; a fan-out as a frame around one of its rounds.

use super::icon::{Icon, icon};
use super::parts::{Tone, counted, integration_mark, status};
use super::run_step::Told;
use leptos::prelude::*;
use portico_domain::workflow::{Step, StepKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is drawn, and what a person has chosen of it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Drawing {
    /// What the history tells, by path.
    pub(super) told: Memo<Arc<BTreeMap<String, Told>>>,
    /// The path that was clicked.
    pub(super) chosen: RwSignal<Option<String>>,
    /// The path that is shown.
    pub(super) open: Memo<String>,
    /// The round that is shown, by the path of its fan-out.
    pub(super) rounds: RwSignal<BTreeMap<String, usize>>,
}

impl Drawing {
    /// What the history tells about a step, as it goes on.
    pub(super) fn told_of(self, path: &str) -> Memo<Told> {
        let path = path.to_owned();
        Memo::new(move |_| self.told.with(|all| all.get(&path).cloned().unwrap_or_default()))
    }
}

/// A list of steps, each below the one before it.
pub(super) fn path_of_steps(drawing: Drawing, steps: &[Step], within: &str) -> Vec<AnyView> {
    steps
        .iter()
        .map(|step| {
            let path = format!("{within}{}", step.id);
            let told = drawing.told_of(&path);
            let class = move || if told.with(Told::is_reached) { "" } else { "untaken" };
            let below = match &step.kind {
                StepKind::Condition { then, otherwise, .. } => {
                    let (then, otherwise) = (then.clone(), otherwise.clone());
                    let within = within.to_owned();
                    let holds = Memo::new(move |_| told.with(|told| told.holds));
                    let ways =
                        move || branches(drawing, (&then, &otherwise), (&within, holds.get()));
                    Some(ways.into_any())
                }
                StepKind::FanOut { body, .. } => Some(frame(drawing, body, (&path, told))),
                _ => None,
            };
            view! { <li class=class>{node(drawing, step, (path, told))}{below}</li> }.into_any()
        })
        .collect()
}

fn node(
    drawing: Drawing,
    step: &Step,
    (path, told): (String, Memo<Told>),
) -> impl IntoView + use<> {
    let (chosen, open) = (drawing.chosen, drawing.open);
    let own = path.clone();
    view! {
        <button
            type="button"
            class="node"
            aria-pressed=move || if open.get() == own { "true" } else { "false" }
            on:click=move |_| chosen.set(Some(path.clone()))
        >
            <span class="node-mark">{mark(step)}</span>
            <span class="node-title">{step.title.clone()}</span>
            <span class="node-state">{move || told.with(Told::status)}</span>
        </button>
    }
}

fn mark(step: &Step) -> AnyView {
    let drawing = match &step.kind {
        StepKind::Action { integration, .. } => {
            return integration_mark(integration, 28).into_any();
        }
        StepKind::Request { .. } => Icon::Globe,
        StepKind::Function { .. } => Icon::Code,
        StepKind::Delay { .. } => Icon::Clock,
        StepKind::Response { .. } => Icon::Reply,
        StepKind::Condition { .. } => Icon::Split,
        StepKind::FanOut { .. } => Icon::Repeat,
    };
    icon(drawing).into_any()
}

/// The two ways of a condition; `holds` says which one was gone.
fn branches(
    drawing: Drawing,
    (then, otherwise): (&[Step], &[Step]),
    (within, holds): (&str, Option<bool>),
) -> AnyView {
    let way = |word: &'static str, steps: &[Step], is_yes: bool| {
        let list = path_of_steps(drawing, steps, within);
        if holds == Some(is_yes) {
            let empty = steps.is_empty().then(|| view! { <li class="hint">"No steps"</li> });
            let way = view! {
                <div class="run-branch">
                    <span class="pill">{word}</span>
                    <ol class="run-path">{list}{empty}</ol>
                </div>
            };
            return way.into_any();
        }
        let why = if holds.is_some() { "not taken" } else { "not reached" };
        if steps.is_empty() {
            return view! { <p class="run-branch untaken hint">{word} ": " {why}</p> }.into_any();
        }
        view! {
            <details class="run-branch untaken">
                <summary>{word} ": " {why} ", " {counted(steps.len() as u64, "step")}</summary>
                <ol class="run-path">{list}</ol>
            </details>
        }
        .into_any()
    };
    let (yes, no) = (way("Yes", then, true), way("No", otherwise, false));
    // What happened stands first.
    let ways = if holds == Some(false) { (no, yes) } else { (yes, no) };
    view! { <div class="run-branches">{ways.0}{ways.1}</div> }.into_any()
}

/// A fan-out: how its rounds went, and one of them.
fn frame(drawing: Drawing, body: &[Step], (path, told): (&str, Memo<Told>)) -> AnyView {
    let key = path.to_owned();
    let place = key.clone();
    let states = Memo::new(move |_| {
        let count = told.with(|told| told.items.as_ref().map_or(0, Vec::len));
        drawing.told.with(|all| {
            (0..count).map(|index| round(all, &format!("{place}.{index}/"))).collect::<Vec<_>>()
        })
    });
    let picked = drawing.rounds;
    let shown = {
        let key = key.clone();
        Memo::new(move |_| {
            let first =
                || states.with(|all| all.iter().position(|own| *own == Round::Failed).unwrap_or(0));
            picked.with(|picked| picked.get(&key).copied()).unwrap_or_else(first)
        })
    };
    let counts = move || {
        states.with(|all| {
            let of = |state: Round| all.iter().filter(|own| **own == state).count();
            let (done, failed, open) = (of(Round::Done), of(Round::Failed), of(Round::Open));
            view! {
                <span class="hint">{counted(all.len() as u64, "round")}</span>
                {(done > 0).then(|| status(Tone::Success, Icon::CircleCheck, &format!("{done} ok")))}
                {(failed > 0).then(|| status(Tone::Danger, Icon::CircleX, &format!("{failed} failed")))}
                {(open > 0).then(|| status(Tone::Info, Icon::CircleDot, &format!("{open} open")))}
            }
        })
    };
    let options = move || {
        let chosen = shown.get();
        states.with(|all| {
            let count = all.len();
            let option = |(index, state): (usize, &Round)| {
                let words = format!("Round {} of {count}: {}", index + 1, state.word());
                view! { <option value=index.to_string() selected=index == chosen>{words}</option> }
            };
            all.iter().enumerate().map(option).collect::<Vec<_>>()
        })
    };
    let (body, place) = (body.to_vec(), key.clone());
    view! {
        <div class="run-frame">
            <div class="row">{counts}</div>
            <select
                class="input"
                aria-label="Round"
                hidden=move || states.with(Vec::is_empty)
                on:change=move |event| {
                    if let Ok(index) = event_target_value(&event).parse() {
                        picked.update(|picked| { picked.insert(key.clone(), index); });
                    }
                }
            >
                {options}
            </select>
            <ol class="run-path">
                {move || path_of_steps(drawing, &body, &format!("{place}.{}/", shown.get()))}
            </ol>
        </div>
    }
    .into_any()
}

/// How a round went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Done,
    Failed,
    Open,
}

impl Round {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "ok",
            Self::Failed => "failed",
            Self::Open => "open",
        }
    }
}

fn round(told: &BTreeMap<String, Told>, within: &str) -> Round {
    let steps = told.range(within.to_owned()..).take_while(|(path, _)| path.starts_with(within));
    let mut round = Round::Done;
    for (_, told) in steps {
        if told.failure.is_some() {
            return Round::Failed;
        }
        if !told.is_done() {
            round = Round::Open;
        }
    }
    round
}
