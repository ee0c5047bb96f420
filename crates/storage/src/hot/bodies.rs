//! Large bodies: texts that stand apart from the rows that name them (docs/adr/0019).

use crate::error::StorageError;
use portico_domain::{EventId, ExecutionId};
use sqlx::AnyConnection;

/// The longest text that stands in its row, in bytes. To there it costs the row at most four pages of SQLite's (4 KiB
/// each), which we hold to be less than a statement and a second place to look. From there on every reader of the row's
/// other columns, and every rewriting of its table, would carry what it does not look at.
const LONGEST_INLINE: usize = 16 * 1024;
/// What stands in the row instead. No JSON text is as short.
const APART: String = String::new();

/// The bodies that a group stores.
#[derive(Default)]
pub(super) struct Bodies(Vec<Body>);

struct Body {
    owner: String,
    kind: &'static str,
    seq: i64,
    text: String,
}

impl Bodies {
    /// Takes an event's payload; answers what is to stand in the event's row.
    pub fn payload(&mut self, event: EventId, text: String) -> String {
        if text.len() <= LONGEST_INLINE {
            return text;
        }
        self.0.push(Body { owner: event.to_string(), kind: "payload", seq: 0, text });
        APART
    }

    /// Takes the entries of a history's row that begins with the `seq`-th; answers what is to stand in it.
    pub fn entries(&mut self, execution: ExecutionId, seq: i64, text: String) -> String {
        if text.len() <= LONGEST_INLINE {
            return text;
        }
        self.0.push(Body { owner: execution.to_string(), kind: "entries", seq, text });
        APART
    }

    /// Stores them, each by a statement of its own: within a group's JSON a text would be quoted and parsed once
    /// more, and together they could outgrow what a database takes as one value. Without bodies it does nothing.
    pub async fn store(&mut self, tx: &mut AnyConnection) -> Result<(), StorageError> {
        for body in self.0.drain(..) {
            sqlx::query(
                "INSERT INTO bodies (owner, kind, seq, bytes, text) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(body.owner)
            .bind(body.kind)
            .bind(body.seq)
            .bind(i64::try_from(body.text.len()).unwrap_or(i64::MAX))
            .bind(body.text)
            .execute(&mut *tx)
            .await?;
        }
        Ok(())
    }
}
