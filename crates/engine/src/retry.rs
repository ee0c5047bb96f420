//! When a failed attempt is made again.

use portico_domain::{ExecutionId, Failure, FailureClass, StepPath, Timestamp};
use std::time::Duration;

/// The usual waits before each retry, in seconds.
const LADDER: [u64; 5] = [10, 20, 30, 50, 80];

/// When to look again whether an allowance is back, if nobody says when it is.
const ALLOWANCE: Duration = Duration::from_secs(3600);
/// The shortest wait for one.
const SHORTEST: Duration = Duration::from_secs(10);
/// The longest, all waits of a step together.
const LONGEST: Duration = Duration::from_secs(3 * 24 * 3600);
/// What the jitter of such a wait is a part of.
const SPREAD: Duration = Duration::from_secs(300);

/// Which attempt of which step of which execution failed.
pub(crate) struct Attempt<'a> {
    pub(crate) execution: ExecutionId,
    pub(crate) path: &'a StepPath,
    /// Counted from 1.
    pub(crate) number: u32,
    /// The waits for an allowance before it.
    pub(crate) parked: Parked,
}

/// The waits of a step for an allowance that was used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parked {
    pub(crate) times: u32,
    /// When the first of them began.
    pub(crate) since: Option<Timestamp>,
}

/// When the next attempt is due; `None` if there is none.
pub(crate) fn retry_at(
    attempt: &Attempt<'_>,
    failure: &Failure,
    ladder: Option<&[u64]>,
    now: Timestamp,
) -> Option<Timestamp> {
    if !is_worth_it(failure.class) {
        return None;
    }
    let ladder = ladder.unwrap_or(&LADDER);
    let asked = failure.retry_after_ms.map(Duration::from_millis);
    if failure.class == FailureClass::Quota && !ladder.is_empty() {
        let due = now + asked.unwrap_or(ALLOWANCE).max(SHORTEST) + jitter(attempt, SPREAD);
        let last = attempt.parked.since.unwrap_or(now) + LONGEST;
        return (due <= last).then_some(due);
    }
    // Waiting for an allowance is no step on it.
    let rung = attempt.number.checked_sub(1 + attempt.parked.times)?;
    let wait = Duration::from_secs(*ladder.get(usize::try_from(rung).ok()?)?);
    Some(now + wait.max(asked.unwrap_or_default()) + jitter(attempt, wait))
}

/// Whether a second try could end otherwise. A lost answer is not repeated blindly.
fn is_worth_it(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::Transient
            | FailureClass::RateLimited
            | FailureClass::Quota
            | FailureClass::Unauthorized
    )
}

/// Up to a fifth of the wait, the same for the same attempt: executions that failed together do
/// not come back together, and a replay of the history comes to the same instants.
fn jitter(attempt: &Attempt<'_>, wait: Duration) -> Duration {
    let number = attempt.number.to_be_bytes();
    let execution = attempt.execution.uuid();
    let bytes = execution.as_bytes().iter().chain(attempt.path.0.as_bytes()).chain(&number);
    // FNV-1a: spread is all that is asked of it.
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let fifth = u64::try_from(wait.as_millis() / 5).unwrap_or(0);
    Duration::from_millis(hash % (fifth + 1))
}

#[cfg(test)]
mod tests {
    use super::{Attempt, Parked, retry_at};
    use portico_domain::{ExecutionId, Failure, FailureClass, StepPath, Timestamp};

    fn due(class: FailureClass, number: u32, asked_ms: Option<u64>) -> Option<i64> {
        let path = StepPath("step".to_owned());
        let execution = ExecutionId::from_parts(1, [7; 10]);
        let attempt = Attempt { execution, path: &path, number, parked: Parked::default() };
        let mut failure = Failure::new(class, "code", "words");
        failure.retry_after_ms = asked_ms;
        retry_at(&attempt, &failure, None, Timestamp::from_millis(0)).map(Timestamp::millis)
    }

    #[test]
    fn an_allowance_is_waited_for_beside_the_ladder_and_not_for_ever() {
        const HOUR: i64 = 3_600_000;
        let path = StepPath("step".to_owned());
        let due = |class, (number, times), ladder: Option<&[u64]>, hours: i64| {
            let since = (times > 0).then_some(Timestamp::from_millis(0));
            let parked = Parked { times, since };
            let execution = ExecutionId::from_parts(1, [7; 10]);
            let attempt = Attempt { execution, path: &path, number, parked };
            let mut failure = Failure::new(class, "code", "words");
            failure.retry_after_ms = Some(6 * 3_600_000).filter(|_| class == FailureClass::Quota);
            let now = Timestamp::from_millis(hours * HOUR);
            retry_at(&attempt, &failure, ladder, now).map(|at| at.millis() - now.millis())
        };
        let after = due(FailureClass::Quota, (1, 0), None, 0).expect("a wait");
        assert!((6 * HOUR..=6 * HOUR + 60_000).contains(&after), "{after}");
        assert!(
            due(FailureClass::Quota, (9, 8), None, 60).is_some(),
            "more often than the ladder is long"
        );
        assert_eq!(due(FailureClass::Quota, (12, 11), None, 66), None, "three days are over");
        // Whatever else fails then begins where the ladder does.
        let other = due(FailureClass::Transient, (9, 8), None, 60).expect("a retry");
        assert!((10_000..=12_000).contains(&other), "{other}");
        assert_eq!(due(FailureClass::Quota, (1, 0), Some(&[]), 0), None, "nothing is tried again");
    }

    #[test]
    fn the_ladder_is_climbed_once() {
        for (number, seconds) in [(1, 10), (2, 20), (3, 30), (4, 50), (5, 80)] {
            let due = due(FailureClass::Transient, number, None).expect("a retry");
            assert!((seconds * 1000..=seconds * 1200).contains(&due), "{number}: {due}");
        }
        assert_eq!(due(FailureClass::Transient, 6, None), None);
    }

    #[test]
    fn the_provider_can_only_lengthen_a_wait() {
        assert!(due(FailureClass::RateLimited, 1, Some(60_000)) >= Some(60_000));
        assert!(due(FailureClass::RateLimited, 1, Some(1)) >= Some(10_000));
    }

    #[test]
    fn what_cannot_end_otherwise_is_not_tried_again() {
        for class in FailureClass::ALL {
            let again = due(class, 1, None).is_some();
            let name = class.name();
            assert_eq!(
                again,
                ["transient", "rate_limited", "quota", "unauthorized"].contains(&name),
                "{name}"
            );
        }
    }
}
