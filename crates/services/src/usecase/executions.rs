//! Executions and events, as admins see them.

use super::connected_users::{PAGE, page};
use crate::Services;
use crate::access::{administrate, storage};
use portico_domain::view::{
    Charts, EventDetail, EventSummary, ExecutionDetail, ExecutionSummary, NamedDecision, Page,
    WaitingStep,
};
use portico_domain::{
    Actor, ConnectedUserId, Entry, EventId, ExecutionId, ExecutionStatus, Fact, FailureClass,
    ProjectId, Refusal, RefusalCode, Timestamp, WorkflowId,
};
use portico_storage::{EventFilter, ExecutionChange, ExecutionFilter};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// How many replays the page of an execution lists.
const REPLAYS: usize = 20;

/// Which executions.
#[derive(Clone, Debug, Default)]
pub struct ExecutionQuery {
    /// Of this user.
    pub user: Option<ConnectedUserId>,
    /// Of this workflow.
    pub workflow: Option<WorkflowId>,
    /// In this state.
    pub status: Option<ExecutionStatus>,
    /// With this trouble.
    pub failure: Option<String>,
    /// Of workflows of this type of integration.
    pub integration: Option<String>,
    /// Begun at this moment or later.
    pub since: Option<Timestamp>,
    /// Begun before this moment.
    pub before: Option<Timestamp>,
    /// After this one.
    pub after: Option<ExecutionId>,
}

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// Of this user.
    pub user: Option<ConnectedUserId>,
    /// Of this name.
    pub name: Option<String>,
    /// After this one.
    pub after: Option<EventId>,
}

