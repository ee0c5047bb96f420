//! How often an org may be called ("API Request Limits and Allocations").

use super::envelope::{Api, Done};
use super::failure::Error;
use super::knobs::Settings;
use axum::http::StatusCode;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};

const DAY_MS: i64 = 86_400_000;
/// So many calls of more than twenty seconds run at once in a Developer Edition.
pub(super) const MOST_LONG: usize = 5;

/// When calls came in, by org: the day is the last 24 hours.
#[derive(Default)]
pub(super) struct Limits(BTreeMap<&'static str, VecDeque<i64>>);

impl Limits {
    /// Counts a call, or refuses it.
    pub(super) fn take(
        &mut self,
        org: &'static str,
        settings: &Settings,
        now: i64,
    ) -> Result<(), Error> {
        if settings.long_running_calls >= MOST_LONG {
            let words = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
            return Err(Error::forbidden("REQUEST_LIMIT_EXCEEDED", words));
        }
        let calls = self.0.entry(org).or_default();
        while calls.front().is_some_and(|at| *at <= now - DAY_MS) {
            calls.pop_front();
        }
        if calls.len() >= settings.daily_calls {
            let words = "TotalRequests Limit exceeded.";
            return Err(Error::forbidden("REQUEST_LIMIT_EXCEEDED", words));
        }
        calls.push_back(now);
        Ok(())
    }

    pub(super) fn used(&self, org: &str) -> usize {
        self.0.get(org).map_or(0, VecDeque::len)
    }
}

/// `/limits`
pub(super) fn shown(api: &Api<'_>) -> Done {
    let (most, used) = (api.world.settings.daily_calls, api.world.limits.used(api.org.domain));
    let of = |most: usize, left: usize| json!({ "Max": most, "Remaining": left });
    let body = json!({
        "DailyApiRequests": of(most, most.saturating_sub(used)),
        "DailyAsyncApexExecutions": of(250_000, 250_000),
        "DailyBulkApiBatches": of(15_000, 15_000), "DailyBulkV2QueryJobs": of(10_000, 10_000),
        "DailyStreamingApiEvents": of(10_000, 10_000), "DailyWorkflowEmails": of(990, 990),
        "DataStorageMB": of(5, 5), "FileStorageMB": of(20, 20),
        "HourlyTimeBasedWorkflow": of(50, 50), "SingleEmail": of(15, 15),
    });
    Ok((StatusCode::OK, body))
}
