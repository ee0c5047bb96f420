//! A workflow's file, chosen from the person's own.

use leptos::prelude::*;

/// What is offered to be chosen.
pub(super) const ACCEPT: &str = ".toml,application/toml,text/plain";

/// The largest file (bytes): as large as a workflow can be.
#[cfg(feature = "browser")]
const LARGEST: f64 = 1_000_000.0;

/// A file that was chosen.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Its name.
    pub(super) name: String,
    /// What it says.
    pub(super) text: String,
}

/// Reads the file that was chosen; what keeps it from being one is told in words.
#[cfg(feature = "browser")]
pub(super) fn read_file(event: &leptos::ev::Event, done: Callback<Result<Chosen, String>>) {
    use wasm_bindgen::JsCast;
    let input =
        event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
    let Some(file) = input.and_then(|input| input.files()?.get(0)) else { return };
    if file.size() > LARGEST {
        let megabytes = file.size() / LARGEST;
        let words = format!(
            "{} has {megabytes:.1} MB; a workflow has 1 MB at most. Choose another file.",
            file.name()
        );
        return done.run(Err(words));
    }
    leptos::task::spawn_local(async move {
        let read = wasm_bindgen_futures::JsFuture::from(file.text()).await.ok();
        done.run(match read.and_then(|text| text.as_string()) {
            Some(text) if !text.trim().is_empty() => Ok(Chosen { name: file.name(), text }),
            Some(_) => Err(format!("{} is empty. Choose another file.", file.name())),
            None => Err(format!("{} cannot be read. Choose another file.", file.name())),
        });
    });
}

#[cfg(not(feature = "browser"))]
pub(super) fn read_file(_: &leptos::ev::Event, _: Callback<Result<Chosen, String>>) {}
