//! What stands around every page of a project: the bar at the top, the sidebar.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{loaded, param};
use super::theme::ThemeChoice;
use crate::server_fns::projects::session;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::nested_router::Outlet;
use portico_domain::view::Session;

/// A line of the sidebar: where it leads, its words, its icon.
type Line = (&'static str, &'static str, Icon);

/// The pages of a project: what is built, what happened, the rest.
const PAGES: [&[Line]; 3] = [
    &[
        ("", "Overview", Icon::Layout),
        ("/integrations", "Integrations", Icon::Plug),
        ("/workflows", "Workflows", Icon::Workflow),
        ("/app-events", "App events", Icon::Zap),
    ],
    &[
        ("/users", "Connected users", Icon::Users),
        ("/executions", "Executions", Icon::Activity),
        ("/failures", "Failures", Icon::CircleAlert),
        ("/events", "Events", Icon::Inbox),
    ],
    &[("/try-it", "Try it", Icon::Flask), ("/settings", "Settings", Icon::Settings)],
];

/// The frame of a project's pages.
#[component]
pub(super) fn Shell() -> impl IntoView {
    let project = param("project");
    let path = use_location().pathname;
    let here = Resource::new(|| (), |()| session());
    let shown = RwSignal::new(false);
    Effect::new(move |_| {
        // Whoever went somewhere has no more use for the menu.
        path.track();
        shown.set(false);
    });
    let lines = move |lines: &'static [Line]| {
        lines
            .iter()
            .map(|(tail, title, drawing)| {
                let href = address!("/dashboard/{}{tail}", project.get());
                let to = href.clone();
                let current = move || {
                    let path = path.get();
                    let open = path == to || (!tail.is_empty() && path.starts_with(&to));
                    open.then_some("page")
                };
                view! {
                    <a href=href aria-current=current>
                        {icon(*drawing)}
                        {*title}
                    </a>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <div class="shell">
            <a class="button skip" href="#content">"Skip to the content"</a>
            <header class="top">
                <button
                    type="button"
                    class="menu-button menu-open"
                    aria-label="Pages"
                    aria-controls="side"
                    aria-expanded=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {icon(Icon::Menu)}
                </button>
                <a class="brand" href=address!("/dashboard")>
                    <img src=address!("/favicon.svg") alt="Portico" width="20" height="20" />
                    <span aria-hidden="true">"Portico"</span>
                </a>
                <span class="top-slash" aria-hidden="true">"/"</span>
                {loaded(here, move |session| view! { <Projects session project /> })}
                <span class="top-space"></span>
                {loaded(here, move |session| view! { <Account session /> })}
            </header>
            <nav id="side" class="side" class:side-shown=move || shown.get() aria-label="Project">
                {move || lines(PAGES[0])}
                <span class="side-gap"></span>
                {move || lines(PAGES[1])}
                <span class="side-gap"></span>
                {move || lines(PAGES[2])}
            </nav>
            <main class="content" id="content">
                <Outlet />
            </main>
        </div>
    }
}

/// Which project is open, and the way to the others.
#[component]
fn Projects(session: Session, project: Memo<String>) -> impl IntoView {
    let known = session.projects.clone();
    let name = move || {
        let open = project.get();
        let own = known.iter().find(|known| known.id.to_string() == open);
        own.map_or_else(|| "Project".to_owned(), |own| own.name.clone())
    };
    let others: Vec<_> = session
        .projects
        .into_iter()
        .map(|own| {
            let href = address!("/dashboard/{}", own.id);
            // A whole page: nothing of one project stays when another is opened.
            view! { <a href=href rel="external">{own.name}</a> }
        })
        .collect();
    view! {
        <button type="button" class="menu-button" popovertarget="projects">
            <span class="visually-hidden">"Project: "</span>
            {name}
            {icon(Icon::ChevronDown)}
        </button>
        <div id="projects" class="menu" popover="auto">
            {others}
            <hr />
            <a href=address!("/dashboard") rel="external">{icon(Icon::Plus)}"All projects, or a new one"</a>
        </div>
    }
}

/// Who is signed in, the theme, the way out.
#[component]
fn Account(session: Session) -> impl IntoView {
    let initial: String = session.name.chars().next().into_iter().collect();
    view! {
        <button type="button" class="menu-button" popovertarget="account" aria-label="Account">
            <span class="avatar" aria-hidden="true">{initial}</span>
        </button>
        <div id="account" class="menu menu-end" popover="auto">
            <div class="menu-words">
                <p><strong>{session.name}</strong></p>
                <p class="hint">{session.email}</p>
            </div>
            <hr />
            <ThemeChoice />
            <hr />
            <form method="post" action=address!("/sign-out")>
                <button type="submit">{icon(Icon::LogOut)}"Sign out"</button>
            </form>
        </div>
    }
}
