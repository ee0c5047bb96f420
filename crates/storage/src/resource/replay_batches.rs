//! Many replays at once: what is to be repeated, and what became of each.

use super::row::{Columns, each, json_text, one, readable};
use crate::{StorageError, Store};
use portico_domain::view::{CountedReason, ReplayBatchView, ReplayBeginning, ReplayVersion};
use portico_domain::{ExecutionId, ProjectId, ReplayBatchId, Timestamp};
use serde_json::json;

/// Replays that were asked for at once.
#[derive(Clone, Debug)]
pub struct NewReplayBatch {
    /// Its id.
    pub id: ReplayBatchId,
    /// Whose.
    pub project: ProjectId,
    /// Where each begins.
    pub beginning: ReplayBeginning,
    /// On which version.
    pub version: ReplayVersion,
    /// Whether what was repeated otherwise meanwhile is left out.
    pub only_first: bool,
    /// What is repeated, and the id that its replay will have.
    pub items: Vec<(ExecutionId, ExecutionId)>,
    /// Now.
    pub at: Timestamp,
}

/// A replay whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitingReplay {
    /// Of which batch.
    pub batch: ReplayBatchId,
    /// Whose.
    pub project: ProjectId,
    /// Where it begins.
    pub beginning: ReplayBeginning,
    /// On which version.
    pub version: ReplayVersion,
    /// Whether it begins only if nothing has repeated that execution yet.
    pub only_first: bool,
    /// What is repeated.
    pub execution: ExecutionId,
    /// The id that the replay gets.
    pub replay: ExecutionId,
}

/// Reasons that are told of a batch.
const REASONS: i64 = 10;

fn batch(row: &Columns<'_>) -> Result<ReplayBatchView, StorageError> {
    Ok(ReplayBatchView {
        id: row.parsed("id")?,
        created_at: row.at("created_at")?,
        ended_at: row.maybe_at("ended_at")?,
        total: row.count("total")?,
        waiting: row.count("waiting")?,
        started: row.count("started")?,
        succeeded: row.count("succeeded")?,
        failed: row.count("failed")?,
        refused: Vec::new(),
    })
}

impl Store {
    /// Keeps a batch to be worked through, once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn add_replay_batch(&self, new: NewReplayBatch) -> Result<(), StorageError> {
        let items: Vec<_> = new
            .items
            .iter()
            .map(|(execution, replay)| json!({ "execution": execution, "replay": replay }))
            .collect();
        let items = json_text(&items)?;
        let from_items = match self.dialect() {
            crate::Dialect::Sqlite => {
                "INSERT INTO replay_items (batch_id, execution_id, replay_id, state) \
                 SELECT $1, m.value ->> 'execution', m.value ->> 'replay', 'waiting' \
                 FROM json_each($2) AS m WHERE true ON CONFLICT DO NOTHING"
            }
            crate::Dialect::Postgres => {
                "INSERT INTO replay_items (batch_id, execution_id, replay_id, state) \
                 SELECT $1, m.execution, m.replay, 'waiting' \
                 FROM jsonb_to_recordset($2::jsonb) AS m(execution text, replay text) \
                 ON CONFLICT DO NOTHING"
            }
        };
        self.write(move |tx| {
            Box::pin(async move {
                let made = sqlx::query(
                    "INSERT INTO replay_batches (id, project_id, beginning, version, only_first, \
                     created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                )
                .bind(new.id.to_string())
                .bind(new.project.to_string())
                .bind(new.beginning.name())
                .bind(new.version.name())
                .bind(i64::from(new.only_first))
                .bind(new.at.millis())
                .execute(&mut *tx)
                .await?;
                if made.rows_affected() == 1 {
                    sqlx::query(from_items)
                        .bind(new.id.to_string())
                        .bind(items)
                        .execute(tx)
                        .await?;
                }
                Ok(())
            })
        })
        .await?;
        self.inner.wake.ready();
        Ok(())
    }

