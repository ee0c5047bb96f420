//! Connecting by entering something: the fields that the integration asks for.

use super::live;
use super::panel::{Phase, Shown};
use leptos::prelude::*;
use portico_domain::CredentialId;
use portico_domain::view::CredentialField;
use serde_json::{Map, Value};

/// What was entered and what is wrong with it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) values: RwSignal<Map<String, Value>>,
    /// By field, in words.
    pub(super) problems: RwSignal<Map<String, Value>>,
}

impl Form {
    pub(super) fn new() -> Self {
        Self { values: RwSignal::default(), problems: RwSignal::default() }
    }
}

/// The form, for a new account or for one that is connected again.
#[component]
pub(super) fn ConnectForm(shown: Shown, credential: Option<CredentialId>) -> impl IntoView {
    let integration = shown.view.with_untracked(|view| view.integration.clone());
    let form = Form::new();
    let busy = Signal::derive(move || shown.phase.get() != Phase::Idle);
    let prefix = credential.map(|id| id.to_string()).unwrap_or_default();
    let fields: Vec<_> = integration
        .fields
        .into_iter()
        .map(|field| view! { <Field form field prefix=prefix.clone() /> })
        .collect();
    let label = match credential {
        None => format!("Connect {}", integration.name),
        Some(_) => "Reconnect".to_owned(),
    };
    view! {
        <form
            class="stack"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                live::connect_entered(shown, form, credential);
            }
        >
            {fields}
            <button
                type="submit"
                class="button button-primary"
                aria-busy=move || busy.get().then_some("true")
            >
                {label}
            </button>
        </form>
    }
}

/// One field, with what is wrong with it.
#[component]
pub(super) fn Field(form: Form, field: CredentialField, prefix: String) -> impl IntoView {
    let CredentialField { key, title, help, placeholder, secret, .. } = field;
    let id = format!("entered-{prefix}{key}");
    let (hint, wrong) = (format!("{id}-hint"), format!("{id}-problem"));
    let described = format!("{hint} {wrong}");
    let problem = {
        let key = key.clone();
        Memo::new(move |_| {
            form.problems.with(|all| all.get(&key).and_then(Value::as_str).map(str::to_owned))
        })
    };
    view! {
        <div class="field">
            <label for=id.clone()>{title}</label>
            <input
                id=id
                class="input"
                type=if secret { "password" } else { "text" }
                autocomplete="off"
                spellcheck="false"
                placeholder=placeholder
                aria-describedby=described
                aria-invalid=move || problem.get().map(|_| "true")
                on:input=move |event| {
                    let text = Value::String(event_target_value(&event));
                    form.values.update(|all| {
                        all.insert(key.clone(), text);
                    });
                }
            />
            <p id=hint class="hint">{help}</p>
            <p id=wrong class="field-problem" role="alert">{move || problem.get()}</p>
        </div>
    }
}
