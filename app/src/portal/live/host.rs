//! Choices and fields that the app around us passes: asked for by message, answered by the page at our
//! one origin.

use super::calls::Failed;
use super::popup::pause;
use crate::portal::answers::Note;
use crate::portal::mapping::choices;
use crate::portal::questions::{Asked, plain};
use leptos::prelude::*;
use portico_domain::view::ChoicesView;
use serde_json::{Map, Value};
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// How long the app may take, in milliseconds.
const PATIENCE: i32 = 15_000;

const SILENT: &str = "The app around this window does not say what there is to choose.";

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static WAITING: RefCell<Vec<(u32, js_sys::Function)>> = const { RefCell::new(Vec::new()) };
}

/// A page of what there is to choose.
pub(super) async fn options(
    mut question: Map<String, Value>,
    cursor: Option<String>,
    search: Option<String>,
) -> Result<ChoicesView, Failed> {
    for (name, value) in [("cursor", cursor), ("search", search)] {
        if let Some(value) = value {
            question.insert(name.to_owned(), Value::from(value));
        }
    }
    let answer = Value::Object(ask(question).await);
    match answer["options"].as_array() {
        None => Err(Failed::Words(answer["problem"].as_str().unwrap_or(SILENT).to_owned())),
        list => Ok(ChoicesView {
            choices: choices(list),
            next: answer["nextPageCursor"].as_str().map(str::to_owned),
            provider_searches: answer["searches"] == true,
        }),
    }
}

/// Asks for the fields of an object of the app's; why there are none stands beside the question.
pub(in crate::portal) fn ask_for_fields(
    asked: Asked,
    object: String,
    answered: RwSignal<Map<String, Value>>,
) {
    leptos::task::spawn_local(async move {
        let mut question = Map::new();
        question.insert("object".to_owned(), Value::from(object));
        let answer = ask(question).await;
        if let Some(words) = answer.get("problem") {
            asked.note.try_set(Note::Refused(plain(words)));
        }
        answered.try_set(answer);
    });
}

/// What the app answers: `options` and what is about them, or a `problem` in words.
async fn ask(mut question: Map<String, Value>) -> Map<String, Value> {
    let id = ASKED.get() + 1;
    ASKED.set(id);
    let answer = js_sys::Promise::new(&mut |resolve, _| {
        WAITING.with_borrow_mut(|waiting| waiting.push((id, resolve)));
    });
    question.insert("type".to_owned(), Value::from("options"));
    question.insert("id".to_owned(), Value::from(id));
    super::tell(Value::Object(question));
    leptos::task::spawn_local(async move {
        pause(PATIENCE).await;
        settle(id, &JsValue::NULL);
    });
    let answer = JsFuture::from(answer).await.unwrap_or(JsValue::NULL);
    let text = js_sys::JSON::stringify(&answer).ok().and_then(|text| text.as_string());
    let mut all = match text.and_then(|text| serde_json::from_str(&text).ok()) {
        Some(Value::Object(all)) => all,
        _ => Map::new(),
    };
    if !all.contains_key("options") && !all.contains_key("problem") {
        all.insert("problem".to_owned(), Value::from(SILENT));
    }
    all
}

/// The app has answered.
pub(super) fn answered(event: &web_sys::MessageEvent) {
    let data = event.data();
    let id = js_sys::Reflect::get(&data, &"id".into()).ok().and_then(|id| id.as_f64());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a number of ours, or fits no question"
    )]
    if let Some(id) = id {
        settle(id as u32, &data);
    }
}

fn settle(id: u32, answer: &JsValue) {
    let resolve = WAITING.with_borrow_mut(|waiting| {
        let at = waiting.iter().position(|(own, _)| *own == id)?;
        Some(waiting.swap_remove(at).1)
    });
    if let Some(resolve) = resolve {
        let _ = resolve.call1(&JsValue::NULL, answer);
    }
}
