//! Charts: what happened in spans of time.

use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened over a time, in spans of one length, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charts {
    /// When the first span begins.
    pub since: Timestamp,
    /// How long each is, in milliseconds.
    pub width_ms: u64,
    /// The spans.
    pub spans: Vec<ChartSpan>,
}

/// What happened in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartSpan {
    /// Events that came in.
    pub events: u64,
    /// Executions that began.
    pub executions: u64,
    /// Of these, those that succeeded.
    pub succeeded: u64,
    /// Of these, those that failed.
    pub failed: u64,
    /// The time below which 95 of 100 of them ended.
    pub p95_ms: Option<u64>,
}

impl ChartSpan {
    /// How many of 100 executions that ended well or badly ended well.
    pub fn success_rate(&self) -> Option<u64> {
        let ended = self.succeeded + self.failed;
        (ended > 0).then(|| self.succeeded * 100 / ended)
    }
}
