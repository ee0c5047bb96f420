//! Claiming jobs: fairly between connected users, with everything a worker needs to go on.

use super::group::{Ask, Command};
use super::sql::{Parameter, Sql, all, column, json, parsed, run};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Entry, EventId, ExecutionId, JobId, ProjectId,
    StepPath, Timestamp, WorkflowId,
};
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

/// A worker's wish for jobs.
#[derive(Clone, Debug)]
pub struct Claim {
    /// How many at most.
    pub limit: usize,
    /// Now: later jobs are not due.
    pub now: Timestamp,
    /// Until when the worker holds them unless it extends that.
    pub lease_until: Timestamp,
    /// A name that no other worker uses, not even this one after a restart.
    pub lease: String,
}

/// A job that a worker holds.
#[derive(Clone, Debug)]
pub struct ClaimedJob {
    /// The job.
    pub id: JobId,
    /// Its execution.
    pub execution: ExecutionId,
    /// The step it carries out.
    pub path: StepPath,
    /// Counted from 1.
    pub attempt: u32,
    /// How often a worker that held it was heard of no more: it may have carried the job out.
    pub losses: i64,
    /// What it is held with.
    pub lease: String,
    /// The run it belongs to.
    pub run: ClaimedRun,
}

/// The run of a claimed job, as it stands.
#[derive(Clone, Debug)]
pub struct ClaimedRun {
    /// Its project.
    pub project: ProjectId,
    /// The connected user it is for.
    pub user: ConnectedUserId,
    /// Its workflow.
    pub workflow: WorkflowId,
    /// The version it began with.
    pub workflow_version: i64,
    /// The account it runs for.
    pub credential: CredentialId,
    /// The configuration it runs for.
    pub configuration: ConfigurationId,
    /// The event that started it.
    pub event: EventId,
    /// That event's payload.
    pub payload: Value,
    /// Its whole history.
    pub entries: Vec<Entry>,
}

impl Store {
    /// Leases due jobs: to each connected user in turn one, and round again until the limit; of
    /// one user the longest due first.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses, [`StorageError::Closed`] after
    /// [`Store::close`].
    pub async fn claim(&self, claim: Claim) -> Result<Vec<ClaimedJob>, StorageError> {
        self.inner.groups.ask(claim, Command::Claim).await
    }
}

/// Claims for each member of a group, one after the other: each takes what the others left.
pub(super) async fn serve(
    sql: &Sql,
    tx: &mut AnyConnection,
    asks: &[Ask<Claim, Vec<ClaimedJob>>],
) -> Result<Vec<Vec<ClaimedJob>>, StorageError> {
    let mut answers = Vec::with_capacity(asks.len());
    for ask in asks {
        // Jobs leased to nobody would rest until their lease is over.
        let answer = if ask.is_abandoned() { Vec::new() } else { take(sql, tx, &ask.data).await? };
        answers.push(answer);
    }
    Ok(answers)
}

async fn take(
    sql: &Sql,
    tx: &mut AnyConnection,
    claim: &Claim,
) -> Result<Vec<ClaimedJob>, StorageError> {
    let now = Parameter::Number(claim.now.millis());
    let taken = all(
        tx,
        sql.claim,
        &[
            now,
            Parameter::Number(i64::try_from(claim.limit).unwrap_or(i64::MAX)),
            Parameter::Text(&claim.lease),
            Parameter::Number(claim.lease_until.millis()),
        ],
    )
    .await?;
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let mut jobs: Vec<String> = Vec::with_capacity(taken.len());
    let mut tenants: BTreeSet<String> = BTreeSet::new();
    for row in &taken {
        jobs.push(column(row, "id")?);
        tenants.insert(column(row, "tenant")?);
    }
    let (jobs, tenants) = (json(&jobs)?, json(&tenants)?);
    let rows =
        run(tx, sql.claimed, &[Parameter::Text(&jobs), Parameter::Text(&tenants), now]).await?;
    Ok(rows.iter().filter_map(|row| readable(row, &claim.lease)).collect())
}

/// A job, unless something else has changed its rows: one unreadable run must not stop the queue.
/// Its lease runs out again and again until it is given up.
fn readable(row: &AnyRow, lease: &str) -> Option<ClaimedJob> {
    match read(row, lease) {
        Ok(job) => Some(job),
        Err(error) => {
            let job = column::<String>(row, "id").unwrap_or_default();
            tracing::error!(job, %error, "a claimed job cannot be read");
            None
        }
    }
}

fn read(row: &AnyRow, lease: &str) -> Result<ClaimedJob, StorageError> {
    let payload: String = column(row, "payload")?;
    Ok(ClaimedJob {
        id: parsed(row, "id")?,
        execution: parsed(row, "execution_id")?,
        path: StepPath(column(row, "path")?),
        attempt: u32::try_from(column::<i64>(row, "attempt")?)
            .map_err(|e| StorageError::corrupt("attempt", e))?,
        losses: column(row, "losses")?,
        lease: lease.to_owned(),
        run: ClaimedRun {
            project: parsed(row, "project_id")?,
            user: parsed(row, "user_id")?,
            workflow: parsed(row, "workflow_id")?,
            workflow_version: column(row, "workflow_version")?,
            credential: parsed(row, "credential_id")?,
            configuration: parsed(row, "configuration_id")?,
            event: parsed(row, "event_id")?,
            payload: serde_json::from_str(&payload)
                .map_err(|e| StorageError::corrupt("payload", e))?,
            entries: history(column(row, "history")?)?,
        },
    })
}

/// The entries of a history whose rows, arrays all, were joined with commas.
fn history(rows: Option<String>) -> Result<Vec<Entry>, StorageError> {
    let rows = format!("[{}]", rows.unwrap_or_default());
    let rows: Vec<Vec<Entry>> =
        serde_json::from_str(&rows).map_err(|e| StorageError::corrupt("history", e))?;
    Ok(rows.into_iter().flatten().collect())
}
