//! Which statements the hot path needs. Each database says them in its own words.
//!
//! Parameters are JSON text wherever there is more than one of something: one statement then
//! serves a whole group, however large.

use super::{postgres, sqlite};
use crate::error::StorageError;
use crate::store::Dialect;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, Type};

/// Statements run one after the other with the same parameters; the last one answers.
/// SQLite takes several in one text, which saves the way to its thread and back.
pub(super) type Script = &'static [&'static str];

/// The hot path's statements.
pub(super) struct Sql {
    /// Members whose routing revisions still hold. `$1`: rows of `i, project, user,
    /// project_revision, user_revision`; answers `i`. Keeps the revisions until the commit.
    pub fresh: &'static str,
    /// Takes idempotency keys, the first come first. `$1`: rows of `i, project, actor, key,
    /// body_hash, event, created_at`; answers the `event_id` of those that took theirs.
    pub take_keys: &'static str,
    /// Who holds a key. `$1`: as `take_keys`; answers `i, event_id, body_hash`.
    pub key_holders: &'static str,
    /// Settlements whose worker still holds the job. `$1`: rows of `i, job, lease, execution`; answers
    /// `i, tenant, entries, crowd, serial`. Keeps job and execution until the commit.
    pub fence: &'static str,
    /// Stores a group. `$1` events, `$2` executions, `$3` history, `$4` tenants, `$5` jobs,
    /// `$6` settled: the rows of `Writes`.
    pub store: Script,
    /// Leases due jobs, one per tenant in turn. `$1` now, `$2` limit, `$3` lease, `$4` until;
    /// answers `id, tenant, run_at, due_at, lanes`.
    pub claim: &'static str,
    /// Moves the claimed jobs' tenants back in the line and reads the runs: of each execution's first
    /// job with the history from the entry that is known, and with the payload where none is. `$1` job
    /// ids, `$2` tenants, `$3` now, `$4` rows of `execution, entries`.
    pub claimed: Script,
    /// Prolongs leases. `$1` job ids, `$2` lease, `$3` until; answers `id`.
    pub extend: &'static str,
    /// Makes lost jobs ready again; those are given up that were first lost before a moment. `$1` now,
    /// `$2` the moment; answers `given_up, tenant, crowd, serial`.
    pub reap: &'static str,
    /// Reads lanes, kept until the commit. `$1` keys; answers `key, next_us, line_us`, if it has any.
    pub lock_lanes: &'static str,
    /// Stores lanes. `$1`: rows of `key, next_us, line_us`.
    pub keep_lanes: &'static str,
    /// Counts leased jobs by crowd and by series. `$1` keys; answers `key, jobs`.
    pub held: &'static str,
    /// What jobs hold and what they wait for. `$1` executions; answers `crowd, serial, waits_for`.
    pub held_by: &'static str,
    /// Makes leased jobs wait. `$1`: rows of `id, run_at, lane, due_at`.
    pub put_back: &'static str,
    /// Makes due whoever waits longest. `$1` lanes, `$2` now, `$3` how many of each; answers rows
    /// if there are any, and tells other processes.
    pub wake_waiting: &'static str,
    /// Makes everybody wait longer. `$1`: rows of `lane, by_ms`.
    pub move_waiting: &'static str,
    /// Ends lines behind the last who waits. `$1` lanes.
    pub shorten_lines: &'static str,
    /// Removes idle lanes. `$1` now in microseconds; answers `key`.
    pub forget_lanes: &'static str,
    /// Leaves messages for destinations that hear of failed executions. `$1`: rows of `project,
    /// execution, at`.
    pub tell_failed: &'static str,
    /// Tells other processes what changed. `$1`: words of `project/execution`. Empty where there
    /// can be no others.
    pub announce: Script,
    /// Puts tenants in the line and wakes every process. `$1`: rows of `id, served`.
    pub line_up: Script,
    /// Keeps tenants from being changed until the commit. `$1` tenants.
    pub hold_tenants: &'static str,
    /// Takes tenants without ready work out of the line. `$1` tenants.
    pub forget_idle: &'static str,
    /// The running executions of a credential, kept until the commit. `$1` credential; answers
    /// `id, project_id, tenant`.
    pub running: &'static str,
    /// The same of a workflow. `$1` workflow.
    pub running_of: &'static str,
    /// The same of one execution. `$1` project, `$2` execution.
    pub running_one: &'static str,
    /// Ends executions and removes their jobs. `$1` their ids, `$2` the JSON array of the last entries,
    /// `$3` when, `$4` the status, `$5` the failure and `$6` its key, empty if it is none.
    pub end: Script,
}

impl Sql {
    /// The statements for `dialect`.
    pub fn of(dialect: Dialect) -> &'static Self {
        match dialect {
            Dialect::Sqlite => &sqlite::SQL,
            Dialect::Postgres => &postgres::SQL,
        }
    }
}

/// A script's parameter.
#[derive(Clone, Copy)]
pub(super) enum Parameter<'a> {
    Text(&'a str),
    Number(i64),
}

/// Runs a script and answers the rows of its last statement.
pub(super) async fn run(
    tx: &mut AnyConnection,
    script: Script,
    parameters: &[Parameter<'_>],
) -> Result<Vec<AnyRow>, StorageError> {
    let mut rows = Vec::new();
    for statement in script {
        rows = all(tx, statement, parameters).await?;
    }
    Ok(rows)
}

/// Runs one statement and answers its rows.
pub(super) async fn all(
    tx: &mut AnyConnection,
    statement: &'static str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<AnyRow>, StorageError> {
    let mut query = sqlx::query(statement);
    for parameter in parameters {
        query = match *parameter {
            Parameter::Text(text) => query.bind(text.to_owned()),
            Parameter::Number(number) => query.bind(number),
        };
    }
    Ok(query.fetch_all(tx).await?)
}

/// A column of a row.
pub(super) fn column<'r, T>(row: &'r AnyRow, name: &'static str) -> Result<T, StorageError>
where
    T: sqlx::Decode<'r, Any> + Type<Any>,
{
    Ok(sqlx::Row::try_get(row, name)?)
}

/// A column that holds text of another type: an id, a status.
pub(super) fn parsed<T>(row: &AnyRow, name: &'static str) -> Result<T, StorageError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let text: String = column(row, name)?;
    text.parse().map_err(|e| StorageError::corrupt(name, e))
}

/// The JSON text of a value.
pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|e| StorageError::corrupt("value", e))
}
