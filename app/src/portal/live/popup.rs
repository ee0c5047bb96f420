//! The popup: opened in the click at a constant address, given its ticket once it asks.

use leptos::prelude::window;
use serde_json::json;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A popup of ours.
pub(super) struct Popup {
    window: web_sys::Window,
    exchange: Rc<RefCell<Exchange>>,
    /// Listens as long as the popup is remembered.
    hears: Closure<dyn FnMut(web_sys::MessageEvent)>,
}

/// The popup is ready, or what it will be given is: whichever comes first waits for the other.
#[derive(Default)]
struct Exchange {
    ready: bool,
    message: Option<String>,
}

impl Popup {
    /// `None`: the browser blocked it.
    pub(super) fn open(address: &str) -> Option<Self> {
        let features = "popup,width=600,height=740";
        let opened =
            window().open_with_url_and_target_and_features(address, "_blank", features).ok()??;
        let exchange = Rc::new(RefCell::new(Exchange::default()));
        let (theirs, kept) = (opened.clone(), exchange.clone());
        let hears = Closure::new(move |event: web_sys::MessageEvent| {
            let from_popup = event.source().map(JsValue::from) == Some(theirs.clone().into());
            if from_popup
                && event.origin() == own_origin()
                && super::kind_of(&event).as_deref() == Some("ready")
            {
                kept.borrow_mut().ready = true;
                pass_on(&theirs, &kept);
            }
        });
        window()
            .add_event_listener_with_callback("message", hears.as_ref().unchecked_ref())
            .ok()?;
        Some(Self { window: opened, exchange, hears })
    }

    /// Gives it its ticket, once.
    pub(super) fn hand_over(&self, ticket: &str) {
        self.send(json!({ "portico": 1, "type": "ticket", "ticket": ticket }).to_string());
    }

    /// Gives it words to show instead.
    pub(super) fn refuse(&self, words: &str) {
        self.send(json!({ "portico": 1, "type": "refused", "message": words }).to_string());
    }

    fn send(&self, message: String) {
        self.exchange.borrow_mut().message = Some(message);
        pass_on(&self.window, &self.exchange);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.window.closed().unwrap_or(true)
    }

    pub(super) fn close(self) {
        let _ = self.window.close();
    }
}

impl Drop for Popup {
    fn drop(&mut self) {
        let _ = window()
            .remove_event_listener_with_callback("message", self.hears.as_ref().unchecked_ref());
    }
}

fn pass_on(popup: &web_sys::Window, exchange: &Rc<RefCell<Exchange>>) {
    let mut exchange = exchange.borrow_mut();
    if !exchange.ready {
        return;
    }
    if let Some(message) = exchange.message.take()
        && let Ok(message) = js_sys::JSON::parse(&message)
    {
        let _ = popup.post_message(&message, &own_origin());
    }
}

fn own_origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Waits, in milliseconds.
pub(super) async fn pause(ms: i32) {
    let waiting = js_sys::Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms);
    });
    let _ = JsFuture::from(waiting).await;
}
