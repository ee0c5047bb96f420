//! Claiming jobs: fairly between connected users, with everything a worker needs to go on.

use super::group::{Ask, Command};
use super::lanes::{Admission, Admitted, Freed};
use super::sql::{Parameter, Sql, all, column, json, parsed, run};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{
    ConfigurationId, ConnectedUserId, CredentialId, Entry, EventId, ExecutionId, JobId, Lanes,
    ProjectId, StepPath, Timestamp, Waited, WorkflowId,
};
use serde::Serialize;
use serde_json::Value;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

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
    /// Of executions that the worker has at hand: how many entries of their histories. Those are not
    /// read again.
    pub known: Vec<(ExecutionId, i64)>,
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
    /// When that, or that it was given back, happened first.
    pub lost_at: Option<Timestamp>,
    /// Whether it is not to be tried again, because that happened for too long: its step fails.
    pub is_given_up: bool,
    /// What it is held with.
    pub lease: String,
    /// The limits that it obeys.
    pub lanes: Lanes,
    /// How long it had to wait for one of them.
    pub waited: Option<Waited>,
    /// The run it belongs to, shared with the other jobs of it.
    pub run: Arc<ClaimedRun>,
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
    /// That event's payload; absent where the worker has the run at hand.
    pub payload: Option<Value>,
    /// How many entries of its history the worker has at hand.
    pub known: i64,
    /// The others.
    pub entries: Vec<Entry>,
}

impl Store {
    /// Leases due jobs: to each connected user in turn one, and round again until the limit; of
    /// one user the longest due first. Of these, jobs whose provider's limit has no slot are put
    /// back until their turn: fewer come than were due, though more may be.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses, [`StorageError::Closed`] after
    /// [`Store::close`].
    pub async fn claim(&self, claim: Claim) -> Result<Vec<ClaimedJob>, StorageError> {
        self.inner.groups.ask(claim, Command::Claim).await
    }
}

/// What the claims of a group led to.
pub(super) struct Served {
    /// For each member what it holds.
    pub claimed: Vec<Vec<ClaimedJob>>,
    /// Whether jobs became due that were not claimed here.
    pub woken: bool,
}

/// Claims for each member of a group, one after the other: each takes what the others left. Then,
/// for all of them at once, decides who must wait for a limit.
pub(super) async fn serve(
    sql: &Sql,
    tx: &mut AnyConnection,
    asks: &[Ask<Claim, Vec<ClaimedJob>>],
    freed: &Freed,
) -> Result<Served, StorageError> {
    let mut taken = Vec::with_capacity(asks.len());
    let mut admission = Admission::default();
    let mut now = Timestamp::default();
    for ask in asks {
        // Jobs leased to nobody would rest until their lease is over.
        let rows = if ask.is_abandoned() { Vec::new() } else { lease(sql, tx, &ask.data).await? };
        for row in &rows {
            admission.consider(row)?;
        }
        now = now.max(ask.data.now);
        taken.push(rows);
    }
    let admitted = admission.admit((sql, &mut *tx), freed, now).await?;
    let mut claimed = Vec::with_capacity(asks.len());
    for (ask, rows) in asks.iter().zip(taken) {
        claimed.push(read_runs(sql, tx, &ask.data, Taken { rows, admitted: &admitted }).await?);
    }
    Ok(Served { claimed, woken: admitted.woken })
}

async fn lease(
    sql: &Sql,
    tx: &mut AnyConnection,
    claim: &Claim,
) -> Result<Vec<AnyRow>, StorageError> {
    all(
        tx,
        sql.claim,
        &[
            Parameter::Number(claim.now.millis()),
            Parameter::Number(i64::try_from(claim.limit).unwrap_or(i64::MAX)),
            Parameter::Text(&claim.lease),
            Parameter::Number(claim.lease_until.millis()),
        ],
    )
    .await
}

/// What a claim has leased, some of which was put back since.
struct Taken<'a> {
    rows: Vec<AnyRow>,
    admitted: &'a Admitted,
}

async fn read_runs(
    sql: &Sql,
    tx: &mut AnyConnection,
    claim: &Claim,
    taken: Taken<'_>,
) -> Result<Vec<ClaimedJob>, StorageError> {
    if taken.rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut jobs: Vec<String> = Vec::with_capacity(taken.rows.len());
    let mut tenants: BTreeSet<String> = BTreeSet::new();
    for row in &taken.rows {
        let id = column(row, "id")?;
        if !taken.admitted.put_back.contains(&id) {
            jobs.push(id);
        }
        // Whoever had to wait has had its turn too.
        tenants.insert(column(row, "tenant")?);
    }
    let (jobs, tenants, known) = (json(&jobs)?, json(&tenants)?, known(claim)?);
    let parameters = [
        Parameter::Text(&jobs),
        Parameter::Text(&tenants),
        Parameter::Number(claim.now.millis()),
        Parameter::Text(&known),
    ];
    let rows = run(tx, sql.claimed, &parameters).await?;
    let mut runs = HashMap::new();
    Ok(rows.iter().filter_map(|row| readable(row, claim, &mut runs)).collect())
}

