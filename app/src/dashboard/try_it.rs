//! Try it: the real Connect Portal, as a test user.

use super::parts::{Head, param, problem_of};
use crate::components::{Button, ButtonKind};
use leptos::prelude::*;

/// Opens the portal as a test user, and sends events for it.
#[component]
pub(super) fn TryIt() -> impl IntoView {
    let project = param("project");
    let problem = RwSignal::new(None::<String>);
    let (user, kind) =
        (RwSignal::new("test-user".to_owned()), RwSignal::new("salesforce".to_owned()));
    let address = RwSignal::new(None::<String>);
    let open = move |()| {
        let work = crate::server_fns::users::try_portal(
            project.get_untracked(),
            user.get_untracked(),
            kind.get_untracked(),
        );
        super::parts::act(work, problem, move |url| address.set(Some(url)));
    };
    view! {
        <Head title="Try it".to_owned() purpose="The real Connect Portal, as a user of your app would see it." />
        {problem_of(problem)}
        <div class="filters">
            <div class="field">
                <label for="try-user">"Test user"</label>
                <input id="try-user" class="input" bind:value=user />
            </div>
            <div class="field">
                <label for="try-kind">"Integration"</label>
                <input id="try-kind" class="input" bind:value=kind />
            </div>
            <Button kind=ButtonKind::Primary on_press=open>"Open portal"</Button>
        </div>
        {move || {
            address
                .get()
                .map(|url| view! { <iframe class="card try-frame" title="Connect Portal" src=url allow="clipboard-write"></iframe> })
        }}
    }
}
