//! What can be done, by keys and from the palette.

use super::super::icon::{Icon, icon};
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::{Draft, Selected};
use super::saving::Saving;
use leptos::html;
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

/// A line of the palette.
#[derive(Clone)]
struct Command {
    words: String,
    keys: &'static str,
    drawing: Icon,
    act: Callback<()>,
}

fn commands(draft: Draft, saving: Saving, dialogs: Dialogs) -> Vec<Command> {
    let one = |words: &str, keys, drawing, act: Callback<()>| Command {
        words: words.to_owned(),
        keys,
        drawing,
        act,
    };
    let mut all = vec![
        one(
            "Add a step below",
            "A",
            Icon::Plus,
            Callback::new(move |()| add_below(draft, dialogs)),
        ),
        one("Undo", "Ctrl Z", Icon::Undo, Callback::new(move |()| draft.undo())),
        one("Redo", "Ctrl Shift Z", Icon::Redo, Callback::new(move |()| draft.redo())),
        one("Save now", "Ctrl S", Icon::Check, Callback::new(move |()| saving.save())),
        one(
            "Test the workflow",
            "",
            Icon::Flask,
            Callback::new(move |()| dialogs.open(Open::TestWorkflow)),
        ),
        one("Deploy", "", Icon::Zap, Callback::new(move |()| dialogs.open(Open::Deploying))),
        one("Versions", "", Icon::History, Callback::new(move |()| dialogs.open(Open::Versions))),
        one("Edit as a file", "", Icon::Code, Callback::new(move |()| dialogs.open(Open::AsFile))),
        one(
            "Keyboard shortcuts",
            "?",
            Icon::Keyboard,
            Callback::new(move |()| dialogs.open(Open::Shortcuts)),
        ),
        one(
            "Workflow settings",
            "Esc",
            Icon::Settings,
            Callback::new(move |()| draft.selected.set(Selected::Workflow)),
        ),
    ];
    if let Selected::Step(id) = draft.selected.get_untracked() {
        let (copied, removed) = (id.clone(), id);
        all.push(one(
            "Duplicate the step",
            "Ctrl D",
            Icon::Copy,
            Callback::new(move |()| duplicate(draft, &copied)),
        ));
        all.push(one(
            "Move the step up",
            "Alt ↑",
            Icon::ChevronUp,
            Callback::new(move |()| move_by(draft, -1)),
        ));
        all.push(one(
            "Move the step down",
            "Alt ↓",
            Icon::ChevronDown,
            Callback::new(move |()| move_by(draft, 1)),
        ));
        all.push(one(
            "Remove the step",
            "Del",
            Icon::Trash,
            Callback::new(move |()| remove(draft, &removed)),
        ));
    }
    for place in draft.order() {
        let (words, drawing) = match &place {
            Selected::Step(id) => {
                let title = draft.step(id).map(|step| step.title).unwrap_or_default();
                (format!("Go to {title}"), Icon::Workflow)
            }
            _ => ("Go to the trigger".to_owned(), Icon::Zap),
        };
        all.push(Command {
            words,
            keys: "",
            drawing,
            act: Callback::new(move |()| draft.selected.set(place.clone())),
        });
    }
    all
}

/// The command palette: everything that can be done, found by typing.
#[component]
pub(super) fn Palette(draft: Draft, saving: Saving, dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::Palette));
    view! {
        <Dialog dialogs shown title="Commands">
            {move || {
                let rows = commands(draft, saving, dialogs)
                    .into_iter()
                    .map(|own| Row {
                        search: own.words.to_lowercase(),
                        words: own.words,
                        detail: String::new(),
                        keys: own.keys,
                        group: String::new(),
                        drawing: Drawing::Icon(own.drawing),
                        act: own.act,
                    })
                    .collect();
                view! { <Finder rows=rows dialogs label="Find a command" project=String::new() /> }
            }}
        </Dialog>
    }
}

/// The drawing of a row.
#[derive(Clone)]
pub(super) enum Drawing {
    Icon(Icon),
    Integration(String),
}

/// A thing to be found and chosen.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) words: String,
    pub(super) detail: String,
    pub(super) search: String,
    pub(super) keys: &'static str,
    /// Rows of one group stand together under its name.
    pub(super) group: String,
    pub(super) drawing: Drawing,
    pub(super) act: Callback<()>,
}

