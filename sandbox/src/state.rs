//! What the sandbox remembers.

use crate::clock::now_ms;
use crate::faults::Fault;
use crate::{hubspot, marketo, salesforce, slack, webhooks};
use rand::Rng;
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The simulated providers. Cheap to clone; clones share their state.
#[derive(Clone, Default)]
pub struct Sandbox {
    world: Arc<Mutex<World>>,
}

impl Sandbox {
    /// A sandbox with its orgs and no records.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything, in memory.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: Vec<Seen>,
    pub(crate) moved_ms: i64,
    /// Where the clock stands, if it does not run.
    pub(crate) stands_at_ms: Option<i64>,
    pub(crate) salesforce: salesforce::World,
    pub(crate) hubspot: hubspot::World,
    pub(crate) marketo: marketo::World,
    pub(crate) slack: slack::World,
    pub(crate) webhooks: webhooks::World,
}

/// A request that came in.
#[derive(Clone, Serialize)]
pub(crate) struct Seen {
    pub(crate) at: i64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
}

impl World {
    pub(crate) fn now(&self) -> i64 {
        self.stands_at_ms.unwrap_or_else(|| now_ms(self.moved_ms))
    }
}

/// Unguessable, as tokens are.
pub(crate) fn secret() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut random = rand::rng();
    (0..40).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())])).collect()
}
