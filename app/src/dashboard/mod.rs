//! The dashboard: one folder per page.

use crate::components::{Button, ButtonKind};
#[cfg(feature = "ssr")]
use crate::shell::{Hydration, Room};
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

/// Makes the server-rendered dashboard live.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| view! { <Dashboard /> });
}

/// The dashboard's document.
#[cfg(feature = "ssr")]
#[component]
pub fn DashboardPage(
    /// The path prefix of `public_url`.
    base: String,
) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Portico"</title>
                <Hydration room=Room::Dashboard base=base />
            </head>
            <body>
                <Dashboard />
            </body>
        </html>
    }
}

/// What stands in the dashboard's body, on the server and in the browser alike.
#[component]
pub fn Dashboard() -> impl IntoView {
    view! {
        <Router>
            <Routes fallback=|| view! { <p>"This page does not exist."</p> }>
                <Route path=path!("/dashboard") view=Overview />
            </Routes>
        </Router>
    }
}

#[component]
fn Overview() -> impl IntoView {
    let presses = RwSignal::new(0);
    view! {
        <main>
            <h1>"Overview"</h1>
            <Button kind=ButtonKind::Primary on_press=move |()| presses.update(|n| *n += 1)>
                "Pressed " {presses} " times"
            </Button>
        </main>
    }
}
