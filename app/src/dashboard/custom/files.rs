//! The files of an integration, edited as they are.

use super::super::parts::{act, problem_of};
use super::super::workflows::problem_list;
use crate::components::Button;
use crate::server_fns::custom::save_custom;
use leptos::prelude::*;
use portico_domain::custom::{CustomDetail, CustomFiles};
use portico_domain::view::Saved;

/// One of the files.
#[derive(Clone, Copy)]
struct Part {
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    text: fn(&mut CustomFiles) -> &mut String,
}

const PARTS: [Part; 4] = [
    Part {
        id: "file",
        label: "Definition, as a file",
        hint: "integration.toml: everything an integration can say. The form is a part of it.",
        text: |files| &mut files.definition,
    },
    Part {
        id: "overview",
        label: "Overview",
        hint: "overview.md: what your users read before they connect.",
        text: |files| &mut files.overview,
    },
    Part {
        id: "guide",
        label: "Guide",
        hint: "guide.md: how an admin sets up the provider's side; {redirect_url} and {webhook_url} are replaced.",
        text: |files| &mut files.guide,
    },
    Part {
        id: "icon",
        label: "Icon, as SVG",
        hint: "icon.svg: a picture without scripts, 32 kB at most.",
        text: |files| &mut files.icon,
    },
];

/// The files, with problems at their lines.
#[component]
pub(super) fn Files(
    own: CustomDetail,
    project: Memo<String>,
    on_done: Callback<()>,
) -> impl IntoView {
    let files = RwSignal::new(own.files.clone());
    let problems = RwSignal::new(own.problems.clone());
    let broken = !own.problems.is_empty() || own.form.is_none();
    let problem = RwSignal::new(None);
    let said = RwSignal::new(None::<&'static str>);
    let CustomDetail { kind, revision, .. } = own;
    let save = move |()| {
        let work =
            save_custom(project.get_untracked(), kind.clone(), files.get_untracked(), revision);
        act(work, problem, move |saved| match saved {
            Saved::Stored { problems: found, .. } => {
                problems.set(found);
                said.set(Some("Saved."));
                on_done.run(());
            }
            Saved::Unreadable { problems: found } => {
                problems.set(found);
                said.set(Some("Not saved."));
            }
        });
    };
    let fields = PARTS
        .map(|Part { id, label, hint, text }| {
            let value = move || files.with(|files| text(&mut files.clone()).clone());
            view! {
                <div class="field">
                    <label for=id>{label}</label>
                    <textarea
                        id=id
                        class="input"
                        spellcheck="false"
                        aria-describedby="problems"
                        prop:value=value
                        on:input=move |event| {
                            let typed = event_target_value(&event);
                            files.update(|files| *text(files) = typed);
                        }
                    >
                        {value()}
                    </textarea>
                    <p class="hint">{hint}</p>
                </div>
            }
        })
        .collect_view();
    view! {
        <details class="card" open=broken>
            <summary>"Edit as files"</summary>
            {problem_of(problem)}
            <div class="file">
                {fields}
                <div id="problems">{move || problem_list(&problems.get())}</div>
                <div class="row">
                    <Button on_press=save>"Save files"</Button>
                    <span role="status">{move || said.get()}</span>
                </div>
            </div>
        </details>
    }
}
