//! The worker's chores: each in rounds of its own beside the queue and beside all others, so that none can hold
//! another up. What one fails at is logged, and it is tried again in its next round.

use futures::FutureExt;
use portico_domain::Timestamp;
use portico_services::Services;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How many triggers a clock starts in one go.
const MOST_FIRED: i64 = 200;
/// How many accounts are asked after in one round.
const MOST_PROBED: i64 = 100;
/// How many replays are begun in one round, so that what comes in meanwhile is not behind all of them.
const MOST_REPLAYS: i64 = 50;
/// How long idempotency keys are kept.
const KEYS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long sessions and attempts to connect are kept once they have ended.
const ENDED_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long what is old is removed in one round: about half of the time, while there is more.
const REMOVING: Duration = Duration::from_millis(500);
/// When a round follows that was not the last.
const SOON: Duration = Duration::from_secs(1);

/// What is looked after.
#[derive(Clone, Copy, Debug)]
enum Chore {
    /// Watches follow the routing.
    Following,
    /// What a clock starts.
    Firing,
    /// What was noted of deliveries and of refused events is written down.
    Noting,
    /// Accounts are asked after: a token that was just renewed must be stored before the end.
    Probing,
    /// Replays that were asked for many at once begin.
    Replaying,
    /// Lost work is tried again, or given up.
    TakingBack,
    /// Keys, sessions and lanes that nobody needs any more go.
    Purging,
    /// Executions and events that are old go.
    Removing,
}

/// Whether a round was all that there was to do.
enum Went {
    All,
    More,
}

type Trouble = Box<dyn std::error::Error + Send + Sync>;

impl Chore {
    const ALL: [Self; 8] = [
        Self::Following,
        Self::Firing,
        Self::Noting,
        Self::Probing,
        Self::Replaying,
        Self::TakingBack,
        Self::Purging,
        Self::Removing,
    ];

    fn every(self, options: super::WorkerOptions) -> Duration {
        match self {
            Self::Following | Self::Firing | Self::Replaying => Duration::from_secs(1),
            Self::Noting => Duration::from_secs(10),
            Self::Probing => Duration::from_secs(60),
            Self::TakingBack => options.lease / 3,
            Self::Purging => Duration::from_secs(3600),
            Self::Removing => Duration::from_secs(600),
        }
    }

    async fn go(self, services: &Services, give_up_after: Duration) -> Result<Went, Trouble> {
        let (store, now) = (services.store(), services.ports().now());
        match self {
            Self::Following => drop(services.follow_routing().await?),
            Self::Firing => drop(services.fire_due(MOST_FIRED).await?),
            Self::Noting => note(services).await?,
            Self::Probing => drop(services.probe_due(MOST_PROBED).await?),
            Self::Replaying => drop(services.continue_replays(MOST_REPLAYS).await?),
            Self::TakingBack => {
                let reaped = services.take_back_lost(give_up_after).await?;
                if reaped.released + reaped.given_up > 0 {
                    let (released, given_up) = (reaped.released, reaped.given_up);
                    tracing::warn!(released, given_up, "leases had run out");
                }
            }
            Self::Purging => {
                store.purge_idempotency_keys(now - KEYS_KEPT).await?;
                store.purge_ended(now - ENDED_KEPT).await?;
                store.purge_lanes(now).await?;
            }
            Self::Removing => {
                let removed = services.remove_old(REMOVING).await?;
                return Ok(if removed.more { Went::More } else { Went::All });
            }
        }
        Ok(Went::All)
    }
}

/// Writes down what was noted.
async fn note(services: &Services) -> Result<(), Trouble> {
    let (deliveries, events) =
        (services.note_deliveries().await, services.note_refused_events().await);
    deliveries?;
    Ok(events?)
}

/// All chores of a worker.
pub(super) struct Chores(Vec<Round>);

/// A chore's rounds: when the next is due, and whether one is still under way.
struct Round {
    chore: Chore,
    due: Timestamp,
    under_way: Option<JoinHandle<Went>>,
}

impl Chores {
    /// All are due.
    pub(super) fn due_at(now: Timestamp) -> Self {
        let round = |chore| Round { chore, due: now, under_way: None };
        Self(Chore::ALL.into_iter().map(round).collect())
    }

    /// Begins what is due, unless the round before it goes on.
    pub(super) fn begin(&mut self, services: &Services, options: super::WorkerOptions) {
        let now = services.ports().now();
        for round in &mut self.0 {
            round.begin(services, options, now);
        }
    }

    /// Lets what is under way come to its end.
    pub(super) async fn end(self, services: &Services) {
        for round in self.0 {
            if let Some(under_way) = round.under_way
                && let Err(error) = under_way.await
            {
                tracing::error!(chore = ?round.chore, %error, "a chore broke");
            }
        }
        if let Err(error) = note(services).await {
            tracing::error!(%error, "what was noted is lost");
        }
    }
}

impl Round {
    fn begin(&mut self, services: &Services, options: super::WorkerOptions, now: Timestamp) {
        if let Some(under_way) = &mut self.under_way {
            match under_way.now_or_never() {
                None => return,
                Some(Ok(Went::All)) => {}
                Some(Ok(Went::More)) => self.due = self.due.min(now + SOON),
                Some(Err(error)) => {
                    tracing::error!(chore = ?self.chore, %error, "a chore broke");
                }
            }
            self.under_way = None;
        }
        if self.due > now {
            return;
        }
        let (chore, services) = (self.chore, services.clone());
        self.due = now + chore.every(options);
        self.under_way = Some(tokio::spawn(async move {
            match chore.go(&services, options.give_up_after).await {
                Ok(went) => went,
                Err(error) => {
                    tracing::error!(?chore, %error, "a chore could not be done");
                    Went::All
                }
            }
        }));
    }
}
