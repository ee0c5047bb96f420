//! The hot path: accepting events, claiming jobs, settling calls.
//!
//! `accept`, `settle` and `claim` are data. A task (`group`) takes what waits, makes one
//! transaction of a few batch statements, commits and answers each caller; what comes in while a
//! commit is under way shares the next one, and nothing ever waits for company. Members of a group
//! cannot fail each other: what can be refused is refused by a row that does not come back, and on
//! an unexpected error the group is rolled back and its members are tried one by one.
//!
//! The line: `tenants` holds exactly the connected users that have ready jobs, with the moment of
//! their last turn. A claim gives turns to those that waited longest, one job each and round again
//! until its limit, so that nobody's backlog delays anybody else's single job.
//!
//! Lanes: a job that must obey a limit of its provider is given a slot when it is claimed, or is put
//! back until its turn (`lanes`, `slots`).
//!
//! Bodies: a long payload and long entries stand apart from their rows (`bodies`); whoever reads a row whole
//! reads them with it.
//!
//! To add a statement: a field of `sql::Sql`, its text in `sqlite` and in `postgres`.

mod accept;
mod bodies;
mod cancel;
mod changes;
mod claim;
mod found;
mod give_up;
mod group;
mod lanes;
mod postgres;
mod queue;
mod replay;
mod settle;
mod slots;
mod sql;
mod sqlite;
mod wake;
mod writer;
mod writes;

pub use accept::{AcceptEvent, Accepted, IdempotencyKey, NewEvent, NewExecution, NewJob};
pub use changes::ExecutionChange;
pub use claim::{Claim, ClaimedJob, ClaimedRun};
pub use found::{Found, WatchStep};
pub use give_up::LostJob;
pub use lanes::Slot;
pub use queue::{QueueDepth, Reaped};
pub use replay::{NewReplay, ReplayInput, ReplayStart};
pub use settle::{Settled, Settlement};

pub(crate) use changes::Changes;
pub(crate) use group::Groups;
pub(crate) use wake::{Wake, listen};
pub(crate) use writer::Writer;
