//! Integrations that the project defines itself: added by a form, edited by the form or as files.

mod files;
mod form;
mod icon;
mod inputs;

use super::base::address;
use super::parts::{Head, act, counted, loaded, param, problem_of};
use crate::components::{Button, ButtonKind};
use crate::server_fns::custom::{add_custom, change_custom, custom, delete_custom};
use form::{Entry, Form};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use portico_domain::custom::{CustomDetail, CustomForm, FormSaved};

/// A new one.
#[component]
pub(super) fn New() -> impl IntoView {
    let project = param("project");
    let entry = Entry::new(CustomForm::default());
    let problem = RwSignal::new(None);
    let navigate = use_navigate();
    let add = Callback::new(move |()| {
        let navigate = navigate.clone();
        let project = project.get_untracked();
        let work =
            add_custom(project.clone(), entry.form.get_untracked(), entry.icon.get_untracked());
        act(work, problem, move |saved| match saved {
            FormSaved::Stored { kind, .. } => navigate(
                &format!("/dashboard/{project}/integrations/{kind}"),
                leptos_router::NavigateOptions::default(),
            ),
            FormSaved::Wrong { fields } => entry.tell(fields),
        });
    });
    view! {
        <Head
            up=(address!("/dashboard/{}/integrations", project.get_untracked()), "Integrations".to_owned())
            title="Add a custom integration".to_owned()
            purpose="Any API that your users have accounts of."
        />
        <Form entry />
        {problem_of(problem)}
        <p class="status-danger" role="alert">{move || entry.whole()}</p>
        <div class="row">
            <Button kind=ButtonKind::Primary on_press=add>"Add integration"</Button>
            <a class="button" href=move || address!("/dashboard/{}/integrations", project.get())>"Cancel"</a>
        </div>
    }
}

/// What one says: by the form as long as the form can say it, and as files.
#[component]
pub(super) fn Edit() -> impl IntoView {
    let (project, kind) = (param("project"), param("kind"));
    let found =
        Resource::new(move || (project.get(), kind.get()), |(project, kind)| custom(project, kind));
    loaded(found, move |own| {
        let on_done = Callback::new(move |()| found.refetch());
        let archive =
            address!("/_files/{}/integrations/{}", project.get_untracked(), kind.get_untracked());
        let by_form = match own.form.clone() {
            Some(form) => view! { <ByForm own=own.clone() form project on_done /> }.into_any(),
            None => view! {
                <section class="card">
                    <h2>"By the form"</h2>
                    <p class="muted">"The file says more than the form can. Edit it as a file below."</p>
                </section>
            }
            .into_any(),
        };
        view! {
            <Head
                up=(address!("/dashboard/{}/integrations/{}", project.get_untracked(), kind.get_untracked()), "Integration".to_owned())
                mark=own.kind.clone()
                title=format!("Definition of {}", own.kind)
                purpose="What the integration is. A change counts from the next call on."
            >
                <a class="button" href=archive download>"Export as a folder"</a>
            </Head>
            {by_form}
            <files::Files own=own.clone() project on_done />
            <Delete own project />
        }
    })
}

#[component]
fn ByForm(
    own: CustomDetail,
    form: CustomForm,
    project: Memo<String>,
    on_done: Callback<()>,
) -> impl IntoView {
    let entry = Entry::new(form);
    let problem = RwSignal::new(None);
    let said = RwSignal::new(None::<&'static str>);
    let CustomDetail { kind, revision, .. } = own;
    let save = move |()| {
        said.set(None);
        let (form, icon) = (entry.form.get_untracked(), entry.icon.get_untracked());
        let work = change_custom(project.get_untracked(), kind.clone(), form, icon, revision);
        act(work, problem, move |saved| match saved {
            FormSaved::Stored { .. } => {
                said.set(Some("Saved."));
                on_done.run(());
            }
            FormSaved::Wrong { fields } => entry.tell(fields),
        });
    };
    view! {
        <Form entry />
        {problem_of(problem)}
        <p class="status-danger" role="alert">{move || entry.whole()}</p>
        <div class="row">
            <Button kind=ButtonKind::Primary on_press=save>"Save"</Button>
            <span role="status">{move || said.get()}</span>
        </div>
    }
}

#[component]
fn Delete(own: CustomDetail, project: Memo<String>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let problem = RwSignal::new(None);
    let navigate = use_navigate();
    let CustomDetail { kind, accounts, workflows, .. } = own;
    let lost = match (accounts, workflows) {
        (0, 0) => "Nobody has connected an account of it.".to_owned(),
        (accounts, 0) => format!("{} will be disconnected.", counted(accounts, "account")),
        (accounts, workflows) => format!(
            "{} will be disconnected; {} will be undeployed, and {} as drafts.",
            counted(accounts, "account"),
            counted(workflows, "workflow"),
            if workflows == 1 { "stays" } else { "stay" },
        ),
    };
    let label = format!("Delete {kind}");
    let delete = Callback::new(move |()| {
        let navigate = navigate.clone();
        let project = project.get_untracked();
        act(delete_custom(project.clone(), kind.clone(), accounts), problem, move |()| {
            navigate(
                &format!("/dashboard/{project}/integrations"),
                leptos_router::NavigateOptions::default(),
            );
        });
    });
    view! {
        <section class="card">
            <h2>"Delete"</h2>
            {problem_of(problem)}
            <span hidden=move || asking.get()>
                <Button on_press=move |()| asking.set(true)>"Delete integration…"</Button>
            </span>
            <div class="callout" role="alertdialog" aria-label="Delete" hidden=move || !asking.get()>
                <p>"The definition, its icon and its OAuth client are lost. "{lost}" What has run stays in the log."</p>
                <div class="row">
                    <Button kind=ButtonKind::Danger on_press=delete>{label}</Button>
                    <Button on_press=move |()| asking.set(false)>"Keep it"</Button>
                </div>
            </div>
        </section>
    }
}
