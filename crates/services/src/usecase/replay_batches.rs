//! Many replays at once: chosen by hand, or everything with one trouble. They are kept as rows and worked through
//! by the worker, so that a restart loses none; the id of each replay is made with its row, so that none begins twice.

use super::replays::Beginning;
use crate::Services;
use crate::access::{administrate, storage};
use portico_domain::view::{
    BatchPreview, CountedAgain, CountedReason, ReplayBatchView, ReplayBeginning, ReplayChoice,
    ReplaySelection, ReplayVersion,
};
use portico_domain::{
    Actor, ExecutionId, ExecutionStatus, ProjectId, Refusal, RefusalCode, ReplayBatchId,
};
use portico_engine::stopped_at;
use portico_storage::{NewReplayBatch, WaitingReplay};
use std::collections::BTreeMap;

/// The most replays of one batch.
const MOST: usize = 10_000;
/// Of how many a preview tells.
const LOOKED_AT: usize = 50;

/// How each of many is repeated.
#[derive(Clone, Copy, Debug, Default)]
pub struct BatchChoice {
    /// Where each begins.
    pub beginning: ReplayBeginning,
    /// On which version.
    pub version: ReplayVersion,
}

impl Services {
    /// What many replays would do.
    ///
    /// # Errors
    /// Nothing is selected.
    pub async fn replay_batch_preview(
        &self,
        actor: &Actor,
        project: ProjectId,
        selection: &ReplaySelection,
        choice: BatchChoice,
    ) -> Result<BatchPreview, Refusal> {
        administrate(actor)?;
        let ids = self.selected(project, selection).await?;
        let (mut again, mut refused) = (BTreeMap::new(), BTreeMap::new());
        for id in ids.iter().take(LOOKED_AT) {
            let found = match self.choice_of(project, *id, choice).await {
                Ok(own) => self.replay_preview(actor, project, *id, own).await,
                Err(refusal) => Err(refusal),
            };
            match found {
                Ok(preview) => count_again(&mut again, preview.again),
                Err(refusal) => *refused.entry(refusal.message).or_insert(0) += 1,
            }
        }
        Ok(BatchPreview {
            key: self.ports().id(ReplayBatchId::from_parts),
            count: ids.len() as u64,
            looked_at: ids.len().min(LOOKED_AT) as u64,
            again: again.into_values().collect(),
            refused: refused
                .into_iter()
                .map(|(reason, count)| CountedReason { reason, count })
                .collect(),
        })
    }

    /// Has many executions repeated; `key` is the id that the batch gets, so that asking twice makes one.
    ///
    /// # Errors
    /// Nothing is selected.
    pub async fn replay_many(
        &self,
        actor: &Actor,
        project: ProjectId,
        (selection, choice): (&ReplaySelection, BatchChoice),
        key: ReplayBatchId,
    ) -> Result<ReplayBatchId, Refusal> {
        administrate(actor)?;
        if self.store().replay_batch(project, key).await.map_err(storage)?.is_some() {
            return Ok(key);
        }
        let ids = self.selected(project, selection).await?;
        let items = ids.into_iter().map(|id| (id, self.ports().id(ExecutionId::from_parts)));
        let batch = NewReplayBatch {
            id: key,
            project,
            beginning: choice.beginning,
            version: choice.version,
            only_first: matches!(selection, ReplaySelection::Failures { .. }),
            items: items.collect(),
            at: self.ports().now(),
        };
        self.store().add_replay_batch(batch).await.map_err(storage)?;
        Ok(key)
    }

    /// What became of many replays so far.
    ///
    /// # Errors
    /// There is no such batch.
    pub async fn replay_batch(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ReplayBatchId,
    ) -> Result<ReplayBatchView, Refusal> {
        administrate(actor)?;
        let found = self.store().replay_batch(project, id).await.map_err(storage)?;
        found.ok_or_else(|| Refusal::new(RefusalCode::NotFound, "There are no such replays."))
    }

    /// Begins replays that wait, `most` of them; answers how many it looked at. For the worker.
    ///
    /// # Errors
    /// The database failed: what was not begun still waits.
    pub async fn continue_replays(&self, most: i64) -> Result<usize, Refusal> {
        let waiting = self.store().waiting_replays(most).await.map_err(storage)?;
        for one in &waiting {
            let refused = match self.begin_waiting(one).await {
                Ok(()) => None,
                Err(refusal) if refusal.code == RefusalCode::StorageUnavailable => {
                    // It waits for the next time; the others need not.
                    tracing::error!(execution = %one.execution, "a replay could not be begun");
                    continue;
                }
                Err(refusal) => Some(refusal.message),
            };
            let now = self.ports().now();
            self.store().note_replay(*one, refused, now).await.map_err(storage)?;
        }
        Ok(waiting.len())
    }

    async fn begin_waiting(&self, one: &WaitingReplay) -> Result<(), Refusal> {
        let choice = BatchChoice { beginning: one.beginning, version: one.version };
        let choice = self.choice_of(one.project, one.execution, choice).await?;
        let beginning = if one.only_first { Beginning::OnlyFirst } else { Beginning::Anyway };
        let place = (one.project, one.execution);
        self.begin_replay(place, choice, one.replay, beginning).await?;
        Ok(())
    }

    /// How one of many is repeated.
    async fn choice_of(
        &self,
        project: ProjectId,
        id: ExecutionId,
        choice: BatchChoice,
    ) -> Result<ReplayChoice, Refusal> {
        let from = match choice.beginning {
            ReplayBeginning::Start => None,
            ReplayBeginning::FailedStep => {
                let found = self.store().execution(project, id).await.map_err(storage)?;
                let found = found.ok_or_else(super::executions::unknown_execution)?;
                if found.status == ExecutionStatus::Succeeded {
                    let words = "It succeeded: there is no failed step to begin with.";
                    return Err(Refusal::new(RefusalCode::Stale, words));
                }
                stopped_at(&found.entries)
            }
        };
        Ok(ReplayChoice { from, version: choice.version, input: None })
    }

    async fn selected(
        &self,
        project: ProjectId,
        selection: &ReplaySelection,
    ) -> Result<Vec<ExecutionId>, Refusal> {
        self.known_project(project).await?;
        let ids = match selection {
            ReplaySelection::Executions { ids } => ids.iter().copied().take(MOST).collect(),
            ReplaySelection::Failures { workflow, key } => {
                let place = (project, *workflow, key.as_str());
                self.store().failed_and_not_replayed(place, MOST).await.map_err(storage)?
            }
        };
        if ids.is_empty() {
            let words = "There is nothing to replay: select an execution, or see whether all were replayed.";
            return Err(Refusal::field("selection", words));
        }
        Ok(ids)
    }
}

fn count_again(
    counted: &mut BTreeMap<String, CountedAgain>,
    again: Vec<portico_domain::view::DoneAgain>,
) {
    for own in again {
        let entry = counted.entry(own.path.step().to_owned()).or_insert_with(|| CountedAgain {
            title: own.title.clone(),
            certain: 0,
            uncertain: 0,
        });
        if own.certain {
            entry.certain += 1;
        } else {
            entry.uncertain += 1;
        }
    }
}
