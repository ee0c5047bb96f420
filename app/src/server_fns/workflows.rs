//! Workflows and App Events of a project.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use portico_domain::schema::SchemaCheck;
use portico_domain::view::{
    AppEventView, UnknownEventView, WorkflowDeletion, WorkflowImported, WorkflowSummary,
};

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// The workflows of a project.
#[server(prefix = "/_fn/dashboard", endpoint = "workflows/list")]
pub async fn workflows(project: String) -> Result<Vec<WorkflowSummary>, ServerFnError> {
    let own = signed()?;
    own.services.workflow_list(&own.actor, id(&project)?).await.map_err(refused)
}

/// Makes a workflow; answers its id.
#[server(prefix = "/_fn/dashboard", endpoint = "workflows/create")]
pub async fn create_workflow(
    project: String,
    kind: String,
    name: String,
) -> Result<String, ServerFnError> {
    let own = signed()?;
    let made = own.services.create_workflow(&own.actor, id(&project)?, &kind, &name).await;
    Ok(made.map_err(refused)?.to_string())
}

/// Makes a workflow out of a file.
#[server(prefix = "/_fn/dashboard", endpoint = "workflows/import", input = Json)]
pub async fn import_as_workflow(
    project: String,
    kind: String,
    name: String,
    file: String,
) -> Result<WorkflowImported, ServerFnError> {
    let own = signed()?;
    let project = id(&project)?;
    let made = own.services.import_as_workflow(&own.actor, project, (&kind, &name), &file).await;
    made.map_err(refused)
}

/// What deleting a workflow would stop.
#[server(name = SummariseDeletion, prefix = "/_fn/dashboard", endpoint = "workflows/deletion")]
pub async fn workflow_deletion(
    project: String,
    workflow: String,
) -> Result<WorkflowDeletion, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.workflow_deletion(&own.actor, project, workflow).await.map_err(refused)
}

/// Deletes a workflow.
#[server(prefix = "/_fn/dashboard", endpoint = "workflows/delete")]
pub async fn delete_workflow(project: String, workflow: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.delete_workflow(&own.actor, project, workflow).await.map_err(refused)
}

/// Deploys a draft; answers the version.
#[server(prefix = "/_fn/dashboard", endpoint = "workflows/deploy")]
pub async fn deploy_workflow(
    project: String,
    workflow: String,
    revision: i64,
) -> Result<i64, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.deploy_workflow(&own.actor, project, workflow, revision).await.map_err(refused)
}

/// Undeploys a workflow.
#[server(prefix = "/_fn/dashboard", endpoint = "workflows/undeploy")]
pub async fn undeploy_workflow(project: String, workflow: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.undeploy_workflow(&own.actor, project, workflow).await.map_err(refused)
}

/// The events that a project defines, and names that came in without being defined.
#[server(prefix = "/_fn/dashboard", endpoint = "app-events/list")]
pub async fn app_events(
    project: String,
) -> Result<(Vec<AppEventView>, Vec<UnknownEventView>), ServerFnError> {
    let own = signed()?;
    own.services.app_event_list(&own.actor, id(&project)?).await.map_err(refused)
}

/// Defines an event.
#[server(prefix = "/_fn/dashboard", endpoint = "app-events/define")]
pub async fn define_app_event(
    project: String,
    name: String,
    example: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let example = serde_json::from_str(&example).map_err(|error| -> ServerFnError {
        ServerFnError::ServerError(format!("The example is not JSON: {error}."))
    })?;
    own.services.define_app_event(&own.actor, id(&project)?, &name, example).await.map_err(refused)
}

/// Removes an event's definition.
#[server(prefix = "/_fn/dashboard", endpoint = "app-events/remove")]
pub async fn remove_app_event(project: String, name: String) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.remove_app_event(&own.actor, id(&project)?, &name).await.map_err(refused)
}

/// Says what an event's payloads are held to; an empty schema is none.
#[server(prefix = "/_fn/dashboard", endpoint = "app-events/schema")]
pub async fn set_event_schema(
    project: String,
    name: String,
    schema: String,
    check: SchemaCheck,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    let schema = match schema.trim() {
        "" => None,
        text => Some(serde_json::from_str(text).map_err(|error| -> ServerFnError {
            ServerFnError::ServerError(format!("The schema is not JSON: {error}."))
        })?),
    };
    let held = (schema, check);
    own.services.set_event_schema(&own.actor, id(&project)?, &name, held).await.map_err(refused)
}

/// Says that a kind of difference is fine.
#[server(prefix = "/_fn/dashboard", endpoint = "app-events/dismiss")]
pub async fn dismiss_drift(
    project: String,
    name: String,
    key: String,
) -> Result<(), ServerFnError> {
    let own = signed()?;
    own.services.dismiss_drift(&own.actor, id(&project)?, (&name, &key)).await.map_err(refused)
}
