//! Who may call now, and when the others' turn comes: rows in, rows out.
//!
//! A rate is kept as GCRA does (ITU-T I.371): one instant per lane, at which the next call would
//! come if all came evenly. A call may come `early` before it. Who finds no slot gets a place in the
//! line, a moment to come back at; the slot itself is taken when it does, so that a place nobody
//! came for cannot let two calls through at once.

use portico_domain::{Lanes, RateLane, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// How long a job waits for others to end before it looks itself: a net under the wake-ups.
const PARKED: Duration = Duration::from_secs(60);
/// How far apart those look who wait for the same: a crowd of them must not keep the queue busy.
const APART_US: i64 = 10_000;

/// What a lane remembers, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rate {
    /// When the next call would come if all came evenly.
    pub next: i64,
    /// The same, were everybody served who has a place in the line.
    pub line: i64,
}

/// The lanes while slots are given out.
pub(super) struct Slots {
    now: Timestamp,
    rates: HashMap<String, Rate>,
    /// Jobs under way by the lane of which only so many may be.
    held: HashMap<String, u64>,
    /// How many were put back, by lane: each comes a slot after the other.
    put_back: HashMap<String, i64>,
}

/// Whether somebody had a place in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comer {
    /// It comes for the first time.
    New,
    /// It was told to come now, and waits since then.
    Expected(Timestamp),
}

/// What a job is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Its slots are taken.
    Go,
    /// Nothing was taken.
    Wait {
        /// When to come back.
        until: Timestamp,
        /// The lane that it waits for.
        lane: String,
    },
}

impl Slots {
    pub fn new(now: Timestamp, rates: HashMap<String, Rate>, held: HashMap<String, u64>) -> Self {
        Self { now, rates, held, put_back: HashMap::new() }
    }

    /// Everything that is to be remembered.
    pub fn into_rates(self) -> HashMap<String, Rate> {
        self.rates
    }

    /// Takes a slot of each lane, or none and tells when to come back.
    pub fn take(&mut self, lanes: &Lanes, comer: Comer) -> Told {
        let now = micros(self.now);
        let mut latest: Option<(&RateLane, i64)> = None;
        for lane in &lanes.rates {
            let rate = self.rate(lane);
            // Who comes for the first time passes nobody who waits.
            let next = match comer {
                Comer::New => rate.next.max(rate.line),
                Comer::Expected(_) => rate.next,
            };
            let opens = next - lane.early_us;
            if opens > now && latest.is_none_or(|(_, other)| opens > other) {
                latest = Some((lane, opens));
            }
        }
        if let Some((lane, opens)) = latest {
            return self.wait(lane, opens, comer);
        }
        let crowded = lanes.crowd.as_ref().filter(|own| self.held(&own.key) >= own.most);
        let serial = lanes.serial.as_ref().filter(|key| self.held(key) >= 1);
        if let Some(lane) = crowded.map(|own| &own.key).or(serial) {
            let until = self.park(lane, comer);
            return Told::Wait { until, lane: lane.clone() };
        }
        for lane in &lanes.rates {
            let rate = self.rates.entry(lane.key.clone()).or_default();
            rate.next = rate.next.max(now) + lane.every_us;
        }
        for key in lanes.crowd.iter().map(|own| &own.key).chain(&lanes.serial) {
            *self.held.entry(key.clone()).or_default() += 1;
        }
        Told::Go
    }

    fn wait(&mut self, lane: &RateLane, opens: i64, comer: Comer) -> Told {
        let until = match comer {
            Comer::New => {
                let rate = self.rates.entry(lane.key.clone()).or_default();
                rate.line = rate.line.max(rate.next) + lane.every_us;
                opens
            }
            // Somebody else had its slot. It comes at the next ones, not at the end of the line.
            Comer::Expected(_) => {
                let before = self.put_back.entry(lane.key.clone()).or_default();
                *before += 1;
                opens + (*before - 1) * lane.every_us
            }
        };
        Told::Wait { until: at(until), lane: lane.key.clone() }
    }

    /// Where a job waits until another ends.
    fn park(&mut self, lane: &str, comer: Comer) -> Timestamp {
        match comer {
            Comer::New => {
                let rate = self.rates.entry(lane.to_owned()).or_default();
                rate.line = rate.line.max(micros(self.now + PARKED)) + APART_US;
                at(rate.line)
            }
            // The longer it has waited, the seldomer it looks.
            Comer::Expected(since) => self.now + PARKED.max(self.now.since(since)),
        }
    }

    /// Takes a slot of each lane for a call that waits itself, in front of whoever is in line;
    /// `Err`: none comes soon enough.
    pub fn jump(&mut self, lanes: &[RateLane], patience: Duration) -> Result<Timestamp, Timestamp> {
        let now = micros(self.now);
        let opens = lanes.iter().map(|lane| self.rate(lane).next - lane.early_us);
        let opens = opens.fold(now, i64::max);
        if at(opens) > self.now + patience {
            return Err(at(opens));
        }
        for lane in lanes {
            let rate = self.rates.entry(lane.key.clone()).or_default();
            rate.next = rate.next.max(opens) + lane.every_us;
            if rate.line > now {
                rate.line += lane.every_us;
            }
        }
        Ok(at(opens))
    }

    /// Lets nobody through before `until`; answers by how many milliseconds the line moved.
    pub fn pause(&mut self, lane: &RateLane, until: Timestamp) -> i64 {
        let (now, until) = (micros(self.now), micros(until));
        let rate = self.rates.entry(lane.key.clone()).or_default();
        let moved = until - (rate.next - lane.early_us).max(now);
        if moved <= 0 {
            return 0;
        }
        // Whole milliseconds, as the line's places are kept in these.
        let moved = moved.div_euclid(1000) + i64::from(moved.rem_euclid(1000) > 0);
        if rate.line > now {
            rate.line += moved * 1000;
        }
        rate.next = rate.next.max(until + lane.early_us);
        moved
    }

    fn rate(&self, lane: &RateLane) -> Rate {
        self.rates.get(&lane.key).copied().unwrap_or_default()
    }

    fn held(&self, key: &str) -> u64 {
        self.held.get(key).copied().unwrap_or(0)
    }
}

fn micros(at: Timestamp) -> i64 {
    at.millis().saturating_mul(1000)
}

/// Not before the instant.
fn at(us: i64) -> Timestamp {
    Timestamp::from_millis(us.div_euclid(1000) + i64::from(us.rem_euclid(1000) > 0))
}
