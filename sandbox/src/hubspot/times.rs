//! Times as HubSpot writes and reads them ("Properties", "Date and datetime properties").

use crate::clock::salesforce_time;

const DAY_MS: i64 = 86_400_000;

/// `2026-05-01T07:25:37.000Z`.
pub(super) fn shown(ms: i64) -> String {
    salesforce_time(ms).replace("+0000", "Z")
}

/// `2026-05-01`.
pub(super) fn day_shown(ms: i64) -> String {
    shown(ms).split('T').next().unwrap_or_default().to_owned()
}

/// Whether it is midnight, UTC, as the value of a date must be.
pub(super) fn is_midnight(ms: i64) -> bool {
    ms.rem_euclid(DAY_MS) == 0
}

/// Reads milliseconds since 1970, a day, or a time with its offset.
pub(super) fn read(text: &str) -> Option<i64> {
    if let Ok(ms) = text.parse() {
        return Some(ms);
    }
    match text.split_once('T') {
        None => day(text),
        Some((date, time)) => {
            let (time, offset) = offset(time)?;
            Some(day(date)? + clock(time)? - offset)
        }
    }
}

/// `07:25:37.000` and the milliseconds that its zone is ahead.
fn offset(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((time, 0));
    }
    let (at, sign) = time.char_indices().rev().find(|(_, own)| matches!(own, '+' | '-'))?;
    let (time, zone) = time.split_at_checked(at)?;
    let ahead = clock(zone.get(1..)?)?;
    Some((time, if sign == '-' { -ahead } else { ahead }))
}

fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok().filter(|own| (0..24).contains(own))?;
    let minutes: i64 = parts.next()?.parse().ok().filter(|own| (0..60).contains(own))?;
    let (whole, part) = match parts.next() {
        None => ("0", ""),
        Some(text) => text.split_once('.').unwrap_or((text, "")),
    };
    let seconds: i64 = whole.parse().ok().filter(|own| (0..60).contains(own))?;
    // Thousandths, whatever comes after them.
    let ms: i64 = part.chars().chain("000".chars()).take(3).collect::<String>().parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + ms)
}

fn day(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let year: i64 = parts.next().filter(|own| own.len() == 4)?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok().filter(|own| (1..=12).contains(own))?;
    let date: i64 = parts.next()?.parse().ok().filter(|own| (1..=31).contains(own))?;
    if parts.next().is_some() {
        return None;
    }
    // Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    let ms = (era * 146_097 + doe - 719_468) * DAY_MS;
    // A thirtieth of February is none.
    let same = day_shown(ms).ends_with(&format!("-{month:02}-{date:02}"));
    same.then_some(ms)
}
