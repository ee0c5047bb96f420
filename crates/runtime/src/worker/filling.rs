//! Work that waits for others, polls and deliveries: each kind has places of its own, filled again as soon as one
//! is free, beside the queue and never in its way.

use portico_domain::Refusal;
use portico_services::{Places, Services};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether some are due while nothing ends.
const EVERY: Duration = Duration::from_secs(1);

/// What fills the places.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Providers are asked what is new.
    Polls,
    /// Destinations are told what happened.
    Deliveries,
}

impl Kind {
    fn places(self) -> usize {
        match self {
            Self::Polls => 32,
            Self::Deliveries => 50,
        }
    }

    async fn begin(self, services: &Services, places: &mut Places) -> Result<usize, Refusal> {
        match self {
            Self::Polls => services.begin_polls(places).await,
            Self::Deliveries => services.begin_deliveries(places).await,
        }
    }
}

/// Places that are kept filled.
pub(super) struct Filling {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Filling {
    pub(super) fn start(kind: Kind, services: Services) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(keep_filled(kind, services, stop.clone()));
        Self { stop, task }
    }

    /// Begins nothing more, and lets what is under way come to its end.
    pub(super) async fn end(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "keeping places filled broke");
        }
    }
}

async fn keep_filled(kind: Kind, services: Services, stop: CancellationToken) {
    let mut places = Places::new(kind.places());
    let ports = services.ports().clone();
    while !stop.is_cancelled() {
        if let Err(refusal) = kind.begin(&services, &mut places).await {
            tracing::error!(?kind, %refusal, "nothing could be begun");
        }
        let next = ports.clock.sleep_until(ports.now() + EVERY);
        tokio::select! {
            () = stop.cancelled() => {}
            () = next => {}
            true = places.ended() => {}
        }
    }
    places.all_ended().await;
}
