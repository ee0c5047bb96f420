//! A node of the canvas: what a step is, what it does, how it stands.

use super::super::icon::{Icon, icon};
use super::commands;
use super::draft::{Draft, Selected};
use super::facts::Facts;
use super::testing::Told;
use crate::dashboard::base::address;
use leptos::html;
use leptos::prelude::*;
use portico_domain::workflow::{Step, StepKind, Trigger};

/// What a node shows.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    title: String,
    line: String,
    mark: Mark,
}

/// The drawing on a node.
#[derive(Clone, Debug, PartialEq)]
enum Mark {
    Integration(String),
    Icon(Icon),
}

impl Default for Mark {
    fn default() -> Self {
        Self::Icon(Icon::Workflow)
    }
}

/// The mark of an integration, of the project's own too.
pub(super) fn integration_mark(project: &str, kind: &str, size: u32) -> impl IntoView + use<> {
    let src = match kind.starts_with("custom.") {
        true => address!("/cdn/icons/{project}/{kind}.svg"),
        false => address!("/cdn/icons/{kind}.svg"),
    };
    view! { <img class="mark" src=src alt="" width=size height=size /> }
}

pub(super) fn kind_icon(kind: &StepKind) -> Icon {
    match kind {
        StepKind::Action { .. } => Icon::Workflow,
        StepKind::Request { .. } => Icon::Globe,
        StepKind::Function { .. } => Icon::Code,
        StepKind::Delay { .. } => Icon::Clock,
        StepKind::Response { .. } => Icon::Reply,
        StepKind::Condition { .. } => Icon::Split,
        StepKind::FanOut { .. } => Icon::Repeat,
    }
}

/// What a call starts.
fn called(title: &str, fields: usize) -> Shown {
    let line = match fields {
        1 => "1 declared field".to_owned(),
        count => format!("{count} declared fields"),
    };
    Shown { title: title.to_owned(), line, mark: Mark::Icon(Icon::Globe) }
}

fn shown(step: &Step, facts: &Facts) -> Shown {
    let mark = match step.kind.integration() {
        Some(kind) => Mark::Integration(kind.to_owned()),
        None => Mark::Icon(kind_icon(&step.kind)),
    };
    Shown { title: step.title.clone(), line: line_of(step, facts), mark }
}

