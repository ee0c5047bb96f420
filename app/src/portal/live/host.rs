//! Choices that the app around us passes: asked for by message, answered by the page at our one
//! origin.

use super::calls::Failed;
use super::popup::pause;
use portico_domain::Choice;
use portico_domain::view::ChoicesView;
use serde::Deserialize;
use serde_json::json;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// How long the app may take, in milliseconds.
const PATIENCE: i32 = 15_000;

thread_local! {
    static ASKED: Cell<u32> = const { Cell::new(0) };
    static WAITING: RefCell<Vec<(u32, js_sys::Function)>> = const { RefCell::new(Vec::new()) };
}

/// What the app answers.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answered {
    options: Option<Vec<Choice>>,
    next_page_cursor: Option<String>,
    searches: bool,
    problem: Option<String>,
}

/// A page of a dropdown's options.
pub(super) async fn options(
    dropdown: &str,
    cursor: Option<String>,
    search: Option<String>,
) -> Result<ChoicesView, Failed> {
    let id = ASKED.get() + 1;
    ASKED.set(id);
    let answer = js_sys::Promise::new(&mut |resolve, _| {
        WAITING.with_borrow_mut(|waiting| waiting.push((id, resolve)));
    });
    let mut question = json!({ "type": "options", "id": id, "dropdown": dropdown });
    for (name, value) in [("cursor", cursor), ("search", search)] {
        if let Some(value) = value {
            question[name] = json!(value);
        }
    }
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
        Some(Answered { options: Some(choices), next_page_cursor: next, searches, .. }) => {
            Ok(ChoicesView { choices, next, provider_searches: searches })
        }
        _ => Err(Failed::Words(
            "The app around this window does not say what there is to choose.".to_owned(),
        )),
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
