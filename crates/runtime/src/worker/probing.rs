//! The worker's chore of asking after accounts: beside the queue, never in its way.

use portico_domain::Timestamp;
use portico_services::Services;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it looks whether accounts are due.
const EVERY: Duration = Duration::from_secs(60);
/// How many accounts it asks after in one go.
const MOST: i64 = 100;

/// The chore: when it is due, and whether it is still under way.
pub(super) struct Probing {
    due: Timestamp,
    under_way: Option<JoinHandle<()>>,
}

impl Probing {
    pub(super) fn due_at(now: Timestamp) -> Self {
        Self { due: now, under_way: None }
    }

    /// Begins a round if one is due and the last one has ended.
    pub(super) fn begin(&mut self, services: &Services, now: Timestamp) {
        let busy = self.under_way.as_ref().is_some_and(|round| !round.is_finished());
        if self.due > now || busy {
            return;
        }
        self.due = now + EVERY;
        let services = services.clone();
        self.under_way = Some(tokio::spawn(async move {
            match services.probe_due(MOST).await {
                Ok(0) => {}
                Ok(asked) => tracing::debug!(asked, "accounts were looked at"),
                Err(error) => tracing::error!(%error, "accounts could not be looked at"),
            }
        }));
    }

    /// Lets what is under way come to its end: a token that was just renewed must be stored.
    pub(super) async fn end(self) {
        if let Some(round) = self.under_way
            && let Err(error) = round.await
        {
            tracing::error!(%error, "a round of looking at accounts broke");
        }
    }
}
