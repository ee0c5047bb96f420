//! Customize Connect Portal: what an integration's portal says and looks like, beside the portal itself.

mod form;
mod preview;

use super::base::address;
use super::parts::{Head, act, loaded, param, problem_of};
use crate::components::{Button, ButtonKind, EditedSettings};
use crate::server_fns::portal_editor::{portal_editor, shape_portal};
use form::Form;
use leptos::prelude::*;
use portico_domain::look::{PortalFoot, PortalLook, PortalTheme};
use portico_domain::view::{EventUser, PortalEditorView};
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
    loaded(found, move |own| view! { <Shaping own project kind /> })
}

#[component]
fn Shaping(own: PortalEditorView, project: Memo<String>, kind: Memo<String>) -> impl IntoView {
    let shape = Shape::of(&own);
    let written = Memo::new(move |_| shape.written());
    let saved = RwSignal::new(written.get_untracked());
    let changed = Memo::new(move |_| saved.with(|saved| written.with(|own| own != saved)));
    let (problem, busy) = (RwSignal::new(None), RwSignal::new(false));
    let ever = RwSignal::new(false);
    let save = move |()| {
        let (look, settings) = written.get_untracked();
        busy.set(true);
        let work = async move {
            let (project, kind) = (project.get_untracked(), kind.get_untracked());
            let done = shape_portal(project, kind, look.clone(), settings.clone()).await;
            busy.set(false);
            done.map(|()| (look, settings))
        };
        act(work, problem, move |now| {
            saved.set(now);
            ever.set(true);
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
        <div class="columns columns-even">
            <Form own shape />
            <Preview project kind written active />
        </div>
    }
}
