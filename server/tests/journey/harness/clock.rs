//! Time that does not pass by itself.

use futures::future::{BoxFuture, FutureExt};
use portico_domain::Timestamp;
use portico_services::Clock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Time that stands still until it is moved; it starts at the machine's, as tokens are signed with it.
pub(crate) struct MovedClock {
    now: AtomicI64,
    stopped: AtomicBool,
}

impl MovedClock {
    pub(super) fn at(now: i64) -> Self {
        Self { now: AtomicI64::new(now), stopped: AtomicBool::new(false) }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Moves it to where the next so many seconds begin, as a schedule counts them.
    pub(crate) fn advance_to_next(&self, seconds: i64) {
        let step = seconds * 1000;
        let now = self.now.load(Ordering::SeqCst);
        self.now.store(now - now.rem_euclid(step) + step, Ordering::SeqCst);
    }

    /// From now on whoever waits for a time waits for ever: something else must come first.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    /// Nobody waits for a clock that is moved by hand: waiting moves it.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        if self.stopped.load(Ordering::SeqCst) {
            return std::future::pending().boxed();
        }
        self.now.fetch_max(at.millis(), Ordering::SeqCst);
        tokio::task::yield_now().boxed()
    }
}