    /// The replays that wait for their turn, the oldest batch first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn waiting_replays(&self, limit: i64) -> Result<Vec<WaitingReplay>, StorageError> {
        let rows = sqlx::query(
            "SELECT b.project_id, b.beginning, b.version, b.only_first, i.batch_id, i.execution_id, i.replay_id \
             FROM replay_batches AS b JOIN replay_items AS i ON i.batch_id = b.id \
             WHERE b.ended_at IS NULL AND i.state = 'waiting' \
             ORDER BY b.id, i.execution_id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.reads())
        .await?;
        let (waiting, unreadable) = readable(&rows, |row| {
            Ok(WaitingReplay {
                batch: row.parsed("batch_id")?,
                project: row.parsed("project_id")?,
                beginning: row.parsed("beginning")?,
                version: row.parsed("version")?,
                only_first: row.flag("only_first")?,
                execution: row.parsed("execution_id")?,
                replay: row.parsed("replay_id")?,
            })
        });
        for (row, why) in unreadable {
            let (batch, execution) =
                (Columns(row).text("batch_id")?, Columns(row).text("execution_id")?);
            tracing::error!(batch, execution, %why, "a replay cannot be read");
            self.refuse_unreadable(batch, execution).await?;
        }
        Ok(waiting)
    }

    /// What cannot be read is not in the way of the others.
    async fn refuse_unreadable(
        &self,
        batch: String,
        execution: String,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE replay_items SET state = 'refused', reason = 'It cannot be read.' \
                     WHERE batch_id = $1 AND execution_id = $2",
                )
                .bind(batch)
                .bind(execution)
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes that a replay has begun, or why not. The last one ends its batch.
    ///
    /// # Errors
    /// The database failed.
    pub async fn note_replay(
        &self,
        replay: WaitingReplay,
        refused: Option<String>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE replay_items SET state = $3, reason = $4 \
                     WHERE batch_id = $1 AND execution_id = $2 AND state = 'waiting'",
                )
                .bind(replay.batch.to_string())
                .bind(replay.execution.to_string())
                .bind(if refused.is_some() { "refused" } else { "started" })
                .bind(refused)
                .execute(&mut *tx)
                .await?;
                sqlx::query(
                    "UPDATE replay_batches SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL \
                     AND NOT EXISTS (SELECT 1 FROM replay_items \
                     WHERE batch_id = $1 AND state = 'waiting')",
                )
                .bind(replay.batch.to_string())
                .bind(now.millis())
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// What became of a batch so far.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replay_batch(
        &self,
        project: ProjectId,
        id: ReplayBatchId,
    ) -> Result<Option<ReplayBatchView>, StorageError> {
        let row = sqlx::query(
            "SELECT b.id, b.created_at, b.ended_at, COUNT(*) AS total, \
             SUM(CASE WHEN i.state = 'waiting' THEN 1 ELSE 0 END) AS waiting, \
             SUM(CASE WHEN i.state = 'started' THEN 1 ELSE 0 END) AS started, \
             SUM(CASE WHEN e.status = 'succeeded' THEN 1 ELSE 0 END) AS succeeded, \
             SUM(CASE WHEN e.status = 'failed' THEN 1 ELSE 0 END) AS failed \
             FROM replay_batches AS b JOIN replay_items AS i ON i.batch_id = b.id \
             LEFT JOIN executions AS e ON e.id = i.replay_id \
             WHERE b.project_id = $1 AND b.id = $2 GROUP BY b.id, b.created_at, b.ended_at",
        )
        .bind(project.to_string())
        .bind(id.to_string())
        .fetch_optional(self.reads())
        .await?;
        let Some(mut found) = one(row, batch)? else { return Ok(None) };
        let reasons = sqlx::query(
            "SELECT reason, COUNT(*) AS items FROM replay_items \
             WHERE batch_id = $1 AND state = 'refused' GROUP BY reason ORDER BY 2 DESC LIMIT $2",
        )
        .bind(id.to_string())
        .bind(REASONS)
        .fetch_all(self.reads())
        .await?;
        found.refused = each(&reasons, |row| {
            Ok(CountedReason { reason: row.text("reason")?, count: row.count("items")? })
        })?;
        Ok(Some(found))
    }
}
