//! Accepting events: an event, the executions it starts and their first jobs, in one commit.

use super::changes::ExecutionChange;
use super::group::Command;
use super::sql::{Parameter, Sql, all, column, json, parsed};
use super::writes::{EventRow, ExecutionRow, Writes, failed, failure_key};
use crate::error::StorageError;
use crate::resource::Revisions;
use crate::store::Store;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Decision, Entry, EventId, EventSource,
    ExecutionId, ExecutionStatus, Failure, JobId, Lanes, ProjectId, StepPath, Timestamp,
    WorkflowId,
};
use serde::Serialize;
use serde_json::Value;
use sqlx::AnyConnection;
use std::collections::{HashMap, HashSet};

/// An event as received.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// The project it was sent to.
    pub project: ProjectId,
    /// The connected user it came from.
    pub user: ConnectedUserId,
    /// What kind of happening it is.
    pub source: EventSource,
    /// Its name.
    pub name: String,
    /// What was sent.
    pub payload: Value,
    /// Why each workflow runs or does not.
    pub decisions: Vec<Decision>,
    /// When it came in.
    pub received_at: Timestamp,
}

/// An execution that an event starts, already advanced by its first signal.
#[derive(Clone, Debug)]
pub struct NewExecution {
    /// Its id.
    pub id: ExecutionId,
    /// Its workflow.
    pub workflow: WorkflowId,
    /// The version it begins and ends with.
    pub workflow_version: i64,
    /// The account it runs for.
    pub credential: CredentialId,
    /// The configuration it runs for.
    pub configuration: ConfigurationId,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// Its history so far.
    pub entries: Vec<Entry>,
    /// What is to be done next.
    pub jobs: Vec<NewJob>,
}

/// A piece of work to be queued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// The step it carries out.
    pub path: StepPath,
    /// Counted from 1.
    pub attempt: u32,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// The limits that it must obey.
    pub lanes: Lanes,
}

/// What makes a repeated request recognisable.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// As the caller sent it. Keys of two users never meet.
    pub key: String,
    /// A hash of what was sent with it.
    pub body_hash: String,
}

/// An event with everything that follows from it.
#[derive(Clone, Debug)]
pub struct AcceptEvent {
    /// The event.
    pub event: NewEvent,
    /// The caller's idempotency key, if it sent one.
    pub key: Option<IdempotencyKey>,
    /// What its decisions were based on.
    pub revisions: Revisions,
    /// What it starts.
    pub executions: Vec<NewExecution>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It is stored and will be worked on, whatever happens to this process.
    Stored,
    /// The same request was stored before, as this event.
    Replayed(EventId),
    /// The key was used before with another body. Nothing was stored.
    KeyReused,
    /// A routing revision has changed, or the user is disabled: plan again. Nothing was stored and
    /// the key is free.
    Stale,
}

impl Store {
    /// Stores an event, what it starts and the first jobs. Once this answers, it is on disk.
    ///
    /// # Errors
    /// [`StorageError::Database`] if it could not be stored, [`StorageError::Closed`] after
    /// [`Store::close`].
    pub async fn accept(&self, event: AcceptEvent) -> Result<Accepted, StorageError> {
        self.inner.groups.ask(event, Command::Accept).await
    }

    /// Forgets idempotency keys made before `before`; answers how many.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn purge_idempotency_keys(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let done = sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
                    .bind(before.millis())
                    .execute(tx)
                    .await?;
                Ok(done.rows_affected())
            })
        })
        .await
    }
}

#[derive(Serialize)]
struct RevisionRow {
    i: usize,
    project: String,
    user: String,
    project_revision: i64,
    user_revision: i64,
}

#[derive(Serialize)]
struct KeyRow<'a> {
    i: usize,
    project: String,
    actor: String,
    key: &'a str,
    body_hash: &'a str,
    event: String,
    created_at: Timestamp,
}

impl<'a> KeyRow<'a> {
    fn of(i: usize, member: &'a AcceptEvent) -> Option<Self> {
        let key = member.key.as_ref()?;
        Some(Self {
            i,
            project: member.event.project.to_string(),
            actor: member.event.user.to_string(),
            key: &key.key,
            body_hash: &key.body_hash,
            event: member.event.id.to_string(),
            created_at: member.event.received_at,
        })
    }
}

/// Decides for each member of a group and adds what is to be stored to `writes`.
pub(super) async fn decide(
    sql: &Sql,
    tx: &mut AnyConnection,
    members: &[&AcceptEvent],
    writes: &mut Writes,
) -> Result<Vec<Accepted>, StorageError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let fresh = fresh(sql, tx, members).await?;
    let keyed: Vec<_> =
        members.iter().enumerate().filter_map(|(i, member)| KeyRow::of(i, member)).collect();
    let takers: Vec<_> = keyed.iter().filter(|row| fresh.contains(&row.i)).collect();
    let winners = take_keys(sql, tx, &takers).await?;
    // A repeated request is answered by what it did the first time, even if it is stale by now.
    let losers: Vec<_> = keyed.iter().filter(|row| !winners.contains(&row.event)).collect();
    let holders = key_holders(sql, tx, &losers).await?;
    let mut answers = Vec::with_capacity(members.len());
    for (i, member) in members.iter().enumerate() {
        let answer = match holders.get(&i) {
            // Its own: an earlier try of this very event was committed, its answer lost.
            Some((event, _)) if *event == member.event.id => Accepted::Stored,
            Some((event, hash)) => match &member.key {
                Some(key) if key.body_hash == *hash => Accepted::Replayed(*event),
                _ => Accepted::KeyReused,
            },
            None if fresh.contains(&i) => {
                add(writes, member)?;
                Accepted::Stored
            }
            None => Accepted::Stale,
        };
        answers.push(answer);
    }
    Ok(answers)
}

