//! What has ended and is of no more use: sessions and attempts to connect.

use crate::{StorageError, Store};
use portico_domain::Timestamp;

/// Each by itself: none of them needs the others to go at the same instant.
const ENDED: [&str; 3] = [
    "DELETE FROM authorizations WHERE expires_at < $1",
    "DELETE FROM portal_sessions WHERE expires_at < $1",
    "DELETE FROM admin_sessions WHERE expires_at < $1",
];

impl Store {
    /// Forgets sessions and authorizations that ended before a moment; answers how many.
    ///
    /// # Errors
    /// The database failed.
    pub async fn purge_ended(&self, before: Timestamp) -> Result<u64, StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut gone = 0;
                for statement in ENDED {
                    let done = sqlx::query(statement).bind(before.millis()).execute(&mut *tx);
                    gone += done.await?.rows_affected();
                }
                Ok(gone)
            })
        })
        .await
    }
}
