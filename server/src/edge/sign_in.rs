//! Signing in: pages that work without scripts.

use super::App;
use super::answer::{Answer, Refused, cookie};
use super::headers::{Framed, is_same_origin};
use super::window::{Page, escaped};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use portico_domain::{Refusal, RefusalCode};
use portico_services::{LinkKind, NewAdmin, Services, SignedIn};
use serde::Deserialize;

/// The session cookie: only this host, only https (or this machine), never for scripts.
pub(crate) const COOKIE: &str = "__Host-portico_session";

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/sign-in", get(form).post(sign_in))
        .route("/sign-in/{link}", get(link).post(use_link))
        .route("/sign-out", post(sign_out))
        .layer(DefaultBodyLimit::max(MOST))
}

/// The longest address of a page that is come back to, in bytes.
const LONGEST_WANTED: usize = 2000;
/// The largest form, in bytes.
const MOST: usize = 16 * 1024;

/// What the person sees again after a mistake.
#[derive(Default)]
struct Shown<'a> {
    name: &'a str,
    email: &'a str,
    /// Where they were going.
    to: &'a str,
    problem: Option<&'a str>,
}

fn page(services: &Services, status: StatusCode, title: &str, body: &str) -> Response {
    Page {
        status,
        title,
        body: format!("<div class=\"window-card sign-in\"><h1>{}</h1>{body}</div>", escaped(title)),
        script: String::new(),
        framed: Framed::Never,
    }
    .answer(services)
}

fn problem(shown: &Shown<'_>) -> String {
    shown.problem.map_or_else(String::new, |words| {
        format!("<p class=\"callout callout-danger\" role=\"alert\">{}</p>", escaped(words))
    })
}

fn field(name: &str, label: &str, kind: &str, rest: &str) -> String {
    format!(
        "<div class=\"field\"><label for=\"{name}\">{label}</label>\
         <input class=\"input\" id=\"{name}\" name=\"{name}\" type=\"{kind}\" required {rest}></div>"
    )
}

fn sign_in_page(services: &Services, status: StatusCode, shown: &Shown<'_>) -> Response {
    let email = format!("autocomplete=\"username\" value=\"{}\"", escaped(shown.email));
    let body = format!(
        "{}<form method=\"post\" class=\"stack\">{}{}<input type=\"hidden\" name=\"to\" value=\"{}\">\
         <button type=\"submit\" class=\"button button-primary\">Sign in</button></form>\
         <p class=\"hint\">Forgotten? Whoever runs Portico makes a new link with <code>portico admin link</code>.</p>",
        problem(shown),
        field("email", "E-mail address", "email", &email),
        field("password", "Password", "password", "autocomplete=\"current-password\""),
        escaped(shown.to),
    );
    page(services, status, "Sign in to Portico", &body)
}

fn welcome_page(services: &Services, status: StatusCode, shown: &Shown<'_>) -> Response {
    let name = format!("autocomplete=\"name\" value=\"{}\"", escaped(shown.name));
    let email = format!("autocomplete=\"username\" value=\"{}\"", escaped(shown.email));
    let body = format!(
        "<p>You are the first here. Make your account.</p>{}<form method=\"post\" class=\"stack\">{}{}{}\
         <p class=\"hint\">12 characters or more.</p>\
         <button type=\"submit\" class=\"button button-primary\">Create account</button></form>",
        problem(shown),
        field("name", "Name", "text", &name),
        field("email", "E-mail address", "email", &email),
        field("password", "Password", "password", "minlength=\"12\" autocomplete=\"new-password\""),
    );
    page(services, status, "Welcome to Portico", &body)
}

fn ended_page(services: &Services) -> Response {
    let body = "<p>This link was used or has ended. Make a new one with <code>portico admin link</code>.</p>";
    page(services, StatusCode::NOT_FOUND, "This link has ended", body)
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    to: String,
}

