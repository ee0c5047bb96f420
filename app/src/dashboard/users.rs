//! Connected users: who there is, and one.

use super::base::address;
use super::copy::Copyable;
use super::icon::{Icon, icon};
use super::parts::{
    Confirmed, Empty, Head, Older, Tone, act, credential_status, integration_mark, loaded, param,
    problem_of, query, status,
};
use super::time::at;
use crate::components::Button;
use crate::server_fns::users::{
    check_account, disconnect_account, replace_webhook_address, set_user_active, set_user_meta,
    user, users,
};
use leptos::prelude::*;
use portico_domain::view::{AccountView, WebhookAddress};
use serde_json::{Map, Value};

/// Every user, newest first.
#[component]
pub(super) fn List() -> impl IntoView {
    let (project, search, after) = (param("project"), query("search"), query("after"));
    let found = Resource::new(
        move || (project.get(), search.get(), after.get()),
        |(project, search, after)| users(project, search, after),
    );
    view! {
        <Head title="Connected users".to_owned() purpose="Your users, as soon as your app has spoken for them." />
        <form class="filters" method="get">
            <div class="field">
                <label for="search">"Search"</label>
                <input id="search" name="search" class="input" type="search" placeholder="Id, name or e-mail address" value=move || search.get() />
            </div>
            <button class="button" type="submit">{icon(Icon::Search)}"Search"</button>
        </form>
        {loaded(
            found,
            move |page| {
                if page.rows.is_empty() {
                    return view! { <Empty drawing=Icon::Users title="Nobody here" words="A user appears with the first call that carries its token." /> }.into_any();
                }
                let project = project.get_untracked();
                let searched = search.get_untracked().map(|text| format!("?search={text}"));
                let here = address!("/dashboard/{project}/users{}", searched.unwrap_or_default());
                let rows: Vec<_> = page
                    .rows
                    .into_iter()
                    .map(|own| {
                        let broken = (own.invalid_accounts > 0).then(|| {
                            status(Tone::Danger, Icon::Triangle, &format!("{} to reconnect", own.invalid_accounts))
                        });
                        let refused = (!own.active).then(|| status(Tone::Warning, Icon::Ban, "Refused"));
                        view! {
                            <tr>
                                <td data-label="User"><a href=address!("/dashboard/{project}/users/{}", own.id)>{own.external_id}</a> " " {refused}</td>
                                <td data-label="Name">{own.name}</td>
                                <td data-label="E-mail">{own.email}</td>
                                <td data-label="Accounts">{own.accounts} " " {broken}</td>
                                <td data-label="Last seen">{at(own.seen_at)}</td>
                            </tr>
                        }
                    })
                    .collect();
                view! {
                    <div class="table-frame">
                        <table class="table">
                            <thead><tr><th>"User"</th><th>"Name"</th><th>"E-mail"</th><th>"Accounts"</th><th>"Last seen"</th></tr></thead>
                            <tbody>{rows}</tbody>
                        </table>
                    </div>
                    <Older next=page.next path=here />
                }
                .into_any()
            },
        )}
    }
}

/// One user.
#[component]
pub(super) fn Detail() -> impl IntoView {
    let (project, id) = (param("project"), param("id"));
    let found = Resource::new(move || (project.get(), id.get()), |(project, id)| user(project, id));
    let problem = RwSignal::new(None);
    loaded(found, move |own| {
        let active = own.summary.active;
        let switch = move |()| {
            let work = set_user_active(project.get_untracked(), id.get_untracked(), !active);
            act(work, problem, move |()| found.refetch());
        };
        let accounts: Vec<_> = own
            .accounts
            .iter()
            .cloned()
            .map(|account| view! { <Account account project problem on_done=Callback::new(move |()| found.refetch()) /> })
            .collect();
        let none = accounts.is_empty();
        view! {
            <Head
                up=(address!("/dashboard/{}/users", project.get_untracked()), "Connected users".to_owned())
                title=own.summary.external_id.clone()
                purpose=own.summary.name.clone().unwrap_or_else(|| "A connected user".to_owned())
            >
                <a class="button" href=address!("/dashboard/{}/executions?user={}", project.get_untracked(), id.get_untracked())>"Executions"</a>
                <Button on_press=switch>{if active { "Refuse its calls" } else { "Accept its calls again" }}</Button>
            </Head>
            {problem_of(problem)}
            <div class="callout callout-warning" hidden=active>"Its calls are refused."</div>
            <div hidden=!none><Empty drawing=Icon::Plug title="No accounts" words="This user has connected nothing." /></div>
            <div class="stack">{accounts}</div>
            <Metadata meta=own.meta.clone() project id problem on_done=Callback::new(move |()| found.refetch()) />
        }
    })
}

