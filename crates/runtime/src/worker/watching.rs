//! The worker's chore of looking after triggers: what a clock starts and what providers are asked for,
//! each in rounds of its own, so that a slow provider delays no schedule.

use portico_domain::{Refusal, Timestamp};
use portico_services::Services;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it looks whether something is due.
const EVERY: Duration = Duration::from_secs(1);
/// How often it writes down what was noted of deliveries.
const NOTES_EVERY: Duration = Duration::from_secs(10);
/// How much is begun in one go.
const MOST: i64 = 200;

/// The chore.
pub(super) struct Watching {
    clock: Round,
    polls: Round,
    notes: Round,
}

/// When a round is due, and whether one is still under way.
struct Round {
    due: Timestamp,
    under_way: Option<JoinHandle<()>>,
}

impl Watching {
    pub(super) fn due_at(now: Timestamp) -> Self {
        let round = || Round { due: now, under_way: None };
        Self { clock: round(), polls: round(), notes: round() }
    }

    /// Begins what is due, unless the round before it goes on.
    pub(super) fn begin(&mut self, services: &Services, now: Timestamp) {
        if self.clock.is_due(now, EVERY) {
            let services = services.clone();
            self.clock.begin(async move {
                services.follow_routing().await?;
                services.fire_due(MOST).await
            });
        }
        if self.polls.is_due(now, EVERY) {
            let services = services.clone();
            self.polls.begin(async move { services.poll_due(MOST).await });
        }
        if self.notes.is_due(now, NOTES_EVERY) {
            let services = services.clone();
            self.notes.begin(async move { services.note_deliveries().await.map(|()| 0) });
        }
    }

    /// Lets what is under way come to its end.
    pub(super) async fn end(self, services: &Services) {
        for round in [self.clock, self.polls, self.notes] {
            round.end().await;
        }
        if let Err(refusal) = services.note_deliveries().await {
            tracing::error!(%refusal, "what was noted of deliveries is lost");
        }
    }
}

impl Round {
    fn is_due(&mut self, now: Timestamp, every: Duration) -> bool {
        let busy = self.under_way.as_ref().is_some_and(|round| !round.is_finished());
        if self.due > now || busy {
            return false;
        }
        self.due = now + every;
        true
    }

    fn begin(&mut self, work: impl Future<Output = Result<usize, Refusal>> + Send + 'static) {
        self.under_way = Some(tokio::spawn(async move {
            match work.await {
                Ok(0) => {}
                Ok(done) => tracing::debug!(done, "triggers were looked after"),
                Err(refusal) => tracing::error!(%refusal, "triggers could not be looked after"),
            }
        }));
    }

    async fn end(self) {
        if let Some(round) = self.under_way
            && let Err(error) = round.await
        {
            tracing::error!(%error, "a round of looking after triggers broke");
        }
    }
}
