//! Keeping the queue: leases, lost work, dead jobs, and how long it is.

use super::lanes::Freed;
use super::sql::{Parameter, Sql, all, column, json, parsed};
use super::writes::Line;
use crate::error::StorageError;
use crate::store::Store;
use futures_core::future::BoxFuture;
use portico_domain::view::WaitingStep;
use portico_domain::{ConnectedUserId, ExecutionId, JobId, Lanes, StepPath, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::time::Duration;

/// What a reap did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Jobs that are ready again.
    pub released: u64,
    /// Jobs that were given up.
    pub dead: u64,
}

/// How long the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Jobs that wait, due or not.
    pub ready: u64,
    /// Jobs that workers hold.
    pub leased: u64,
    /// Jobs that were given up.
    pub dead: u64,
}

/// A job that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadJob {
    /// The job.
    pub id: JobId,
    /// Its execution, which stands still.
    pub execution: ExecutionId,
    /// The connected user it is for.
    pub user: ConnectedUserId,
    /// The step it carries out.
    pub path: StepPath,
    /// Counted from 1.
    pub attempt: u32,
    /// How often its worker was lost.
    pub losses: i64,
    /// Why it was given up.
    pub reason: String,
}

/// How many dead jobs are listed at once.
const DEAD_LISTED: i64 = 500;

