//! Workflows: drafts edited as files, versions deployed.

use super::{setting_sources, workflow_file};
use crate::access::{administrate, internal, storage};
use crate::{Catalogue, Services};
use portico_connector::Definition;
use portico_domain::view::{FileProblem, Saved, WorkflowSummary};
use portico_domain::workflow::{FORMAT, Trigger, WorkflowDefinition, WorkflowOptions};
use portico_domain::{
    Actor, FieldProblem, IntegrationId, ProjectId, Refusal, RefusalCode, WorkflowId,
};
use portico_engine::{Problem, foreign_trigger};
use portico_storage::{Deployed, DraftSaved, Integration, Workflow};
use serde::Deserialize;
use serde_json::{Value, json};

/// A draft to be saved.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The workflow's name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The revision that was edited.
    pub revision: i64,
}

impl Services {
    /// The workflows of a project.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn workflow_list(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<Vec<WorkflowSummary>, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let integrations = self.store().integrations(project).await.map_err(storage)?;
        let workflows = self.store().workflows(project).await.map_err(storage)?;
        let catalogue = self.catalogue(project).await?;
        let mut list = Vec::with_capacity(workflows.len());
        for workflow in &workflows {
            list.push(self.summary(workflow, &integrations, &catalogue).await?);
        }
        Ok(list)
    }

    pub(crate) async fn workflows_of(
        &self,
        project: ProjectId,
        integration: IntegrationId,
    ) -> Result<Vec<WorkflowSummary>, Refusal> {
        let list = self.workflow_list(&Actor::Operator, project).await?;
        let own = self.store().integration(project, integration).await.map_err(storage)?;
        let kind = own.map(|own| own.kind).unwrap_or_default();
        Ok(list.into_iter().filter(|workflow| workflow.integration == kind).collect())
    }

    /// Makes a workflow of an integration, with an empty draft.
    ///
    /// # Errors
    /// The name is empty or taken; the integration is not activated.
    pub async fn create_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
        name: &str,
    ) -> Result<WorkflowId, Refusal> {
        administrate(actor)?;
        let integration = self.active_integration(project, kind).await?;
        let draft = WorkflowDefinition {
            format: FORMAT,
            trigger: Trigger::AppEvent { event: String::new() },
            only_if: Vec::new(),
            settings: Vec::new(),
            steps: Vec::new(),
            options: WorkflowOptions::default(),
        };
        self.insert_workflow(project, integration.id, name, &draft).await
    }

    pub(crate) async fn insert_workflow(
        &self,
        project: ProjectId,
        integration: IntegrationId,
        name: &str,
        draft: &WorkflowDefinition,
    ) -> Result<WorkflowId, Refusal> {
        let name = checked_name(name)?;
        let now = self.ports().now();
        let id = self.ports().id(WorkflowId::from_parts);
        let workflow = Workflow {
            id,
            project,
            integration,
            name: name.clone(),
            draft: json!(draft),
            revision: 1,
            deployed_version: None,
            created_at: now,
            updated_at: now,
        };
        if self.store().insert_workflow(&workflow).await.map_err(storage)? {
            Ok(id)
        } else {
            Err(name_taken(&name))
        }
    }

    /// Saves a draft from its file. A file that cannot be read changes nothing; one with problems
    /// is stored, as a draft may be unfinished.
    ///
    /// # Errors
    /// The workflow is unknown; somebody else saved meanwhile; the name is empty or taken.
    pub async fn save_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        draft: Draft,
    ) -> Result<Saved, Refusal> {
        administrate(actor)?;
        let definition = match workflow_file::read(&draft.file) {
            Ok(definition) => definition,
            Err(problems) => return Ok(Saved::Unreadable { problems }),
        };
        let name = checked_name(&draft.name)?;
        let now = self.ports().now();
        let saved = self
            .store()
            .save_draft((project, id), &name, &json!(definition), Some(draft.revision), now)
            .await
            .map_err(storage)?;
        match saved {
            DraftSaved::Stored(revision) => {
                let workflow = self.known_workflow(project, id).await?;
                let problems = self.file_problems(&workflow, &definition, &draft.file).await?;
                Ok(Saved::Stored { revision, problems })
            }
            DraftSaved::Stale => Err(stale()),
            DraftSaved::NameTaken => Err(name_taken(&name)),
            DraftSaved::Missing => Err(unknown()),
        }
    }

    /// Deploys the draft as a new version: events start it from now on.
    ///
    /// # Errors
    /// The draft has problems, or is not the revision that was looked at.
    pub async fn deploy_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
        revision: i64,
    ) -> Result<i64, Refusal> {
        administrate(actor)?;
        let workflow = self.known_workflow(project, id).await?;
        let draft = read_draft(&workflow)?;
        let file = workflow_file::write(&draft);
        let problems = self.file_problems(&workflow, &draft, &file).await?;
        if !problems.is_empty() {
            return Err(Refusal::fields(
                problems
                    .into_iter()
                    .map(|problem| FieldProblem {
                        field: format!("line {}", problem.line),
                        message: problem.message,
                    })
                    .collect(),
            ));
        }
        let catalogue = self.catalogue(project).await?;
        let digests: serde_json::Map<String, Value> = draft
            .integrations()
            .filter_map(|kind| {
                let definition = catalogue.definition(kind)?;
                Some((kind.to_owned(), json!(definition.digest())))
            })
            .collect();
        let now = self.ports().now();
        let deployed = self
            .store()
            .deploy((project, id), revision, &json!(draft), &Value::Object(digests), now)
            .await
            .map_err(storage)?;
        match deployed {
            Deployed::Version(number) => Ok(number),
            Deployed::Stale => Err(stale()),
            Deployed::Missing => Err(unknown()),
        }
    }

    /// Undeploys a workflow: events no longer start it. What runs, finishes.
    ///
    /// # Errors
    /// The workflow is unknown.
    pub async fn undeploy_workflow(
        &self,
        actor: &Actor,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.known_workflow(project, id).await?;
        self.store().undeploy(project, id).await.map_err(storage)?;
        Ok(())
    }

    pub(crate) async fn known_workflow(
        &self,
        project: ProjectId,
        id: WorkflowId,
    ) -> Result<Workflow, Refusal> {
        self.store().workflow(project, id).await.map_err(storage)?.ok_or_else(unknown)
    }

    pub(crate) async fn summary(
        &self,
        workflow: &Workflow,
        integrations: &[Integration],
        catalogue: &Catalogue,
    ) -> Result<WorkflowSummary, Refusal> {
        let changed = match workflow.deployed_version {
            None => true,
            Some(number) => {
                let version = self.store().version(workflow.id, number).await.map_err(storage)?;
                version.is_none_or(|version| version.definition != workflow.draft)
            }
        };
        let known = integrations.iter().find(|known| known.id == workflow.integration);
        let integration = known.map(|known| known.kind.clone()).unwrap_or_default();
        let definition = catalogue.definition(&integration);
        Ok(WorkflowSummary {
            id: workflow.id,
            name: workflow.name.clone(),
            integration_name: definition.map_or(&*integration, Definition::name).to_owned(),
            integration,
            starts: starts(&workflow.draft["trigger"], catalogue),
            deployed_version: workflow.deployed_version,
            changed,
        })
    }

    /// What keeps a definition from being deployed, at the lines of its file.
    async fn file_problems(
        &self,
        workflow: &Workflow,
        definition: &WorkflowDefinition,
        file: &str,
    ) -> Result<Vec<FileProblem>, Refusal> {
        let found = self.problems(workflow, definition).await?;
        Ok(workflow_file::at_lines(file, found))
    }

    /// What keeps a definition from being deployed: problems of its own, and an event that the project does
    /// not define.
    pub(crate) async fn problems(
        &self,
        workflow: &Workflow,
        definition: &WorkflowDefinition,
    ) -> Result<Vec<Problem>, Refusal> {
        let project = workflow.project;
        let catalogue = self.catalogue(project).await?;
        let integration =
            self.store().integration(project, workflow.integration).await.map_err(storage)?;
        let shared = integration.as_ref().map(Integration::settings).transpose();
        let shared = shared.map_err(storage)?.unwrap_or_default();
        let mut found = self.engine().validate(definition, &shared, &catalogue);
        let own_kind = integration.as_ref().map(|own| own.kind.clone());
        if let Some(known) = integration.and_then(|own| catalogue.definition(&own.kind)) {
            let settings = &definition.settings;
            found.extend(setting_sources::problems(known, settings, "/settings"));
        }
        found.extend(trigger_problems(definition, own_kind.as_deref(), &catalogue));
        if let Some(event) = definition.trigger.app_event() {
            let names = self.store().app_event_names(project).await.map_err(storage)?;
            if !event.trim().is_empty() && !names.iter().any(|name| name == event) {
                let advice = match portico_domain::nearest(event, names.iter().map(String::as_str))
                {
                    Some(nearest) => format!("Did you mean {nearest:?}?"),
                    None => "Define it under Events first.".to_owned(),
                };
                let message = format!("The event {event:?} is not defined. {advice}");
                found.push(Problem { pointer: "/trigger/event".to_owned(), message });
            }
        }
        found.extend(self.secret_problems(project, definition).await?);
        Ok(found)
    }
}

