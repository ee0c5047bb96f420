//! What tells one item from all others, and what of it is remembered.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portico_domain::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

/// How many items are remembered for each poll. More than a provider shows in a usual overlap, and
/// about 100 kB when full.
const REMEMBERED: usize = 4096;

/// The identity of an item: 144 bits of a hash of the values that tell it from others. The same item
/// has the same key, from whichever delivery or poll it comes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// 24 characters of base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Pointers whose values together tell an item from all others.
pub(crate) struct Dedupe(Vec<String>);

impl Dedupe {
    pub(crate) fn read(pointers: Vec<String>) -> Result<Self, &'static str> {
        if pointers.is_empty() {
            return Err("`dedupe` needs a pointer: what tells an item from all others?");
        }
        Ok(Self(pointers))
    }

    /// Nothing for an item that says none of it: it would be the same as any other such.
    pub(crate) fn key(&self, item: &Value) -> Option<Key> {
        let values: Vec<_> = self.0.iter().map(|pointer| item.pointer(pointer)).collect();
        if values.iter().all(|value| value.is_none_or(Value::is_null)) {
            return None;
        }
        let text = serde_json::to_vec(&values).ok()?;
        Some(Key(URL_SAFE_NO_PAD.encode(&Sha256::digest(text)[..18])))
    }
}

/// The items that were seen lately, by the moment that the cursor goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seen(BTreeMap<i64, BTreeSet<Key>>);

impl Seen {
    pub(crate) fn keys(&self) -> HashSet<Key> {
        self.0.values().flatten().cloned().collect()
    }

    pub(crate) fn remember(&mut self, at: i64, key: Key) {
        self.0.entry(at).or_default().insert(key);
    }

    /// One more than the latest moment.
    pub(crate) fn after(&self) -> i64 {
        self.0.last_key_value().map_or(0, |(at, _)| at.saturating_add(1))
    }

    /// What will not be shown again need not be remembered.
    pub(crate) fn forget_before(&mut self, moment: Timestamp) {
        self.0 = self.0.split_off(&moment.millis());
    }

    /// Forgets the oldest until few enough are left; says the latest moment that was forgotten.
    pub(crate) fn shrink(&mut self) -> Option<Timestamp> {
        let mut count: usize = self.0.values().map(BTreeSet::len).sum();
        let mut forgotten = None;
        while count > REMEMBERED
            && let Some((at, keys)) = self.0.pop_first()
        {
            count -= keys.len();
            forgotten = Some(Timestamp::from_millis(at));
        }
        forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::{Dedupe, REMEMBERED, Seen};
    use portico_domain::Timestamp;
    use serde_json::json;

    #[test]
    fn an_item_is_told_by_all_its_values_together() {
        let dedupe = Dedupe::read(vec!["/a".to_owned(), "/b".to_owned()]).expect("pointers");
        let key = |item| dedupe.key(&item).map(|key| key.to_string());
        assert_eq!(key(json!({ "a": 1, "b": 2 })), key(json!({ "b": 2, "a": 1, "c": 3 })));
        assert_ne!(key(json!({ "a": 1, "b": 23 })), key(json!({ "a": 12, "b": 3 })));
        assert_ne!(key(json!({ "a": "1" })), key(json!({ "a": 1 })));
        assert_eq!(key(json!({ "c": 3 })), None);
        assert_eq!(key(json!({ "a": 1 })).map(|key| key.len()), Some(24));
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let dedupe = Dedupe::read(vec!["/n".to_owned()]).expect("pointers");
        let mut seen = Seen::default();
        for n in 0..REMEMBERED + 2 {
            let at = i64::try_from(n / 2).expect("a moment");
            seen.remember(at, dedupe.key(&json!({ "n": n })).expect("a key"));
        }
        assert_eq!(seen.shrink(), Some(Timestamp::from_millis(0)));
        assert_eq!(seen.keys().len(), REMEMBERED);
        assert_eq!(seen.shrink(), None);
    }
}
