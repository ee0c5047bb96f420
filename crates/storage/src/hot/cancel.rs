//! Stopping what runs: all for a credential, all of a workflow, or one execution.

use super::changes::{ExecutionChange, announce};
use super::lanes::Freed;
use super::sql::{Parameter, Sql, all, column, json, parsed, run};
use super::writes::{failed, failure_key};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{
    CredentialId, Entry, ExecutionId, ExecutionStatus, Failure, ProjectId, Timestamp, WorkflowId,
};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;
use std::sync::Arc;

impl Store {
    /// Ends every running execution of a credential with `entry` and removes its jobs, whoever
    /// holds them; answers how many. Calls under way are settled in vain.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn cancel_running(
        &self,
        credential: CredentialId,
        entry: Entry,
    ) -> Result<u64, StorageError> {
        self.cancel(Which::OfCredential(credential), entry).await
    }

    /// Ends every running execution of a workflow with `entry`, as [`Store::cancel_running`] does; answers how many.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn cancel_running_of(
        &self,
        workflow: WorkflowId,
        entry: Entry,
    ) -> Result<u64, StorageError> {
        self.cancel(Which::OfWorkflow(workflow), entry).await
    }

    /// Ends one execution with `entry`, if it runs, as [`Store::cancel_running`] does; answers whether it ran.
    ///
    /// # Errors
    /// [`StorageError::Database`] if the database refuses.
    pub async fn cancel_execution(
        &self,
        project: ProjectId,
        execution: ExecutionId,
        entry: Entry,
    ) -> Result<bool, StorageError> {
        Ok(self.cancel(Which::One(project, execution), entry).await? > 0)
    }

    async fn cancel(&self, which: Which, entry: Entry) -> Result<u64, StorageError> {
        let sql = Sql::of(self.dialect());
        let ending = Ending {
            at: entry.at,
            status: ExecutionStatus::Cancelled,
            failure: None,
            entries: vec![entry],
        };
        let (ended, woken) = self
            .write(move |tx| {
                Box::pin(async move {
                    let running = which.running(sql, tx).await?;
                    end((sql, tx), &running, &ending).await
                })
            })
            .await?;
        if woken {
            self.inner.wake.ready();
        }
        let count = ended.len() as u64;
        Arc::clone(&self.inner.changes).tell(ended);
        Ok(count)
    }
}

/// How executions end.
pub(super) struct Ending {
    pub(super) at: Timestamp,
    pub(super) status: ExecutionStatus,
    pub(super) failure: Option<Failure>,
    /// What their histories end with.
    pub(super) entries: Vec<Entry>,
}

/// Ends running executions, which the transaction holds, and removes their jobs. Answers what changed, and
/// whether others' jobs became due by it.
pub(super) async fn end(
    (sql, tx): (&Sql, &mut AnyConnection),
    running: &[AnyRow],
    ending: &Ending,
) -> Result<(Vec<ExecutionChange>, bool), StorageError> {
    if running.is_empty() {
        return Ok((Vec::new(), false));
    }
    let mut executions: Vec<String> = Vec::with_capacity(running.len());
    let mut changed = Vec::with_capacity(running.len());
    let mut tenants: BTreeSet<String> = BTreeSet::new();
    for row in running {
        executions.push(column(row, "id")?);
        tenants.insert(column(row, "tenant")?);
        changed.push(ExecutionChange {
            project: parsed(row, "project_id")?,
            execution: parsed(row, "id")?,
        });
    }
    let (executions, tenants) = (json(&executions)?, json(&tenants)?);
    let freed = freed(sql, tx, &executions, ending.at).await?;
    let failure = ending.failure.as_ref().map(json).transpose()?.unwrap_or_default();
    let key = failure_key(ending.failure.as_ref(), &ending.entries).unwrap_or_default();
    let parameters = [
        Parameter::Text(&executions),
        Parameter::Text(&json(&ending.entries)?),
        Parameter::Number(ending.at.millis()),
        Parameter::Text(ending.status.name()),
        Parameter::Text(&failure),
        Parameter::Text(&key),
    ];
    run(tx, sql.end, &parameters).await?;
    let each = changed.iter().map(|own| (own.project, own.execution));
    let told: Vec<_> = each.filter_map(|own| failed(ending.status, own, ending.at)).collect();
    if !told.is_empty() {
        all(tx, sql.tell_failed, &[Parameter::Text(&json(&told)?)]).await?;
    }
    // Two statements: the second sees what was queued before the first had its locks.
    for statement in [sql.hold_tenants, sql.forget_idle] {
        all(tx, statement, &[Parameter::Text(&tenants)]).await?;
    }
    let woken = freed.release(sql, tx).await?;
    announce(sql, tx, &changed).await?;
    Ok((changed, woken))
}

/// What is to be ended.
#[derive(Clone, Copy)]
pub(super) enum Which {
    OfCredential(CredentialId),
    OfWorkflow(WorkflowId),
    One(ProjectId, ExecutionId),
}

impl Which {
    /// Those of it that run, kept until the commit.
    pub(super) async fn running(
        self,
        sql: &Sql,
        tx: &mut AnyConnection,
    ) -> Result<Vec<AnyRow>, StorageError> {
        match self {
            Self::OfCredential(id) => {
                all(tx, sql.running, &[Parameter::Text(&id.to_string())]).await
            }
            Self::OfWorkflow(id) => {
                all(tx, sql.running_of, &[Parameter::Text(&id.to_string())]).await
            }
            Self::One(project, id) => {
                let (project, id) = (project.to_string(), id.to_string());
                let parameters = [Parameter::Text(&project), Parameter::Text(&id)];
                all(tx, sql.running_one, &parameters).await
            }
        }
    }
}

/// What jobs of these executions hold, and where they wait.
async fn freed(
    sql: &Sql,
    tx: &mut AnyConnection,
    executions: &str,
    at: Timestamp,
) -> Result<Freed, StorageError> {
    let mut freed = Freed::default();
    for row in &all(tx, sql.held_by, &[Parameter::Text(executions)]).await? {
        freed.note(row, at)?;
        freed.note_left(column(row, "waits_for")?);
    }
    Ok(freed)
}
