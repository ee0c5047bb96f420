//! Telling whoever waits for work that there may be some: in this process by a notification, to
//! and from other processes by PostgreSQL's.

use super::changes::Changes;
use super::postgres::{CHANGES, CHANNEL};
use crate::error::StorageError;
use crate::store::Store;
use sqlx::postgres::PgListener;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The pause after a failed attempt to listen again.
const PAUSE: Duration = Duration::from_secs(1);

/// Who waits for work in this process.
#[derive(Default)]
pub(crate) struct Wake {
    ready: Notify,
    /// The server's number for the writer's connection: what it sends is known here already.
    own: AtomicI32,
}

impl Wake {
    /// Jobs may have become ready.
    pub fn ready(&self) {
        self.ready.notify_one();
    }

    /// The writer speaks through this connection of the server from now on.
    pub fn speaks_as(&self, backend: i32) {
        self.own.store(backend, Ordering::Relaxed);
    }

    fn hears(&self, backend: u32) -> bool {
        i64::from(self.own.load(Ordering::Relaxed)) != i64::from(backend)
    }
}

impl Store {
    /// Resolves when jobs may have become ready, at once if some did since the last wait. Made for
    /// one waiting loop per process.
    pub fn woken(&self) -> impl Future<Output = ()> + Send + 'static {
        let wake = Arc::clone(&self.inner.wake);
        async move { wake.ready.notified().await }
    }
}

/// Begins to listen to other processes; the future passes on what it hears until `closing` says
/// something or is gone.
pub(crate) async fn listen(
    address: &str,
    wake: Arc<Wake>,
    changes: Arc<Changes>,
    mut closing: watch::Receiver<bool>,
) -> Result<impl Future<Output = ()> + Send + use<>, StorageError> {
    let mut listener = PgListener::connect(address).await?;
    listener.listen_all([CHANNEL, CHANGES]).await?;
    Ok(async move {
        loop {
            let heard = tokio::select! {
                heard = listener.try_recv() => heard,
                _ = closing.changed() => return,
            };
            match heard {
                Ok(Some(word)) if !wake.hears(word.process_id()) => {}
                Ok(Some(word)) if word.channel() == CHANGES => changes.heard(word.payload()),
                Ok(Some(_)) => wake.ready(),
                // The connection was lost and is back: something may have been missed.
                Ok(None) => wake.ready(),
                Err(error) => {
                    tracing::warn!(%error, "listening for other processes failed");
                    if tokio::time::timeout(PAUSE, closing.changed()).await.is_ok() {
                        return;
                    }
                    wake.ready();
                }
            }
        }
    })
}