/// What is wrong with what starts a workflow of an integration.
fn trigger_problems(
    definition: &WorkflowDefinition,
    own: Option<&str>,
    catalogue: &Catalogue,
) -> Vec<Problem> {
    let problem = |pointer: &str, message: String| {
        vec![Problem { pointer: format!("/trigger/{pointer}"), message }]
    };
    let Trigger::Integration { integration, trigger, .. } = &definition.trigger else {
        return Vec::new();
    };
    if let Some(own) = foreign_trigger(definition, own.unwrap_or_default()) {
        return vec![own];
    }
    let known = catalogue.definition(integration).and_then(|known| known.trigger(trigger));
    if known.is_some_and(|own| own.lifecycle().is_some()) {
        let words = format!("{trigger:?} is about the account itself and starts nothing.");
        return problem("trigger", words);
    }
    Vec::new()
}

pub(crate) fn read_draft(workflow: &Workflow) -> Result<WorkflowDefinition, Refusal> {
    serde_json::from_value(workflow.draft.clone()).map_err(|error| {
        tracing::error!(workflow = %workflow.id, %error, "a draft cannot be read");
        internal()
    })
}

pub(crate) fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Refusal::field("name", "Write a name of 1 to 100 characters."));
    }
    Ok(name.to_owned())
}

