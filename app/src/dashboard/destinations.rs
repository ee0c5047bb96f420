//! Event destinations: who hears of what happens, and what became of each message.

use super::base::address;
use super::copy::Copyable;
use super::icon::Icon;
use super::parts::{
    Confirmed, Empty, Head, Tone, act, counted, loaded, param, problem_of, status, stay_live,
};
use super::time::at;
use crate::components::{Button, ButtonKind};
use crate::server_fns::destinations::{
    add_destination, deliveries, destinations, remove_destination, rotate_destination,
    switch_destination, test_destination,
};
use leptos::prelude::*;
use portico_domain::view::{DeliveryView, DestinationForm, DestinationView, HappeningKind};
use std::collections::BTreeSet;

/// The destinations of a project.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), destinations);
    let again = Callback::new(move |()| found.refetch());
    let (problem, secret) = (RwSignal::new(None), RwSignal::new(None::<String>));
    view! {
        <Head
            up=(address!("/dashboard/{}/settings", project.get_untracked()), "Settings".to_owned())
            title="Destinations".to_owned()
            purpose="Addresses of yours that hear of what happens here, with a signed webhook."
        />
        {problem_of(problem)}
        {move || {
            secret
                .get()
                .map(|text| {
                    view! {
                        <div class="callout callout-warning">
                            <p>"Keep this secret on your server: it verifies what comes from here. It is shown this once."</p>
                            <Copyable text what="secret" id="destination-secret" />
                            <div><Button on_press=move |()| secret.set(None)>"I have kept it"</Button></div>
                        </div>
                    }
                })
        }}
        {loaded(
            found,
            move |list| {
                if list.is_empty() {
                    return view! { <Empty drawing=Icon::Send title="No destination yet" words="Add one below to hear of failures as they happen." /> }.into_any();
                }
                list.into_iter()
                    .map(|own| view! { <One own project problem secret again /> })
                    .collect::<Vec<_>>()
                    .into_any()
            },
        )}
        <New project problem secret again />
    }
}

#[component]
fn New(
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    secret: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let (name, url) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let headers = RwSignal::new(String::new());
    let kinds = RwSignal::new(BTreeSet::from([
        HappeningKind::ExecutionFailed,
        HappeningKind::CredentialFailed,
    ]));
    let boxes: Vec<_> = HappeningKind::CHOSEN
        .into_iter()
        .map(|kind| {
            let change = move |event| {
                let on = event_target_checked(&event);
                kinds.update(|kinds| {
                    if on {
                        kinds.insert(kind);
                    } else {
                        kinds.remove(&kind);
                    }
                });
            };
            view! {
                <label class="row">
                    <input type="checkbox" prop:checked=move || kinds.with(|kinds| kinds.contains(&kind)) on:change=change />
                    {kind.title()} <code>{kind.name()}</code>
                </label>
            }
        })
        .collect();
    let add = move |()| {
        let form = DestinationForm {
            name: name.get_untracked(),
            url: url.get_untracked(),
            kinds: kinds.get_untracked().into_iter().collect(),
            headers: headers.get_untracked(),
        };
        act(add_destination(project.get_untracked(), form), problem, move |made| {
            secret.set(Some(made.secret));
            name.set(String::new());
            url.set(String::new());
            headers.set(String::new());
            again.run(());
        });
    };
    view! {
        <section class="card">
            <h2>"New destination"</h2>
            <div class="field">
                <label for="destination-name">"Name"</label>
                <input id="destination-name" class="input" bind:value=name />
            </div>
            <div class="field">
                <label for="destination-url">"Address"</label>
                <input id="destination-url" class="input" type="url" placeholder="https://example.com/hooks/portico" bind:value=url />
            </div>
            <fieldset class="checks"><legend class="label">"It hears of"</legend>{boxes}</fieldset>
            <div class="field">
                <label for="destination-headers">"Headers of its own, a line each"</label>
                <textarea id="destination-headers" class="input" rows="2" spellcheck="false" autocomplete="off" placeholder="Authorization: Bearer …" bind:value=headers></textarea>
                <p class="hint">"They are sealed and never shown again."</p>
            </div>
            <div><Button kind=ButtonKind::Primary on_press=add>"Add destination"</Button></div>
        </section>
    }
}

#[component]
fn One(
    own: DestinationView,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    secret: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let id = StoredValue::new(own.id.to_string());
    let place = move || (project.get_untracked(), id.get_value());
    let log = Resource::new(|| (), move |()| deliveries(project.get_untracked(), id.get_value()));
    stay_live(log);
    let test = move |()| {
        let (project, id) = place();
        act(test_destination(project, id), problem, move |()| log.refetch());
    };
    let rotate = move |()| {
        let (project, id) = place();
        act(rotate_destination(project, id), problem, move |made| secret.set(Some(made.secret)));
    };
    let active = own.active;
    let switch = move |()| {
        let (project, id) = place();
        act(switch_destination(project, id, !active), problem, move |()| again.run(()));
    };
    let remove = move |()| {
        let (project, id) = place();
        act(remove_destination(project, id), problem, move |()| again.run(()));
    };
    let kinds: Vec<_> =
        own.kinds.iter().map(|kind| view! { <span class="pill">{kind.name()}</span> }).collect();
    let state = match active {
        true => status(Tone::Success, Icon::CircleCheck, "On"),
        false => status(Tone::Warning, Icon::Ban, "Off"),
    };
    let headers = (!own.headers.is_empty()).then(
        || view! { <p class="hint">"With the headers " {own.headers.join(", ")} ": •••"</p> },
    );
    view! {
        <section class="card">
            <div class="item-head"><h2>{own.name}</h2>{state}</div>
            <code>{own.url}</code>
            <div class="row">{kinds}</div>
            {headers}
            {own.reason.map(|why| view! { <p class="callout callout-danger">"It was switched off. " {why}</p> })}
            <div class="row">
                <Button on_press=test>"Send test"</Button>
                <Button on_press=switch>{if active { "Switch off" } else { "Switch on" }}</Button>
                <Confirmed
                    ask="New secret"
                    words="The secret of now signs nothing any more; your server must know the new one."
                    yes="Make a new secret"
                    on_yes=rotate
                />
                <Confirmed
                    ask="Remove"
                    words="What waits for it is not delivered any more, and its log is gone."
                    yes="Remove destination"
                    on_yes=remove
                />
            </div>
            <details>
                <summary>"Messages"</summary>
                {loaded(log, |list| {
                    let none = list.is_empty();
                    let rows: Vec<_> = list.into_iter().map(message).collect();
                    view! {
                        <p class="muted" hidden=!none>"None yet."</p>
                        <ul class="plain">{rows}</ul>
                    }
                })}
            </details>
        </section>
    }
}

fn message(own: DeliveryView) -> impl IntoView {
    let state = match own.state.as_str() {
        "delivered" => status(Tone::Success, Icon::CircleCheck, "Delivered"),
        "failed" => status(Tone::Danger, Icon::CircleX, "Not delivered"),
        _ => status(Tone::Info, Icon::Clock, "Waiting"),
    };
    let tries = counted(own.attempts, "try").replace("trys", "tries");
    view! {
        <li class="item">
            <div class="item-head"><span>{own.kind.title()} ", " {at(own.happened_at)}</span>{state}</div>
            <p class="hint">{tries} {own.status.map(|status| format!(", answered {status}"))} {own.due_at.map(|due| view! { ", again " {at(due)} })}</p>
            {own.problem.map(|why| view! { <p>{why}</p> })}
            {own.body.map(|body| view! { <pre class="json" tabindex="0">{body}</pre> })}
        </li>
    }
}