impl Services {
    /// A page of executions, newest first.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn execution_list(
        &self,
        actor: &Actor,
        project: ProjectId,
        query: ExecutionQuery,
    ) -> Result<Page<ExecutionSummary>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let integration = match &query.integration {
            None => None,
            Some(kind) => {
                let found = self.store().integrations(project).await.map_err(storage)?;
                let own = found.into_iter().find(|own| own.kind == *kind);
                Some(own.map(|own| own.id).ok_or_else(|| {
                    Refusal::new(RefusalCode::IntegrationUnknown, "There is no such integration.")
                })?)
            }
        };
        let filter = ExecutionFilter {
            user: query.user,
            workflow: query.workflow,
            status: query.status,
            failure: query.failure,
            integration,
            since: query.since,
            before: query.before,
        };
        let rows = self
            .store()
            .execution_list(project, filter, query.after, PAGE + 1)
            .await
            .map_err(storage)?;
        Ok(page(rows, |row| row.id.to_string()))
    }

    /// Which executions change from now on; of every project, for the caller to choose from.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn execution_changes(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<Receiver<ExecutionChange>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        Ok(self.store().changes())
    }

    /// An execution's page.
    ///
    /// # Errors
    /// The execution is unknown.
    pub async fn execution_detail(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ExecutionId,
    ) -> Result<ExecutionDetail, Refusal> {
        administrate(actor)?;
        let execution = self.store().execution(project, id).await.map_err(storage)?;
        let execution = execution.ok_or_else(unknown_execution)?;
        let definition =
            self.workflow_version(execution.workflow, execution.workflow_version).await?;
        let user = self.store().user(project, execution.user).await.map_err(storage)?;
        let workflow = self.store().workflow(project, execution.workflow).await.map_err(storage)?;
        let name = self.store().workflow_name(project, execution.workflow).await;
        let name = name.map_err(storage)?;
        let event = self.store().event(project, execution.event).await.map_err(storage)?;
        let credential =
            self.store().credential(project, execution.credential).await.map_err(storage)?;
        let mut waiting = self.store().waiting(id).await.map_err(storage)?;
        waiting.extend(parked(&execution.entries, &waiting));
        let replays = self.store().replays_of(id, REPLAYS).await.map_err(storage)?;
        let deployed_version = workflow.as_ref().and_then(|workflow| workflow.deployed_version);
        let (event_name, payload) =
            event.map_or_else(Default::default, |event| (event.name, event.payload));
        Ok(ExecutionDetail {
            summary: ExecutionSummary {
                id,
                workflow_id: execution.workflow,
                workflow: name.unwrap_or_default(),
                user: user.map(|user| user.external_id).unwrap_or_default(),
                user_id: execution.user,
                event_id: execution.event,
                status: execution.status,
                failure: execution.failure,
                started_at: execution.started_at,
                ended_at: execution.ended_at,
            },
            workflow_version: execution.workflow_version,
            definition: (*definition).clone(),
            account: credential.and_then(|credential| credential.provider_label),
            event_name,
            payload,
            history: execution.entries,
            waiting,
            replay_of: execution.replay_of,
            replays,
            deployed_version,
        })
    }

    /// What happened in the last 24 hours, or in the last seven days, in spans.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn charts(
        &self,
        actor: &Actor,
        project: ProjectId,
        days: u32,
    ) -> Result<Charts, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        const HOUR: u64 = 3_600_000;
        let (count, width_ms) = if days > 1 { (28, 6 * HOUR) } else { (24, HOUR) };
        let since = self.ports().now() - Duration::from_millis(width_ms * count as u64);
        let width = i64::try_from(width_ms).unwrap_or(i64::MAX);
        let spans = self.store().chart(project, since, (count, width)).await.map_err(storage)?;
        Ok(Charts { since, width_ms, spans })
    }

    /// Stops an execution: nothing more of it is begun. What is under way at a provider is not undone.
    ///
    /// # Errors
    /// The execution is unknown, or has ended.
    pub async fn cancel_execution(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: ExecutionId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let reason = "an admin stopped it".to_owned();
        let entry = Entry { at: self.ports().now(), fact: Fact::Cancelled { reason } };
        if self.store().cancel_execution(project, id, entry).await.map_err(storage)? {
            return Ok(());
        }
        match self.store().execution(project, id).await.map_err(storage)? {
            None => Err(unknown_execution()),
            Some(_) => Err(Refusal::new(
                RefusalCode::Stale,
                "The execution has ended already; there is nothing to cancel.",
            )),
        }
    }

    /// A page of events, newest first.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn event_list(
        &self,
        actor: &Actor,
        project: ProjectId,
        query: EventQuery,
    ) -> Result<Page<EventSummary>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let filter = EventFilter { user: query.user, name: query.name };
        let rows = self
            .store()
            .event_list(project, filter, query.after, PAGE + 1)
            .await
            .map_err(storage)?;
        Ok(page(rows, |row| row.id.to_string()))
    }

    /// An event's page: what came in, and why each workflow ran or did not.
    ///
    /// # Errors
    /// The event is unknown.
    pub async fn event_detail(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: EventId,
    ) -> Result<EventDetail, Refusal> {
        administrate(actor)?;
        let event = self
            .store()
            .event(project, id)
            .await
            .map_err(storage)?
            .ok_or_else(|| Refusal::new(RefusalCode::NotFound, "There is no such event."))?;
        let user = self.store().user(project, event.user).await.map_err(storage)?;
        let workflows = self.store().workflows(project).await.map_err(storage)?;
        let mut decisions = Vec::with_capacity(event.decisions.len());
        for decision in event.decisions {
            let account = match decision.credential_id {
                None => None,
                Some(id) => self.store().credential(project, id).await.map_err(storage)?,
            };
            let workflow = workflows.iter().find(|known| known.id == decision.workflow_id);
            decisions.push(NamedDecision {
                workflow: workflow.map(|known| known.name.clone()).unwrap_or_default(),
                account: account.and_then(|account| account.provider_label),
                decision,
            });
        }
        let started = decisions
            .iter()
            .filter(|named| {
                matches!(named.decision.outcome, portico_domain::Outcome::Started { .. })
            })
            .count();
        Ok(EventDetail {
            summary: EventSummary {
                id,
                name: event.name,
                source: event.source,
                user: user.map(|user| user.external_id).unwrap_or_default(),
                user_id: event.user,
                received_at: event.received_at,
                started: started as u64,
                considered: decisions.len() as u64,
            },
            payload: event.payload,
            decisions,
        })
    }
}

/// The steps that wait until an allowance of the provider comes back, beside those that are known to wait.
fn parked(history: &[Entry], known: &[WaitingStep]) -> Vec<WaitingStep> {
    let mut parked = BTreeMap::new();
    for entry in history {
        match &entry.fact {
            Fact::AttemptFailed { path, failure, retry_at, .. } => {
                let is_quota = failure.class == FailureClass::Quota;
                parked.insert(path, is_quota.then_some(*retry_at));
            }
            Fact::StepSucceeded { path, .. } | Fact::StepFailed { path, .. } => {
                parked.remove(path);
            }
            Fact::Finished { .. } | Fact::Cancelled { .. } => parked.clear(),
            _ => {}
        }
    }
    let parked = parked.into_iter().filter_map(|(path, until)| Some((path, until?)));
    let parked = parked.filter(|(path, _)| known.iter().all(|own| own.path != **path));
    parked
        .map(|(path, until)| WaitingStep {
            path: path.clone(),
            limit: "its allowance is used up".to_owned(),
            until: Some(until),
        })
        .collect()
}

pub(crate) fn unknown_execution() -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is no such execution.")
}
