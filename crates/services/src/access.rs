//! Who may do what, and how often.

use crate::security::ticket;
use portico_domain::{Actor, ConnectedUserId, ProjectId, Refusal, RefusalCode, Timestamp};
use portico_storage::StorageError;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The dashboard's and the command line's rights: every project.
pub(crate) fn administrate(actor: &Actor) -> Result<(), Refusal> {
    match actor {
        Actor::Admin { .. } | Actor::Operator => Ok(()),
        Actor::ConnectedUser { .. } => {
            Err(Refusal::new(RefusalCode::SignInRequired, "Sign in to the dashboard to do this."))
        }
    }
}

/// A connected user acting for itself.
pub(crate) fn as_user(actor: &Actor) -> Result<(ProjectId, ConnectedUserId), Refusal> {
    match actor {
        Actor::ConnectedUser { project, user, .. } => Ok((*project, *user)),
        Actor::Admin { .. } | Actor::Operator => Err(Refusal::user_token()),
    }
}

/// Storage errors as callers see them: logged here, once, told without their insides.
pub(crate) fn storage(error: StorageError) -> Refusal {
    tracing::error!(error = %error, "storage failed");
    match error {
        StorageError::Migrate(_) => internal(),
        error if error.is_about_a_row() => internal(),
        _ => Refusal::new(
            RefusalCode::StorageUnavailable,
            "The database cannot be reached right now; nothing was stored. Try again.",
        ),
    }
}

/// A field whose value could be written and never be read again.
pub(crate) fn too_deep(field: &str) -> Refusal {
    let most = portico_domain::json::DEEPEST;
    let words =
        format!("Write it flatter: {most} levels of objects and lists in one another at most.");
    Refusal::field(field, words)
}

/// Something that cannot happen, happened. The caller has logged it.
pub(crate) fn internal() -> Refusal {
    Refusal::new(RefusalCode::Internal, "Something broke on our side; it has been logged.")
}

/// Rates of our own edge, per process: a bucket per key, refilled with time.
#[derive(Default)]
pub(crate) struct Rates {
    users: Buckets<ConnectedUserId>,
    connecting: Buckets<ConnectedUserId>,
    choices: Buckets<ConnectedUserId>,
    sign_in: Buckets<String>,
    sign_ins: Buckets<()>,
    refusals: Buckets<ProjectId>,
}

/// How fast, and how much at once.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) burst: f64,
}

impl Rates {
    /// One more event of a user.
    pub(crate) fn event(
        &self,
        user: ConnectedUserId,
        rate: Rate,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.users.take(user, rate, now).map_err(|wait| too_many("events", wait))
    }

    /// Whether one more refused token of a project is worth a row.
    pub(crate) fn refusal(&self, project: ProjectId, now: Timestamp) -> bool {
        let rate = Rate { per_second: 0.5, burst: 20.0 };
        self.refusals.take(project, rate, now).is_ok()
    }

    /// One more thing that stays or asks a provider often: a portal session, an authorization, an account
    /// that is entered, a look for choices that are gone.
    pub(crate) fn connecting(&self, user: ConnectedUserId, now: Timestamp) -> Result<(), Refusal> {
        let rate = Rate { per_second: 1.0, burst: 30.0 };
        self.connecting.take(user, rate, now).map_err(|wait| too_many("attempts", wait))
    }

    /// One more page of choices: a person scrolls and types.
    pub(crate) fn choices(&self, user: ConnectedUserId, now: Timestamp) -> Result<(), Refusal> {
        let rate = Rate { per_second: 10.0, burst: 200.0 };
        self.choices.take(user, rate, now).map_err(|wait| too_many("pages", wait))
    }

    /// One more attempt to sign in: five a minute by e-mail address, ten a second by all addresses
    /// together. Of the address its hash is kept: it is whatever somebody sent.
    pub(crate) fn sign_in(&self, email: &str, now: Timestamp) -> Result<(), Refusal> {
        let all = Rate { per_second: 10.0, burst: 20.0 };
        let own = Rate { per_second: 5.0 / 60.0, burst: 5.0 };
        let taken = self.sign_ins.take((), all, now);
        taken
            .and_then(|()| self.sign_in.take(ticket::hash(email), own, now))
            .map_err(|wait| too_many("attempts", wait))
    }
}

fn too_many(what: &str, wait_seconds: u64) -> Refusal {
    let mut refusal = Refusal::new(
        RefusalCode::TooManyRequests,
        format!("Too many {what} in a short time; try again in {wait_seconds} s."),
    );
    refusal.meta = Some(serde_json::json!({ "retryAfter": wait_seconds }));
    refusal
}

/// Token buckets. When there are too many keys, the full buckets are forgotten: a forgotten bucket
/// is a full one.
struct Buckets<K>(Mutex<HashMap<K, Bucket>>);

struct Bucket {
    level: f64,
    at: Timestamp,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

const MOST_BUCKETS: usize = 50_000;

impl<K: Eq + Hash> Buckets<K> {
    /// Takes one, or says after how many seconds there is one.
    fn take(&self, key: K, rate: Rate, now: Timestamp) -> Result<(), u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS {
            buckets.retain(|_, bucket| refilled(bucket, rate, now) < rate.burst);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { level: rate.burst, at: now });
        bucket.level = refilled(bucket, rate, now);
        bucket.at = now;
        if bucket.level >= 1.0 {
            bucket.level -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - bucket.level) / rate.per_second.max(1e-6);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a wait is positive and bounded by the rate"
        )]
        Err(wait.ceil().clamp(1.0, 86_400.0) as u64)
    }
}

fn refilled(bucket: &Bucket, rate: Rate, now: Timestamp) -> f64 {
    (bucket.level + now.since(bucket.at).as_secs_f64() * rate.per_second).min(rate.burst)
}

#[cfg(test)]
mod tests {
    use super::{Buckets, Rate, Rates};
    use portico_domain::Timestamp;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let buckets = Buckets::default();
        let rate = Rate { per_second: 2.0, burst: 3.0 };
        let at = Timestamp::from_millis;
        for _ in 0..3 {
            assert_eq!(buckets.take("a", rate, at(0)), Ok(()));
        }
        assert_eq!(buckets.take("a", rate, at(0)), Err(1));
        assert_eq!(buckets.take("b", rate, at(0)), Ok(()), "keys do not share");
        assert_eq!(buckets.take("a", rate, at(500)), Ok(()));
        assert_eq!(buckets.take("a", rate, at(500)), Err(1));
    }

    #[test]
    fn attempts_to_sign_in_are_few_by_address_and_by_all_of_them() {
        let at = Timestamp::from_millis(0);
        let rates = Rates::default();
        let tries = |email: &str| (0..6).take_while(|_| rates.sign_in(email, at).is_ok()).count();
        assert_eq!(tries("ada@example.com"), 5);
        let (mut let_in, known) = (0, 5);
        for one in 0..100 {
            let_in += usize::from(rates.sign_in(&format!("{one}@example.com"), at).is_ok());
        }
        assert_eq!(
            let_in + known,
            19,
            "another address is no way around it; one was refused above"
        );
        let later = Timestamp::from_millis(1000);
        assert!(rates.sign_in("grace@example.com", later).is_ok());
    }
}
