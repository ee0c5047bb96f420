//! Telling whoever looks on that executions have changed: ids only, what there is to see is read.

use super::sql::{Parameter, Sql, run};
use crate::error::StorageError;
use crate::store::Store;
use portico_domain::{ExecutionId, ProjectId};
use sqlx::AnyConnection;
use tokio::sync::broadcast;

/// How many changes a slow onlooker can be behind; after that it misses some and is told so.
const BEHIND: usize = 1024;
/// How many changes one notification carries. PostgreSQL's ends at 8,000 bytes (NOTIFY).
const CARRIED: usize = 100;

/// An execution that began, went on or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionChange {
    /// Its project.
    pub project: ProjectId,
    /// The execution.
    pub execution: ExecutionId,
}

/// Who looks on in this process.
pub(crate) struct Changes(broadcast::Sender<ExecutionChange>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(BEHIND))
    }
}

impl Changes {
    pub(super) fn tell(&self, changes: impl IntoIterator<Item = ExecutionChange>) {
        if self.0.receiver_count() > 0 {
            for change in changes {
                // The last onlooker may have left just now.
                let _ = self.0.send(change);
            }
        }
    }

    /// Passes on what another process told.
    pub(super) fn heard(&self, payload: &str) {
        self.tell(payload.split(' ').filter_map(|word| {
            let (project, execution) = word.split_once('/')?;
            Some(ExecutionChange {
                project: project.parse().ok()?,
                execution: execution.parse().ok()?,
            })
        }));
    }
}

/// Tells other processes, where there can be any, once the transaction commits.
pub(super) async fn announce(
    sql: &Sql,
    tx: &mut AnyConnection,
    changes: &[ExecutionChange],
) -> Result<(), StorageError> {
    if sql.announce.is_empty() || changes.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = changes
        .iter()
        .take(CARRIED)
        .map(|change| format!("{}/{}", change.project, change.execution))
        .collect();
    run(tx, sql.announce, &[Parameter::Text(&words.join(" "))]).await?;
    Ok(())
}

impl Store {
    /// What changes from now on, in this process and, with PostgreSQL, in others. A receiver that
    /// lags hears so and should look at everything again; changes of other processes can be left
    /// out when very many come at once.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<ExecutionChange> {
        self.inner.changes.0.subscribe()
    }
}
