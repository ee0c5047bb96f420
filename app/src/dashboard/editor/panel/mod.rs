//! The panel beside the canvas: what is selected, to be filled in.

mod pages;
mod request;
mod schedule;
mod setting_kinds;
mod settings;
mod step;
mod trigger;
mod workflow;

use super::dialog::Dialogs;
use super::draft::{Draft, Selected};
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;

#[component]
pub(super) fn Panel(draft: Draft, dialogs: Dialogs) -> impl IntoView {
    let selected = Memo::new(move |_| draft.selected.get());
    view! {
        <aside class="ed-panel" id="panel" aria-label="Settings of what is selected">
            <button type="button" class="ed-icon ed-panel-close" aria-label="Close the panel" on:click=move |_| draft.panel.set(false)>
                {icon(Icon::X)}
            </button>
            {move || match selected.get() {
                Selected::Workflow => view! { <workflow::WorkflowPanel draft /> }.into_any(),
                Selected::Trigger => view! { <trigger::TriggerPanel draft /> }.into_any(),
                Selected::Step(id) => view! { <step::StepPanel draft dialogs id /> }.into_any(),
            }}
        </aside>
    }
}