pub(crate) fn unknown() -> Refusal {
    Refusal::new(RefusalCode::WorkflowUnknown, "There is no such workflow.")
}

fn stale() -> Refusal {
    Refusal::new(
        RefusalCode::Stale,
        "Somebody else saved this workflow meanwhile. Reload to see their change, then save yours.",
    )
}

pub(crate) fn name_taken(name: &str) -> Refusal {
    Refusal::field(
        "name",
        format!("There is a workflow named {name:?} already; choose another name."),
    )
}

/// What starts a workflow, for people. A draft may be half written.
fn starts(trigger: &Value, catalogue: &Catalogue) -> String {
    match Trigger::deserialize(trigger) {
        Ok(Trigger::AppEvent { event }) => event,
        Ok(Trigger::Request { .. }) => "Request".to_owned(),
        Ok(Trigger::Webhook { .. }) => "Webhook".to_owned(),
        Ok(Trigger::Scheduler { cron, time_zone }) => format!("{cron} {time_zone}"),
        Ok(Trigger::Integration { integration, trigger, .. }) => {
            let definition = catalogue.definition(&integration);
            let known = definition.and_then(|own| own.trigger(&trigger));
            known.map_or(trigger, |known| known.shape().title.clone())
        }
        Ok(Trigger::IntegrationEnabled {}) => "Account connected".to_owned(),
        Err(_) => String::new(),
    }
}
