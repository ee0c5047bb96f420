//! A call that starts the workflow, by the host app or by whoever has an account's address: where to, and what it must carry.

use super::super::draft::Draft;
use super::super::fields::Check;
use crate::dashboard::base::address;
use crate::dashboard::copy::Copyable;
use crate::dashboard::icon::{Icon, icon};
use leptos::prelude::*;
use portico_domain::workflow::{RequestField, RequestPlace, RequestType, Trigger};
use portico_engine::edit::Edit;

#[component]
pub(super) fn Request(draft: Draft) -> impl IntoView {
    let facts = draft.facts();
    let path = address!("/projects/{}/sdk/triggers/{}", facts.project, facts.workflow);
    let whole = format!("{}{path}", window().location().origin().unwrap_or_default());
    view! {
        <div class="stack">
            <p class="hint">"Your app sends a POST for a user, with the user's token as " <code>"Authorization: Bearer"</code> ", to"</p>
            <Copyable text=whole what="address" />
        </div>
        <Carried draft of=|fields| Trigger::Request { fields } />
    }
}

#[component]
pub(super) fn Webhook(draft: Draft) -> impl IntoView {
    view! {
        <p class="hint">
            "Each account that has the workflow on gets an address of its own, to be entered wherever something should start it. \
            Its user finds it in the portal, you on the user's page. Whoever knows it can start the workflow."
        </p>
        <Carried draft of=|fields| Trigger::Webhook { fields } />
    }
}

/// What must be there.
#[component]
fn Carried(draft: Draft, of: fn(Vec<RequestField>) -> Trigger) -> impl IntoView {
    let fields = Memo::new(move |_| {
        draft
            .document
            .with(|document| document.trigger.called_with().map(<[_]>::to_vec).unwrap_or_default())
    });
    let set = move |fields: Vec<RequestField>| draft.type_on(Edit::SetTrigger(of(fields)));
    let count = Memo::new(move |_| fields.with(Vec::len));
    view! {
        <h3>"What must be there"</h3>
        {move || {
            (0..count.get())
                .map(|index| view! { <RequestRow fields index on_change=Callback::new(set) /> })
                .collect::<Vec<_>>()
        }}
        <button
            type="button"
            class="button"
            on:click=move |_| {
                let mut all = fields.get_untracked();
                all.push(RequestField { place: RequestPlace::Body, name: String::new(), kind: RequestType::Any, required: true, equals: None });
                set(all);
            }
        >
            {icon(Icon::Plus)}
            "Add a field"
        </button>
    }
}

/// The types of what stands in a body, by their names.
const TYPES: [(RequestType, &str, &str); 6] = [
    (RequestType::Any, "any", "anything"),
    (RequestType::Text, "text", "text"),
    (RequestType::Number, "number", "a number"),
    (RequestType::Boolean, "boolean", "yes or no"),
    (RequestType::Object, "object", "an object"),
    (RequestType::Array, "array", "a list"),
];

#[component]
fn RequestRow(
    fields: Memo<Vec<RequestField>>,
    index: usize,
    on_change: Callback<Vec<RequestField>>,
) -> impl IntoView {
    let own = Memo::new(move |_| fields.with(|all| all.get(index).cloned()));
    let change = move |what: &dyn Fn(&mut RequestField)| {
        let mut all = fields.get_untracked();
        if let Some(field) = all.get_mut(index) {
            what(field);
        }
        on_change.run(all);
    };
    let name = move || own.with(|own| own.as_ref().map(|own| own.name.clone()).unwrap_or_default());
    let place = move |value: RequestPlace| {
        own.with(|own| own.as_ref().is_some_and(|own| own.place == value))
    };
    let kind = move || own.with(|own| own.as_ref().map(|own| own.kind).unwrap_or_default());
    let typed = Memo::new(move |_| place(RequestPlace::Body));
    let equals =
        move || own.with(|own| own.as_ref().and_then(|own| own.equals.clone()).unwrap_or_default());
    let required =
        Signal::derive(move || own.with(|own| own.as_ref().is_some_and(|own| own.required)));
    view! {
        <div class="ed-pair-add">
            <input class="input" aria-label="Name of the field" placeholder="Name" prop:value=name on:input=move |event| {
                let text = event_target_value(&event);
                change(&|field| field.name.clone_from(&text));
            } />
            <select class="input" aria-label="Where it stands" on:change=move |event| {
                let to = match event_target_value(&event).as_str() {
                    "query" => RequestPlace::Query,
                    "header" => RequestPlace::Header,
                    _ => RequestPlace::Body,
                };
                change(&|field| {
                    field.place = to;
                    // Addresses and headers carry texts.
                    if to != RequestPlace::Body {
                        field.kind = RequestType::Any;
                    }
                });
            }>
                <option value="body" selected=move || place(RequestPlace::Body)>"in the body"</option>
                <option value="query" selected=move || place(RequestPlace::Query)>"in the address"</option>
                <option value="header" selected=move || place(RequestPlace::Header)>"as a header"</option>
            </select>
            <select
                class="input"
                aria-label="Its type"
                hidden=move || !typed.get()
                on:change=move |event| {
                    let name = event_target_value(&event);
                    if let Some((to, ..)) = TYPES.into_iter().find(|own| own.1 == name) {
                        change(&|field| field.kind = to);
                    }
                }
            >
                {TYPES.map(|(own, name, words)| view! { <option value=name selected=move || kind() == own>{words}</option> })}
            </select>
            <input
                class="input"
                aria-label="Only if it is"
                placeholder="Any value"
                autocomplete="off"
                prop:value=equals
                on:input=move |event| {
                    let text = event_target_value(&event);
                    change(&|field| field.equals = Some(text.clone()).filter(|own| !own.is_empty()));
                }
            />
            <Check label="required" value=required on_change=Callback::new(move |to| change(&|field| field.required = to)) />
            <button
                type="button"
                class="ed-icon"
                aria-label="Remove the field"
                on:click=move |_| {
                    let mut all = fields.get_untracked();
                    if index < all.len() {
                        all.remove(index);
                    }
                    on_change.run(all);
                }
            >
                {icon(Icon::Trash)}
            </button>
        </div>
    }
}
