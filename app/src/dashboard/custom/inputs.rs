//! What else users are asked when they connect.

use super::form::Entry;
use crate::components::Button;
use leptos::prelude::*;
use portico_domain::custom::CustomInput;

/// The questions, one row each.
#[component]
pub(super) fn Inputs(entry: Entry) -> impl IntoView {
    let count = Memo::new(move |_| entry.form.with(|form| form.inputs.len()));
    let add = move |()| entry.form.update(|form| form.inputs.push(CustomInput::default()));
    view! {
        <fieldset class="stack">
            <legend>"What else they are asked"</legend>
            <p class="hint">"The base URL can be made of it: " <code>"https://{subdomain}.example.com"</code></p>
            {move || (0..count.get()).map(|at| view! { <Input entry at /> }).collect_view()}
            <div class="row">
                <Button on_press=add>"Add a question"</Button>
            </div>
        </fieldset>
    }
}

#[component]
fn Input(entry: Entry, at: usize) -> impl IntoView {
    let read = move |part: fn(&CustomInput) -> &String| {
        move || entry.form.with(|form| form.inputs.get(at).map(part).cloned().unwrap_or_default())
    };
    let write = move |part: fn(&mut CustomInput) -> &mut String| {
        move |event| {
            let text = event_target_value(&event);
            entry.form.update(|form| {
                if let Some(input) = form.inputs.get_mut(at) {
                    *part(input) = text;
                }
            });
        }
    };
    let remove = move |()| {
        entry.form.update(|form| {
            if at < form.inputs.len() {
                form.inputs.remove(at);
            }
        });
    };
    let (key, title) = (format!("custom-input-{at}-key"), format!("custom-input-{at}-title"));
    let problem = Memo::new(move |_| entry.of(&format!("inputs.{at}")));
    view! {
        <div class="row">
            <div class="field">
                <label for=key.clone()>"Name"</label>
                <input
                    id=key
                    class="input"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="subdomain"
                    prop:value=read(|input| &input.key)
                    on:input=write(|input| &mut input.key)
                />
            </div>
            <div class="field">
                <label for=title.clone()>"Question"</label>
                <input
                    id=title
                    class="input"
                    autocomplete="off"
                    placeholder="Your subdomain"
                    prop:value=read(|input| &input.title)
                    on:input=write(|input| &mut input.title)
                />
            </div>
            <Button on_press=remove>"Remove"</Button>
        </div>
        <p class="field-problem" role="alert">{move || problem.get()}</p>
    }
}
