//! The HTML around a room: head, hydration script, nothing that a Content-Security-Policy without
//! `unsafe-inline` would refuse.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

/// Which wasm root makes a page live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// `frontend/portal`.
    Portal,
    /// `frontend/dashboard`.
    Dashboard,
}

impl Room {
    /// The name of its files under `/pkg` and of its style sheet.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portal => "portal",
            Self::Dashboard => "dashboard",
        }
    }
}

/// Loads the room's module and hydrates the page. Ten lines of our own instead of leptos'
/// `HydrationScripts`, which keeps one split manifest per process and so serves one root only.
#[component]
pub fn Hydration(
    /// The room whose module is loaded.
    room: Room,
    /// The path prefix of `public_url`, without a slash at its end.
    base: String,
) -> impl IntoView {
    let name = room.name();
    let script = format!(
        "import init,{{hydrate}} from \"{base}/pkg/{name}.js\";\
         await init({{module_or_path:\"{base}/pkg/{name}_bg.wasm\"}});\
         hydrate();document.documentElement.dataset.live=\"\";"
    );
    view! {
        <link rel="modulepreload" href=format!("{base}/pkg/{name}.js") />
        <script type="module" nonce=use_nonce()>
            {script}
        </script>
    }
}
