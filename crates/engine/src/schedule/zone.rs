//! A cron expression on the clocks of a place.

use super::Cron;
use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp as Instant, ToSpan};
use portico_domain::Timestamp;
use std::time::Duration;

/// How late an occurrence may come that is made up for. What is later was missed.
const MADE_UP_FOR: Duration = Duration::from_secs(60);
/// How far ahead is looked: 29 February can be eight years away.
const DAYS: usize = 366 * 9;

/// A cron expression in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {
    cron: Cron,
    zone: TimeZone,
}

impl Schedule {
    /// Reads an expression and finds the zone.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn read(cron: &str, time_zone: &str) -> Result<Self, String> {
        let cron = Cron::read(cron)?;
        let zone = TimeZoneDatabase::bundled().get(time_zone.trim()).map_err(|_| {
            format!(
                "There is no time zone {time_zone:?}; use a name of the IANA database, such as \
                 Europe/Vienna."
            )
        })?;
        Ok(Self { cron, zone })
    }

    /// The first occurrence after an instant. A time that the clocks leave out comes as much later
    /// as they leave out. In an hour that they show twice, what comes round again and again goes on; a certain time of
    /// the day comes once, the first time.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = Instant::from_millisecond(after.millis()).ok()?;
        let first = self.next_first(after)?;
        let next = self.next_repeated(after, first).unwrap_or(first);
        Some(Timestamp::from_millis(next.as_millisecond()))
    }

    /// The first occurrence after an instant, without those of an hour that comes a second time.
    fn next_first(&self, after: Instant) -> Option<Instant> {
        let mut from = self.second_behind(after)?;
        loop {
            let local = self.next_local(from)?;
            let at = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
            // Within an hour that the clocks show twice, its first half is over.
            if at > after {
                return Some(at);
            }
            from = local.checked_add(1.second()).ok()?;
        }
    }

    /// The first occurrence between two instants in an hour that the clocks show for the second time.
    fn next_repeated(&self, after: Instant, before: Instant) -> Option<Instant> {
        let turns = self.zone.following(after).map(|turn| turn.timestamp());
        let starts = turns
            .take_while(|turn| *turn < before)
            .map(|turn| self.zone.to_datetime(turn))
            .filter(|local| self.is_shown_twice(*local));
        // It may be the second time already.
        let now = self.second_behind(after).filter(|local| {
            let ambiguous = self.zone.to_ambiguous_timestamp(*local);
            ambiguous.later().is_ok_and(|later| later > after && self.is_shown_twice(*local))
                && self.zone.to_ambiguous_timestamp(*local).earlier().is_ok_and(|own| own <= after)
        });
        now.into_iter().chain(starts).find_map(|from| self.repeated_from(from, after, before))
    }

    /// The first occurrence of a second time that begins or goes on at a local time.
    fn repeated_from(&self, from: DateTime, after: Instant, before: Instant) -> Option<Instant> {
        let mut local = self.next_local(from)?;
        while self.is_shown_twice(local) {
            let at = self.zone.to_ambiguous_timestamp(local).later().ok()?;
            if at > after && at < before && self.cron.goes_through(number(local.hour())) {
                return Some(at);
            }
            local = self.next_local(local.checked_add(1.second()).ok()?)?;
        }
        None
    }

    fn is_shown_twice(&self, local: DateTime) -> bool {
        let offset = self.zone.to_ambiguous_timestamp(local).offset();
        matches!(offset, AmbiguousOffset::Fold { .. })
    }

    /// The next full second on the place's clocks.
    fn second_behind(&self, after: Instant) -> Option<DateTime> {
        let next = self.zone.to_datetime(after).checked_add(1.second()).ok()?;
        next.with().subsec_nanosecond(0).build().ok()
    }

    /// The next occurrences, for people: as the place's clocks show them, `Mon 30 Nov 2026, 09:00 CET`.
    pub fn upcoming(&self, after: Timestamp, count: usize) -> Vec<String> {
        std::iter::successors(self.next_after(after), |last| self.next_after(*last))
            .take(count)
            .filter_map(|at| Instant::from_millisecond(at.millis()).ok())
            .map(|at| {
                let at = at.to_zoned(self.zone.clone());
                let clock = if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
                at.strftime(&format!("%a %-d %b %Y, {clock} %Z")).to_string()
            })
            .collect()
    }

    /// The occurrence after the one that was due at `due` and is fired now. However many were missed, they
    /// are that one; but an occurrence is not missed because somebody looks a moment late, at a busy time
    /// or after a restart: then each is fired by itself.
    pub fn next_after_firing(&self, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        self.next_after(if now.since(due) > MADE_UP_FOR { now } else { due })
    }

    /// The first local time from `from` on.
    fn next_local(&self, from: DateTime) -> Option<DateTime> {
        let (mut date, mut time) = (from.date(), from.time());
        for _ in 0..DAYS {
            let weekday = number(date.weekday().to_sunday_zero_offset());
            if self.cron.runs_on(number(date.month()), number(date.day()), weekday) {
                let (hour, minute, second) = (time.hour(), time.minute(), time.second());
                let found = self.cron.time_from(number(hour), number(minute), number(second));
                if let Some((hour, minute, second)) = found {
                    let part = |number: u32| i8::try_from(number).unwrap_or(0);
                    let time = Time::new(part(hour), part(minute), part(second), 0).ok()?;
                    return Some(date.to_datetime(time));
                }
            }
            date = date.tomorrow().ok()?;
            time = Time::midnight();
        }
        None
    }
}

