//! What is old is removed, a little at a time, and its place given back.

use super::deletions::forget_deleted;
use super::row::{Columns, each, json_text};
use crate::{Dialect, StorageError, Store};
use portico_domain::Timestamp;
use sqlx::AnyConnection;

/// How many executions, events or messages go in one transaction.
const BATCH: i64 = 200;
/// How many bytes of bodies go in one transaction, if there is more than one owner: everybody who writes waits
/// meanwhile, and SQLite's log grows by what is touched.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;

/// Statements about one kind of rows and their bodies.
struct Old {
    /// What is old, with the bytes of its bodies; kept from other nodes until the commit. `$1` the first id that is
    /// not, `$2` the moment, `$3` how many.
    old: &'static str,
    /// Each with a JSON array of ids: what goes with them, and they themselves.
    remove: &'static [&'static str],
}

const SQLITE: [Old; 2] = [
    Old {
        old: "SELECT id, (SELECT COALESCE(SUM(bytes), 0) FROM bodies \
              WHERE owner = executions.id AND kind = 'entries') AS bytes FROM executions \
              WHERE id < $1 AND ended_at < $2 ORDER BY id LIMIT $3",
        remove: &[
            "DELETE FROM bodies WHERE kind = 'entries' \
             AND owner IN (SELECT value FROM json_each($1))",
            "DELETE FROM history WHERE execution_id IN (SELECT value FROM json_each($1))",
            "DELETE FROM executions WHERE id IN (SELECT value FROM json_each($1))",
        ],
    },
    Old {
        old: "SELECT id, (SELECT COALESCE(SUM(bytes), 0) FROM bodies \
              WHERE owner = events.id AND kind = 'payload') AS bytes FROM events \
              WHERE id < $1 AND received_at < $2 \
              AND NOT EXISTS (SELECT 1 FROM executions WHERE executions.event_id = events.id) \
              ORDER BY id LIMIT $3",
        remove: &[
            "DELETE FROM bodies WHERE kind = 'payload' \
             AND owner IN (SELECT value FROM json_each($1))",
            "DELETE FROM events WHERE id IN (SELECT value FROM json_each($1))",
        ],
    },
];

const POSTGRES: [Old; 2] = [
    Old {
        old: "SELECT id, (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM bodies \
              WHERE owner = executions.id AND kind = 'entries') AS bytes FROM executions \
              WHERE id < $1 AND ended_at < $2 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED",
        remove: &[
            "DELETE FROM bodies WHERE kind = 'entries' \
             AND owner IN (SELECT jsonb_array_elements_text($1::jsonb))",
            "DELETE FROM history \
             WHERE execution_id IN (SELECT jsonb_array_elements_text($1::jsonb))",
            "DELETE FROM executions WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))",
        ],
    },
    Old {
        old: "SELECT id, (SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM bodies \
              WHERE owner = events.id AND kind = 'payload') AS bytes FROM events \
              WHERE id < $1 AND received_at < $2 \
              AND NOT EXISTS (SELECT 1 FROM executions WHERE executions.event_id = events.id) \
              ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED",
        remove: &[
            "DELETE FROM bodies WHERE kind = 'payload' \
             AND owner IN (SELECT jsonb_array_elements_text($1::jsonb))",
            "DELETE FROM events WHERE id IN (SELECT jsonb_array_elements_text($1::jsonb))",
        ],
    },
];

/// The smallest id that is made at a moment or later: ids begin with their milliseconds.
pub(super) fn first_id(at: Timestamp) -> String {
    let ms = u64::try_from(at.millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    let hex = format!("{ms:012x}");
    format!("{}-{}-", &hex[..8], &hex[8..])
}

impl Store {
    /// Removes what ended before a moment: executions with their histories, events that no execution began with,
    /// the bodies of both, messages, deleted workflows. One batch of each; answers how many rows went, none once there is nothing left.
    ///
    /// # Errors
    /// The database failed.
    pub async fn purge_old(&self, before: Timestamp) -> Result<u64, StorageError> {
        let kinds = match self.dialect() {
            Dialect::Sqlite => &SQLITE,
            Dialect::Postgres => &POSTGRES,
        };
        self.write(move |tx| {
            Box::pin(async move {
                let mut gone = messages(tx, before).await?;
                for kind in kinds {
                    gone += kind.remove(tx, before).await?;
                }
                Ok(gone + forget_deleted(tx, before).await?)
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

impl Old {
    /// Removes a batch; answers how many went.
    async fn remove(&self, tx: &mut AnyConnection, before: Timestamp) -> Result<u64, StorageError> {
        let rows = sqlx::query(self.old)
            .bind(first_id(before))
            .bind(before.millis())
            .bind(BATCH)
            .fetch_all(&mut *tx)
            .await?;
        let old = each(&rows, |row| Ok((row.text("id")?, row.count("bytes")?)))?;
        let mut bytes = 0;
        let ids: Vec<_> = old
            .into_iter()
            .take_while(|(_, own)| {
                // One goes however long it is.
                let fits = bytes == 0 || bytes + own <= BATCH_BYTES;
                bytes += own;
                fits
            })
            .map(|(id, _)| id)
            .collect();
        if !ids.is_empty() {
            let list = json_text(&ids)?;
            for statement in self.remove {
                sqlx::query(*statement).bind(list.clone()).execute(&mut *tx).await?;
            }
        }
        Ok(ids.len() as u64)
    }
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
