//! How fast the app may call: so many calls a minute per method and workspace, one message a second per
//! channel ("Rate limits").

use super::failure::Failure;
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;

/// The tier of a method, and how many calls a minute it stands for.
#[derive(Clone, Copy)]
pub(super) enum Tier {
    One,
    Two,
    Three,
    Four,
    /// Hundreds a minute.
    Special,
}

impl Tier {
    fn a_minute(self) -> i64 {
        match self {
            Self::One => 1,
            Self::Two => 20,
            Self::Three => 50,
            Self::Four => 100,
            Self::Special => 600,
        }
    }
}

/// When each kind of call would have been used up, had calls come as fast as they may.
#[derive(Default)]
pub(super) struct Limits {
    used: BTreeMap<String, i64>,
}

impl Limits {
    /// A call of a method. "Allowing for occasional bursts": of as many minutes' worth of calls at once.
    pub(super) fn call(
        &mut self,
        key: String,
        tier: Tier,
        minutes: i64,
        now: i64,
    ) -> Result<(), Failure> {
        let a_minute = tier.a_minute();
        self.take(key, (MINUTE_MS / a_minute, a_minute.saturating_mul(minutes.max(1))), now)
    }

    /// A message to a channel. "Short bursts are allowed": of as many messages at once.
    pub(super) fn message(&mut self, key: String, burst: i64, now: i64) -> Result<(), Failure> {
        self.take(key, (1000, burst.max(1)), now)
    }

    /// One of so many at once, which come back one by one after `every` milliseconds.
    fn take(&mut self, key: String, (every, at_once): (i64, i64), now: i64) -> Result<(), Failure> {
        let used = self.used.entry(key).or_insert(now);
        let free_at = used.saturating_sub(every.saturating_mul(at_once - 1));
        if free_at > now {
            return Err(Failure::wait((free_at - now + 999).div_euclid(1000)));
        }
        *used = (*used).max(now).saturating_add(every);
        Ok(())
    }
}
