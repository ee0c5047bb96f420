//! Having answers kept: one after the other, in the order in which they were given.

use super::calls::{self, Failed};
use crate::portal::answers::{Answers, Change, Given, Note};
use crate::portal::panel::{Phase, Shown};
use crate::portal::questions::Asked;
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::PortalView;
use portico_domain::{ConfigurationId, WorkflowId};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static QUEUE: RefCell<VecDeque<Task>> = const { RefCell::new(VecDeque::new()) };
    static WORKING: Cell<bool> = const { Cell::new(false) };
}

/// Does something once everything before it is done.
pub(super) fn in_turn(task: impl Future<Output = ()> + 'static) {
    QUEUE.with_borrow_mut(|queue| queue.push_back(Box::pin(task)));
    if WORKING.replace(true) {
        return;
    }
    spawn_local(async {
        while let Some(task) = QUEUE.with_borrow_mut(VecDeque::pop_front) {
            task.await;
        }
        WORKING.set(false);
    });
}

/// Has an answer kept; if it is refused, the one of before is back and the words stand beside it.
pub(in crate::portal) fn keep(answers: Answers, change: Change) {
    let body = json!({
        "configurationId": answers.configuration,
        "workflowId": answers.workflow,
        "settings": change.settings,
        "labels": change.labels,
    });
    in_turn(async move {
        match calls::post::<Value>("/settings", &body).await {
            Ok(_) => {
                change.note.set(Note::Saved);
                super::tell(json!({ "type": "changed" }));
            }
            Err(Failed::Expired) => super::failed(answers.shown, Failed::Expired),
            Err(failure) => {
                answers.put_back(&change);
                let words = match &failure {
                    Failed::Fields(fields) => fields.get(&change.key).and_then(Value::as_str),
                    _ => None,
                };
                let words = words.map(str::to_owned);
                change.note.set(Note::Refused(words.unwrap_or_else(|| failure.words())));
            }
        }
    });
}

/// A workflow's switch: where it stands, and why it does not move. Cheap to copy.
#[derive(Clone, Copy)]
pub(in crate::portal) struct Switch {
    pub(in crate::portal) configuration: ConfigurationId,
    pub(in crate::portal) workflow: WorkflowId,
    pub(in crate::portal) on: RwSignal<bool>,
    pub(in crate::portal) problem: RwSignal<Option<String>>,
}

/// Moves a switch; it stands where the server says.
pub(in crate::portal) fn switch(shown: Shown, switch: Switch) {
    if shown.phase.get_untracked() != Phase::Idle {
        return;
    }
    let on = !switch.on.get_untracked();
    let body = json!({
        "configurationId": switch.configuration,
        "workflowId": switch.workflow,
        "enabled": on,
    });
    shown.phase.set(Phase::Saving);
    switch.problem.set(None);
    in_turn(async move {
        let answered = calls::post::<PortalView>("/workflows", &body).await;
        shown.phase.set(Phase::Idle);
        match answered {
            Ok(_) => {
                switch.on.set(on);
                let said = if on { "Switched on." } else { "Switched off." };
                shown.said.set(Some(said.to_owned()));
                super::tell(json!({ "type": "changed" }));
            }
            Err(Failed::Expired) => super::failed(shown, Failed::Expired),
            Err(failure) => switch.problem.set(Some(failure.words())),
        }
    });
}

/// Reads the file that was chosen and has its text kept.
pub(in crate::portal) fn read_file(event: &leptos::ev::Event, asked: Asked, most: usize) {
    let input = event.target().and_then(|input| input.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(input) = input else { return };
    let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
    input.set_value("");
    #[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
    if file.size() > most as f64 {
        let words = format!("The file is larger than {} kB.", most.div_ceil(1024));
        return asked.note.set(Note::Refused(words));
    }
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        // What is no text in UTF-8 came with signs that stand for nothing.
        match text.filter(|text| !text.contains('\u{fffd}')) {
            Some(text) => asked.give(Given::kept(json!(text), json!(file.name()))),
            None => asked.note.set(Note::Refused("Choose a file of text, in UTF-8.".to_owned())),
        }
    });
}

/// Copies a text.
pub(in crate::portal) fn copy(text: String, said: RwSignal<&'static str>) {
    let copying = window().navigator().clipboard().write_text(&text);
    spawn_local(async move {
        let done = JsFuture::from(copying).await.is_ok();
        said.set(if done {
            "Copied."
        } else {
            "Your browser does not let us copy: mark it and copy it."
        });
    });
}

/// Focuses an element once it is there.
pub(in crate::portal) fn focus(id: String) {
    request_animation_frame(move || {
        let found = document().get_element_by_id(&id);
        if let Some(found) = found.and_then(|own| own.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = found.focus();
        }
    });
}
