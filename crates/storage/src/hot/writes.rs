//! The rows a group stores, as the statements take them.

use super::accept::NewJob;
use super::bodies::Bodies;
use super::changes::{ExecutionChange, announce};
use super::lanes::Freed;
use super::sql::{Parameter, Sql, all, json, run};
use crate::error::StorageError;
use portico_domain::{Entry, ExecutionId, ExecutionStatus, Fact, Failure, ProjectId, Timestamp};
use serde::Serialize;
use sqlx::AnyConnection;
use std::collections::{BTreeMap, HashMap};

/// Everything a group stores.
#[derive(Default)]
pub(super) struct Writes {
    pub events: Vec<EventRow>,
    pub executions: Vec<ExecutionRow>,
    pub changes: Vec<ExecutionChange>,
    /// Executions that failed, for those who want to hear of it.
    pub failed: Vec<FailedRow>,
    /// What settled jobs have held.
    pub freed: Freed,
    /// Texts that are too long for their rows.
    pub bodies: Bodies,
    settled: Vec<SettledRow>,
    /// Where each execution's last settlement stands among them.
    last: HashMap<String, usize>,
    history: Vec<HistoryRow>,
    jobs: Vec<JobRow>,
    line: Line,
}

#[derive(Serialize)]
pub(super) struct EventRow {
    pub id: String,
    pub project: String,
    pub user: String,
    pub source: &'static str,
    pub name: String,
    /// JSON inside JSON is a string: what is in it cannot disturb the row.
    pub payload: String,
    pub decisions: String,
    pub received_at: Timestamp,
}

#[derive(Serialize)]
pub(super) struct ExecutionRow {
    pub id: String,
    pub project: String,
    pub user: String,
    pub workflow: String,
    pub workflow_version: i64,
    pub credential: String,
    pub configuration: String,
    pub event: String,
    pub status: &'static str,
    pub failure: Option<String>,
    pub entries: i64,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub failure_key: Option<String>,
    pub replay_of: Option<String>,
}

#[derive(Serialize)]
pub(super) struct SettledRow {
    pub job: String,
    /// Absent where a later settlement of the same execution says where it stands.
    pub execution: Option<String>,
    pub status: &'static str,
    pub failure: Option<String>,
    pub entries: i64,
    pub ended_at: Option<Timestamp>,
    pub failure_key: Option<String>,
}

#[derive(Serialize)]
pub(super) struct FailedRow {
    project: ProjectId,
    execution: ExecutionId,
    at: Timestamp,
}

#[derive(Serialize)]
struct HistoryRow {
    execution: String,
    seq: i64,
    entries: String,
}

#[derive(Serialize)]
struct JobRow {
    id: String,
    tenant: String,
    execution: String,
    path: String,
    attempt: u32,
    run_at: Timestamp,
    lanes: Option<String>,
    crowd: Option<String>,
    serial: Option<String>,
}

impl Writes {
    /// Appends `entries` after the `before` that an execution's history has.
    pub fn append(
        &mut self,
        execution: ExecutionId,
        before: i64,
        entries: &[Entry],
    ) -> Result<(), StorageError> {
        // A row is keyed by its first entry: an empty one would stand in the way of the next.
        if !entries.is_empty() {
            self.history.push(HistoryRow {
                execution: execution.to_string(),
                seq: before,
                entries: self.bodies.entries(execution, before, json(entries)?),
            });
        }
        Ok(())
    }

    /// Ends a job, and says where its execution stands from now on.
    pub fn settle(&mut self, row: SettledRow) {
        if let Some(execution) = &row.execution
            && let Some(earlier) = self.last.insert(execution.clone(), self.settled.len())
        {
            self.settled[earlier].execution = None;
        }
        self.settled.push(row);
    }

    /// Queues `jobs` for `tenant`.
    pub fn queue(
        &mut self,
        tenant: &str,
        execution: ExecutionId,
        jobs: &[NewJob],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if !jobs.is_empty() {
            self.line.join(tenant, now);
        }
        for job in jobs {
            let lanes = &job.lanes;
            self.jobs.push(JobRow {
                id: job.id.to_string(),
                tenant: tenant.to_owned(),
                execution: execution.to_string(),
                path: job.path.0.clone(),
                attempt: job.attempt,
                run_at: job.run_at,
                lanes: if lanes.is_empty() { None } else { Some(json(lanes)?) },
                crowd: lanes.crowd.as_ref().map(|own| own.key.clone()),
                serial: lanes.serial.clone(),
            });
        }
        Ok(())
    }

    /// Whether jobs become ready by this.
    pub fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Stores it all.
    pub async fn store(&mut self, sql: &Sql, tx: &mut AnyConnection) -> Result<(), StorageError> {
        if self.events.is_empty() && self.executions.is_empty() && self.settled.is_empty() {
            return Ok(());
        }
        let parameters = [
            json(&self.events)?,
            json(&self.executions)?,
            json(&self.history)?,
            self.line.json()?,
            json(&self.jobs)?,
            json(&self.settled)?,
        ];
        run(tx, sql.store, &parameters.each_ref().map(|text| Parameter::Text(text))).await?;
        self.bodies.store(tx).await?;
        if !self.failed.is_empty() {
            all(tx, sql.tell_failed, &[Parameter::Text(&json(&self.failed)?)]).await?;
        }
        announce(sql, tx, &self.changes).await
    }
}

/// What a failed execution has in common with others that have the same trouble.
pub(super) fn failure_key(failure: Option<&Failure>, entries: &[Entry]) -> Option<String> {
    let step = entries.iter().rev().find_map(|entry| match &entry.fact {
        Fact::StepFailed { path, .. } => Some(path.step()),
        _ => None,
    });
    failure.map(|failure| failure.key(step.unwrap_or_default()))
}

/// That an execution failed, if it did.
pub(super) fn failed(
    status: ExecutionStatus,
    (project, execution): (ProjectId, ExecutionId),
    at: Timestamp,
) -> Option<FailedRow> {
    (status == ExecutionStatus::Failed).then_some(FailedRow { project, execution, at })
}

/// Tenants that must stand in the line, each once and sorted: the order in which they are locked.
#[derive(Default)]
pub(super) struct Line(BTreeMap<String, Timestamp>);

impl Line {
    /// A tenant that is not in the line joins it at its end; one that is keeps its place.
    pub fn join(&mut self, tenant: &str, now: Timestamp) {
        self.0.entry(tenant.to_owned()).or_insert(now);
    }

    fn json(&self) -> Result<String, StorageError> {
        #[derive(Serialize)]
        struct TenantRow<'a> {
            id: &'a str,
            served: Timestamp,
        }
        let rows: Vec<_> = self.0.iter().map(|(id, &served)| TenantRow { id, served }).collect();
        json(&rows)
    }

    /// Stores the line by itself and wakes other processes.
    pub async fn store(&self, sql: &Sql, tx: &mut AnyConnection) -> Result<(), StorageError> {
        if !self.0.is_empty() {
            run(tx, sql.line_up, &[Parameter::Text(&self.json()?)]).await?;
        }
        Ok(())
    }
}
