//! Work whose workers were heard of no more: tried again, and at last given up in words, so that every
//! execution comes to an end that is seen and can be replayed.

use crate::Services;
use portico_domain::{Failure, FailureClass};
use portico_storage::{Reaped, StorageError};
use std::time::Duration;

impl Services {
    /// Has lost work tried again; what was lost again and again for longer than `give_up_after` fails
    /// instead. For the worker.
    ///
    /// # Errors
    /// The database failed.
    pub async fn take_back_lost(&self, give_up_after: Duration) -> Result<Reaped, StorageError> {
        let (store, now) = (self.store(), self.ports().now());
        let reaped = store.reap(now, give_up_after).await?;
        for job in store.lost_for_good(now).await? {
            let id = job.id;
            match store.give_up(job, given_up(), now).await {
                Ok(true) => {
                    tracing::error!(job = %id, "a job could not be settled; it was given up")
                }
                Ok(false) => {}
                Err(error) => tracing::error!(job = %id, %error, "a job could not be given up"),
            }
        }
        Ok(reaped)
    }
}

/// How the step of work ends that is not tried again.
pub fn given_up() -> Failure {
    Failure::new(
        FailureClass::Unknown,
        "given_up",
        "Portico was interrupted again and again for days while it carried this out, so it may have been \
         carried out. Look there, then replay it.",
    )
}
