//! Customize Connect Portal: what an integration's portal says and looks like, beside the portal itself.

mod form;
mod preview;

use super::base::address;
use super::parts::{Head, act, loaded, param, problem_of};
use super::unsaved::ask_before_leaving;
use crate::components::{Button, ButtonKind, EditedSettings};
use crate::server_fns::portal_editor::{portal_editor, shape_portal};
use form::Form;
use leptos::prelude::*;
use portico_domain::look::{PortalFoot, PortalLook, PortalTheme};
use portico_domain::view::{EventUser, PortalEditorView, PortalStored};
use preview::Preview;
use serde_json::Value;

/// What is shaped.
#[derive(Clone, Copy)]
struct Shape {
    description: RwSignal<String>,
    overview: RwSignal<String>,
    accent: RwSignal<String>,
    theme: RwSignal<PortalTheme>,
    foot: RwSignal<PortalFoot>,
    order: RwSignal<Vec<EventUser>>,
    settings: EditedSettings,
}

impl Shape {
    fn of(own: &PortalEditorView) -> Self {
        Self {
            description: RwSignal::new(own.look.description.clone()),
            overview: RwSignal::new(own.look.overview.clone()),
            accent: RwSignal::new(own.look.accent.clone()),
            theme: RwSignal::new(own.look.theme),
            foot: RwSignal::new(own.look.foot),
            order: RwSignal::new(own.workflows.clone()),
            settings: EditedSettings::new(&own.settings),
        }
    }

    /// As it is saved: how the portal looks, and what it asks.
    fn written(self) -> (PortalLook, Value) {
        let look = PortalLook {
            description: self.description.get(),
            overview: self.overview.get(),
            accent: self.accent.get(),
            theme: self.theme.get(),
            order: self.order.with(|all| all.iter().map(|own| own.id).collect()),
            foot: self.foot.get(),
        };
        (look, self.settings.written())
    }
}

/// The page.
#[component]
pub(super) fn PortalEditor() -> impl IntoView {
    let (project, kind) = (param("project"), param("kind"));
    let found = Resource::new(
        move || (project.get(), kind.get()),
        |(project, kind)| portal_editor(project, kind),
    );
    let again = Callback::new(move |()| found.refetch());
    loaded(found, move |own| view! { <Shaping own project kind again /> })
}

#[component]
fn Shaping(
    own: PortalEditorView,
    project: Memo<String>,
    kind: Memo<String>,
    /// Loads what is stored.
    again: Callback<()>,
) -> impl IntoView {
    let shape = Shape::of(&own);
    let written = Memo::new(move |_| shape.written());
    let saved = RwSignal::new(written.get_untracked());
    let changed = Memo::new(move |_| saved.with(|saved| written.with(|own| own != saved)));
    let (problem, busy) = (RwSignal::new(None), RwSignal::new(false));
    let ever = RwSignal::new(false);
    let revision = RwSignal::new(own.revision.clone());
    let conflict = RwSignal::new(None::<String>);
    ask_before_leaving(changed);
    let gone = {
        let used = own.used.clone();
        Memo::new(move |_| {
            let before = saved.with(|saved| questions(&saved.1));
            let now = written.with(|own| questions(&own.1));
            before
                .into_iter()
                .filter(|(key, _)| now.iter().all(|own| own.0 != *key))
                .filter_map(|(key, title)| {
                    let users = used.get(&key)?.join(", ");
                    Some(format!("{title:?} is used by {users}. Under {key:?} they find no answer from then on."))
                })
                .collect::<Vec<_>>()
        })
    };
    let save = move |()| {
        let (look, settings) = written.get_untracked();
        busy.set(true);
        let work = async move {
            let (project, kind) = (project.get_untracked(), kind.get_untracked());
            let edited = revision.get_untracked();
            let done = shape_portal(project, kind, look.clone(), settings.clone(), edited).await;
            busy.set(false);
            done.map(|done| (done, (look, settings)))
        };
        conflict.set(None);
        act(work, problem, move |(done, now)| match done {
            PortalStored::Stored { revision: new } => {
                revision.set(new);
                saved.set(now);
                ever.set(true);
            }
            PortalStored::Conflict { message } => conflict.set(Some(message)),
        });
    };
    let state = move || match (changed.get(), ever.get()) {
        (true, _) => Some("Not saved yet"),
        (false, true) => Some("Saved"),
        (false, false) => None,
    };
    let up = address!("/dashboard/{}/integrations/{}", project.get_untracked(), own.kind);
    let active = own.active;
    view! {
        <div class="sticky-head">
        <Head
            up=(up, own.name.clone())
            mark=own.kind.clone()
            title=format!("{} portal", own.name)
            purpose="What your users see when they connect. Saved changes count for every portal opened from now on."
        >
            <span class="hint" role="status">{state}</span>
            <Button kind=ButtonKind::Primary busy on_press=save>"Save portal"</Button>
        </Head>
        </div>
        {problem_of(problem)}
        {move || {
            conflict
                .get()
                .map(|message| {
                    view! {
                        <div class="callout callout-warning" role="alert">
                            <p>{message}</p>
                            <div><Button on_press=move |()| again.run(())>"Load theirs"</Button></div>
                        </div>
                    }
                })
        }}
        {move || {
            let lines = gone.get();
            (!lines.is_empty())
                .then(|| {
                    let lines: Vec<_> = lines.into_iter().map(|own| view! { <li>{own}</li> }).collect();
                    view! {
                        <div class="callout callout-warning" role="status">
                            <strong>"Workflows use what you took away"</strong>
                            <ul>{lines}</ul>
                        </div>
                    }
                })
        }}
        <div class="columns columns-even">
            <Form own shape />
            <Preview project kind written active />
        </div>
    }
}

/// The keys and titles of questions.
fn questions(written: &Value) -> Vec<(String, String)> {
    let text = |own: &Value, key: &str| own[key].as_str().unwrap_or_default().to_owned();
    let all = written.as_array().into_iter().flatten();
    all.map(|own| (text(own, "key"), text(own, "title"))).collect()
}
