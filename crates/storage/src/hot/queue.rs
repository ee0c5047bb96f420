//! Keeping the queue: leases, lost work, and how long it is.

use super::lanes::Freed;
use super::sql::{Parameter, Sql, all, column, json, parsed};
use super::writes::Line;
use crate::error::StorageError;
use crate::store::Store;
use futures_core::future::BoxFuture;
use portico_domain::view::WaitingStep;
use portico_domain::{ExecutionId, JobId, Lanes, StepPath, Timestamp};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::time::Duration;

/// What a reap did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reaped {
    /// Jobs that are tried again.
    pub released: u64,
    /// Jobs that are not, and ready all the same: who claims them lets their steps fail.
    pub given_up: u64,
}

/// How long the queue is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Jobs that wait, due or not.
    pub ready: u64,
    /// Jobs that workers hold.
    pub leased: u64,
}

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
             SET state = 'ready', run_at = $3, lease = NULL, lease_until = NULL, \
             lost_at = coalesce(lost_at, $3) \
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

    /// Makes jobs ready whose worker let its lease run out. Those are given up that were lost before, and for
    /// the first time more than `give_up_after` ago: a first loss never is the last, however late it is seen.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn reap(
        &self,
        now: Timestamp,
        give_up_after: Duration,
    ) -> Result<Reaped, StorageError> {
        let sql = Sql::of(self.dialect());
        let too_long_ago = now - give_up_after;
        self.make_ready(now, move |tx| {
            Box::pin(async move {
                let parameters =
                    [Parameter::Number(now.millis()), Parameter::Number(too_long_ago.millis())];
                let mut readied = Readied {
                    answer: Reaped::default(),
                    tenants: Vec::new(),
                    freed: Freed::default(),
                };
                for row in &all(tx, sql.reap, &parameters).await? {
                    readied.freed.note(row, now)?;
                    readied.tenants.push(column(row, "tenant")?);
                    match column::<i64>(row, "given_up")? {
                        0 => readied.answer.released += 1,
                        _ => readied.answer.given_up += 1,
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
                other => return Err(StorageError::corrupt("state", format!("{other:?}"))),
            }
        }
        Ok(depth)
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
