//! The portal as a project shapes it: words, colour, order, and questions for all workflows.

use crate::Services;
use crate::access::{administrate, internal, storage};
use crate::security::ticket;
use crate::usecase::portal::NewSession;
use crate::usecase::setting_sources::source_shapes;
use portico_domain::look::{Colour, PortalLook};
use portico_domain::view::{EventUser, PortalEditorView, PortalOptions};
use portico_domain::{Actor, FieldProblem, ProjectId, Refusal, RefusalCode};
use portico_engine::used_settings;
use portico_storage::Integration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LONGEST_DESCRIPTION: usize = 200;
const LONGEST_OVERVIEW: usize = 20_000;
const STALE: &str = "Somebody else saved this portal meanwhile. Load theirs to see it; what you wrote here is lost then.";

/// What a portal is edited from.
fn revision(portal: &Value) -> String {
    ticket::hash(portal.to_string())
}

/// How an integration looks. What is stored was checked.
pub(crate) fn look_of(integration: &Integration) -> PortalLook {
    serde_json::from_value(integration.portal.clone()).unwrap_or_default()
}

impl Services {
    /// What the portal editor of an integration needs.
    ///
    /// # Errors
    /// The integration is not part of the project.
    pub async fn portal_editor(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
    ) -> Result<PortalEditorView, Refusal> {
        administrate(actor)?;
        let own = self.integration_to_shape(project, kind).await?;
        let catalogue = self.catalogue_of(&own).await?;
        let definition = catalogue.definition(kind).ok_or_else(|| unknown(kind))?;
        let look = look_of(&own);
        let workflows = self.store().workflows(project).await.map_err(storage)?;
        let mut workflows: Vec<_> = workflows
            .into_iter()
            .filter(|workflow| workflow.integration == own.id)
            .map(|workflow| {
                let place = look.order.iter().position(|id| *id == workflow.id);
                let order = workflow.draft["options"]["order"].as_i64().unwrap_or_default();
                let view = EventUser { id: workflow.id, name: workflow.name };
                ((place.unwrap_or(usize::MAX), order), view)
            })
            .collect();
        workflows.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
        Ok(PortalEditorView {
            kind: kind.to_owned(),
            name: definition.name().to_owned(),
            active: own.active,
            usual_description: definition.description().to_owned(),
            usual_overview: definition.overview().to_owned(),
            settings: own
                .portal
                .get("settings")
                .cloned()
                .unwrap_or_else(|| Value::Array(Vec::new())),
            sources: source_shapes(definition),
            workflows: workflows.into_iter().map(|(_, workflow)| workflow).collect(),
            used: self.used_settings(&own).await?,
            revision: revision(&own.portal),
            look,
        })
    }

    /// Shapes an integration's portal; it counts for every portal that is opened from now on. Answers its new
    /// revision.
    ///
    /// # Errors
    /// The integration is not part of the project; it is not the revision that was edited; something
    /// cannot be shown, each under its field.
    pub async fn shape_portal(
        &self,
        actor: &Actor,
        (project, kind): (ProjectId, &str),
        edited: &str,
        (look, settings): (PortalLook, &Value),
    ) -> Result<String, Refusal> {
        administrate(actor)?;
        let own = self.integration_to_shape(project, kind).await?;
        let portal = self.shaped(&own, look, settings).await?;
        if portal != own.portal {
            if revision(&own.portal) != edited {
                return Err(Refusal::new(RefusalCode::Stale, STALE));
            }
            let now = self.ports().now();
            let set = self.store().set_integration_portal(project, own.id, &portal, now).await;
            set.map_err(storage)?;
        }
        Ok(revision(&portal))
    }

    /// Which deployed workflows use which answers.
    async fn used_settings(
        &self,
        own: &Integration,
    ) -> Result<BTreeMap<String, Vec<String>>, Refusal> {
        let deployed = self.store().deployed(own.project).await.map_err(storage)?;
        let mut used = BTreeMap::<String, Vec<String>>::new();
        for workflow in deployed.into_iter().filter(|workflow| workflow.integration == own.id) {
            let definition =
                self.parsed_version(workflow.id, workflow.version, &workflow.definition)?;
            for key in used_settings(&definition) {
                used.entry(key).or_default().push(workflow.name.clone());
            }
        }
        Ok(used)
    }

    /// The portal as it would be with a shape that is not saved, for a test user. Answers its address, good once.
    ///
    /// # Errors
    /// As [`Services::shape_portal`] and [`Services::try_portal`].
    pub async fn preview_portal(
        &self,
        actor: &Actor,
        (project, kind): (ProjectId, &str),
        (look, settings): (PortalLook, &Value),
        (user, options): (&str, &PortalOptions),
    ) -> Result<String, Refusal> {
        let user = self.test_user(actor, project, user).await?;
        let own = self.active_integration(project, kind).await?;
        let portal = self.shaped(&own, look, settings).await?;
        let session = NewSession {
            project,
            user,
            integration: own.id,
            signing_key: None,
            origin: self.settings().origin(),
            shape: Some(portal),
        };
        Ok(self.new_portal_session(session, options).await?.url)
    }

    /// What is stored of a portal, with this look and these questions.
    async fn shaped(
        &self,
        own: &Integration,
        look: PortalLook,
        settings: &Value,
    ) -> Result<Value, Refusal> {
        let workflows = self.store().workflows(own.project).await.map_err(storage)?;
        let ours = |id| {
            workflows.iter().any(|workflow| workflow.id == id && workflow.integration == own.id)
        };
        let mut look = checked(look)?;
        look.order.retain(|id| ours(*id));
        let mut portal = own.portal.clone();
        portal["settings"] = json!(self.checked_settings(own, settings).await?);
        let Value::Object(said) = serde_json::to_value(&look).map_err(|_| internal())? else {
            return Err(internal());
        };
        for (key, value) in said {
            portal[key] = value;
        }
        Ok(portal)
    }

    async fn integration_to_shape(
        &self,
        project: ProjectId,
        kind: &str,
    ) -> Result<Integration, Refusal> {
        let own = self.store().integration_of(project, kind).await.map_err(storage)?;
        own.ok_or_else(|| unknown(kind))
    }
}

fn checked(mut look: PortalLook) -> Result<PortalLook, Refusal> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, message: &str| {
        problems.push(FieldProblem { field: field.to_owned(), message: message.to_owned() });
    };
    look.description = look.description.trim().to_owned();
    look.accent = look.accent.trim().to_lowercase();
    if look.description.chars().count() > LONGEST_DESCRIPTION {
        wrong("description", "A description has 200 characters at most.");
    }
    if look.overview.len() > LONGEST_OVERVIEW {
        wrong("overview", "An overview has 20 kB at most.");
    }
    if !look.accent.is_empty() && Colour::read(&look.accent).is_none() {
        wrong("accent", "Write an accent as # and six digits: #5b5bd6.");
    }
    if problems.is_empty() { Ok(look) } else { Err(Refusal::fields(problems)) }
}

fn unknown(kind: &str) -> Refusal {
    let words = format!("Activate {kind:?} in this project first.");
    Refusal::new(RefusalCode::IntegrationUnknown, words)
}
