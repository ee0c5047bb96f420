//! Marketo's timestamps ("Field types: Datetime") and its day, which begins at midnight in US Central
//! standard time ("Daily quota").

pub(super) use crate::clock::parsed;

use crate::clock::civil;

const DAY_MS: i64 = 86_400_000;
/// "Resets daily at 12:00AM CST": six hours behind UTC, all year.
const CST_MS: i64 = 6 * 3_600_000;

/// `2015-05-07T11:47:30Z`, the lead database's form.
pub(super) fn iso(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let s = ms.rem_euclid(DAY_MS) / 1000;
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
}

/// `2017-07-27T01:38:33Z+0000`: the asset API writes the zone twice.
pub(super) fn asset(ms: i64) -> String {
    format!("{}+0000", iso(ms))
}

/// The day on which calls are counted.
pub(super) fn quota_day(ms: i64) -> i64 {
    (ms - CST_MS).div_euclid(DAY_MS)
}

/// Its date, for the usage statistics.
pub(super) fn quota_date(ms: i64) -> String {
    let (year, month, day) = civil(quota_day(ms));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::{iso, parsed, quota_date};

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        for (text, told) in [
            ("2026-02-28T23:59:59Z", "2026-02-28T23:59:59Z"),
            ("2024-02-29T00:30:00.250+01:00", "2024-02-28T23:30:00Z"),
            ("2014-09-17T22:31:49+0000", "2014-09-17T22:31:49Z"),
            ("2017-07-27T01:38:33Z+0000", "2017-07-27T01:38:33Z"),
            ("2026-01-01T00:00:00-0600", "2026-01-01T06:00:00Z"),
        ] {
            assert_eq!(parsed(text).map(iso).as_deref(), Some(told), "{text}");
        }
        for text in ["yesterday", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00 0000"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn the_day_begins_at_six_utc() {
        let date = |text| parsed(text).map(quota_date);
        assert_eq!(date("2026-07-01T05:59:59Z").as_deref(), Some("2026-06-30"));
        assert_eq!(date("2026-07-01T06:00:00Z").as_deref(), Some("2026-07-01"));
    }
}
