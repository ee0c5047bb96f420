//! Integrations: what there is, and one.

use super::base::address;
use super::copy::Copyable;
use super::icon::{Icon, icon};
use super::parts::{
    Head, act, active_status, counted, integration_mark, loaded, param, problem_of,
};
use super::webhook::Webhook;
use crate::components::{Button, ButtonKind};
use crate::server_fns::integrations::{activate, deactivate, integration, integrations};
use leptos::prelude::*;
use portico_domain::setting::Setting;
use portico_domain::view::IntegrationDetail;

/// Every integration there is.
#[component]
pub(super) fn List() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), integrations);
    view! {
        <Head title="Integrations".to_owned() purpose="The providers that your users can connect.">
            <a class="button button-primary" href=address!("/dashboard/{}/integrations/new", project.get_untracked())>"Add a custom integration"</a>
        </Head>
        {loaded(
            found,
            move |list| {
                let cards: Vec<_> = list
                    .into_iter()
                    .map(|own| {
                        let href = address!("/dashboard/{}/integrations/{}", project.get_untracked(), own.kind);
                        view! {
                            <a class="card" href=href>
                                <div class="row">
                                    {integration_mark(&own.kind, 32)}
                                    <strong>{own.name}</strong>
                                </div>
                                <p class="muted">{own.description}</p>
                                {own.custom.then(|| view! { <p class="hint">"Of this project"</p> })}
                                <div class="card-foot">
                                    {active_status(own.active)}
                                    <span class="muted">{counted(own.accounts, "account")} ", " {counted(own.deployed_workflows, "workflow")}</span>
                                </div>
                            </a>
                        }
                    })
                    .collect();
                view! { <div class="cards">{cards}</div> }
            },
        )}
    }
}

/// One integration.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, kind) = (param("project"), param("kind"));
    let found = Resource::new(
        move || (project.get(), kind.get()),
        |(project, kind)| integration(project, kind),
    );
    let problem = RwSignal::new(None);
    loaded(found, move |own| {
        let switch_off = move |()| {
            act(deactivate(project.get_untracked(), kind.get_untracked()), problem, move |()| {
                found.refetch()
            });
        };
        let active = own.summary.active;
        view! {
            <Head
                up=(address!("/dashboard/{}/integrations", project.get_untracked()), "Integrations".to_owned())
                mark=own.summary.kind.clone()
                title=own.summary.name.clone()
                purpose=own.summary.description.clone()
            >
                {active_status(active)}
                {own.summary.custom.then(|| view! {
                    <a class="button" href=address!("/dashboard/{}/integrations/{}/definition", project.get_untracked(), kind.get_untracked())>"Edit definition"</a>
                })}
                <a class="button" hidden=!active href=address!("/dashboard/{}/integrations/{}/portal", project.get_untracked(), kind.get_untracked())>"Customize portal"</a>
                <span hidden=!active>
                    <Button on_press=switch_off>"Switch off"</Button>
                </span>
            </Head>
            {problem_of(problem)}
            <OAuthApp own=own.clone() project kind problem on_done=Callback::new(move |()| found.refetch()) />
            {own.webhook.clone().map(|webhook| view! { <Webhook webhook own=own.clone() project kind problem on_done=Callback::new(move |()| found.refetch()) /> })}
            <section class="card">
                <h2>"Workflows"</h2>
                {super::workflows::table(&own.workflows, &project.get_untracked())}
                <p><a href=address!("/dashboard/{}/workflows", project.get_untracked())>"All workflows "{icon(Icon::Chevron)}</a></p>
            </section>
            {settings(&own.settings)}
            <section class="card" hidden=own.scopes.is_empty()>
                <h2>"What users are asked for"</h2>
                <ul>
                    {own.scopes.iter().map(|scope| view! { <li><code>{scope.name.clone()}</code> " " {scope.description.clone()}</li> }).collect::<Vec<_>>()}
                </ul>
            </section>
            <section class="card prose" inner_html=own.guide_html.clone()></section>
        }
    })
}

/// What users are asked once for all workflows.
fn settings(all: &[Setting]) -> impl IntoView + use<> {
    let rows: Vec<_> = all
        .iter()
        .map(|own| {
            view! {
                <tr>
                    <td>{own.title.clone()}</td>
                    <td><code>{format!("settings.{}", own.key)}</code></td>
                    <td>{own.kind.code()}</td>
                    <td>{if own.required { "Required" } else { "Optional" }}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="card" hidden=all.is_empty()>
            <h2>"Settings for all workflows"</h2>
            <p class="muted">"Users answer these once per account. They are written under Customize portal."</p>
            <table class="table">
                <thead><tr><th>"Title"</th><th>"In templates"</th><th>"Type"</th><th></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

#[component]
fn OAuthApp(
    own: IntegrationDetail,
    project: Memo<String>,
    kind: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let id = RwSignal::new(own.client_id.clone().unwrap_or_default());
    let secret = RwSignal::new(String::new());
    let saved = RwSignal::new(false);
    let save = move |()| {
        let work = activate(
            project.get_untracked(),
            kind.get_untracked(),
            id.get_untracked(),
            secret.get_untracked(),
            String::new(),
        );
        act(work, problem, move |()| {
            secret.set(String::new());
            saved.set(true);
            on_done.run(());
        });
    };
    let hint = if own.has_client_secret {
        "A secret is stored; it is never shown. Leave this empty to keep it."
    } else {
        "It is stored encrypted and never shown again."
    };
    let active = own.summary.active;
    if !own.needs_client {
        return view! {
            <section class="card">
                <h2>"Nothing to register"</h2>
                <p>"Your users connect with keys of their own; what they need is in the guide below."</p>
                <div class="row" hidden=active>
                    <Button kind=ButtonKind::Primary on_press=save>"Activate integration"</Button>
                </div>
            </section>
        }
            .into_any();
    }
    let label = if active { "Save" } else { "Activate integration" };
    view! {
        <section class="card">
            <h2>"Your OAuth app at the provider"</h2>
            <div class="field">
                <span><strong>"Redirect URL"</strong></span>
                <Copyable text=own.redirect_url what="redirect URL" id="redirect-url" />
                <p class="hint">"Register it at the provider exactly as it stands here."</p>
            </div>
            <div class="field">
                <label for="client-id">"Client id"</label>
                <input id="client-id" class="input" autocomplete="off" bind:value=id />
            </div>
            <div class="field">
                <label for="client-secret">"Client secret"</label>
                <input id="client-secret" class="input" type="password" autocomplete="off" bind:value=secret />
                <p class="hint">{hint}</p>
            </div>
            <div class="row">
                <Button kind=ButtonKind::Primary on_press=save>{label}</Button>
                <span role="status">{move || saved.get().then_some("Saved.")}</span>
            </div>
        </section>
    }
    .into_any()
}
