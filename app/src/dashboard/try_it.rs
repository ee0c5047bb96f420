//! Try it: the real Connect Portal as a test user, and events in its name.

use super::base::address;
use super::icon::{Icon, icon};
use super::parts::{Head, act, loaded, param, problem_of};
use crate::components::{Button, ButtonKind};
use crate::server_fns::integrations::integrations;
use crate::server_fns::users::{try_event, try_portal};
use crate::server_fns::workflows::app_events;
use leptos::prelude::*;

/// Opens the portal as a test user, and sends events for it.
#[component]
pub(super) fn TryIt() -> impl IntoView {
    let project = param("project");
    let user = RwSignal::new("test-user".to_owned());
    view! {
        <Head title="Try it".to_owned() purpose="The real Connect Portal and real events, as a user of your app would cause them." />
        <div class="filters">
            <div class="field">
                <label for="try-user">"Test user"</label>
                <input id="try-user" class="input" bind:value=user />
            </div>
        </div>
        <div class="columns">
            <PortalOf project user />
            <EventOf project user />
        </div>
    }
}

#[component]
fn PortalOf(project: Memo<String>, user: RwSignal<String>) -> impl IntoView {
    let known = Resource::new(move || project.get(), integrations);
    let kind = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let frame = RwSignal::new(None::<String>);
    let open = move |()| {
        let work = try_portal(project.get_untracked(), user.get_untracked(), kind.get_untracked());
        act(work, problem, move |url| frame.set(Some(url)));
    };
    view! {
        <section class="card">
            <h2>"Connect Portal"</h2>
            {problem_of(problem)}
            {loaded(
                known,
                move |list| {
                    let active: Vec<_> = list.into_iter().filter(|own| own.active).collect();
                    let Some(first) = active.first() else {
                        return view! { <p class="muted">"Activate an integration first."</p> }.into_any();
                    };
                    if kind.get_untracked().is_empty() {
                        kind.set(first.kind.clone());
                    }
                    let options: Vec<_> = active
                        .into_iter()
                        .map(|own| {
                            let chosen = kind.get_untracked() == own.kind;
                            view! { <option value=own.kind selected=chosen>{own.name}</option> }
                        })
                        .collect();
                    view! {
                        <div class="filters">
                            <div class="field">
                                <label for="try-kind">"Integration"</label>
                                <select
                                    id="try-kind"
                                    class="input"
                                    on:change=move |event| kind.set(event_target_value(&event))
                                >
                                    {options}
                                </select>
                            </div>
                            <Button kind=ButtonKind::Primary on_press=open>"Open portal"</Button>
                        </div>
                    }
                        .into_any()
                },
            )}
            {move || {
                frame
                    .get()
                    .map(|url| view! { <iframe class="card try-frame" title="Connect Portal" src=url allow="clipboard-write"></iframe> })
            }}
        </section>
    }
}

#[component]
fn EventOf(project: Memo<String>, user: RwSignal<String>) -> impl IntoView {
    let known = Resource::new(move || project.get(), app_events);
    let (name, payload) = (RwSignal::new(String::new()), RwSignal::new("{}".to_owned()));
    let problem = RwSignal::new(None::<String>);
    let sent = RwSignal::new(None::<String>);
    let send = move |()| {
        sent.set(None);
        let work = try_event(
            project.get_untracked(),
            user.get_untracked(),
            name.get_untracked(),
            payload.get_untracked(),
        );
        act(work, problem, move |id| sent.set(Some(id.to_string())));
    };
    view! {
        <section class="card">
            <h2>"Send an event"</h2>
            {problem_of(problem)}
            {loaded(
                known,
                move |(events, _)| {
                    let examples: Vec<_> = events
                        .into_iter()
                        .map(|own| (own.name, serde_json::to_string_pretty(&own.example).unwrap_or_default()))
                        .collect();
                    let Some((first, example)) = examples.first().cloned() else {
                        return view! { <p class="muted">"Define an app event first."</p> }.into_any();
                    };
                    if name.get_untracked().is_empty() {
                        name.set(first);
                        payload.set(example);
                    }
                    let options: Vec<_> = examples
                        .iter()
                        .map(|(own, _)| {
                            let chosen = name.get_untracked() == *own;
                            view! { <option value=own.clone() selected=chosen>{own.clone()}</option> }
                        })
                        .collect();
                    let choose = move |event| {
                        let chosen = event_target_value(&event);
                        if let Some((_, example)) = examples.iter().find(|(own, _)| *own == chosen) {
                            payload.set(example.clone());
                        }
                        name.set(chosen);
                    };
                    view! {
                        <div class="field">
                            <label for="try-event">"Event"</label>
                            <select id="try-event" class="input" on:change=choose>{options}</select>
                        </div>
                        <div class="field">
                            <label for="try-payload">"Payload, as JSON"</label>
                            <textarea id="try-payload" class="input" spellcheck="false" bind:value=payload></textarea>
                        </div>
                        <div><Button kind=ButtonKind::Primary on_press=send>{icon(Icon::Send)}"Send event"</Button></div>
                    }
                        .into_any()
                },
            )}
            <p role="status">
                {move || {
                    sent.get()
                        .map(|id| {
                            let to = address!("/dashboard/{}/events/{id}", project.get_untracked());
                            view! { "It was accepted. " <a href=to>"See what it started"</a> }
                        })
                }}
            </p>
        </section>
    }
}
