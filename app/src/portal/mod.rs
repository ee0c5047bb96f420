//! The Connect Portal: server-rendered in the host app's iframe, then hydrated. No client router.
//!
//! The page renders the user's real state; once its module is loaded, `live` makes the calls, opens the
//! popup and speaks with the page around it. Until then its controls are inert, so no click is lost.

mod account;
mod answers;
mod choosing;
mod controls;
mod entered;
#[cfg(feature = "hydrate")]
mod live;
#[cfg(not(feature = "hydrate"))]
#[path = "still.rs"]
mod live;
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
#[cfg(any(feature = "ssr", feature = "hydrate"))]
pub(crate) const START: &str = "portico-start";

/// Makes the server-rendered portal live: takes the start out of the page and into memory.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    if let Some(start) = live::take_start() {
        let shown = start.clone();
        live::begin(&start);
        leptos::mount::hydrate_body(move || {
            leptos::view! { <Portal view=shown.view.clone() base=shown.base.clone() /> }
        });
    }
}
