//! The sandbox's first page: what is here, what can be turned, what came in.

use crate::pages::{Brand, LIVE, escaped, page};
use crate::state::{Sandbox, Seen};
use crate::{hubspot, marketo, salesforce, slack};
use axum::extract::State;
use axum::response::Html;

/// The sandbox itself.
const SANDBOX: Brand = Brand { name: "Sandbox", color: "#3a3f47" };
/// How many requests are shown.
const SHOWN: usize = 50;

/// Every knob, with what it does.
const KNOBS: [(&str, &str); 20] = [
    (
        "POST /_sandbox/faults",
        "the next requests that fit go wrong: a status, a delay, a cut connection, a maintenance page",
    ),
    ("DELETE /_sandbox/faults", "nothing goes wrong any more"),
    ("POST /_sandbox/clock", "moves the time of all providers: {\"advance_s\": 3600}"),
    ("POST /_sandbox/expire-tokens", "every access token ends now; refresh tokens live on"),
    ("POST /_sandbox/revoke-tokens", "every approval ends now: accounts have to be reconnected"),
    ("POST /_sandbox/reset", "everything as it was at the start"),
    ("GET /_sandbox/requests", "all requests that came in"),
    ("GET /_sandbox/webhooks", "what was sent and what waits; POST …/{id}/send sends it again"),
    (
        "PUT /salesforce/_sandbox/settings",
        "rotation, sessions, daily and concurrent calls, approvals per user, duplicate rules, a blocked app, moved orgs",
    ),
    ("POST /salesforce/_sandbox/seed", "more records in every org: {\"Opportunity\": 4500}"),
    (
        "PUT /hubspot/_sandbox/settings",
        "limits of calls and searches, the delay of the search, required scopes",
    ),
    ("POST /hubspot/_sandbox/seed", "how many lists, owners and contacts there are"),
    (
        "PUT /hubspot/_sandbox/webhook",
        "where to send events, signed v1, v2 or v3; duplicated, mixed up, late",
    ),
    (
        "PUT /marketo/{instance}/_sandbox/settings",
        "limits of an instance, and answers that go wrong",
    ),
    ("POST /marketo/{instance}/_sandbox/seed", "how many leads and lists there are"),
    ("PUT /slack/_sandbox/settings", "rotation of tokens, bursts of messages and calls"),
    ("POST /slack/_sandbox/seed", "how many channels and people there are"),
    ("POST /slack/_sandbox/deactivate", "somebody leaves the workspace"),
    ("POST /slack/_sandbox/events", "somebody writes, reacts or makes a channel"),
    (
        "PUT /slack/_sandbox/webhook",
        "where to send events, once the address has sent the challenge back",
    ),
];

fn row(seen: &Seen) -> String {
    format!(
        "<tr><td data-label=\"Request\">{} <code>{}</code></td><td data-label=\"Status\">{}</td></tr>",
        escaped(&seen.method),
        escaped(&seen.path),
        seen.status
    )
}

/// The page.
pub(crate) async fn home(State(sandbox): State<Sandbox>) -> Html<String> {
    let parts = [salesforce::home(), hubspot::home(), marketo::home(), slack::home()].concat();
    let knobs: String = KNOBS
        .iter()
        .map(|(knob, words)| {
            let words = escaped(words);
            format!("<tr><td data-label=\"Knob\"><code>{knob}</code></td><td data-label=\"What it does\">{words}</td></tr>")
        })
        .collect();
    let rows: String = sandbox.world().requests.iter().rev().take(SHOWN).map(row).collect();
    let rows = if rows.is_empty() {
        "<tr><td class=\"empty\" colspan=\"2\">None yet. They appear here as they come in.</td></tr>".to_owned()
    } else {
        rows
    };
    let body = format!(
        "<h1>Simulated providers</h1><p class=\"quiet\">Real paths, shapes, errors and limits; nothing here leaves this machine.</p>\
         {parts}<h2>Knobs</h2><table><thead><tr><th>Knob</th><th>What it does</th></tr></thead><tbody>{knobs}</tbody></table>\
         <h2>The newest requests</h2><table><thead><tr><th>Request</th><th>Status</th></tr></thead><tbody id=\"rows\">{rows}</tbody></table>{LIVE}"
    );
    page(&SANDBOX, "Sandbox", &body)
}
