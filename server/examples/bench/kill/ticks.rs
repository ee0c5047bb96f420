//! Whether a schedule was kept: every occurrence once, and what was missed as it is documented.

use portico_domain::Timestamp;
use std::time::Duration;

/// The schedule's.
const PERIOD: Duration = Duration::from_secs(1);
/// What is later by no more than this is made up for (docs/triggers.md).
const MADE_UP_FOR: Duration = Duration::from_secs(60);

/// An occurrence that was fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick {
    /// When it was due.
    pub(super) due: Timestamp,
    /// When its event was stored.
    pub(super) fired: Timestamp,
}

/// How a user's schedule was kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Occurrences that were fired.
    pub(super) fired: usize,
    /// Those of them that came more than a look late.
    pub(super) made_up_for: usize,
    /// Those that were not fired: long missed, and one with the one before them.
    pub(super) missed: u64,
    /// What should not have been.
    pub(super) wrong: Vec<String>,
}

/// Looks at a user's occurrences; `downs` is when no server was there.
pub(super) fn kept(mut ticks: Vec<Tick>, downs: &[(Timestamp, Timestamp)]) -> Kept {
    ticks.sort_unstable();
    let mut kept = Kept { fired: ticks.len(), ..Kept::default() };
    for tick in &ticks {
        if tick.fired < tick.due {
            kept.wrong.push(format!("{} was fired at {}", shown(tick.due), shown(tick.fired)));
        }
        kept.made_up_for += usize::from(tick.fired.since(tick.due) > 2 * PERIOD);
    }
    for pair in ticks.windows(2) {
        let [one, next] = pair else { continue };
        if next.due == one.due {
            kept.wrong.push(format!("{} was fired twice", shown(one.due)));
            continue;
        }
        let between = next.due.since(one.due);
        if between == PERIOD {
            continue;
        }
        let (due, fired) = (shown(one.due), shown(one.fired));
        kept.missed += between.as_secs().saturating_sub(1);
        if next.due - PERIOD > one.fired {
            let next = shown(next.due);
            kept.wrong.push(format!("nothing was fired between {due}, fired {fired}, and {next}"));
        } else if one.fired.since(one.due) <= MADE_UP_FOR {
            kept.wrong.push(format!("what came after {due}, fired {fired}, was left out"));
        } else if !downs.iter().any(|(from, to)| *from <= one.fired && one.due <= *to) {
            kept.wrong.push(format!("a server was there from {due} to {fired}, and did not look"));
        }
    }
    kept
}

fn shown(at: Timestamp) -> String {
    at.rfc3339()
}