fn known(claim: &Claim) -> Result<String, StorageError> {
    #[derive(Serialize)]
    struct KnownRow {
        execution: String,
        entries: i64,
    }
    let rows = claim.known.iter();
    let rows = rows.map(|(id, entries)| KnownRow { execution: id.to_string(), entries: *entries });
    json(&rows.collect::<Vec<_>>())
}

/// The runs that were read, by their executions.
type Runs = HashMap<String, Arc<ClaimedRun>>;

/// A job, unless something else has changed its rows: one unreadable run must not stop the queue.
/// Its lease runs out again and again until it is given up, and its execution ended.
fn readable(row: &AnyRow, claim: &Claim, runs: &mut Runs) -> Option<ClaimedJob> {
    match read(row, claim, runs) {
        Ok(job) => Some(job),
        Err(error) => {
            let job = column::<String>(row, "id").unwrap_or_default();
            tracing::error!(job, %error, "a claimed job cannot be read");
            None
        }
    }
}

fn read(row: &AnyRow, claim: &Claim, runs: &mut Runs) -> Result<ClaimedJob, StorageError> {
    let lanes: Option<String> = column(row, "lanes")?;
    let lanes = lanes.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let execution: String = column(row, "execution_id")?;
    let run = match runs.get(&execution) {
        Some(run) => Arc::clone(run),
        None => {
            let run = Arc::new(read_run(row)?);
            runs.insert(execution, Arc::clone(&run));
            run
        }
    };
    Ok(ClaimedJob {
        id: parsed(row, "id")?,
        execution: parsed(row, "execution_id")?,
        path: StepPath(column(row, "path")?),
        attempt: u32::try_from(column::<i64>(row, "attempt")?)
            .map_err(|e| StorageError::corrupt("attempt", e))?,
        losses: column(row, "losses")?,
        lost_at: column::<Option<i64>>(row, "lost_at")?.map(Timestamp::from_millis),
        is_given_up: column::<i64>(row, "given_up")? != 0,
        lease: claim.lease.clone(),
        waited: waited(row, &lanes, claim.now)?,
        lanes,
        run,
    })
}

/// The run, from the row of its first job.
fn read_run(row: &AnyRow) -> Result<ClaimedRun, StorageError> {
    if column::<i64>(row, "nth")? != 1 {
        return Err(StorageError::corrupt("history", "it could not be read"));
    }
    let payload: Option<String> = column(row, "payload")?;
    let payload = payload.map(|text| serde_json::from_str(&text)).transpose();
    Ok(ClaimedRun {
        project: parsed(row, "project_id")?,
        user: parsed(row, "user_id")?,
        workflow: parsed(row, "workflow_id")?,
        workflow_version: column(row, "workflow_version")?,
        credential: parsed(row, "credential_id")?,
        configuration: parsed(row, "configuration_id")?,
        event: parsed(row, "event_id")?,
        payload: payload.map_err(|e| StorageError::corrupt("payload", e))?,
        known: column(row, "known")?,
        entries: history(column(row, "history")?)?,
    })
}

/// How long a job was held up by a limit.
fn waited(row: &AnyRow, lanes: &Lanes, now: Timestamp) -> Result<Option<Waited>, StorageError> {
    let due: Option<i64> = column(row, "due_at")?;
    let lane: Option<String> = column(row, "waits_for")?;
    Ok(due.zip(lane).and_then(|(due, lane)| {
        let waited = now.since(Timestamp::from_millis(due)).as_millis();
        Some(Waited { ms: u64::try_from(waited).ok()?, limit: lanes.words(&lane)? })
    }))
}

/// The entries of a history whose rows, arrays all, were joined with commas.
fn history(rows: Option<String>) -> Result<Vec<Entry>, StorageError> {
    let rows = format!("[{}]", rows.unwrap_or_default());
    let rows: Vec<Vec<Entry>> =
        serde_json::from_str(&rows).map_err(|e| StorageError::corrupt("history", e))?;
    Ok(rows.into_iter().flatten().collect())
}
