//! What the installation remembers of itself.

use super::row::{Columns, one};
use crate::{StorageError, Store};

impl Store {
    /// The sealed canary, by which a wrong master key is noticed at start.
    ///
    /// # Errors
    /// The database failed.
    pub async fn canary(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let row = sqlx::query("SELECT sealed FROM meta WHERE key = 'canary'")
            .fetch_optional(self.reads())
            .await?;
        one(row, |row: &Columns<'_>| row.bytes("sealed"))
    }

    /// Leaves a canary where there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_canary_if_absent(&self, sealed: Vec<u8>) -> Result<(), StorageError> {
        self.write(move |tx| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO meta (key, value, sealed) VALUES ('canary', '1', $1) \
                     ON CONFLICT (key) DO NOTHING",
                )
                .bind(sealed)
                .execute(tx)
                .await?;
                Ok(())
            })
        })
        .await
    }
}
