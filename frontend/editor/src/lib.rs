//! The wasm root of the workflow editor: what it does not reach is not linked.
#![cfg(target_arch = "wasm32")]
#![recursion_limit = "512"]

/// Called by the page once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn mount() {
    portico_app::dashboard::editor::mount();
}
