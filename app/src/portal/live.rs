//! The portal in the browser: calls, the popup, the page around it.

mod answers;
mod calls;
mod choices;
mod entered;
mod host;
mod popup;

pub(super) use crate::components::long_list::{has_left, scroll_to, scrolled, show_row};
pub(super) use answers::{Switch, copy, focus, keep, read_file, switch};
pub(super) use choices::{
    load_all_choices, load_choices, look_for_lost, open_choices, search_choices,
};
pub(super) use entered::connect_entered;
pub(super) use host::ask_for_fields;

use super::panel::{Phase, Shown, Tab};
use super::{PortalStart, START};
use calls::Failed;
use leptos::prelude::*;
use leptos::task::spawn_local;
use popup::Popup;
use portico_domain::view::{AuthorizationStatus, PortalAccount, PortalView};
use portico_domain::{AuthorizationId, CredentialId};
use serde_json::{Map, Value, json};
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

thread_local! {
    /// The session's secret. In memory only: a reload forgets it.
    static TOKEN: RefCell<String> = const { RefCell::new(String::new()) };
    static BASE: RefCell<String> = const { RefCell::new(String::new()) };
    /// The one page that is spoken to.
    static HOST: RefCell<String> = const { RefCell::new(String::new()) };
    /// The flow that is under way; another one ends it.
    static FLOW: Cell<u32> = const { Cell::new(0) };
    static POPUP: RefCell<Option<Popup>> = const { RefCell::new(None) };
    static AUTHORIZATION: Cell<Option<AuthorizationId>> = const { Cell::new(None) };
}

/// How often an authorization is asked after, in milliseconds.
const ASK_EVERY: i32 = 1000;
/// How long a closed popup is waited for: some browsers say "closed" of one that went elsewhere.
const GRACE: u32 = 3;

/// Takes what the server handed over out of the page.
pub(super) fn take_start() -> Option<PortalStart> {
    let element = document().get_element_by_id(START)?;
    let start = serde_json::from_str(&element.text_content()?).ok();
    element.remove();
    start
}

pub(super) fn begin(start: &PortalStart) {
    TOKEN.set(start.session_token.clone());
    BASE.set(start.base.clone());
    HOST.set(start.view.origin.clone());
}

/// Says something to the page around us, and to nobody else.
fn tell(mut message: Value) {
    message["portico"] = json!(1);
    let Ok(Some(parent)) = window().parent() else { return };
    let Ok(message) = js_sys::JSON::parse(&message.to_string()) else { return };
    HOST.with_borrow(|host| {
        // A window that has gone elsewhere does not hear us: the target is one exact origin.
        let _ = parent.post_message(&message, host);
    });
}

/// Tells the page around us that we are there, hears its "close", and Escape.
pub(super) fn listen(shown: Shown) {
    let hear =
        Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
            let from_host = HOST.with_borrow(|host| event.origin() == *host)
                && event.source().map(JsValue::from)
                    == window().parent().ok().flatten().map(JsValue::from);
            match kind_of(&event).as_deref().filter(|_| from_host) {
                Some("close") => close(shown),
                Some("options") => host::answered(&event),
                _ => {}
            }
        });
    let _ = window().add_event_listener_with_callback("message", hear.as_ref().unchecked_ref());
    hear.forget();
    let escape =
        Closure::<dyn FnMut(web_sys::KeyboardEvent)>::new(move |event: web_sys::KeyboardEvent| {
            if event.key() == "Escape" {
                close(shown);
            }
        });
    let _ = window().add_event_listener_with_callback("keydown", escape.as_ref().unchecked_ref());
    escape.forget();
    tell(json!({ "type": "ready" }));
    Effect::new(move || {
        shown.view.track();
        shown.tab.track();
        shown.problem.track();
        let height = document().body().map_or(0, |body| body.scroll_height());
        tell(json!({ "type": "resize", "height": height }));
    });
}

