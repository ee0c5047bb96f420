//! Failures that are one trouble: the executions with one key, and what somebody said of them.

use super::row::{Columns, each};
use crate::{StorageError, Store};
use portico_domain::view::FailureState;
use portico_domain::{ExecutionId, Failure, ProjectId, Timestamp, WorkflowId};
use std::collections::HashMap;

/// Executions that failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFailureGroup {
    /// Their workflow.
    pub workflow: WorkflowId,
    /// Their workflow's name.
    pub workflow_name: String,
    /// What they have in common.
    pub key: String,
    /// How many there are.
    pub count: u64,
    /// How many of them were replayed.
    pub replayed: u64,
    /// How many users they concern.
    pub users: u64,
    /// The newest version that had it.
    pub version: i64,
    /// When the first one failed.
    pub first_at: Timestamp,
    /// When the newest one failed.
    pub last_at: Timestamp,
    /// The newest one's failure.
    pub failure: Failure,
    /// What somebody said of them.
    pub mark: Option<FailureMark>,
}

/// What somebody said of a trouble, and how it was then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureMark {
    /// What was said.
    pub state: FailureState,
    /// When.
    pub at: Timestamp,
    /// How many users it concerned.
    pub users: u64,
    /// The newest version that had it.
    pub version: i64,
}

fn group(row: &Columns<'_>) -> Result<StoredFailureGroup, StorageError> {
    let mark = match row.maybe_parsed("mark_state")? {
        None => None,
        Some(state) => Some(FailureMark {
            state,
            at: row.at("mark_at")?,
            users: row.count("mark_users")?,
            version: row.number("mark_version")?,
        }),
    };
    Ok(StoredFailureGroup {
        workflow: row.parsed("workflow_id")?,
        workflow_name: row.maybe_text("workflow_name")?.unwrap_or_default(),
        key: row.text("failure_key")?,
        count: row.count("failures")?,
        replayed: row.count("replayed")?,
        users: row.count("users")?,
        version: row.number("version")?,
        first_at: row.at("first_at")?,
        last_at: row.at("last_at")?,
        failure: row.json("failure")?,
        mark,
    })
}

/// Which trouble.
type Place<'a> = (ProjectId, WorkflowId, &'a str);

impl Store {
    /// What failed since a moment, by trouble, the newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn failure_groups(
        &self,
        project: ProjectId,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<StoredFailureGroup>, StorageError> {
        let rows = sqlx::query(
            "SELECT g.*, workflows.name AS workflow_name, newest.failure, \
             failure_marks.state AS mark_state, failure_marks.at AS mark_at, \
             failure_marks.users AS mark_users, failure_marks.workflow_version AS mark_version \
             FROM (SELECT workflow_id, failure_key, COUNT(*) AS failures, \
             COUNT(DISTINCT user_id) AS users, MAX(workflow_version) AS version, \
             MIN(ended_at) AS first_at, MAX(ended_at) AS last_at, MAX(id) AS newest_id, \
             SUM(CASE WHEN EXISTS (SELECT 1 FROM executions AS again \
             WHERE again.replay_of = executions.id) THEN 1 ELSE 0 END) AS replayed \
             FROM executions WHERE project_id = $1 AND failure_key IS NOT NULL AND ended_at >= $2 \
             GROUP BY workflow_id, failure_key ORDER BY MAX(ended_at) DESC LIMIT $3) AS g \
             JOIN executions AS newest ON newest.id = g.newest_id \
             LEFT JOIN workflows ON workflows.id = g.workflow_id \
             LEFT JOIN failure_marks ON failure_marks.project_id = $1 \
             AND failure_marks.workflow_id = g.workflow_id \
             AND failure_marks.failure_key = g.failure_key \
             ORDER BY g.last_at DESC, g.failure_key",
        )
        .bind(project.to_string())
        .bind(since.millis())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, group)
    }

    /// How many of each trouble failed in each span of `width_ms` since a moment.
    ///
    /// # Errors
    /// The database failed.
    pub async fn failures_over_time(
        &self,
        project: ProjectId,
        since: Timestamp,
        width_ms: i64,
    ) -> Result<HashMap<(WorkflowId, String), Vec<(usize, u64)>>, StorageError> {
        let rows = sqlx::query(
            "SELECT workflow_id, failure_key, (ended_at - $2) / $3 AS span, COUNT(*) AS failures \
             FROM executions WHERE project_id = $1 AND failure_key IS NOT NULL AND ended_at >= $2 \
             GROUP BY workflow_id, failure_key, (ended_at - $2) / $3",
        )
        .bind(project.to_string())
        .bind(since.millis())
        .bind(width_ms.max(1))
        .fetch_all(self.reads())
        .await?;
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in &rows {
            let row = Columns(row);
            let place = (row.parsed("workflow_id")?, row.text("failure_key")?);
            let span = usize::try_from(row.number("span")?).unwrap_or(0);
            found.entry(place).or_default().push((span, row.count("failures")?));
        }
        Ok(found)
    }

    /// The newest executions with a trouble that nobody has replayed yet, and no batch is about to.
    ///
    /// # Errors
    /// The database failed.
    pub async fn failed_and_not_replayed(
        &self,
        (project, workflow, key): Place<'_>,
        limit: usize,
    ) -> Result<Vec<ExecutionId>, StorageError> {
        let rows = sqlx::query(
            "SELECT id FROM executions WHERE project_id = $1 AND workflow_id = $2 \
             AND failure_key = $3 AND NOT EXISTS (SELECT 1 FROM executions AS again \
             WHERE again.replay_of = executions.id) AND NOT EXISTS (SELECT 1 FROM replay_items \
             WHERE replay_items.execution_id = executions.id AND replay_items.state = 'waiting') \
             ORDER BY ended_at DESC, id DESC LIMIT $4",
        )
        .bind(project.to_string())
        .bind(workflow.to_string())
        .bind(key.to_owned())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(self.reads())
        .await?;
        each(&rows, |row| row.parsed("id"))
    }

    /// Says something of a trouble; `None`: nothing any more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn mark_failures(
        &self,
        (project, workflow, key): Place<'_>,
        mark: Option<FailureMark>,
    ) -> Result<(), StorageError> {
        let key = key.to_owned();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(mark) = mark else {
                    sqlx::query(
                        "DELETE FROM failure_marks WHERE project_id = $1 AND workflow_id = $2 \
                         AND failure_key = $3",
                    )
                    .bind(project.to_string())
                    .bind(workflow.to_string())
                    .bind(key)
                    .execute(tx)
                    .await?;
                    return Ok(());
                };
                sqlx::query(
                    "INSERT INTO failure_marks (project_id, workflow_id, failure_key, state, at, \
                     users, workflow_version) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                     ON CONFLICT (project_id, workflow_id, failure_key) DO UPDATE SET \
                     state = excluded.state, at = excluded.at, users = excluded.users, \
                     workflow_version = excluded.workflow_version",
                )
                .bind(project.to_string())
                .bind(workflow.to_string())
                .bind(key)
                .bind(mark.state.name())
                .bind(mark.at.millis())
                .bind(i64::try_from(mark.users).unwrap_or(i64::MAX))
                .bind(mark.version)
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }
}
