//! The dashboard: one file per page.

mod app_event;
mod app_events;
mod base;
mod chart;
mod copy;
mod custom;
mod destinations;
#[cfg(feature = "editor")]
pub mod editor;
#[cfg(feature = "ssr")]
mod editor_page;
mod events;
mod execution;
mod executions;
mod failures;
mod icon;
mod integrations;
mod json_tree;
mod keys;
#[cfg(feature = "browser")]
mod news;
mod overview;
mod parts;
mod portal_editor;
mod projects;
mod replay;
mod run_step;
mod run_tree;
mod secrets;
mod settings;
mod shell;
mod theme;
mod time;
mod try_it;
mod unsaved;
mod upload;
mod users;
mod webhook;
mod workflows;

pub use base::Base;
#[cfg(feature = "ssr")]
pub use editor_page::EditorPage;

#[cfg(feature = "ssr")]
use crate::shell::{Hydration, Room};
use leptos::prelude::*;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

/// Makes the server-rendered dashboard live.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let base = base::of_document();
    if !base.0.is_empty() {
        // The server functions' client wants an address for the life of the page.
        let origin = leptos::prelude::window().location().origin().unwrap_or_default();
        leptos::server_fn::client::set_server_url(Box::leak(
            format!("{origin}{}", base.0).into_boxed_str(),
        ));
    }
    leptos::mount::hydrate_body(move || {
        provide_context(base.clone());
        view! { <Dashboard /> }
    });
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
        <html lang="en" data-base=base.clone()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>"Portico"</title>
                <link rel="stylesheet" href=format!("{base}/dashboard.css") />
                <link rel="icon" href=format!("{base}/favicon.svg") />
                <script nonce=leptos::nonce::use_nonce()>{theme::script()}</script>
                <HydrationScripts base=base.clone() />
            </head>
            <body>
                <Dashboard />
            </body>
        </html>
    }
}

/// Our own loader, and the data of resources that were resolved on the server.
#[cfg(feature = "ssr")]
#[component]
fn HydrationScripts(base: String) -> impl IntoView {
    view! { <Hydration room=Room::Dashboard base=base /> }
}

/// What stands in the dashboard's body, on the server and in the browser alike.
#[component]
pub fn Dashboard() -> impl IntoView {
    time::provide_now();
    view! {
        <Router base=base::base()>
            <Routes fallback=|| view! { <main class="content alone"><h1>"This page does not exist"</h1></main> }>
                <Route path=path!("/dashboard") view=projects::Projects />
                <ParentRoute path=path!("/dashboard/:project") view=shell::Shell>
                    <Route path=path!("") view=overview::Overview />
                    <Route path=path!("integrations") view=integrations::List />
                    <Route path=path!("integrations/new") view=custom::New />
                    <Route path=path!("integrations/:kind") view=integrations::Detail />
                    <Route path=path!("integrations/:kind/definition") view=custom::Edit />
                    <Route path=path!("integrations/:kind/portal") view=portal_editor::PortalEditor />
                    <Route path=path!("workflows") view=workflows::List />
                    <Route path=path!("app-events") view=app_events::List />
                    <Route path=path!("users") view=users::List />
                    <Route path=path!("users/:id") view=users::Detail />
                    <Route path=path!("executions") view=executions::List />
                    <Route path=path!("executions/:id") view=execution::Detail />
                    <Route path=path!("failures") view=failures::List />
                    <Route path=path!("events") view=events::List />
                    <Route path=path!("events/:id") view=events::Detail />
                    <Route path=path!("settings/destinations") view=destinations::List />
                    <Route path=path!("settings") view=settings::Settings />
                    <Route path=path!("try-it") view=try_it::TryIt />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