fn number(part: i8) -> u32 {
    u32::try_from(part).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Schedule;
    use portico_domain::Timestamp;

    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().expect("an instant");
        Timestamp::from_millis(instant.as_millisecond())
    }

    /// The next occurrences, without milliseconds.
    fn next(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::read(cron, zone).expect("a schedule");
        let mut after = at(after);
        let mut found = Vec::new();
        for _ in 0..count {
            let Some(next) = schedule.next_after(after) else { break };
            found.push(next.rfc3339().replace(".000Z", "Z"));
            after = next;
        }
        found
    }

    #[test]
    fn occurrences_are_those_of_the_places_clocks() {
        assert_eq!(
            next("0 9 * * Mon", "Europe/Vienna", "2026-03-20T12:00:00Z", 3),
            ["2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z"]
        );
        assert_eq!(
            next("*/20 * * * * *", "UTC", "2026-01-01T00:00:00.5Z", 3),
            ["2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z", "2026-01-01T00:01:00Z"]
        );
        assert_eq!(
            next("0 0 29 feb *", "UTC", "2096-03-01T00:00:00Z", 1),
            ["2104-02-29T00:00:00Z"],
            "2100 is no leap year"
        );
        assert_eq!(
            next("0 0 1 1 *", "Pacific/Apia", "2026-06-01T00:00:00Z", 1),
            ["2026-12-31T11:00:00Z"]
        );
    }

    #[test]
    fn a_time_that_is_left_out_comes_later_and_one_that_is_shown_twice_comes_once() {
        // Vienna, 29 March 2026: 02:00 becomes 03:00.
        assert_eq!(
            next("30 2 * * *", "Europe/Vienna", "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]
        );
        assert_eq!(
            next("*/30 * * * *", "Europe/Vienna", "2026-03-29T00:15:00Z", 4),
            [
                "2026-03-29T00:30:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-29T01:30:00Z",
                "2026-03-29T02:00:00Z"
            ],
            "nothing comes twice"
        );
        // Vienna, 25 October 2026: 03:00 becomes 02:00.
        assert_eq!(
            next("30 2 * * *", "Europe/Vienna", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        );
        assert_eq!(
            next("30 2 * * *", "Europe/Vienna", "2026-10-25T01:10:00Z", 1),
            ["2026-10-26T01:30:00Z"],
            "not again in the second hour"
        );
    }

    #[test]
    fn what_comes_round_again_and_again_goes_on_when_the_clocks_change() {
        let in_vienna = |cron: &str, after: &str, until: &str| {
            let found = next(cron, "Europe/Vienna", after, 300);
            found.into_iter().filter(|at| at.as_str() < until).collect::<Vec<_>>()
        };
        // 25 October 2026: at 01:00 UTC it is 02:00 once more.
        let (after, until) = ("2026-10-24T23:59:00Z", "2026-10-25T02:30:00Z");
        let minutes = in_vienna("* * * * *", after, until);
        assert_eq!(minutes.len(), 150, "every minute of two and a half hours: {minutes:?}");
        assert!(minutes.is_sorted(), "{minutes:?}");
        let hours = ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"];
        for cron in ["0 * * * *", "0 0-5 * * *", "0 1,2,3 * * *", "0 0 * * * *"] {
            let found = in_vienna(cron, "2026-10-24T23:30:00Z", until);
            assert_eq!(found, hours, "{cron}");
        }
        assert_eq!(
            in_vienna("*/30 2 * * *", after, until),
            [
                "2026-10-25T00:00:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z"
            ]
        );
        // Certain times of the day come once.
        for cron in ["0 2 * * *", "0 2,14 * * *", "0 2 25 10 *"] {
            assert_eq!(in_vienna(cron, after, until), ["2026-10-25T00:00:00Z"], "{cron}");
        }
        // Whoever looks in the middle of either hour goes on from there.
        assert_eq!(
            next("0 * * * *", "Europe/Vienna", "2026-10-25T00:30:00Z", 1),
            ["2026-10-25T01:00:00Z"]
        );
        assert_eq!(
            next("*/20 * * * *", "Europe/Vienna", "2026-10-25T01:10:00Z", 1),
            ["2026-10-25T01:20:00Z"]
        );
        // 29 March 2026: at 01:00 UTC it is 03:00.
        let (after, until) = ("2026-03-28T23:59:00Z", "2026-03-29T02:30:00Z");
        assert_eq!(in_vienna("* * * * *", after, until).len(), 150);
        let hours = ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"];
        assert_eq!(in_vienna("0 * * * *", after, until), hours);
        // Half an hour is shown twice on Lord Howe Island, 5 April 2026 at 15:00 UTC of the day before.
        let found = next("*/15 * * * *", "Australia/Lord_Howe", "2026-04-04T14:29:00Z", 5);
        assert_eq!(
            found,
            [
                "2026-04-04T14:30:00Z",
                "2026-04-04T14:45:00Z",
                "2026-04-04T15:00:00Z",
                "2026-04-04T15:15:00Z",
                "2026-04-04T15:30:00Z"
            ]
        );
    }

    #[test]
    fn people_read_the_next_occurrences_on_the_places_clocks() {
        let weekly = Schedule::read("0 9 * * Mon", "Europe/Vienna").expect("a schedule");
        assert_eq!(
            weekly.upcoming(at("2026-03-20T12:00:00Z"), 2),
            ["Mon 23 Mar 2026, 09:00 CET", "Mon 30 Mar 2026, 09:00 CEST"]
        );
        let often = Schedule::read("*/40 * * * * *", "UTC").expect("a schedule");
        assert_eq!(
            often.upcoming(at("2026-01-01T00:00:00Z"), 2),
            ["Thu 1 Jan 2026, 00:00:40 UTC", "Thu 1 Jan 2026, 00:01 UTC"]
        );
        let never = Schedule::read("0 0 30 2 *", "UTC")
            .map(|own| own.upcoming(at("2026-01-01T00:00:00Z"), 2));
        assert!(never.is_err_and(|why| !why.is_empty()), "a day that no year has");
    }

    #[test]
    fn what_comes_late_is_made_up_for_and_what_was_missed_is_one() {
        let schedule = Schedule::read("*/10 * * * * *", "UTC").expect("a schedule");
        let next = |due: &str, now: &str| {
            let next = schedule.next_after_firing(at(due), at(now)).expect("an occurrence");
            next.rfc3339().replace(".000Z", "Z")
        };
        let due = "2026-01-01T00:00:00Z";
        assert_eq!(next(due, due), "2026-01-01T00:00:10Z");
        assert_eq!(next(due, "2026-01-01T00:00:10.001Z"), "2026-01-01T00:00:10Z");
        assert_eq!(next(due, "2026-01-01T00:01:00Z"), "2026-01-01T00:00:10Z");
        assert_eq!(next(due, "2026-01-01T00:01:00.001Z"), "2026-01-01T00:01:10Z");
        // A clock that was put back fires nothing a second time.
        assert_eq!(next(due, "2025-12-31T23:00:00Z"), "2026-01-01T00:00:10Z");
    }

    #[test]
    fn a_zone_is_known_or_told() {
        assert!(super::super::check("0 9 * * *", "Europe/Vienna").is_ok());
        let told = super::super::check("0 9 * * *", "Europe/Wien").expect_err("unknown");
        assert!(told.contains("Europe/Wien") && told.contains("IANA"), "{told}");
    }
}
