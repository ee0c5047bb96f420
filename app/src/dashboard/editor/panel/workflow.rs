//! The workflow as a whole: how it appears in the portal, what it asks the end user, who may have it.

use super::super::draft::Draft;
use super::super::fields::{Check, RulesField, Where};
use super::settings::Settings;
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::workflow::WorkflowOptions;
use portico_engine::edit::Edit;

#[component]
pub(super) fn WorkflowPanel(draft: Draft) -> impl IntoView {
    let options = Memo::new(move |_| draft.document.with(|document| document.options.clone()));
    let change = move |what: &dyn Fn(&mut WorkflowOptions)| {
        let mut own = options.get_untracked();
        what(&mut own);
        draft.type_on(Edit::SetOptions(own));
    };
    let state = move || {
        draft.deployed.with(|own| match own {
            None => "Not deployed: events do not start it.".to_owned(),
            Some((number, deployed)) => {
                let same = draft.document.with(|document| document == deployed);
                if same {
                    format!("Version {number} is deployed.")
                } else {
                    format!("Version {number} is deployed; the draft differs from it.")
                }
            }
        })
    };
    let rules = Memo::new(move |_| options.with(|own| own.permissions.clone()));
    let restricted = !rules.get_untracked().is_empty();
    view! {
        <header class="ed-panel-head">
            <span class="ed-card-mark">{icon(Icon::Workflow)}</span>
            <div class="ed-row-words"><h2>"Workflow"</h2><span class="hint">{state}</span></div>
        </header>
        <section class="ed-section">
            <div class="field ed-field">
                <label for="description">"What your users read under its name"</label>
                <textarea
                    class="input ed-plain"
                    id="description"
                    rows="2"
                    prop:value=move || options.with(|own| own.description.clone())
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        change(&|own| own.description.clone_from(&text));
                    }
                ></textarea>
            </div>
            <Check
                label="On for accounts that connect from now on"
                value=Signal::derive(move || options.with(|own| own.default_enabled))
                on_change=Callback::new(move |to| change(&|own| own.default_enabled = to))
            />
            <Check
                label="Not shown in the portal"
                value=Signal::derive(move || options.with(|own| own.hidden))
                on_change=Callback::new(move |to| change(&|own| own.hidden = to))
            />
        </section>
        <Settings draft />
        <details class="ed-section" open=restricted>
            <summary>"Who may have it"</summary>
            <p class="hint">"Only users of whom this holds see it and can run it. Without a rule, everybody."</p>
            <RulesField
                draft
                place=Where::Permissions
                id="permissions"
                rules
                on_change=Callback::new(move |to| change(&|own| own.permissions.clone_from(&to)))
                pointer=Signal::derive(|| "/options/permissions".to_owned())
            />
        </details>
    }
}
