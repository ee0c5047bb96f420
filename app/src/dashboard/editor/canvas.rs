//! The canvas: the trigger, then the steps as a tree, with a place to add between any two.

use super::super::icon::{Icon, icon};
use super::commands;
use super::dialog::{Dialogs, Open};
use super::draft::{Draft, Selected};
use super::node::{Node, TriggerNode};
use leptos::html;
use leptos::prelude::*;
use portico_domain::workflow::{Branch, Step};
use portico_engine::edit::{self, Spot};

/// The steps of zooming, in percent.
const ZOOMS: [u32; 7] = [40, 50, 65, 80, 100, 120, 150];
const USUAL: usize = 4;

#[component]
pub(super) fn Canvas(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let zoom = RwSignal::new(USUAL);
    let closer = move || zoom.update(|at| *at = (*at + 1).min(ZOOMS.len() - 1));
    let further = move || zoom.update(|at| *at = at.saturating_sub(1));
    let canvas = NodeRef::<html::Main>::new();
    Effect::new(move |_| {
        // A tree that is wider than the window begins in its middle.
        if let Some(canvas) = canvas.get() {
            request_animation_frame(move || {
                canvas.set_scroll_left((canvas.scroll_width() - canvas.client_width()) / 2);
            });
        }
    });
    let scale = move || format!("{}", f64::from(ZOOMS[zoom.get()]) / 100.0);
    view! {
        <main
            node_ref=canvas
            class="ed-canvas"
            id="canvas"
            aria-label="Workflow"
            on:keydown=move |event| commands::on_canvas(&event, draft, dialogs)
            on:wheel=move |event| {
                if event.ctrl_key() {
                    event.prevent_default();
                    if event.delta_y() < 0.0 { closer() } else { further() }
                }
            }
            on:click=move |event| {
                // Beside everything: the workflow as a whole.
                let beside = event.target().and_then(|own| wasm_bindgen::JsCast::dyn_into::<web_sys::Element>(own).ok());
                if beside.is_some_and(|own| own.closest("button, .ed-zoom").ok().flatten().is_none()) {
                    draft.look_at(Selected::Workflow);
                }
            }
        >
            <div class="ed-tree" style:zoom=scale>
                <TriggerNode draft />
                {list(draft, dialogs, None)}
                <p class="ed-end">{icon(Icon::CircleCheck)}"End"</p>
            </div>
            <div class="ed-zoom" role="group" aria-label="Zoom">
                <button type="button" class="ed-icon" aria-label="Zoom out" on:click=move |_| further()>{icon(Icon::Minus)}</button>
                <button type="button" class="ed-zoom-now" aria-label="Zoom to 100 %" on:click=move |_| zoom.set(USUAL)>
                    {move || format!("{} %", ZOOMS[zoom.get()])}
                </button>
                <button type="button" class="ed-icon" aria-label="Zoom in" on:click=move |_| closer()>{icon(Icon::Plus)}</button>
            </div>
        </main>
    }
}

/// Which list of steps.
type Within = Option<(String, Branch)>;

fn steps_of(
    document: &portico_domain::workflow::WorkflowDefinition,
    within: &Within,
) -> Vec<String> {
    let ids = |steps: &[Step]| steps.iter().map(|step| step.id.clone()).collect();
    match within {
        None => ids(&document.steps),
        Some((holder, branch)) => document
            .step(holder)
            .and_then(|step| {
                step.kind
                    .branches()
                    .into_iter()
                    .find(|(own, _)| own == branch)
                    .map(|(_, steps)| ids(steps))
            })
            .unwrap_or_default(),
    }
}

/// A list of steps, and between them the places for more. (Any: a tree would be a type without end.)
fn list(draft: Draft, dialogs: Dialogs, within: Within) -> AnyView {
    let of = within.clone();
    let ids = Memo::new(move |_| draft.document.with(|document| steps_of(document, &of)));
    let first = within.clone();
    view! {
        <div class="ed-list">
            <Adder draft dialogs after=None within=first />
            <For each=move || ids.get() key=Clone::clone let:id>
                {block(draft, dialogs, (within.clone(), id))}
            </For>
        </div>
    }
    .into_any()
}

