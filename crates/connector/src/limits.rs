//! The provider's limits, and which of them a call must obey.
//!
//! A provider counts calls in a window that slides. Slots come evenly, a little slower than the
//! limit: a twenty-fifth of it is kept back, half of which lets calls come early in a small burst
//! (so that one taken up late does not cost a slot), half of which covers the way to the provider,
//! on which calls bunch. With N calls allowed in W, slots every W/(0.96 N) and a burst of
//! 1 + 0.02 N, fewer than 0.98 N + 2 calls fall into any W; 96 % of the limit can be used.

use crate::file::LimitFile;
use crate::slip::{Slip, check_names, is_slug};
use crate::text::Text;
use portico_domain::nearest::did_you_mean;
use portico_domain::{CrowdLane, Lanes, RateLane};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

/// The limits of a file.
#[derive(Clone)]
pub(crate) struct Limits {
    /// Whose limits they are: the definition's type, and its owner if that is one project.
    kind: Arc<str>,
    all: Arc<[Limit]>,
    /// Those that hold where nothing else is said.
    usual: Vec<String>,
}

struct Limit {
    id: String,
    calls: Option<Calls>,
    at_once: Option<u64>,
    each: Option<Text>,
}

/// So many calls in a time.
struct Calls {
    most: u64,
    window_ms: u64,
    /// How many of them may come at once.
    burst: u64,
}

/// The limits of an action or of a source of choices.
pub(crate) struct Needs {
    limits: Limits,
    /// Places in the list of limits.
    named: Vec<usize>,
    /// Pointers into the inputs; the first that leads to something is the key of what must not
    /// overlap.
    serial: Vec<Text>,
    /// Of the action.
    id: String,
}

/// What a call asks of its limits.
pub(crate) struct NeedsFile<'a> {
    pub(crate) id: &'a str,
    /// `None`: the usual ones.
    pub(crate) limits: Option<Vec<String>>,
    pub(crate) serial: Vec<String>,
    /// The names that can be used.
    pub(crate) inputs: &'a [String],
}

impl Limits {
    pub(crate) fn read(
        kind: &str,
        files: Vec<LimitFile>,
        usual: Vec<String>,
        slips: &mut Vec<Slip>,
    ) -> Self {
        let mut all: Vec<Limit> = Vec::new();
        for file in files {
            if all.iter().any(|own| own.id == file.id) {
                slips.push(Slip::new(&file.id, format!("There are two limits {:?}.", file.id)));
            }
            all.extend(Limit::read(file, slips));
        }
        let limits = Self { kind: kind.into(), all: all.into(), usual: Vec::new() };
        for id in &usual {
            limits.place(id, slips);
        }
        Self { usual, ..limits }
    }

    fn place(&self, id: &str, slips: &mut Vec<Slip>) -> Option<usize> {
        let found = self.all.iter().position(|own| own.id == id);
        if found.is_none() {
            let advice = did_you_mean(id, self.all.iter().map(|own| own.id.as_str()));
            slips.push(Slip::new(format!("{id:?}"), format!("There is no limit {id:?}.{advice}")));
        }
        found
    }
}

impl Limit {
    fn read(file: LimitFile, slips: &mut Vec<Slip>) -> Option<Self> {
        let mut wrong = |message: &str| slips.push(Slip::new(&file.id, message));
        if !is_slug(&file.id) {
            wrong("An id is lower-case letters, digits and `_`.");
        }
        let calls = match (file.calls, file.per_s) {
            (Some(most @ 1..=1_000_000), Some(seconds @ 1..=86_400)) => Some(Calls {
                most,
                window_ms: seconds * 1000,
                burst: file.burst.unwrap_or(1 + most / 50).max(1),
            }),
            (None, None) if file.at_once.is_some() => None,
            _ => {
                wrong("A limit is `calls` in `per_s` seconds, both at least 1, or `at_once`.");
                None
            }
        };
        if file.at_once == Some(0) {
            wrong("`at_once` is at least 1.");
        }
        if file.burst == Some(0) || (file.burst.is_some() && calls.is_none()) {
            wrong("`burst` is said of `calls`, and at least 1.");
        }
        let each = match file.each.as_deref().map(Text::parse).transpose() {
            Ok(each) => each,
            Err(why) => {
                wrong(&why);
                None
            }
        };
        Some(Self { id: file.id, calls, at_once: file.at_once, each })
    }
}

impl Calls {
    fn lane(&self, key: String) -> RateLane {
        let per_window = self.most * 96;
        let window_us = self.window_ms * 1000 * 100;
        let every_us = i64::try_from(window_us.div_ceil(per_window)).unwrap_or(i64::MAX);
        let early = i64::try_from(self.burst - 1).unwrap_or(0);
        RateLane {
            key,
            calls: self.most,
            window_ms: self.window_ms,
            every_us,
            early_us: every_us.saturating_mul(early),
        }
    }
}

