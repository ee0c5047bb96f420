//! When something happened, as providers write it.

use crate::file::triggers::MomentFile;
use portico_domain::Timestamp;
use portico_domain::time::date_time;
use serde::Deserialize;
use serde_json::Value;

/// How a moment is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// ISO 8601 with an offset, with or without a colon in it: `2026-05-01T07:25:37.000+0000`.
    #[default]
    DateTime,
    /// Milliseconds since 1970.
    Ms,
    /// Seconds since 1970.
    S,
}

impl Unit {
    /// Digits, as they stand in a header.
    pub(crate) fn of_digits(self, text: &str) -> Option<Timestamp> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let number: i64 = text.parse().ok()?;
        match self {
            Self::DateTime => None,
            Self::Ms => Some(Timestamp::from_millis(number)),
            Self::S => number.checked_mul(1000).map(Timestamp::from_millis),
        }
    }

    fn read(self, value: &Value) -> Option<Timestamp> {
        let factor = match self {
            Self::DateTime => return date_time(value.as_str()?),
            Self::Ms => 1.0,
            Self::S => 1000.0,
        };
        let number = match value {
            Value::Number(number) => number.as_f64()?,
            // A message's id can be its moment: "1355517523.000005".
            Value::String(text) => text.parse().ok()?,
            _ => return None,
        };
        let ms = (number * factor).floor();
        // Exact as whole numbers, and a date of the next 2,000 years.
        (0.0..64e12).contains(&ms).then(|| Timestamp::from_millis(ms as i64))
    }
}

/// Where a moment stands in an item.
pub(crate) struct Moment {
    pointer: String,
    unit: Unit,
}

impl Moment {
    pub(crate) fn read(file: MomentFile) -> Self {
        Self { pointer: file.pointer, unit: file.unit }
    }

    pub(crate) fn of(&self, item: &Value) -> Option<Timestamp> {
        self.unit.read(item.pointer(&self.pointer)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Unit, date_time};
    use portico_domain::Timestamp;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn moments_are_read_as_providers_write_them() {
        for (unit, written, ms) in [
            (Unit::DateTime, json!("2026-05-01T07:25:37.000+0000"), 1_777_620_337_000),
            (Unit::DateTime, json!("2013-09-26T06:56:35+0000"), 1_380_178_595_000),
            (Unit::DateTime, json!("2026-05-01T07:25:37.0459Z"), 1_777_620_337_045),
            (Unit::DateTime, json!("2026-05-01T09:25:37.5+02:00"), 1_777_620_337_500),
            (Unit::Ms, json!(1_564_113_600_000_i64), 1_564_113_600_000),
            (Unit::S, json!(1_355_517_523), 1_355_517_523_000),
            (Unit::S, json!("1355517523.000005"), 1_355_517_523_000),
        ] {
            assert_eq!(unit.read(&written), Some(Timestamp::from_millis(ms)), "{written}");
        }
    }

    #[test]
    fn what_is_no_moment_is_not_read_as_one() {
        for written in [
            json!("2026-02-30T00:00:00Z"),
            json!("2026-05-01T24:00:00Z"),
            json!("2026-05-01T07:25:37"),
            json!("2026-05-01T07:25:37.Z"),
            json!("2026-05-01T07:25:37+2"),
            json!("2026-05-01 or later, Z"),
            json!(1_777_620_337),
            json!(null),
        ] {
            assert_eq!(Unit::DateTime.read(&written), None, "{written}");
        }
        assert_eq!(Unit::S.of_digits("+1531420618"), None);
        assert_eq!(Unit::S.of_digits("99999999999999999999"), None);
    }

    proptest! {
        #[test]
        fn what_was_written_reads_the_same(ms in -60_000_000_000_000_i64..200_000_000_000_000) {
            let moment = Timestamp::from_millis(ms);
            prop_assert_eq!(date_time(&moment.rfc3339()), Some(moment));
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,40}") {
            date_time(&text);
        }
    }
}
