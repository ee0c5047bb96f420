//! App events: what the host app sends.

use super::app_event::AppEvent;
use super::icon::Icon;
use super::parts::{Empty, Head, act, loaded, param, problem_of};
use super::time::at;
use crate::components::{Button, ButtonKind};
use crate::server_fns::workflows::{app_events, define_app_event};
use leptos::prelude::*;
use portico_domain::view::AppEventView;

/// The events that the project defines, and names that came in without being defined.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), app_events);
    let name = RwSignal::new(String::new());
    let example = RwSignal::new("{\n  \"first_name\": \"Ada\"\n}".to_owned());
    let problem = RwSignal::new(None);
    // What is read again changes what is drawn, and no card is drawn anew: somebody may write in it.
    let latest = RwSignal::new(None);
    let again = Callback::new(move |()| {
        act(app_events(project.get_untracked()), problem, move |now| latest.set(Some(now)));
    });
    let define = move |()| {
        let work = define_app_event(
            project.get_untracked(),
            name.get_untracked(),
            example.get_untracked(),
        );
        act(work, problem, move |()| {
            name.set(String::new());
            again.run(());
        });
    };
    view! {
        <Head title="App events".to_owned() purpose="What your app tells Portico about: each has a name and an example." />
        {problem_of(problem)}
        {loaded(
            found,
            move |first| {
                let now = Memo::new(move |_| latest.get().unwrap_or_else(|| first.clone()));
                let card = move |first: AppEventView| {
                    let event = Memo::new(move |_| {
                        let own = now.with(|(events, _)| {
                            events.iter().find(|own| own.name == first.name).cloned()
                        });
                        own.unwrap_or_else(|| first.clone())
                    });
                    view! { <AppEvent event project again /> }
                };
                let unknown = move || {
                    now.with(|(_, unknown)| {
                        unknown
                            .iter()
                            .map(|event| view! { <li><code>{event.name.clone()}</code> " " {event.count} " times, last " {at(event.last_at)}</li> })
                            .collect::<Vec<_>>()
                    })
                };
                view! {
                    <div hidden=move || now.with(|(events, _)| !events.is_empty())><Empty drawing=Icon::Zap title="No events yet" words="Define the first one below." /></div>
                    <div class="stack"><For each=move || now.with(|(events, _)| events.clone()) key=|own| own.name.clone() children=card /></div>
                    <section class="card" hidden=move || now.with(|(_, unknown)| unknown.is_empty())>
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