async fn form(
    State(services): State<Services>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Answer<Response> {
    if let Some(secret) = cookie(&headers, COOKIE)
        && services.resolve_session(&secret).await.is_ok()
    {
        return Ok(onward(&services, &wanted.to));
    }
    let shown = Shown { to: &wanted.to, ..Shown::default() };
    Ok(sign_in_page(&services, StatusCode::OK, &shown))
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    to: String,
}

async fn sign_in(
    State(services): State<Services>,
    headers: HeaderMap,
    Form(sent): Form<Credentials>,
) -> Answer<Response> {
    own_form(&services, &headers)?;
    match services.sign_in(&sent.email, sent.password).await {
        Ok(signed_in) => Ok(signed_in_answer(&services, &signed_in, &sent.to)),
        Err(refusal) => {
            let problem = Some(refusal.message.as_str());
            let shown = Shown { email: &sent.email, to: &sent.to, problem, ..Shown::default() };
            Ok(sign_in_page(&services, status(&refusal), &shown))
        }
    }
}

/// Looking at a link does not use it up: a mail scanner may look.
async fn link(State(services): State<Services>, Path(link): Path<String>) -> Answer<Response> {
    Ok(match services.link_kind(&link).await? {
        None => ended_page(&services),
        Some(LinkKind::FirstAdmin) => welcome_page(&services, StatusCode::OK, &Shown::default()),
        Some(LinkKind::SignIn) => {
            let body = "<p>This link signs you in once.</p><form method=\"post\" class=\"stack\">\
                        <button type=\"submit\" class=\"button button-primary\" autofocus>Sign in</button></form>";
            page(&services, StatusCode::OK, "Sign in to Portico", body)
        }
    })
}

#[derive(Deserialize)]
struct Welcome {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

async fn use_link(
    State(services): State<Services>,
    Path(link): Path<String>,
    headers: HeaderMap,
    Form(sent): Form<Welcome>,
) -> Answer<Response> {
    own_form(&services, &headers)?;
    let done = match services.link_kind(&link).await? {
        None => return Ok(ended_page(&services)),
        Some(LinkKind::SignIn) => services.follow_link(&link).await,
        Some(LinkKind::FirstAdmin) => {
            let new = NewAdmin {
                name: sent.name.clone(),
                email: sent.email.clone(),
                password: sent.password,
            };
            services.create_first_admin(&link, new).await
        }
    };
    match done {
        Ok(signed_in) => Ok(signed_in_answer(&services, &signed_in, "")),
        Err(refusal) if refusal.code == RefusalCode::Invalid => {
            let problem = Some(refusal.message.as_str());
            let shown = Shown { name: &sent.name, email: &sent.email, problem, ..Shown::default() };
            Ok(welcome_page(&services, status(&refusal), &shown))
        }
        Err(refusal) if refusal.code == RefusalCode::NotFound => Ok(ended_page(&services)),
        Err(refusal) => Err(Refused(refusal)),
    }
}

async fn sign_out(State(services): State<Services>, headers: HeaderMap) -> Answer<Response> {
    own_form(&services, &headers)?;
    if let Some(secret) = cookie(&headers, COOKIE) {
        services.sign_out(&secret).await?;
    }
    let gone = format!("{COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
    let mut response = to(&services, "/sign-in");
    if let Ok(gone) = gone.parse() {
        response.headers_mut().insert(header::SET_COOKIE, gone);
    }
    Ok(response)
}

fn own_form(services: &Services, headers: &HeaderMap) -> Answer<()> {
    if is_same_origin(headers, &services.settings().origin()) {
        return Ok(());
    }
    Err(Refused(Refusal::new(RefusalCode::CrossSite, "This is for Portico's own pages only.")))
}

fn signed_in_answer(services: &Services, signed_in: &SignedIn, wanted: &str) -> Response {
    let cookie = format!(
        "{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={}",
        signed_in.secret,
        signed_in.life.as_secs()
    );
    let mut response = onward(services, wanted);
    if let Ok(cookie) = cookie.parse() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// To the page that was wanted, if it is one of the dashboard's: to nobody else's.
fn onward(services: &Services, wanted: &str) -> Response {
    let dashboard = format!("{}/dashboard", services.settings().prefix());
    let is_below = wanted
        .strip_prefix(&dashboard)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    if is_below && wanted.len() <= LONGEST_WANTED && wanted.bytes().all(|b| b.is_ascii_graphic()) {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, wanted)]).into_response();
    }
    to(services, "/dashboard")
}

fn to(services: &Services, path: &str) -> Response {
    let location = format!("{}{path}", services.settings().prefix());
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

fn status(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::BAD_REQUEST)
}