impl Store {
    /// Prolongs the lease of jobs; answers those that are still held with it.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn extend(
        &self,
        jobs: Vec<JobId>,
        lease: &str,
        until: Timestamp,
    ) -> Result<Vec<JobId>, StorageError> {
        let sql = Sql::of(self.dialect());
        let (jobs, lease) = (json(&jobs)?, lease.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let parameters = [
                    Parameter::Text(&jobs),
                    Parameter::Text(&lease),
                    Parameter::Number(until.millis()),
                ];
                let held = all(tx, sql.extend, &parameters).await?;
                held.iter().map(|row| parsed(row, "id")).collect()
            })
        })
        .await
    }

    /// Gives a job back unworked; answers whether it was still held with `lease`.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn release(
        &self,
        job: JobId,
        lease: &str,
        run_at: Timestamp,
    ) -> Result<bool, StorageError> {
        const RELEASE: &str = "UPDATE jobs \
             SET state = 'ready', run_at = $3, lease = NULL, lease_until = NULL \
             WHERE id = $1 AND state = 'leased' AND lease = $2 RETURNING tenant, crowd, serial";
        let (job, lease) = (job.to_string(), lease.to_owned());
        self.make_ready(run_at, move |tx| {
            Box::pin(async move {
                let parameters = [
                    Parameter::Text(&job),
                    Parameter::Text(&lease),
                    Parameter::Number(run_at.millis()),
                ];
                let rows = all(tx, RELEASE, &parameters).await?;
                let mut freed = Freed::default();
                for row in &rows {
                    freed.note(row, run_at)?;
                }
                Ok(Readied { answer: !rows.is_empty(), tenants: tenants(&rows)?, freed })
            })
        })
        .await
    }

    /// Makes jobs ready whose worker let its lease run out; gives those up that are older than
    /// `give_up_after`.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn reap(
        &self,
        now: Timestamp,
        give_up_after: Duration,
    ) -> Result<Reaped, StorageError> {
        let sql = Sql::of(self.dialect());
        let oldest = now - give_up_after;
        let reason = format!(
            "its worker was lost, and it was older than {} s by then",
            give_up_after.as_secs()
        );
        self.make_ready(now, move |tx| {
            Box::pin(async move {
                let parameters = [
                    Parameter::Number(now.millis()),
                    Parameter::Number(oldest.millis()),
                    Parameter::Text(&reason),
                ];
                let mut readied = Readied {
                    answer: Reaped::default(),
                    tenants: Vec::new(),
                    freed: Freed::default(),
                };
                for row in &all(tx, sql.reap, &parameters).await? {
                    readied.freed.note(row, now)?;
                    if column::<String>(row, "state")? == "dead" {
                        readied.answer.dead += 1;
                    } else {
                        readied.answer.released += 1;
                        readied.tenants.push(column(row, "tenant")?);
                    }
                }
                Ok(readied)
            })
        })
        .await
    }

    /// When the next ready job is due; in the past if one is due already.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StorageError> {
        let row = sqlx::query("SELECT min(run_at) AS due FROM jobs WHERE state = 'ready'")
            .fetch_one(self.reads())
            .await?;
        Ok(column::<Option<i64>>(&row, "due")?.map(Timestamp::from_millis))
    }

    /// How long the queue is.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn queue_depth(&self) -> Result<QueueDepth, StorageError> {
        let rows = sqlx::query("SELECT state, count(*) AS jobs FROM jobs GROUP BY state")
            .fetch_all(self.reads())
            .await?;
        let mut depth = QueueDepth::default();
        for row in &rows {
            let jobs = column::<i64>(row, "jobs")?.cast_unsigned();
            match column::<String>(row, "state")?.as_str() {
                "ready" => depth.ready = jobs,
                "leased" => depth.leased = jobs,
                "dead" => depth.dead = jobs,
                other => return Err(StorageError::corrupt("state", format!("{other:?}"))),
            }
        }
        Ok(depth)
    }

    /// The jobs that were given up, oldest first, at most 500 of them.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn dead(&self) -> Result<Vec<DeadJob>, StorageError> {
        let rows = sqlx::query(
            "SELECT id, execution_id, tenant, path, attempt, losses, reason FROM jobs \
             WHERE state = 'dead' ORDER BY id LIMIT $1",
        )
        .bind(DEAD_LISTED)
        .fetch_all(self.reads())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(DeadJob {
                    id: parsed(row, "id")?,
                    execution: parsed(row, "execution_id")?,
                    user: parsed(row, "tenant")?,
                    path: StepPath(column(row, "path")?),
                    attempt: u32::try_from(column::<i64>(row, "attempt")?)
                        .map_err(|e| StorageError::corrupt("attempt", e))?,
                    losses: column(row, "losses")?,
                    reason: column::<Option<String>>(row, "reason")?.unwrap_or_default(),
                })
            })
            .collect()
    }

    /// The steps of an execution that wait for a limit.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn waiting(&self, execution: ExecutionId) -> Result<Vec<WaitingStep>, StorageError> {
        let rows = sqlx::query(
            "SELECT path, run_at, waits_for, lanes FROM jobs \
             WHERE execution_id = $1 AND state = 'ready' AND waits_for IS NOT NULL ORDER BY path",
        )
        .bind(execution.to_string())
        .fetch_all(self.reads())
        .await?;
        let mut waiting = Vec::with_capacity(rows.len());
        for row in &rows {
            let (lane, lanes): (String, Option<String>) =
                (column(row, "waits_for")?, column(row, "lanes")?);
            let lanes: Lanes =
                lanes.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
            let until = Timestamp::from_millis(column(row, "run_at")?);
            waiting.extend(lanes.words(&lane).map(|limit| WaitingStep {
                path: StepPath(column(row, "path").unwrap_or_default()),
                limit,
                until: lanes.rates.iter().any(|own| own.key == lane).then_some(until),
            }));
        }
        Ok(waiting)
    }

    /// Makes a dead job ready again; answers whether it was dead.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn replay(&self, job: JobId, now: Timestamp) -> Result<bool, StorageError> {
        // Its age is counted anew: otherwise the first loss would end it again.
        const REPLAY: &str = "UPDATE jobs \
             SET state = 'ready', run_at = $2, created_at = $2, losses = 0, reason = NULL \
             WHERE id = $1 AND state = 'dead' RETURNING tenant";
        let job = job.to_string();
        self.make_ready(now, move |tx| {
            Box::pin(async move {
                let parameters = [Parameter::Text(&job), Parameter::Number(now.millis())];
                let tenants = tenants(&all(tx, REPLAY, &parameters).await?)?;
                Ok(Readied { answer: !tenants.is_empty(), tenants, freed: Freed::default() })
            })
        })
        .await
    }

    /// Runs `work`, which makes jobs ready, and lines their tenants up.
    async fn make_ready<T: Send + 'static>(
        &self,
        at: Timestamp,
        work: impl for<'c> FnOnce(
            &'c mut AnyConnection,
        ) -> BoxFuture<'c, Result<Readied<T>, StorageError>>
        + Send
        + 'static,
    ) -> Result<T, StorageError> {
        let sql = Sql::of(self.dialect());
        let (answer, has_jobs) = self
            .write(move |tx| {
                Box::pin(async move {
                    let readied = work(&mut *tx).await?;
                    let mut line = Line::default();
                    for tenant in &readied.tenants {
                        line.join(tenant, at);
                    }
                    line.store(sql, tx).await?;
                    let woken = readied.freed.release(sql, tx).await?;
                    Ok((readied.answer, woken || !readied.tenants.is_empty()))
                })
            })
            .await?;
        if has_jobs {
            self.inner.wake.ready();
        }
        Ok(answer)
    }
}

/// What was done, whose jobs are ready by it, and what jobs hold no longer.
struct Readied<T> {
    answer: T,
    tenants: Vec<String>,
    freed: Freed,
}

/// The tenant of each row.
fn tenants(rows: &[AnyRow]) -> Result<Vec<String>, StorageError> {
    rows.iter().map(|row| column(row, "tenant")).collect()
}
