//! What the pages share: loading, doing, showing.

use super::base::address;
use super::icon::{Icon, icon};
use crate::server_fns::{SIGNED_OUT, words};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_domain::{CredentialStatus, ExecutionStatus};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A part of the address: `:project`, `:id`.
pub(super) fn param(name: &'static str) -> Memo<String> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get(name).unwrap_or_default()))
}

/// A part of the query: `?status=failed`.
pub(super) fn query(name: &'static str) -> Memo<Option<String>> {
    let queries = use_query_map();
    Memo::new(move |_| queries.with(|query| query.get(name).filter(|text| !text.is_empty())))
}

/// A resource as it loads, fails, is there. While it loads again, what was there stays.
pub(super) fn loaded<T, V>(
    resource: Resource<Result<T, ServerFnError>>,
    show: impl Fn(T) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
    V: IntoView + 'static,
{
    let show = Arc::new(show);
    view! {
        <Transition fallback=|| view! { <div class="skeleton" role="status" aria-label="Loading"></div> }>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match resource.await {
                        Ok(value) => show(value).into_any(),
                        Err(error) => view! { <Problem text=words(&error) /> }.into_any(),
                    }
                })
            }}
        </Transition>
    }
}

/// Looks again when executions of the project change: any, or the one that is `only` shown; and now
/// and then even so, in case the news was lost on the way.
pub(super) fn follow_executions<T>(
    resource: Resource<Result<T, ServerFnError>>,
    project: Memo<String>,
    only: Option<Memo<String>>,
) where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    hear_of_executions(Callback::new(move |()| resource.refetch()), project, only);
}

/// The same for what is read in another way.
pub(super) fn hear_of_executions(
    again: Callback<()>,
    project: Memo<String>,
    only: Option<Memo<String>>,
) {
    look_again_every(again, 30);
    #[cfg(feature = "browser")]
    Effect::new(move |_| {
        let shown = only.map(|only| only.get());
        let news = super::news::News::of_executions(&project.get(), move |ids| {
            let ours = |own: &String| ids == "*" || ids.split(' ').any(|id| id == own);
            if shown.as_ref().is_none_or(ours) {
                again.run(());
            }
        });
        // Kept by this effect, let go with it.
        StoredValue::new_local(news);
    });
    #[cfg(not(feature = "browser"))]
    let _ = (project, only);
}

/// Looks again every five seconds while the page is open.
pub(super) fn stay_live<T>(resource: Resource<Result<T, ServerFnError>>)
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    look_again_every(Callback::new(move |()| resource.refetch()), 5);
}

fn look_again_every(again: Callback<()>, seconds: u64) {
    Effect::new(move |_| {
        let wait = std::time::Duration::from_secs(seconds);
        let ticking = set_interval_with_handle(move || again.run(()), wait);
        on_cleanup(move || {
            if let Ok(handle) = ticking {
                handle.clear();
            }
        });
    });
}

/// Does something and says how it went: `done` with what came of it, or words beside the place.
pub(super) fn act<T: 'static>(
    work: impl Future<Output = Result<T, ServerFnError>> + 'static,
    problem: RwSignal<Option<String>>,
    done: impl FnOnce(T) + 'static,
) {
    problem.set(None);
    spawn_local(async move {
        match work.await {
            Ok(value) => done(value),
            Err(error) => problem.set(Some(words(&error))),
        }
    });
}

/// What went wrong, in words.
#[component]
pub(super) fn Problem(text: String) -> impl IntoView {
    let again = (text == SIGNED_OUT).then(|| {
        view! { <a class="button" href=address!("/sign-in") target="_blank">"Sign in again"</a> }
    });
    view! {
        <div class="callout callout-danger" role="alert">
            <span class="row">{icon(Icon::CircleAlert)}{text} {again}</span>
        </div>
    }
}

/// The same, when there is something.
pub(super) fn problem_of(problem: RwSignal<Option<String>>) -> impl IntoView {
    move || problem.get().map(|text| view! { <Problem text=text /> })
}

/// The page above: its address and its name.
pub(super) type Up = (String, String);

/// Where the page stands, its title, one line, and what can be done.
#[component]
pub(super) fn Head(
    title: String,
    #[prop(into)] purpose: String,
    #[prop(optional, into)] up: Option<Up>,
    /// An integration's type, whose mark stands beside the title.
    #[prop(optional, into)]
    mark: Option<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let up = up.map(|(href, name)| {
        view! { <nav class="crumbs" aria-label="Above"><a href=href>{name}</a>{icon(Icon::Chevron)}</nav> }
    });
    let mark = mark.map(|kind| integration_mark(&kind, 32));
    view! {
        <div class="page-head">
            <div>
                {up}
                <div class="title-row">{mark}<h1>{title}</h1></div>
                <p>{purpose}</p>
            </div>
            <div class="row">{children.map(|children| children())}</div>
        </div>
    }
}

