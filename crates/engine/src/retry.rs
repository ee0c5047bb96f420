//! When a failed attempt is made again.

use portico_domain::{ExecutionId, Failure, FailureClass, StepPath, Timestamp};
use std::time::Duration;

/// The usual waits before each retry, in seconds.
const LADDER: [u64; 5] = [10, 20, 30, 50, 80];

/// Which attempt of which step of which execution failed.
pub(crate) struct Attempt<'a> {
    pub(crate) execution: ExecutionId,
    pub(crate) path: &'a StepPath,
    /// Counted from 1.
    pub(crate) number: u32,
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
    let seconds = ladder.get(usize::try_from(attempt.number).ok()?.checked_sub(1)?)?;
    let wait = Duration::from_secs(*seconds);
    let asked = Duration::from_millis(failure.retry_after_ms.unwrap_or(0));
    Some(now + wait.max(asked) + jitter(attempt, wait))
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
    use super::{Attempt, retry_at};
    use portico_domain::{ExecutionId, Failure, FailureClass, StepPath, Timestamp};

    fn due(class: FailureClass, number: u32, asked_ms: Option<u64>) -> Option<i64> {
        let path = StepPath("step".to_owned());
        let execution = ExecutionId::from_parts(1, [7; 10]);
        let attempt = Attempt { execution, path: &path, number };
        let mut failure = Failure::new(class, "code", "words");
        failure.retry_after_ms = asked_ms;
        retry_at(&attempt, &failure, None, Timestamp::from_millis(0)).map(Timestamp::millis)
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