/// The `type` of one of our messages.
fn kind_of(event: &web_sys::MessageEvent) -> Option<String> {
    let data = event.data();
    let ours = js_sys::Reflect::get(&data, &"portico".into()).ok()?.as_f64()? == 1.0;
    let kind = js_sys::Reflect::get(&data, &"type".into()).ok()?.as_string()?;
    ours.then_some(kind)
}

pub(super) fn focus_tab(id: &str) {
    let found = document().get_element_by_id(&format!("tab-{id}"));
    if let Some(tab) = found.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = tab.focus();
    }
}

pub(super) fn close(_: Shown) {
    drop_popup();
    // What was answered last is kept first.
    answers::in_turn(async { tell(json!({ "type": "close" })) });
}

fn drop_popup() {
    FLOW.set(FLOW.get() + 1);
    if let Some(popup) = POPUP.take() {
        popup.close();
    }
}

fn failed(shown: Shown, failure: Failed) {
    match failure {
        Failed::Expired => tell(json!({ "type": "expired" })),
        failure => shown.problem.set(Some(failure.words())),
    }
    shown.phase.set(Phase::Idle);
}

fn outcome(name: &str, message: Option<&str>) {
    tell(json!({ "type": "outcome", "outcome": name, "message": message }));
}

/// Opens the popup in this very click, then begins the authorization beside it.
pub(super) fn connect(shown: Shown, credential: Option<CredentialId>) {
    let view = shown.view.get_untracked();
    let inputs = match credential {
        None => shown.asked.values.get_untracked(),
        Some(_) => Map::new(),
    };
    let body = json!({
        "integration": view.integration.kind,
        "accountType": credential.is_none().then(|| shown.account_type.get_untracked()),
        "credentialId": credential,
        "inputs": inputs,
    });
    shown.asked.problems.set(Map::new());
    if !open_popup(shown) {
        return;
    }
    let flow = FLOW.get();
    spawn_local(async move {
        match calls::post::<portico_domain::view::AuthorizationTicket>("/authorizations", &body)
            .await
        {
            Ok(ticket) => {
                AUTHORIZATION.set(Some(ticket.id));
                POPUP.with_borrow(|popup| {
                    if let Some(popup) = popup {
                        popup.hand_over(&ticket.ticket);
                    }
                });
                watch(shown, flow, ticket.id).await;
            }
            // Something to be corrected beside its field; the window comes again with the next press.
            Err(Failed::Fields(fields)) if is_asked(shown, &fields) => {
                drop_popup();
                shown.phase.set(Phase::Idle);
                shown.asked.problems.set(fields);
            }
            Err(failure) => {
                if let Failed::Words(words) = &failure {
                    outcome("failed", Some(words));
                    POPUP.with_borrow(|popup| {
                        if let Some(popup) = popup {
                            popup.refuse(words);
                        }
                    });
                }
                failed(shown, failure);
            }
        }
    });
}

/// Whether what is wrong is what the account type asks for.
fn is_asked(shown: Shown, problems: &Map<String, Value>) -> bool {
    let question = untrack(|| shown.question());
    question.is_some_and(|field| problems.contains_key(&field.key))
}

fn open_popup(shown: Shown) -> bool {
    drop_popup();
    shown.problem.set(None);
    let address = BASE.with_borrow(|base| format!("{base}/connect/window"));
    match Popup::open(&address) {
        Some(popup) => {
            POPUP.set(Some(popup));
            shown.phase.set(Phase::Connecting);
            true
        }
        None => {
            let words = "Your browser blocked the window. Allow popups for this page, then press Connect again.";
            shown.problem.set(Some(words.to_owned()));
            outcome("blocked", Some(words));
            false
        }
    }
}

