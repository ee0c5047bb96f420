//! The worker: claims jobs fairly, makes their calls, settles them.
//!
//! A job is leased while it is worked; the lease is extended at a third of its life, and whoever
//! settles must still hold it. A worker that dies loses nothing: its leases run out and the jobs
//! are claimed again.

mod call;
mod delivering;
mod live;
mod probing;
mod repeating;
mod watching;

use live::{LiveRun, LiveRuns};
use portico_domain::{JobId, Timestamp};
use portico_services::Services;
use portico_storage::{Claim, ClaimedJob, StorageError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct WorkerOptions {
    /// How many jobs it works on at once.
    pub concurrency: usize,
    /// How long a lease lives without being extended.
    pub lease: Duration,
    /// The longest it sleeps without looking: a safety net under the wake-ups.
    pub poll: Duration,
    /// For how long the queue tries what is ours to try again.
    pub give_up_after: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            concurrency: 64,
            lease: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            give_up_after: Duration::from_secs(3 * 24 * 3600),
        }
    }
}

/// How long idempotency keys are kept.
const KEYS_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long sessions and attempts to connect are kept once they have ended.
const ENDED_KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long to wait after the database failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A loop over the queue.
pub struct Worker {
    services: Services,
    options: WorkerOptions,
    /// The fence: a name that no other worker has.
    lease: String,
    /// The executions that it has jobs of.
    runs: LiveRuns,
}

/// A job that this worker holds, and its execution.
struct Leased {
    job: ClaimedJob,
    run: Arc<LiveRun>,
}

/// When the recurring chores are next due.
struct Chores {
    extend: Timestamp,
    reap: Timestamp,
    purge: Timestamp,
    old: Timestamp,
}

impl Worker {
    /// A worker over the queue of `services`.
    pub fn new(services: Services, options: WorkerOptions) -> Self {
        let lease = services.ports().id(JobId::from_parts).to_string();
        Self { services, options, lease, runs: LiveRuns::default() }
    }

