//! Pages of choices that were read lately, so that a list that was open opens at once.

use portico_connector::ChoicePage;
use portico_domain::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a page is as good as new.
const LIFE: Duration = Duration::from_secs(300);
/// How many choices are remembered at most, all users together.
const MOST: usize = 100_000;

/// The pages, oldest first out.
#[derive(Default)]
pub(crate) struct ChoicePages(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    pages: HashMap<String, (Timestamp, Arc<ChoicePage>)>,
    order: VecDeque<(Timestamp, String)>,
    choices: usize,
}

impl ChoicePages {
    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<Arc<ChoicePage>> {
        let kept = self.lock();
        let (read_at, page) = kept.pages.get(key)?;
        (now < *read_at + LIFE).then(|| page.clone())
    }

    pub(crate) fn put(&self, key: String, page: Arc<ChoicePage>, now: Timestamp) {
        let mut kept = self.lock();
        kept.choices += weight(&page);
        kept.order.push_back((now, key.clone()));
        if let Some((_, before)) = kept.pages.insert(key, (now, page)) {
            kept.choices -= weight(&before);
        }
        while kept.choices > MOST || kept.order.front().is_some_and(|(at, _)| *at + LIFE <= now) {
            let Some((at, key)) = kept.order.pop_front() else { break };
            // One that was read again since has a later place.
            if kept.pages.get(&key).is_some_and(|(read_at, _)| *read_at == at)
                && let Some((_, page)) = kept.pages.remove(&key)
            {
                kept.choices -= weight(&page);
            }
        }
    }

    /// Forgets whatever begins so.
    pub(crate) fn forget(&self, prefix: &str) {
        let mut kept = self.lock();
        let gone: Vec<_> =
            kept.pages.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
        for key in gone {
            if let Some((_, page)) = kept.pages.remove(&key) {
                kept.choices -= weight(&page);
            }
        }
        kept.order.retain(|(_, key)| !key.starts_with(prefix));
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An empty page takes room as well.
fn weight(page: &ChoicePage) -> usize {
    page.choices.len() + 1
}

#[cfg(test)]
mod tests {
    use super::{ChoicePages, MOST};
    use portico_connector::ChoicePage;
    use portico_domain::{Choice, Timestamp};
    use serde_json::json;
    use std::sync::Arc;

    fn page(count: usize) -> Arc<ChoicePage> {
        let choice = Choice { value: json!(1), label: "x".to_owned(), detail: None };
        Arc::new(ChoicePage { choices: vec![choice; count], next: None })
    }

    #[test]
    fn pages_are_kept_for_a_while_and_only_so_many() {
        let pages = ChoicePages::default();
        let at = Timestamp::from_millis;
        pages.put("a|1".to_owned(), page(2), at(0));
        pages.put("b|1".to_owned(), page(2), at(1));
        assert!(pages.get("a|1", at(299_999)).is_some());
        assert!(pages.get("a|1", at(300_000)).is_none(), "it is old");
        pages.forget("a|");
        assert!(pages.get("a|1", at(1)).is_none(), "it was asked to be read again");
        assert!(pages.get("b|1", at(1)).is_some());
        pages.put("b|1".to_owned(), page(3), at(2));
        pages.put("c|1".to_owned(), page(MOST - 5), at(3));
        assert!(pages.get("b|1", at(3)).is_some(), "all fit, the one read twice counts once");
        pages.put("d|1".to_owned(), page(1), at(4));
        assert!(pages.get("b|1", at(4)).is_none(), "the oldest goes first");
        assert!(pages.get("c|1", at(4)).is_some());
    }
}
