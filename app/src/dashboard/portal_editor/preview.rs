//! The real portal in the shape that is on the page, saved or not.

use super::super::parts::{act, problem_of};
use crate::server_fns::portal_editor::preview_portal;
use leptos::prelude::*;
use portico_domain::look::{PREVIEW_USER, PortalLook};
use portico_domain::view::PortalOptions;
use serde_json::Value;
use std::time::Duration;

/// How long nothing is written before the preview follows.
const PAUSE: Duration = Duration::from_millis(500);

/// The tab of a portal on which questions and workflows stand.
const CONFIGURATION: &str = "configuration";

/// The preview. A new portal is loaded behind the one that is shown and takes its place when it is there.
#[component]
pub(super) fn Preview(
    project: Memo<String>,
    kind: Memo<String>,
    written: Memo<(PortalLook, Value)>,
    active: bool,
) -> impl IntoView {
    let problem = RwSignal::new(None);
    let frames = RwSignal::new(Vec::<String>::new());
    let shown = RwSignal::new(None::<String>);
    // What was changed last is what one wants to see.
    let tab = StoredValue::new(None::<&'static str>);
    let open = move || {
        let (look, settings) = written.get_untracked();
        let (project, kind) = (project.get_untracked(), kind.get_untracked());
        let options =
            PortalOptions { tab: tab.get_value().map(str::to_owned), ..PortalOptions::default() };
        act(preview_portal(project, kind, look, settings, options), problem, move |url| {
            frames.update(|all| {
                all.retain(|own| shown.with_untracked(|shown| shown.as_ref() == Some(own)));
                all.push(url);
            });
        });
    };
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |before: Option<(PortalLook, Value)>| {
        let now = written.get();
        match before {
            _ if !active => {}
            None => open(),
            Some(before) => {
                let asks = now.1 != before.1 || now.0.order != before.0.order;
                tab.set_value(asks.then_some(CONFIGURATION));
                if let Some(earlier) = waiting.get_value() {
                    earlier.clear();
                }
                waiting.set_value(set_timeout_with_handle(open, PAUSE).ok());
            }
        }
        now
    });
    on_cleanup(move || {
        if let Some(handle) = waiting.try_get_value().flatten() {
            handle.clear();
        }
    });
    let arrived = move |url: &str| {
        shown.set(Some(url.to_owned()));
        frames.update(|all| all.retain(|own| own == url));
    };
    let framed = move |url: String| {
        let (own, to) = (url.clone(), url.clone());
        let behind = move || shown.with(|shown| shown.as_ref() != Some(&own));
        view! {
            <iframe
                class="card try-frame"
                class:behind=behind
                title="Connect Portal"
                src=url
                allow="clipboard-write"
                on:load=move |_| arrived(&to)
            ></iframe>
        }
    };
    view! {
        <section class="card preview">
            <h2>"Preview"</h2>
            <p class="muted" hidden=active>"Activate the integration to see its portal."</p>
            <p class="hint" hidden=!active>
                "The real portal, as the user \"" {PREVIEW_USER} "\": connect an account in it to see its configuration. What is not saved is seen here only."
            </p>
            {problem_of(problem)}
            <div class="frames"><For each=move || frames.get() key=Clone::clone children=framed /></div>
        </section>
    }
}
