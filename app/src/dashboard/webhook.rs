//! Where a provider delivers what happens there, and what came of it.

use super::copy::Copyable;
use super::parts::act;
use super::time::at;
use crate::components::Button;
use crate::server_fns::integrations::activate;
use leptos::prelude::*;
use portico_domain::view::{IntegrationDetail, WebhookView};

/// The address to be entered at the provider, its secret, and the last deliveries.
#[component]
pub(super) fn Webhook(
    webhook: WebhookView,
    own: IntegrationDetail,
    project: Memo<String>,
    kind: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let events: Vec<_> = webhook
        .triggers
        .iter()
        .map(|own| view! { <li><strong>{own.title.clone()}</strong> " " <span class="muted">{own.description.clone()}</span></li> })
        .collect();
    let needs_secret = webhook.needs_signing_secret;
    let active = own.summary.active;
    let client_id = own.client_id.clone().unwrap_or_default();
    view! {
        <section class="card" id="webhook">
            <h2>"Events from the provider"</h2>
            <div class="field">
                <span><strong>"Webhook address"</strong></span>
                <Copyable text=webhook.url.clone() what="webhook address" id="webhook-url" />
                <p class="hint">"Enter it in your app at the provider, and subscribe there to what your workflows wait for. The guide below says how."</p>
            </div>
            <details>
                <summary>{format!("What workflows can wait for ({})", events.len())}</summary>
                <ul>{events}</ul>
            </details>
            {(needs_secret && active).then(|| view! { <SigningSecret stored=webhook.has_signing_secret client_id project kind problem on_done /> })}
            {deliveries(&webhook)}
        </section>
    }
}

#[component]
fn SigningSecret(
    stored: bool,
    client_id: String,
    project: Memo<String>,
    kind: Memo<String>,
    problem: RwSignal<Option<String>>,
    on_done: Callback<()>,
) -> impl IntoView {
    let secret = RwSignal::new(String::new());
    let client_id = StoredValue::new(client_id);
    let save = move |()| {
        let work = activate(
            project.get_untracked(),
            kind.get_untracked(),
            client_id.get_value(),
            String::new(),
            secret.get_untracked(),
        );
        act(work, problem, move |()| on_done.run(()));
    };
    let hint = if stored {
        "A secret is stored; it is never shown. Enter another one to replace it."
    } else {
        "Deliveries are refused until it is entered. It is stored encrypted and never shown again."
    };
    view! {
        <div class="field">
            <label for="signing-secret">"Signing secret"</label>
            <input id="signing-secret" class="input" type="password" autocomplete="off" bind:value=secret />
            <p class="hint">{hint}</p>
        </div>
        <div class="row">
            <Button on_press=save>"Save signing secret"</Button>
        </div>
    }
}

fn deliveries(webhook: &WebhookView) -> impl IntoView + use<> {
    let last = webhook.delivered_at.map(|last| view! { ", the last " {at(last)} });
    let strangers = (webhook.strangers > 0).then(|| {
        let count = webhook.strangers;
        view! { <p class="muted">{format!("About accounts that are not connected here: {count}. They started nothing.")}</p> }
    });
    let refused = webhook.last_refusal.clone().map(|(when, why)| {
        let words = match why.as_str() {
            "missing" => "was not signed",
            "old" => "was signed too long ago",
            "unreadable" => "could not be read",
            _ => "had another signature",
        };
        view! { <p>{format!("Deliveries refused: {}. The last one {words}, ", webhook.refused)} {at(when)} "."</p> }
    });
    let none = webhook.deliveries == 0 && webhook.refused == 0;
    view! {
        <div>
            <p class="muted" hidden=!none>"Nothing has been delivered yet."</p>
            <p hidden=none>{format!("Deliveries taken: {}", webhook.deliveries)} {last} "."</p>
            {strangers}
            {refused}
        </div>
    }
}
