//! What the pages share: loading, doing, showing.

use crate::server_fns::words;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_params_map, use_query_map};
use portico_domain::{CredentialStatus, ExecutionStatus, Timestamp};
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
    look_again_every(resource, 30);
    #[cfg(feature = "hydrate")]
    Effect::new(move |_| {
        let shown = only.map(|only| only.get());
        let news = super::news::News::of_executions(&project.get(), move |ids| {
            let ours = |own: &String| ids == "*" || ids.split(' ').any(|id| id == own);
            if shown.as_ref().is_none_or(ours) {
                resource.refetch();
            }
        });
        // Kept by this effect, let go with it.
        StoredValue::new_local(news);
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = (project, only);
}

/// Looks again every five seconds while the page is open.
pub(super) fn stay_live<T>(resource: Resource<Result<T, ServerFnError>>)
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    look_again_every(resource, 5);
}

fn look_again_every<T>(resource: Resource<Result<T, ServerFnError>>, seconds: u64)
where
    T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static,
{
    Effect::new(move |_| {
        let wait = std::time::Duration::from_secs(seconds);
        let again = set_interval_with_handle(move || resource.refetch(), wait);
        on_cleanup(move || {
            if let Ok(handle) = again {
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
    view! { <div class="callout callout-danger" role="alert">{text}</div> }
}

/// The same, when there is something.
pub(super) fn problem_of(problem: RwSignal<Option<String>>) -> impl IntoView {
    move || problem.get().map(|text| view! { <Problem text=text /> })
}

/// Title, one line, and what can be done.
#[component]
pub(super) fn Head(
    title: String,
    #[prop(into)] purpose: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <h1>{title}</h1>
                <p>{purpose}</p>
            </div>
            <div class="row">{children.map(|children| children())}</div>
        </div>
    }
}

/// Nothing yet, and what to do about it.
#[component]
pub(super) fn Empty(title: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <div class="empty">
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

/// An instant: readable, and exact for machines.
pub(super) fn at(time: Timestamp) -> impl IntoView {
    let exact = time.rfc3339();
    let shown = exact.replace('T', " ").chars().take(19).collect::<String>() + " UTC";
    view! { <time datetime=exact>{shown}</time> }
}

/// An execution's status: mark, word, colour.
pub(super) fn execution_status(status: ExecutionStatus) -> impl IntoView {
    let (class, mark, word) = match status {
        ExecutionStatus::Running => ("status status-info", "◔", "Running"),
        ExecutionStatus::Succeeded => ("status status-success", "✓", "Succeeded"),
        ExecutionStatus::Failed => ("status status-danger", "✕", "Failed"),
        ExecutionStatus::Cancelled => ("status status-warning", "■", "Cancelled"),
    };
    view! { <span class=class><span aria-hidden="true">{mark}</span>{word}</span> }
}

/// An account's status: mark, word, colour.
pub(super) fn credential_status(status: CredentialStatus) -> impl IntoView {
    let (class, mark, word) = match status {
        CredentialStatus::Valid => ("status status-success", "●", "Connected"),
        CredentialStatus::Invalid => ("status status-danger", "▲", "Reconnect needed"),
        CredentialStatus::Pending => ("status status-warning", "◔", "Pending"),
    };
    view! { <span class=class><span aria-hidden="true">{mark}</span>{word}</span> }
}

/// A value as readable JSON.
pub(super) fn json(value: &serde_json::Value) -> impl IntoView + use<> {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    view! { <pre class="json" tabindex="0">{text}</pre> }
}

/// The way to older rows.
#[component]
pub(super) fn Older(next: Option<String>, path: String) -> impl IntoView {
    next.map(|next| {
        let join = if path.contains('?') { '&' } else { '?' };
        view! { <a class="button" href=format!("{path}{join}after={next}")>"Older"</a> }
    })
}