    /// Works until told to stop, then finishes what is under way.
    pub async fn run(self, stop: CancellationToken) {
        let mut working: JoinSet<JobId> = JoinSet::new();
        let mut held: HashMap<tokio::task::Id, JobId> = HashMap::new();
        let now = self.now();
        let mut chores = Chores { extend: now, reap: now, purge: now, old: now };
        let mut probing = probing::Probing::due_at(now);
        let mut watching = watching::Watching::due_at(now);
        let mut delivering = delivering::Delivering::due_at(now);
        let mut repeating = repeating::Repeating::due_at(now);
        while !stop.is_cancelled() {
            probing.begin(&self.services, self.now());
            watching.begin(&self.services, self.now());
            delivering.begin(&self.services, self.now());
            repeating.begin(&self.services, self.now());
            let woken = self.services.store().woken();
            tokio::pin!(woken);
            if let Err(error) = self.chores(&mut chores, &held).await {
                tracing::error!(%error, "the worker could not do its chores");
            }
            let room = self.options.concurrency.saturating_sub(working.len());
            let claimed = self.claim(room).await;
            let full = claimed.len() == room;
            for leased in claimed {
                let id = leased.job.id;
                let services = self.services.clone();
                let task = working.spawn(async move {
                    call::perform(&services, &leased).await;
                    id
                });
                held.insert(task.id(), id);
            }
            if full && room > 0 {
                // There may be more; take what has finished meanwhile without waiting.
                while let Some(done) = working.try_join_next_with_id() {
                    forget(&mut held, done);
                }
                continue;
            }
            let until = self.next_look(&chores).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = &mut woken => {}
                () = self.services.ports().clock.sleep_until(until) => {}
                Some(done) = working.join_next_with_id() => forget(&mut held, done),
            }
        }
        while working.join_next().await.is_some() {}
        probing.end().await;
        watching.end(&self.services).await;
        repeating.end().await;
        delivering.end().await;
    }

    /// Works through everything that is due now, and returns how many jobs that were. For tests
    /// with a clock that is moved by hand.
    ///
    /// # Errors
    /// The database failed.
    pub async fn drain(&self) -> Result<usize, StorageError> {
        let mut done = 0;
        loop {
            let jobs = self.lease(self.options.concurrency).await?;
            if jobs.is_empty() {
                // Those that were due may all have had to wait, and others be due behind them.
                match self.services.store().next_due().await? {
                    Some(due) if due <= self.now() => continue,
                    _ => return Ok(done),
                }
            }
            done += jobs.len();
            let mut working = JoinSet::new();
            for leased in jobs {
                let services = self.services.clone();
                working.spawn(async move { call::perform(&services, &leased).await });
            }
            while working.join_next().await.is_some() {}
        }
    }

    async fn claim(&self, room: usize) -> Vec<Leased> {
        if room == 0 {
            return Vec::new();
        }
        match self.lease(room).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::error!(%error, "the worker could not claim");
                self.services.ports().clock.sleep_until(self.now() + PAUSE).await;
                Vec::new()
            }
        }
    }

    async fn lease(&self, limit: usize) -> Result<Vec<Leased>, StorageError> {
        // Kept until the claim is answered: what it does not read must still be here then.
        let at_hand = self.runs.known();
        let now = self.now();
        let claim = Claim {
            limit,
            now,
            lease_until: now + self.options.lease,
            lease: self.lease.clone(),
            known: at_hand.iter().filter_map(|run| run.at_hand()).collect(),
        };
        let jobs = self.services.store().claim(claim).await?;
        let leased = jobs.into_iter().filter_map(|job| {
            let run = self.runs.join(&job);
            if run.is_none() {
                // Its lease runs out, and it is claimed again.
                tracing::error!(job = %job.id, "a job came without its run");
            }
            Some(Leased { run: run?, job })
        });
        Ok(leased.collect())
    }

    async fn chores(
        &self,
        due: &mut Chores,
        held: &HashMap<tokio::task::Id, JobId>,
    ) -> Result<(), StorageError> {
        let now = self.now();
        let store = self.services.store();
        if due.extend <= now {
            due.extend = now + self.options.lease / 3;
            let jobs: Vec<_> = held.values().copied().collect();
            if !jobs.is_empty() {
                store.extend(jobs, &self.lease, now + self.options.lease).await?;
            }
        }
        if due.reap <= now {
            due.reap = now + self.options.lease / 3;
            let reaped = store.reap(now, self.options.give_up_after).await?;
            if reaped.released + reaped.dead > 0 {
                tracing::warn!(
                    released = reaped.released,
                    dead = reaped.dead,
                    "leases had run out"
                );
            }
        }
        if due.purge <= now {
            due.purge = now + Duration::from_secs(3600);
            store.purge_idempotency_keys(now - KEYS_KEPT).await?;
            store.purge_ended(now - ENDED_KEPT).await?;
            store.purge_lanes(now).await?;
        }
        if due.old <= now {
            // A batch at a time, until there is nothing old; then its place on the disk.
            let days = u64::from(self.services.settings().retention_days);
            let removed = store.purge_old(now - Duration::from_secs(days * 86_400)).await?;
            let more = removed > 0 || store.give_back_space().await? > 0;
            due.old = now + if more { Duration::from_secs(1) } else { Duration::from_secs(600) };
        }
        Ok(())
    }

    /// When there is something to do again, at the latest.
    async fn next_look(&self, chores: &Chores) -> Timestamp {
        let poll = self.now() + self.options.poll;
        let due = self.services.store().next_due().await.ok().flatten().unwrap_or(poll);
        due.min(poll).min(chores.extend)
    }

    fn now(&self) -> Timestamp {
        self.services.ports().now()
    }
}

fn forget(
    held: &mut HashMap<tokio::task::Id, JobId>,
    done: Result<(tokio::task::Id, JobId), tokio::task::JoinError>,
) {
    match done {
        Ok((task, _)) => {
            held.remove(&task);
        }
        Err(error) => {
            // The job's lease runs out and it is claimed again.
            tracing::error!(%error, "a job's task broke");
            held.remove(&error.id());
        }
    }
}
