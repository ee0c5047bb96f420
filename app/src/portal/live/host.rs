//! Choices and fields that the app around us passes: asked for by message, answered by the page at our
//! one origin.

use super::calls::Failed;
use super::popup::pause;
use crate::portal::mapping::AppFields;
use leptos::prelude::*;
use portico_domain::Choice;
use portico_domain::view::ChoicesView;
use serde::Deserialize;
use serde_json::{Map, Value, json};
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

/// What the app answers.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answered {
    options: Value,
    next_page_cursor: Option<String>,
    searches: bool,
    problem: Option<String>,
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
    let answer = ask(Value::Object(question)).await?;
    match serde_json::from_value::<Vec<Choice>>(answer.options) {
        Ok(choices) => Ok(ChoicesView {
            choices,
            next: answer.next_page_cursor,
            provider_searches: answer.searches,
        }),
        Err(_) => Err(Failed::Words(SILENT.to_owned())),
    }
}

/// Asks for the fields of an object of the app's.
pub(in crate::portal) fn ask_for_fields(
    object: String,
    answered: RwSignal<Option<Result<AppFields, String>>>,
) {
    leptos::task::spawn_local(async move {
        let answer = ask(json!({ "object": object })).await;
        let fields = answer.map(|own| AppFields::read(&own.options)).map_err(|own| own.words());
        let fields = fields.and_then(|own| own.ok_or_else(|| SILENT.to_owned()));
        answered.try_set(Some(fields));
    });
}

async fn ask(mut question: Value) -> Result<Answered, Failed> {
    let id = ASKED.get() + 1;
    ASKED.set(id);
    let answer = js_sys::Promise::new(&mut |resolve, _| {
        WAITING.with_borrow_mut(|waiting| waiting.push((id, resolve)));
    });
    question["type"] = json!("options");
    question["id"] = json!(id);
    super::tell(question);
    leptos::task::spawn_local(async move {
        pause(PATIENCE).await;
        settle(id, &JsValue::NULL);
    });
    let answer = JsFuture::from(answer).await.unwrap_or(JsValue::NULL);
    let text = js_sys::JSON::stringify(&answer).ok().and_then(|text| text.as_string());
    let answer: Option<Answered> = text.and_then(|text| serde_json::from_str(&text).ok());
    match answer {
        Some(Answered { problem: Some(words), .. }) => Err(Failed::Words(words)),
        Some(answer) => Ok(answer),
        None => Err(Failed::Words(SILENT.to_owned())),
    }
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
