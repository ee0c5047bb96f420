//! The command palette, and the list of keys.

use super::super::icon::Icon;
use super::commands::{add_below, duplicate, move_by, remove};
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::{Draft, Selected};
use super::finder::{Drawing, Finder, Row};
use super::saving::Saving;
use leptos::prelude::*;
use portico_engine::edit::Way;

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
            Callback::new(move |()| draft.look_at(Selected::Workflow)),
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
            Callback::new(move |()| move_by(draft, Way::Up)),
        ));
        all.push(one(
            "Move the step down",
            "Alt ↓",
            Icon::ChevronDown,
            Callback::new(move |()| move_by(draft, Way::Down)),
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
            act: Callback::new(move |()| draft.look_at(place.clone())),
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

/// Every key and what it does.
const KEYS: [(&str, &str); 14] = [
    ("↑ ↓", "Select the step above or below"),
    ("→ ←", "Into a branch, and out of it"),
    ("Enter", "Fill in the selected step"),
    ("Esc", "The workflow as a whole; close what is open"),
    ("A", "Add a step below"),
    ("Ctrl D", "Duplicate the step"),
    ("Delete", "Remove the step"),
    ("Alt ↑  Alt ↓", "Move the step, into branches and out of them"),
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
