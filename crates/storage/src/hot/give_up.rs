//! Giving up: the execution of a job that could not be carried out for days, and not be settled either,
//! ends as failed. None stands still for ever, and nobody has to find it.

use super::cancel::{Ending, Which, end};
use super::claim::ClaimedJob;
use super::sql::{Parameter, Sql, all, column, parsed};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{
    Entry, ExecutionId, ExecutionStatus, Fact, Failure, JobId, ProjectId, StepPath, Timestamp,
};
use std::sync::Arc;

/// A job that nobody can carry out or settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostJob {
    /// The job.
    pub id: JobId,
    /// Its project.
    pub project: ProjectId,
    /// Its execution.
    pub execution: ExecutionId,
    /// The step it carries out.
    pub path: StepPath,
    /// Counted from 1.
    pub attempt: u32,
    /// What it is held with.
    pub lease: String,
}

impl LostJob {
    /// A job that its holder gives up.
    pub fn of(job: &ClaimedJob) -> Self {
        Self {
            id: job.id,
            project: job.run.project,
            execution: job.execution,
            path: job.path.clone(),
            attempt: job.attempt,
            lease: job.lease.clone(),
        }
    }
}

/// How many are answered at once.
const MOST: i64 = 100;

impl Store {
    /// Jobs that were given up and lost once more: whoever held them could not even let their steps fail.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lost_for_good(&self, now: Timestamp) -> Result<Vec<LostJob>, StorageError> {
        let rows = sqlx::query(
            "SELECT j.id, e.project_id, j.execution_id, j.path, j.attempt, j.lease FROM jobs AS j \
             JOIN executions AS e ON e.id = j.execution_id \
             WHERE j.state = 'leased' AND j.lease_until < $1 AND j.given_up = 1 \
             ORDER BY j.id LIMIT $2",
        )
        .bind(now.millis())
        .bind(MOST)
        .fetch_all(self.reads())
        .await?;
        let read = |row| {
            Ok(LostJob {
                id: parsed(row, "id")?,
                project: parsed(row, "project_id")?,
                execution: parsed(row, "execution_id")?,
                path: StepPath(column(row, "path")?),
                attempt: u32::try_from(column::<i64>(row, "attempt")?).unwrap_or(u32::MAX),
                lease: column(row, "lease")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Ends the execution of a job as failed with the job's step; `false`: the job is no longer held with
    /// its lease, or the execution has ended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_up(
        &self,
        job: LostJob,
        failure: Failure,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        const HELD: &str = "SELECT id FROM jobs WHERE id = $1 AND state = 'leased' AND lease = $2";
        let sql = Sql::of(self.dialect());
        let status = ExecutionStatus::Failed;
        let (path, attempt) = (job.path.clone(), job.attempt);
        let failed = Fact::StepFailed { path, attempt, call: None, failure: failure.clone() };
        let facts = [failed, Fact::Finished { status }];
        let entries = facts.into_iter().map(|fact| Entry { at: now, fact }).collect();
        let ending = Ending { at: now, status, failure: Some(failure), entries };
        let (ended, woken) = self
            .write(move |tx| {
                Box::pin(async move {
                    let which = Which::One(job.project, job.execution);
                    let running = which.running(sql, tx).await?;
                    let id = job.id.to_string();
                    let parameters = [Parameter::Text(&id), Parameter::Text(&job.lease)];
                    if all(tx, HELD, &parameters).await?.is_empty() {
                        return Ok((Vec::new(), false));
                    }
                    end((sql, tx), &running, &ending).await
                })
            })
            .await?;
        if woken {
            self.inner.wake.ready();
        }
        let is_ended = !ended.is_empty();
        Arc::clone(&self.inner.changes).tell(ended);
        Ok(is_ended)
    }
}