impl Needs {
    pub(crate) fn read(file: NeedsFile<'_>, limits: &Limits, slips: &mut Vec<Slip>) -> Self {
        let mut named = Vec::new();
        let mut crowds = 0;
        for id in file.limits.as_ref().unwrap_or(&limits.usual) {
            let Some(place) = limits.place(id, slips) else { continue };
            let limit = &limits.all[place];
            crowds += usize::from(limit.at_once.is_some());
            if let Some(each) = &limit.each {
                check_names(file.id, each.names(), file.inputs, slips);
            }
            named.push(place);
        }
        if crowds > 1 {
            slips.push(Slip::new(file.id, "Only one of its limits can say `at_once`."));
        }
        let mut serial = Vec::new();
        for text in &file.serial {
            match Text::parse(text) {
                Ok(pointer) if text.starts_with('/') => {
                    check_names(file.id, pointer.names(), file.inputs, slips);
                    serial.push(pointer);
                }
                Ok(_) => slips.push(Slip::new(text, "A pointer begins with `/`.")),
                Err(why) => slips.push(Slip::new(text, why)),
            }
        }
        Self { limits: limits.clone(), named, serial, id: file.id.to_owned() }
    }

    /// The lanes of a call with these inputs for an account.
    pub(crate) fn lanes(&self, account: &str, inputs: &Map<String, Value>) -> Lanes {
        let mut lanes = Lanes::default();
        for place in &self.named {
            let limit = &self.limits.all[*place];
            let each = match &limit.each {
                None => String::new(),
                // Without what tells them apart the call cannot be made, so it needs no slot.
                Some(each) => match each.plain(inputs) {
                    Ok(each) => each,
                    Err(_) => continue,
                },
            };
            let key = self.key(&limit.id, account, &each);
            if let Some(most) = limit.at_once {
                let key = format!("{key}/at_once");
                lanes.crowd = Some(CrowdLane { key, most });
            }
            if let Some(calls) = &limit.calls {
                lanes.rates.push(calls.lane(key));
            }
        }
        lanes.serial = self.serial.iter().find_map(|pointer| {
            let pointer = pointer.pointer(inputs)?;
            let value = pointed(inputs, &pointer)?;
            // Providers compare such values without regard to case.
            let what = format!("{pointer} {}", value.to_lowercase());
            Some(self.key(&format!("{}/serial", self.id), account, &what))
        });
        lanes
    }

    /// Legible up to what people entered, of which only a digest is kept.
    fn key(&self, what: &str, account: &str, each: &str) -> String {
        let mut key = format!("{}/{what}/", self.limits.kind);
        let mut digest = Sha256::new();
        digest.update(account);
        digest.update([0]);
        digest.update(each);
        for byte in &digest.finalize()[..16] {
            let _ = write!(key, "{byte:02x}");
        }
        key
    }
}

/// The text or number that a pointer into the inputs leads to.
fn pointed(inputs: &Map<String, Value>, pointer: &str) -> Option<String> {
    let (first, rest) = match pointer[1..].split_once('/') {
        None => (&pointer[1..], None),
        Some((first, rest)) => (first, Some(format!("/{rest}"))),
    };
    let value = inputs.get(first)?;
    match rest.map_or(Some(value), |rest| value.pointer(&rest))? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Calls;

    /// The most calls in any window if every call comes as early as it may.
    fn most_in_a_window(calls: &Calls) -> i64 {
        let lane = calls.lane(String::new());
        let window = i64::try_from(calls.window_ms * 1000).expect("a window");
        // The nth call after an idle time.
        let at = |n: i64| (n * lane.every_us - lane.early_us).max(0);
        (0..).take_while(|n| at(*n) < window).max().expect("the first") + 1
    }

    #[test]
    fn no_window_holds_more_than_the_limit_and_almost_all_of_it_can_be_used() {
        for (most, seconds) in [(110, 10), (100, 20), (50, 20), (20, 60), (5, 1), (1, 1), (300, 60)]
        {
            let calls = Calls { most, window_ms: seconds * 1000, burst: 1 + most / 50 };
            let limit = i64::try_from(most).expect("a limit");
            assert!(most_in_a_window(&calls) <= limit, "{most} in {seconds} s");
            let lane = calls.lane(String::new());
            let window = i64::try_from(seconds * 1_000_000).expect("a window");
            let hundred_windows = 100 * window / lane.every_us;
            assert!(hundred_windows >= 95 * limit, "{most} in {seconds} s: {hundred_windows}");
        }
    }
}
