//! The Connect Portal: server-rendered in the host app's iframe, then live (docs/adr/0012). No client router.
//!
//! The page renders the user's real state; once its module is loaded, `live` makes the calls, opens the
//! popup and speaks with the page around it. Until then its controls are inert, so no click is lost.

mod account;
mod answers;
mod choosing;
mod controls;
mod entered;
mod list;
#[cfg(feature = "mount")]
mod live;
#[cfg(not(feature = "mount"))]
#[path = "still.rs"]
mod live;
mod mapping;
#[cfg(feature = "ssr")]
mod page;
mod panel;
mod picker;
mod questions;

#[cfg(feature = "ssr")]
pub use page::PortalPage;
pub use panel::Portal;

use portico_domain::view::PortalView;
use serde::{Deserialize, Serialize};

/// What the server hands to the page, once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PortalStart {
    /// The secret that the page's calls carry; kept in memory only.
    pub session_token: String,
    /// The path prefix of `public_url`.
    pub base: String,
    /// What is shown.
    pub view: PortalView,
}

/// The id of the element that carries [`PortalStart`].
#[cfg(any(feature = "ssr", feature = "mount"))]
pub(crate) const START: &str = "portico-start";

/// Makes the portal live: takes the start out of the page and into memory, and puts the same page, live,
/// in the place of the one that the server wrote. What had the focus has it again.
#[cfg(feature = "mount")]
pub fn mount() {
    use leptos::prelude::document;
    use wasm_bindgen::JsCast;
    let Some(start) = live::take_start() else { return };
    let focused = document().active_element().map(|element| element.id());
    live::begin(&start);
    if let Some(body) = document().body() {
        body.set_inner_html("");
    }
    leptos::mount::mount_to_body(
        move || leptos::view! { <Portal view=start.view base=start.base /> },
    );
    let again =
        focused.filter(|id| !id.is_empty()).and_then(|id| document().get_element_by_id(&id));
    if let Some(element) = again.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = element.focus();
    }
}
