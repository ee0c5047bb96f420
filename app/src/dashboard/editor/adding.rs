//! Which kind of step is to stand somewhere.

use super::commands::focus_panel;
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::{Draft, Selected};
use super::finder::{Drawing, Finder, Row};
use super::node::kind_icon;
use leptos::prelude::*;
use portico_domain::workflow::{OnFailure, Step, StepKind, builtin_shape};
use portico_engine::edit::{Edit, Spot, fresh_id};
use serde_json::{Map, json};

/// What a new function says.
const FIRST_CODE: &str = "function run(inputs) {\n  return inputs;\n}\n";

/// The dialog in which a kind is chosen.
#[component]
pub(super) fn StepPicker(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let spot = move || match dialogs.now() {
        Some(Open::Adding(spot)) => Some(spot),
        _ => None,
    };
    let shown = Signal::derive(move || spot().is_some());
    view! {
        <Dialog dialogs shown title="Add a step">
            {move || spot().map(|at| view! { <Finder rows=rows(draft, &at) dialogs label="Find an action" project=draft.facts().project.clone() /> })}
        </Dialog>
    }
}

fn rows(draft: Draft, at: &Spot) -> Vec<Row> {
    let facts = draft.facts();
    let mut rows = Vec::new();
    for known in &facts.integrations {
        for action in &known.actions {
            let kind = StepKind::Action {
                integration: known.kind.clone(),
                action: action.id.clone(),
                inputs: Map::new(),
            };
            rows.push(Row {
                words: action.title.clone(),
                detail: action.description.clone(),
                search: format!("{} {} {}", known.name, action.title, action.description)
                    .to_lowercase(),
                keys: "",
                group: known.name.clone(),
                drawing: Drawing::Integration(known.kind.clone()),
                act: add(draft, at.clone(), (action.title.clone(), kind)),
            });
        }
    }
    for kind in logic(draft) {
        let Some(shape) = builtin_shape(&kind) else { continue };
        rows.push(Row {
            search: format!("{} {} logic", shape.title, shape.description).to_lowercase(),
            words: shape.title.clone(),
            detail: shape.description,
            keys: "",
            group: "Logic".to_owned(),
            drawing: Drawing::Icon(kind_icon(&kind)),
            act: add(draft, at.clone(), (shape.title, kind)),
        });
    }
    rows
}

/// The steps that are no integration's.
fn logic(draft: Draft) -> Vec<StepKind> {
    let mut inputs = Map::new();
    inputs.insert("method".to_owned(), json!("POST"));
    let mut wait = Map::new();
    wait.insert("amount".to_owned(), json!(1));
    wait.insert("unit".to_owned(), json!("hours"));
    let mut kinds = vec![
        StepKind::Condition { rules: Vec::new(), then: Vec::new(), otherwise: Vec::new() },
        StepKind::FanOut { inputs: Map::new(), parallel: None, body: Vec::new() },
        StepKind::Delay { inputs: wait },
        StepKind::Function { inputs: Map::new(), code: FIRST_CODE.to_owned() },
        StepKind::Request { inputs },
    ];
    let asked = draft.document.with_untracked(|document| document.trigger.called_with().is_some());
    if asked {
        kinds.push(StepKind::Response { inputs: Map::new() });
    }
    kinds
}

fn add(draft: Draft, at: Spot, (title, kind): (String, StepKind)) -> Callback<()> {
    Callback::new(move |()| {
        let id = draft.document.with_untracked(|document| fresh_id(document, &title));
        let step = Step {
            id: id.clone(),
            title: title.clone(),
            kind: kind.clone(),
            retry: None,
            on_failure: OnFailure::Stop,
        };
        draft.edit(Edit::Insert { at: at.clone(), step: Box::new(step) });
        draft.look_at(Selected::Step(id));
        draft.said.set(format!("{title} was added."));
        focus_panel();
    })
}
