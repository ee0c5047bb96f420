//! What can be done, by keys and from the palette (`palette`).

use super::dialog::{Dialogs, Open};
use super::draft::{Draft, Selected};
use super::saving::Saving;
use leptos::prelude::*;
use portico_engine::edit::{self, Edit, Spot};
use wasm_bindgen::JsCast;

/// Whether somebody moves about on the canvas, and is not filling in a field.
pub(super) fn canvas_has_focus() -> bool {
    let focused = document().active_element();
    focused.is_none_or(|own| own.closest("#canvas").ok().flatten().is_some())
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
            // In a field the browser's own undo would leave the document behind.
            (true, "z") if !dialogs.is_open() => {
                event.prevent_default();
                if event.shift_key() { draft.redo() } else { draft.undo() }
            }
            (true, "y") if !dialogs.is_open() => {
                event.prevent_default();
                draft.redo();
            }
            (false, "?") if !dialogs.is_open() && !is_written_in() => {
                event.prevent_default();
                dialogs.open(Open::Shortcuts);
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
    let done = match (held, event.alt_key(), key.as_str()) {
        (false, false, "ArrowDown") => select_beside(draft, 1),
        (false, false, "ArrowUp") => select_beside(draft, -1),
        (false, false, "ArrowRight") => select_inner(draft),
        (false, false, "ArrowLeft") => select_holder(draft),
        (false, true, "ArrowUp") => {
            move_by(draft, -1);
            true
        }
        (false, true, "ArrowDown") => {
            move_by(draft, 1);
            true
        }
        (false, false, "Delete" | "Backspace") => match selected {
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
        (false, false, "Enter") => {
            focus_panel();
            true
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
            .query_selector("#panel input, #panel textarea, #panel select, #panel button")
            .ok()
            .flatten();
        if let Some(field) = field.and_then(|own| own.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
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

/// The selected step goes so many places down in its list.
pub(super) fn move_by(draft: Draft, by: isize) {
    let Selected::Step(id) = draft.selected.get_untracked() else { return };
    let found = draft.document.with_untracked(|document| {
        let spot = edit::spot(document, &id)?;
        let count = match &spot.within {
            None => document.steps.len(),
            Some((holder, branch)) => {
                let branches = document.step(holder)?.kind.branches();
                branches.into_iter().find(|(own, _)| own == branch)?.1.len()
            }
        };
        let index = spot.index.checked_add_signed(by).filter(|index| *index < count)?;
        Some(Spot { index, ..spot })
    });
    if let Some(to) = found {
        draft.edit(Edit::Move { id, to });
        draft.said.set("Moved.".to_owned());
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
    draft.selected.set(order.get(at.saturating_sub(1)).cloned().unwrap_or(Selected::Trigger));
    draft.keep_selection();
    draft.said.set(format!("{title} was removed. Undo brings it back."));
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
