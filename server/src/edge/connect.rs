//! The popup: it knows nothing until the window that opened it hands it a ticket.

use super::App;
use super::answer::{Answer, Refused};
use super::headers::{Framed, is_same_origin};
use super::window::{Page, escaped};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use portico_domain::{Refusal, RefusalCode};
use portico_services::Services;
use serde::Deserialize;
use serde_json::json;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/connect/window", get(window)).route("/connect/start", post(start))
}

/// Asks the opener, which must be of our own origin, and hands the ticket on as a same-origin POST. A
/// forwarded link has no opener and says so.
const SCRIPT: &str = "(()=>{const words=document.getElementById('words'),opener=window.opener;\
const say=text=>{words.textContent=text;words.parentElement.removeAttribute('aria-busy')};\
if(!opener||opener===window){say('Open this from your app: this address does nothing by itself.');return}\
let done=false;addEventListener('message',event=>{\
if(event.origin!==location.origin||event.source!==opener||done)return;\
const data=event.data;if(!data||data.portico!==1)return;\
if(data.type==='refused'){done=true;say(String(data.message));return}\
if(data.type!=='ticket'||typeof data.ticket!=='string')return;done=true;\
const form=document.forms[0];form.elements.namedItem('ticket').value=data.ticket;form.submit()});\
try{opener.postMessage({portico:1,type:'ready'},location.origin)}catch{say('Open this from your app.')}\
setTimeout(()=>{if(!done)say('Your app did not answer. Close this window and press Connect again.')},20000)})();";

async fn window(State(services): State<Services>) -> Response {
    let start = format!("{}/connect/start", services.settings().prefix());
    Page {
        status: StatusCode::OK,
        title: "Connecting",
        body: format!(
            "<div class=\"window-card\" aria-busy=\"true\"><p id=\"words\" role=\"status\">Connecting…</p>\
             <noscript><p>Connecting needs JavaScript.</p></noscript></div>\
             <form method=\"post\" action=\"{}\" hidden><input name=\"ticket\"></form>",
            escaped(&start)
        ),
        script: SCRIPT.to_owned(),
        framed: Framed::Never,
    }
    .answer(&services)
}

#[derive(Deserialize)]
struct Start {
    ticket: String,
}

/// Burns the ticket, binds the flow to this browser with a cookie, and goes to the provider.
async fn start(
    State(services): State<Services>,
    headers: HeaderMap,
    Form(form): Form<Start>,
) -> Answer<Response> {
    if !is_same_origin(&headers, &services.settings().origin()) {
        return Err(Refused(Refusal::new(
            RefusalCode::CrossSite,
            "This is for Portico's own pages only.",
        )));
    }
    let started = match services.start_authorization(&form.ticket).await {
        Ok(started) => started,
        Err(refusal) => {
            let status =
                StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::BAD_REQUEST);
            return Ok(dead_end(&services, status, &refusal.message));
        }
    };
    // Lax: the provider's redirect back is a cross-site navigation, which Strict would not send it on.
    let cookie = format!(
        "{}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
        started.cookie_name,
        started.cookie,
        started.life.as_secs()
    );
    let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, started.location.to_string())];
    Ok((StatusCode::SEE_OTHER, headers, Json(json!({}))).into_response())
}

/// Words in a popup, and a way out.
pub(crate) fn dead_end(services: &Services, status: StatusCode, words: &str) -> Response {
    Page {
        status,
        title: "Not connected",
        body: format!(
            "<div class=\"window-card\"><h1>Not connected</h1><p role=\"status\">{}</p>\
             <button type=\"button\" class=\"button button-primary\" id=\"close\">Close window</button></div>",
            escaped(words)
        ),
        script: "document.getElementById('close').addEventListener('click',()=>window.close())"
            .to_owned(),
        framed: Framed::Never,
    }
    .answer(services)
}
