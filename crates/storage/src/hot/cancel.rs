//! Stopping what runs for a credential.

use super::changes::{ExecutionChange, announce};
use super::sql::{Parameter, Sql, all, column, json, parsed, run};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{CredentialId, Entry};
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
        let sql = Sql::of(self.dialect());
        let at = entry.at.millis();
        let changes = Arc::clone(&self.inner.changes);
        let last = json(&[entry])?;
        let ended = self
            .write(move |tx| {
                Box::pin(async move {
                    let credential = credential.to_string();
                    let running = all(tx, sql.running, &[Parameter::Text(&credential)]).await?;
                    if running.is_empty() {
                        return Ok(Vec::new());
                    }
                    let mut executions: Vec<String> = Vec::with_capacity(running.len());
                    let mut changed = Vec::with_capacity(running.len());
                    let mut tenants: BTreeSet<String> = BTreeSet::new();
                    for row in &running {
                        executions.push(column(row, "id")?);
                        tenants.insert(column(row, "tenant")?);
                        changed.push(ExecutionChange {
                            project: parsed(row, "project_id")?,
                            execution: parsed(row, "id")?,
                        });
                    }
                    let (executions, tenants) = (json(&executions)?, json(&tenants)?);
                    run(
                        tx,
                        sql.cancel,
                        &[
                            Parameter::Text(&executions),
                            Parameter::Text(&last),
                            Parameter::Number(at),
                        ],
                    )
                    .await?;
                    // Two statements: the second sees what was queued before the first had its locks.
                    for statement in [sql.hold_tenants, sql.forget_idle] {
                        all(tx, statement, &[Parameter::Text(&tenants)]).await?;
                    }
                    announce(sql, tx, &changed).await?;
                    Ok(changed)
                })
            })
            .await?;
        let count = ended.len() as u64;
        changes.tell(ended);
        Ok(count)
    }
}
