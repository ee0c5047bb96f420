//! The worker: claims jobs fairly, makes their calls, settles them.
//!
//! A job is leased while it is worked; the lease is extended at a third of its life, and whoever
//! settles must still hold it. A worker that dies loses nothing: its leases run out and the jobs
//! are claimed again.

mod call;
mod chores;
mod filling;
mod live;

use chores::Chores;
use filling::{Filling, Kind};
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
    /// For how long the queue tries what is ours to try again, since that went wrong first.
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
        let mut extend = self.now();
        let mut chores = Chores::due_at(extend);
        let fillings =
            [Kind::Polls, Kind::Deliveries].map(|kind| Filling::start(kind, self.services.clone()));
        while !stop.is_cancelled() {
            chores.begin(&self.services, self.options);
            let woken = self.services.store().woken();
            tokio::pin!(woken);
            if extend <= self.now() {
                extend = self.now() + self.options.lease / 3;
                self.extend(&held).await;
            }
            let room = self.options.concurrency.saturating_sub(working.len());
            let claimed = self.claim(room).await;
            let full = claimed.len() == room;
            for leased in claimed {
                let id = leased.job.id;
                let (services, patience) = (self.services.clone(), self.options.give_up_after);
                let task = working.spawn(async move {
                    call::perform(&services, &leased, patience).await;
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
            let until = self.next_look(extend).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = &mut woken => {}
                () = self.services.ports().clock.sleep_until(until) => {}
                Some(done) = working.join_next_with_id() => forget(&mut held, done),
            }
        }
        while working.join_next().await.is_some() {}
        for filling in fillings {
            filling.end().await;
        }
        chores.end(&self.services).await;
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
                let (services, patience) = (self.services.clone(), self.options.give_up_after);
                working.spawn(async move { call::perform(&services, &leased, patience).await });
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

    /// Keeps what is held.
    async fn extend(&self, held: &HashMap<tokio::task::Id, JobId>) {
        let jobs: Vec<_> = held.values().copied().collect();
        if jobs.is_empty() {
            return;
        }
        let until = self.now() + self.options.lease;
        if let Err(error) = self.services.store().extend(jobs, &self.lease, until).await {
            tracing::error!(%error, "leases could not be extended");
        }
    }

    /// When there is something to do again, at the latest.
    async fn next_look(&self, extend: Timestamp) -> Timestamp {
        let poll = self.now() + self.options.poll;
        let due = self.services.store().next_due().await.ok().flatten().unwrap_or(poll);
        due.min(poll).min(extend)
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