/// An integration's mark, beside its name.
pub(super) fn integration_mark(kind: &str, size: u32) -> impl IntoView + use<> {
    let src = if kind.starts_with("custom.") {
        super::base::address!("/cdn/icons/{}/{kind}.svg", param("project").get_untracked())
    } else {
        super::base::address!("/cdn/icons/{kind}.svg")
    };
    view! { <img class="mark" src=src alt="" width=size height=size /> }
}

/// Nothing yet, and what to do about it.
#[component]
pub(super) fn Empty(drawing: Icon, title: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <div class="empty">
            {icon(drawing)}
            <h2>{title}</h2>
            <p>{words}</p>
        </div>
    }
}

/// `1 account`, `2 accounts`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        count => format!("{count} {thing}s"),
    }
}

/// A status: an icon, a word, a colour.
pub(super) fn status(tone: Tone, drawing: Icon, words: &str) -> impl IntoView + use<> {
    view! { <span class=tone.class()>{icon(drawing)}{words.to_owned()}</span> }
}

/// What a status feels like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Success,
    Danger,
    Warning,
    Info,
    Muted,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Success => "status status-success",
            Self::Danger => "status status-danger",
            Self::Warning => "status status-warning",
            Self::Info => "status status-info",
            Self::Muted => "status muted",
        }
    }
}

/// The word for an execution's status.
pub(super) fn execution_word(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Running => "Running",
        ExecutionStatus::Succeeded => "Succeeded",
        ExecutionStatus::Failed => "Failed",
        ExecutionStatus::Cancelled => "Cancelled",
    }
}

/// An execution's status.
pub(super) fn execution_status(own: ExecutionStatus) -> impl IntoView {
    let (tone, drawing) = match own {
        ExecutionStatus::Running => (Tone::Info, Icon::CircleDot),
        ExecutionStatus::Succeeded => (Tone::Success, Icon::CircleCheck),
        ExecutionStatus::Failed => (Tone::Danger, Icon::CircleX),
        ExecutionStatus::Cancelled => (Tone::Warning, Icon::Ban),
    };
    status(tone, drawing, execution_word(own))
}

/// An account's status.
pub(super) fn credential_status(own: CredentialStatus) -> impl IntoView {
    match own {
        CredentialStatus::Valid => status(Tone::Success, Icon::CircleCheck, "Connected"),
        CredentialStatus::Invalid => status(Tone::Danger, Icon::Triangle, "Reconnect needed"),
        CredentialStatus::Pending => status(Tone::Warning, Icon::Clock, "Pending"),
    }
}

/// Whether something is switched on in the project.
pub(super) fn active_status(active: bool) -> impl IntoView {
    match active {
        true => status(Tone::Success, Icon::CircleCheck, "Active"),
        false => status(Tone::Muted, Icon::Circle, "Not activated"),
    }
}

/// A value as readable JSON.
pub(super) fn json(value: &serde_json::Value) -> impl IntoView + use<> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    view! { <pre class="json" tabindex="0">{text}</pre> }
}

/// The way to older rows; `path` keeps the filters that are in force.
#[component]
pub(super) fn Older(next: Option<String>, path: String) -> impl IntoView {
    next.map(|next| {
        let join = if path.contains('?') { '&' } else { '?' };
        view! { <div><a class="button" href=format!("{path}{join}after={next}")>"Older"</a></div> }
    })
}

/// A question before what cannot be undone: a button that opens it, the words, the way on.
#[component]
pub(super) fn Confirmed(
    /// The button that asks.
    ask: &'static str,
    /// What will be lost.
    #[prop(into)]
    words: String,
    /// The button that does it.
    yes: &'static str,
    /// What it does.
    #[prop(into)]
    on_yes: Callback<()>,
) -> impl IntoView {
    use crate::components::{Button, ButtonKind};
    let asking = RwSignal::new(false);
    view! {
        <span hidden=move || asking.get()>
            <Button on_press=move |()| asking.set(true)>{ask}</Button>
        </span>
        <div class="callout" role="alertdialog" aria-label=ask hidden=move || !asking.get()>
            <p>{words}</p>
            <div class="row">
                <Button
                    kind=ButtonKind::Danger
                    on_press=move |()| {
                        asking.set(false);
                        on_yes.run(());
                    }
                >
                    {yes}
                </Button>
                <Button on_press=move |()| asking.set(false)>"Keep it"</Button>
            </div>
        </div>
    }
}
