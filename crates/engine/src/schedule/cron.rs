//! Cron expressions: five fields, or six with seconds first.

use std::ops::RangeInclusive;

/// A cron expression, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    seconds: Set,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
    /// With both restricted, a day counts that is one of either: as every cron has it.
    either_day: bool,
}

/// Numbers below 64, one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Set(u64);

/// A field: its name, its numbers, and words for them.
struct Field {
    name: &'static str,
    numbers: RangeInclusive<u32>,
    /// The first of them stands for the smallest number.
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 6] = [
    Field { name: "second", numbers: 0..=59, words: &[] },
    Field { name: "minute", numbers: 0..=59, words: &[] },
    Field { name: "hour", numbers: 0..=23, words: &[] },
    Field { name: "day of the month", numbers: 1..=31, words: &[] },
    Field { name: "month", numbers: 1..=12, words: &MONTHS },
    Field { name: "day of the week", numbers: 0..=7, words: &WEEKDAYS },
];
/// The most days that each month has.
const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong, with the field it stands in.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Vec<&str> = text.split_whitespace().collect();
        let written = match written.len() {
            6 => written,
            5 => std::iter::once("0").chain(written).collect(),
            0 => return Err("Write when it runs, such as 0 9 * * Mon.".to_owned()),
            count => {
                return Err(format!(
                    "A schedule has five fields (minute, hour, day of the month, month, day of the \
                     week), or six with seconds first; {text:?} has {count}."
                ));
            }
        };
        let mut sets = [Set(0); 6];
        for ((set, field), part) in sets.iter_mut().zip(&FIELDS).zip(&written) {
            *set = field.read(part)?;
        }
        let [seconds, minutes, hours, days, months, weekdays] = sets;
        // Sunday is 0 and 7.
        let weekdays = if weekdays.has(7) { weekdays.with(0) } else { weekdays };
        let every = |part: &str| part.starts_with('*') || part == "?";
        let either_day = !every(written[3]) && !every(written[5]);
        let own = Self { seconds, minutes, hours, days, months, weekdays, either_day };
        if !own.either_day && !own.has_a_day() {
            return Err(format!("No month that is named has the days of {text:?}."));
        }
        Ok(own)
    }

    fn has_a_day(&self) -> bool {
        (1..=12).zip(LONGEST).any(|(month, longest)| {
            self.months.has(month) && self.days.first_from(1).is_some_and(|day| day <= longest)
        })
    }

    /// Whether it runs on a day; weekdays are counted from Sunday, 0.
    pub fn runs_on(&self, month: u32, day: u32, weekday: u32) -> bool {
        let (day, weekday) = (self.days.has(day), self.weekdays.has(weekday));
        let fits = if self.either_day { day || weekday } else { day && weekday };
        fits && self.months.has(month)
    }

    /// Whether it comes round again and again past an hour, rather than at certain times of the day: several times
    /// within that hour, or in an hour beside it as well.
    pub fn goes_through(&self, hour: u32) -> bool {
        let several = |set: Set| set.0.count_ones() > 1;
        let beside = [(hour + 1) % 24, (hour + 23) % 24].into_iter().any(|own| self.hours.has(own));
        self.hours.has(hour) && (beside || several(self.minutes) || several(self.seconds))
    }

    /// The first time of such a day that is not before this one: hour, minute, second.
    pub fn time_from(&self, hour: u32, minute: u32, second: u32) -> Option<(u32, u32, u32)> {
        let first = (self.minutes.first_from(0)?, self.seconds.first_from(0)?);
        if self.hours.has(hour) {
            if self.minutes.has(minute)
                && let Some(second) = self.seconds.first_from(second)
            {
                return Some((hour, minute, second));
            }
            if let Some(minute) = self.minutes.first_from(minute + 1) {
                return Some((hour, minute, first.1));
            }
        }
        self.hours.first_from(hour + 1).map(|hour| (hour, first.0, first.1))
    }
}

impl Set {
    fn has(self, number: u32) -> bool {
        number < 64 && self.0 >> number & 1 == 1
    }

