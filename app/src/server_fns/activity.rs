//! Executions and events of a project.

use leptos::prelude::*;
use portico_domain::view::{EventDetail, EventSummary, ExecutionDetail, ExecutionSummary, Page};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

#[cfg(feature = "ssr")]
fn maybe<T: std::str::FromStr>(text: Option<String>) -> Result<Option<T>, ServerFnError> {
    text.filter(|text| !text.is_empty()).map(|text| id(&text)).transpose()
}

/// A page of executions.
#[server(prefix = "/_fn/dashboard", endpoint = "executions/list")]
pub async fn executions(
    project: String,
    user: Option<String>,
    workflow: Option<String>,
    status: Option<String>,
    after: Option<String>,
) -> Result<Page<ExecutionSummary>, ServerFnError> {
    let own = signed()?;
    let query = portico_services::ExecutionQuery {
        user: maybe(user)?,
        workflow: maybe(workflow)?,
        status: maybe(status)?,
        after: maybe(after)?,
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
