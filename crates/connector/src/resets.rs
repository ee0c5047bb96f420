//! When an allowance that is used up comes back, as a row of failures says.

use crate::file::ResetsFile;
use jiff::tz::TimeZoneDatabase;
use portico_domain::{DailyReset, Failure, FailureClass};

/// The longest wait, in seconds: three days are waited for at most.
const LONGEST_S: u64 = 3 * 86_400;

/// When an allowance comes back.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Resets {
    /// In so many milliseconds, or then a part of it.
    After(u64),
    /// At a time of the day.
    Daily(DailyReset),
}

impl Resets {
    pub(crate) fn read(file: ResetsFile, class: FailureClass) -> Result<Self, String> {
        if class != FailureClass::Quota {
            return Err(format!("`resets` is said of a `quota`, not of `{class}`"));
        }
        match (file.after_s, file.at, file.zone) {
            (Some(seconds @ 1..=LONGEST_S), None, None) => Ok(Self::After(seconds * 1000)),
            (Some(_), None, None) => Err(format!("`after_s` is 1 to {LONGEST_S}")),
            (None, Some(at), Some(zone)) => {
                let clock =
                    time(&at).ok_or_else(|| format!("`at` is a time like 00:00, not {at:?}"));
                let (hour, minute) = clock?;
                if TimeZoneDatabase::bundled().get(&zone).is_err() {
                    return Err(format!(
                        "there is no time zone {zone:?}; a name of the IANA database is America/Chicago"
                    ));
                }
                Ok(Self::Daily(DailyReset { hour, minute, zone }))
            }
            _ => Err("`resets` has `after_s`, or `at` and `zone`".to_owned()),
        }
    }

    /// The verdict with its wait; a provider that names one knows better.
    pub(crate) fn told(&self, failure: Failure) -> Failure {
        if failure.retry_after_ms.is_some() {
            return failure;
        }
        match self {
            Self::After(ms) => Failure { retry_after_ms: Some(*ms), ..failure },
            Self::Daily(daily) => Failure { resets: Some(Box::new(daily.clone())), ..failure },
        }
    }
}

fn time(text: &str) -> Option<(u8, u8)> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| part.parse::<u8>().ok().filter(|_| part.len() == 2);
    Some((number(hour).filter(|own| *own < 24)?, number(minute).filter(|own| *own < 60)?))
}
