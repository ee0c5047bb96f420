//! What opens over the editor, one at a time.

use super::super::icon::{Icon, icon};
use leptos::html;
use leptos::prelude::*;
use portico_engine::edit::Spot;

/// What is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Open {
    /// What kind of step is to stand somewhere.
    Adding(Spot),
    Palette,
    Shortcuts,
    Deploying,
    /// Whose draft stays.
    Conflict,
    Deleting,
    Versions,
    AsFile,
    TestWorkflow,
}

/// Which dialog is open. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Dialogs(RwSignal<Option<Open>>);

impl Dialogs {
    pub(super) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    pub(super) fn open(self, which: Open) {
        self.0.set(Some(which));
    }

    pub(super) fn close(self) {
        self.0.set(None);
    }

    pub(super) fn now(self) -> Option<Open> {
        self.0.get()
    }

    pub(super) fn is_open(self) -> bool {
        self.0.with_untracked(Option::is_some)
    }
}

/// A dialog that is there while `shown`; Escape and a click beside it close it, and the focus goes back to
/// where it was.
#[component]
pub(super) fn Dialog(
    dialogs: Dialogs,
    /// Whether it is this one that is open.
    #[prop(into)]
    shown: Signal<bool>,
    #[prop(into)] title: Signal<String>,
    /// More room than usual.
    #[prop(optional)]
    wide: bool,
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    let children = StoredValue::new(children);
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if shown.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !shown.get() && dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog
            node_ref=element
            class="ed-dialog"
            class:ed-dialog-wide=wide
            aria-label=move || title.get()
            on:close=move |_| {
                if shown.get_untracked() {
                    dialogs.close();
                }
            }
            on:mousedown=move |event| {
                let on_backdrop = element
                    .get_untracked()
                    .is_some_and(|dialog| event.target().is_some_and(|target| target == dialog.into()));
                if on_backdrop {
                    dialogs.close();
                }
            }
        >
            {move || {
                shown
                    .get()
                    .then(|| {
                        view! {
                            <div class="ed-dialog-body">
                                <header class="ed-dialog-head">
                                    <h2>{move || title.get()}</h2>
                                    <button type="button" class="ed-icon" aria-label="Close" on:click=move |_| dialogs.close()>
                                        {icon(Icon::X)}
                                    </button>
                                </header>
                                {children.with_value(|children| children())}
                            </div>
                        }
                    })
            }}
        </dialog>
    }
}
