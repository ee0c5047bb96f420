//! An icon from a file of the person's own.

use super::form::Entry;
use leptos::prelude::*;

/// The field. Without a file, a new integration gets a tile with its first letter.
#[component]
pub(super) fn IconField(entry: Entry) -> impl IntoView {
    let problem = Memo::new(move |_| entry.of("icon"));
    let chosen = move || entry.icon.with(Option::is_some);
    view! {
        <div class="field">
            <label for="custom-icon">"Icon"</label>
            <input
                id="custom-icon"
                type="file"
                accept=".svg,image/svg+xml"
                aria-describedby="custom-icon-hint custom-icon-problem"
                on:change=move |event| read(&event, entry.icon)
            />
            <p id="custom-icon-hint" class="hint">
                {move || if chosen() {
                    "Chosen."
                } else {
                    "SVG without scripts, 32 kB at most. Without one, a tile with its first letter."
                }}
            </p>
            <p id="custom-icon-problem" class="field-problem" role="alert">{move || problem.get()}</p>
        </div>
    }
}

#[cfg(feature = "browser")]
fn read(event: &leptos::ev::Event, icon: RwSignal<Option<String>>) {
    use wasm_bindgen::JsCast;
    let input =
        event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    let file = input.and_then(|input| input.files()?.get(0));
    let Some(file) = file else { return icon.set(None) };
    leptos::task::spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(file.text()).await.ok();
        icon.set(text.and_then(|text| text.as_string()));
    });
}

#[cfg(not(feature = "browser"))]
fn read(_: &leptos::ev::Event, _: RwSignal<Option<String>>) {}
