//! Controls for answers that are entered, ticked, kept or copied.

use super::answers::Given;
use super::live;
use super::questions::{Asked, plain};
use leptos::prelude::*;
use portico_domain::setting::{PermissionScope, Setting, SettingKind};
use serde_json::{Value, json};

/// A line, a number, several lines, a tick or fixed choices; saved when it is left.
#[component]
pub(super) fn Control(asked: Asked, kind: SettingKind) -> impl IntoView {
    let Setting { placeholder, required, .. } = asked.setting.get_value();
    let invalid = move || asked.is_refused().then_some("true");
    let changed = move |event| asked.give(Given::plain(json!(event_target_value(&event))));
    let html = match kind {
        SettingKind::Switch | SettingKind::Boolean => {
            return view! {
                <input
                    type="checkbox"
                    id=asked.id()
                    aria-describedby=asked.described()
                    prop:checked=move || asked.value() == true
                    checked=asked.now() == true
                    on:change=move |event| {
                        asked.give(Given::plain(json!(event_target_checked(&event))));
                    }
                />
            }
            .into_any();
        }
        SettingKind::Enum { options } => {
            let text = plain(&asked.now());
            let list: Vec<_> = options
                .into_iter()
                .map(|option| {
                    let chosen = option.value == text;
                    view! { <option value=option.value selected=chosen>{option.label}</option> }
                })
                .collect();
            return view! {
                <select
                    id=asked.id()
                    class="input"
                    aria-describedby=asked.described()
                    aria-invalid=invalid
                    prop:value=move || asked.text()
                    on:change=changed
                >
                    <option value="" selected=text.is_empty()>"Choose…"</option>
                    {list}
                </select>
            }
            .into_any();
        }
        SettingKind::TextArea => {
            let text = plain(&asked.now());
            return view! {
                <textarea
                    id=asked.id()
                    class="input"
                    placeholder=placeholder
                    aria-required=required.then_some("true")
                    aria-describedby=asked.described()
                    aria-invalid=invalid
                    prop:value=move || asked.text()
                    on:change=changed
                >
                    {text}
                </textarea>
            }
            .into_any();
        }
        SettingKind::Number { .. } => ("text", Some("decimal")),
        SettingKind::Email => ("email", None),
        SettingKind::Url => ("url", None),
        _ => ("text", None),
    };
    view! {
        <input
            type=html.0
            inputmode=html.1
            id=asked.id()
            class="input"
            placeholder=placeholder
            autocomplete="off"
            aria-required=required.then_some("true")
            aria-describedby=asked.described()
            aria-invalid=invalid
            value=plain(&asked.now())
            prop:value=move || asked.text()
            on:change=changed
        />
    }
    .into_any()
}

/// A secret: entered, and from then on only known to be there.
#[component]
pub(super) fn Password(asked: Asked) -> impl IntoView {
    let open = RwSignal::new(false);
    let is_kept = move || asked.value() == true && !open.get();
    view! {
        {move || {
            if is_kept() {
                view! {
                    <div class="row">
                        <span>"•••• saved"</span>
                        <button
                            type="button"
                            id=asked.id()
                            class="button"
                            aria-describedby=asked.described()
                            on:click=move |_| {
                                open.set(true);
                                live::focus(asked.id());
                            }
                        >
                            "Replace"
                        </button>
                    </div>
                }
                    .into_any()
            } else {
                view! {
                    <input
                        type="password"
                        id=asked.id()
                        class="input"
                        autocomplete="new-password"
                        aria-describedby=asked.described()
                        aria-invalid=move || asked.is_refused().then_some("true")
                        on:change=move |event| {
                            let text = event_target_value(&event);
                            open.set(false);
                            if !text.is_empty() {
                                asked.give(Given::kept(json!(text), Value::Null));
                            }
                        }
                    />
                }
                    .into_any()
            }
        }}
    }
}

/// A file, whose text is the answer.
#[component]
pub(super) fn File(asked: Asked, accept: String, max_bytes: usize) -> impl IntoView {
    let is_kept = move || asked.value() == true;
    let name = move || asked.label("").unwrap_or_else(|| "A file".to_owned());
    view! {
        <div class="row" hidden=move || !is_kept()>
            <span>{move || format!("{} saved", name())}</span>
            <button
                type="button"
                class="button"
                on:click=move |_| asked.give(Given::kept(Value::Null, Value::Null))
            >
                "Remove"
            </button>
        </div>
        <input
            type="file"
            id=asked.id()
            class="input"
            accept=accept
            aria-describedby=asked.described()
            on:change=move |event| live::read_file(&event, asked, max_bytes)
        />
    }
}

/// Something that is only there to be copied.
#[component]
pub(super) fn Copied(id: String, described: String, text: String) -> impl IntoView {
    let said = RwSignal::new("");
    let copied = text.clone();
    view! {
        <div class="copied">
            <input id=id class="input" readonly value=text aria-describedby=described />
            <button type="button" class="button" on:click=move |_| live::copy(copied.clone(), said)>
                "Copy"
            </button>
        </div>
        <span class="hint" role="status">{said}</span>
    }
}

/// Permissions to be ticked; those that cannot be left out are.
#[component]
pub(super) fn Permissions(asked: Asked, scopes: Vec<PermissionScope>) -> impl IntoView {
    let all = StoredValue::new(scopes.clone());
    let has = move |scope: &PermissionScope, text: &Value| {
        scope.required || plain(text).split(' ').any(|own| own == scope.name)
    };
    let tick = move |name: &str, on: bool| {
        let chosen = all.with_value(|all| {
            let kept =
                |own: &&PermissionScope| if own.name == name { on } else { has(own, &asked.now()) };
            let names: Vec<_> = all.iter().filter(kept).map(|own| own.name.as_str()).collect();
            names.join(" ")
        });
        asked.give(Given::plain(json!(chosen)));
    };
    scopes
        .into_iter()
        .map(|scope| {
            let PermissionScope { name, label, description, required } = scope.clone();
            view! {
                <label class="tick">
                    <input
                        type="checkbox"
                        disabled=required
                        checked=has(&scope, &asked.now())
                        prop:checked=move || has(&scope, &asked.value())
                        on:change=move |event| tick(&name, event_target_checked(&event))
                    />
                    <span>{label} <span class="hint">{description}</span></span>
                </label>
            }
        })
        .collect::<Vec<_>>()
}
