//! Executions and events of a project.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use portico_domain::view::{
    EventDetail, EventSummary, ExecutionDetail, ExecutionSummary, ExecutionsAsked, Page,
};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};
#[cfg(feature = "ssr")]
use portico_domain::Timestamp;

#[cfg(feature = "ssr")]
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

#[cfg(feature = "ssr")]
fn maybe<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, ServerFnError> {
    text.filter(|text| !text.is_empty()).map(|text| id(&text)).transpose()
}

/// The beginning of a day, UTC: `2026-11-28`.
#[cfg(feature = "ssr")]
fn maybe_day(text: Option<String>) -> Result<Option<Timestamp>, ServerFnError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let day = portico_domain::time::read(&text).filter(|_| text.len() == 10);
    day.map(Some)
        .ok_or_else(|| ServerFnError::ServerError(format!("{text:?} is no day; write 2026-11-28.")))
}

/// A page of executions.
#[server(prefix = "/_fn/dashboard", endpoint = "executions/list", input = Json)]
pub async fn executions(
    project: String,
    asked: ExecutionsAsked,
) -> Result<Page<ExecutionSummary>, ServerFnError> {
    let own = signed()?;
    let query = portico_services::ExecutionQuery {
        user: maybe(asked.user)?,
        workflow: maybe(asked.workflow)?,
        status: maybe(asked.status)?,
        after: maybe(asked.after)?,
        failure: asked.failure.filter(|text| !text.is_empty()),
        integration: asked.integration.filter(|text| !text.is_empty()),
        since: maybe_day(asked.since)?,
        before: maybe_day(asked.until)?.map(|day| day + DAY),
    };
    own.services.execution_list(&own.actor, id(&project)?, query).await.map_err(refused)
}

/// An execution's page.
#[server(prefix = "/_fn/dashboard", endpoint = "executions/read")]
pub async fn execution(
    project: String,
    execution: String,
) -> Result<ExecutionDetail, ServerFnError> {
    let own = signed()?;
    let (project, execution) = (id(&project)?, id(&execution)?);
    own.services.execution_detail(&own.actor, project, execution).await.map_err(refused)
}

/// A page of events.
#[server(prefix = "/_fn/dashboard", endpoint = "events/list")]
pub async fn events(
    project: String,
    after: Option<String>,
) -> Result<Page<EventSummary>, ServerFnError> {
    let own = signed()?;
    let query = portico_services::EventQuery {
        after: maybe(after)?,
        ..portico_services::EventQuery::default()
    };
    own.services.event_list(&own.actor, id(&project)?, query).await.map_err(refused)
}

/// An event's page.
#[server(prefix = "/_fn/dashboard", endpoint = "events/read")]
pub async fn event(project: String, event: String) -> Result<EventDetail, ServerFnError> {
    let own = signed()?;
    own.services.event_detail(&own.actor, id(&project)?, id(&event)?).await.map_err(refused)
}
