//! Texts that are taken elsewhere: ids, addresses, code.

use super::icon::{Icon, icon};
use leptos::prelude::*;

/// A line of text with a button that copies it. `id` names the text for whoever looks for it.
#[component]
pub(super) fn Copyable(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What it is, for the button: `project id`.
    what: &'static str,
    /// The element's id.
    #[prop(optional)]
    id: &'static str,
) -> impl IntoView {
    let shown = text.clone();
    view! {
        <div class="copyable">
            <code id=(!id.is_empty()).then_some(id)>{shown}</code>
            <CopyButton text what />
        </div>
    }
}

/// Several lines of code with a button that copies them.
#[component]
pub(super) fn CopyableBlock(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What it is, for the button.
    what: &'static str,
    /// The element's id.
    #[prop(optional)]
    id: &'static str,
) -> impl IntoView {
    let shown = text.clone();
    view! {
        <div class="copyable">
            <pre class="json" tabindex="0" id=(!id.is_empty()).then_some(id)>{shown}</pre>
            <CopyButton text what />
        </div>
    }
}

/// A button that copies a text.
#[component]
pub(super) fn CopyButton(text: String, what: &'static str) -> impl IntoView {
    let copied = RwSignal::new(false);
    view! {
        <button
            type="button"
            class="button"
            aria-label=format!("Copy the {what}")
            on:click=move |_| {
                write(&text);
                copied.set(true);
                set_timeout(move || copied.set(false), std::time::Duration::from_secs(2));
            }
        >
            {move || if copied.get() { icon(Icon::Check) } else { icon(Icon::Copy) }}
            <span class="visually-hidden" role="status">{move || copied.get().then_some("Copied")}</span>
        </button>
    }
}

#[cfg(feature = "browser")]
fn write(text: &str) {
    // Refused only where the browser forbids it; the text stands beside the button.
    let _ = window().navigator().clipboard().write_text(text);
}

#[cfg(not(feature = "browser"))]
fn write(_: &str) {}