/// A search over rows, of which one is chosen with the arrows and Enter, or by a click.
#[component]
pub(super) fn Finder(
    rows: Vec<Row>,
    dialogs: Dialogs,
    label: &'static str,
    /// For the marks of a project's own integrations.
    project: String,
) -> impl IntoView {
    let rows = StoredValue::new(rows);
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            let _ = field.focus();
        }
    });
    let found = Memo::new(move |_| {
        let query = query.get().to_lowercase();
        let words: Vec<_> = query.split_whitespace().collect();
        rows.with_value(|rows| {
            let fits = |row: &Row| words.iter().all(|word| row.search.contains(word));
            rows.iter()
                .enumerate()
                .filter(|(_, row)| fits(row))
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        })
    });
    let choose = move |at: usize| {
        let act = rows.with_value(|rows| rows.get(at).map(|row| row.act));
        if let Some(act) = act {
            dialogs.close();
            act.run(());
        }
    };
    let option = |at: usize| format!("find-{at}");
    view! {
        <div class="ed-find">
            <input
                node_ref=field
                class="input"
                type="text"
                role="combobox"
                aria-label=label
                aria-expanded="true"
                aria-controls="found"
                aria-activedescendant=move || found.with(|found| found.get(active.get()).map(|at| option(*at)))
                placeholder=label
                autocomplete="off"
                prop:value=move || query.get()
                on:input=move |event| {
                    query.set(event_target_value(&event));
                    active.set(0);
                }
                on:keydown=move |event| {
                    let count = found.with_untracked(Vec::len);
                    match event.key().as_str() {
                        "ArrowDown" => active.update(|at| *at = (*at + 1).min(count.saturating_sub(1))),
                        "ArrowUp" => active.update(|at| *at = at.saturating_sub(1)),
                        "Enter" => {
                            let at = found.with_untracked(|found| found.get(active.get_untracked()).copied());
                            if let Some(at) = at {
                                choose(at);
                            }
                        }
                        _ => return,
                    }
                    event.prevent_default();
                    let shown = found.with_untracked(|found| found.get(active.get_untracked()).map(|at| option(*at)));
                    if let Some(row) = shown.and_then(|id| document().get_element_by_id(&id)) {
                        let nearest = web_sys::ScrollIntoViewOptions::new();
                        nearest.set_block(web_sys::ScrollLogicalPosition::Nearest);
                        row.scroll_into_view_with_scroll_into_view_options(&nearest);
                    }
                }
            />
            <div class="ed-found" id="found" role="listbox" aria-label=label tabindex="-1">
                {move || {
                    let found = found.get();
                    if found.is_empty() {
                        return view! { <p class="muted ed-nothing">"Nothing is called that."</p> }.into_any();
                    }
                    let mut group = String::new();
                    found
                        .into_iter()
                        .enumerate()
                        .map(|(place, at)| {
                            let row = rows.with_value(|rows| rows[at].clone());
                            let begins = (row.group != group).then(|| {
                                group.clone_from(&row.group);
                                view! { <p class="ed-group" role="presentation">{row.group.clone()}</p> }
                            });
                            let drawing = match &row.drawing {
                                Drawing::Icon(own) => icon(*own).into_any(),
                                Drawing::Integration(kind) => super::canvas::integration_mark(&project, kind, 24).into_any(),
                            };
                            view! {
                                {begins}
                                <div
                                    class="ed-row"
                                    role="option"
                                    id=option(at)
                                    aria-selected=move || if active.get() == place { "true" } else { "false" }
                                    on:mousemove=move |_| {
                                        if active.get_untracked() != place {
                                            active.set(place);
                                        }
                                    }
                                    on:click=move |_| choose(at)
                                >
                                    {drawing}
                                    <span class="ed-row-words">
                                        <span>{row.words}</span>
                                        {(!row.detail.is_empty()).then(|| view! { <span class="hint">{row.detail.clone()}</span> })}
                                    </span>
                                    {(!row.keys.is_empty()).then(|| view! { <kbd>{row.keys}</kbd> })}
                                </div>
                            }
                        })
                        .collect::<Vec<_>>()
                        .into_any()
                }}
            </div>
        </div>
    }
}

/// Every key and what it does.
const KEYS: [(&str, &str); 14] = [
    ("↑ ↓", "Select the step above or below"),
    ("→ ←", "Into a branch, and out of it"),
    ("Enter", "Fill in the selected step"),
    ("Esc", "The workflow as a whole; close what is open"),
    ("A", "Add a step below"),
    ("Ctrl D", "Duplicate the step"),
    ("Delete", "Remove the step"),
    ("Alt ↑  Alt ↓", "Move the step"),
    ("Ctrl Z", "Undo"),
    ("Ctrl Shift Z", "Redo"),
    ("Ctrl S", "Save now"),
    ("Ctrl K", "Every command"),
    ("{{", "In a field: choose a variable"),
    ("?", "These shortcuts"),
];

#[component]
pub(super) fn Shortcuts(dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::Shortcuts));
    view! {
        <Dialog dialogs shown title="Keyboard shortcuts">
            <dl class="ed-keys">
                {KEYS.map(|(keys, words)| view! { <div><dt><kbd>{keys}</kbd></dt><dd>{words}</dd></div> })}
            </dl>
        </Dialog>
    }
}
