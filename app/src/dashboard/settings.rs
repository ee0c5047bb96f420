//! Settings: the project, its signing keys, its allowed origins, refused tokens.

use super::base::address;
use super::copy::{Copyable, CopyableBlock};
use super::icon::{Icon, icon};
use super::keys;
use super::parts::{Confirmed, Head, Tone, act, loaded, param, problem_of, status};
use super::secrets::Secrets;
use super::time::at;
use crate::components::{Button, ButtonKind};
use crate::server_fns::projects::{
    add_signing_key, allow_origin, forbid_origin, revoke_signing_key, settings,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use portico_domain::view::{ProjectSettingsView, SigningKeyView};

/// The settings of a project.
#[component]
pub(super) fn Settings() -> impl IntoView {
    let project = param("project");
    let found = Resource::new(move || project.get(), settings);
    let problem = RwSignal::new(None);
    let again = Callback::new(move |()| found.refetch());
    let fresh = RwSignal::new(None::<String>);
    view! {
        <Head title="Settings".to_owned() purpose="Keys, origins, secrets, and tokens that were refused.">
            <a class="button" href=move || address!("/dashboard/{}/settings/destinations", project.get())>"Destinations"</a>
        </Head>
        {problem_of(problem)}
        <NewKey project problem fresh again />
        {loaded(
            found,
            move |own| view! { <Sections own project problem again /> },
        )}
        <Secrets project />
    }
}

/// A key pair made in this browser. The private key is shown once and never sent.
#[component]
fn NewKey(
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    fresh: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let name = RwSignal::new("Production".to_owned());
    let public = RwSignal::new(String::new());
    let make = move |()| {
        problem.set(None);
        spawn_local(async move {
            match keys::generate().await {
                Err(words) => problem.set(Some(words)),
                Ok(pair) => {
                    let work = add_signing_key(
                        project.get_untracked(),
                        name.get_untracked(),
                        pair.public_pem,
                    );
                    act(work, problem, move |()| {
                        fresh.set(Some(pair.private_pem));
                        again.run(());
                    });
                }
            }
        });
    };
    let import = move |()| {
        let work =
            add_signing_key(project.get_untracked(), name.get_untracked(), public.get_untracked());
        act(work, problem, move |()| {
            public.set(String::new());
            again.run(());
        });
    };
    view! {
        <section class="card">
            <h2>"New signing key"</h2>
            <p class="muted">"Your backend signs user tokens with the private key. It is made in this browser and never leaves it."</p>
            <div class="field">
                <label for="key-name">"Name"</label>
                <input id="key-name" class="input" bind:value=name />
            </div>
            <div><Button kind=ButtonKind::Primary on_press=make>"Create signing key"</Button></div>
            {move || {
                fresh
                    .get()
                    .map(|pem| {
                        let href = format!("data:application/x-pem-file,{}", pem.replace('\n', "%0A").replace('+', "%2B"));
                        view! {
                            <div class="callout callout-warning">
                                <p>"Keep this private key on your server. It is shown this once."</p>
                                <CopyableBlock text=pem what="private key" id="private-key" />
                                <div class="row">
                                    <a class="button" download="portico-signing-key.pem" href=href>{icon(Icon::Download)}"Download"</a>
                                    <Button on_press=move |()| fresh.set(None)>"I have kept it"</Button>
                                </div>
                            </div>
                        }
                    })
            }}
            <details>
                <summary>"Import a public key"</summary>
                <div class="stack">
                    <div class="field">
                        <label for="public-key">"Public key, PEM or JWK"</label>
                        <textarea id="public-key" class="input" spellcheck="false" bind:value=public></textarea>
                    </div>
                    <div><Button on_press=import>"Import key"</Button></div>
                </div>
            </details>
            <TokenMaker project problem />
        </section>
    }
}

/// Signs a user token for tests, in this browser.
#[component]
fn TokenMaker(project: Memo<String>, problem: RwSignal<Option<String>>) -> impl IntoView {
    let (user, key) = (RwSignal::new("test-user".to_owned()), RwSignal::new(String::new()));
    let token = RwSignal::new(String::new());
    let sign = move |()| {
        problem.set(None);
        spawn_local(async move {
            let claims =
                keys::Claims { project: project.get_untracked(), user: user.get_untracked() };
            match keys::sign(&key.get_untracked(), &claims).await {
                Ok(signed) => token.set(signed),
                Err(words) => problem.set(Some(words)),
            }
        });
    };
    view! {
        <details>
            <summary>"Sign a user token for tests"</summary>
            <div class="stack">
                <div class="field">
                    <label for="token-user">"User id (sub)"</label>
                    <input id="token-user" class="input" bind:value=user />
                </div>
                <div class="field">
                    <label for="token-key">"Private key, PEM"</label>
                    <textarea id="token-key" class="input" spellcheck="false" autocomplete="off" bind:value=key></textarea>
                    <p class="hint">"It stays in this page."</p>
                </div>
                <div><Button on_press=sign>"Sign token"</Button></div>
                <pre class="json" id="token" hidden=move || token.get().is_empty()>{move || token.get()}</pre>
            </div>
        </details>
    }
}

#[component]
fn Sections(
    own: ProjectSettingsView,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let origin = RwSignal::new(String::new());
    let allow = move |()| {
        act(allow_origin(project.get_untracked(), origin.get_untracked()), problem, move |_| {
            origin.set(String::new());
            again.run(());
        });
    };
    let keys: Vec<_> = own
        .signing_keys
        .into_iter()
        .map(|key| view! { <Key key=key project problem again /> })
        .collect();
    let origins: Vec<_> = own
        .origins
        .into_iter()
        .map(|allowed| {
            let gone = allowed.clone();
            let forbid = move |()| {
                act(forbid_origin(project.get_untracked(), gone.clone()), problem, move |()| again.run(()));
            };
            view! {
                <li class="item item-head">
                    <code>{allowed}</code>
                    <Confirmed
                        ask="Remove"
                        words="Pages of this origin can no longer use this project or open its Connect Portal."
                        yes="Remove origin"
                        on_yes=forbid
                    />
                </li>
            }
        })
        .collect();
    let refusals: Vec<_> = own
        .refusals
        .into_iter()
        .map(|refused| {
            view! {
                <tr>
                    <td data-label="When">{at(refused.at)}</td>
                    <td data-label="Reason"><code>{refused.reason}</code></td>
                    <td data-label="In words">{refused.detail}</td>
                </tr>
            }
        })
        .collect();
    let quiet = refusals.is_empty();
    let keyed = !keys.is_empty();
    view! {
        <section class="card">
            <h2>"Signing keys"</h2>
            <p class="muted" hidden=keyed>"There is none yet: no user token is accepted."</p>
            <div>{keys}</div>
        </section>
        <section class="card">
            <h2>"Allowed origins"</h2>
            <p class="muted">"Only pages of these origins may use this project and frame its Connect Portal."</p>
            <ul class="plain">{origins}</ul>
            <div class="filters">
                <div class="field">
                    <label for="origin">"Origin"</label>
                    <input id="origin" class="input" placeholder="https://app.example.com" bind:value=origin />
                </div>
                <Button on_press=allow>"Allow origin"</Button>
            </div>
        </section>
        <section class="card">
            <h2>"Recent refusals"</h2>
            <p class="muted">"User tokens that were not accepted. Your users only ever see that they were not."</p>
            <p hidden=!quiet>"None."</p>
            <div class="table-frame" hidden=quiet>
                <table class="table">
                    <thead><tr><th>"When"</th><th>"Reason"</th><th>"In words"</th></tr></thead>
                    <tbody>{refusals}</tbody>
                </table>
            </div>
        </section>
        <section class="card">
            <h2>"Project"</h2>
            <dl class="facts">
                <dt>"Project id"</dt><dd><Copyable text=own.project.id.to_string() what="project id" /></dd>
                <dt>"Portico"</dt><dd><Copyable text=own.public_url what="address" /></dd>
            </dl>
        </section>
    }
}

#[component]
fn Key(
    key: SigningKeyView,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let id = key.id.to_string();
    let revoke = move |()| {
        act(revoke_signing_key(project.get_untracked(), id.clone()), problem, move |()| {
            again.run(())
        });
    };
    let revoked = key.revoked_at;
    view! {
        <div class="item">
            <div class="item-head">
                <strong>{key.name}</strong>
                {match revoked {
                    Some(_) => status(Tone::Muted, Icon::Circle, "Revoked"),
                    None => status(Tone::Success, Icon::CircleCheck, "Active"),
                }}
            </div>
            <p class="hint">"kid " <code>{key.kid}</code> ", added " {at(key.created_at)} {key.last_used_at.map(|used| view! { ", last used " {at(used)} })}</p>
            <div hidden=revoked.is_some()>
                <Confirmed
                    ask="Revoke"
                    words="Every token of this key is refused from now on, and open portals close. This cannot be undone."
                    yes="Revoke key"
                    on_yes=revoke
                />
            </div>
        </div>
    }
}
