//! Connected users: who there is, and one.

use super::base::address;
use super::parts::{
    Empty, Head, Older, act, at, credential_status, json, loaded, param, problem_of, query,
};
use crate::components::{Button, ButtonKind};
use crate::server_fns::users::{disconnect_account, set_user_active, user, users};
use leptos::prelude::*;
use portico_domain::view::AccountView;

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
            <button class="button" type="submit">"Search"</button>
        </form>
        {loaded(
            found,
            move |page| {
                if page.rows.is_empty() {
                    return view! { <Empty title="Nobody here" words="A user appears with the first call that carries its token." /> }.into_any();
                }
                let project = project.get_untracked();
                let rows: Vec<_> = page
                    .rows
                    .into_iter()
                    .map(|own| {
                        let accounts = if own.invalid_accounts > 0 {
                            format!("{} ({} to reconnect)", own.accounts, own.invalid_accounts)
                        } else {
                            own.accounts.to_string()
                        };
                        view! {
                            <tr>
                                <td data-label="User"><a href=address!("/dashboard/{project}/users/{}", own.id)>{own.external_id}</a></td>
                                <td data-label="Name">{own.name}</td>
                                <td data-label="E-mail">{own.email}</td>
                                <td data-label="Accounts">{accounts}</td>
                                <td data-label="Last seen">{at(own.seen_at)}</td>
                            </tr>
                        }
                    })
                    .collect();
                view! {
                    <table class="table">
                        <thead><tr><th>"User"</th><th>"Name"</th><th>"E-mail"</th><th>"Accounts"</th><th>"Last seen"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                    <Older next=page.next path=address!("/dashboard/{project}/users") />
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
            <Head title=own.summary.external_id.clone() purpose=own.summary.name.clone().unwrap_or_else(|| "A connected user".to_owned())>
                <a class="button" href=address!("/dashboard/{}/executions?user={}", project.get_untracked(), id.get_untracked())>"Executions"</a>
                <Button on_press=switch>{if active { "Refuse its calls" } else { "Accept its calls again" }}</Button>
            </Head>
            {problem_of(problem)}
            <div class="callout callout-warning" hidden=active>"Its calls are refused."</div>
            <div hidden=!none><Empty title="No accounts" words="This user has connected nothing." /></div>
            <div class="stack">{accounts}</div>
            <section class="card">
                <h2>"Metadata"</h2>
                {json(&serde_json::Value::Object(own.meta.clone()))}
            </section>
        }
    })
}

#[component]
fn Account(
    account: AccountView,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let asking = RwSignal::new(false);
    let id = account.credential_id.to_string();
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
            <div class="path-head">
                <h2>{account.integration_name.clone()} ": " {account.label.clone().unwrap_or_else(|| "account".to_owned())}</h2>
                {credential_status(account.status)}
            </div>
            <p class="status-danger">{account.failure.clone()}</p>
            <dl class="facts">
                <dt>"Provider id"</dt><dd><code>{account.provider_id.clone()}</code></dd>
                <dt>"Connected"</dt><dd>{at(account.connected_at)}</dd>
                <dt>"Token renewed"</dt><dd>{account.refreshed_at.map(at)}</dd>
                <dt>"Workflows on"</dt><dd>{on}</dd>
            </dl>
            <div class="row">
                <span hidden=move || asking.get()>
                    <Button on_press=move |()| asking.set(true)>"Disconnect"</Button>
                </span>
                <div class="callout" role="alertdialog" aria-label="Disconnect" hidden=move || !asking.get()>
                    <p>"Its workflows stop at once, and what waits is cancelled. The user can connect it again."</p>
                    <div class="row">
                        <Button kind=ButtonKind::Danger on_press=disconnect>"Disconnect account"</Button>
                        <Button on_press=move |()| asking.set(false)>"Keep it"</Button>
                    </div>
                </div>
            </div>
        </section>
    }
}