    fn with(self, number: u32) -> Self {
        Self(self.0 | 1 << number)
    }

    fn first_from(self, number: u32) -> Option<u32> {
        (number..64).find(|number| self.has(*number))
    }
}

impl Field {
    fn read(&self, text: &str) -> Result<Set, String> {
        let mut set = Set(0);
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                None => (part, None),
                Some((range, step)) => (range, Some(self.step(step)?)),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" || range == "?" => (*self.numbers.start(), *self.numbers.end()),
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                None => {
                    let from = self.number(range)?;
                    // `5/10`: from five on.
                    (from, if step.is_some() { *self.numbers.end() } else { from })
                }
            };
            if from > to {
                return Err(format!("In the field {}, {range:?} goes backwards.", self.name));
            }
            for number in (from..=to).step_by(step.unwrap_or(1)) {
                set = set.with(number);
            }
        }
        Ok(set)
    }

    fn step(&self, text: &str) -> Result<usize, String> {
        text.parse().ok().filter(|step| *step > 0).ok_or_else(|| {
            format!("In the field {}, {text:?} is no step: write a number from 1 up.", self.name)
        })
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        if let Some(place) = self.words.iter().position(|word| *word == lower) {
            return Ok(self.numbers.start() + u32::try_from(place).unwrap_or(0));
        }
        let number = text.parse().ok().filter(|number| self.numbers.contains(number));
        number.ok_or_else(|| {
            let (from, to) = (self.numbers.start(), self.numbers.end());
            let words = match (self.words.first(), self.words.last()) {
                (Some(first), Some(last)) => format!(", or {first} to {last}"),
                _ => String::new(),
            };
            format!("The field {} takes {from} to {to}{words}, and not {text:?}.", self.name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Cron;

    #[test]
    fn mistakes_are_told_with_their_field() {
        for (text, words) in [
            ("", "Write when"),
            ("* * *", "has 3"),
            ("61 * * * *", "minute takes 0 to 59"),
            ("* 24 * * *", "hour takes 0 to 23"),
            ("* * 0 * *", "day of the month takes 1 to 31"),
            ("* * * foo *", "month takes 1 to 12, or jan to dec"),
            ("* * * * 8", "day of the week takes 0 to 7"),
            ("*/0 * * * *", "is no step"),
            ("9-5 * * * *", "goes backwards"),
            ("1, * * * *", "minute takes"),
            ("0 0 30 2 *", "No month"),
            ("99999999999 * * * *", "minute takes"),
        ] {
            let told = Cron::read(text).expect_err(text);
            assert!(told.contains(words), "{text}: {told}");
        }
    }

    #[test]
    fn lists_ranges_steps_and_names_are_understood() {
        let cron = Cron::read("0 0,30 8-18/2 * jan-mar Mon-Fri").expect("a schedule");
        assert!(cron.runs_on(2, 17, 1));
        assert!(!cron.runs_on(2, 17, 0), "not on Sundays");
        assert!(!cron.runs_on(4, 17, 1), "not in April");
        assert_eq!(cron.time_from(0, 0, 0), Some((8, 0, 0)));
        assert_eq!(cron.time_from(8, 0, 1), Some((8, 30, 0)));
        assert_eq!(cron.time_from(8, 31, 0), Some((10, 0, 0)));
        assert_eq!(cron.time_from(18, 30, 1), None);
        assert_eq!(Cron::read("0 9 * * 7"), Cron::read("0 0 9 * * Sun,7"));
    }

    #[test]
    fn with_both_days_restricted_either_counts() {
        let cron = Cron::read("0 0 13 * Fri").expect("a schedule");
        assert!(cron.runs_on(1, 13, 2) && cron.runs_on(1, 2, 5) && !cron.runs_on(1, 2, 2));
        let cron = Cron::read("0 0 13 * *").expect("a schedule");
        assert!(cron.runs_on(1, 13, 2) && !cron.runs_on(1, 2, 5));
    }
}