/// The same authorization, in a fresh window with a fresh ticket.
pub(super) fn reopen(shown: Shown) {
    let Some(id) = AUTHORIZATION.get() else { return };
    if !open_popup(shown) {
        return;
    }
    let flow = FLOW.get();
    spawn_local(async move {
        let path = format!("/authorizations/{id}");
        match calls::post::<portico_domain::view::AuthorizationTicket>(&path, &json!({})).await {
            Ok(ticket) => {
                POPUP.with_borrow(|popup| {
                    if let Some(popup) = popup {
                        popup.hand_over(&ticket.ticket);
                    }
                });
                watch(shown, flow, id).await;
            }
            Err(failure) => failed(shown, failure),
        }
    });
}

pub(super) fn cancel(shown: Shown) {
    drop_popup();
    shown.phase.set(Phase::Idle);
    outcome("closed", None);
}

/// Asks the server how the authorization stands until it has ended. A closed popup only begins a
/// grace: the answer is the server's.
async fn watch(shown: Shown, flow: u32, id: AuthorizationId) {
    let mut closed = 0;
    loop {
        popup::pause(ASK_EVERY).await;
        if FLOW.get() != flow {
            return;
        }
        let path = format!("/authorizations/{id}");
        let status = match calls::get::<portico_domain::view::AuthorizationStatusView>(&path).await
        {
            Ok(status) => status,
            Err(Failed::Expired) => return failed(shown, Failed::Expired),
            // A hiccup of the network is not the end of a flow.
            Err(_) => continue,
        };
        if FLOW.get() != flow {
            return;
        }
        let words = status.message.clone();
        match status.status {
            AuthorizationStatus::Pending => {
                let gone = POPUP.with_borrow(|popup| popup.as_ref().is_none_or(Popup::is_closed));
                closed = if gone { closed + 1 } else { 0 };
                if closed > GRACE {
                    shown.phase.set(Phase::Idle);
                    shown.problem.set(Some(
                        "The window was closed before anything was connected.".to_owned(),
                    ));
                    return outcome("closed", None);
                }
            }
            AuthorizationStatus::Connected => {
                return connected(shown, status.credential_id, words).await;
            }
            AuthorizationStatus::Denied => {
                shown.phase.set(Phase::Idle);
                shown.problem.set(words.clone());
                return outcome("denied", words.as_deref());
            }
            AuthorizationStatus::Expired => {
                shown.phase.set(Phase::Idle);
                let words = "Nothing came back in time. Press Connect again.";
                shown.problem.set(Some(words.to_owned()));
                return outcome("timed_out", Some(words));
            }
            AuthorizationStatus::Failed => {
                shown.phase.set(Phase::Idle);
                shown.problem.set(words.clone());
                return outcome("failed", words.as_deref());
            }
        }
    }
}

async fn connected(shown: Shown, credential: Option<CredentialId>, words: Option<String>) {
    POPUP.take();
    match calls::get::<PortalView>("/view").await {
        Ok(view) => {
            shown.view.set(view);
            shown.tab.set(Tab::Configuration);
            shown.phase.set(Phase::Idle);
            shown.said.set(words);
            focus_tab("configuration");
            tell(json!({ "type": "outcome", "outcome": "connected", "credentialId": credential }));
            tell(json!({ "type": "changed" }));
        }
        Err(failure) => failed(shown, failure),
    }
}

pub(super) fn disconnect(shown: Shown, account: &PortalAccount) {
    let body = json!({ "credentialId": account.credential_id });
    change(shown, "/disconnect", body, "Disconnected.");
}

pub(super) fn check(shown: Shown, credential: CredentialId) {
    let body = json!({ "credentialId": credential });
    change(shown, "/check", body, "Checked.");
}

fn change(shown: Shown, path: &'static str, body: Value, said: &'static str) {
    shown.phase.set(Phase::Saving);
    shown.problem.set(None);
    spawn_local(async move {
        match calls::post::<PortalView>(path, &body).await {
            Ok(view) => {
                if view.accounts.is_empty() {
                    shown.tab.set(Tab::Overview);
                }
                shown.view.set(view);
                shown.said.set(Some(said.to_owned()));
                shown.phase.set(Phase::Idle);
                tell(json!({ "type": "changed" }));
            }
            Err(failure) => failed(shown, failure),
        }
    });
}
