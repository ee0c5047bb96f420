//! Group commit: whatever waits while a commit is under way shares the next transaction.

use super::accept::{self, AcceptEvent, Accepted};
use super::changes::{Changes, ExecutionChange};
use super::claim::{self, Claim, ClaimedJob};
use super::settle::{self, Settled, Settlement};
use super::sql::Sql;
use super::wake::Wake;
use super::writer::{Turn, Writer, is_passing};
use super::writes::Writes;
use crate::error::StorageError;
use sqlx::AnyConnection;
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

/// How many commands share a transaction at most.
const GROUP: usize = 256;
/// How many commands wait before callers do.
const WAITING: usize = 1024;

/// A command and who waits for its answer.
pub(crate) struct Ask<Q, A> {
    pub(super) data: Q,
    reply: oneshot::Sender<Result<A, StorageError>>,
}

impl<Q, A> Ask<Q, A> {
    /// Whether nobody waits any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn answer(self, answer: Result<A, StorageError>) {
        // A caller that has gone needs no answer; what it asked for is done nevertheless.
        let _ = self.reply.send(answer);
    }
}

/// What the writing task can be asked for.
pub(crate) enum Command {
    Accept(Ask<AcceptEvent, Accepted>),
    Settle(Ask<Settlement, Settled>),
    Claim(Ask<Claim, Vec<ClaimedJob>>),
    /// To do what waits and end.
    End,
}

/// The way to the writing task.
pub(crate) struct Groups {
    commands: mpsc::Sender<Command>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Groups {
    /// Starts the writing task. It ends with [`Groups::close`] or when the last sender is gone.
    pub fn start(writer: Arc<Writer>, wake: Arc<Wake>, changes: Arc<Changes>) -> Self {
        let (commands, waiting) = mpsc::channel(WAITING);
        let task = Task { writer, wake, changes, waiting };
        Self { commands, task: Mutex::new(Some(tokio::spawn(task.run()))) }
    }

    /// Asks for one thing and waits for the answer.
    pub async fn ask<Q, A>(
        &self,
        data: Q,
        command: fn(Ask<Q, A>) -> Command,
    ) -> Result<A, StorageError> {
        let (reply, answer) = oneshot::channel();
        let command = command(Ask { data, reply });
        self.commands.send(command).await.map_err(|_| StorageError::Closed)?;
        answer.await.map_err(|_| StorageError::Closed)?
    }

    /// Lets the task do what waits, and end.
    pub async fn close(&self) {
        // The task is gone if it cannot be told.
        let _ = self.commands.send(Command::End).await;
        if let Some(task) = self.task.lock().await.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the writing task did not end cleanly");
        }
    }
}

struct Task {
    writer: Arc<Writer>,
    wake: Arc<Wake>,
    changes: Arc<Changes>,
    waiting: mpsc::Receiver<Command>,
}

impl Task {
    async fn run(mut self) {
        while let Some(first) = self.waiting.recv().await {
            let writer = Arc::clone(&self.writer);
            let mut turn = writer.turn().await;
            // Only now, so that what came in while somebody else wrote is part of it.
            let group = self.gather(first);
            self.serve(&mut turn, group).await;
        }
    }

    fn gather(&mut self, first: Command) -> Group {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(command) = next {
            match command {
                Command::End => self.waiting.close(),
                command => group.join(command),
            }
            next = if group.len() < GROUP { self.waiting.try_recv().ok() } else { None };
        }
        group
    }

    async fn serve(&self, turn: &mut Turn<'_>, group: Group) {
        let group = match self.attempt(turn, group).await {
            Ok(()) => return,
            Err(failed) => failed,
        };
        if group.members.len() == 1 && !is_passing(&group.error) {
            group.members.fail(group.error);
            return;
        }
        tracing::warn!(error = %group.error, members = group.members.len(), "a group failed");
        for member in group.members.split() {
            if let Err(failed) = self.attempt(turn, member).await {
                failed.members.fail(failed.error);
            }
        }
    }