/// What the app told about the user. Workflows can name it, and can be for some users only by it.
#[component]
fn Metadata(
    meta: Map<String, Value>,
    project: Memo<String>,
    id: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let kept = serde_json::to_string_pretty(&meta).unwrap_or_default();
    let written = RwSignal::new(kept.clone());
    let changed = Memo::new(move |_| written.get() != kept);
    let wrong = move || match serde_json::from_str::<Value>(&written.get()) {
        Ok(Value::Object(_)) => None,
        Ok(_) => Some("Metadata is a JSON object: {\"plan\": \"pro\"}.".to_owned()),
        Err(error) => Some(format!("This is not JSON yet: {error}.")),
    };
    let save = move |()| {
        let (project, id) = (project.get_untracked(), id.get_untracked());
        act(set_user_meta(project, id, written.get_untracked()), problem, move |()| {
            on_done.run(())
        });
    };
    view! {
        <section class="card">
            <h2>"Metadata"</h2>
            <div class="field">
                <label for="user-meta">"What your app told about this user, as JSON"</label>
                <textarea id="user-meta" class="input" spellcheck="false" rows="6" bind:value=written></textarea>
                <p class="hint" role="status">{wrong}</p>
            </div>
            <div hidden=move || !changed.get()><Button on_press=save>"Save metadata"</Button></div>
        </section>
    }
}

/// An account's address for a workflow, and the way to another one.
#[component]
fn Webhook(
    own: WebhookAddress,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let (configuration, workflow) = (own.configuration_id.to_string(), own.workflow_id.to_string());
    let replace = move |()| {
        let (configuration, workflow) = (configuration.clone(), workflow.clone());
        let work = replace_webhook_address(project.get_untracked(), configuration, workflow);
        act(work, problem, move |()| on_done.run(()));
    };
    view! {
        <div class="field">
            <span>"Webhook address of " <strong>{own.workflow}</strong></span>
            <Copyable text=own.url what="webhook address" />
            <div>
                <Confirmed
                    ask="Replace address"
                    words="This address ends at once: whoever sends to it starts nothing until the new one is entered there."
                    yes="Replace it"
                    on_yes=replace
                />
            </div>
        </div>
    }
}

#[component]
fn Account(
    account: AccountView,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let id = account.credential_id.to_string();
    let checking = RwSignal::new(false);
    let checked = id.clone();
    let check = move |()| {
        let id = checked.clone();
        checking.set(true);
        let work = async move {
            let answer = check_account(project.get_untracked(), id).await;
            checking.set(false);
            answer
        };
        act(work, problem, move |()| on_done.run(()));
    };
    let disconnect = move |()| {
        act(disconnect_account(project.get_untracked(), id.clone()), problem, move |()| {
            on_done.run(())
        });
    };
    let on = match account.enabled_workflows.is_empty() {
        true => "None".to_owned(),
        false => account.enabled_workflows.join(", "),
    };
    view! {
        <section class="card">
            <div class="card-head">
                <span class="with-mark">
                    {integration_mark(&account.integration, 20)}
                    <h2>{account.integration_name.clone()} ": " {account.label.clone().unwrap_or_else(|| "account".to_owned())}</h2>
                </span>
                {credential_status(account.status)}
            </div>
            <p class="callout callout-danger" hidden=account.failure.is_none()>{account.failure.clone()}</p>
            <dl class="facts">
                <dt>"Provider id"</dt><dd><code>{account.provider_id.clone()}</code></dd>
                <dt>"Connected"</dt><dd>{at(account.connected_at)}</dd>
                <dt>"Token renewed"</dt><dd>{account.refreshed_at.map_or_else(|| "Not yet".into_any(), |when| at(when).into_any())}</dd>
                <dt>"Checked"</dt><dd>{account.checked.map_or_else(|| "Not yet".into_any(), |check| at(check.at).into_any())}</dd>
                <dt>"Workflows on"</dt><dd>{on}</dd>
            </dl>
            {account.webhooks.into_iter().map(|own| view! { <Webhook own project problem on_done /> }).collect::<Vec<_>>()}
            <div class="row">
                <Button on_press=check busy=checking>"Check now"</Button>
                <Confirmed
                    ask="Disconnect"
                    words="Its workflows stop at once, and what waits is cancelled. The user can connect it again."
                    yes="Disconnect account"
                    on_yes=disconnect
                />
            </div>
        </section>
    }
}
