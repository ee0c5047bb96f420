//! Two people edited one draft: what is different, and whose stays.

use super::deploying::changes;
use super::dialog::{Dialog, Dialogs, Open};
use super::draft::Draft;
use super::saving::{Saving, Stored};
use leptos::prelude::*;
use portico_domain::view::{Change, ChangeKind};
use portico_engine::difference;

#[component]
pub(super) fn Conflict(draft: Draft, saving: Saving, dialogs: Dialogs) -> impl IntoView {
    let shown = Signal::derive(move || dialogs.now() == Some(Open::Conflict));
    view! {
        <Dialog dialogs shown title="Somebody else changed this workflow" wide=true>
            <Choice draft saving on_done=Callback::new(move |()| dialogs.close()) />
        </Dialog>
    }
}

/// What is different, and the two ways on.
#[component]
pub(super) fn Choice(draft: Draft, saving: Saving, on_done: Callback<()>) -> impl IntoView {
    let found = move || {
        let Stored::Conflict(theirs) = saving.stored.get() else { return None };
        let facts = draft.facts();
        let mut found = draft
            .document
            .with(|mine| difference::changes(Some(&theirs.definition), mine, &*facts));
        let name = draft.name.get();
        if name != theirs.name {
            found.insert(
                0,
                Change {
                    kind: ChangeKind::Changed,
                    pointer: String::new(),
                    what: "Name of the workflow".to_owned(),
                    before: Some(theirs.name),
                    after: Some(name),
                },
            );
        }
        Some(found)
    };
    view! {
        <div class="stack">
            <p>"Nothing of yours is stored until you choose. What differs, theirs first:"</p>
            {move || found().map(changes)}
            <p class="hint">"Keep mine stores yours over theirs. Take theirs puts theirs here; undo brings yours back."</p>
            <div class="row">
                <button type="button" class="button" on:click=move |_| { saving.keep_mine(); on_done.run(()); }>"Keep mine"</button>
                <button type="button" class="button" on:click=move |_| { saving.take_theirs(); on_done.run(()); }>"Take theirs"</button>
            </div>
        </div>
    }
}
