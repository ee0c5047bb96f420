//! What is old goes, a little at a time: others write between two batches.

use crate::Services;
use portico_storage::StorageError;
use std::time::Duration;

/// How much was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removed {
    /// How many rows went.
    pub rows: u64,
    /// Whether some are left, or space that is not given back yet.
    pub more: bool,
}

impl Services {
    /// Removes what ended more than `retention_days` ago and gives its space back, batch after batch for so
    /// long. For the worker.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_old(&self, budget: Duration) -> Result<Removed, StorageError> {
        let begun = self.ports().now();
        let kept = Duration::from_secs(u64::from(self.settings().retention_days) * 86_400);
        let (mut rows, mut free) = (0, u64::MAX);
        loop {
            let removed = self.store().purge_old(begun - kept).await?;
            // What is free for good stays so where the file cannot shrink.
            let left = self.store().give_back_space().await?;
            let shrinks = left > 0 && left < free;
            (rows, free) = (rows + removed, left);
            if removed == 0 && !shrinks {
                return Ok(Removed { rows, more: false });
            }
            if self.ports().now() >= begun + budget {
                return Ok(Removed { rows, more: true });
            }
        }
    }
}
