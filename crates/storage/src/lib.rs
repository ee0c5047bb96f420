//! Everything durable, on SQLite and on PostgreSQL, behind methods shaped by their use.
//!
//! Two write shapes (docs/adr/0003). *Hot commands* (`accept`, `claim`, `extend`, `settle`, `reap`) are data: a writer
//! drains what waits, builds one transaction of a few batch statements, commits, and answers each caller. *Rare
//! writes* are closures run on the same writer, one transaction each, awaiting nothing but SQL. Reads use a pool.
//!
//! SQL is one text for both databases wherever it can be (`sqlx::Any`, `$1`, columns TEXT / BIGINT / BLOB|BYTEA);
//! the hot commands are written natively in `hot/sqlite.rs` and `hot/postgres.rs`. Missing is `Ok(None)`, never an error.
//!
//! To add a resource: its tables in a new migration of both folders, one file under `resource/`, its cases in
//! `tests/conformance/`.

mod error;
mod hot;
mod resource;
mod store;
mod testing;

pub use error::StorageError;
pub use hot::{
    AcceptEvent, Accepted, Claim, ClaimedJob, ClaimedRun, ExecutionChange, Found, IdempotencyKey,
    LostJob, NewEvent, NewExecution, NewJob, NewReplay, QueueDepth, Reaped, ReplayInput,
    ReplayStart, Settled, Settlement, Slot, WatchStep,
};
pub use resource::*;
pub use store::{Dialect, Store};
