//! Beginning a replay: one execution more, once, whoever asks for it how often.

use super::accept::{Begun, NewEvent, NewExecution, add_event, add_execution};
use super::sql::Sql;
use super::writes::Writes;
use crate::error::StorageError;
use crate::store::{Dialect, Store};
use portico_domain::{ConnectedUserId, EventId, ExecutionId, ProjectId, Timestamp};
use sqlx::AnyConnection;
use std::sync::Arc;

/// An execution that repeats another, already advanced by its first signal. Its id was made before, so that a
/// second request for the same replay is recognised.
#[derive(Clone, Debug)]
pub struct NewReplay {
    /// Whose project.
    pub project: ProjectId,
    /// For which user.
    pub user: ConnectedUserId,
    /// The execution that is repeated.
    pub replay_of: ExecutionId,
    /// What it begins with.
    pub input: ReplayInput,
    /// The execution.
    pub execution: NewExecution,
    /// Whether it begins only if nothing has repeated that execution yet.
    pub only_first: bool,
    /// Now.
    pub at: Timestamp,
}

/// What a replay begins with.
#[derive(Clone, Debug)]
pub enum ReplayInput {
    /// What the repeated execution began with.
    Same(EventId),
    /// Something else, which is stored as an event of its own.
    Edited(Box<NewEvent>),
}

/// What became of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayStart {
    /// It is stored, with its first jobs.
    Started,
    /// There is an execution of this id already. Nothing was stored.
    Known,
    /// Another one repeats that execution already, and this was to be the first. Nothing was stored.
    Repeated,
}

impl Store {
    /// Stores a replay, once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn start_replay(&self, new: NewReplay) -> Result<ReplayStart, StorageError> {
        let sql = Sql::of(self.dialect());
        // SQLite has one writer; elsewhere another node may be about to repeat the same execution.
        let lock = match self.dialect() {
            Dialect::Sqlite => "SELECT id FROM executions WHERE id = $1",
            Dialect::Postgres => "SELECT id FROM executions WHERE id = $1 FOR UPDATE",
        };
        let id = new.execution.id;
        let stored = self
            .write(move |tx| {
                Box::pin(async move {
                    if sqlx::query("SELECT id FROM executions WHERE id = $1")
                        .bind(id.to_string())
                        .fetch_optional(&mut *tx)
                        .await?
                        .is_some()
                    {
                        return Ok(Err(ReplayStart::Known));
                    }
                    if new.only_first && is_repeated(&mut *tx, lock, new.replay_of).await? {
                        return Ok(Err(ReplayStart::Repeated));
                    }
                    let mut writes = Writes::default();
                    let event = match &new.input {
                        ReplayInput::Same(id) => *id,
                        ReplayInput::Edited(event) => {
                            add_event(&mut writes, event)?;
                            event.id
                        }
                    };
                    let begun = Begun {
                        project: new.project,
                        user: new.user,
                        event,
                        replay_of: Some(new.replay_of),
                        at: new.at,
                    };
                    add_execution(&mut writes, begun, &new.execution)?;
                    writes.store(sql, tx).await?;
                    Ok(Ok(writes))
                })
            })
            .await;
        match stored {
            Ok(Ok(writes)) => {
                if writes.has_jobs() {
                    self.inner.wake.ready();
                }
                Arc::clone(&self.inner.changes).tell(writes.changes);
                Ok(ReplayStart::Started)
            }
            Ok(Err(why)) => Ok(why),
            // Another node stored it between the look and the commit.
            Err(error) if error.is_unique_violation() => Ok(ReplayStart::Known),
            Err(error) => Err(error),
        }
    }
}

/// Whether something repeats an execution. Until the transaction ends, nobody else comes to know.
async fn is_repeated(
    tx: &mut AnyConnection,
    lock: &'static str,
    id: ExecutionId,
) -> Result<bool, StorageError> {
    sqlx::query(lock).bind(id.to_string()).fetch_optional(&mut *tx).await?;
    let found = sqlx::query("SELECT id FROM executions WHERE replay_of = $1 LIMIT 1")
        .bind(id.to_string())
        .fetch_optional(tx)
        .await?;
    Ok(found.is_some())
}
