//! Marketo's timestamps ("Field types: Datetime") and its day, which begins at midnight in US Central
//! standard time ("Daily quota").

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

/// Reads `2026-05-01T07:25:37`, with or without a fraction and a zone.
pub(super) fn parsed(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (clock, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    let [hour, minute, second] = numbers(clock.split('.').next()?, ':')?;
    let fits = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    let seconds = hour * 3600 + minute * 60 + second - offset_s(zone)?;
    fits.then_some(days(year, month, day) * DAY_MS + seconds * 1000)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let all: Option<Vec<i64>> = text.split(between).map(|part| part.parse().ok()).collect();
    all?.try_into().ok()
}

fn offset_s(zone: &str) -> Option<i64> {
    let zone = zone.strip_prefix('Z').unwrap_or(zone).replace(':', "");
    if zone.is_empty() {
        return Some(0);
    }
    let minutes = |digits: &str| {
        let (hours, minutes) = digits.split_at_checked(2)?;
        Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
    };
    match (zone.strip_prefix('+'), zone.strip_prefix('-')) {
        (Some(ahead), _) => minutes(ahead).map(|own| own * 60),
        (_, Some(behind)) => minutes(behind).map(|own| own * -60),
        _ => None,
    }
}

// Howard Hinnant, "chrono-compatible low-level date algorithms": civil_from_days, days_from_civil.
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
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
