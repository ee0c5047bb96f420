//! The path an execution took, drawn on its workflow: of a condition the way that was gone, the other one folded below
//! it; a fan-out as a frame around one of its rounds.

use super::icon::{Icon, icon};
use super::parts::{Tone, counted, integration_mark, status};
use super::run_step::Told;
use leptos::prelude::*;
use portico_domain::workflow::{Step, StepKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is drawn, and what a person has chosen of it.
#[derive(Clone)]
pub(super) struct Drawing {
    /// What the history tells, by path.
    pub(super) told: Arc<BTreeMap<String, Told>>,
    /// The path that was clicked.
    pub(super) chosen: RwSignal<Option<String>>,
    /// The path that is shown.
    pub(super) open: Memo<String>,
    /// The round that is shown, by the path of its fan-out.
    pub(super) rounds: RwSignal<BTreeMap<String, usize>>,
}

/// A list of steps, each below the one before it.
pub(super) fn path_of_steps(drawing: &Drawing, steps: &[Step], within: &str) -> Vec<AnyView> {
    steps
        .iter()
        .map(|step| {
            let path = format!("{within}{}", step.id);
            let told = drawing.told.get(&path).cloned().unwrap_or_default();
            let class = if told.is_reached() { "" } else { "untaken" };
            let below = match &step.kind {
                StepKind::Condition { then, otherwise, .. } => {
                    Some(branches(drawing, (then, otherwise), (within, told.holds)))
                }
                StepKind::FanOut { body, .. } => Some(frame(drawing, body, (&path, &told))),
                _ => None,
            };
            view! { <li class=class>{node(drawing, step, (path, &told))}{below}</li> }.into_any()
        })
        .collect()
}

fn node(drawing: &Drawing, step: &Step, (path, told): (String, &Told)) -> impl IntoView + use<> {
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
            <span class="node-state">{told.status()}</span>
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
    drawing: &Drawing,
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
fn frame(drawing: &Drawing, body: &[Step], (path, told): (&str, &Told)) -> AnyView {
    let count = told.items.as_ref().map_or(0, Vec::len);
    let states: Vec<_> =
        (0..count).map(|index| round(drawing, &format!("{path}.{index}/"))).collect();
    let failed = states.iter().filter(|own| **own == Round::Failed).count();
    let done = states.iter().filter(|own| **own == Round::Done).count();
    let under_way = count - failed - done;
    let first = states.iter().position(|own| *own == Round::Failed).unwrap_or(0);
    let (key, picked) = (path.to_owned(), drawing.rounds);
    let shown = {
        let key = key.clone();
        move || picked.with(|picked| picked.get(&key).copied()).unwrap_or(first)
    };
    let options: Vec<_> = states
        .iter()
        .enumerate()
        .map(|(index, state)| {
            let words = format!("Round {} of {count}: {}", index + 1, state.word());
            view! { <option value=index.to_string() selected=index == first>{words}</option> }
        })
        .collect();
    let (own, body, place) = (drawing.clone(), body.to_vec(), path.to_owned());
    view! {
        <div class="run-frame">
            <div class="row">
                <span class="hint">{counted(count as u64, "round")}</span>
                {(done > 0).then(|| status(Tone::Success, Icon::CircleCheck, &format!("{done} ok")))}
                {(failed > 0).then(|| status(Tone::Danger, Icon::CircleX, &format!("{failed} failed")))}
                {(under_way > 0).then(|| status(Tone::Info, Icon::CircleDot, &format!("{under_way} open")))}
            </div>
            <select
                class="input"
                aria-label="Round"
                hidden=count == 0
                on:change=move |event| {
                    if let Ok(index) = event_target_value(&event).parse() {
                        picked.update(|picked| { picked.insert(key.clone(), index); });
                    }
                }
            >
                {options}
            </select>
            <ol class="run-path">{move || path_of_steps(&own, &body, &format!("{place}.{}/", shown()))}</ol>
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

fn round(drawing: &Drawing, within: &str) -> Round {
    let steps =
        drawing.told.range(within.to_owned()..).take_while(|(path, _)| path.starts_with(within));
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
