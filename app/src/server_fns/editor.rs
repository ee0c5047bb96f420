//! The workflow editor.

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use portico_domain::view::{
    ChoicesAsked, ChoicesView, DeploySummary, DraftStored, EditorView, FileRead, StepTested,
    TestInput, VersionSummary, WorkflowTested,
};
use portico_domain::workflow::WorkflowDefinition;

#[cfg(feature = "ssr")]
use super::{id, refused, signed};

/// Everything that the editor of a workflow needs.
#[server(name = OpenEditor, prefix = "/_fn/dashboard", endpoint = "editor/open", input = Json)]
pub async fn editor_view(project: String, workflow: String) -> Result<EditorView, ServerFnError> {
    let own = signed()?;
    own.services.editor_view(&own.actor, id(&project)?, id(&workflow)?).await.map_err(refused)
}

/// Saves a draft, unless somebody else saved another one meanwhile.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/save", input = Json)]
pub async fn save_draft(
    project: String,
    workflow: String,
    name: String,
    definition: WorkflowDefinition,
    revision: i64,
) -> Result<DraftStored, ServerFnError> {
    let own = signed()?;
    let draft = portico_services::EditedDraft { name, definition, revision };
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.save_draft(&own.actor, project, workflow, draft).await.map_err(refused)
}

/// What deploying the stored draft would do.
#[server(name = SummariseDeploy, prefix = "/_fn/dashboard", endpoint = "editor/deploy-summary", input = Json)]
pub async fn deploy_summary(
    project: String,
    workflow: String,
) -> Result<DeploySummary, ServerFnError> {
    let own = signed()?;
    own.services.deploy_summary(&own.actor, id(&project)?, id(&workflow)?).await.map_err(refused)
}

/// The versions of a workflow, newest first.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/versions", input = Json)]
pub async fn versions(
    project: String,
    workflow: String,
) -> Result<Vec<VersionSummary>, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.workflow_versions(&own.actor, project, workflow).await.map_err(refused)
}

/// What a version says.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/version", input = Json)]
pub async fn version(
    project: String,
    workflow: String,
    number: i64,
) -> Result<WorkflowDefinition, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.version_of(&own.actor, project, workflow, number).await.map_err(refused)
}

/// Tests one step.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/test-step", input = Json)]
pub async fn test_step(
    project: String,
    workflow: String,
    input: TestInput,
    step: String,
) -> Result<StepTested, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.test_step(&own.actor, project, workflow, input, &step).await.map_err(refused)
}

/// Tests a workflow.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/test-workflow", input = Json)]
pub async fn test_workflow(
    project: String,
    workflow: String,
    input: TestInput,
) -> Result<WorkflowTested, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.test_workflow(&own.actor, project, workflow, input).await.map_err(refused)
}

/// A page of what can be chosen for an input.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/choices", input = Json)]
pub async fn editor_choices(
    project: String,
    asked: ChoicesAsked,
) -> Result<ChoicesView, ServerFnError> {
    let own = signed()?;
    own.services.editor_choices(&own.actor, id(&project)?, asked).await.map_err(refused)
}

/// A workflow as it stands in the editor, as a file.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/export", input = Json)]
pub async fn export_workflow(
    project: String,
    workflow: String,
    definition: WorkflowDefinition,
) -> Result<String, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services
        .write_workflow_file(&own.actor, project, workflow, &definition)
        .await
        .map_err(refused)
}

/// What a file of a workflow says; nothing is stored.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/import", input = Json)]
pub async fn import_workflow(
    project: String,
    workflow: String,
    file: String,
) -> Result<FileRead, ServerFnError> {
    let own = signed()?;
    let (project, workflow) = (id(&project)?, id(&workflow)?);
    own.services.read_workflow_file(&own.actor, project, workflow, &file).await.map_err(refused)
}

/// When a schedule would come round, in words; or what is wrong with it.
#[server(prefix = "/_fn/dashboard", endpoint = "editor/upcoming", input = Json)]
pub async fn upcoming(cron: String, time_zone: String) -> Result<Vec<String>, ServerFnError> {
    let own = signed()?;
    own.services.upcoming(&own.actor, &cron, &time_zone).map_err(refused)
}