/// What a step does, in a line.
fn line_of(step: &Step, facts: &Facts) -> String {
    let text = |key: &str| {
        let value = step.kind.inputs().and_then(|inputs| inputs.get(key));
        match value {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    };
    let filled =
        step.kind.inputs().map_or(0, |inputs| inputs.values().filter(|own| !own.is_null()).count());
    match &step.kind {
        StepKind::Action { integration, .. } => {
            let action =
                facts.shape(step).map_or_else(|| "Choose an action".to_owned(), |own| own.title);
            let name =
                facts.known(integration).map_or(integration.as_str(), |own| own.name.as_str());
            // Whoever named it after its action need not read that twice.
            let what =
                if action == step.title { name.to_owned() } else { format!("{name} · {action}") };
            match filled {
                0 => what,
                1 => format!("{what} · 1 field"),
                count => format!("{what} · {count} fields"),
            }
        }
        StepKind::Request { .. } => format!("{} {}", text("method"), text("url")).trim().to_owned(),
        StepKind::Function { code, .. } => format!("JavaScript, {} lines", code.lines().count()),
        StepKind::Delay { .. } => format!("Wait {} {}", text("amount"), text("unit")),
        StepKind::Response { .. } => format!("Answer {}", text("status")).trim().to_owned(),
        StepKind::Condition { rules, .. } => {
            let count: usize = rules.iter().map(Vec::len).sum();
            if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") }
        }
        StepKind::FanOut { .. } => text("items"),
    }
}

/// The node of the trigger.
#[component]
pub(super) fn TriggerNode(draft: Draft) -> impl IntoView {
    let facts = draft.facts();
    let own = Memo::new(move |_| {
        draft.document.with(|document| match &document.trigger {
            Trigger::AppEvent { event } => Shown {
                title: if event.is_empty() { "Choose an event".to_owned() } else { event.clone() },
                line: "App event".to_owned(),
                mark: Mark::Icon(Icon::Zap),
            },
            Trigger::Request { fields } => called("Request", fields.len()),
            Trigger::Webhook { fields } => called("Webhook", fields.len()),
            Trigger::Scheduler { cron, time_zone } => Shown {
                title: "Schedule".to_owned(),
                line: format!("{cron} · {time_zone}"),
                mark: Mark::Icon(Icon::Clock),
            },
            Trigger::Integration { integration, trigger, .. } => {
                let known = facts.known(integration);
                let shape =
                    known.and_then(|own| own.triggers.iter().find(|own| own.id == *trigger));
                Shown {
                    title: shape
                        .map_or_else(|| "Choose a trigger".to_owned(), |own| own.title.clone()),
                    line: known.map_or_else(|| integration.clone(), |own| own.name.clone()),
                    mark: Mark::Integration(integration.clone()),
                }
            }
            Trigger::IntegrationEnabled {} => Shown {
                title: "Integration enabled".to_owned(),
                line: "Once per account".to_owned(),
                mark: Mark::Icon(Icon::Plug),
            },
        })
    });
    let problems = Memo::new(move |_| {
        draft.problems.with(|all| {
            all.iter()
                .filter(|own| {
                    own.pointer.starts_with("/trigger") || own.pointer.starts_with("/only_if")
                })
                .count()
        })
    });
    view! { <Card draft which=Selected::Trigger own problems told=Signal::derive(|| None) /> }
}

/// The node of a step.
#[component]
pub(super) fn Node(draft: Draft, id: String) -> impl IntoView {
    let facts = draft.facts();
    let of = id.clone();
    let own = Memo::new(move |_| {
        draft
            .document
            .with(|document| document.step(&of).map(|step| shown(step, &facts)).unwrap_or_default())
    });
    let of = id.clone();
    let problems = Memo::new(move |_| {
        let pointer = draft.document.with_untracked(|document| pointer_of(document, &of));
        let Some(pointer) = pointer else { return 0 };
        draft.problems.with(|all| all.iter().filter(|own| own_part(&own.pointer, &pointer)).count())
    });
    let of = id.clone();
    let told = Memo::new(move |_| draft.tests.told(&of));
    view! { <Card draft which=Selected::Step(id) own problems told=told.into() /> }
}

/// Where a step is written.
pub(super) fn pointer_of(
    document: &portico_domain::workflow::WorkflowDefinition,
    id: &str,
) -> Option<String> {
    document.walk().into_iter().find(|placed| placed.step.id == id).map(|placed| placed.pointer)
}

/// Whether something at `pointer` belongs to the step at `step`, not to one that it holds.
fn own_part(pointer: &str, step: &str) -> bool {
    let Some(rest) = pointer.strip_prefix(step) else { return false };
    let inner = ["/then/", "/else/", "/body/"];
    (rest.is_empty() || rest.starts_with('/'))
        && !inner.iter().any(|branch| rest.starts_with(branch))
}

/// A node: what can be selected.
#[component]
fn Card(
    draft: Draft,
    which: Selected,
    own: Memo<Shown>,
    problems: Memo<usize>,
    told: Signal<Option<Told>>,
) -> impl IntoView {
    let project = draft.facts().project.clone();
    let element = NodeRef::<html::Button>::new();
    let is_selected = {
        let which = which.clone();
        Memo::new(move |_| draft.is_selected(&which))
    };
    let is_trigger = which == Selected::Trigger;
    let reachable =
        move || is_selected.get() || (is_trigger && draft.is_selected(&Selected::Workflow));
    // Whoever moves by keys sees where they are.
    Effect::new(move |first: Option<()>| {
        let lost = || first.is_some() && commands::nothing_has_focus();
        if is_selected.get()
            && (commands::canvas_has_focus() || lost())
            && let Some(node) = element.get()
        {
            let _ = node.focus();
        }
    });
    let name = match &which {
        Selected::Step(id) => format!("step-{id}"),
        _ => "step-trigger".to_owned(),
    };
    let step = match &which {
        Selected::Step(id) => Some(id.clone()),
        _ => None,
    };
    let draggable = if step.is_some() { "true" } else { "false" };
    view! {
        <button
            type="button"
            node_ref=element
            class="ed-card"
            id=name
            draggable=draggable
            on:dragstart=move |event| {
                // Some browsers drag only what brings data.
                if let (Some(id), Some(data)) = (&step, event.data_transfer()) {
                    let _ = data.set_data("text/plain", id);
                    data.set_effect_allowed("move");
                    draft.dragged.set(Some(id.clone()));
                }
            }
            on:dragend=move |_| draft.dragged.set(None)
            aria-pressed=move || if is_selected.get() { "true" } else { "false" }
            tabindex=move || if reachable() { "0" } else { "-1" }
            on:click=move |event| {
                event.stop_propagation();
                draft.look_at(which.clone());
            }
        >
            <span class="ed-card-mark">
                {move || match own.get().mark {
                    Mark::Integration(kind) => integration_mark(&project, &kind, 28).into_any(),
                    Mark::Icon(drawing) => icon(drawing).into_any(),
                }}
            </span>
            <span class="ed-card-words">
                <span class="ed-card-title">{move || own.get().title}</span>
                <span class="ed-card-line">{move || own.get().line}</span>
            </span>
            <span class="ed-card-state">
                {move || match (problems.get(), told.get()) {
                    (0, None) => ().into_any(),
                    (0, Some(told)) => told.badge().into_any(),
                    (count, _) => {
                        let words = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
                        let said = words.clone();
                        view! { <span class="status status-warning" title=said>{icon(Icon::Triangle)}<span class="visually-hidden">{words}</span></span> }.into_any()
                    }
                }}
            </span>
        </button>
    }
}
