//! What can be done, by keys and from the palette (`palette`).

use super::dialog::{Dialogs, Open};
use super::draft::{Draft, Selected};
use super::saving::Saving;
use leptos::prelude::*;
use portico_domain::workflow::Branch;
use portico_engine::edit::{self, Edit, Spot, Way};
use wasm_bindgen::JsCast;

/// Whether somebody moves about on the canvas, and is not filling in a field.
pub(super) fn canvas_has_focus() -> bool {
    let focused = document().active_element();
    focused.is_none_or(|own| own.closest("#canvas").ok().flatten().is_some())
}

/// Whether nobody has the focus: what had it is gone, or a click went beside everything.
pub(super) fn nothing_has_focus() -> bool {
    document().active_element().is_none_or(|own| own.tag_name() == "BODY")
}

/// Whether somebody writes what is not, or not yet, the document's: there the browser takes back letters.
fn has_its_own_undo() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|own| own.closest("[data-own-undo]").ok().flatten().is_some())
}

/// The keys that mean something everywhere in the editor.
pub(super) fn listen(draft: Draft, saving: Saving, dialogs: Dialogs) {
    let handle = window_event_listener(leptos::ev::keydown, move |event| {
        let held = event.ctrl_key() || event.meta_key();
        match (held, event.key().to_lowercase().as_str()) {
            (true, "s") => {
                event.prevent_default();
                saving.save();
            }
            (true, "k") => {
                event.prevent_default();
                dialogs.open(Open::Palette);
            }
            // In a field of the document the browser's own undo would leave the document behind.
            (true, "z") if !dialogs.is_open() && !has_its_own_undo() => {
                event.prevent_default();
                if event.shift_key() { draft.redo() } else { draft.undo() }
            }
            (true, "y") if !dialogs.is_open() && !has_its_own_undo() => {
                event.prevent_default();
                draft.redo();
            }
            (false, "?") if !dialogs.is_open() && !is_written_in() => {
                event.prevent_default();
                dialogs.open(Open::Shortcuts);
            }
            (false, "arrowup" | "arrowdown" | "arrowleft" | "arrowright")
                // What the canvas did already may have cost its card the focus.
                if !dialogs.is_open() && !event.default_prevented() && nothing_has_focus() =>
            {
                on_canvas(&event, draft, dialogs);
            }
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
}

fn is_written_in() -> bool {
    document()
        .active_element()
        .is_some_and(|own| matches!(own.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// The keys of the canvas.
pub(super) fn on_canvas(event: &web_sys::KeyboardEvent, draft: Draft, dialogs: Dialogs) {
    let held = event.ctrl_key() || event.meta_key();
    let selected = draft.selected.get_untracked();
    let key = event.key();
    let is_on = |what: &str| {
        let target = event.target().and_then(|own| own.dyn_into::<web_sys::Element>().ok());
        target.is_some_and(|own| own.closest(what).ok().flatten().is_some())
    };
    let done = match (held, event.alt_key(), key.as_str()) {
        (false, false, "ArrowDown") => select_beside(draft, 1),
        (false, false, "ArrowUp") => select_beside(draft, -1),
        (false, false, "ArrowRight") => select_inner(draft),
        (false, false, "ArrowLeft") => select_holder(draft),
        (false, true, "ArrowUp") => {
            move_by(draft, Way::Up);
            true
        }
        (false, true, "ArrowDown") => {
            move_by(draft, Way::Down);
            true
        }
        (false, false, "Delete" | "Backspace") if !is_on(".ed-zoom") => match selected {
            Selected::Step(id) => {
                remove(draft, &id);
                true
            }
            _ => false,
        },
        (true, _, "d" | "D") => match selected {
            Selected::Step(id) => {
                duplicate(draft, &id);
                true
            }
            _ => false,
        },
        (false, false, "a" | "A") => {
            add_below(draft, dialogs);
            true
        }
        // On a card it presses the card, which selects it; on any other button it is that button's.
        (false, false, "Enter") if is_on(".ed-card") => {
            focus_panel();
            false
        }
        (false, false, "Escape") => {
            draft.selected.set(Selected::Workflow);
            true
        }
        _ => false,
    };
    if done {
        event.prevent_default();
    }
}

/// The first field of the panel.
pub(super) fn focus_panel() {
    request_animation_frame(|| {
        let field = document()
            .query_selector(
                "#panel input, #panel textarea, #panel select, #panel button:not(.ed-panel-close)",
            )
            .ok()
            .flatten();
        if let Some(field) = field.and_then(|own| own.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}

/// The card of what is selected, once it is drawn.
fn focus_card(draft: Draft) {
    request_animation_frame(move || {
        let card = match draft.selected.get_untracked() {
            Selected::Step(id) => document().get_element_by_id(&format!("step-{id}")),
            _ => document().get_element_by_id("step-trigger"),
        };
        if let Some(card) = card.and_then(|own| own.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = card.focus();
        }
    });
}

fn select_beside(draft: Draft, by: isize) -> bool {
    let order = draft.order();
    let selected = draft.selected.get_untracked();
    let at =
        order.iter().position(|own| *own == selected).map_or(0, |at| at.saturating_add_signed(by));
    if let Some(next) = order.get(at) {
        draft.selected.set(next.clone());
    }
    true
}

fn select_inner(draft: Draft) -> bool {
    let Selected::Step(id) = draft.selected.get_untracked() else { return false };
    let inner = draft.step(&id).and_then(|step| {
        let branches = step.kind.branches();
        branches.into_iter().find_map(|(_, steps)| steps.first().map(|own| own.id.clone()))
    });
    if let Some(inner) = inner {
        draft.selected.set(Selected::Step(inner));
    }
    true
}

fn select_holder(draft: Draft) -> bool {
    let Selected::Step(id) = draft.selected.get_untracked() else { return false };
    let spot = draft.document.with_untracked(|document| edit::spot(document, &id));
    if let Some((holder, _)) = spot.and_then(|spot| spot.within) {
        draft.selected.set(Selected::Step(holder));
    }
    true
}

/// The selected step goes to the next place, into branches and out of them.
pub(super) fn move_by(draft: Draft, way: Way) {
    let Selected::Step(id) = draft.selected.get_untracked() else { return };
    let found = draft.document.with_untracked(|document| {
        let here = edit::spot(document, &id)?;
        Some((here, edit::beyond(document, &id, way)?))
    });
    let Some((here, to)) = found else {
        let end = if way == Way::Up { "first" } else { "last" };
        return draft.said.set(format!("It is the {end} step."));
    };
    let words = match &to.within {
        within if *within == here.within => "Moved.".to_owned(),
        None => "Moved out.".to_owned(),
        Some((holder, branch)) => {
            let title = draft.step(holder).map(|step| step.title).unwrap_or_default();
            let branch = match branch {
                Branch::Then => "Yes",
                Branch::Else => "No",
                Branch::Body => "For each item",
            };
            format!("Moved to {branch} of {title}.")
        }
    };
    // A card that is moved in the page loses the focus.
    let by_key = canvas_has_focus() || nothing_has_focus();
    draft.edit(Edit::Move { id, to });
    draft.said.set(words);
    if by_key {
        focus_card(draft);
    }
}

/// A step goes to a place that is counted with it.
pub(super) fn move_to(draft: Draft, id: String, to: Spot) {
    let Some(from) = draft.document.with_untracked(|document| edit::spot(document, &id)) else {
        return;
    };
    // Taken out of the same list, what stands below moves up.
    let below = from.within == to.within && from.index < to.index;
    let to = Spot { index: to.index - usize::from(below), ..to };
    if to != from {
        draft.edit(Edit::Move { id: id.clone(), to });
        draft.said.set("Moved.".to_owned());
    }
    draft.selected.set(Selected::Step(id));
}

/// Removes a step; it can be had back with undo.
pub(super) fn remove(draft: Draft, id: &str) {
    let title = draft.step(id).map(|step| step.title).unwrap_or_default();
    let order = draft.order();
    let at = order.iter().position(|own| *own == Selected::Step(id.to_owned())).unwrap_or(1);
    draft.edit(Edit::Remove { id: id.to_owned() });
    // Never below: what stood there may have gone with it.
    draft.selected.set(order.get(at.saturating_sub(1)).cloned().unwrap_or(Selected::Trigger));
    draft.keep_selection();
    draft.said.set(format!("{title} was removed. Undo brings it back."));
    focus_card(draft);
}

pub(super) fn duplicate(draft: Draft, id: &str) {
    let edit = draft.document.with_untracked(|document| edit::duplicate(document, id));
    if let Ok(edit) = edit {
        let copy = match &edit {
            Edit::Insert { step, .. } => Some(step.id.clone()),
            _ => None,
        };
        draft.edit(edit);
        if let Some(copy) = copy {
            draft.selected.set(Selected::Step(copy));
        }
        draft.said.set("Duplicated.".to_owned());
    }
}

/// Asks for a step below what is selected.
pub(super) fn add_below(draft: Draft, dialogs: Dialogs) {
    let spot = match draft.selected.get_untracked() {
        Selected::Step(id) => draft.document.with_untracked(|document| edit::spot(document, &id)),
        Selected::Trigger => None,
        Selected::Workflow => {
            let index = draft.document.with_untracked(|document| document.steps.len());
            Some(Spot { within: None, index: index.wrapping_sub(1) })
        }
    };
    let spot = spot.map_or(Spot { within: None, index: 0 }, |spot| Spot {
        index: spot.index.wrapping_add(1),
        ..spot
    });
    dialogs.open(Open::Adding(spot));
}
