//! What is old is removed, a little at a time, and its place given back.

use super::row::{Columns, each};
use crate::{Dialect, StorageError, Store};
use portico_domain::Timestamp;
use sqlx::AnyConnection;

/// How many executions, events or messages go in one transaction.
const BATCH: i64 = 200;

/// The smallest id that is made at a moment or later: ids begin with their milliseconds.
pub(super) fn first_id(at: Timestamp) -> String {
    let ms = u64::try_from(at.millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    let hex = format!("{ms:012x}");
    format!("{}-{}-", &hex[..8], &hex[8..])
}

impl Store {
    /// Removes what ended before a moment: executions with their histories, events that no execution began with,
    /// messages. One batch of each; answers how many rows went, none once there is nothing left.
    ///
    /// # Errors
    /// The database failed.
    pub async fn purge_old(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                Ok(executions(tx, before).await?
                    + events(tx, before).await?
                    + messages(tx, before).await?)
            })
        })
        .await
    }

    /// Gives some free pages of an SQLite file back to the disk; answers how many are left. PostgreSQL's autovacuum
    /// does the like by itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn give_back_space(&self) -> Result<u64, StorageError> {
        if self.dialect() == Dialect::Postgres {
            return Ok(0);
        }
        self.write(move |tx| {
            Box::pin(async move {
                // Each row of its answer is a page; it must be read to its end.
                sqlx::query("PRAGMA incremental_vacuum(256)").fetch_all(&mut *tx).await?;
                let row = sqlx::query("SELECT freelist_count AS pages FROM pragma_freelist_count")
                    .fetch_one(tx)
                    .await?;
                Columns(&row).count("pages")
            })
        })
        .await
    }
}

async fn executions(tx: &mut AnyConnection, before: Timestamp) -> Result<u64, StorageError> {
    let rows = sqlx::query(
        "SELECT id FROM executions WHERE id < $1 AND ended_at < $2 ORDER BY id LIMIT $3",
    )
    .bind(first_id(before))
    .bind(before.millis())
    .bind(BATCH)
    .fetch_all(&mut *tx)
    .await?;
    let ids = each(&rows, |row| row.text("id"))?;
    for id in &ids {
        for statement in
            ["DELETE FROM history WHERE execution_id = $1", "DELETE FROM executions WHERE id = $1"]
        {
            sqlx::query(statement).bind(id.clone()).execute(&mut *tx).await?;
        }
    }
    Ok(ids.len() as u64)
}

async fn events(tx: &mut AnyConnection, before: Timestamp) -> Result<u64, StorageError> {
    let done = sqlx::query(
        "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < $1 AND received_at < $2 \
         AND NOT EXISTS (SELECT 1 FROM executions WHERE executions.event_id = events.id) \
         ORDER BY id LIMIT $3)",
    )
    .bind(first_id(before))
    .bind(before.millis())
    .bind(BATCH)
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

async fn messages(tx: &mut AnyConnection, before: Timestamp) -> Result<u64, StorageError> {
    let done = sqlx::query(
        "DELETE FROM deliveries WHERE (destination_id, message_id) IN ( \
         SELECT destination_id, message_id FROM deliveries WHERE happened_at < $1 LIMIT $2)",
    )
    .bind(before.millis())
    .bind(BATCH)
    .execute(&mut *tx)
    .await?;
    let batches = sqlx::query("DELETE FROM replay_batches WHERE ended_at < $1")
        .bind(before.millis())
        .execute(tx)
        .await?;
    Ok(done.rows_affected() + batches.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::first_id;
    use portico_domain::{ExecutionId, Timestamp};

    #[test]
    fn ids_of_a_moment_and_later_are_not_before_it() {
        let id = |ms| ExecutionId::from_parts(ms, [0; 10]).to_string();
        let first = first_id(Timestamp::from_millis(1_800_000_000_000));
        assert!(id(1_799_999_999_999) < first);
        assert!(id(1_800_000_000_000) > first);
    }
}
