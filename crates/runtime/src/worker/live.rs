//! The executions that a worker has jobs of: each history is folded once and kept up to date, however
//! many rounds of a fan-out are under way. Jobs that end at the same time are settled one after the other
//! in one commit, each knowing what those before it append.

use futures::future::join_all;
use portico_domain::execution::Rendered;
use portico_domain::workflow::WorkflowDefinition;
use portico_domain::{Entry, ExecutionId, JobId};
use portico_engine::{Run, Signal, State};
use portico_services::{Catalogue, Ended, Services};
use portico_storage::{ClaimedJob, ClaimedRun, Settled, Settlement, StorageError};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How often settling is tried while the database fails, before the lease is left to run out.
const MOST_FAILURES: u32 = 8;
/// The wait between two tries.
const AGAIN: Duration = Duration::from_millis(500);
/// How often the history may have grown: each time, another process has settled something.
const MOST_GROWTHS: u32 = 200;

/// The executions at hand.
#[derive(Default)]
pub(super) struct LiveRuns(Mutex<HashMap<ExecutionId, Weak<LiveRun>>>);

/// An execution at hand.
pub(super) struct LiveRun {
    execution: ExecutionId,
    run: Arc<ClaimedRun>,
    payload: Value,
    /// How much of the history `state` is the fold of, for whoever does not hold it.
    length: AtomicI64,
    state: tokio::sync::Mutex<State>,
    /// Jobs that have ended and are not settled.
    ended: Mutex<Vec<EndedJob>>,
}

/// A job that has ended.
pub(super) struct EndedJob {
    id: JobId,
    lease: String,
    signal: Signal,
}

/// By what an execution goes on.
pub(super) struct Course<'a> {
    pub(super) services: &'a Services,
    pub(super) definition: &'a WorkflowDefinition,
    pub(super) catalogue: &'a Catalogue,
}

impl EndedJob {
    pub(super) fn of(job: &ClaimedJob, ended: Ended) -> Self {
        Self {
            id: job.id,
            lease: job.lease.clone(),
            signal: Signal::AttemptEnded {
                path: job.path.clone(),
                attempt: job.attempt,
                call: ended.call,
                result: ended.result,
            },
        }
    }
}

impl LiveRuns {
    /// Those at hand, kept alive by the answer; forgets the others.
    pub(super) fn known(&self) -> Vec<Arc<LiveRun>> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = Vec::with_capacity(runs.len());
        runs.retain(|_, run| {
            let Some(run) = run.upgrade() else { return false };
            known.push(run);
            true
        });
        known
    }

    /// The execution of a job, with everything that its claim has read; nothing if neither is there.
    pub(super) fn join(&self, job: &ClaimedJob) -> Option<Arc<LiveRun>> {
        let mut runs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(run) = runs.get(&job.execution).and_then(Weak::upgrade) {
            return Some(run);
        }
        let run = Arc::new(LiveRun {
            execution: job.execution,
            run: Arc::clone(&job.run),
            payload: job.run.payload.clone()?,
            length: AtomicI64::new(0),
            state: tokio::sync::Mutex::default(),
            ended: Mutex::default(),
        });
        runs.insert(job.execution, Arc::downgrade(&run));
        Some(run)
    }
}

impl LiveRun {
    /// What a claim need not read again, if there is something.
    pub(super) fn at_hand(&self) -> Option<(ExecutionId, i64)> {
        let length = self.length.load(Ordering::Acquire);
        (length > 0).then_some((self.execution, length))
    }

    /// Takes in what a claim has read, and answers the inputs of the job's step.
    pub(super) async fn input(
        &self,
        services: &Services,
        job: &ClaimedJob,
    ) -> Result<Option<Rendered>, StorageError> {
        let mut state = self.state.lock().await;
        let at_hand = length(&state);
        match usize::try_from(at_hand - job.run.known) {
            Ok(old) => self.take_in(&mut state, job.run.entries.iter().skip(old)),
            // The claim relied on more than is here.
            Err(_) => self.catch_up(services, &mut state).await?,
        }
        Ok(state.input(&job.path).cloned())
    }

