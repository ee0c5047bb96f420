//! The sandbox's own time, which can be moved.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC, plus what the clock was moved by.
#[expect(clippy::disallowed_methods, reason = "the one place where the sandbox reads the clock")]
pub(crate) fn now_ms(moved_ms: i64) -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX).saturating_add(moved_ms)
}

/// Waits, for the fault knobs.
#[expect(clippy::disallowed_methods, reason = "slowness is what the knob is for")]
pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

const DAY_MS: i64 = 86_400_000;

/// `2026-05-01T07:25:37.000+0000`: Salesforce's form, without a colon in the offset.
pub(crate) fn salesforce_time(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let rest = ms.rem_euclid(DAY_MS);
    let s = rest / 1000;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}+0000",
        s / 3600,
        s / 60 % 60,
        s % 60,
        rest % 1000
    )
}

/// Reads `2026-05-01T07:25:37`, with or without a fraction and a zone.
pub(crate) fn parsed(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once('T')?;
    let (clock, zone) = rest.split_at(rest.find(['Z', '+', '-']).unwrap_or(rest.len()));
    let (clock, part) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, ':')?;
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    let seconds = hour * 3600 + minute * 60 + second - offset_s(zone)?;
    // Thousandths, whatever comes after them.
    let ms: i64 = part.chars().chain("000".chars()).take(3).collect::<String>().parse().ok()?;
    let day = day_parsed(date)?;
    fits.then_some(day + seconds * 1000 + ms)
}

/// Reads `2026-05-01`, as the time when the day begins.
pub(crate) fn day_parsed(text: &str) -> Option<i64> {
    let [year, month, day] = numbers(text, '-')?;
    let at = days(year, month, day);
    ((1..=12).contains(&month) && civil(at) == (year, month, day)).then_some(at * DAY_MS)
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
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
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
    let doy = (153 * ((month + 9).rem_euclid(12)) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}
