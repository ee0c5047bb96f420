//! Repeating executions, stopping them, and what fails in the same way.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use portico_domain::ExecutionId;
use portico_domain::view::{
    BatchPreview, Charts, FailureGroup, FailureState, ReplayBatchView, ReplayBeginning,
    ReplayChoice, ReplayPreview, ReplaySelection, ReplayVersion,
};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// What a replay would do.
#[server(prefix = "/_fn/dashboard", endpoint = "replays/preview", input = Json)]
pub async fn preview_replay(
    project: String,
    execution: String,
    choice: ReplayChoice,
) -> Result<ReplayPreview, ServerFnError> {
    let own = signed()?;
    let (project, execution) = (id(&project)?, id(&execution)?);
    own.services.replay_preview(&own.actor, project, execution, choice).await.map_err(refused)
}

/// Begins a replay, once per key; answers its id.
#[server(prefix = "/_fn/dashboard", endpoint = "replays/begin", input = Json)]
pub async fn begin_replay(
    project: String,
    execution: String,
    choice: ReplayChoice,
    key: String,
) -> Result<ExecutionId, ServerFnError> {
    let own = signed()?;
    let (project, execution, key) = (id(&project)?, id(&execution)?, id(&key)?);
    own.services.replay(&own.actor, project, execution, choice, key).await.map_err(refused)
}

/// What many replays would do.
#[server(prefix = "/_fn/dashboard", endpoint = "replays/preview-many", input = Json)]
pub async fn preview_replays(
    project: String,
    selection: ReplaySelection,
    beginning: ReplayBeginning,
    version: ReplayVersion,
) -> Result<BatchPreview, ServerFnError> {
    let own = signed()?;
    let choice = portico_services::BatchChoice { beginning, version };
    let project = id(&project)?;
    own.services
        .replay_batch_preview(&own.actor, project, &selection, choice)
        .await
        .map_err(refused)
}

/// Has many executions repeated, once per key.
#[server(prefix = "/_fn/dashboard", endpoint = "replays/begin-many", input = Json)]
pub async fn begin_replays(
    project: String,
    selection: ReplaySelection,
    beginning: ReplayBeginning,
    version: ReplayVersion,
    key: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let choice = portico_services::BatchChoice { beginning, version };
    let (project, key) = (id(&project)?, id(&key)?);
    let begun = own.services.replay_many(&own.actor, project, (&selection, choice), key).await;
    begun.map(|_| ()).map_err(refused)
}

/// What became of many replays so far.
#[server(prefix = "/_fn/dashboard", endpoint = "replays/batch")]
pub async fn replay_batch(
    project: String,
    batch: String,
) -> Result<ReplayBatchView, ServerFnError> {
    let own = signed()?;
    own.services.replay_batch(&own.actor, id(&project)?, id(&batch)?).await.map_err(refused)
}

/// Stops an execution.
#[server(prefix = "/_fn/dashboard", endpoint = "executions/cancel")]
pub async fn cancel_execution(project: String, execution: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, execution) = (id(&project)?, id(&execution)?);
    own.services.cancel_execution(&own.actor, project, execution).await.map_err(refused)
}

/// What failed, by trouble.
#[server(prefix = "/_fn/dashboard", endpoint = "failures/list")]
pub async fn failure_groups(project: String) -> Result<Vec<FailureGroup>, ServerFnError> {
    let own = signed()?;
    own.services.failure_groups(&own.actor, id(&project)?).await.map_err(refused)
}

/// What happened over the last day, or seven days, in spans.
#[server(name = DrawCharts, prefix = "/_fn/dashboard", endpoint = "projects/charts")]
pub async fn charts(project: String, days: u32) -> Result<Charts, ServerFnError> {
    let own = signed()?;
    own.services.charts(&own.actor, id(&project)?, days).await.map_err(refused)
}

/// Says what is thought of a trouble.
#[server(prefix = "/_fn/dashboard", endpoint = "failures/mark", input = Json)]
pub async fn mark_failures(
    project: String,
    workflow: String,
    key: String,
    state: FailureState,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.mark_failures(&own.actor, project, (workflow, &key), state).await.map_err(refused)
}
