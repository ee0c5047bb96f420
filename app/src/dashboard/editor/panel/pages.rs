//! How an answer in pages is read: folded away until somebody needs it.

use super::super::fields::{Form, Inputs};
use leptos::prelude::*;
use portico_domain::InputShape;
use portico_domain::paging::KEYS;

/// The inputs of any request, those of pages apart from the others.
#[component]
pub(super) fn RequestForm(inputs: Inputs, shapes: Vec<InputShape>) -> impl IntoView {
    let (pages, shapes): (Vec<_>, Vec<_>) =
        shapes.into_iter().partition(|own| KEYS.contains(&own.key.as_str()));
    let is_said = inputs.values.with_untracked(|own| KEYS.iter().any(|key| own.contains_key(*key)));
    view! {
        <section class="ed-section" aria-label="Inputs"><Form inputs shapes /></section>
        <details class="ed-section" open=is_said>
            <summary>"Pages"</summary>
            <div class="stack">
                <p class="hint">"For an answer that comes in pages: where its list stands, and how the next page is asked for."</p>
                <Form inputs shapes=pages />
            </div>
        </details>
    }
}
