//! What pages hear while they are open: ids of executions that changed, as server-sent events.
//!
//! A page that hears of a change reads it through its server function; nothing but ids goes this way.

use super::App;
use super::answer::Refused;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream};
use portico_domain::{Actor, ProjectId, Timestamp};
use portico_storage::ExecutionChange;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// Changes within this time are told together: a page need not look more often.
const TOGETHER: Duration = Duration::from_millis(250);
/// How long one answer goes on; the browser asks again, and its session is looked at again.
const LIFE: Duration = Duration::from_secs(600);
/// How many ids are worth telling one by one.
const MOST: usize = 200;
/// Instead of ids: look at everything again.
const EVERYTHING: &str = "*";

/// The changes of a project's executions.
pub(super) async fn executions(
    State(app): State<App>,
    Extension(actor): Extension<Actor>,
    Path(project): Path<String>,
) -> Response {
    let Ok(project) = project.parse::<ProjectId>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match app.services.execution_changes(&actor, project).await {
        Ok(changes) => {
            let until = app.services.ports().now() + LIFE;
            let following = Following { app, changes, project, until };
            Sse::new(following.told()).keep_alive(KeepAlive::default()).into_response()
        }
        Err(refusal) => Refused(refusal).into_response(),
    }
}

/// One page that looks on.
struct Following {
    app: App,
    changes: Receiver<ExecutionChange>,
    project: ProjectId,
    until: Timestamp,
}

impl Following {
    fn told(self) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        stream::unfold(self, |mut own| async move {
            let ids = own.next().await?;
            Some((Ok(Event::default().data(ids)), own))
        })
    }

    /// The next ids, as one line; nothing when it is time to end.
    async fn next(&mut self) -> Option<String> {
        let clock = self.app.services.ports().clock.clone();
        let stop = self.app.stop.clone();
        let end = clock.sleep_until(self.until);
        let first = tokio::select! {
            // News before the end: what is there already is told.
            biased;
            first = self.first() => first?,
            () = end => return None,
            () = stop.cancelled() => return None,
        };
        tokio::select! {
            () = clock.sleep_until(self.app.services.ports().now() + TOGETHER) => {}
            () = stop.cancelled() => return None,
        }
        Some(self.with_others(first))
    }

    /// The first change of this project; `None` inside if some were missed.
    async fn first(&mut self) -> Option<Option<ExecutionChange>> {
        loop {
            match self.changes.recv().await {
                Ok(change) if change.project == self.project => return Some(Some(change)),
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(None),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn with_others(&mut self, first: Option<ExecutionChange>) -> String {
        let mut missed = first.is_none();
        let mut ids: BTreeSet<_> = first.map(|change| change.execution).into_iter().collect();
        loop {
            match self.changes.try_recv() {
                Ok(change) if change.project == self.project => {
                    ids.insert(change.execution);
                }
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => missed = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if missed || ids.len() > MOST {
            return EVERYTHING.to_owned();
        }
        ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}