    /// Settles a job that has ended, and with it whatever else has ended meanwhile.
    pub(super) async fn settle(&self, course: &Course<'_>, job: EndedJob) {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).push(job);
        let mut state = self.state.lock().await;
        // Nothing, where it was settled by whoever held the state.
        let mut open =
            std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut failures, mut growths) = (0, 0);
        while !open.is_empty() {
            let (settlements, after) = self.settlements(course, &state, &open);
            let store = course.services.store();
            let answers =
                join_all(settlements.into_iter().map(|settlement| store.settle(settlement))).await;
            let judged = judged(open, answers);
            if judged.is_all_stored {
                *state = after;
                self.length.store(length(&state), Ordering::Release);
                return;
            }
            open = judged.open;
            let mut failed = judged.has_failed;
            if let Err(error) = self.catch_up(course.services, &mut state).await {
                tracing::error!(execution = %self.execution, %error, "a history could not be read");
                failed = true;
            }
            if failed {
                failures += 1;
                let clock = &course.services.ports().clock;
                clock.sleep_until(course.services.ports().now() + AGAIN).await;
            } else {
                growths += 1;
            }
            if failures >= MOST_FAILURES || growths >= MOST_GROWTHS {
                // The leases run out, and the jobs are claimed again.
                let jobs = open.len();
                tracing::error!(execution = %self.execution, jobs, "jobs could not be settled");
                return;
            }
        }
    }

    /// What each of the jobs leads to, made knowing what those before it lead to.
    fn settlements(
        &self,
        course: &Course<'_>,
        state: &State,
        open: &[EndedJob],
    ) -> (Vec<Settlement>, State) {
        let Course { services, definition, catalogue } = *course;
        let about = Run {
            execution: self.execution,
            workflow: definition,
            actions: catalogue,
            trigger: &self.payload,
        };
        let now = services.ports().now();
        let mut after = state.clone();
        let mut settlements = Vec::with_capacity(open.len());
        for job in open {
            let expected_entries = length(&after);
            let advance = services.engine().advance(&about, &after, job.signal.clone(), now);
            for entry in &advance.entries {
                after.apply(entry);
            }
            settlements.push(Settlement {
                job: job.id,
                lease: job.lease.clone(),
                project: self.run.project,
                execution: self.execution,
                expected_entries,
                entries: advance.entries,
                status: after.status(),
                failure: after.failure().cloned(),
                jobs: services.jobs(advance.commands, catalogue, definition, &after),
                now,
            });
        }
        (settlements, after)
    }

    /// Reads what was added by others.
    async fn catch_up(&self, services: &Services, state: &mut State) -> Result<(), StorageError> {
        let added = services.store().history(self.execution, length(state)).await?;
        self.take_in(state, added.iter());
        Ok(())
    }

    fn take_in<'e>(&self, state: &mut State, entries: impl Iterator<Item = &'e Entry>) {
        entries.for_each(|entry| state.apply(entry));
        self.length.store(length(state), Ordering::Release);
    }
}

/// What became of a group of jobs.
struct Judged {
    is_all_stored: bool,
    has_failed: bool,
    /// Those that are to be settled again.
    open: Vec<EndedJob>,
}

fn judged(jobs: Vec<EndedJob>, answers: Vec<Result<Settled, StorageError>>) -> Judged {
    let mut judged = Judged { is_all_stored: true, has_failed: false, open: Vec::new() };
    for (job, answer) in jobs.into_iter().zip(answers) {
        match answer {
            Ok(Settled::Stored) => continue,
            Ok(Settled::LeaseLost) => {
                tracing::warn!(job = %job.id, "a lease was lost before its job was settled");
            }
            Ok(Settled::Grown) => judged.open.push(job),
            Err(error) => {
                tracing::error!(job = %job.id, %error, "a job could not be settled");
                judged.has_failed = true;
                judged.open.push(job);
            }
        }
        judged.is_all_stored = false;
    }
    judged
}

fn length(state: &State) -> i64 {
    i64::try_from(state.entries()).unwrap_or(i64::MAX)
}
