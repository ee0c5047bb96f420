//! How often an account may be called ("API usage guidelines and limits").

use super::failure::Error;
use super::knobs::Settings;
use super::seed::Portal;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};

const WINDOW_MS: i64 = 10_000;
const SECOND_MS: i64 = 1_000;
const DAY_MS: i64 = 86_400_000;

/// Which limits a call counts against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Budget {
    Usual,
    /// The CRM search has a limit per second of its own, and its answers tell of none.
    Search,
}

/// When calls came in, by portal.
#[derive(Default)]
pub(super) struct Limits {
    calls: BTreeMap<u64, VecDeque<i64>>,
    searches: BTreeMap<u64, VecDeque<i64>>,
    /// The day in the account's time zone, and how many calls it has seen.
    days: BTreeMap<u64, (i64, u64)>,
}

/// What is left, for the headers.
pub(super) struct Left {
    most: usize,
    window: usize,
    second: usize,
    day: Option<(u64, u64)>,
}

impl Limits {
    /// Counts a call, or refuses it. A refused call is not counted.
    pub(super) fn take(
        &mut self,
        portal: &Portal,
        budget: Budget,
        settings: &Settings,
        now: i64,
    ) -> Result<Left, Error> {
        let today = (now + portal.ahead_ms).div_euclid(DAY_MS);
        let day = self.days.entry(portal.id).or_default();
        if day.0 != today {
            *day = (today, 0);
        }
        if settings.daily_calls.is_some_and(|most| day.1 >= most) {
            let midnight = (today + 1) * DAY_MS - portal.ahead_ms;
            let wait = u64::try_from((midnight - now).div_euclid(1000) + 1).unwrap_or(0);
            return Err(settings.limited("DAILY", "daily", wait));
        }
        let calls = self.calls.entry(portal.id).or_default();
        since(calls, now - WINDOW_MS);
        if calls.len() >= settings.calls_per_ten_seconds {
            return Err(settings.limited("TEN_SECONDLY_ROLLING", "ten_secondly_rolling", 10));
        }
        if budget == Budget::Search {
            let searches = self.searches.entry(portal.id).or_default();
            since(searches, now - SECOND_MS);
            if searches.len() >= settings.searches_per_second {
                return Err(settings.limited("SECONDLY", "secondly", 1));
            }
            searches.push_back(now);
        }
        calls.push_back(now);
        day.1 += 1;
        let most = settings.calls_per_ten_seconds;
        let in_second = calls.iter().rev().take_while(|at| **at > now - SECOND_MS).count();
        Ok(Left {
            most,
            window: most.saturating_sub(calls.len()),
            second: (most / 10).saturating_sub(in_second),
            day: settings.daily_calls.map(|most| (most, most.saturating_sub(day.1))),
        })
    }
}

/// Forgets what came in before.
fn since(calls: &mut VecDeque<i64>, start: i64) {
    while calls.front().is_some_and(|at| *at <= start) {
        calls.pop_front();
    }
}

impl Settings {
    /// "You have reached your secondly limit.": the published clients read the sentence.
    fn limited(&self, policy: &str, words: &str, wait_s: u64) -> Error {
        Error::new(429, "RATE_LIMITS", format!("You have reached your {words} limit."))
            .with("errorType", json!("RATE_LIMIT"))
            .with("policyName", json!(policy))
            .with("requestId", json!("00000000000000000000000000000000"))
            .retry_after(self.retry_after.then_some(wait_s))
    }
}

impl Left {
    /// Tells what is left. `-Daily` only where there is a daily limit, as apps with OAuth have none.
    pub(super) fn tell(&self, response: &mut Response) {
        let mut tell = |name: &'static str, value: u64| {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from(value));
        };
        tell("x-hubspot-ratelimit-max", self.most as u64);
        tell("x-hubspot-ratelimit-remaining", self.window as u64);
        tell("x-hubspot-ratelimit-interval-milliseconds", WINDOW_MS.unsigned_abs());
        tell("x-hubspot-ratelimit-secondly", (self.most / 10) as u64);
        tell("x-hubspot-ratelimit-secondly-remaining", self.second as u64);
        if let Some((most, left)) = self.day {
            tell("x-hubspot-ratelimit-daily", most);
            tell("x-hubspot-ratelimit-daily-remaining", left);
        }
    }
}