/// A step, what it holds, and the place below it.
fn block(draft: Draft, dialogs: Dialogs, (within, id): (Within, String)) -> AnyView {
    // What a step is does not change while it has its id; undoing can make it another kind.
    let of = id.clone();
    let kind = Memo::new(move |_| {
        draft.document.with(|document| document.step(&of).map(|step| step.kind.name()))
    });
    let (node, holder, after) = (id.clone(), id.clone(), id);
    view! {
        <Node draft id=node />
        {move || match kind.get() {
            Some("condition") => {
                let branch = |branch| list(draft, dialogs, Some((holder.clone(), branch)));
                view! {
                    <div class="ed-branches" role="group" aria-label="Branches">
                        <div class="ed-branch"><span class="ed-branch-name">"Yes"</span>{branch(Branch::Then)}</div>
                        <div class="ed-branch"><span class="ed-branch-name">"No"</span>{branch(Branch::Else)}</div>
                    </div>
                }
                    .into_any()
            }
            Some("fan_out") => {
                view! {
                    <div class="ed-frame" role="group" aria-label="For each item">
                        <span class="ed-frame-name">{icon(Icon::Repeat)}"For each item"</span>
                        {list(draft, dialogs, Some((holder.clone(), Branch::Body)))}
                    </div>
                }
                    .into_any()
            }
            _ => ().into_any(),
        }}
        <Adder draft dialogs after=Some(after) within />
    }
    .into_any()
}

/// The line between two nodes, with the place to add.
#[component]
fn Adder(draft: Draft, dialogs: Dialogs, after: Option<String>, within: Within) -> impl IntoView {
    // The trigger stands before the first place of the whole.
    let near = match &after {
        Some(id) => Some(Selected::Step(id.clone())),
        None => within.is_none().then_some(Selected::Trigger),
    };
    let title = {
        let after = after.clone();
        move || {
            let above = after.as_ref().and_then(|id| {
                draft.document.with(|document| document.step(id).map(|step| step.title.clone()))
            });
            match above {
                Some(title) => format!("Add a step after {title}"),
                None => "Add a step here".to_owned(),
            }
        }
    };
    let of = within.clone();
    let begins = after.is_none();
    // In a list without steps nothing else leads here.
    let alone = Memo::new(move |_| {
        begins && draft.document.with(|document| steps_of(document, &of).is_empty())
    });
    let reachable = move || alone.get() || near.as_ref().is_some_and(|own| draft.is_selected(own));
    let spot = StoredValue::new((within, after));
    let spot = move || {
        let (within, after) = spot.get_value();
        let index = after
            .and_then(|id| draft.document.with_untracked(|document| edit::spot(document, &id)))
            .map_or(0, |spot| spot.index + 1);
        Spot { within, index }
    };
    let over = RwSignal::new(false);
    view! {
        <div
            class="ed-line"
            class:ed-drop=move || draft.dragged.with(Option::is_some)
            class:ed-over=move || over.get()
            on:dragover=move |event| {
                if draft.dragged.with_untracked(Option::is_some) {
                    event.prevent_default();
                    over.set(true);
                }
            }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event| {
                over.set(false);
                if let Some(id) = draft.dragged.get_untracked() {
                    event.prevent_default();
                    draft.dragged.set(None);
                    commands::move_to(draft, id, spot());
                }
            }
        >
            <button
                type="button"
                class="ed-add"
                aria-label=title
                tabindex=move || if reachable() { "0" } else { "-1" }
                on:click=move |event| {
                    event.stop_propagation();
                    dialogs.open(Open::Adding(spot()));
                }
            >
                {icon(Icon::Plus)}
            </button>
        </div>
    }
}
