//! Places for work that waits for others: so many in all, and so many of each that it is for, whoever is slow.

use std::collections::HashMap;
use tokio::task::{Id, JoinSet};

/// Whom a piece of work is for, and how many places that may have at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) of: String,
    pub(crate) most: usize,
}

/// Work under way. As one ends another can begin; whoever never answers keeps no more than its share waiting.
pub struct Places {
    all: usize,
    held: HashMap<String, Held>,
    shares: HashMap<Id, Vec<String>>,
    under_way: JoinSet<()>,
}

struct Held {
    places: usize,
    most: usize,
}

impl Places {
    /// So many places, all of them free.
    pub fn new(all: usize) -> Self {
        Self { all, held: HashMap::new(), shares: HashMap::new(), under_way: JoinSet::new() }
    }

    /// How many are free, for whoever has not used up its share.
    pub fn free(&self) -> usize {
        self.all.saturating_sub(self.under_way.len())
    }

    /// Waits until something under way has ended; `false`: nothing was.
    pub async fn ended(&mut self) -> bool {
        let Some(ended) = self.under_way.join_next_with_id().await else { return false };
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                tracing::error!(%error, "a piece of work broke");
                error.id()
            }
        };
        for of in self.shares.remove(&id).unwrap_or_default() {
            if let Some(held) = self.held.get_mut(&of) {
                held.places -= 1;
                if held.places == 0 {
                    self.held.remove(&of);
                }
            }
        }
        true
    }

    /// Lets all that is under way come to its end.
    pub async fn all_ended(&mut self) {
        while self.ended().await {}
    }

    /// Those who have all they may have.
    pub(crate) fn full(&self) -> Vec<String> {
        let full = self.held.iter().filter(|(_, held)| held.places >= held.most);
        full.map(|(of, _)| of.clone()).collect()
    }

    /// Whether there is a place for all whom a piece of work is for.
    pub(crate) fn has_room(&self, shares: &[Share]) -> bool {
        let own = |share: &Share| self.held.get(&share.of).map_or(0, |held| held.places);
        self.free() > 0 && shares.iter().all(|share| own(share) < share.most)
    }

    /// Begins a piece of work.
    pub(crate) fn begin(
        &mut self,
        shares: Vec<Share>,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let mut names = Vec::with_capacity(shares.len());
        for Share { of, most } in shares {
            let held = self.held.entry(of.clone()).or_insert(Held { places: 0, most });
            held.places += 1;
            names.push(of);
        }
        let task = self.under_way.spawn(work);
        self.shares.insert(task.id(), names);
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, Share};

    fn of(name: &str) -> Vec<Share> {
        vec![Share { of: name.to_owned(), most: 2 }]
    }

    #[tokio::test]
    async fn whoever_never_answers_keeps_its_share_and_no_more() {
        let mut places = Places::new(3);
        for _ in 0..2 {
            assert!(places.has_room(&of("slow")));
            places.begin(of("slow"), std::future::pending());
        }
        assert_eq!((places.has_room(&of("slow")), places.full()), (false, vec!["slow".to_owned()]));
        for _ in 0..5 {
            assert!(places.has_room(&of("quick")), "a place is left for the others");
            places.begin(of("quick"), async {});
            assert_eq!(places.free(), 0);
            assert!(places.ended().await);
        }
    }

    #[tokio::test]
    async fn what_breaks_gives_its_place_back() {
        let mut places = Places::new(1);
        places.begin(of("broken"), async { panic!("on purpose") });
        assert!(!places.has_room(&of("other")));
        assert!(places.ended().await);
        assert!(places.has_room(&of("broken")) && places.full().is_empty());
        assert!(!places.ended().await, "nothing is under way");
    }
}