    /// Stores a group and answers it; a group that cannot be stored comes back.
    async fn attempt(&self, turn: &mut Turn<'_>, group: Group) -> Result<(), Box<Failed>> {
        if group.len() == 0 {
            return Ok(());
        }
        let sql = Sql::of(self.writer.dialect());
        let group = Arc::new(group);
        let shared = Arc::clone(&group);
        let done =
            turn.transact(move |tx| Box::pin(async move { shared.perform(sql, tx).await })).await;
        let Some(group) = Arc::into_inner(group) else {
            // Not reached: the other share went with the work. Its callers would hear `Closed`.
            return Ok(());
        };
        match done {
            Ok(answers) => {
                if answers.has_jobs {
                    self.wake.ready();
                }
                self.changes.tell(answers.changes.iter().copied());
                group.answer(answers);
                Ok(())
            }
            Err(error) => Err(Box::new(Failed { members: group, error })),
        }
    }
}

struct Failed {
    members: Group,
    error: StorageError,
}

/// Commands that share a transaction.
#[derive(Default)]
struct Group {
    accepts: Vec<Ask<AcceptEvent, Accepted>>,
    settlements: Vec<Ask<Settlement, Settled>>,
    claims: Vec<Ask<Claim, Vec<ClaimedJob>>>,
}

struct Answers {
    accepted: Vec<Accepted>,
    settled: Vec<Settled>,
    claimed: Vec<Vec<ClaimedJob>>,
    has_jobs: bool,
    changes: Vec<ExecutionChange>,
}

impl Group {
    fn len(&self) -> usize {
        self.accepts.len() + self.settlements.len() + self.claims.len()
    }

    /// Takes a command in.
    fn join(&mut self, command: Command) {
        match command {
            Command::Accept(ask) => self.accepts.push(ask),
            Command::Settle(ask) => self.settlements.push(ask),
            Command::Claim(ask) => self.claims.push(ask),
            Command::End => {}
        }
    }

    /// The claims come last: they can take what the others have just made ready.
    async fn perform(&self, sql: &Sql, tx: &mut AnyConnection) -> Result<Answers, StorageError> {
        let mut writes = Writes::default();
        let accepts: Vec<_> = self.accepts.iter().map(|ask| &ask.data).collect();
        let accepted = accept::decide(sql, tx, &accepts, &mut writes).await?;
        let settled = settle::decide(sql, tx, &self.settlements, &mut writes).await?;
        writes.store(sql, tx).await?;
        let served = claim::serve(sql, tx, &self.claims, &writes.freed).await?;
        let has_jobs = writes.has_jobs() || served.woken;
        let (claimed, changes) = (served.claimed, writes.changes);
        Ok(Answers { accepted, settled, claimed, has_jobs, changes })
    }

    fn answer(self, answers: Answers) {
        fn each<Q, A>(asks: Vec<Ask<Q, A>>, answers: Vec<A>) {
            asks.into_iter().zip(answers).for_each(|(ask, answer)| ask.answer(Ok(answer)));
        }
        each(self.accepts, answers.accepted);
        each(self.settlements, answers.settled);
        each(self.claims, answers.claimed);
    }

    /// A group for each member.
    fn split(self) -> impl Iterator<Item = Self> {
        let accepts = self.accepts.into_iter().map(Command::Accept);
        let settlements = self.settlements.into_iter().map(Command::Settle);
        let claims = self.claims.into_iter().map(Command::Claim);
        accepts.chain(settlements).chain(claims).map(|command| {
            let mut group = Self::default();
            group.join(command);
            group
        })
    }

    /// Answers the only member with what went wrong.
    fn fail(self, error: StorageError) {
        if let Some(ask) = self.accepts.into_iter().next() {
            ask.answer(Err(error));
        } else if let Some(ask) = self.settlements.into_iter().next() {
            ask.answer(Err(error));
        } else if let Some(ask) = self.claims.into_iter().next() {
            ask.answer(Err(error));
        }
    }
}
