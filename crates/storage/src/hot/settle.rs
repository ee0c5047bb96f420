//! Settling a call: what happened, where the execution stands and what comes next, in one commit.

use super::accept::{NewJob, count, index};
use super::changes::ExecutionChange;
use super::group::{Ask, Command};
use super::sql::{Parameter, Sql, all, column, json};
use super::writes::{SettledRow, Writes, failed, failure_key};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{Entry, ExecutionId, ExecutionStatus, Failure, JobId, ProjectId, Timestamp};
use serde::Serialize;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::{HashMap, HashSet};

/// The end of a claimed job.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The job; it leaves the queue.
    pub job: JobId,
    /// The lease it was claimed with.
    pub lease: String,
    /// Its project.
    pub project: ProjectId,
    /// Its execution.
    pub execution: ExecutionId,
    /// How many entries the history had when it was read.
    pub expected_entries: i64,
    /// What is appended.
    pub entries: Vec<Entry>,
    /// Where the execution stands now.
    pub status: ExecutionStatus,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// What is to be done next.
    pub jobs: Vec<NewJob>,
    /// When.
    pub now: Timestamp,
}

/// What became of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is stored.
    Stored,
    /// The history has grown since it was read: another job of the same execution was settled. The
    /// job is still held, and nothing has changed: what was added is to be read first.
    Grown,
    /// The job is no longer held with this lease. Nothing has changed.
    LeaseLost,
}

impl Store {
    /// Stores what a call led to, if the worker still holds the job.
    ///
    /// # Errors
    /// [`StorageError::Database`] if it could not be stored, [`StorageError::Closed`] after
    /// [`Store::close`].
    pub async fn settle(&self, settlement: Settlement) -> Result<Settled, StorageError> {
        self.inner.groups.ask(settlement, Command::Settle).await
    }
}

#[derive(Serialize)]
struct FenceRow<'a> {
    i: usize,
    job: String,
    lease: &'a str,
    execution: String,
}

/// What is known of a member whose worker holds its job.
struct Held {
    tenant: String,
    /// How many entries the history has.
    entries: i64,
    /// The fence's row: what the job has held of limits.
    row: AnyRow,
}

/// Decides for each member of a group and adds what is to be stored to `writes`. Of two members of
/// one execution the second is stored if it was made knowing what the first appends.
pub(super) async fn decide(
    sql: &Sql,
    tx: &mut AnyConnection,
    asks: &[Ask<Settlement, Settled>],
    writes: &mut Writes,
) -> Result<Vec<Settled>, StorageError> {
    if asks.is_empty() {
        return Ok(Vec::new());
    }
    let mut held = fence(sql, tx, asks).await?;
    let mut lengths: HashMap<ExecutionId, i64> = HashMap::new();
    let mut ended = HashSet::new();
    let mut answers = Vec::with_capacity(asks.len());
    for (i, ask) in asks.iter().enumerate() {
        let member = &ask.data;
        let answer = match held.remove(&i) {
            None => Settled::LeaseLost,
            // The same job once more: the first has ended it.
            Some(_) if ended.contains(&member.job) => Settled::LeaseLost,
            Some(held) => {
                let length = lengths.entry(member.execution).or_insert(held.entries);
                if *length == member.expected_entries {
                    *length += count(&member.entries);
                    writes.freed.note(&held.row, member.now)?;
                    add(writes, member, &held.tenant)?;
                    ended.insert(member.job);
                    Settled::Stored
                } else {
                    Settled::Grown
                }
            }
        };
        answers.push(answer);
    }
    Ok(answers)
}

/// The members whose workers hold their jobs.
async fn fence(
    sql: &Sql,
    tx: &mut AnyConnection,
    asks: &[Ask<Settlement, Settled>],
) -> Result<HashMap<usize, Held>, StorageError> {
    let rows: Vec<_> = asks
        .iter()
        .enumerate()
        .map(|(i, ask)| FenceRow {
            i,
            job: ask.data.job.to_string(),
            lease: &ask.data.lease,
            execution: ask.data.execution.to_string(),
        })
        .collect();
    let found = all(tx, sql.fence, &[Parameter::Text(&json(&rows)?)]).await?;
    let mut held = HashMap::with_capacity(found.len());
    for row in found {
        let (tenant, entries) = (column(&row, "tenant")?, column(&row, "entries")?);
        held.insert(index(&row)?, Held { tenant, entries, row });
    }
    Ok(held)
}

/// Adds a member's rows.
fn add(writes: &mut Writes, member: &Settlement, tenant: &str) -> Result<(), StorageError> {
    writes.append(member.execution, member.expected_entries, &member.entries)?;
    writes.queue(tenant, member.execution, &member.jobs, member.now)?;
    let (project, execution) = (member.project, member.execution);
    writes.changes.push(ExecutionChange { project, execution });
    writes.failed.extend(failed(member.status, (project, execution), member.now));
    writes.settle(SettledRow {
        job: member.job.to_string(),
        execution: Some(member.execution.to_string()),
        status: member.status.name(),
        failure: member.failure.as_ref().map(json).transpose()?,
        entries: member.expected_entries + count(&member.entries),
        ended_at: member.status.is_final().then_some(member.now),
        failure_key: failure_key(member.failure.as_ref(), &member.entries),
    });
    Ok(())
}
