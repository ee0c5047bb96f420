//! Light, dark, or as the system says: a choice of this browser.

use super::icon::{Icon, icon};
use leptos::prelude::*;

/// Where the browser keeps it.
#[cfg(any(feature = "ssr", feature = "browser"))]
const KEY: &str = "portico.theme";

/// Applied before anything is drawn, so that no page flashes.
#[cfg(feature = "ssr")]
pub(super) fn script() -> String {
    format!(
        "try{{const t=localStorage.getItem('{KEY}');\
         if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}}catch{{}}"
    )
}

/// The three choices, in the account's menu.
#[component]
pub(super) fn ThemeChoice() -> impl IntoView {
    let chosen = RwSignal::new("system");
    #[cfg(feature = "browser")]
    Effect::new(move |_| chosen.set(browser::chosen()));
    let choices = [
        ("system", "Theme of the system", Icon::Monitor),
        ("light", "Light", Icon::Sun),
        ("dark", "Dark", Icon::Moon),
    ];
    choices
        .into_iter()
        .map(|(theme, words, drawing)| {
            view! {
                <button
                    type="button"
                    aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                    on:click=move |_| {
                        chosen.set(theme);
                        #[cfg(feature = "browser")]
                        browser::choose(theme);
                    }
                >
                    {icon(drawing)}
                    {words}
                </button>
            }
        })
        .collect::<Vec<_>>()
}

#[cfg(feature = "browser")]
mod browser {
    use super::KEY;
    use leptos::prelude::{document, window};

    /// What was chosen before. A browser that keeps nothing follows the system.
    pub(super) fn chosen() -> &'static str {
        let kept = window().local_storage().ok().flatten();
        match kept.and_then(|kept| kept.get_item(KEY).ok().flatten()).as_deref() {
            Some("light") => "light",
            Some("dark") => "dark",
            _ => "system",
        }
    }

    pub(super) fn choose(theme: &str) {
        if let Ok(Some(kept)) = window().local_storage() {
            let _ = kept.set_item(KEY, theme);
        }
        if let Some(root) = document().document_element() {
            let _ = match theme {
                "system" => root.remove_attribute("data-theme"),
                theme => root.set_attribute("data-theme", theme),
            };
        }
    }
}