/// The members whose decisions still hold.
pub(super) async fn fresh(
    sql: &Sql,
    tx: &mut AnyConnection,
    members: &[&AcceptEvent],
) -> Result<HashSet<usize>, StorageError> {
    let rows: Vec<_> = members
        .iter()
        .enumerate()
        .map(|(i, member)| RevisionRow {
            i,
            project: member.event.project.to_string(),
            user: member.event.user.to_string(),
            project_revision: member.revisions.project,
            user_revision: member.revisions.user,
        })
        .collect();
    let fresh = all(tx, sql.fresh, &[Parameter::Text(&json(&rows)?)]).await?;
    fresh.iter().map(index).collect()
}

/// Takes the keys; answers the events that have theirs.
async fn take_keys(
    sql: &Sql,
    tx: &mut AnyConnection,
    rows: &[&KeyRow<'_>],
) -> Result<HashSet<String>, StorageError> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let taken = all(tx, sql.take_keys, &[Parameter::Text(&json(rows)?)]).await?;
    taken.iter().map(|row| column(row, "event_id")).collect()
}

/// Who has the key of each row, and the hash of what was sent with it.
async fn key_holders(
    sql: &Sql,
    tx: &mut AnyConnection,
    rows: &[&KeyRow<'_>],
) -> Result<HashMap<usize, (EventId, String)>, StorageError> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let held = all(tx, sql.key_holders, &[Parameter::Text(&json(rows)?)]).await?;
    held.iter()
        .map(|row| Ok((index(row)?, (parsed(row, "event_id")?, column(row, "body_hash")?))))
        .collect()
}

/// Adds a member's rows.
fn add(writes: &mut Writes, member: &AcceptEvent) -> Result<(), StorageError> {
    let event = &member.event;
    for execution in &member.executions {
        let begun = Begun {
            project: event.project,
            user: event.user,
            event: event.id,
            replay_of: None,
            at: event.received_at,
        };
        add_execution(writes, begun, execution)?;
    }
    add_event(writes, event)
}

/// Where an execution begins.
#[derive(Clone, Copy)]
pub(super) struct Begun {
    pub project: ProjectId,
    pub user: ConnectedUserId,
    pub event: EventId,
    pub replay_of: Option<ExecutionId>,
    pub at: Timestamp,
}

/// Adds an execution with its history so far and its first jobs.
pub(super) fn add_execution(
    writes: &mut Writes,
    begun: Begun,
    execution: &NewExecution,
) -> Result<(), StorageError> {
    let user = begun.user.to_string();
    let last = execution.entries.last().map_or(begun.at, |entry| entry.at);
    writes.append(execution.id, 0, &execution.entries)?;
    writes.queue(&user, execution.id, &execution.jobs, begun.at)?;
    writes.changes.push(ExecutionChange { project: begun.project, execution: execution.id });
    writes.failed.extend(failed(execution.status, (begun.project, execution.id), last));
    writes.executions.push(ExecutionRow {
        id: execution.id.to_string(),
        project: begun.project.to_string(),
        user,
        workflow: execution.workflow.to_string(),
        workflow_version: execution.workflow_version,
        credential: execution.credential.to_string(),
        configuration: execution.configuration.to_string(),
        event: begun.event.to_string(),
        status: execution.status.name(),
        failure: execution.failure.as_ref().map(json).transpose()?,
        entries: count(&execution.entries),
        started_at: begun.at,
        ended_at: execution.status.is_final().then_some(last),
        failure_key: failure_key(execution.failure.as_ref(), &execution.entries),
        replay_of: begun.replay_of.map(|id| id.to_string()),
    });
    Ok(())
}

/// Adds an event.
pub(super) fn add_event(writes: &mut Writes, event: &NewEvent) -> Result<(), StorageError> {
    let payload = writes.bodies.payload(event.id, json(&event.payload)?);
    writes.events.push(EventRow {
        id: event.id.to_string(),
        project: event.project.to_string(),
        user: event.user.to_string(),
        source: event.source.name(),
        name: event.name.clone(),
        payload,
        decisions: json(&event.decisions)?,
        received_at: event.received_at,
    });
    Ok(())
}

/// How many entries there are, as the database counts.
pub(super) fn count(entries: &[Entry]) -> i64 {
    i64::try_from(entries.len()).unwrap_or(i64::MAX)
}

/// The place of a row's member in its group.
pub(super) fn index(row: &sqlx::any::AnyRow) -> Result<usize, StorageError> {
    let i: i64 = column(row, "i")?;
    usize::try_from(i).map_err(|e| StorageError::corrupt("place in the group", e))
}
