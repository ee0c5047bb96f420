//! The worker's chore of delivering messages to destinations: beside the queue, never in its way.

use portico_domain::Timestamp;
use portico_services::Services;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it looks whether some wait.
const EVERY: Duration = Duration::from_secs(1);
/// How many are delivered in one go.
const MOST: i64 = 50;

/// The chore: when it is due, and whether it is still under way.
pub(super) struct Delivering {
    due: Timestamp,
    under_way: Option<JoinHandle<()>>,
}

impl Delivering {
    pub(super) fn due_at(now: Timestamp) -> Self {
        Self { due: now, under_way: None }
    }

    /// Begins some if they are due and the last ones have come to an end.
    pub(super) fn begin(&mut self, services: &Services, now: Timestamp) {
        let busy = self.under_way.as_ref().is_some_and(|round| !round.is_finished());
        if self.due > now || busy {
            return;
        }
        self.due = now + EVERY;
        let services = services.clone();
        self.under_way = Some(tokio::spawn(async move {
            if let Err(error) = services.deliver_due(MOST).await {
                tracing::error!(%error, "messages could not be delivered");
            }
        }));
    }

    /// Lets what is under way come to its end.
    pub(super) async fn end(self) {
        if let Some(round) = self.under_way
            && let Err(error) = round.await
        {
            tracing::error!(%error, "delivering messages broke");
        }
    }
}
