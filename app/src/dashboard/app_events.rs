//! App events: what the host app sends.

use super::app_event::AppEvent;
use super::icon::Icon;
use super::parts::{Empty, Head, act, loaded, param, problem_of};
use super::time::at;
use crate::components::{Button, ButtonKind};
use crate::server_fns::workflows::{app_events, define_app_event};
use leptos::prelude::*;

/// The events that the project defines, and names that came in without being defined.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), app_events);
    let name = RwSignal::new(String::new());
    let example = RwSignal::new("{\n  \"first_name\": \"Ada\"\n}".to_owned());
    let problem = RwSignal::new(None);
    let again = Callback::new(move |()| found.refetch());
    let define = move |()| {
        let work = define_app_event(
            project.get_untracked(),
            name.get_untracked(),
            example.get_untracked(),
        );
        act(work, problem, move |()| {
            name.set(String::new());
            found.refetch();
        });
    };
    view! {
        <Head title="App events".to_owned() purpose="What your app tells Portico about: each has a name and an example." />
        {problem_of(problem)}
        {loaded(
            found,
            move |(events, unknown)| {
                let none = events.is_empty();
                let list: Vec<_> = events
                    .into_iter()
                    .map(|event| view! { <AppEvent event project again /> })
                    .collect();
                let unknown: Vec<_> = unknown
                    .into_iter()
                    .map(|event| view! { <li><code>{event.name}</code> " " {event.count} " times, last " {at(event.last_at)}</li> })
                    .collect();
                let nothing_refused = unknown.is_empty();
                view! {
                    <div hidden=!none><Empty drawing=Icon::Zap title="No events yet" words="Define the first one below." /></div>
                    <div class="stack">{list}</div>
                    <section class="card" hidden=nothing_refused>
                        <h2>"Refused, because they are not defined"</h2>
                        <ul>{unknown}</ul>
                    </section>
                }
            },
        )}
        <section class="card">
            <h2>"Define an event"</h2>
            <div class="field">
                <label for="event-name">"Name"</label>
                <input id="event-name" class="input" bind:value=name />
            </div>
            <div class="field">
                <label for="event-example">"Example, as JSON"</label>
                <textarea id="event-example" class="input" spellcheck="false" bind:value=example></textarea>
            </div>
            <div><Button kind=ButtonKind::Primary on_press=define>"Define event"</Button></div>
        </section>
    }
}
