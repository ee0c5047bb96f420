//! The Connect Portal: server-rendered in the host app's iframe, then hydrated. No client router.

use crate::components::{Button, ButtonKind};
#[cfg(feature = "ssr")]
use crate::shell::{Hydration, Room};
use leptos::prelude::*;

/// Makes the server-rendered portal live.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| view! { <Portal /> });
}

/// The portal's document.
#[cfg(feature = "ssr")]
#[component]
pub fn PortalPage(
    /// The path prefix of `public_url`.
    base: String,
) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Connect"</title>
                <Hydration room=Room::Portal base=base />
            </head>
            <body>
                <Portal />
            </body>
        </html>
    }
}

/// What stands in the portal's body, on the server and in the browser alike.
#[component]
pub fn Portal() -> impl IntoView {
    let presses = RwSignal::new(0);
    view! {
        <main>
            <Button kind=ButtonKind::Primary on_press=move |()| presses.update(|n| *n += 1)>
                "Pressed " {presses} " times"
            </Button>
        </main>
    }
}
