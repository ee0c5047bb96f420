//! Numbers as they are written: compared digit by digit, without what a floating point number rounds off.

use std::cmp::Ordering;

/// A decimal number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exact {
    negative: bool,
    /// Without zeros at either end; of zero none.
    digits: String,
    /// Where the point stands, counted from before the first digit.
    point: i64,
}

impl Exact {
    /// Reads `-12.50` or `1e3`; nothing if it is no number.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{part}");
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let first = all.find(|digit| digit != '0').unwrap_or(all.len());
        let digits = all[first..].trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self { negative: false, digits, point: 0 });
        }
        let before = i64::try_from(whole.len()).ok()? - i64::try_from(first).ok()?;
        Some(Self { negative, digits, point: before + i64::from(exponent) })
    }

    /// Which of two is larger, without their signs.
    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (false, false) => (self.point, &self.digits).cmp(&(other.point, &other.digits)),
            (mine, others) => others.cmp(&mine),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exact;

    #[test]
    fn numbers_are_ordered_by_their_digits() {
        // From the smallest to the largest; those of one row are the same.
        let rows: &[&[&str]] = &[
            &["-1e20"],
            &["-9007199254740993"],
            &["-9007199254740992"],
            &["-1.5", "-01.50"],
            &["-0.001", "-1e-3"],
            &["0", "-0", "0.00", "+0", "0e9"],
            &["0.00009"],
            &["0.1", ".1", "1e-1", " 0.10 "],
            &["1", "1.", "001", "10e-1", "1.000"],
            &["1.01"],
            &["10", "1e1", "1E+1"],
            &["9007199254740992"],
            &["9007199254740993"],
            &["1e300", "1e+300"],
        ];
        let read = |text: &str| Exact::read(text).unwrap_or_else(|| panic!("{text} is a number"));
        for (place, row) in rows.iter().enumerate() {
            for text in *row {
                for (other, others) in rows.iter().enumerate() {
                    for against in *others {
                        let found = read(text).cmp(&read(against));
                        assert_eq!(found, place.cmp(&other), "{text} and {against}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", ".", "-", "1,5", "1e", "e5", "0x10", "1 2", "inf", "NaN", "1.2.3", "--1"] {
            assert_eq!(Exact::read(text), None, "{text}");
        }
    }
}
