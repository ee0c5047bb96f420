//! Asking before what somebody wrote on a page is lost.

use leptos::prelude::*;

/// Asks whoever leaves the page while something on it is not saved: by a link of ours, by another address, by
/// closing it.
#[cfg(feature = "browser")]
pub(super) fn ask_before_leaving(unsaved: Memo<bool>) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    let agreed = StoredValue::new(false);
    let unload = window_event_listener(leptos::ev::beforeunload, move |event| {
        if unsaved.get_untracked() && !agreed.get_value() {
            // The browser asks in its own words.
            event.prevent_default();
            event.set_return_value("unsaved");
        }
    });
    // The router follows links without unloading the page. It is asked first: on the way down.
    let clicked =
        Closure::<dyn FnMut(web_sys::MouseEvent)>::new(move |event: web_sys::MouseEvent| {
            let target = event.target().and_then(|own| own.dyn_into::<web_sys::Element>().ok());
            let link = target.and_then(|own| own.closest("a[href]").ok().flatten());
            let elsewhere = link.is_some_and(|link| !link.has_attribute("target"));
            let another = event.ctrl_key() || event.meta_key() || event.shift_key();
            if !elsewhere || another || !unsaved.get_untracked() {
                return;
            }
            let asked = window()
                .confirm_with_message("What you changed here is not saved. Leave the page?");
            if asked.unwrap_or(true) {
                agreed.set_value(true);
            } else {
                event.prevent_default();
                event.stop_propagation();
            }
        });
    let hear = clicked.as_ref().unchecked_ref();
    let _ = document().add_event_listener_with_callback_and_bool("click", hear, true);
    let clicked = StoredValue::new_local(clicked);
    on_cleanup(move || {
        unload.remove();
        clicked.try_with_value(|clicked| {
            let hear = clicked.as_ref().unchecked_ref();
            let _ = document().remove_event_listener_with_callback_and_bool("click", hear, true);
        });
    });
}

/// Nobody leaves a page on the server.
#[cfg(not(feature = "browser"))]
pub(super) fn ask_before_leaving(_: Memo<bool>) {}
