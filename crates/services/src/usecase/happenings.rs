//! Happenings: whatever can start a workflow, accepted in one way. Each leaves an event with its decision
//! trace, and is on disk with everything it starts before anybody is told so.

use super::events::{AcceptedEvent, Narrowed, Plan, app_event_of};
use super::routing::Routing;
use crate::Services;
use crate::access::storage;
use portico_domain::event::EventSource;
use portico_domain::{
    ConnectedUserId, EventId, ProjectId, Refusal, RefusalCode, Timestamp, WorkflowId,
};
use portico_storage::{
    AcceptEvent, Accepted, DeployedWorkflow, Found, IdempotencyKey, NewEvent, WatchStep,
};
use serde_json::Value;

/// How often a happening is planned again when its user's routing changes meanwhile.
pub(crate) const MOST_PLANS: usize = 8;

/// Something that happened to a user, before it is decided what it starts.
pub(crate) struct Happening<'h> {
    pub(crate) source: EventSource,
    /// What it is called: an event's name, a trigger's id.
    pub(crate) name: &'h str,
    /// What workflows see as `trigger`.
    pub(crate) payload: &'h Value,
    /// The workflows that wait for it; those of this App Event without.
    pub(crate) workflows: Option<Vec<WorkflowId>>,
    pub(crate) narrowed: Narrowed,
}

/// A happening with what it was planned with.
struct Planned {
    plan: Plan,
    accept: AcceptEvent,
}

/// What became of what a watch found.
pub(crate) enum FoundOutcome {
    /// It is stored.
    Stored,
    /// Another node was first.
    Lost,
    /// The user's routing keeps changing; nothing was stored.
    Unsettled,
}

impl Happening<'_> {
    /// Whether a workflow waits for it.
    pub(crate) fn is_awaited_by(&self, workflow: &DeployedWorkflow) -> bool {
        match &self.workflows {
            Some(own) => own.contains(&workflow.id),
            None => app_event_of(workflow) == Some(self.name),
        }
    }
}

impl Services {
    /// Accepts a happening of a user: `make` says what it is by the user's routing, and is asked
    /// again if that has changed.
    pub(crate) async fn happen<'h>(
        &self,
        (project, user): (ProjectId, ConnectedUserId),
        key: Option<IdempotencyKey>,
        make: impl Fn(&Routing) -> Result<Happening<'h>, Refusal>,
    ) -> Result<AcceptedEvent, Refusal> {
        let now = self.ports().now();
        let id = self.ports().id(EventId::from_parts);
        for _ in 0..MOST_PLANS {
            let routing = self.routing(project, user).await?;
            let happening = make(&routing)?;
            let drift = match happening.source {
                EventSource::AppEvent => {
                    let revision = routing.snapshot.revisions.project;
                    let event = (project, happening.name);
                    self.held_to_contract(event, happening.payload, revision).await?
                }
                _ => None,
            };
            let Planned { plan, mut accept } =
                self.planned(&routing, &happening, (project, user), (id, now))?;
            if plan.decisions.is_empty() && happening.source == EventSource::AppEvent {
                self.require_known_event(project, happening.name).await?;
            }
            accept.key.clone_from(&key);
            match self.store().accept(accept).await.map_err(storage)? {
                Accepted::Stored => {
                    if let Some(drift) = drift {
                        self.note_drift(drift, (id, now)).await;
                    }
                    let decisions = plan.decisions;
                    return Ok(AcceptedEvent { id, received_at: now, decisions, replayed: false });
                }
                Accepted::Replayed(earlier) => return self.replayed(project, earlier).await,
                Accepted::KeyReused => {
                    return Err(Refusal::new(
                        RefusalCode::IdempotencyKeyReused,
                        "This Idempotency-Key was used with something else; use a new key.",
                    ));
                }
                Accepted::Stale => self.inner.routes.forget(user),
            }
        }
        tracing::warn!(%user, "a happening could not be planned: its routing keeps changing");
        Err(Refusal::new(
            RefusalCode::Stale,
            "This user's connections keep changing; nothing was stored. Try again.",
        ))
    }

    /// Accepts what a watch found, each once, together with the watch's next step.
    pub(crate) async fn happen_found<'h>(
        &self,
        (project, user): (ProjectId, ConnectedUserId),
        step: &WatchStep,
        make: impl Fn(&Routing) -> Result<Vec<Happening<'h>>, Refusal>,
    ) -> Result<FoundOutcome, Refusal> {
        let now = self.ports().now();
        for _ in 0..MOST_PLANS {
            let routing = self.routing(project, user).await?;
            let mut events = Vec::new();
            for happening in make(&routing)? {
                let id = self.ports().id(EventId::from_parts);
                let planned = self.planned(&routing, &happening, (project, user), (id, now))?;
                events.push(planned.accept);
            }
            match self.store().accept_found(step.clone(), events).await.map_err(storage)? {
                Found::Stored => return Ok(FoundOutcome::Stored),
                Found::Lost => return Ok(FoundOutcome::Lost),
                Found::Stale => self.inner.routes.forget(user),
            }
        }
        Ok(FoundOutcome::Unsettled)
    }

    fn planned(
        &self,
        routing: &Routing,
        happening: &Happening<'_>,
        (project, user): (ProjectId, ConnectedUserId),
        (id, now): (EventId, Timestamp),
    ) -> Result<Planned, Refusal> {
        let mut plan = self.plan(routing, happening, now)?;
        let accept = AcceptEvent {
            event: NewEvent {
                id,
                project,
                user,
                source: happening.source,
                name: happening.name.to_owned(),
                payload: happening.payload.clone(),
                decisions: plan.decisions.clone(),
                received_at: now,
            },
            key: None,
            revisions: routing.snapshot.revisions,
            executions: std::mem::take(&mut plan.executions),
        };
        Ok(Planned { plan, accept })
    }
}
