//! What a call must wait for: the provider's limits, as lanes that every node shares.

use serde::{Deserialize, Serialize};

/// What a call needs before it may be made. Nothing, for most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lanes {
    /// So many calls in a time: each call takes a slot of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<RateLane>,
    /// So many calls at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crowd: Option<CrowdLane>,
    /// Calls with the same key never overlap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

impl Lanes {
    /// Whether there is nothing to wait for.
    pub fn is_empty(&self) -> bool {
        self.rates.is_empty() && self.crowd.is_none() && self.serial.is_none()
    }

    /// The limit with this key, in words.
    pub fn words(&self, key: &str) -> Option<String> {
        if self.serial.as_deref() == Some(key) {
            return Some("one call at a time for the same record".to_owned());
        }
        if let Some(crowd) = self.crowd.as_ref().filter(|own| own.key == key) {
            return Some(format!("{} calls at once", crowd.most));
        }
        let rate = self.rates.iter().find(|own| own.key == key)?;
        Some(match rate.window_ms {
            1000 => format!("{} calls a second", rate.calls),
            ms => format!("{} calls in {} seconds", rate.calls, ms / 1000),
        })
    }
}

/// A rate limit. Calls come one by one, `every_us` apart, a few of them early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLane {
    /// Whoever names the same one shares it.
    pub key: String,
    /// How many calls the provider allows …
    pub calls: u64,
    /// … in this time, in milliseconds.
    pub window_ms: u64,
    /// The time between two calls in the long run, in microseconds: milliseconds are too coarse
    /// to use up a limit of many calls.
    pub every_us: i64,
    /// How early a call may come, in microseconds.
    pub early_us: i64,
}

/// A limit of calls at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrowdLane {
    /// Whoever names the same one shares it.
    pub key: String,
    /// How many.
    pub most: u64,
}

/// A wait for a limit, in the log of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// How long, in milliseconds.
    pub ms: u64,
    /// For which limit, in words.
    pub limit: String,
}

#[cfg(test)]
mod tests {
    use super::{CrowdLane, Lanes, RateLane};

    #[test]
    fn each_limit_reads_as_words() {
        let rate = |key: &str, calls, window_ms| RateLane {
            key: key.to_owned(),
            calls,
            window_ms,
            every_us: 0,
            early_us: 0,
        };
        let lanes = Lanes {
            rates: vec![rate("a", 110, 10_000), rate("b", 5, 1000)],
            crowd: Some(CrowdLane { key: "c".to_owned(), most: 5 }),
            serial: Some("d".to_owned()),
        };
        let words: Vec<_> = ["a", "b", "c", "d", "e"].map(|key| lanes.words(key)).into();
        let words: Vec<_> = words.iter().map(Option::as_deref).collect();
        assert_eq!(
            words,
            [
                Some("110 calls in 10 seconds"),
                Some("5 calls a second"),
                Some("5 calls at once"),
                Some("one call at a time for the same record"),
                None
            ]
        );
    }
}
