//! Secrets of the project: added, replaced, removed; their values are never shown.

use super::parts::{Confirmed, act, loaded, problem_of};
use super::time::at;
use crate::components::{Button, ButtonKind};
use crate::server_fns::secrets::{remove_secret, secrets, set_secret};
use leptos::prelude::*;
use portico_domain::view::SecretView;

/// The section under Settings.
#[component]
pub(super) fn Secrets(project: Memo<String>) -> impl IntoView {
    let found = Resource::new(move || project.get(), secrets);
    let problem = RwSignal::new(None);
    let again = Callback::new(move |()| found.refetch());
    view! {
        <section class="card">
            <h2>"Secrets"</h2>
            <p class="muted">
                "Keys of your own that workflows send: " <code>"{{ secrets.crm_key }}"</code>
                ". They are sealed, filled in just before a request is sent, and shown nowhere again."
            </p>
            {problem_of(problem)}
            {loaded(
                found,
                move |list| {
                    let rows: Vec<_> = list
                        .into_iter()
                        .map(|secret| view! { <Secret secret project problem again /> })
                        .collect();
                    view! { <div>{rows}</div> }
                },
            )}
            <NewSecret project problem again />
        </section>
    }
}

#[component]
fn NewSecret(
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let (name, value) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let busy = RwSignal::new(false);
    let add = move |()| {
        busy.set(true);
        let work = async move {
            let set =
                set_secret(project.get_untracked(), name.get_untracked(), value.get_untracked());
            let set = set.await;
            busy.set(false);
            set
        };
        act(work, problem, move |()| {
            name.set(String::new());
            value.set(String::new());
            again.run(());
        });
    };
    view! {
        <div class="filters">
            <div class="field">
                <label for="secret-name">"Name"</label>
                <input id="secret-name" class="input" spellcheck="false" autocapitalize="none" autocomplete="off" placeholder="crm_key" bind:value=name />
            </div>
            <div class="field">
                <label for="secret-value">"Value"</label>
                <input id="secret-value" class="input" type="password" autocomplete="new-password" bind:value=value />
            </div>
            <Button kind=ButtonKind::Primary busy on_press=add>"Add secret"</Button>
        </div>
    }
}

#[component]
fn Secret(
    secret: SecretView,
    project: Memo<String>,
    problem: RwSignal<Option<String>>,
    again: Callback<()>,
) -> impl IntoView {
    let value = RwSignal::new(String::new());
    let name = StoredValue::new(secret.name.clone());
    let replace = move |()| {
        let work = set_secret(project.get_untracked(), name.get_value(), value.get_untracked());
        act(work, problem, move |()| {
            value.set(String::new());
            again.run(());
        });
    };
    let remove = move |()| {
        let work = remove_secret(project.get_untracked(), name.get_value());
        act(work, problem, move |()| again.run(()));
    };
    let field = format!("secret-{}", secret.name);
    view! {
        <div class="item">
            <div class="item-head">
                <code>{secret.name.clone()}</code>
                <Confirmed ask="Remove" words=lost(&secret.workflows) yes="Remove secret" on_yes=remove />
            </div>
            <p class="hint">"Set " {at(secret.updated_at)} ". " {used(&secret.workflows)}</p>
            <details>
                <summary>"Replace the value"</summary>
                <div class="filters">
                    <div class="field">
                        <label for=field.clone()>"New value"</label>
                        <input id=field.clone() class="input" type="password" autocomplete="new-password" bind:value=value />
                    </div>
                    <Button on_press=replace>"Replace value"</Button>
                </div>
            </details>
        </div>
    }
}

fn used(workflows: &[String]) -> String {
    match workflows {
        [] => "No workflow uses it.".to_owned(),
        all => format!("Used by {}.", all.join(", ")),
    }
}

/// What is lost with a secret.
fn lost(workflows: &[String]) -> String {
    match workflows {
        [] => "Its value cannot be brought back. No workflow uses it.".to_owned(),
        all => format!(
            "Its value cannot be brought back. Steps that use it fail from now on, in: {}.",
            all.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::lost;

    #[test]
    fn the_question_names_the_workflows_that_lose_it() {
        let both = ["Sync leads".to_owned(), "Notify".to_owned()];
        assert!(lost(&both).ends_with("in: Sync leads, Notify."));
        assert!(lost(&[]).ends_with("No workflow uses it."));
    }
}
