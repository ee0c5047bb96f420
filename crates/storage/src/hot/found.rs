//! Accepting what a clock or a poll found: the events, what they start and the watch's next step, in
//! one commit. Whoever comes second finds the watch moved on, and stores nothing.

use super::accept::{self, AcceptEvent};
use super::sql::Sql;
use super::writes::Writes;
use crate::error::StorageError;
use crate::resource::row::json_text;
use crate::store::Store;
use portico_domain::{Failure, Timestamp, WatchId};
use serde_json::Value;
use sqlx::AnyConnection;
use std::sync::Arc;

/// How a watch goes on.
#[derive(Clone, Debug)]
pub struct WatchStep {
    /// Which.
    pub watch: WatchId,
    /// As it was read.
    pub revision: i64,
    /// What it remembers from now on; `None`: what it did.
    pub state: Option<Value>,
    /// When it is due again; `None`: not by itself.
    pub due_at: Option<Timestamp>,
    /// How many polls in a row came to nothing.
    pub failures: u32,
    /// Why the last one did.
    pub failure: Option<Failure>,
    /// Now, if that was the only time.
    pub done_at: Option<Timestamp>,
}

/// What became of something that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is stored with all that it starts, once.
    Stored,
    /// A routing revision has changed: plan again. Nothing was stored.
    Stale,
    /// Another node was first, or the watch is gone. Nothing was stored.
    Lost,
}

impl Store {
    /// Stores what a watch found, and the watch's next step.
    ///
    /// # Errors
    /// The database failed.
    pub async fn accept_found(
        &self,
        step: WatchStep,
        events: Vec<AcceptEvent>,
    ) -> Result<Found, StorageError> {
        let sql = Sql::of(self.dialect());
        let (found, writes) = self
            .write(move |tx| {
                Box::pin(async move {
                    let mut writes = Writes::default();
                    let members: Vec<_> = events.iter().collect();
                    // Before anything is written. What is fresh stays so until the commit.
                    if !members.is_empty()
                        && accept::fresh(sql, tx, &members).await?.len() < members.len()
                    {
                        return Ok((Found::Stale, writes));
                    }
                    if !take(tx, &step).await? {
                        return Ok((Found::Lost, writes));
                    }
                    accept::decide(sql, tx, &members, &mut writes).await?;
                    writes.store(sql, tx).await?;
                    Ok((Found::Stored, writes))
                })
            })
            .await?;
        if writes.has_jobs() {
            self.inner.wake.ready();
        }
        Arc::clone(&self.inner.changes).tell(writes.changes);
        Ok(found)
    }

    /// Moves a watch on without having found anything. `false`: another node was first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn step_watch(&self, step: WatchStep) -> Result<bool, StorageError> {
        self.write(move |tx| Box::pin(async move { take(tx, &step).await })).await
    }
}

async fn take(tx: &mut AnyConnection, step: &WatchStep) -> Result<bool, StorageError> {
    let state = step.state.as_ref().map(json_text).transpose()?;
    let failure = step.failure.as_ref().map(json_text).transpose()?;
    let done = sqlx::query(
        "UPDATE watches SET state = COALESCE($3, state), due_at = $4, failures = $5, failure = $6, \
         done_at = $7, revision = revision + 1 WHERE id = $1 AND revision = $2",
    )
    .bind(step.watch.to_string())
    .bind(step.revision)
    .bind(state)
    .bind(step.due_at.map(Timestamp::millis))
    .bind(i64::from(step.failures))
    .bind(failure)
    .bind(step.done_at.map(Timestamp::millis))
    .execute(tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
